"""The sentences of the best papers compete together by one learned score; papers and the question follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..models import logistic, trees
from ..papers import Paper
from ..question import QuestionPlan
from .deciding import several_features
from .features import Matches, PaperMatch, paper_features, sentence_features

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that bears on the question: `paper.text(field, page)[start:end] == text`."""

    paper: Paper
    field: str
    page: int | None
    start: int
    end: int
    text: str
    chance: float = 1.0
    """The chance that an ideal answer rests on it."""
    order: int = 0
    """Its place among the paper's sentences that were looked at."""


@dataclass(frozen=True, slots=True)
class PaperEvidence:
    """A paper with its sentences, best first, and the chance that it is one of those asked for."""

    paper: Paper
    sentences: tuple[Evidence, ...]
    member: float
    """The chance that it belongs to a list of papers on what was asked."""
    rank: int
    """Its place in the search, from 0."""

    @property
    def chance(self) -> float:
        """The chance of its best sentence."""
        return self.sentences[0].chance if self.sentences else 0.0


@dataclass(frozen=True, slots=True)
class Gathered:
    """What bears on a question: papers in the search's order, each with its sentences scored together."""

    plan: QuestionPlan
    papers: tuple[PaperEvidence, ...]
    matches: Matches
    several: float
    """The chance that several papers are asked for, by the wording and by what was found."""
    chances: tuple[np.ndarray, ...]
    """For each paper the chances of its sentences in reading order."""

    @property
    def best_first(self) -> list[PaperEvidence]:
        """The papers by their best sentence; equal chances keep the search's order."""
        return sorted(self.papers, key=lambda p: -p.chance)

    @property
    def sentences(self) -> list[Evidence]:
        """All sentences, best first; equal chances keep the papers' order."""
        return sorted((s for p in self.papers for s in p.sentences), key=lambda s: -s.chance)


def gather(found: Matches) -> Gathered:
    """The evidence in the papers found; empty where there are none."""
    if not found.papers:
        return Gathered(found.plan, (), found, 0.0, ())
    rows = sentence_features(found)[1]
    chances = by_paper(found, trees("sentence").chances(rows))
    members = logistic("member").chances(paper_features(found, chances))
    several = float(logistic("several").chances([several_features(found, chances, members)])[0])
    return gathered(found, chances, members, several)


def by_paper(found: Matches, values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Values of all sentences, parted by paper."""
    import numpy as np

    return tuple(np.split(values, np.cumsum([len(p.sentences) for p in found.papers])[:-1]))


def gathered(
    found: Matches, chances: Sequence[np.ndarray], members: Sequence[float], several: float = 0.0
) -> Gathered:
    """The papers found with the chances of their sentences, and of themselves."""
    papers = tuple(
        PaperEvidence(one.paper, _evidence(one, own), float(member), rank)
        for rank, (one, own, member) in enumerate(zip(found.papers, chances, members, strict=True))
    )
    return Gathered(found.plan, papers, found, several, tuple(chances))


def _evidence(one: PaperMatch, chances: np.ndarray) -> tuple[Evidence, ...]:
    own = [
        Evidence(one.paper, s.field, s.page, s.start, s.end, s.text, float(chance), order)
        for order, (s, chance) in enumerate(zip(one.sentences, chances, strict=True))
    ]
    return tuple(sorted(own, key=lambda e: (-e.chance, e.order)))
