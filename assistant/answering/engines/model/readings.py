"""How papers are divided among the calls in which a model reads them: full texts fill more than abstracts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ....papers import Paper
from .pack import Pack

_LEAST_WORDS = 25
"""Words of title and text from which a paper is worth a reading."""
_LONG, _SHORT, _FULL = 7, 3, 21
"""What a full text and an abstract fill of a reading, and when it is full: three full texts, or seven abstracts."""


def is_bare(paper: Paper | None) -> bool:
    """Whether a paper has almost no text: its sentences are as quickly read by whoever writes."""
    if paper is None:
        return True
    words = len(f"{paper.title} {paper.abstract}".split())
    for page in paper.pages:
        if words >= _LEAST_WORDS:
            break
        words += len(page.text.split())
    return words < _LEAST_WORDS


def grouped(pack: Pack, numbers: Sequence[int], most: int) -> list[list[int]]:
    """The papers in order, in as few readings as hold them, and `most` at most."""
    full = _FULL
    while True:
        groups: list[list[int]] = []
        filled = full
        for n in numbers:
            paper = pack.paper(n)
            fills = _LONG if paper and paper.pages else _SHORT
            if filled + fills > full:
                groups.append([])
                filled = 0
            groups[-1].append(n)
            filled += fills
        if len(groups) <= most:
            return groups
        full += _SHORT
