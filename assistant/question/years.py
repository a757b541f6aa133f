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


def _last(m: re.Match[str]) -> Years | None:
    said = (m[1] or "").casefold()
    count = int(said) if said.isdecimal() else _NUMBERS.get(said, 0)
    return (this_year() - count, None) if count else None


def _range(m: re.Match[str]) -> Years | None:
    low, high = int(m[1]), int(m[2])
    return (low, high) if 1900 <= low < high <= this_year() + 1 else None


def _decade(m: re.Match[str]) -> Years:
    return int(m[1]) * 10, int(m[1]) * 10 + 9


def _both(m: re.Match[str]) -> Years:
    return int(m[1]), int(m[2])


def _since(m: re.Match[str]) -> Years:
    return int(next(year for year in m.groups() if year)), None


def _after(m: re.Match[str]) -> Years:
    return int(m[1]) + 1, None


def _before(m: re.Match[str]) -> Years:
    return None, int(m[1]) - 1


def _until(m: re.Match[str]) -> Years:
    return None, int(m[1])


PLAIN_YEARS: tuple[YearPhrase, ...] = (
    _phrase(rf"\b{_PUBLISHED}between\s+{_YEAR}\s+and\s+{_YEAR}\b", _both),
    _phrase(rf"\b{_PUBLISHED}(?:from|in)\s+{_YEAR}\s*(?:to|until|till|through|-|–)\s*{_YEAR}\b", _both),
    _phrase(rf"\b{_PUBLISHED}(?:since\s+{_YEAR}|from\s+{_YEAR}\s+on(?:wards?)?)\b", _since),
    _phrase(rf"\b{_PUBLISHED}(?:after|later\s+than|newer\s+than)\s+(?!{_MONTH}){_YEAR}\b", _after),
    _phrase(rf"\b{_PUBLISHED}(?:before|prior\s+to|earlier\s+than|older\s+than)\s+{_YEAR}\b", _before),
    _phrase(rf"\b{_PUBLISHED}(?:until|till|up\s+to)\s+{_YEAR}\b", _until),
    _phrase(
        rf"\b{_PUBLISHED}{_SPAN}\s+the\s+(?:last|past|previous|recent)\s+(?:a\s+)?{_NUMBER}"
        r"\s+(?:of\s+)?years?\b(?!\s+of\b)",
        _last,
    ),
    _phrase(rf"\b{_PUBLISHED}{_SPAN}\s+the\s+(?:last|past)\s+decade\b", lambda m: (this_year() - 10, None)),
    _phrase(rf"\b{_PUBLISHED}(?:(?:in|from|of)\s+)?this\s+year\b", lambda m: (this_year(), None), of_work=True),
    _phrase(rf"\b{_PUBLISHED}(?:(?:in|from|of)\s+)?last\s+year\b", lambda m: (this_year() - 1,) * 2, of_work=True),
    _phrase(rf"\b{_PUBLISHED}(?:in|from|of|during)\s+the\s+((?:1[5-9]|20)\d)0s\b", _decade, of_work=True),
    # German, French, Spanish
    _phrase(rf"\b(?:zwischen|entre)\s+{_YEAR}\s+(?:und|et|y)\s+{_YEAR}\b", _both),
    _phrase(rf"\b(?:von|de|del)\s+{_YEAR}\s+(?:bis|à|a|al)\s+{_YEAR}\b", _both),
    _phrase(rf"\b(?:seit|ab|depuis|desde)\s+{_YEAR}\b", _since),
    _phrase(rf"\b(?:nach|après|después\s+de)\s+{_YEAR}\b", _after),
    _phrase(rf"\b(?:vor|avant|antes\s+de)\s+{_YEAR}\b", _before),
    _phrase(rf"\b(?:bis|jusqu['’]en|hasta)\s+{_YEAR}\b", _until),
    _phrase(rf"\b(?:aus\s+|in\s+)?den\s+letzten\s+{_NUMBER}\s+jahren?\b", _last),
    _phrase(rf"\b(?:des|les|de\s+los|en\s+los)\s+{_NUMBER}\s+(?:dernières\s+années|últimos\s+años)\b", _last),
    # Greek, Chinese
    _phrase(rf"(?:μεταξύ|ανάμεσα)\s+(?:του\s+)?{_YEAR}\s+και\s+(?:του\s+)?{_YEAR}\b", _both),
    _phrase(rf"(?:από|μετά\s+από)\s+το\s+{_YEAR}(?:\s+και\s+μετά)?\b", _since),
    _phrase(rf"μετά\s+το\s+{_YEAR}\b", _after),
    _phrase(rf"πριν\s+(?:από\s+)?το\s+{_YEAR}\b", _before),
    _phrase(rf"{_YEAR}\s*年?\s*[到至]\s*{_YEAR}\s*年?", _both),
    _phrase(rf"{_YEAR}\s*年?\s*(?:以来|之后|以后)", _since),
    _phrase(rf"{_YEAR}\s*年?\s*(?:之前|以前)", _before),
    _phrase(rf"(?:最近|过去)\s*{_NUMBER}\s*年", _last),
    # Last, for longer phrases hold it
    _phrase(rf"(?<![\w.:/-])\(?\s*{_YEAR}\s?[-–]\s?{_YEAR}\s*\)?(?![\w/%-])", _range),
    _phrase(
        rf"\b(?<!of )(?:in|during|from)\s+(?:the\s+year\s+)?{_YEAR}\b(?!\s*[-–/%]|\.\d)",
        lambda m: (int(m[1]), int(m[1])),
        of_work=True,
    ),
)
"""Tried in this order; what one matched is gone for the next."""
