"""One paper: its record, where it was read, its abstract, and the reader's own tags, collections, note and mark."""

from __future__ import annotations

import components
import markup
import ordering
import pictures
import removing
import resources
import sources
import state
import streamlit as st
from adding import ASKED
from markup import esc

from assistant import Paper

FIELDS = {"title": "Title", "abstract": "Abstract", "authors": "Authors", "year": "Year", "venue": "Venue",
          "doi": "DOI", "arxiv_id": "arXiv", "pmid": "PubMed", "pages": "Full text"}


def record(paper: Paper, former: list[str], origins: dict[str, tuple[str, ...]]) -> str:
    """Title, authors, identifiers, former ids and appearances as HTML; a field names its source when hovered over."""
    appearances = "".join(f"<li>{esc(a.source)}, entry {a.position}</li>" for a in paper.appearances)
    rows = {
        "Authors": ("authors", esc(", ".join(paper.authors))),
        "Year": ("year", esc(paper.year or "")),
        "Venue": ("venue", esc(paper.venue or "")),
        "arXiv": ("arxiv_id", esc(paper.arxiv_id or "")),
        "DOI": ("doi", esc(paper.doi or "")),
        "PubMed": ("pmid", esc(paper.pmid or "")),
        "Keywords": ("keywords", esc(", ".join(paper.keywords))),
        "Read from": ("", f"<ul>{appearances}</ul>" if appearances else ""),
        "Link": ("", markup.link(paper.link, paper.link or "")),
        "Id": ("", f"<code>{esc(paper.id)}</code>"),
        "Also known as": ("", ", ".join(f"<code>{esc(i)}</code>" for i in former)),
    }
    body = ""
    for name, (field, value) in rows.items():
        if value:
            told = f' title="{esc("From " + "; ".join(origins[field]))}"' if field in origins else ""
            body += f"<dt>{name}</dt><dd{told}>{value}</dd>"
    return f'<div class="la-paper"><h1>{esc(paper.title)}</h1><dl>{body}</dl></div>'


def whence(paper: Paper, origins: dict[str, tuple[str, ...]]) -> None:
    """Which source each field came from, where there is more than one."""
    if len(paper.sources) < 2:
        return
    with st.expander("Where each field came from"):
        rows = "".join(
            f"<tr><td>{name}</td><td>{esc('; '.join(origins[field]))}</td></tr>"
            for field, name in FIELDS.items() if field in origins
        )
        st.html(f'<table class="la-table"><tr><th>Field</th><th>Said by</th></tr>{rows}</table>')


def text(paper: Paper) -> None:
    """Abstract and pages, or what their absence costs."""
    if paper.abstract:
        name = "Summary, written for the built-in sample" if paper.kind == "summary" else "Abstract"
        st.html(f'<div class="la-paper"><h4>{name}</h4><p class="la-text">{esc(paper.abstract)}</p></div>')
    elif not paper.pages:
        st.html('<p class="la-note">No abstract was found for this paper: it is found by its title only, and no answer '
                "can quote it. Add its PDF, or an export that carries abstracts, to change that.</p>")
    if paper.pages:
        full_text(paper)


def full_text(paper: Paper) -> None:
    """A page at a time: as it is printed, or its text; the address can name a page and the words to mark on it."""
    asked, start, end = (_number(name) for name in ("page", "start", "end"))
    numbers = [page.number for page in paper.pages]
    with st.expander(f"Full text: {len(numbers)} pages", expanded=asked in numbers):
        first = asked if asked in numbers else numbers[0]
        shown = st.number_input("Page", numbers[0], numbers[-1], first) if len(numbers) > 1 else numbers[0]
        ways = ["Text", "As printed"] if paper.file else ["Text"]
        way = st.segmented_control("Show", ways, default=ways[-1] if asked in numbers else "Text",
                                   label_visibility="collapsed") if len(ways) > 1 else "Text"  # fmt: skip
        span = (start, end) if shown == asked and start is not None and end is not None else None
        if way == "As printed":
            pictures.page(paper.id, paper.title, shown, *(span or (None, None)))
            return
        words = paper.text("page", shown)
        body = sources.marked(words, [(*span, "quoted", 1)]) if span and span[0] < span[1] <= len(words) else esc(words)
        empty = '<p class="la-note">No text was read from this page.</p>'
        st.html(f'<div class="la-paper"><h4>Page {shown}</h4>'
                f'{f"""<p class="la-text">{body}</p>""" if words else empty}</div>')
        if any(page.references for page in paper.pages if page.number == shown):
            listed = "".join(f"<li>{esc(r)}</li>" for p in paper.pages if p.number == shown for r in p.references)
            st.html(f'<div class="la-paper"><h4>References that begin here</h4><ul class="la-note">{listed}</ul></div>')


