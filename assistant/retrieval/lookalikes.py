"""Papers that look like one work though no identifier says so: a retyped title, a preprint and its publication.

Pure. Candidates share rare title words or whole runs of words of their abstracts; each pair is then
looked at.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from ..models import values
from ..papers import Paper, identifiers, normalised_title, surname
from ..text import STOP_WORDS, tokens

_ALIKE = values("search")["lookalikes"]
TITLE: float = _ALIKE["title"]
TEXT: float = _ALIKE["text"]
"""Alike from here on: titles by letters in order, abstracts by the runs of words they share."""
_OTHER_TEXT: float = _ALIKE["other_text"]
"""Below this likeness abstracts speak against one work."""
_RUN = 5
_KEPT_RUNS = 12
"""Of an abstract's runs the ones with the smallest hashes stand for all (Broder 1997)."""
_CROWD = 60
_YEARS = 4


@dataclass(frozen=True, slots=True)
class Lookalike:
    """Two papers that may be one work, and how alike titles and abstracts are, 0 to 1."""

    one: str
    other: str
    titles: tuple[str, str]
    title: float
    text: float

    def to_dict(self) -> dict[str, Any]:
        """The pair as JSON values."""
        return {**asdict(self), "titles": list(self.titles), "title": round(self.title, 3), "text": round(self.text, 3)}


def lookalikes(papers: Sequence[Paper], apart: Collection[frozenset[str]] = ()) -> list[Lookalike]:
    """The pairs that may be one work, likeliest first; pairs of ids in `apart` are left out.

    Abstracts that share most of their words are enough. Equal-looking titles are, too, unless identifiers
    of one kind, authors, years far apart, or the abstracts speak against it, or the titles differ in a
    number ("Part 1", "Part 2").
    """
    runs = [_runs(p.abstract) for p in papers]
    out = []
    for i, j in sorted(set(_candidates(papers, runs))):
        a, b = papers[i], papers[j]
        if a.id == b.id or frozenset((a.id, b.id)) in apart:
            continue
        text = len(runs[i] & runs[j]) / max(1, min(len(runs[i]), len(runs[j])))
        title = _title_likeness(a.title, b.title)
        if text >= TEXT or (title >= TITLE and not _against(a, b, text)):
            out.append(Lookalike(a.id, b.id, (a.title, b.title), title, text))
    return sorted(out, key=lambda pair: (-max(pair.title, pair.text), -pair.title - pair.text, pair.one, pair.other))


def _candidates(papers: Sequence[Paper], runs: Sequence[frozenset[int]]) -> Iterator[tuple[int, int]]:
    by_word: dict[Any, list[int]] = defaultdict(list)
    for n, paper in enumerate(papers):
        for word in {w for w in tokens(paper.title) if w not in STOP_WORDS}:
            by_word[word].append(n)
        by_word[normalised_title(paper.title)[:24], "opening"].append(n)
        for run in sorted(runs[n])[:_KEPT_RUNS]:
            by_word[run].append(n)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for key, members in by_word.items():
        if len(members) <= _CROWD:
            # A whole run of words says more than a word.
            for pair in combinations(members, 2):
                shared[pair] += 1 if isinstance(key, str) else 2
    return (pair for pair, count in shared.items() if count >= 2)


def _runs(text: str) -> frozenset[int]:
    words = tokens(text)
    return frozenset(
        zlib.crc32(" ".join(words[i : i + _RUN]).encode("utf-8", "replace")) for i in range(len(words) - _RUN + 1)
    )


def _title_likeness(a: str, b: str) -> float:
    one, other = normalised_title(a), normalised_title(b)
    if not one or not other or re.findall(r"\d+|\b[ivx]+\b", one) != re.findall(r"\d+|\b[ivx]+\b", other):
        return 0.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _against(a: Paper, b: Paper, text: float) -> bool:
    mine, theirs = identifiers(a), identifiers(b)
    if any(mine[k] != theirs[k] for k in mine.keys() & theirs.keys()):
        return True
    if a.authors and b.authors and not {surname(x) for x in a.authors} & {surname(x) for x in b.authors}:
        return True
    if a.year and b.year and abs(a.year - b.year) > _YEARS:
        return True
    if not (a.abstract and b.abstract) or text >= _OTHER_TEXT:
        return False
    return normalised_title(a.title) != normalised_title(b.title)
