"""What is seen of a claim beside its sources, as numbers for the learned score. Pure.

Each was worth something to the score on claims about papers that it was not fitted to; the card `models/claim.md` says
how much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import language
from ..text.quantities import quantities, same_value
from ..text.stemming import stem
from .negation import one_sided
from .wording import Wording, clauses, spans, verbatim_share, wording

if TYPE_CHECKING:
    from . import Source

def features(claim: str, sources: Sequence[Source], question: str = "") -> dict[str, float]:
    """The features by name."""
    own = wording(claim)
    sentences = [s for source in sources for s in spans(source.text)]
    whole = " ".join(source.text for source in sources)
    paper = " ".join(part for source in sources for part in (source.title, source.abstract))
    best = nearest(claim, sentences)
    values = _words(own, claim, best, whole, f"{whole} {paper} {question}")
    values["bound"] = _bound(claim, sentences)
    values["numbers_misplaced"] = _misplaced_numbers(claim, sentences)
    values["negation_moved"] = _moved_negations(own, [wording(s) for s in sentences])
    return values | one_sided(claim, sentences) | _strength(own, whole, best)


def nearest(claim: str, sentences: Sequence[str]) -> str:
    """The sentence that holds most of the claim's words; of equals the shortest, so that their order is nothing."""
    own = wording(claim)
    return min(sentences, key=lambda s: (-share(own, stems_of(s)), len(s), s))


def stems_of(text: str) -> frozenset[str]:
    """The stems of a text, and the beginnings of the long ones."""
    stems = wording(text).kept
    return stems | {s[:6] for s in stems if len(s) >= 6}


def held(one: str, stems: frozenset[str]) -> bool:
    """Whether a stem, or the beginning of a long one, is among the stems."""
    return one in stems or (len(one) >= 6 and one[:6] in stems)


def share(own: Wording, stems: frozenset[str]) -> float:
    """The share of the content words that are among the stems, long words counting more."""
    mine = total = 0.0
    for k in own.content:
        weight = 1.0 + 0.1 * min(10, len(own.stems[k]))
        total += weight
        mine += weight * held(own.stems[k], stems)
    return mine / total if total else 1.0


def _words(own: Wording, claim: str, best: str, whole: str, around: str) -> dict[str, float]:
    stems = stems_of(around)
    strange = sum(len(own.stems[k]) >= 6 and not held(own.stems[k], stems) for k in own.content)
    return {
        "share": share(own, stems_of(whole)),
        "share_paper": share(own, stems),
        "strange_long": strange / max(1, len(own.content)),
        "verbatim": verbatim_share(claim, best),
        "length_ratio": math.log(max(1, len(own.words)) / max(1, len(wording(best).words))),
    }


def _bound(claim: str, sentences: Sequence[str]) -> float:
    """How much of each clause's words, of those the sources hold, stands together in one clause of a source."""
    theirs = [stems_of(c) for s in sentences for c in clauses(s)]
    every = frozenset().union(*theirs)
    shares = []
    for part in map(wording, clauses(claim)):
        mine = [part.stems[k] for k in part.content if held(part.stems[k], every)]
        if len(mine) >= 2:
            shares.append(max(sum(held(s, stems) for s in mine) for stems in theirs) / len(mine))
    return sum(shares) / len(shares) if shares else 1.0


def _misplaced_numbers(claim: str, sentences: Sequence[str]) -> float:
    """How much nearer the words round a number of the claim are to another number of the source, at worst."""
    rows = [(h, _round_it(s, h.start, h.end)) for s in sentences for h in quantities(s)]
    worst = 0.0
    for q in quantities(claim) if len(rows) > 1 else ():
        mine = _round_it(claim, q.start, q.end)
        right = [_overlap(mine, c) for h, c in rows if same_value(h.value, q.value)]
        wrong = [_overlap(mine, c) for h, c in rows if not same_value(h.value, q.value)]
        if mine and right and wrong:
            worst = max(worst, max(wrong) - max(right))
    return worst


def _round_it(text: str, start: int, end: int) -> dict[str, float]:
    """The content words round a number, those next to it counting most."""
    out: dict[str, float] = {}
    before, after = wording(text[max(0, start - 60) : start]), wording(text[end : end + 60])
    for words, places in ((before, before.content[::-1]), (after, after.content)):
        for k, s in enumerate(words.stems[j] for j in places[:4]):
            out[s] = max(out.get(s, 0.0), 1.0 / (1 + k))
    return out


def _overlap(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(min(v, other[s]) for s, v in one.items() if s in other) / max(1e-9, sum(one.values()))


def _moved_negations(own: Wording, theirs: Sequence[Wording]) -> float:
    """How many of the claim's negations, up to two, are of words that the sources hold and do not negate."""
    everywhere = frozenset(s for w in theirs for s in w.stems)
    denied = {s for w in theirs for stems in _negated(w) for s in stems}
    return float(min(2, sum(bool(stems & everywhere) and not stems & denied for stems in _negated(own))))


def _negated(words: Wording) -> list[frozenset[str]]:
    """For each negation the stems of the next few content words, or where none follow of those before it."""
    listed, out = language.words("checking.negating"), []
    for k, word in enumerate(words.words):
        if word in listed:
            after = frozenset(words.stems[j] for j in words.content if k < j <= k + 7)
            out.append(after or frozenset(words.stems[j] for j in words.content if k - 7 <= j < k))
    return out


def _strength(own: Wording, whole: str, best: str) -> dict[str, float]:
    """Words of strength, doubt, cause and contrast that the sources lack, or that the nearest sentence alone has."""
    stems, nearby = wording(whole).kept, frozenset(wording(best).words)
    out: dict[str, float] = {}
    for name in ("absolutes", "hedges", "causes", "contrasts"):
        listed = language.words(f"checking.{name}")
        mine = {w for w in own.words if w in listed}
        out[f"{name}_added"] = float(min(2, sum(stem(w) not in stems for w in mine)))
        out[f"{name}_dropped"] = float(bool(nearby & listed) and not mine)
    return out
