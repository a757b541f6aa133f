"""Ask: the conversation, its sources, and the limits on what may be used."""

from __future__ import annotations

import components
import resources
import state
import streamlit as st
import talk
from markup import esc, plain, shortened
from work import Asking

from assistant import Turn

SHOWN_CONVERSATIONS = 30
WRITTEN = {"authors": 'author:"name"', "venues": 'venue:"name"', "sources": 'source:"name"', "tags": 'tag:"name"',
           "collections": 'collection:"name"'}
"""How a question states a limit in words."""


def sidebar(current: str | None) -> None:
    """Conversations: a new one, and those there are."""
    with st.sidebar:
        st.button("New conversation", icon=":material/add:", key="new", on_click=state.open_conversation, args=(None,),
                  width="stretch")
        kept = resources.assistant().conversations()
        if not kept:
            st.caption("Conversations are kept here, on this machine.")
        for one in kept[:SHOWN_CONVERSATIONS]:
            st.button(plain(shortened(one.name, 48)) or "Unnamed", key=f"open-{one.id}", width="stretch",
                      type="secondary" if str(one.id) == current else "tertiary", on_click=state.open_conversation,
                      args=(str(one.id),), help=plain(one.name) if len(one.name) > 30 else None)
        if len(kept) > SHOWN_CONVERSATIONS:
            older = {str(c.id): c.name for c in kept[SHOWN_CONVERSATIONS:]}
            chosen = st.selectbox("Older", list(older), index=None, format_func=lambda i: shortened(older[i], 60),
                                  placeholder="Older conversations", label_visibility="collapsed")
            if chosen and chosen != current:
                state.open_conversation(chosen)
                st.rerun()


def header(current: str) -> None:
    """The conversation's name, and how to change or delete it."""
    opened = resources.assistant()
    name = next((c.name for c in opened.conversations() if str(c.id) == current), "")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.html(f'<h1 class="la-name">{esc(name)}</h1>')
        with st.popover("Edit", icon=":material/edit:", type="tertiary", help="Rename or delete this conversation"):
            with st.form(f"rename-{current}", border=False):
                given = st.text_input("Name", value=name, max_chars=200)
                if st.form_submit_button("Rename") and given.strip():
                    opened.rename_conversation(current, given.strip())
                    st.rerun()
            sure = st.checkbox("Delete this conversation for good", key=f"sure-{current}")
            if st.button("Delete", key="delete-conversation", disabled=not sure):
                opened.delete_conversation(current)
                state.open_conversation(None)
                st.rerun()


def limit_popover() -> None:
    """Where the papers to be used are limited."""
    now = state.filters()
    held = resources.choices()
    # A widget forgets its value on another page; the limits remember.
    for name in ("year_from", "year_to"):
        st.session_state.setdefault(name, getattr(now, name))
    for name in ("authors", "venues", "sources", "tags", "collections", "paper_ids"):
        st.session_state.setdefault(name, list(getattr(now, name)))
    with st.popover("Limit", icon=":material/filter_list:", help="Use only some of your papers"):
        if any(held.years):
            low, high = st.columns(2)
            low.number_input("From year", min_value=1000, max_value=2999, value=None, step=1, key="year_from",
                             placeholder=str(held.years[0]), on_change=take, args=("year_from",))
            high.number_input("To year", min_value=1000, max_value=2999, value=None, step=1, key="year_to",
                              placeholder=str(held.years[1]), on_change=take, args=("year_to",))
        told: list[str] = []
        choices = {
            "authors": ("Authors", held.authors), "venues": ("Venues", held.venues),
            "sources": ("Read from", held.sources), "tags": ("Tags", held.tags),
            "collections": ("Collections", held.collections),
        }
        for name, (label, options) in choices.items():
            chosen = list(getattr(now, name))
            if options and len(options) <= resources.MANY:
                st.multiselect(label, [*options, *(c for c in chosen if c not in options)], key=name,
                               on_change=take, args=(name,), placeholder="Any")
            elif options:
                told.append(f"{label}: more than {resources.MANY:,}, too many for a list. Write `{WRITTEN[name]}` in "
                            "the question.")
        st.session_state.setdefault("read", now.read)
        st.segmented_control("Marked", [True, False], key="read", on_change=take, args=("read",),
                             format_func=lambda read: "Read" if read else "Unread")
        if resources.count() <= resources.MANY:
            papers = resources.papers()
            st.multiselect("Papers", [*papers, *(i for i in now.paper_ids if i not in papers)], key="paper_ids",
                           format_func=lambda i: papers[i].title if i in papers else "a paper no longer there",
                           on_change=take, args=("paper_ids",), placeholder="Any")
        else:
            told.append("To limit to single papers, choose them in the library.")
        for line in told:
            st.caption(line)


