"""One paper: its record, where it was read, its abstract, its tags and note."""

from __future__ import annotations

import components
import markup
import resources
import state
import streamlit as st
from markup import esc

from assistant import Paper

SHOWN_PAGES = 3


def record(paper: Paper) -> str:
    """Title, authors, identifiers and appearances as HTML."""
    appearances = "".join(f"<li>{esc(a.source)}, entry {a.position}</li>" for a in paper.appearances)
    rows = {
        "Authors": esc(", ".join(paper.authors)),
        "Year": esc(paper.year or ""),
        "Venue": esc(paper.venue or ""),
        "arXiv": esc(paper.arxiv_id or ""),
        "DOI": esc(paper.doi or ""),
        "PubMed": esc(paper.pmid or ""),
        "Keywords": esc(", ".join(paper.keywords)),
        "Read from": f'<ul style="margin:0;padding-left:1rem">{appearances}</ul>' if appearances else "",
        "Link": markup.link(paper.link, paper.link or ""),
    }
    body = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows.items() if value)
    return f'<div class="la-paper"><h1>{esc(paper.title)}</h1><dl>{body}</dl></div>'


def text(paper: Paper) -> None:
    """Abstract and pages, or what their absence costs."""
    if paper.abstract:
        name = "Summary, written for the built-in sample" if paper.kind == "summary" else "Abstract"
        st.html(f'<div class="la-paper"><h4>{name}</h4><p class="la-text">{esc(paper.abstract)}</p></div>')
    elif not paper.pages:
        st.html('<p class="la-note">No abstract was found for this paper: it is found by its title only, and no answer '
                "can quote it. Add its PDF, or an export that carries abstracts, to change that.</p>")
    if paper.pages:
        with st.expander(f"Full text: {len(paper.pages)} pages"):
            shown = st.number_input("Page", 1, len(paper.pages), 1) if len(paper.pages) > 1 else 1
            page = paper.pages[shown - 1]
            st.html(f'<div class="la-paper"><h4>Page {page.number}</h4><p class="la-text">{esc(page.text)}</p></div>')


def main() -> None:
    """The whole page."""
    if st.button("Library", icon=":material/arrow_back:", type="tertiary"):
        st.switch_page("views/library.py")
    paper_id = st.query_params.get("id", "")
    paper = resources.whole(paper_id) if paper_id else None
    if paper is None:
        st.html('<div class="la-empty"><h1>No such paper</h1><p>It is not, or no longer, in your library. '
                "Open one from the library's table.</p></div>")
        return
    st.html(record(paper))
    text(paper)
    with st.form("about", border=False):
        tags = st.text_input("Tags, separated by commas", value=", ".join(paper.tags), key=f"tags-{paper.id}")
        note = st.text_area("Note", value=paper.note, key=f"note-{paper.id}")
        if st.form_submit_button("Save tags and note"):
            wanted = tuple(sorted({t.strip() for t in tags.split(",") if t.strip()}))
            resources.assistant().update(paper.id, tags=wanted, note=note)
            state.seen()
            st.rerun()
    if near := resources.related(paper.id):
        with st.expander("More like this"):
            st.html(markup.hits(near, "Nearest in meaning", components.paper_url))
    if st.button("Ask about this paper", type="primary", icon=":material/forum:"):
        state.limit(paper_ids=(paper.id,))
        state.open_conversation(None)
        st.switch_page("views/chat.py")


main()
