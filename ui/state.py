"""What one visitor has before them: the conversation, the limits on papers, the backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import wraps
from typing import Any, ParamSpec

import resources
import streamlit as st
from markup import shortened, writer
from work import Asking

from assistant import Answer, Filters, LitassistError, Turn

P = ParamSpec("P")
NAME_LENGTH = 60
LIMITS = {"authors": "author: ", "venues": "venue: ", "sources": "from: ", "tags": "tag: ", "collections": "in: "}
NAMED = 4
"""Papers that limits name; more are counted."""
HISTORY = 8
"""Turns handed over as history; the assistant cuts them to what fits."""


# --------------------------------------------------------------------------- conversation


def conversation() -> str | None:
    """The id of the open conversation, from this session or the address; None for a new one."""
    if "conversation" not in st.session_state:
        st.session_state.conversation = st.query_params.get("c")
    known = {str(c.id) for c in resources.assistant().conversations()}
    if st.session_state.conversation not in known:
        st.session_state.conversation = None
    return st.session_state.conversation


def open_conversation(conversation_id: str | None) -> None:
    """Make it the open one; None starts a new one with the first question."""
    st.session_state.conversation = str(conversation_id) if conversation_id is not None else None


def running(conversation_id: str | None) -> dict[int, Asking]:
    """The answers being written in this conversation, by turn; several where several people ask in it."""
    jobs = resources.desk().asking
    return {turn: job for (where, turn), job in jobs.items() if where == conversation_id and not job.finished}


def plainly(do: Callable[P, None]) -> Callable[P, None]:
    """The callback, made to leave its failure as a sentence: a callback runs before the page that would catch it."""

    @wraps(do)
    def doing(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            do(*args, **kwargs)
        except LitassistError as error:
            st.session_state.failure = str(error)

    return doing


@plainly
def ask(question: str) -> None:
    """Store the question in the open conversation (a new one if none is open) and start its answer.

    A question that is being answered there is not asked twice: it was clicked twice.
    """
    question = question.strip()
    current = conversation()
    if not question or any(job.question == question for job in running(current).values()):
        return
    opened = resources.assistant()
    if current is None:
        current = str(opened.new_conversation(shortened(question, NAME_LENGTH)))
        open_conversation(current)
    past = history(current)
    _start(current, opened.add_turn(current, question, None), question, past)


@plainly
def ask_about(turn_id: int, question: str, paper_id: str) -> None:
    """Ask the question of a turn again, of one paper alone."""
    current = conversation()
    if current is None or any(job.question == question for job in running(current).values()):
        return
    past = history(current, before=turn_id)
    again = resources.assistant().add_turn(current, question, None)
    st.session_state.setdefault("only", {})[again] = paper_id
    _start(current, again, question, past)


def only(turn_id: int) -> str:
    """The one paper that this turn was asked of in this session, else ""."""
    return st.session_state.get("only", {}).get(turn_id, "")


@plainly
def retry(turn_id: int, question: str) -> None:
    """Write the answer of this turn again."""
    current = conversation()
    if current and turn_id not in running(current):
        _start(current, turn_id, question, history(current, before=turn_id), fresh=True)


def _start(current: str, turn_id: int, question: str, past: list[Turn], *, fresh: bool = False) -> None:
    limits = replace(usable_filters(), paper_ids=(only(turn_id),)) if only(turn_id) else usable_filters()
    job = Asking(
        resources.assistant(), turn_id, question, history=past, filters=limits, backend=backend(), fresh=fresh,
        effort=effort(),
    )
    st.session_state.setdefault("asked_with", {})[turn_id] = limits
    st.session_state.fresh = turn_id
    resources.desk().answer(current, job)


def asked_with(turn_id: int) -> Filters:
    """The limits that a turn was asked with in this session; those of an earlier one are not on record: none."""
    return st.session_state.get("asked_with", {}).get(turn_id, Filters())


def history(conversation_id: str, before: int | None = None) -> list[Turn]:
    """The answered turns (up to the turn `before`), oldest first."""
    past: list[Turn] = []
    for turn in resources.assistant().conversation(conversation_id):
        if turn.id == before:
            break
        if isinstance(turn.answer, Answer):
            past.append(Turn(turn.question, turn.answer))
    return past[-HISTORY:]


# --------------------------------------------------------------------------- limits


def filters() -> Filters:
    """The limits that the visitor has set on the papers to be used."""
    return st.session_state.setdefault("filters", Filters())


def usable_filters() -> Filters:
    """The limits, without papers that have been removed since, as long as one of those chosen is left."""
    now = filters()
    there = set(resources.assistant().listed(Filters(paper_ids=now.paper_ids))) if now.paper_ids else set()
    left = tuple(i for i in now.paper_ids if i in there)
    return replace(now, paper_ids=left) if left else now


def limit(**changes: Any) -> None:
    """Change some of the limits."""
    st.session_state.filters = replace(filters(), **changes)


def limits() -> list[tuple[str, dict[str, Any]]]:
    """Each limit set, in words, and the change that takes it away."""
    now = filters()
    found: list[tuple[str, dict[str, Any]]] = []
    if now.year_from is not None or now.year_to is not None:
        years = f"{now.year_from or '…'}–{now.year_to or '…'}"
        found.append((years, {"year_from": None, "year_to": None}))
    if now.read is not None:
        found.append(("only read" if now.read else "only unread", {"read": None}))
    papers = resources.present(now.paper_ids) if len(now.paper_ids) <= NAMED else {}
    for name in (f.name for f in fields(Filters)):
        values = getattr(now, name)
        if not isinstance(values, tuple):
            continue
        if name == "paper_ids" and len(values) > NAMED:
            found.append((f"{len(values)} chosen papers", {name: ()}))
            continue
        for value in values:
            label = papers[value].title if name == "paper_ids" and value in papers else value
            word = LIMITS.get(name, "")
            found.append((word + shortened(label, 48), {name: tuple(v for v in values if v != value)}))
    return found


# --------------------------------------------------------------------------- the library's page


def remembered(*keys: str) -> None:
    """Keep what these widgets hold while the visitor is on another page, and give it back on return."""
    kept = st.session_state.setdefault("kept", {})
    for key in keys:
        if key in st.session_state:
            kept[key] = st.session_state[key]
        elif key in kept:
            st.session_state[key] = kept[key]


def table_key(found: list[str], shown: list[str]) -> str:
    """The table's key: a new one for other papers, since ticks are kept by row and must never pass to another paper."""
    # Whatever their order is, they are the same papers.
    several = (len(found), hash(frozenset(found)))
    if st.session_state.get("list") != several:
        st.session_state.list = several
        st.session_state["lib-all"] = False
    if st.session_state.get("rows") != shown:
        st.session_state.rows = shown
        st.session_state.table = st.session_state.get("table", 0) + 1
    return f"table-{st.session_state.get('table', 0)}"


