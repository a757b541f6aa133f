"""Where words of a page's text stand on the page: from a quote to boxes. Pure.

Text and page are compared by letters and digits alone, so that what repair did to the text (joined
words, spaces, ligatures) makes no difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .blocks import documents_blocks
from .lines import Line
from .page import Box, PageWords, turned_back

_FLOW = {"front": 0, "heading": 0, "body": 0, "reference": 0, "table": 1, "figure": 1, "caption": 1, "footnote": 2}
_LEAST = 8
"""Letters that a part of a quote must have to be looked for by itself."""


@dataclass(frozen=True, slots=True)
class _Letters:
    """The letters of a page in an order of reading, and the line, word and place in the word of each."""

    text: str
    places: list[tuple[int, int, float, float]]
    lines: list[Line]


def boxes_of(page: PageWords, quote: str, before: str = "") -> list[Box]:
    """The boxes of the quote on the page as it is shown, one for each line; none where it is not found.

    Where it stands several times, `before` (the text in front of it) tells which one is meant. A quote that
    goes round a figure, or that is not the same letter for letter, is found in parts, if these are most of it.
    """
    wanted = _letters(quote)
    if not wanted:
        return []
    orders = [_page_letters(lines) for lines in _orders(page)]
    for order in orders:
        if spans := _whole(order, wanted, _letters(before)):
            return _boxes(order, spans, page)
    best: tuple[int, list[tuple[int, int]], _Letters] | None = None
    for order in orders:
        spans = _parts(order.text, wanted)
        found = sum(b - a for a, b in spans)
        if best is None or found > best[0]:
            best = found, spans, order
    if best is None or best[0] < 0.6 * len(wanted):
        return []
    return _boxes(best[2], best[1], page)


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _orders(page: PageWords) -> Iterator[list[Line]]:
    """The page's lines as its text has them, and as they are drawn."""
    blocks = documents_blocks([page])[0][0].blocks
    yield [x for block in sorted(blocks, key=lambda b: _FLOW.get(b.role, 3)) for x in block.lines]
    yield [x for block in blocks for x in block.lines]
    yield [Line((w,), turn=w.turn) for w in page.words if w.turn >= 0 and not w.unseen]


def _page_letters(lines: list[Line]) -> _Letters:
    text: list[str] = []
    places: list[tuple[int, int, float, float]] = []
    for n, line in enumerate(lines):
        for word in line.read:
            share = (word.right - word.left) / max(1, len(word.text))
            at = line.words.index(word)
            first = len(places)
            for i, char in enumerate(word.text):
                right = word.left + (i + 1) * share
                for letter in _letters(char):
                    text.append(letter)
                    places.append((n, at, word.left + i * share, right))
                if len(places) > first:  # a stop or bracket belongs to the letter before it
                    places[-1] = (*places[-1][:3], right)
    return _Letters("".join(text), places, lines)


def _whole(order: _Letters, wanted: str, before: str) -> list[tuple[int, int]]:
    found: list[int] = []
    at = order.text.find(wanted)
    while at >= 0 and len(found) < 200:
        found.append(at)
        at = order.text.find(wanted, at + 1)
    if not found:
        return []
    tail = before[-60:]
    start = max(found, key=lambda n: (_shared(order.text[max(0, n - 60) : n], tail), -n))
    return [(start, start + len(wanted))]


def _shared(one: str, other: str) -> int:
    """How many letters the ends of two texts share."""
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count


def _parts(text: str, wanted: str) -> list[tuple[int, int]]:
    """Stretches of `text` that together give most of `wanted`, each the longest there is."""
    spans: list[tuple[int, int]] = []
    at = 0
    while at <= len(wanted) - _LEAST:
        low, high = 0, len(wanted) - at
        while low < high:  # the longest beginning of the rest that stands in the text
            middle = (low + high + 1) // 2
            if wanted[at : at + middle] in text:
                low = middle
            else:
                high = middle - 1
        if low >= _LEAST:
            start = text.find(wanted[at : at + low])
            spans.append((start, start + low))
            at += low
        else:
            at += 1
    return spans


def _boxes(order: _Letters, spans: list[tuple[int, int]], page: PageWords) -> list[Box]:
    rows: dict[tuple[int, int], list[tuple[int, int, float, float]]] = {}
    for part, (start, end) in enumerate(spans):
        for place in order.places[start:end]:
            rows.setdefault((part, place[0]), []).append(place)
    found: list[Box] = []
    for (_, n), places in rows.items():
        line = order.lines[n]
        words = [line.words[i] for i in sorted({p[1] for p in places})]
        box = (min(p[2] for p in places), min(w.top for w in words), max(p[3] for p in places),
               max(w.bottom for w in words))  # fmt: skip
        turn = line.turn if line.turn >= 0 else 0
        found.append(turned_back(box, turn, page.width, page.height))
    return _level(found)


def _level(boxes: list[Box]) -> list[Box]:
    """The boxes, those that touch on one line made one."""
    made: list[Box] = []
    for box in boxes:
        last = made[-1] if made else None
        level = last and min(last[3], box[3]) - max(last[1], box[1]) > 0.6 * (box[3] - box[1])
        if last and level and -2 < box[0] - last[2] < 12:
            made[-1] = (last[0], min(last[1], box[1]), box[2], max(last[3], box[3]))
        else:
            made.append(box)
    return made
