"""How papers leave: those chosen, all with a tag, or what one source gave; never before it is confirmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import resources
import state
import streamlit as st
from markup import esc, shortened

from assistant.papers import papers_in_words

WAYS = {"tags": "All with a tag", "sources": "All from a source"}
SHOWN_TITLES = 5


def staying(count: int) -> str:
    """How many papers stay because they were read elsewhere too; nothing for none."""
    if count < 2:
        return "1 paper was read elsewhere too: it stays, with what is said there." if count else ""
    return f"{papers_in_words(count)} were read elsewhere too: they stay, with what is said there."


@state.plainly
def remove(ids: Sequence[str], tags: Sequence[str], sources: Sequence[str]) -> None:
    """Remove these papers, those with these tags and what these sources gave, and say how many went."""
    gone = resources.remove(ids, tags, sources)
    state.notice(f"{papers_in_words(gone)} removed.")
    state.seen()


def confirm(ids: Sequence[str], tags: Sequence[str] = (), sources: Sequence[str] = ()) -> None:
    """Ask whether these papers are to go; they leave only after that."""
    plan = resources.assistant().removal(ids, tags=tags, sources=sources)
    held = resources.present(plan.gone[:SHOWN_TITLES])
    titles = [held[i].title if i in held else i for i in plan.gone[:SHOWN_TITLES]]
    # Looked up once: the dialog is drawn again when its button has done its work, with nothing left to be named.
    _dialog(partial(remove, ids, tags, sources), titles, len(plan.gone), len(plan.kept))


@st.dialog("Remove from the library?")
def _dialog(agreed: Callable[[], None], titles: Sequence[str], gone: int, kept: int) -> None:
    lines = [esc(shortened(title, 120)) for title in titles]
    if gone > len(titles):
        lines.append(f"and {gone - len(titles):,} more")
    if lines:
        st.html(f'<ul class="la-note">{"".join(f"<li>{line}</li>" for line in lines)}</ul>')
    if kept:
        st.write(staying(kept))
    if gone:
        st.write("Their texts and vectors go, and so do kept answers that quote them. The files you read them from "
                 "stay. This can't be undone.")
    with st.container(horizontal=True):
        what = f"Remove {papers_in_words(gone)}" if gone else "Forget this source"
        if st.button(what, type="primary", key="remove-sure", on_click=agreed):
            st.rerun()
        if st.button("Keep", key="remove-not"):
            st.rerun()


def by_tag_or_source() -> None:
    """All papers with a tag, or all that one source gave, to be taken out at once."""
    with st.expander("Remove by tag or source", icon=":material/delete_sweep:"):
        held = resources.choices()
        ways = [way for way in WAYS if getattr(held, way)]
        way = st.radio("What goes", ways, index=None, key="remove-way", format_func=WAYS.get, horizontal=True,
                       label_visibility="collapsed")  # fmt: skip
        if not way:
            st.caption("Papers that were read from another source too stay, with what is said there.")
            return
        label = "Tags" if way == "tags" else "Sources"
        # Files that are limited to as one, since their names are alike, are removed each by itself.
        options = held.tags if way == "tags" else tuple(resources.assistant().sources())
        if len(options) > resources.MANY:
            st.caption("Too many for a list: `litassist papers remove --source NAME` in a terminal removes what came "
                       "from a file.")
            return
        names = st.multiselect(label, options, key=f"remove-{way}", placeholder="Choose")
        if not names:
            return
        limits = {"tags": tuple(names)} if way == "tags" else {"sources": tuple(names)}
        plan = resources.assistant().removal(**limits)
        st.caption(f"{papers_in_words(len(plan.gone))} would go. {staying(len(plan.kept))}".strip())
        if st.button("Remove …", key="remove-them", icon=":material/delete:"):
            confirm((), **limits)
