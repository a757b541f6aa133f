"""Removing papers, and what was read from a source, with everything that was made of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..papers import Paper
from ..text import sentences
from . import decisions, files, intake
from .conversations import forget_answers


@dataclass(frozen=True, slots=True)
class Removal:
    """The ids of the papers that go, and of those that stay because they were read elsewhere too."""

    gone: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def planned(
    db: sqlite3.Connection, paper_ids: Iterable[str] = (), tags: Sequence[str] = (), sources: Sequence[str] = ()
) -> Removal:
    """What a removal of these papers, of all with one of these tags, and of all read from these sources alone takes.

    Tags and sources are compared without regard to case. In order of arrival.
    """
    tagged = "SELECT pid FROM facets WHERE kind = 'tag' AND value IN (SELECT value FROM json_each(?))"
    gone = _pids(db, paper_ids) | {pid for pid, in db.execute(tagged, (json.dumps([t.casefold() for t in tags]),))}
    kept: set[int] = set()
    for pid, elsewhere in db.execute(
        "SELECT DISTINCT r.pid, EXISTS(SELECT 1 FROM records o LEFT JOIN appearances b USING(rid) WHERE o.pid = r.pid "
        "AND (b.source IS NULL OR b.source NOT IN (SELECT value FROM json_each(?1)))) "
        "FROM records r JOIN appearances a USING(rid) WHERE a.source IN (SELECT value FROM json_each(?1))",
        (json.dumps(_named(db, sources)),),
    ).fetchall():
        (kept if elsewhere else gone).add(pid)
    return Removal(_ids(db, gone), _ids(db, kept - gone))


def sources(db: sqlite3.Connection) -> dict[str, int]:
    """How many papers were read from each source, by its name, in the order of names."""
    query = "SELECT source, count(DISTINCT pid) FROM appearances JOIN records USING(rid) GROUP BY source ORDER BY 1"
    return dict(db.execute(query).fetchall())


def remove(db: sqlite3.Connection, plan: Removal, sources: Sequence[str] = ()) -> set[str]:
    """Does what was planned: the content hashes of the texts whose vectors went.

    Nothing that was made of the papers stays in any table; the caches are told.
    """
    if not plan.gone and not plan.kept:
        return set()
    texts: set[str] = set()
    for paper_id in plan.gone:
        texts |= _remove_paper(db, paper_id)
    if plan.kept:
        texts |= _forget_sources(db, plan.kept, _named(db, sources))
    # A vector that names no paper may be one of theirs; it can be computed again.
    texts |= _forget_vectors(db, [None])
    db.execute("UPDATE state SET scrub = 1, removed = ?", (intake.next_generation(db),))
    return texts


def _remove_paper(db: sqlite3.Connection, paper_id: str) -> set[str]:
    """The content hashes of the texts whose vectors went with the paper."""
    (pid,) = db.execute("SELECT pid FROM papers WHERE id = ?", (paper_id,)).fetchone()
    names = _names(db, pid, paper_id)
    forget_answers(db, names, _telling(intake.paper_of(db, pid)))
    texts = _forget_vectors(db, names)
    decisions.forget(db, pid)
    pdfs = files.digests(db, pid)
    db.execute("DELETE FROM records WHERE pid = ?", (pid,))
    db.execute("DELETE FROM papers WHERE pid = ?", (pid,))
    files.forget(db, pdfs)
    intake.post(db, paper_id, "remove")
    return texts


def _forget_sources(db: sqlite3.Connection, paper_ids: Iterable[str], sources: Sequence[str]) -> set[str]:
    """Drops what was read from these sources alone; the papers are merged anew from the rest.

    The content hashes of the texts whose vectors went with it.
    """
    texts: set[str] = set()
    before = []
    rids: set[int] = set()
    pdfs: set[str] = set()
    for paper_id in paper_ids:
        (pid,) = _pids(db, [paper_id])
        before.append((_names(db, pid, paper_id), intake.paper_of(db, pid)))
        pdfs |= files.digests(db, pid)
        intake.keep_words(db, pid)
        rids.update(rid for rid, in db.execute("SELECT rid FROM records WHERE pid = ?", (pid,)))
    for source in sources:
        for rid in list(rids):
            dropped = db.execute("DELETE FROM appearances WHERE rid = ? AND source = ?", (rid, source)).rowcount
            if dropped and not db.execute("SELECT 1 FROM appearances WHERE rid = ?", (rid,)).fetchone():
                db.execute("DELETE FROM records WHERE rid = ?", (rid,))
                rids.remove(rid)
    intake.regrouped(db, rids)
    files.forget(db, pdfs)
    for names, was in before:
        now = [intake.paper_of(db, pid) for pid in _pids(db, names)]
        lost = set(_telling(was)).difference(*(_telling(paper) for paper in now))
        if lost:
            forget_answers(db, names, lost)
            texts |= _forget_vectors(db, names)
    return texts


def _forget_vectors(db: sqlite3.Connection, names: Iterable[str | None]) -> set[str]:
    """The content hashes of the texts whose vectors were dropped: those of these papers, or (None) of no paper."""
    texts: set[str] = set()
    for name in names:
        texts.update(h for h, in db.execute("SELECT hash FROM vectors WHERE paper_id IS ?", (name,)))
        db.execute("DELETE FROM vectors WHERE paper_id IS ?", (name,))
    return texts


def _pids(db: sqlite3.Connection, paper_ids: Iterable[str]) -> set[int]:
    """The rows of the papers that have or had one of these ids."""
    query = (
        "SELECT pid FROM papers WHERE id IN (SELECT value FROM json_each(?1)) UNION "
        "SELECT pid FROM aliases WHERE alias IN (SELECT value FROM json_each(?1))"
    )
    return {pid for pid, in db.execute(query, (json.dumps(list(paper_ids)),))}


def _names(db: sqlite3.Connection, pid: int, paper_id: str) -> set[str]:
    return {paper_id} | {alias for alias, in db.execute("SELECT alias FROM aliases WHERE pid = ?", (pid,))}


def _named(db: sqlite3.Connection, sources: Sequence[str]) -> list[str]:
    """The names of these sources as they are spelt in the library."""
    if not sources:
        return []
    wanted = {s.casefold() for s in sources}
    return [s for s, in db.execute("SELECT DISTINCT source FROM appearances") if s.casefold() in wanted]


def _ids(db: sqlite3.Connection, pids: Iterable[int]) -> tuple[str, ...]:
    query = "SELECT id FROM papers WHERE pid IN (SELECT value FROM json_each(?)) ORDER BY pid"
    return tuple(i for i, in db.execute(query, (json.dumps(list(pids)),)))


def _telling(paper: Paper) -> list[str]:
    """The paper's title and sentences: words by which an answer made of it is known."""
    texts = [paper.abstract, *(p.text for p in paper.pages)]
    return [paper.title, *(text[a:b] for text in texts for a, b in sentences(text))]
