"""The shelf: which papers are shown, in which order and on which page of the table, and which are ticked."""

from __future__ import annotations

from dataclasses import dataclass

import components
import markup
import resources
import state
import streamlit as st
from markup import plain, shortened

from assistant import Filters, Hit, Paper
from assistant.library.listing import TEXTS
from assistant.papers import normalised_title
from assistant.retrieval.understanding import Understood

PAGE = 250
"""Rows of the table at once: what a browser draws and sorts without a pause."""
SHOWN_HITS = 8
FILTERS = {"lib-from": "from", "lib-to": "to", "lib-author": "author", "lib-venue": "venue",
           "lib-source": "read from", "lib-tag": "tag", "lib-collection": "in", "lib-read": "only", "lib-text": "text"}
ORDERS = {
    "As they came in": "arrival", "Last added first": "last", "Newest first": "newest", "Oldest first": "oldest",
    "By title": "title", "By first author": "author", "Unread first": "unread",
}


@dataclass(frozen=True)
class Shelf:
    """The ids of the papers that pass, those ticked among them, and the one whose row was clicked."""

    found: list[str]
    ticked: list[Paper]
    clicked: Paper | None = None


def search_row() -> None:
    """Where one says what to look for, the filters, and the order."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.text_input("Search", key="lib-search", placeholder="Words; author:, year:2019..2022, tag:, is:unread, -word",
                   width="stretch", label_visibility="collapsed", on_change=st.session_state.pop,
                   args=("lib-ignored", None))
    row.selectbox("Order", list(ORDERS), key="lib-order", label_visibility="collapsed", width=178)
    held = resources.choices()
    with row.popover("Filter", icon=":material/filter_list:"):
        if len(held.sources) <= resources.MANY:
            choice("Read from", "lib-source", held.sources)
        else:
            st.text_input("Read from", key="lib-source", placeholder="Part of a file's name")
        choice("Tag", "lib-tag", held.tags)
        choice("Collection", "lib-collection", held.collections)
        st.text_input("Author", key="lib-author", placeholder="Part of a name")
        if held.venues:
            st.text_input("Venue", key="lib-venue", placeholder="Part of a journal's or a meeting's name")
        left, right = st.columns(2)
        with left:
            choice("Marked", "lib-read", ("read", "unread"))
        with right:
            choice("Text", "lib-text", tuple(TEXTS))
        left.number_input("From year", 1000, 2999, None, 1, key="lib-from", placeholder=str(held.years[0]))
        right.number_input("To year", 1000, 2999, None, 1, key="lib-to", placeholder=str(held.years[1]))


def choice(label: str, key: str, options: tuple[str, ...]) -> None:
    """One of these values, or any."""
    if options:
        now = st.session_state.get(key)
        more = (now,) if now and now not in options else ()
        st.selectbox(label, (*options, *more), index=None, key=key, placeholder="Any")


def chosen_papers() -> tuple[list[str], list[Hit]]:
    """The ids of the papers that pass what was typed and chosen above the table, in order; the best matches."""
    search_row()
    value = {key: st.session_state.get(key) for key in FILTERS}
    if any(value.values()):
        with st.container(horizontal=True, gap="small"):
            for key, word in FILTERS.items():
                if value[key]:
                    st.button(f"{plain(f'{word}: {shortened(str(value[key]), 40)}')} ✕", key=f"drop-{key}",
                              help="Remove this filter", on_click=forget, args=(key,))
    marked = value["lib-read"]
    wanted = Filters(
        value["lib-from"], value["lib-to"],
        authors=named(value["lib-author"]), sources=named(value["lib-source"]), tags=named(value["lib-tag"]),
        collections=named(value["lib-collection"]), read=None if marked is None else marked == "read",
        venues=named(value["lib-venue"]),
    )
    asked, hits = searched(wanted)
    needles = normalised_title(asked.corrected(asked.text)).split() if asked else []
    unwanted = [normalised_title(word) for word in asked.excluded] if asked else []
    limits = asked.filters if asked else wanted
    order = ORDERS.get(st.session_state.get("lib-order") or "", "arrival")
    found = resources.listed(limits, text=value["lib-text"] or "", order=order)
    if needles or unwanted:
        folded = resources.folded()
        words = ((paper_id, folded.get(paper_id, "")) for paper_id in found)
        found = [i for i, held in words if all(n in held for n in needles) and not any(u in held for u in unwanted)]
    return found, hits


def forget(key: str) -> None:
    """Take one filter off."""
    st.session_state[key] = "" if key in ("lib-author", "lib-venue") else None


def named(value: str | None) -> tuple[str, ...]:
    return (value.strip(),) if value and value.strip() else ()


def searched(wanted: Filters) -> tuple[Understood | None, list[Hit]]:
    """How what was typed is understood, its limits as chips, and the best matches; None where nothing was typed."""
    typed = st.session_state.get("lib-search") or ""
    if not typed.strip():
        return None, []
    ignored = st.session_state.setdefault("lib-ignored", [])
    hits, asked = resources.assistant().find(typed, SHOWN_HITS, wanted, ignored=ignored)
    if asked.limits:
        with st.container(horizontal=True, gap="small"):
            for number, one in enumerate(asked.limits):
                word = {"phrase": "the phrase", "excluded": "without", "is": "only"}.get(one.kind, f"{one.kind}:")
                st.button(f"{plain(f'{word} {shortened(one.value, 40)}')} ✕", key=f"drop-limit-{number}",
                          help="Read these words as words", on_click=ignored.append, args=(one.text,))
    if asked.aspects:
        parts = "; ".join(f"“{components.esc(aspect)}”" for aspect in asked.aspects)
        st.html(f'<p class="la-note">Searched as a whole and in {len(asked.aspects)} parts: {parts}</p>')
    for note in asked.notes:
        st.html(f'<p class="la-note">{components.esc(note)}</p>')
    # With limits alone, the table says as much.
    return asked, hits if asked.text.strip() else []


def best_matches(hits: list[Hit]) -> None:
    """The papers that fit what was typed best, by words and meaning, whether they hold every word or not."""
    if hits:
        with st.expander("Best matches", expanded=True, icon=":material/search:"):
            st.html(markup.hits(hits, "By words and meaning", components.paper_url))


def table(found: list[str]) -> Shelf:
    """The table, page by page, and what is ticked or clicked in it."""
    pages = max(1, -(-len(found) // PAGE))
    page = st.session_state["lib-page"] = min(st.session_state.get("lib-page") or 1, pages)
    shown = in_order(found[(page - 1) * PAGE : page * PAGE])
    event = st.dataframe(
        components.paper_table(shown), hide_index=True, on_select="rerun",
        selection_mode=("multi-row", "single-cell"), key=state.table_key(found, [p.id for p in shown]),
        # So high that what a click shows begins on the screen too.
        height=min(36 * len(shown) + 40, 436),
        column_config={
            "Title": st.column_config.TextColumn(width="large"),
            "Year": st.column_config.TextColumn(width="small"),
            "Text": st.column_config.TextColumn(width="small", help="What answers can quote"),
            "Read": st.column_config.TextColumn(width="small", help="Marked by you"),
        },
    )
    if pages > 1:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.caption(f"{(page - 1) * PAGE + 1:,} to {(page - 1) * PAGE + len(shown):,} of {len(found):,}")
            st.pagination(pages, key="lib-page", width=360)
    selection = event["selection"] if event else {}
    ticked = [shown[i] for i in selection.get("rows", []) if i < len(shown)]
    cells = [row for row, _ in selection.get("cells", []) if row < len(shown)]
    return Shelf(found, ticked, shown[cells[0]] if cells else None)


def in_order(ids: list[str]) -> list[Paper]:
    """The papers of these ids, in their order."""
    held = resources.present(ids)
    return [held[i] for i in ids if i in held]


def clicked(paper: Paper) -> None:
    """The paper whose row was clicked, with its abstract; its page is one click away."""
    with st.container(border=True, key="clicked"):
        st.html(markup.card(paper, resources.texts([paper.id]).get(paper.id, "")))
        if st.session_state.get("seen-row") != paper.id:
            st.session_state["seen-row"] = paper.id
            components.bring_up("la-card", block="nearest")
        with st.container(horizontal=True):
            if st.button("Open", key="open", icon=":material/article:", type="primary"):
                st.switch_page("views/paper.py", query_params={"id": paper.id})
            if st.button("Ask about it", key="ask-clicked", icon=":material/forum:"):
                state.limit(paper_ids=(paper.id,))
                state.open_conversation(None)
                st.switch_page("views/chat.py")
