"""A claim against its sources: a verdict, the words that carry it, and the sources it needs. Pure.

What stands in a source word for word is supported. Hard facts (numbers with units, names, what is turned round) can
veto and do nothing else. The rest is for a learned score (`models/claim.md`), and better for a reader (`reading`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .. import models
from . import facts
from .features import features, held, nearest, share, stems_of
from .wording import flat, followers, spans, turned, unframed, wording

__all__ = ["Source", "Verdict", "check", "check_all"]

_QUOTED = re.compile(r"[“\"]([^”\"]{12,})[”\"]")
_WORTH = 0.15
"""The share of a claim's words that a further source must add to be needed."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one citation points at: the cited sentences, and the paper's title and abstract.

    Names, abbreviations and pronouns may be resolved from title and abstract; they support nothing by themselves.
    """

    text: str
    title: str = ""
    abstract: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the sources say to a claim: "supported", "partial" or "unsupported", and the chance that they support it.

    `missing` are numbers and names, as they stand in the claim, that no source holds; `carried_by` are the words of
    the sources that carry it; `contradiction` is a plain line or ""; `needed` are the indices of the sources the claim
    needs. `vetoed`: a hard fact speaks against it, no reader may raise it. `read`: a model has read it for meaning;
    `lacks` are the words of the claim that it found in none of the sources.
    """

    verdict: str
    chance: float = 1.0
    missing: tuple[str, ...] = ()
    carried_by: tuple[str, ...] = ()
    contradiction: str = ""
    needed: tuple[int, ...] = ()
    vetoed: bool = False
    read: bool = False
    lacks: str = ""


def check(claim: str, sources: Sequence[Source], *, question: str = "") -> Verdict:
    """The verdict on one claim. Without sources, or without words, it is unsupported. Names in the question are known.
    """
    plain, title = unframed(claim)
    places = [k for k, s in enumerate(sources) if s.text.strip()]
    usable = [sources[k] for k in places]
    verdict = _at_once(plain, title, usable) or _judged(plain, usable, question)
    return replace(verdict, needed=tuple(places[k] for k in verdict.needed))


def check_all(claims: Sequence[tuple[str, Sequence[Source]]], *, question: str = "") -> list[Verdict]:
    """The verdicts on the claims, in order."""
    return [check(claim, sources, question=question) for claim, sources in claims]


def _at_once(claim: str, title: str, sources: Sequence[Source]) -> Verdict | None:
    """The verdict where no score is needed, else None."""
    if not sources or not any(c.isalnum() for c in claim):
        return Verdict("unsupported", 0.0, vetoed=True)
    titled = [s for s in sources if s.title.strip()]
    if title and titled and not any(flat(title).strip() in flat(s.title) for s in titled):
        return Verdict("unsupported", models.logistic("claim").thresholds["vetoed"], (title,), vetoed=True)
    for k, source in enumerate(sources):
        if carried := _verbatim(claim, source):
            return Verdict("supported", carried_by=carried, needed=(k,))
    return None


def _verbatim(claim: str, source: Source) -> tuple[str, ...]:
    """The source's sentences in whose very words the claim is, quotation and framing aside; else nothing."""
    quoted = _QUOTED.findall(claim)
    rest = wording(_QUOTED.sub(" ", claim))
    titled = wording(source.title).kept
    framed = quoted and all(rest.stems[k] in titled for k in rest.content) and not facts.missing_numbers(
        _QUOTED.sub(" ", claim), source.text, source.text, 1
    )
    for stretches in ([claim], quoted if framed else []):
        if stretches and all(flat(s) in flat(source.text) for s in stretches):
            mine = [s for s in spans(source.text) if any(flat(s) in flat(q) or flat(q) in flat(s) for q in stretches)]
            return tuple(mine) or (source.text,)
    return ()


def hard_facts(claim: str, sources: Sequence[Source]) -> tuple[tuple[str, ...], str]:
    """The numbers and names of a claim that no source holds, and a line on what its sources turn against, or ""."""
    sentences = [s for source in sources for s in spans(source.text)]
    whole = " ".join(source.text for source in sources)
    paper = " ".join(f"{source.text} {source.title} {source.abstract}" for source in sources)
    best = nearest(claim, sentences)
    papers = len({s.title or s.text for s in sources})
    missing = [*facts.missing_numbers(claim, whole, best, papers), *facts.missing_names(claim, paper)]
    against = turned(claim, best)
    if against and any(followers(claim, against[0]) & followers(sentence, against[0]) for sentence in sentences):
        against = None
    return tuple(dict.fromkeys(missing)), _contradiction(*against) if against else ""


def _judged(claim: str, sources: Sequence[Source], question: str) -> Verdict:
    missing, against = hard_facts(claim, sources)
    needed, carried = _carriers(claim, sources)
    model = models.logistic("claim")
    values = features(claim, sources, question)
    row = model.row(values)
    chance = float((model.chances([row]) + models.trees("claim_trees").chances([row]))[0]) / 2
    if values["numbers_misplaced"] >= model.thresholds["misplaced"]:
        chance /= 2
    at = model.thresholds
    if missing or against:
        return Verdict("unsupported", min(chance, at["vetoed"]), missing, carried, against, needed, vetoed=True)
    verdict = "supported" if chance >= at["supported"] else "partial" if chance >= at["partial"] else "unsupported"
    return Verdict(verdict, chance, (), carried, "", needed)


def _contradiction(own: str, theirs: str) -> str:
    if own and theirs:
        return f"The sentence says “{own}”, the paper says “{theirs}”."
    return f"The paper says “{theirs}” here, the sentence does not." if theirs else (
        f"The sentence says “{own}”, the paper does not.")


def _carriers(claim: str, sources: Sequence[Source]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The sources that the claim needs, and their sentences that hold its words: each adds words to those before."""
    own = wording(claim)
    named = {k: stems_of(f"{s.text} {s.title}") for k, s in enumerate(sources)}
    chosen: list[int] = []
    had: frozenset[str] = frozenset()
    left = sorted(named, key=lambda k: (-share(own, named[k]), sources[k].text))
    while left:
        k = max(left, key=lambda i: share(own, had | named[i]))
        if chosen and share(own, had | named[k]) - share(own, had) < _WORTH:
            break
        chosen.append(k)
        left.remove(k)
        had |= named[k]
    out = []
    for k in chosen:
        best = nearest(claim, spans(sources[k].text))
        rest = [own.stems[j] for j in own.content if not held(own.stems[j], stems_of(best))]
        out += [s for s in spans(sources[k].text) if s == best or sum(held(r, stems_of(s)) for r in rest) >= 2]
    return tuple(sorted(chosen)), tuple(out)
