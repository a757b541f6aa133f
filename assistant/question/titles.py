"""Titles of papers in a text. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..papers import Paper, normalised_title

_WORDS, _TITLE_WORDS = 600, 40
"""Words of a text in which titles are looked for, and of a title."""


def titles_in(text: str, papers: Iterable[Paper]) -> list[Paper]:
    """The papers whose whole title stands in `text`, in the order they are named; a title inside a longer
    one that is there does not count."""
    folded = f" {normalised_title(text)} "
    found: list[tuple[int, int, Paper]] = []
    for paper in papers:
        key = normalised_title(paper.title)
        at = folded.find(f" {key} ") if len(key) >= 4 else -1
        if at >= 0:
            found.append((at, at + len(key), paper))
    outer = [f for f in found if not any(o[0] <= f[0] and f[1] <= o[1] and o[:2] != f[:2] for o in found)]
    return [paper for _, _, paper in sorted(outer, key=lambda f: f[0])]


def possible_titles(text: str) -> list[str]:
    """Every run of words in the text that may be a whole title, folded as titles are."""
    words = normalised_title(text).split()[:_WORDS]
    size = len(words)
    runs = (" ".join(words[i:j]) for i in range(size) for j in range(i + 1, min(size, i + _TITLE_WORDS) + 1))
    return list(dict.fromkeys(run for run in runs if len(run) >= 4))
