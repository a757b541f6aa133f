"""Records put into a library step by step, and what became of their papers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..papers import Paper
from . import intake, records
from .store import Store

_RANKS = {"unchanged": 0, "updated": 1, "added": 2}


@dataclass(frozen=True, slots=True)
class AddReport:
    """Ids of the papers that are new, changed, or as they were; each once, in order of first mention."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def batches(papers: Iterable[Paper], most: int, characters: int) -> Iterator[list[records.Record]]:
    """The papers as records, `most` at a time, or sooner where they are so long."""
    batch: list[records.Record] = []
    size = 0
    for paper in papers:
        batch.append(records.record(paper))
        size += len(batch[-1].data) + sum(len(p.text) for p in paper.pages)
        if len(batch) >= most or size >= characters:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def add(store: Store, batch: list[records.Record], status: dict[str, str]) -> None:
    """Put a step of records into the library; `status` has then, by paper, the most that became of it."""
    # Asking first whether all is known spares the write lock, and a wait for another writer.
    with store.read() as db:
        ids = intake.known(db, batch)
    if ids is not None:
        for paper_id in ids:
            status.setdefault(paper_id, "unchanged")
        return
    with store.write() as db:
        step = intake.stored(db, batch)
    for paper_id in step.ids:
        status.setdefault(paper_id, "unchanged")
    for paper_id in step.updated:
        if status.get(paper_id) != "added":
            status[paper_id] = "updated"
    for paper_id in step.added:
        status[paper_id] = "added"


def report(status: Mapping[str, str], now: Mapping[str, str]) -> AddReport:
    """What became of the papers, by the ids they have `now`."""
    outcome: dict[str, str] = {}
    for old, new in now.items():
        outcome[new] = max(outcome.get(new, "unchanged"), status[old], key=_RANKS.__getitem__)
    return AddReport(
        *(tuple(i for i, s in outcome.items() if s == name) for name in ("added", "updated", "unchanged"))
    )
