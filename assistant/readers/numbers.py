"""Pages, ISBNs and ISSNs as records write them."""

from __future__ import annotations

import re

from ..text import repaired

_LONGEST = 300
_ISBN = re.compile(r"(?<![\dXx-])(?:97[89][- ]?)?\d(?:[- ]?\d){8}[- ]?[\dXx](?![\d-])")
_ISSN = re.compile(r"(?<![\d-])\d{4}-?\d{3}[\dXx](?![\d-])")


def one_line(text: str) -> str:
    """A short text, repaired, on one line."""
    return " ".join(repaired(text[:_LONGEST]).split())


def page_range(text: str) -> str:
    """Printed pages with one hyphen in each range: `117--130` and `pp. 117–130` become `117-130`."""
    text = re.sub(r"^\s*(?:pp?\.|pages?|S\.)\s*(?=[\dA-Za-z])", "", one_line(text), flags=re.I)
    text = re.sub(r"\s*(?:-+|[\u2010-\u2015\u2212])\s*", "-", text)
    text = text.strip(" -,;")
    if "://" in text:
        return ""
    return re.sub(r"^(\w+)-\1$", r"\1", text)


def isbns(text: str) -> tuple[str, ...]:
    """The ISBNs in a text as it writes them, each once."""
    return _matches(_ISBN, text)


def issns(text: str) -> tuple[str, ...]:
    """The ISSNs in a text as it writes them, each once."""
    return _matches(_ISSN, text)


def numbers_in(text: str) -> dict[str, str]:
    """A field that may hold either or both, as the values of `isbn` and `issn`."""
    return {"isbn": text, "issn": _ISBN.sub(" ", text[:500])}


def _matches(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(m[0].upper() for m in pattern.finditer(text[:500])))
