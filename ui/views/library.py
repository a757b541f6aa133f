"""Library: the papers as a table, adding and removing them, and the state of the index."""

from __future__ import annotations

from datetime import date

import components
import markup
import resources
import state
import streamlit as st
from markup import esc, plain, shortened

from assistant import Filters, Paper
from assistant.papers import normalised_title
from assistant.retrieval.understanding import Understood

SHOWN_HITS, SHOWN_PAIRS = 8, 20
FILTERS = {"lib-from": "from", "lib-to": "to", "lib-author": "author", "lib-source": "read from", "lib-tag": "tag",
           "lib-text": "text"}


def upload(empty: bool) -> None:
    """Where files are handed in."""
    with st.expander("Add papers", expanded=empty, icon=":material/upload_file:"):
        version = st.session_state.setdefault("upload", 0)
        files = st.file_uploader(
            "Listing pages (HTML or text), reference exports (CSV, JSONL, BibTeX, RIS) or PDFs",
            accept_multiple_files=True, key=f"files-{version}",
        )
        busy = resources.desk().busy is not None
        with st.container(horizontal=True):
            if st.button("Add to the library", type="primary", disabled=busy or not files, key="add"):
                resources.read_files([(f.name, f.getvalue()) for f in files])
                st.session_state.upload += 1
                st.rerun()
            if empty:
                st.button("Try the built-in sample", key="sample", on_click=resources.read_sample, disabled=busy)
        st.caption("A whole folder is quicker from a terminal: `litassist ingest FOLDER`. This page sees what it adds.")


