"""Library: the papers as a table, adding and removing them, and the state of the index."""

from __future__ import annotations

from datetime import date

import components
import resources
import state
import streamlit as st
from markup import plain, shortened

from assistant import Filters, Paper
from assistant.papers import normalised_title

FILE_TYPES = ["html", "htm", "txt", "md", "csv", "tsv", "jsonl", "json", "bib", "ris", "nbib", "xml", "enw", "pdf", "zip"]


def upload(empty: bool) -> None:
    """Where files are handed in."""
    with st.expander("Add papers", expanded=empty, icon=":material/upload_file:"):
        version = st.session_state.setdefault("upload", 0)
        files = st.file_uploader(
            "Listing pages (HTML or text), reference exports (CSV, JSONL, BibTeX, RIS) or PDFs",
            accept_multiple_files=True, key=f"files-{version}",
        )
        busy = resources.desk().reading is not None
        with st.container(horizontal=True):
            if st.button("Add to the library", type="primary", disabled=busy or not files, key="add"):
                resources.read_files([(f.name, f.getvalue()) for f in files])
                st.session_state.upload += 1
                st.session_state.report = None
                st.rerun()
            if empty:
                st.button("Try the built-in sample", key="sample", on_click=resources.read_sample, disabled=busy)
        st.caption("Whole folders are quicker from a terminal: `litassist ingest FOLDER`. This page sees what that adds.")


def chosen_papers(papers: list[Paper]) -> list[Paper]:
    """The papers that pass what was typed and chosen above the table, in the library's order."""
    words, sources, tags, years = st.columns([3, 2, 2, 2])
    typed = words.text_input("Search", key="lib-search", placeholder="Words of title, abstract or authors")
    source = sources.selectbox("Read from", sorted({s for p in papers for s in p.sources}), index=None, key="lib-source",
                               placeholder="Any file")
    tag = tags.selectbox("Tag", sorted({t for p in papers for t in p.tags}), index=None, key="lib-tag", placeholder="Any tag")
    held = years.selectbox("Text", ["full text", "abstract", "summary", "title only"], index=None, key="lib-text",
                           placeholder="Any text")
    known = sorted({p.year for p in papers if p.year})
    wanted = Filters(sources=(source,) if source else (), tags=(tag,) if tag else ())
    if len(known) > 1:
        low, high = st.select_slider("Years", known, value=(known[0], known[-1]), key="lib-years")
        if (low, high) != (known[0], known[-1]):
            wanted = Filters(low, high, sources=wanted.sources, tags=wanted.tags)
    needles = normalised_title(typed or "").split()
    return [
        p for p in papers
        if wanted.allows(p) and (not held or components.text_held(p) == held)
        and (not needles or all(n in normalised_title(f"{p.title} {p.abstract} {' '.join(p.authors)}") for n in needles))
    ]


def table(papers: list[Paper]) -> list[Paper]:
    """The table, and the papers selected in it."""
    shown = st.dataframe(
        components.paper_table(papers), hide_index=True, on_select="rerun", selection_mode="multi-row", key="table",
        height=min(36 * len(papers) + 40, 560),
        column_config={
            "Title": st.column_config.TextColumn(width="large"),
            "Year": st.column_config.NumberColumn(format="%d", width="small"),
            "Text": st.column_config.TextColumn(width="small", help="What answers can quote"),
        },
    )
    rows = shown["selection"]["rows"] if shown else []
    return [papers[i] for i in rows if i < len(papers)]


def actions(chosen: list[Paper]) -> None:
    """What can be done with the selected papers."""
    if not chosen:
        st.caption("Select papers (the boxes at the left) to open, ask about, tag or remove them. A click on a column's name sorts.")
        return
    count = len(chosen)
    name = "this paper" if count == 1 else f"these {count} papers"
    with st.container(horizontal=True, vertical_alignment="center"):
        if count == 1 and st.button("Open", key="open", icon=":material/article:"):
            st.switch_page("pages/paper.py", query_params={"id": chosen[0].id})
        if st.button(f"Ask about {name}", key="ask-about", type="primary", icon=":material/forum:"):
            state.limit(paper_ids=tuple(p.id for p in chosen))
            state.open_conversation(None)
            st.switch_page("pages/chat.py")
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


@st.dialog("Remove from the library?")
def confirm_removal(ids: list[str], titles: list[str]) -> None:
    """The papers leave only after this is confirmed."""
    for title in titles[:5]:
        st.html(f'<p class="la-note">{components.esc(shortened(title, 120))}</p>')
    if len(titles) > 5:
        st.caption(f"and {len(titles) - 5:,} more")
    st.write("Their texts and vectors are removed too. Files on your disk and kept conversations stay as they are.")
    with st.container(horizontal=True):
        if st.button("Remove", type="primary", key="remove-sure"):
            with st.spinner("Removing …"):
                removed = resources.assistant().remove(ids)
            st.session_state.notice = f"{removed:,} {'paper' if removed == 1 else 'papers'} removed."
            state.seen()
            st.rerun()
        if st.button("Keep", key="remove-not"):
            st.rerun()


def upkeep() -> None:
    """Check and repair of the index."""
    with st.expander("Upkeep", icon=":material/build:"):
        opened = resources.assistant()
        st.caption("The library is the truth; vectors and words are made from it and can be made again at any time.")
        with st.container(horizontal=True):
            check = st.button("Check", key="doctor")
            if st.button("Rebuild the index", key="rebuild", disabled=resources.desk().reading is not None):
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
    components.progress()
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
        st.html('<p class="la-note">No paper passes these limits. Take one away above.</p>')
    upkeep()


main()
