"""What is searched and what is found: passages, filters, hits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from .identifiers import normalised_title
from .works import Paper


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a paper's repaired text: `paper.text(field, page)[start:end] == text`."""

    paper_id: str
    field: str
    start: int
    end: int
    text: str
    page: int | None = None

    @property
    def id(self) -> str:
        """Stable within a library: the paper's id, the field or page, the offsets."""
        where = self.field if self.page is None else f"{self.field}{self.page}"
        return f"{self.paper_id}#{where}:{self.start}-{self.end}"


NO_PAPER = ("",)
"""The `paper_ids` of limits that no paper passes: no paper has an empty id."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers may be used. Empty means no limit; within one field any value may match.

    Years are inclusive, and a paper without a year passes no year limit. Authors match by folded
    part of a name, venues likewise; sources, tags and collections by folded equality or, for sources, by a part.
    """

    year_from: int | None = None
    year_to: int | None = None
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    paper_ids: tuple[str, ...] = ()
    read: bool | None = None
    """True passes only what is marked as read, False only what is not."""
    venues: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) not in (None, ()) for f in fields(self))

    def allows(self, paper: Paper) -> bool:
        """Whether `paper` passes every limit set."""
        if self.paper_ids and paper.id not in self.paper_ids:
            return False
        if self.year_from is not None and (paper.year is None or paper.year < self.year_from):
            return False
        if self.year_to is not None and (paper.year is None or paper.year > self.year_to):
            return False
        if self.read is not None and paper.read != self.read:
            return False
        return (
            _any_part(self.authors, paper.authors)
            and _any_part(self.sources, paper.sources)
            and _any_part(self.venues, venues_of(paper))
            and _any_equal(self.tags, paper.tags)
            and _any_equal(self.collections, paper.collections)
        )

    def to_dict(self) -> dict[str, Any]:
        """The limits that are set, as JSON values."""
        return {k: v for k, v in asdict(self).items() if v not in (None, ())}


def venues_of(paper: Paper) -> tuple[str, ...]:
    """What a limit to a venue is compared with: its names, long and short."""
    return tuple(name for name in (paper.venue, paper.venue_short) if name)


def _any_part(wanted: tuple[str, ...], have: tuple[str, ...]) -> bool:
    folded = [f" {normalised_title(h)} " for h in have]
    return not wanted or any(f" {normalised_title(w)} " in h for w in wanted for h in folded)


def _any_equal(wanted: tuple[str, ...], have: tuple[str, ...]) -> bool:
    return not wanted or bool({w.casefold() for w in wanted} & {h.casefold() for h in have})


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the question that a hit holds, and its share of the hit's score, 0 to 1."""

    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Reranked:
    """What a second look said of a hit: who looked, the rank it had before, and the score given, 0 to 1."""

    by: str
    before: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper found: rank from 1, fused score in 0 to 1, its best sentence, and why it matched."""

    rank: int
    paper_id: str
    title: str
    score: float
    year: int | None = None
    snippet: str = ""
    matched: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    dense_share: float = 0.0
    passage: Passage | None = None
    """The best passage, with offsets; None for a paper that has a title only."""
    reranked: Reranked | None = None
    """None where no reranker has looked at it."""
    aspect: str = ""
    """The aspect of the question that it was found by; empty where that was the whole question."""

    def to_dict(self) -> dict[str, Any]:
        """The hit as JSON values."""
        return {
            "rank": self.rank, "paper_id": self.paper_id, "title": self.title, "score": round(self.score, 6),
            "year": self.year, "snippet": self.snippet, "matched": list(self.matched),
            "terms": [{"text": t.text, "share": round(t.share, 4)} for t in self.terms],
            "dense_share": round(self.dense_share, 4),
            "aspect": self.aspect, "reranked": asdict(self.reranked) if self.reranked else None,
        }