def _number(name: str) -> int | None:
    value = st.query_params.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else None


@state.plainly
def mark(paper_id: str) -> None:
    """Mark the paper as read, or not."""
    resources.assistant().update(paper_id, read=bool(st.session_state[f"read-{paper_id}"]))
    state.seen()


def own(paper: Paper) -> None:
    """The reader's own: tags, collections, a note, whether it was read."""
    held = resources.choices()
    st.session_state[f"read-{paper.id}"] = paper.read
    st.toggle("Read", key=f"read-{paper.id}", on_change=mark, args=(paper.id,))
    with st.form("about", border=False):
        tags = st.text_input("Tags, separated by commas", value=", ".join(paper.tags), key=f"tags-{paper.id}",
                             placeholder=", ".join(held.tags[:4]))
        collections = st.text_input("Collections, separated by commas", value=", ".join(paper.collections),
                                    key=f"collections-{paper.id}", placeholder=", ".join(held.collections[:4]))
        note = st.text_area("Note", value=paper.note, key=f"note-{paper.id}")
        if st.form_submit_button("Save", key="save-own"):
            resources.assistant().update(paper.id, tags=listed(tags), collections=listed(collections), note=note)
            state.notice("Saved.")
            state.seen()
            st.rerun()


def listed(text: str) -> tuple[str, ...]:
    """The names between the commas, each once, in their order."""
    return tuple(dict.fromkeys(" ".join(name.split()) for name in text.split(",") if name.strip()))


def missing(paper: Paper) -> None:
    """The offer to look an abstract up."""
    if not paper.abstract:
        st.button("Look up its abstract", key="look-up", icon=":material/travel_explore:", args=([paper.id],),
                  on_click=resources.look_up_abstracts, disabled=resources.desk().busy is not None,
                  help=f"Its identifier, or its title, is sent to {ASKED}.")


@state.plainly
def decide(ids: tuple[str, str], same: bool) -> None:
    """Make this paper and another one, or keep them apart, for good."""
    opened = resources.assistant()
    if same:
        made = opened.merge(ids)
        state.notice(f"Made one: {made.title}")
        st.query_params["id"] = made.id
    else:
        opened.keep_apart(ids)
        state.notice("They stay two papers.")
    state.seen()


def offers(paper: Paper) -> None:
    """Papers that may be the same work."""
    with st.expander("Is it in here twice?", icon=":material/content_copy:"):
        if not st.toggle("Look for papers like it", key="look-alike-one"):
            return
        pairs = [pair for pair in resources.lookalikes() if paper.id in (pair.one, pair.other)]
        if not pairs:
            st.caption("No other paper looks like the same work.")
        components.pairs(pairs, decide)


def main() -> None:
    """The whole page."""
    if st.button("Library", icon=":material/arrow_back:", type="tertiary"):
        st.switch_page("views/library.py")
    paper_id = st.query_params.get("id", "")
    paper = resources.whole(paper_id) if paper_id else None
    with st.container():
        ordering.notice()
    with st.container():
        components.progress()
    if paper is None:
        st.html('<div class="la-empty"><h1>No such paper</h1><p>It is not, or no longer, in your library. '
                "Open one from the library's table.</p></div>")
        return
    opened = resources.assistant()
    origins = opened.origins(paper.id)
    st.html(record(paper, opened.former_ids(paper.id), origins))
    with st.container(horizontal=True):
        if st.button("Ask about this paper", type="primary", icon=":material/forum:", key="ask-this"):
            state.limit(paper_ids=(paper.id,))
            state.open_conversation(None)
            st.switch_page("views/chat.py")
        ordering.export([paper])
        if st.button("Remove", key="remove", icon=":material/delete:"):
            removing.confirm([paper.id])
    text(paper)
    missing(paper)
    own(paper)
    if near := resources.related(paper.id):
        with st.expander("More like this", icon=":material/hub:"):
            st.html(markup.hits(near, "Nearest in meaning", components.paper_url))
    offers(paper)
    whence(paper, origins)


main()
