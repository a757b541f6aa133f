"""What stands in the margins of many pages: running headers, footers, page numbers, numbers of lines. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from .lines import Line
from .page import PageWords

_PAGE_NUMBER = re.compile(r"[\W_]*(?:page\s*)?\d{1,5}(?:\s*(?:of|/)\s*\d{1,5})?[\W_]*|[\W_]*[ivxlc]{1,7}[\W_]*", re.I)


def running(pages: Sequence[PageWords], cut: Sequence[Sequence[Line]]) -> set[int]:
    """The ids of the stretches that are running headers, footers, page numbers or line numbers."""
    places: defaultdict[str, list[tuple[int, Line]]] = defaultdict(list)
    found: set[int] = set()
    for n, (page, segs) in enumerate(zip(pages, cut, strict=True)):
        for s in _outermost(segs, page.height):
            places[_key(s.text)].append((n, s))
        found |= _line_numbers(segs)
    wanted = 2 if len(pages) <= 4 else max(3, round(0.2 * len(pages)))
    for key, seen in places.items():
        if not key or len({n for n, _ in seen}) < wanted:
            continue
        for _, s in seen:
            if len({n for n, o in seen if abs(o.base - s.base) < 8}) >= min(wanted, 3):
                found.add(id(s))
    for page, segs in zip(pages, cut, strict=True):
        inner = [s for s in segs if id(s) not in found and len(s.text) > 7]
        top, bottom = min((s.top for s in inner), default=0.0), max((s.bottom for s in inner), default=page.height)
        for s in segs:
            near = s.bottom < 0.13 * page.height or s.top > 0.75 * page.height
            if near and _PAGE_NUMBER.fullmatch(s.text) and (s.bottom <= top + 2 or s.top >= bottom - 2):
                found.add(id(s))
    return found


def _outermost(segs: Sequence[Line], height: float) -> list[Line]:
    """The stretches of the first three and last four rows that lie in the outer sixth of the page."""
    bases = sorted({round(s.base) for s in segs})
    if not bases:
        return []
    high, low = bases[:4][-1], bases[-5:][0]
    return [
        s for s in segs
        if (s.base <= high + 1 and s.base < 0.17 * height) or (s.base >= low - 1 and s.base > 0.83 * height)
    ]  # fmt: skip


def _key(text: str) -> str:
    return re.sub(r"[\d\s]+", "#", text.casefold()).strip("#")


def _line_numbers(segs: Sequence[Line]) -> set[int]:
    """Numbers that count the lines in a margin, as manuscripts under review have them."""
    numbers = [s for s in segs if re.fullmatch(r"\d{1,4}", s.text)]
    found: set[int] = set()
    if len(numbers) < 12:
        return found
    by_edge: defaultdict[int, list[Line]] = defaultdict(list)
    for s in numbers:
        by_edge[round(s.right / 3)].append(s)
    for group in by_edge.values():
        values = [int(s.text) for s in sorted(group, key=lambda s: s.base)]
        if len(values) < 12:
            continue
        step, times = Counter(b - a for a, b in pairwise(values)).most_common(1)[0]
        if step in (1, 5) and times >= 0.8 * (len(values) - 1):
            found |= {id(s) for s in group}
    return found
