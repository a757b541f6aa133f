"""What is made of a verdict: why a claim failed, which sentences it needs, and claims in another language. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ....checking import Source, Verdict
from ....checking.facts import counts_citations
from ....evidence import Evidence
from ....language import pattern
from ....text import term_set
from ....text.naming import holds_name, name_by_form, names
from ....text.quantities import quantities

_FEW = 3
"""Sentences that a claim may cite without being suspected of citing everything."""
_FIGURE = re.compile(r"\d+(?:[.,\s]\d{3})*(?:[.,]\d+)?")


def as_sources(evidence: Sequence[Evidence]) -> list[Source]:
    """The sentences as the check takes them."""
    return [Source(e.text, e.paper.title, e.paper.abstract) for e in evidence]


def reason(verdict: Verdict) -> str:
    """Why a claim can't stand, in words for whoever revises it; "" where it can."""
    if verdict.verdict != "unsupported":
        return ""
    if verdict.contradiction:
        return f"the source says otherwise: {verdict.contradiction}"
    if verdict.missing:
        return f"not in the sentences cited: {'; '.join(verdict.missing[:4])}"
    return "the sentences cited do not say it" + (f"; not there: “{verdict.lacks}”" if verdict.lacks else "")


def doubt(verdict: Verdict | None) -> str:
    """What a reader found wanting in a claim that may stand, in words for whoever revises it; "" for nothing.

    A name that only the words of the sources lack is no doubt: who read the claim found it supported.
    """
    if verdict is None or verdict.verdict != "partial" or not verdict.read or verdict.missing:
        return ""
    return "the sentences cited hold a part of it only" + (f"; not there: “{verdict.lacks}”" if verdict.lacks else "")


def needed(claim: str, evidence: tuple[Evidence, ...], verdict: Verdict) -> tuple[Evidence, ...]:
    """The sentences that the claim rests on: those that carry it, and those that hold words of it which they do not.

    Who cites a few sentences has chosen them: all stay but those of another paper that have no word of the claim. Of
    many, each must add more. A claim on several papers keeps a sentence of each that it may speak of.
    """
    kept = [k for k in range(len(evidence)) if k in verdict.needed]
    if not kept:
        return evidence
    own = term_set(claim)
    shared = [own & term_set(e.text) for e in evidence]
    had = frozenset().union(*(shared[k] for k in kept))
    papers = {evidence[k].paper.id for k in kept}
    several = on_several(claim) or sum(_speaks_of(claim, title) for title in {e.paper.title for e in evidence}) > 1
    for k, one in enumerate(evidence):
        if k in kept:
            continue
        beside = one.paper.id in papers
        if len(evidence) <= _FEW:
            keeps = beside or several or bool(shared[k])
        else:
            keeps = len(shared[k] - had) >= (2 if beside else 1)
            if several and not beside:
                theirs = [j for j, e in enumerate(evidence) if e.paper.id == one.paper.id]
                keeps = keeps or k == max(theirs, key=lambda j: len(shared[j]))
        if keeps:
            kept.append(k)
            had |= shared[k]
            papers.add(one.paper.id)
    return tuple(evidence[k] for k in sorted(kept))


def on_several(claim: str) -> bool:
    """Whether a claim says that it is on several papers or things ("both", "two studies")."""
    return bool(pattern("answering.links.several").search(claim)) or any(
        q.value > 1 and counts_citations(claim, q) for q in quantities(claim)
    )


def _speaks_of(claim: str, title: str) -> bool:
    """Whether a claim has a name of a paper's title."""
    return any(holds_name(claim, name) for name in names(f"x {title}") if name_by_form(name) or len(name) > 3)


def over_languages(claim: str, sources: Sequence[Source], verdict: Verdict) -> Verdict:
    """The verdict on a claim in another language than its sources: figures and names decide, words can't."""
    texts = [part for source in sources for part in (source.text, source.title, source.abstract)]
    have = {_digits(figure) for text in texts for figure in _FIGURE.findall(text)}
    have |= {f"{q.value:g}" for text in texts for q in quantities(text) if q.word}
    lost = [figure.strip() for figure in _FIGURE.findall(claim) if _digits(figure) not in have]
    # Compounds are taken apart: half of one may be translated.
    named = [word for word in re.findall(r"[\w@]+", claim) if name_by_form(word)]
    lost += [name for name in named if not any(holds_name(text, name) for text in texts)]
    if lost:
        return replace(verdict, verdict="unsupported", missing=tuple(lost), vetoed=True)
    return replace(verdict, verdict="partial", missing=(), contradiction="", needed=(), vetoed=False)


def _digits(figure: str) -> str:
    return re.sub(r"\D", "", figure)


