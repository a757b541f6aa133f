"""How much each sentence of one text bears on a question or a claim. Pure: similarities come in as numbers.

The weights are a conditional logit (softmax over the sentences of a text) fitted to SciFact's training
rationales; `python -m assistant.evaluation.rationales FOLDER` prints the cross-validated report and them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from ..text import terms

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

_BY_FEATURE = [WEIGHTS[name] for name in FEATURES]
_OF_PLACE = {"position", "position_in_long", "last", "late", "length", "digits", *_CUE}
_MATCHING = [(mean, 0.0 if name in _OF_PLACE else weight) for name, (mean, weight) in WEIGHTS.items()]


def features(query: str, title: str, sentences: Sequence[str], similarities: Sequence[float]) -> list[list[float]]:
    """One row of `FEATURES` for each sentence of a text. `similarities` are the sentences' to the query."""
    count = len(sentences)
    asked = terms(query)
    wanted = set(asked)
    own = [set(terms(s)) for s in sentences]
    short = [{t[:4] for t in words} for words in own]
    wanted_short = {t[:4] for t in wanted}
    rarity = {t: math.log(1 + (count + 1) / (sum(t in words for words in short) + 0.5)) for t in wanted_short}
    total = sum(rarity.values()) or 1.0
    overlap = [sum(rarity[t] for t in wanted_short & words) / total for words in short]
    exact = {t: math.log(1 + (count + 1) / (sum(t in words for words in own) + 0.5)) for t in wanted}
    exact_total = sum(exact.values()) or 1.0
    beyond = wanted - set(terms(title))
    half = len(asked) // 2
    halves = set(asked[:half]), set(asked[half:])
    best = max(similarities, default=0.0)
    by_similarity = _ranks(similarities)
    by_overlap = _ranks(overlap)
    digits_asked = bool(_DIGIT.search(query))
    rows = []
    for i, sentence in enumerate(sentences):
        words = own[i]
        position = i / max(1, count - 1)
        digits = bool(_DIGIT.search(sentence))
        row = [
            similarities[i],
            similarities[i] - best,
            overlap[i],
            len({t[:5] for t in wanted} & {t[:5] for t in words}) / max(1, len({t[:5] for t in wanted})),
            sum(exact[t] for t in beyond & words) / exact_total,
            min(len(h & words) / max(1, len(h)) for h in halves),
            len(wanted & words) / math.sqrt(max(1, len(words))),
            similarities[i + 1] if i + 1 < count else similarities[i],
            position,
            position if count > 10 else 0.0,
            float(i == count - 1),
            float(position >= 0.75),
            math.log(1 + len(words)),
            float(digits),
            float(digits and digits_asked),
            1 / (1 + by_similarity[i]),
            1 / (1 + by_overlap[i]),
            float(by_similarity[i] < 2),
        ]
        rows.append([*row, *_cues(sentence)])
    return rows


# The same sentences are read for one question after another.
@lru_cache(maxsize=8192)
def _cues(sentence: str) -> tuple[float, ...]:
    return tuple(float(bool(cue.search(sentence))) for cue in _CUE.values())


def relevance(
    query: str, title: str, sentences: Sequence[str], similarities: Sequence[float], *, question: bool = False
) -> list[float]:
    """One score for each sentence, higher for those that decide the query; comparable within one text.

    For a claim, all features count. For a `question`, only those of shared words and meaning: where in
    the text and in which phrases an answer stands is not where a finding stands.
    """
    used = _MATCHING if question else _BY_FEATURE
    return [
        sum((value - mean) * weight for value, (mean, weight) in zip(row, used, strict=True))
        for row in features(query, title, sentences, similarities)
    ]


def _ranks(values: Sequence[float]) -> list[int]:
    order = sorted(range(len(values)), key=lambda i: (-values[i], i))
    ranks = [0] * len(values)
    for rank, i in enumerate(order):
        ranks[i] = rank
    return ranks