def take(name: str) -> None:
    """Make what a widget holds the limit of that name."""
    value = st.session_state[name]
    state.limit(**{name: tuple(value) if isinstance(value, list) else value})


def drop(change: dict[str, object]) -> None:
    """Take one limit away, in the widgets too."""
    state.limit(**change)
    for name, value in change.items():
        st.session_state[name] = list(value) if isinstance(value, tuple) else value


def limits() -> None:
    """The limits in force, each removed by a click, beside the place to set them."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        limit_popover()
        for number, (label, change) in enumerate(state.limits()):
            st.button(f"{plain(label)} ✕", key=f"drop-{number}", help="Remove this limit", on_click=drop,
                      args=(change,))
        st.page_link("views/models.py", label=plain(f"Written by {state.backend_name()}"), icon=":material/tune:")


def welcome() -> None:
    """What stands where no question has been asked yet."""
    count = resources.count()
    st.html(f'<div class="la-empty"><h1>Ask your papers</h1><p>{count:,} {"paper" if count == 1 else "papers"} in your '
            "library. Every sentence of an answer points at the exact words of a paper; where your library does not "
            "say, the answer says so.</p></div>")
    with st.container(gap="small"):
        for number, suggested in enumerate(resources.suggestions(4)):
            st.button(plain(suggested), key=f"suggest-{number}", width="stretch", on_click=state.ask, args=(suggested,))


def turns(current: str, jobs: dict[int, Asking]) -> None:
    """Every turn of the conversation; those of `jobs` are being written, or were a moment ago."""
    stored = resources.assistant().conversation(current)
    jobs = jobs | state.running(current)  # and of those that somebody began just now
    for number, turn in enumerate(stored):
        talk.question(turn.question, turn.id)
        talk.asked_of(turn.id)
        with st.chat_message("assistant", avatar=":material/menu_book:"):
            if job := jobs.get(turn.id):
                if job.wait(components.TICK / 2):
                    st.rerun()
                talk.writing(job)
                continue
            if turn.answer:
                talk.answer(turn.answer, turn.id)
            else:
                st.html('<p class="la-note">No answer was stored: it was interrupted before its first sentence.</p>')
            past = [Turn(t.question, t.answer) for t in stored[:number] if t.answer][-state.HISTORY :]
            talk.actions(turn.id, turn.question, turn.answer, past, last=turn is stored[-1])
            if turn.answer and turn is stored[-1]:
                talk.follow_ups(turn.answer, [t.question for t in stored])
    with st.container():
        if not jobs and (fresh := st.session_state.pop("fresh", None)):
            # The page keeps to its bottom by itself, and an answer is read from its top.
            components.bring_up(f"q{fresh:d}")


def typed() -> None:
    """Ask what was typed.

    A callback, as with every button that may be disabled: what somebody else began since this page was drawn must
    not make the page deaf to what was typed or clicked on it.
    """
    state.ask(st.session_state.question or "")


def main() -> None:
    """The whole page."""
    current = state.conversation()
    if current:
        st.query_params["c"] = current
    else:
        st.query_params.clear()
    sidebar(current)
    # Each part has its own place, there or not: what follows must not move, or it is drawn over what was there.
    with st.container():
        components.progress()
    if not resources.count() and not current:
        if not resources.desk().busy:
            components.empty_library()
        return
    # Once, and before the turns are read: what is over by now is stored, and what is not is looked at again until
    # it is. Looked up anew below, an answer that ends in between would leave the page as it was: not to be asked.
    jobs = state.running(current)
    with st.container():
        if not jobs:
            components.watch()
    invitation = "Ask a follow-up" if current else "Ask your papers"
    st.chat_input(invitation, key="question", max_chars=4000, disabled=bool(jobs), on_submit=typed)
    if current:
        header(current)
        turns(current, jobs)
    else:
        welcome()
    limits()


main()
