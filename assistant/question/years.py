"""Years in plain words ("since 2020", "in the last three years", "seit 2019"), in several languages. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ..language import either, listed

Years = tuple[int | None, int | None]
YearsOf = Callable[["re.Match[str]"], "Years | None"]

_YEAR = r"((?:1[5-9]|20)\d\d)"
_MONTH = rf"{either('question.limits.months')}\.?\s+(?:\d{{1,2}},?\s+)?"
_PUBLISHED = r"(?:published\s+)?"
_NUMBERS = {word: n for n, row in enumerate(listed("question.limits.numbers"), 1) for word in row.split()}
_SPAN = either("question.limits.span_words")
_NUMBER = rf"(\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"


@dataclass(frozen=True, slots=True)
class YearPhrase:
    """A way to name years: its pattern, the years of a match (None: it is none after all), and whether it counts
    only in a question about papers ("in 2020" may be about what they study)."""

    pattern: re.Pattern[str]
    years: YearsOf
    of_work: bool = False


def this_year() -> int:
    """The year it is."""
    return date.today().year


def _phrase(pattern: str, years: YearsOf, of_work: bool = False) -> YearPhrase:
    return YearPhrase(re.compile(pattern, re.I), years, of_work)


def _either(words: str) -> str:
    """The words of all languages that stand before a year in one sense, and the article that may follow them."""
    return rf"{either(f'question.years.{words}')}\s+(?:(?:το|του)\s+)?"


def _last(m: re.Match[str]) -> Years | None:
    said = (m[1] or "").casefold()
    count = int(said) if said.isdecimal() else _NUMBERS.get(said, 0)
    return (this_year() - count, None) if count else None


def _range(m: re.Match[str]) -> Years | None:
    low, high = int(m[1]), int(m[2])
    return (low, high) if 1900 <= low < high <= this_year() + 1 else None


def _from_to(low: int | None, high: int | None) -> YearsOf:
    """The years from so many after the first that is named to so many after the last; None leaves an end open."""

    def years(m: re.Match[str]) -> Years:
        named = [int(year) for year in m.groups() if year]
        return None if low is None else named[0] + low, None if high is None else named[-1] + high

    return years


_both, _since, _after, _before, _until = (
    _from_to(*ends) for ends in ((0, 0), (0, None), (1, None), (None, -1), (None, 0))
)
_IN_YEAR = rf"\b{_PUBLISHED}(?:(?:in|from|of)\s+)?"
PLAIN_YEARS: tuple[YearPhrase, ...] = (
    _phrase(rf"\b{_PUBLISHED}{_either('between')}{_YEAR}\s+{_either('and')}{_YEAR}\b", _both),
    _phrase(rf"\b{_PUBLISHED}{_either('from')}{_YEAR}\s*(?:{_either('to')}|-|–)\s*{_YEAR}\b", _both),
    _phrase(rf"\b{_PUBLISHED}{_either('before')}{_YEAR}\b", _before),
    _phrase(rf"\b{_PUBLISHED}{_either('until')}{_YEAR}\b", _until),
    _phrase(rf"\b{_PUBLISHED}(?:{_either('since')}{_YEAR}(?:\s+και\s+μετά)?|from\s+{_YEAR}\s+on(?:wards?)?)\b", _since),
    _phrase(rf"\b{_PUBLISHED}{_either('after')}(?!{_MONTH}){_YEAR}\b", _after),
    _phrase(
        rf"\b{_PUBLISHED}{_SPAN}\s+the\s+(?:last|past|previous|recent)\s+(?:a\s+)?{_NUMBER}"
        r"\s+(?:of\s+)?years?\b(?!\s+of\b)",
        _last,
    ),
    _phrase(rf"\b(?:aus\s+|in\s+)?den\s+letzten\s+{_NUMBER}\s+jahren?\b", _last),
    _phrase(rf"\b(?:des|les|de\s+los|en\s+los)\s+{_NUMBER}\s+(?:dernières\s+années|últimos\s+años)\b", _last),
    _phrase(rf"(?:最近|过去)\s*{_NUMBER}\s*年", _last),
    _phrase(rf"\b{_PUBLISHED}{_SPAN}\s+the\s+(?:last|past)\s+decade\b", lambda m: (this_year() - 10, None)),
    _phrase(rf"{_IN_YEAR}this\s+year\b", lambda m: (this_year(), None), of_work=True),
    _phrase(rf"{_IN_YEAR}last\s+year\b", lambda m: (this_year() - 1,) * 2, of_work=True),
    _phrase(rf"\b{_PUBLISHED}(?:in|from|of|during)\s+the\s+((?:1[5-9]|20)\d0)s\b", _from_to(0, 9), of_work=True),
    _phrase(rf"{_YEAR}\s*年?\s*[到至]\s*{_YEAR}\s*年?", _both),
    _phrase(rf"{_YEAR}\s*年?\s*(?:以来|之后|以后)", _since),
    _phrase(rf"{_YEAR}\s*年?\s*(?:之前|以前)", _before),
    # Last, for longer phrases hold it
    _phrase(rf"(?<![\w.:/-])\(?\s*{_YEAR}\s?[-–]\s?{_YEAR}\s*\)?(?![\w/%-])", _range),
    _phrase(
        rf"\b(?<!of )(?:in|during|from)\s+(?:the\s+year\s+)?{_YEAR}\b(?!\s*[-–/%]|\.\d)", _both, of_work=True
    ),
)
"""Tried in this order; what one matched is gone for the next."""