def notice(text: str, undo: Any = None) -> None:
    """Say this on the page; with what `Assistant.undo` takes, offer to take it back."""
    st.session_state.notice = text
    if undo is None:
        st.session_state.pop("undo", None)
    else:
        st.session_state.undo = undo


def no_notice() -> None:
    """Say nothing more."""
    for name in ("notice", "undo"):
        st.session_state.pop(name, None)


# --------------------------------------------------------------------------- backend, library


def backend() -> str:
    """The backend that this visitor has chosen; at first the one in the settings."""
    return st.session_state.setdefault("backend", resources.assistant().settings.backend)


def backend_name() -> str:
    """The chosen backend in words, with the effort asked of it where that is not left to it."""
    chosen = effort()
    return writer(backend()) + ("" if backend() == "extractive" or chosen == "auto" else f", {chosen}")


def effort() -> str:
    """How much work this visitor asks of a language model; at first as in the settings."""
    return st.session_state.setdefault("effort", resources.assistant().settings.effort)


def moved() -> bool:
    """Whether the library changed since this visitor last saw it, by another window or program."""
    now = resources.assistant().generation
    return st.session_state.setdefault("seen", now) != now


def seen() -> None:
    """Take the library's present state as known."""
    st.session_state.seen = resources.assistant().generation
