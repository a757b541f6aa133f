"""Library: the papers as a table, adding, ordering and removing them, and the state of the index."""

from __future__ import annotations

import adding
import components
import ordering
import removing
import resources
import shelf
import state
import streamlit as st
from markup import plain

SHOWN_PAIRS = 20


@state.plainly
def decide(ids: tuple[str, str], same: bool) -> None:
    """Make two papers one, or keep them apart, for good."""
    opened = resources.assistant()
    if same:
        state.notice(f"Made one: {opened.merge(ids).title}")
    else:
        opened.keep_apart(ids)
        state.notice("They stay two papers.")
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
        components.pairs(pairs[:SHOWN_PAIRS], decide)
        if len(pairs) > SHOWN_PAIRS:
            st.caption(f"and {len(pairs) - SHOWN_PAIRS:,} more, shown as these are decided")


def upkeep() -> None:
    """Check and repair of the index."""
    with st.expander("Upkeep", icon=":material/build:"):
        opened = resources.assistant()
        st.caption("The library is the truth; vectors and words are made from it and can be made again at any time.")
        with st.container(horizontal=True):
            check = st.button("Check", key="doctor")
            st.button("Rebuild the index", key="rebuild", disabled=resources.desk().busy is not None,
                      on_click=resources.rebuild)
        if check:
            with st.spinner("Comparing library and index …"):
                found = opened.doctor()
            st.html(f'<p class="la-note">{components.esc(resources.health(found))}</p>')
        st.html(f'<p class="la-note">Kept in {components.esc(str(opened.settings.folder))}</p>')


def main() -> None:
    """The whole page."""
    st.html('<style>.stMainBlockContainer { max-width: 72rem; }</style>')
    st.title("Library")
    state.remembered("lib-search", *shelf.FILTERS, "lib-order", "lib-page")
    count = resources.count()
    with st.container():
        ordering.notice()
    with st.container():
        components.progress()
    with st.container():
        components.watch()
    without = resources.listed(text="no abstract")
    adding.adding(not count, without)
    if not count:
        told = "The first papers are being read." if resources.desk().busy else (
            "No papers yet. Drop files above, or try the built-in sample.")
        st.html(f'<p class="la-note">{told}</p>')
        return
    found, hits = shelf.chosen_papers()
    bare = len(set(found).intersection(resources.listed(text="title only"))) if without else 0
    line = f"{len(found):,} of {count:,} papers" if len(found) != count else f"{count:,} papers"
    if bare:
        line += f"; {bare:,} with a title only (found by title, never quoted)"
    if found:
        bar = st.container(gap="small")
        shown = shelf.table(found)
        with bar:
            chosen = ordering.summary(shown, line)
        # Below the table, which must not move under the hand that ticks; the style keeps it on the screen.
        with st.container(key="actions", gap="small"):
            if chosen:
                ordering.actions(chosen)
        if shown.clicked:
            shelf.clicked(shown.clicked)
    else:
        st.caption(plain(line))
        st.html('<p class="la-note">No paper passes these limits and holds all of these words.</p>')
    shelf.best_matches(hits)
    alike()
    removing.by_tag_or_source()
    upkeep()


main()
