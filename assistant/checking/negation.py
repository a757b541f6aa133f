"""Negations on one side only: a claim's words laid beside the same words of its sources. Pure.

A word of the claim is laid on that place of the sources where most of what stands next to it in the claim stands too:
what is negated is compared however the claim is put.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .. import language
from .wording import clauses, wording

_NEXT = 3
"""Words on either side that count as standing next to one."""
_IN_SCOPE = (1.0, 0.7, 0.5)
"""How much the first, second and third word after a negation count as what it negates."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A text as its words in order with what each stands in and next to."""

    words: tuple[str, ...]
    stems: tuple[str, ...]
    content: tuple[int, ...]
    """The places of the words that say something, negations left out."""
    scopes: tuple[tuple[int, ...], ...]
    """For each negation the places of the words that it negates."""
    negated: tuple[bool, ...]
    beside: tuple[tuple[tuple[int, float], ...], ...]
    """For each word the places next to it and how near they are, less so in another clause."""


@lru_cache(maxsize=4096)
def laid(text: str) -> Laid:
    """The text as it is laid beside another."""
    parts = [wording(part) for part in clauses(text)]
    words = tuple(w for part in parts for w in part.words)
    stems = tuple(s for part in parts for s in part.stems)
    clause = [n for n, part in enumerate(parts) for _ in part.words]
    starts = [sum(len(p.words) for p in parts[:n]) for n in range(len(parts))]
    listed = language.words("checking.negating")
    content = tuple(
        start + k for start, part in zip(starts, parts, strict=True) for k in part.content
        if part.words[k] not in listed
    )
    scopes = []
    negated = [False] * len(words)
    for k, word in enumerate(words):
        if word in listed:
            scope = tuple(j for j in content if j > k and clause[j] - clause[k] <= 1)[: len(_IN_SCOPE)]
            scopes.append(scope)
            for j in scope:
                negated[j] = not negated[j]
    beside = []
    for k in range(len(words)):
        sides = ([j for j in content if j < k][: -_NEXT - 1 : -1], [j for j in content if j > k][:_NEXT])
        beside.append(tuple(
            (j, 1 / (1 + n) / (1 + 0.5 * abs(clause[j] - clause[k]))) for side in sides for n, j in enumerate(side)
        ))
    return Laid(words, stems, content, tuple(scopes), tuple(negated), tuple(beside))


def one_sided(claim: str, sentences: Sequence[str]) -> dict[str, float]:
    """How well words that are negated on one side only fit their places (the best, and the share of such words), and
    how much of what a source negates the claim has without the negation."""
    own, theirs = laid(claim), [one for one in map(laid, dict.fromkeys(sentences)) if one.words]
    places = [(n, j) for n, s in enumerate(theirs) for j in range(len(s.words))]
    number = {place: k for k, place in enumerate(places)}
    same = [frozenset(k for k, (n, j) in enumerate(places) if _alike(one, theirs[n].stems[j])) for one in own.stems]

    def fit(i: int, k: int) -> float:
        """How much of what stands next to the claim's word i stands next to place k of the sources."""
        n, at = places[k]
        beside = [(number[n, j], min(1.0, 0.4 + near)) for j, near in theirs[n].beside[at]]
        mine = own.beside[i]
        shared = sum(w * max((near for place, near in beside if place in same[j]), default=0.0) for j, w in mine)
        return shared / sum(w for _, w in mine) if mine else 0.0

    matched = [i for i in own.content if same[i]]
    most, differ = 0.0, 0
    for i in matched:
        k = max(sorted(same[i]), key=lambda k: fit(i, k))
        n, j = places[k]
        if own.negated[i] != theirs[n].negated[j]:
            differ += 1
            most = max(most, fit(i, k))
    held = frozenset().union(*same)
    with_it = frozenset().union(*(one for one, no in zip(same, own.negated, strict=True) if no))
    lost = 0.0
    for n, s in enumerate(theirs):
        for scope in filter(None, s.scopes):
            weights = _IN_SCOPE[: len(scope)]
            at = [number[n, j] for j in scope]
            plain = sum(w * ((k in held) - (k in with_it)) for k, w in zip(at, weights, strict=True))
            lost = max(lost, plain / sum(weights))
    return {"negated_alone": most, "negated_share": differ / max(1, len(matched)), "negation_lost": lost}


def _alike(one: str, other: str) -> bool:
    return one == other or (len(one) >= 6 and one[:6] == other[:6])
