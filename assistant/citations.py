"""Markers in a model's sentence: which numbers it cites, and its text without them.

Pure. A marker is a number in brackets, `[1]`; also `[1, 2]`, `[1-3]`, `[1][2]`, an unclosed `[1`, wide
brackets as some models write them, and a word before the number (`[source 1]`). An interval such as
`[0, 1]`, a year such as `[2019]` or a decimal is text and stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .language import either

_OPEN, _CLOSE = r"[\[［【〔]", r"[\]］】〕]"
_WORD = rf"(?:(?:{either('markers.before_number')}|(?:refs?|no)\.?|\#|\^)\s*)?"
_NUMBER = r"(?<!\d)[1-9１-９]\d{0,2}(?!\d)"
_DASH = r"\s*[-‐‑–—−]\s*"
_ITEM = rf"{_WORD}{_NUMBER}(?:{_DASH}{_NUMBER})?"
_LIST = rf"{_ITEM}(?:\s*(?:[,;，、]|and|&)\s*{_ITEM})*"
_CLOSED = rf"{_OPEN}\s*(?P<closed>{_LIST})\s*(?:†[^\]］】〕]*)?{_CLOSE}"
_UNCLOSED = rf"{_OPEN}\s*(?P<unclosed>{_LIST})(?=\s|[.!?;:,]|$)(?!\s*[,;\-–]?\s*[^\[［【〔\]］】〕]*{_CLOSE})"
MARKER = re.compile(rf"{_CLOSED}|{_UNCLOSED}", re.I)
_RANGE = re.compile(rf"({_NUMBER})(?:{_DASH}({_NUMBER}))?")
_END = re.compile(r"[.!?…。]+[\"'”’»)]*$")
_LONGEST_RANGE = 20


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence without its markers, the numbers that were shown, and those that were not."""

    text: str
    numbers: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()


def parse(sentence: str, shown: Collection[int]) -> Cited:
    """The sentence's text and its citations, each number once, in order of appearance.

    Numbers outside `shown` come back as `unknown`. A range counts every number between its ends; of a
    range wider than 20 only the numbers shown and its ends count.
    """
    numbers: dict[int, None] = {}
    for found in MARKER.finditer(sentence):
        for first, last in _RANGE.findall(found["closed"] or found["unclosed"]):
            numbers.update(dict.fromkeys(_span(int(first), int(last or first), shown)))
    return Cited(
        _without(sentence),
        tuple(n for n in numbers if n in shown),
        tuple(n for n in numbers if n not in shown),
    )


def marked(text: str, numbers: Sequence[int]) -> str:
    """The text with its markers before the closing full stop: "A finding [1][2]."; behind a closing quotation mark,
    for what stands within is a paper's."""
    if not numbers:
        return text
    markers = "".join(f"[{n}]" for n in numbers)
    end = None if text.endswith("”") else _END.search(text)
    return f"{text[: end.start()]} {markers}{end[0]}" if end else f"{text} {markers}"


def neutral(text: str) -> str:
    """The text with everything that reads as a marker put into round brackets, so that none is ours."""
    previous = None
    while previous != text:
        previous, text = text, MARKER.sub(_rounded, text)
    return text


def markers_moved(text: str) -> str:
    """The text with markers that follow a full stop moved before it, so that they stay with their sentence."""
    return _AFTER_STOP.sub(lambda m: f" {m['markers'].strip()}{m['stop']}", text)


_PLAIN_CLOSED = re.sub(r"\?P<\w+>", "?:", _CLOSED)
_AFTER_STOP = re.compile(rf"(?P<stop>[.!?]+[\"'”’)]*)(?P<markers>(?:\s*{_PLAIN_CLOSED})+)", re.I)


def _span(first: int, last: int, shown: Collection[int]) -> list[int]:
    low, high = min(first, last), max(first, last)
    if high - low < _LONGEST_RANGE:
        return list(range(low, high + 1))
    return sorted({low, high, *(n for n in shown if low <= n <= high)})


def _rounded(found: re.Match[str]) -> str:
    # All that stands between the brackets is kept, what follows a dagger too.
    return f"({found[0][1:-1].strip()})" if found["closed"] else f"({found['unclosed']}"


def _without(sentence: str) -> str:
    text, markers = MARKER.subn(" ", sentence)
    if not markers:
        return sentence.strip()
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(?<=\S) (?=[.!?;:,](?:\s|$|[\"'”’)]))", "", text)
    return re.sub(r"([,;]) ?(?=[.!?])", "", text)
