"""Dates as records write them, to `YYYY-MM` or `YYYY-MM-DD`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..language import entry, listed
from ..text.quantities import YEAR

_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]{3})[^\W\d_]*")
_YEAR = f"({YEAR})"
_ISO = re.compile(rf"{_YEAR}[-/.](\d{{1,2}})(?:[-/.](\d{{1,2}})(?!\d))?(?!\d)")
_COMPACT = re.compile(rf"(?<!\d){_YEAR}(0[1-9]|1[0-2])(\d\d)(?!\d)")
_LAST = re.compile(rf"(?<!\d)(?:(\d{{1,2}})[./](\d{{1,2}})|(\d{{1,2}}))[./]{_YEAR}(?!\d)")


def date_of(value: Any) -> str:
    """The date with its month, and its day where that is given; empty where only a year is known.

    `value` is text in any common order (a range counts by its beginning), or CSL's `date-parts`. Of
    `3/4/2020` only the year is believed: nothing says which is the month.
    """
    if isinstance(value, Mapping):
        parts = value.get("date-parts") or value.get("date_parts")
        if isinstance(parts, list) and parts and isinstance(parts[0], list):
            return _date(*parts[0][:3])
        value = value.get("raw") or value.get("literal") or value.get("date-time") or ""
    text = str(value or "")[:200]
    if m := _ISO.search(text):
        return _date(m[1], m[2], m[3])
    if m := _COMPACT.search(text):
        return _date(m[1], m[2], m[3])
    year = re.search(rf"(?<!\d){_YEAR}(?!\d)", text)
    if year and (month := month_of(text)):
        rest = text[: year.start()] + " " + text[year.end() :]
        day = re.search(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?(?!\d)", rest)
        return _date(year[1], month, day[1] if day else None)
    if m := _LAST.search(text):
        if m[3]:
            return _date(m[4], m[3])
        one, two = int(m[1]), int(m[2])
        if one > 12 or one == two:
            return _date(m[4], two, one)
        return _date(m[4], one, two) if two > 12 else ""
    return ""


def month_of(text: str) -> int:
    """The month that a word or number names; 0 for none."""
    text = text.strip()
    if re.fullmatch(r"0?[1-9]|1[0-2]", text):
        return int(text)
    return next((n for m in _WORD.finditer(text.lower()) if (n := _months().get(m[1], 0))), 0)


@cache
def _months() -> dict[str, int]:
    """The number of each month by its first three letters, in English and in German."""
    german = {name: n for n, name in enumerate(listed("calendar.short_months", "de"), 1)}
    english = {name: n for n, name in enumerate(listed("calendar.short_months"), 1)}
    return german | entry("calendar.other_months", "de") | english


def dated(year: Any, month: str, day: str) -> str:
    """The date from a record's parts; empty without a year and a month."""
    found = re.search(_YEAR, str(year or ""))
    if not found or not (number := month_of(month)):
        return ""
    # "May 3" in the field of the month; a month that is a number says nothing of the day.
    given = re.match(r"\s*(\d{1,2})(?!\d)", day) or (
        None if month.strip().isdigit() else re.search(r"(?<!\d)(\d{1,2})(?!\d)", month)
    )
    return _date(found[1], number, given[1] if given else None)


def _date(year: Any, month: Any = None, day: Any = None) -> str:
    try:
        y, m, d = int(year), int(month or 0), int(day or 0)
    except (TypeError, ValueError):
        return ""
    if not 1 <= m <= 12 or not 1500 <= y <= 2099:
        return ""
    return f"{y:04}-{m:02}-{d:02}" if 1 <= d <= 31 else f"{y:04}-{m:02}"
