"""What the caches still have to do, and the vectors that are kept for them: as tables of the library file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import intake


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """What the caches still have to do: `index` or `remove` a paper."""

    seq: int
    paper_id: str
    action: str


def pending(db: sqlite3.Connection, after: int, limit: int) -> list[OutboxItem]:
    """The messages beyond one, oldest first, at most `limit`."""
    query = "SELECT seq, paper_id, action FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
    return [OutboxItem(*r) for r in db.execute(query, (after, limit))]


def settle(db: sqlite3.Connection, seqs: Sequence[int], upto: int, paper_ids: Iterable[str] | None) -> None:
    """Strike off these messages, and all up to one (of these papers alone, where they are given)."""
    db.executemany("DELETE FROM outbox WHERE seq = ?", [(s,) for s in seqs])
    if paper_ids is None:
        db.execute("DELETE FROM outbox WHERE seq <= ?", (upto,))
    else:
        db.executemany("DELETE FROM outbox WHERE paper_id = ? AND seq <= ?", [(i, upto) for i in paper_ids])


def refill(db: sqlite3.Connection) -> None:
    """Every paper waits to be indexed anew, and nothing else."""
    db.execute("DELETE FROM outbox")
    db.execute("INSERT INTO outbox(paper_id, action) SELECT id, 'index' FROM papers ORDER BY pid")
    intake.next_generation(db)


def vectors(db: sqlite3.Connection, fingerprint: str, hashes: Iterable[str]) -> dict[str, bytes]:
    """The vectors known for these content hashes, as this embedder made them."""
    rows = db.execute(
        "SELECT hash, vector FROM vectors WHERE fingerprint = ? AND hash IN (SELECT value FROM json_each(?))",
        (fingerprint, json.dumps(list(hashes))),
    )
    return dict(rows.fetchall())


def put_vectors(
    db: sqlite3.Connection, fingerprint: str, made: Mapping[str, bytes], owner: Mapping[str, str]
) -> dict[str, bytes]:
    """Keep vectors by content hash, each with the paper whose text it is of; those that were kept.

    Not of a paper that is gone.
    """
    here = intake.present(db, set(owner.values()))
    kept = {h: v for h, v in made.items() if h not in owner or owner[h] in here}
    db.executemany(
        "INSERT OR REPLACE INTO vectors(fingerprint, hash, vector, paper_id) VALUES(?, ?, ?, ?)",
        [(fingerprint, h, v, owner.get(h)) for h, v in kept.items()],
    )
    return kept
