"""What a question may be asked of: its arguments checked, and why no paper may be used, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from ..errors import UsageError
from ..library import Library
from ..papers import NO_PAPER, Answer, Filters, Turn

EMPTY = (
    "Your library is empty. Read papers in with `litassist ingest PATH` (or drop files on the page), or see "
    "`litassist demo` for a built-in sample."
)


def text_given(value: Any) -> str:
    """The text as it is. UsageError for what is no text, or holds none."""
    if not isinstance(value, str):
        raise UsageError(f"The question must be text, not {_kind(value)}.")
    if not value.strip():
        raise UsageError("The question is empty; ask something.")
    return value


def history_given(value: Any) -> list[Turn]:
    """The turns as a list; None is none. UsageError for anything but turns with their answers."""
    if isinstance(value, str | bytes) or (value is not None and not hasattr(value, "__iter__")):
        raise UsageError(f"history must be a list of Turn(question, answer), not {_kind(value)}.")
    turns = list(value or ())
    for turn in turns:
        if not isinstance(turn, Turn):
            raise UsageError(f"history holds Turn(question, answer) values, not {_kind(turn)}.")
        if not isinstance(turn.question, str) or not isinstance(turn.answer, str | Answer):
            raise UsageError("A Turn holds a question as text, and an Answer or its text.")
    return turns


def filters_given(value: Any, library: Library) -> Filters:
    """The limits, former ids of papers made present ones; None is no limit.

    UsageError for limits that contradict themselves, PaperNotFound for the id of a paper that is not there.
    """
    if value is None:
        return Filters()
    if not isinstance(value, Filters):
        raise UsageError(f"filters must be Filters(…), not {_kind(value)}.")
    for name in ("year_from", "year_to"):
        year = getattr(value, name)
        if year is not None and (not isinstance(year, int) or isinstance(year, bool)):
            raise UsageError(f"{name} must be a whole number, not {_kind(year)}.")
    if value.read is not None and not isinstance(value.read, bool):
        raise UsageError(f"read must be True, False or None, not {_kind(value.read)}.")
    for name in ("authors", "sources", "tags", "collections", "paper_ids", "venues"):
        given = getattr(value, name)
        if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(v, str) for v in given):
            raise UsageError(f"{name} must be a list of texts.")
    if value.year_from is not None and value.year_to is not None and value.year_from > value.year_to:
        raise UsageError(
            f"No year is both {value.year_from} or later and {value.year_to} or earlier: swap the two years."
        )
    if value.paper_ids == NO_PAPER or not library.count():
        return value
    return replace(value, paper_ids=tuple(library.present_ids(value.paper_ids)))


def nothing_to_use(library: Library, limits: Filters) -> str:
    """Why no paper may be used: the library is empty, or which limits leave nothing. Empty when some may."""
    if not library.count():
        return EMPTY
    if not limits or library.any_matching(limits):
        return ""
    if limits.paper_ids == NO_PAPER:
        return "No paper in your library passes all of these limits together. Take a limit off and ask again."
    alone = [_named(one) for one in _single(limits) if not library.any_matching(one)]
    said = f"the limit {' and '.join(alone)}" if alone else ", ".join(map(_named, _single(limits)))
    why = f"No paper in your library passes {'' if alone else 'all of these limits together: '}{said}."
    if limits.year_from is not None or limits.year_to is not None:
        count = library.count()
        lacking = count - library.dated()
        if lacking == count:
            why += " No paper here has a year on record, so a limit on years leaves none."
        elif lacking:
            have = "has" if lacking == 1 else "have"
            why += f" {lacking:,} of {count:,} papers {have} no year on record and pass no limit on years."
    return f"{why} Take a limit off and ask again."


def _single(limits: Filters) -> list[Filters]:
    """Each limit for itself, the years as one."""
    years = Filters(year_from=limits.year_from, year_to=limits.year_to)
    names = [f.name for f in fields(Filters) if f.name not in ("year_from", "year_to")]
    return [one for one in (years, *(Filters(**{n: getattr(limits, n)}) for n in names)) if one]


def _named(one: Filters) -> str:
    low, high = one.year_from, one.year_to
    if low is not None:
        return f"“{low} or later”" if high is None else f"“{low} to {high}”"
    if high is not None:
        return f"“{high} or earlier”"
    if one.paper_ids:
        return "to chosen papers"
    if one.read is not None:
        return "“read”" if one.read else "“unread”"
    kind, values = next((f.name, getattr(one, f.name)) for f in fields(Filters) if getattr(one, f.name))
    return f"{kind.removesuffix('s')} “{'” or “'.join(v[:60] for v in values[:3])}”"


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
