"""How much each sentence of one text bears on a question or a claim. Pure: similarities come in as numbers.

The weights are a conditional logit (softmax over the sentences of a text) fitted to SciFact's training
rationales; `python -m assistant.evaluation.rationales FOLDER` prints the cross-validated report and them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add, mul

from ..text import term_set, terms

_CUES = {
    "effect": r"\b(?:increas\w+|decreas\w+|reduc\w+|improv\w+|inhibit\w+|promot\w+|lower|higher|greater|enhanc\w+|"
    r"associat\w+|induc\w+|prevent\w+|requir\w+|regulat\w+|risk)\b",
    "conclusion": r"\b(?:conclu\w+|conclusions?|interpretation)\b",
    "finding": r"\b(?:we|our)\s+(?:\w+\s+)?(?:show|found|find|demonstrate|report|observe|identif|reveal|provide|"
    r"describe)\w*",
    "method": r"\b(?:methods?|design|setting|participants|"
    r"were (?:measured|assessed|recruited|randomi[sz]ed|analy[sz]ed|included)|"
    r"we (?:used|performed|conducted|analy[sz]ed|searched|examined|investigated|studied|measured|assessed))\b",
    "aim": r"\b(?:aims?|aimed|objectives?|purpose|background|context|introduction|"
    r"to (?:determine|investigate|assess|examine|evaluate|test|study|identify))\b",
    "open": r"\b(?:however|remains?|unclear|unknown|little is known|poorly understood|controvers\w+|"
    r"not (?:been|known|fully))\b",
    "statistic": r"(?:\bp\s*[<=>]|\bCI\b|\bconfidence interval|odds ratio|hazard|relative risk|%)",
}
_CUE = {name: re.compile(pattern, re.I) for name, pattern in _CUES.items()}
_DIGIT = re.compile(r"\d")

FEATURES = (
    "similarity",
    "below_best",
    "overlap",
    "prefixes",
    "beyond_title",
    "both_halves",
    "density",
    "next_similarity",
    "position",
    "position_in_long",
    "last",
    "late",
    "length",
    "digits",
    "digits_asked",
    "similarity_rank",
    "overlap_rank",
    "top_two",
    *_CUE,
)

WEIGHTS: Mapping[str, tuple[float, float]] = {
    "similarity": (0.4630, 0.7277),
    "below_best": (-0.2585, 0.7616),
    "overlap": (0.1617, 1.0128),
    "prefixes": (0.2287, 0.9678),
    "beyond_title": (0.0645, 2.2392),
    "both_halves": (0.1084, 1.0444),
    "density": (0.4802, 0.2939),
    "next_similarity": (0.4574, 0.1466),
    "position": (0.5000, 1.1813),
    "position_in_long": (0.2654, 0.5599),
    "last": (0.1027, -0.2365),
    "late": (0.2876, 0.0964),
    "length": (2.7130, 0.4420),
    "digits": (0.5340, 0.2658),
    "digits_asked": (0.2363, 0.2564),
    "similarity_rank": (0.2901, 0.2709),
    "overlap_rank": (0.2901, 0.6054),
    "top_two": (0.2053, 0.2816),
    "effect": (0.4092, 0.3742),
    "conclusion": (0.0411, 0.9080),
    "finding": (0.0777, 0.3975),
    "method": (0.0937, -0.3631),
    "aim": (0.0741, -0.6903),
    "open": (0.0557, -0.4270),
    "statistic": (0.1325, 0.5569),
}
"""For each feature its mean in the training rows, and its weight."""

_OF_PLACE = ("position", "position_in_long", "last", "late", "length", "digits", *_CUE)
"""What is told by where and how a sentence stands in its text; the other features tell of shared words and meaning."""
_OF_MATCH = tuple(name for name in FEATURES if name not in _OF_PLACE)
_PLACED, _MATCHED = ([WEIGHTS[name][1] for name in names] for names in (_OF_PLACE, _OF_MATCH))
_PLACED_MEAN, _MATCHED_MEAN = (sum(map(mul, *zip(*map(WEIGHTS.__getitem__, names), strict=True)))
                               for names in (_OF_PLACE, _OF_MATCH))


def features(query: str, title: str, sentences: Sequence[str], similarities: Sequence[float]) -> list[list[float]]:
    """One row of `FEATURES` for each sentence of a text. `similarities` are the sentences' to the query."""
    own = [_read(s) for s in sentences]
    rows = []
    for match, place in zip(_matches(query, title, own, similarities), _places(sentences, own), strict=True):
        told = dict(zip(_OF_MATCH, match, strict=True)) | dict(zip(_OF_PLACE, place, strict=True))
        rows.append([told[name] for name in FEATURES])
    return rows


