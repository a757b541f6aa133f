"""Which records are one paper: a function of the set of records, so that import order can't matter.

`papers.same_work` judges two records. Over many it is not transitive (a record with a title only
fits two papers that differ from each other), so what becomes one paper is decided here for a whole
group at once. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from ..papers import Paper, identifiers, normalised_title, paper_id, surname

GENERIC = 200
"""A title shared by more records than this ("Editorial") says nothing about identity."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells a record's work: folded title, first author, year, identifiers, its own paper id."""

    title: str
    author: str
    year: int | None
    own_id: str
    arxiv: str | None = None
    doi: str | None = None
    pmid: str | None = None


def marks(paper: Paper) -> Marks:
    """The marks of a record."""
    ids = identifiers(paper)
    author = surname(paper.authors[0]) if paper.authors else ""
    return Marks(
        normalised_title(paper.title), author, paper.year, paper_id(paper), ids.get("arxiv"), ids.get("doi"),
        ids.get("pmid"),
    )  # fmt: skip


def works(
    records: Sequence[Marks], *, generic: Collection[str] = (), same: Iterable[tuple[str, str]] = (),
    apart: Iterable[tuple[str, str]] = (),
) -> list[list[int]]:
    """The records' positions, grouped by work; groups and their members in ascending order.

    `same` and `apart` are pairs of own ids that someone decided are one work, or are not; what is
    decided to be one is so whatever else conflicts, and an equal title joins nothing that is apart.
    Records that share an identifier are one. Groups of equal title join unless identifiers of one
    kind, first authors or years (± 2) conflict; a group that fits several which conflict with each
    other stays apart, and so does a whole chain whose ends conflict. Titles in `generic`, and those
    of more than `GENERIC` records, join nothing.
    """
    by_own = {record.own_id: i for i, record in enumerate(records)}
    decided = [(by_own[a], by_own[b]) for a, b in same if a in by_own and b in by_own]
    groups = _united(len(records), [*_by_identifier(records), *decided])
    group_of = {i: n for n, group in enumerate(groups) for i in group}
    parted = {frozenset((group_of[by_own[a]], group_of[by_own[b]])) for a, b in apart if a in by_own and b in by_own}
    traits = [_Traits.of([records[i] for i in group]) for group in groups]

    def conflict(a: int, b: int) -> bool:
        return frozenset((a, b)) in parted or traits[a].conflict(traits[b])

    by_title: dict[str, list[int]] = defaultdict(list)
    for n, trait in enumerate(traits):
        for title in trait.titles:
            by_title[title].append(n)
    crowd: dict[str, int] = defaultdict(int)
    for record in records:
        crowd[record.title] += 1
    near: dict[int, set[int]] = defaultdict(set)
    for title, members in by_title.items():
        if len(members) < 2 or title in generic or crowd[title] > GENERIC:
            continue
        for a, b in combinations(members, 2):
            if not conflict(a, b):
                near[a].add(b)
                near[b].add(a)
    torn = {n for n, others in near.items() if any(conflict(a, b) for a, b in combinations(others, 2))}
    links = [(a, b) for a, others in near.items() for b in others if a < b and a not in torn and b not in torn]
    joined: list[list[int]] = []
    for chain in _united(len(groups), links):
        ends_meet = not any(conflict(a, b) for a, b in combinations(chain, 2))
        joined += [chain] if ends_meet else [[n] for n in chain]
    return sorted(sorted(i for n in chain for i in groups[n]) for chain in joined)


def _by_identifier(records: Sequence[Marks]) -> Iterable[tuple[int, int]]:
    first: dict[tuple[str, str], int] = {}
    for i, record in enumerate(records):
        for kind in ("arxiv", "doi", "pmid", "own_id"):
            if value := getattr(record, kind):
                yield first.setdefault((kind, value), i), i


def _united(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs:
        a, b = root(a), root(b)
        parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(count):
        groups[root(i)].append(i)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Traits:
    titles: frozenset[str]
    authors: frozenset[str]
    years: tuple[int, ...]
    ids: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, records: Sequence[Marks]) -> _Traits:
        return cls(
            frozenset(r.title for r in records),
            # The last word: "Jan van der Berg" and "van der Berg, Jan" are one author.
            frozenset(r.author.split()[-1] for r in records if r.author),
            tuple(sorted({r.year for r in records if r.year})),
            tuple(frozenset(v for r in records if (v := getattr(r, kind))) for kind in ("arxiv", "doi", "pmid")),
        )

    def conflict(self, other: _Traits) -> bool:
        for mine, theirs in zip(self.ids, other.ids, strict=True):
            if mine and theirs and not mine & theirs:
                return True
        if self.authors and other.authors and not self.authors & other.authors:
            return True
        if not self.years or not other.years:
            return False
        return min(abs(a - b) for a in self.years for b in other.years) > 2
