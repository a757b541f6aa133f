"""What the user decided about two works: that they are one, or that they are not. In the library file.

A work is named by the own id of one of its records, a function of the record alone; so a decision
holds whatever paper the record has become a part of, and for records that come later.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

Pair = tuple[str, str]


def keep(db: sqlite3.Connection, groups: Sequence[Mapping[int, str]], names: Pair, *, same: bool) -> None:
    """Stores a decision on two own ids; those that it goes against are dropped.

    `groups` are the own ids by record of the two papers that the names are of.
    """
    if same:
        pairs = {_in_order(a, b) for a in groups[0].values() for b in groups[1].values()}
        db.executemany("DELETE FROM decisions WHERE NOT same AND one = ? AND other = ?", pairs)
    else:
        # The second leaves whatever it was made one with.
        db.execute("DELETE FROM decisions WHERE same AND (one = ?1 OR other = ?1)", (names[1],))
    db.execute("INSERT OR REPLACE INTO decisions VALUES(?, ?, ?)", (*_in_order(*names), same))


def group_of(db: sqlite3.Connection, rid: int) -> dict[int, str]:
    """The own id of every record of the paper that this record is part of."""
    query = "SELECT rid, own_id FROM records WHERE pid = (SELECT pid FROM records WHERE rid = ?)"
    return dict(db.execute(query, (rid,)).fetchall())


def among(db: sqlite3.Connection, own_ids: Iterable[str]) -> tuple[list[Pair], list[Pair]]:
    """The pairs among these own ids that are decided to be one work, and those decided not to be."""
    query = """SELECT one, other, same FROM decisions WHERE one IN (SELECT value FROM json_each(?1))
               AND other IN (SELECT value FROM json_each(?1)) ORDER BY one, other"""
    rows = db.execute(query, (json.dumps(sorted(own_ids)),)).fetchall()
    return [(a, b) for a, b, same in rows if same], [(a, b) for a, b, same in rows if not same]


def record_named(db: sqlite3.Connection, paper_id: str) -> int | None:
    """The record that this id is the own id of, else the first of the paper that has or had it."""
    query = """SELECT rid FROM records WHERE own_id = ?1 UNION ALL
               SELECT rid FROM records JOIN papers p USING(pid) WHERE p.id = ?1 UNION ALL
               SELECT rid FROM records JOIN aliases a USING(pid) WHERE a.alias = ?1"""
    row = db.execute(query, (paper_id,)).fetchone()
    return row[0] if row else None


def kept_apart(db: sqlite3.Connection) -> set[frozenset[str]]:
    """The pairs of papers, by their present ids, of which it is decided that they are not one."""
    # A library of an older format that can't be written holds no decisions.
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'decisions'").fetchone():
        return set()
    query = """SELECT p.id, q.id FROM decisions d
               JOIN records r ON r.own_id = d.one JOIN papers p ON p.pid = r.pid
               JOIN records s ON s.own_id = d.other JOIN papers q ON q.pid = s.pid WHERE NOT d.same"""
    return {frozenset(pair) for pair in db.execute(query)}


def forget(db: sqlite3.Connection, pid: int) -> None:
    """Drops what was decided about a paper's records."""
    for (own,) in db.execute("SELECT own_id FROM records WHERE pid = ?", (pid,)).fetchall():
        db.execute("DELETE FROM decisions WHERE one = ?1 OR other = ?1", (own,))


def _in_order(a: str, b: str) -> Pair:
    return (a, b) if a <= b else (b, a)
