"""Putting papers in order: tags, collections and read marks, for many papers at once, and back again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .library import Library
from .papers import Paper


@dataclass(frozen=True, slots=True)
class Organised:
    """What a change of many papers did: the ids of those it changed, and what these had before."""

    paper_ids: tuple[str, ...] = ()
    before: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Hand it back to `undone` to have it as it was."""

    @property
    def count(self) -> int:
        """How many papers changed."""
        return len(self.paper_ids)


def organised(
    library: Library, paper_ids: Iterable[str], *, add_tags: Iterable[str] = (), drop_tags: Iterable[str] = (),
    add_collections: Iterable[str] = (), drop_collections: Iterable[str] = (), read: bool | None = None,
) -> Organised:
    """These papers with tags and collections added and taken off, and marked as read or unread, in one step.

    Names are compared without regard to case; one that a paper has keeps its spelling. What is both
    added and dropped is added. PaperNotFound, with nothing changed, for an unknown id.
    """
    papers = library.papers(library.present_ids(paper_ids))
    changes: dict[str, dict[str, Any]] = {}
    before: dict[str, dict[str, Any]] = {}
    for paper in papers:
        wanted: dict[str, Any] = {
            "tags": names_after(paper.tags, add_tags, drop_tags),
            "collections": names_after(paper.collections, add_collections, drop_collections),
            "read": paper.read if read is None else read,
        }
        held = _held(paper)
        if new := {name: value for name, value in wanted.items() if value != held[name]}:
            changes[paper.id] = new
            before[paper.id] = {name: held[name] for name in new}
    done = tuple(library.update_all(changes)) if changes else ()
    return Organised(done, {i: before[i] for i in done})


def undone(library: Library, done: Organised) -> int:
    """How many papers are as they were before; those removed since are passed over."""
    return len(library.update_all(done.before)) if done.before else 0


def names_after(held: Sequence[str], added: Iterable[str], dropped: Iterable[str]) -> tuple[str, ...]:
    """The names held, less those dropped, then those added; blanks tidied, each once, case disregarded."""
    new = {name.casefold(): name for a in added if (name := " ".join(a.split()))}
    gone = {" ".join(d.split()).casefold() for d in dropped} - new.keys()
    kept = [name for name in held if name.casefold() not in gone]
    have = {name.casefold() for name in kept}
    return (*kept, *(name for folded, name in new.items() if folded not in have))


def _held(paper: Paper) -> dict[str, Any]:
    return {"tags": tuple(paper.tags), "collections": tuple(paper.collections), "read": paper.read}
