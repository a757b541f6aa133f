"""What a library holds, counted by SQL: papers, years, and the names on them. No paper is read for it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from ..papers import Filters, normalised_title
from . import listing
from .limits import passing
from .schema import VENUES
from .store import Store

CHOICES = 3000
"""Names of one kind that are told at most: more can't be chosen from."""
_VENUE = VENUES[0]
_SPELT = {"author": "authors", "source": "appearances", "tag": "tags", "collection": "collections"}
"""The field of a paper's data in which names of a kind stand as they are spelt; facets hold them folded."""


@dataclass(frozen=True, slots=True)
class Years:
    """How many papers there are, how many have a year, and the first and last of these (0 where none has one)."""

    papers: int = 0
    dated: int = 0
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many names there are, and the most frequent with their number of papers; of equals, what came in first."""

    names: int = 0
    top: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What papers can be limited to: each name once, in order; the first and last year.

    Of each kind at most `CHOICES` names and one more, which says that there are more than can be chosen from.
    """

    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    years: tuple[int, int] = (0, 0)


class Holdings:
    """What one library holds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def years(self, filters: Filters) -> Years:
        """The years of the papers that pass."""
        with self._store.read() as db:
            clause, values = passing(db, filters)
            papers, dated, first, last = db.execute(
                "SELECT count(*), count(nullif(year, 0)), min(nullif(year, 0)), max(nullif(year, 0)) "
                f"FROM papers {clause}", values,
            ).fetchone()
        return Years(papers, dated, first or 0, last or 0)

    def tally(self, kind: str, filters: Filters, most: int) -> Tally:
        """The names of a kind ("author", "source" or "venue") on the papers that pass, at most `most` of them told."""
        with self._store.read() as db:
            clause, values = passing(db, filters)
            query = f"SELECT name, n, count(*) OVER () FROM ({_count_query(kind, clause)}) ORDER BY n DESC, first, name"
            rows = db.execute(f"{query} LIMIT ?", [*values, most]).fetchall()
        return Tally(rows[0][2] if rows else 0, tuple((name, n) for name, n, _ in rows))

    def first(self, most: int, *limits: Filters) -> tuple[int, list[str]]:
        """How many papers pass all of these limits, and the ids of those that came in first, at most `most`."""
        clauses: list[str] = []
        together: list[str | int] = []
        with self._store.read() as db:
            for one in limits:
                clause, values = passing(db, one)
                clauses += [clause.removeprefix("WHERE ")] if clause else []
                together += values
            # Ordered by `+pid`, SQLite takes an index on what is limited; by `pid`, it goes through every paper.
            where, order = (f"WHERE {' AND '.join(clauses)}", "+pid") if clauses else ("", "pid")
            count = db.execute(f"SELECT count(*) FROM papers {where}", together).fetchone()[0]
            rows = db.execute(f"SELECT id FROM papers {where} ORDER BY {order} LIMIT ?", [*together, most])
            return count, [row[0] for row in rows]

    def spread(self, most: int) -> list[str]:
        """The ids of at most `most` papers from all over the library, in order of arrival; all where they are few."""
        with self._store.read() as db:
            low, high = db.execute("SELECT min(pid), max(pid) FROM papers").fetchone()
            if db.execute("SELECT count(*) FROM (SELECT 1 FROM papers LIMIT ?)", (most + 1,)).fetchone()[0] <= most:
                return [row[0] for row in db.execute("SELECT id FROM papers ORDER BY pid")]
            query = "SELECT id FROM papers WHERE pid >= ? ORDER BY pid LIMIT 1"
            places = (low + i * (high - low + 1) // most for i in range(most))
            return list(dict.fromkeys(db.execute(query, (place,)).fetchone()[0] for place in places))

    def listed(self, filters: Filters, text: str = "", order: str = "arrival") -> list[str]:
        """The ids of the papers that pass and of which this text is held, in one of `listing.ORDERS`."""
        with self._store.read() as db:
            return listing.listed(db, filters, text, order)

    def texts(self, paper_ids: Iterable[str]) -> dict[str, str]:
        """What of each of these papers can be quoted, in a word of `listing.TEXTS`."""
        with self._store.read() as db:
            return listing.texts(db, paper_ids)

    def choices(self) -> Choices:
        """What the papers can be limited to."""
        span = "SELECT year FROM papers WHERE year IS NOT NULL AND year <> 0 ORDER BY year {} LIMIT 1"
        with self._store.read() as db:
            ends = [db.execute(span.format(way)).fetchone() or (0,) for way in ("ASC", "DESC")]
            spelt = {kind: _in_order(_names(db, kind)) for kind in _SPELT}
            venues = _in_order(_venues(db))
        return Choices(spelt["source"], spelt["author"], venues, spelt["tag"], spelt["collection"],
                       (ends[0][0], ends[1][0]))


def _count_query(kind: str, clause: str) -> str:
    """The query for each name of a kind, its number of papers, and what orders equals."""
    if kind == "source":
        within = f"WHERE pid IN (SELECT pid FROM papers {clause})" if clause else ""
        return (
            "SELECT source AS name, count(DISTINCT pid) AS n, min(pid) AS first "
            f"FROM appearances JOIN records USING(rid) {within} GROUP BY source"
        )
    if kind == "venue":
        return (
            f"SELECT {_VENUE} AS name, count(*) AS n, min(pid) AS first FROM papers "
            f"{clause} {'AND' if clause else 'WHERE'} {_VENUE} > '' GROUP BY {_VENUE}"
        )
    # As they are spelt, names stand in the papers alone; of one paper's the first comes first.
    return (
        "SELECT j.value AS name, count(*) AS n, min(p.pid * 100000 + j.key) AS first "
        f"FROM (SELECT pid, data FROM papers {clause}) p, json_each(p.data, '$.{_SPELT[kind]}') j GROUP BY j.value"
    )


def _names(db: sqlite3.Connection, kind: str) -> list[str]:
    """The names of a kind, each as one paper spells it.

    From one name the index is asked for the next, so that neither the papers nor all their names are gone through.
    """
    rows = db.execute(
        "WITH RECURSIVE v(value) AS (SELECT min(value) FROM facets WHERE kind = ?1 UNION ALL "
        "SELECT (SELECT min(value) FROM facets WHERE kind = ?1 AND value > v.value) FROM v WHERE v.value IS NOT NULL) "
        f"SELECT value, (SELECT json_extract(data, '$.{_SPELT[kind]}') FROM papers WHERE pid = "
        "(SELECT min(pid) FROM facets WHERE kind = ?1 AND value = v.value)) FROM v WHERE value IS NOT NULL LIMIT ?2",
        (kind, CHOICES + 1),
    )
    out = []
    for value, data in rows:
        held = json.loads(data) if data else []
        spelt = [one[0] for one in held] if kind == "source" else held
        out.append(next((one for one in spelt if _folded(kind, one) == value), value.strip()))
    return out


def _folded(kind: str, name: str) -> str:
    """A name as the facets hold it."""
    return f" {normalised_title(name)} " if kind in ("author", "source") else name.casefold()


def _venues(db: sqlite3.Connection) -> list[str]:
    rows = db.execute(
        f"WITH RECURSIVE v(name) AS (SELECT min({_VENUE}) FROM papers WHERE {_VENUE} > '' UNION ALL "
        f"SELECT (SELECT min({_VENUE}) FROM papers WHERE {_VENUE} > v.name) FROM v WHERE v.name IS NOT NULL) "
        "SELECT name FROM v WHERE name IS NOT NULL LIMIT ?", (CHOICES + 1,),
    )
    return [row[0] for row in rows]


def _in_order(names: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names), key=str.casefold))
