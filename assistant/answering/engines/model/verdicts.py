"""What is made of a verdict: why a claim failed, which sentences it needs, and claims in another language. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ....checking import Source, Verdict
from ....evidence import Evidence
from ....text import term_set
from ....text.naming import holds_name, name_by_form

_FEW = 3
"""Sentences that a claim may cite without being suspected of citing everything."""
_FIGURE = re.compile(r"\d(?:[\d.,\s]*\d)?")


def as_sources(evidence: Sequence[Evidence]) -> list[Source]:
    """The sentences as the check takes them."""
    return [Source(e.text, e.paper.title, e.paper.abstract) for e in evidence]


def told_once(sources: Sequence[Source]) -> list[Source]:
    """The same sources, each abstract with the first of its paper only: a reader need not be paid to read it again."""
    seen: set[str] = set()
    rows = []
    for one in sources:
        rows.append(replace(one, abstract="") if one.abstract in seen else one)
        seen.add(one.abstract)
    return rows


def reason(verdict: Verdict) -> str:
    """Why a claim can't stand, in words for whoever revises it; "" where it can."""
    if verdict.verdict != "unsupported":
        return ""
    if verdict.contradiction:
        return f"the source says otherwise: {verdict.contradiction}"
    if verdict.missing:
        return f"not in the sentences cited: {'; '.join(verdict.missing[:4])}"
    return "the sentences cited do not say it"


def needed(claim: str, evidence: tuple[Evidence, ...], verdict: Verdict) -> tuple[Evidence, ...]:
    """The sentences that the claim rests on: those that carry it, and those that hold words of it which they do not.

    Who cites a few sentences has chosen them: one word of the claim is enough to keep one. Of many, each must add more.
    """
    kept = [k for k in range(len(evidence)) if k in verdict.needed]
    if not kept:
        return evidence
    own = term_set(claim)
    had = frozenset().union(*(own & term_set(evidence[k].text) for k in kept))
    papers = {evidence[k].paper.id for k in kept}
    for k, one in enumerate(evidence):
        adds = len(own & term_set(one.text) - had)
        if k not in kept and adds >= (1 if len(evidence) <= _FEW or one.paper.id not in papers else 2):
            kept.append(k)
            had |= own & term_set(one.text)
            papers.add(one.paper.id)
    return tuple(evidence[k] for k in sorted(kept))


def over_languages(claim: str, sources: Sequence[Source], verdict: Verdict) -> Verdict:
    """The verdict on a claim in another language than its sources: figures and names decide, words can't."""
    texts = [part for source in sources for part in (source.text, source.title, source.abstract)]
    have = {_digits(figure) for text in texts for figure in _FIGURE.findall(text)}
    lost = [figure.strip() for figure in _FIGURE.findall(claim) if _digits(figure) not in have]
    # Compounds are taken apart: half of one may be translated.
    named = [word for word in re.findall(r"[\w@]+", claim) if name_by_form(word)]
    lost += [name for name in named if not any(holds_name(text, name) for text in texts)]
    if lost:
        return replace(verdict, verdict="unsupported", missing=tuple(lost), vetoed=True)
    return replace(verdict, verdict="partial", missing=(), contradiction="", needed=(), vetoed=False)


def _digits(figure: str) -> str:
    return re.sub(r"\D", "", figure)