def relevance(
    query: str, title: str, sentences: Sequence[str], similarities: Sequence[float], *, question: bool = False
) -> list[float]:
    """One score for each sentence, higher for those that decide the query; comparable within one text.

    For a claim, all features count. For a `question`, only those of shared words and meaning: where in
    the text and in which phrases an answer stands is not where a finding stands.
    """
    own = [_read(s) for s in sentences]
    scores = [sum(map(mul, row, _MATCHED)) - _MATCHED_MEAN for row in _matches(query, title, own, similarities)]
    if question:
        return scores
    placed = [sum(map(mul, row, _PLACED)) - _PLACED_MEAN for row in _places(sentences, own)]
    return list(map(add, scores, placed))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query's terms, once each in a fixed order, and their beginnings."""

    terms: tuple[str, ...]
    fours: tuple[str, ...]
    fives: frozenset[str]
    halves: tuple[frozenset[str], frozenset[str]]
    digits: bool


@lru_cache(maxsize=256)
def _asked(query: str) -> _Asked:
    asked = terms(query)
    half = len(asked) // 2
    wanted = tuple(dict.fromkeys(asked))
    return _Asked(
        wanted, tuple(dict.fromkeys(t[:4] for t in wanted)), frozenset(t[:5] for t in wanted),
        (frozenset(asked[:half]), frozenset(asked[half:])), bool(_DIGIT.search(query)),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """What a sentence holds, whatever is asked."""

    terms: frozenset[str]
    fours: frozenset[str]
    fives: frozenset[str]
    root: float
    length: float
    digits: bool


# The same sentences are read for one question after another.
@lru_cache(maxsize=8192)
def _read(sentence: str) -> _Read:
    own = term_set(sentence)
    return _Read(
        own, frozenset(t[:4] for t in own), frozenset(t[:5] for t in own), math.sqrt(max(1, len(own))),
        math.log(1 + len(own)), bool(_DIGIT.search(sentence)),
    )


@lru_cache(maxsize=8192)
def _cues(sentence: str) -> tuple[float, ...]:
    return tuple(float(bool(cue.search(sentence))) for cue in _CUE.values())


def _matches(
    query: str, title: str, own: Sequence[_Read], similarities: Sequence[float]
) -> list[tuple[float, ...]]:
    """A row of `_OF_MATCH` for each sentence."""
    asked = _asked(query)
    count = len(own)
    in_title = term_set(title)
    overlap, beyond = [0.0] * count, [0.0] * count
    total = exact_total = 0.0
    for short in asked.fours:
        holding = [i for i, read in enumerate(own) if short in read.fours]
        total += (rarity := math.log(1 + (count + 1) / (len(holding) + 0.5)))
        for i in holding:
            overlap[i] += rarity
    for term in asked.terms:
        holding = [i for i, read in enumerate(own) if term in read.terms]
        exact_total += (rarity := math.log(1 + (count + 1) / (len(holding) + 0.5)))
        if term not in in_title:
            for i in holding:
                beyond[i] += rarity
    overlap = [value / (total or 1.0) for value in overlap]
    wanted, (first, second) = frozenset(asked.terms), asked.halves
    fives, firsts, seconds = (max(1, len(part)) for part in (asked.fives, first, second))
    best = max(similarities, default=0.0)
    by_similarity = _ranks(similarities)
    by_overlap = _ranks(overlap)
    return [
        (
            similarity,
            similarity - best,
            overlap[i],
            len(asked.fives & read.fives) / fives,
            beyond[i] / (exact_total or 1.0),
            min(len(first & read.terms) / firsts, len(second & read.terms) / seconds),
            len(wanted & read.terms) / read.root,
            similarities[i + 1] if i + 1 < count else similarity,
            float(read.digits and asked.digits),
            1 / (1 + by_similarity[i]),
            1 / (1 + by_overlap[i]),
            float(by_similarity[i] < 2),
        )
        for i, (read, similarity) in enumerate(zip(own, similarities, strict=True))
    ]


def _places(sentences: Sequence[str], own: Sequence[_Read]) -> list[tuple[float, ...]]:
    """A row of `_OF_PLACE` for each sentence."""
    rows = []
    for i, read in enumerate(own):
        position = i / max(1, len(own) - 1)
        rows.append((
            position, position if len(own) > 10 else 0.0, float(i == len(own) - 1), float(position >= 0.75),
            read.length, float(read.digits), *_cues(sentences[i]),
        ))  # fmt: skip
    return rows


def _ranks(values: Sequence[float]) -> list[int]:
    order = sorted(range(len(values)), key=lambda i: (-values[i], i))
    ranks = [0] * len(values)
    for rank, i in enumerate(order):
        ranks[i] = rank
    return ranks