def chosen_papers(papers: list[Paper]) -> list[Paper]:
    """The papers that pass what was typed and chosen above the table, in the library's order."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.text_input("Search", key="lib-search", placeholder="What you look for; author:, year:2019..2022, tag:, -word",
                   width="stretch", label_visibility="collapsed", on_change=st.session_state.pop,
                   args=("lib-ignored", None))
    with row.popover("Filter", icon=":material/filter_list:"):
        choice("Read from", "lib-source", {s for p in papers for s in p.sources})
        choice("Tag", "lib-tag", {t for p in papers for t in p.tags})
        choice("Author", "lib-author", {a for p in papers for a in p.authors})
        choice("Text", "lib-text", {components.text_held(p) for p in papers})
        low, high = st.columns(2)
        years = [p.year for p in papers if p.year] or [0]
        low.number_input("From year", 1000, 2999, None, 1, key="lib-from", placeholder=str(min(years)))
        high.number_input("To year", 1000, 2999, None, 1, key="lib-to", placeholder=str(max(years)))
    value = {key: st.session_state.get(key) for key in FILTERS}
    if any(value.values()):
        with st.container(horizontal=True, gap="small"):
            for key, word in FILTERS.items():
                if value[key]:
                    st.button(f"{plain(f'{word}: {shortened(str(value[key]), 40)}')} ✕", key=f"drop-{key}",
                              help="Remove this filter", on_click=st.session_state.update, args=({key: None},))
    wanted = Filters(
        value["lib-from"], value["lib-to"],
        authors=tuple(filter(None, [value["lib-author"]])), sources=tuple(filter(None, [value["lib-source"]])),
        tags=tuple(filter(None, [value["lib-tag"]])),
    )
    asked = searched(wanted)
    needles = normalised_title(asked.corrected(asked.text)).split() if asked else []
    unwanted = [normalised_title(word) for word in asked.excluded] if asked else []
    limits = asked.filters if asked else wanted
    return [
        p for p in papers
        if limits.allows(p) and value["lib-text"] in (None, components.text_held(p)) and holds(p, needles)
        and not any(holds(p, [word]) for word in unwanted)
    ]


def searched(wanted: Filters) -> Understood | None:
    """How what was typed is understood, with its limits as chips, and the best matches; None where nothing was."""
    typed = st.session_state.get("lib-search") or ""
    if not typed.strip():
        return None
    ignored = st.session_state.setdefault("lib-ignored", [])
    hits, asked = resources.assistant().find(typed, SHOWN_HITS, wanted, ignored=ignored)
    if asked.limits:
        with st.container(horizontal=True, gap="small"):
            for number, one in enumerate(asked.limits):
                word = {"phrase": "the phrase", "excluded": "without"}.get(one.kind, f"{one.kind}:")
                st.button(f"{plain(f'{word} {shortened(one.value, 40)}')} ✕", key=f"drop-limit-{number}",
                          help="Read these words as words", on_click=ignored.append, args=(one.text,))
    if asked.aspects:
        parts = "; ".join(f"“{components.esc(aspect)}”" for aspect in asked.aspects)
        st.html(f'<p class="la-note">Searched as a whole and in {len(asked.aspects)} parts: {parts}</p>')
    for note in asked.notes:
        st.html(f'<p class="la-note">{components.esc(note)}</p>')
    if hits:
        with st.expander("Best matches", expanded=True):
            st.html(markup.hits(hits, "By words and meaning", components.paper_url))
    return asked


def choice(label: str, key: str, options: set[str]) -> None:
    """One of these values, or any."""
    if options:
        now = st.session_state.get(key)
        st.selectbox(label, sorted(options | ({now} if now else set())), index=None, key=key, placeholder="Any")


def holds(paper: Paper, needles: list[str]) -> bool:
    """Whether every folded word stands in its title, abstract or authors, as a part of a word too."""
    if not needles:
        return True
    text = normalised_title(f"{paper.title} {paper.abstract} {' '.join(paper.authors)}")
    return all(n in text for n in needles)


def table(papers: list[Paper]) -> list[Paper]:
    """The table, and the papers selected in it."""
    shown = st.dataframe(
        components.paper_table(papers), hide_index=True, on_select="rerun", selection_mode="multi-row", key="table",
        height=min(36 * len(papers) + 40, 560),
        column_config={
            "Title": st.column_config.TextColumn(width="large"),
            "Year": st.column_config.TextColumn(width="small"),
            "Text": st.column_config.TextColumn(width="small", help="What answers can quote"),
        },
    )
    rows = shown["selection"]["rows"] if shown else []
    return [papers[i] for i in rows if i < len(papers)]


def actions(chosen: list[Paper]) -> None:
    """What can be done with the selected papers."""
    if not chosen:
        st.caption("Tick papers at the left to open, ask about, tag or remove them. A click on a column's name sorts.")
        return
    count = len(chosen)
    name = "this paper" if count == 1 else f"these {count} papers"
    # A cell of the table shows what fits; here the titles stand whole.
    titles = "; ".join(f"“{p.title}”" for p in chosen[:3]) + (f" and {count - 3} more" if count > 3 else "")
    st.html(f'<p class="la-note">{esc(titles)}</p>')
    with st.container(horizontal=True, vertical_alignment="center"):
        if count == 1 and st.button("Open", key="open", icon=":material/article:"):
            st.switch_page("views/paper.py", query_params={"id": chosen[0].id})
        if st.button(f"Ask about {name}", key="ask-about", type="primary", icon=":material/forum:"):
            state.limit(paper_ids=tuple(p.id for p in chosen))
            state.open_conversation(None)
            st.switch_page("views/chat.py")
        with st.popover("Tag", icon=":material/label:"), st.form("tag", border=False):
            given = st.text_input("Tags to add, separated by commas")
            dropped = st.multiselect("Tags to take away", sorted({t for p in chosen for t in p.tags}))
            if st.form_submit_button("Save"):
                new = {t.strip() for t in given.split(",") if t.strip()}
                for paper in chosen:
                    tags = sorted(({*paper.tags} | new) - set(dropped))
                    if tags != list(paper.tags):
                        resources.assistant().update(paper.id, tags=tags)
                state.seen()
                st.rerun()
        if st.button("Remove", key="remove", icon=":material/delete:"):
            confirm_removal([p.id for p in chosen], [p.title for p in chosen])


@state.plainly
def remove(ids: list[str]) -> None:
    """Remove these papers, and say how many went."""
    removed = resources.assistant().remove(ids)
    st.session_state.notice = f"{removed:,} {'paper' if removed == 1 else 'papers'} removed."
    st.session_state.pop("table", None)
    state.seen()


@st.dialog("Remove from the library?")
def confirm_removal(ids: list[str], titles: list[str]) -> None:
    """The papers leave only after this is confirmed."""
    for title in titles[:5]:
        st.html(f'<p class="la-note">{components.esc(shortened(title, 120))}</p>')
    if len(titles) > 5:
        st.caption(f"and {len(titles) - 5:,} more")
    st.write("Their texts and vectors go, and so do kept answers that quote them. The files you read them from stay.")
    with st.container(horizontal=True):
        if st.button("Remove", type="primary", key="remove-sure", on_click=remove, args=(ids,)):
            st.rerun()
        if st.button("Keep", key="remove-not"):
            st.rerun()


@state.plainly
def decide(ids: tuple[str, str], same: bool) -> None:
    """Make two papers one, or keep them apart, for good."""
    opened = resources.assistant()
    if same:
        st.session_state.notice = f"Made one: {opened.merge(ids).title}"
    else:
        opened.keep_apart(ids)
        st.session_state.notice = "They stay two papers."
    st.session_state.pop("table", None)
    state.seen()


def alike() -> None:
    """Papers that look like one work, to be made one or kept apart."""
    with st.expander("Papers that look alike", icon=":material/content_copy:"):
        if not st.toggle("Look for them", key="look-alike"):
            st.caption("The same work may have come in twice: a preprint and its publication, or a retyped title.")
            return
        pairs = resources.lookalikes()
        if not pairs:
            st.caption("No two papers look like one work.")
        for number, pair in enumerate(pairs[:SHOWN_PAIRS]):
            told = f"titles {pair.title:.0%} alike, abstracts {pair.text:.0%}"
            titles = "".join(f'<span class="la-title">{components.esc(t)}</span><br>' for t in pair.titles)
            st.html(f'<div class="la-near">{titles}<span class="la-by">{told}</span></div>')
            with st.container(horizontal=True):
                ids = (pair.one, pair.other)
                st.button("They are one", key=f"one-{number}", on_click=decide, args=(ids, True))
                st.button("They are two", key=f"two-{number}", on_click=decide, args=(ids, False))


def upkeep() -> None:
    """Check and repair of the index."""
    with st.expander("Upkeep", icon=":material/build:"):
        opened = resources.assistant()
        st.caption("The library is the truth; vectors and words are made from it and can be made again at any time.")
        with st.container(horizontal=True):
            check = st.button("Check", key="doctor")
            if st.button("Rebuild the index", key="rebuild", disabled=resources.desk().busy is not None):
                resources.rebuild()
                st.rerun()
        if check:
            with st.spinner("Comparing library and index …"):
                found = opened.doctor()
            st.html(f'<p class="la-note">{components.esc(resources.health(found))}</p>')
        st.html(f'<p class="la-note">Kept in {components.esc(str(opened.settings.folder))}</p>')


def main() -> None:
    """The whole page."""
    st.html('<style>.stMainBlockContainer { max-width: 72rem; }</style>')
    st.title("Library")
    papers = list(resources.papers().values())
    if notice := st.session_state.pop("notice", None):
        st.success(plain(notice), icon=":material/check:")
    with st.container():
        components.progress()
    with st.container():
        components.watch()
    upload(empty=not papers)
    if not papers:
        st.html('<p class="la-note">No papers yet. Drop files above, or try the built-in sample.</p>')
        return
    found = chosen_papers(papers)
    without = sum(components.text_held(p) == "title only" for p in papers)
    line = f"{len(found):,} of {len(papers):,} papers" if len(found) != len(papers) else f"{len(papers):,} papers"
    if without:
        line += f"; {without:,} with a title only (found by title, never quoted)"
    st.caption(plain(line))
    if found:
        actions(table(found))
        st.download_button("Save this list (CSV)", components.as_csv(found), f"papers-{date.today()}.csv", "text/csv",
                           type="tertiary", icon=":material/download:", on_click="ignore")
    else:
        st.html('<p class="la-note">No paper passes these limits and holds all of these words.</p>')
    alike()
    upkeep()


main()
