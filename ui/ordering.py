"""What is done with papers: tags, collections and read marks (which can be undone), export, look-up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import components
import removing
import resources
import state
import streamlit as st
from markup import esc, plain, shortened
from shelf import Shelf, in_order

from assistant import Paper
from assistant.papers import papers_in_words
from assistant.papers.formats import suffix_of


@state.plainly
def organise(ids: list[str], what: str, changes: dict[str, Any]) -> None:
    """Change these papers at once, say how many that were, and keep what is needed to undo it."""
    done = resources.assistant().organise(ids, **changes)
    already = f"; {len(ids) - done.count:,} had that already" if 0 < done.count < len(ids) else ""
    state.notice(f"{papers_in_words(done.count)} {what}{already}." if done.count else "Nothing had to be changed.",
                 done if done.count else None)
    state.seen()


@state.plainly
def undo() -> None:
    """Give the papers of the last change what they had before."""
    if done := st.session_state.pop("undo", None):
        state.notice(f"Undone: {papers_in_words(resources.assistant().undo(done))} as before.")
        state.seen()


def notice() -> None:
    """What the last change did, and how to take it back."""
    if said := st.session_state.get("notice"):
        with st.container(horizontal=True, vertical_alignment="center", key="notice"):
            st.success(plain(said), icon=":material/check:", width="stretch")
            if "undo" in st.session_state:
                st.button("Undo", key="undo-last", icon=":material/undo:", on_click=undo)
            st.button("Close", key="notice-away", icon=":material/close:", type="tertiary", on_click=state.no_notice)


def summary(shelf: Shelf, line: str) -> list[Paper]:
    """How many papers there are, and which of them are chosen: those ticked, or all that pass."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(plain(line), width="content")
        everything = st.toggle(
            "Take all of them" if len(shelf.found) > 1 else "Take it", key="lib-all",
            help="What you do next is done with every paper that passes, on all pages of the table",
        )
    st.caption("Click a row to see its paper; tick rows at the left to tag, mark, export or remove several.")
    return in_order(shelf.found) if everything else shelf.ticked


def actions(chosen: list[Paper]) -> None:
    """What can be done with the chosen papers."""
    # A cell of the table shows what fits; here the titles stand whole.
    titles = "; ".join(f"“{shortened(p.title, 110)}”" for p in chosen[:2])
    more = f" and {len(chosen) - 2:,} more" if len(chosen) > 2 else ""
    st.html(f'<p class="la-note"><b>{papers_in_words(len(chosen))}</b>: {esc(titles + more)}</p>')
    ids = [p.id for p in chosen]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Ask about them" if len(ids) > 1 else "Ask about it", key="ask-about", type="primary",
                     icon=":material/forum:"):
            state.limit(paper_ids=tuple(ids))
            state.open_conversation(None)
            st.switch_page("views/chat.py")
        names("Tag", "tag", "tags", ids, {t for p in chosen for t in p.tags}, resources.choices().tags)
        names("Collection", "collection", "collections", ids, {c for p in chosen for c in p.collections},
              resources.choices().collections)
        if any(not p.read for p in chosen):
            st.button("Mark read", key="mark-read", icon=":material/done_all:", on_click=organise,
                      args=(ids, "marked as read", {"read": True}))
        if any(p.read for p in chosen):
            st.button("Mark unread", key="mark-unread", icon=":material/mark_email_unread:", on_click=organise,
                      args=(ids, "marked as unread", {"read": False}))
        export(chosen)
        bare = [p.id for p in chosen if not p.abstract]
        if bare:
            st.button(f"Look up {len(bare):,}", key="look-up-chosen", icon=":material/travel_explore:",
                      help="Ask arXiv, PubMed, Crossref and OpenAlex for the missing abstracts. Their identifiers, or "
                      "titles, leave this machine.", on_click=resources.look_up_abstracts, args=(bare,),
                      disabled=resources.desk().busy is not None)
        if st.button("Remove", key="remove", icon=":material/delete:"):
            removing.confirm(ids)


def names(label: str, one: str, several: str, ids: list[str], held: set[str], used: Iterable[str]) -> None:
    """Tags or collections to add to the chosen papers, and to take away."""
    icon = {"tag": ":material/label:", "collection": ":material/folder:"}[one]
    # A new key after each saving: the popover is then a new one, and closed.
    version = st.session_state.get("saved", 0)
    with st.popover(label, icon=icon, key=f"{one}-popover-{version}"), st.form(f"{one}-form-{version}", border=False):
        given = st.text_input(f"{label}s to add, separated by commas", key=f"{one}-add-{version}")
        if known := sorted(used, key=str.casefold)[:12]:
            st.caption(plain(f"In use: {', '.join(known)}"))
        dropped = st.multiselect(f"{label}s to take away", sorted(held), key=f"{one}-drop-{version}") if held else []
        if st.form_submit_button("Save"):
            added = [name.strip() for name in given.split(",") if name.strip()]
            words = [f"now have the {one} {' and '.join(f'“{a}”' for a in added)}"] if added else []
            words += [f"lost the {one} {' and '.join(f'“{d}”' for d in dropped)}"] if dropped else []
            st.session_state.saved = version + 1
            if words:
                organise(ids, shortened(", ".join(words), 160), {f"add_{several}": added, f"drop_{several}": dropped})
            st.rerun()


def export(chosen: list[Paper]) -> None:
    """The chosen papers as a file, in a format of one's choice."""
    opened = resources.assistant()
    with st.popover("Export", icon=":material/download:"):
        picked = st.radio("Format", [*components.FORMATS, "Table (CSV)"], key="export-format")
        style = components.FORMATS.get(picked, "csv")
        suffix = suffix_of(style) if style != "csv" else ".csv"
        # Written when it is asked for: thousands of papers at every run of the page would be slow.
        st.download_button(
            f"Save {papers_in_words(len(chosen))}",
            lambda: components.as_csv(chosen) if style == "csv" else opened.export(style, chosen),
            f"papers-{date.today()}{suffix}", "text/plain", icon=":material/download:", key="export",
            on_click="ignore",
        )  # fmt: skip
