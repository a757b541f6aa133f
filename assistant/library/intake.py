"""How records become papers: one step inside a write transaction of the library file.

Every distinct record is kept, and a paper is merged from its records; so the papers are a function
of the set of records, whatever order they came in, and the origin of each field stays known.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..chunking import passages
from ..papers import Appearance, Paper, merged, normalised_title
from . import decisions
from .merging import GENERIC, Marks, marks, works
from .records import Record, joined_own, more_of, packed, pages_of, unpacked, with_own


def known(db: sqlite3.Connection, records: Sequence[Record]) -> list[str] | None:
    """The ids of the papers that hold these records, or None if any record or appearance is new."""
    ids = []
    for item in records:
        row = db.execute(
            "SELECT r.rid, p.id FROM records r JOIN papers p USING(pid) WHERE hash = ?", (item.digest,)
        ).fetchone()
        if row is None:
            return None
        if item.paper.appearances:
            seen = set(db.execute("SELECT source, position FROM appearances WHERE rid = ?", (row[0],)))
            if any((a.source, a.position) not in seen for a in item.paper.appearances):
                return None
        ids.append(row[1])
    return ids


@dataclass(slots=True)
class Stored:
    """What a step did: the paper id of each record in turn, and which papers are new or changed."""

    ids: list[str] = field(default_factory=list)
    added: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)


def stored(db: sqlite3.Connection, records: Sequence[Record]) -> Stored:
    """Puts the records into the library; everything that follows from them is done in the same transaction."""
    return _Step(db).run(records)


def decide(db: sqlite3.Connection, one: int, other: int, *, same: bool) -> None:
    """Keeps a decision on two records, whether they are one work, and does what follows from it."""
    groups = [decisions.group_of(db, rid) for rid in (one, other)]
    decisions.keep(db, groups, (groups[0][one], groups[1][other]), same=same)
    step = _Step(db)
    step.moved = next_generation(db)
    step.settle({rid for group in groups for rid in group}, Stored())


def regrouped(db: sqlite3.Connection, rids: set[int]) -> None:
    """Groups these records anew, after others have gone, and writes the papers that follow."""
    step = _Step(db)
    step.moved = next_generation(db)
    step.settle(rids, Stored())


def present(db: sqlite3.Connection, paper_ids: Iterable[str]) -> set[str]:
    """Those of the ids that a paper has or had."""
    query = "SELECT 1 FROM papers WHERE id = ?1 UNION ALL SELECT 1 FROM aliases WHERE alias = ?1"
    return {i for i in paper_ids if db.execute(query, (i,)).fetchone()}


def next_generation(db: sqlite3.Connection) -> int:
    """The library's generation, moved on by one."""
    return db.execute("UPDATE state SET generation = generation + 1 RETURNING generation").fetchone()[0]


def post(db: sqlite3.Connection, paper_id: str, action: str) -> None:
    """Tell the caches to index or remove a paper; an older message about it is void."""
    db.execute("DELETE FROM outbox WHERE paper_id = ?", (paper_id,))
    db.execute("INSERT INTO outbox(paper_id, action) VALUES(?, ?)", (paper_id, action))


class _Step:
    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.fresh: dict[int, Paper] = {}
        self.moved = 0
        self.new: Counter[str] = Counter()

    def run(self, records: Sequence[Record]) -> Stored:
        rids = []
        touched: set[int] = set()
        for item in records:
            rid, changed = self._put(item)
            rids.append(rid)
            if changed:
                touched.add(rid)
        out = Stored()
        if touched:
            self.moved = next_generation(self.db)
            self.settle(touched, out)
        for rid in rids:
            row = self.db.execute(
                "SELECT p.id FROM records r JOIN papers p USING(pid) WHERE rid = ?", (rid,)
            ).fetchone()
            out.ids.append(row[0])
        return out

    def _put(self, item: Record) -> tuple[int, bool]:
        row = self.db.execute("SELECT rid FROM records WHERE hash = ?", (item.digest,)).fetchone()
        if row:
            rid, changed = row[0], False
        else:
            m = marks(item.paper)
            rid = self.db.execute(
                "INSERT INTO records(pid, hash, title, author, year, own_id, arxiv, doi, pmid, data) "
                "VALUES(0, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (item.digest, m.title, m.author, _year(m.year), m.own_id, m.arxiv, m.doi, m.pmid, item.data),
            ).lastrowid or 0
            changed = True
            self.fresh[rid] = item.paper
            self.new[m.title] += 1
            self.db.executemany(
                "INSERT INTO pages(rid, place, number, text, raw, more) VALUES(?, ?, ?, ?, ?, ?)",
                [
                    (rid, n, p.number, p.text, None if p.raw == p.text else p.raw, more_of(p))
                    for n, p in enumerate(item.paper.pages)
                ],
            )
        before = self.db.total_changes
        self.db.executemany(
            "INSERT OR IGNORE INTO appearances VALUES(?, ?, ?)",
            [(rid, a.source, a.position) for a in item.paper.appearances],
        )
        if self.db.total_changes != before:
            changed = True
            if rid in self.fresh:
                known_now = (*self.fresh[rid].appearances, *item.paper.appearances)
                self.fresh[rid] = replace(self.fresh[rid], appearances=known_now)
        return rid, changed

    # ------------------------------------------------------------------ which records are one paper

    def settle(self, touched: set[int], out: Stored) -> None:
        """Group these records and all that could share a paper with them, and write what changes."""
        found, generic = self._neighbours(touched)
        order = sorted(found)
        same, apart = decisions.among(self.db, {m.own_id for _, m in found.values()})
        marked = [found[rid][1] for rid in order]
        groups = [[order[i] for i in g] for g in works(marked, generic=generic, same=same, apart=apart)]
        before: dict[int, set[int]] = defaultdict(set)
        for rid, (pid, _) in found.items():
            before[pid].add(rid)
        groups = [g for g in groups if touched & set(g) or set(g) != before[found[g[0]][0]]]
        papers = [merged(*(self.record_of(rid) for rid in group)) for group in groups]
        self._write(groups, papers, {rid: pid for rid, (pid, _) in found.items()}, out)

    def _neighbours(self, touched: Iterable[int]) -> tuple[dict[int, tuple[int, Marks]], set[str]]:
        """Every record that could share a paper with the touched ones, directly or through others."""
        found: dict[int, tuple[int, Marks]] = {}
        generic: set[str] = set()
        asked: set[tuple[str, Any]] = set()
        frontier = list(touched)
        while frontier:
            queries: set[tuple[str, Any]] = set()
            for rid in frontier:
                if rid in found:
                    continue
                pid, *rest = self.db.execute(
                    "SELECT pid, title, author, year, own_id, arxiv, doi, pmid FROM records WHERE rid = ?", (rid,)
                ).fetchone()
                m = Marks(*rest)
                found[rid] = (pid, m)
                queries |= {
                    ("title", m.title),
                    ("own_id", m.own_id),
                    ("arxiv", m.arxiv),
                    ("doi", m.doi),
                    ("pmid", m.pmid),
                }
                if pid:
                    queries.add(("pid", pid))
            frontier = []
            for column, value in queries - asked:
                if not value or (column == "title" and self._is_generic(value, generic)):
                    continue
                frontier += [r[0] for r in self.db.execute(f"SELECT rid FROM records WHERE {column} = ?", (value,))]
            asked |= queries
        return found, generic

    def _is_generic(self, title: str, generic: set[str]) -> bool:
        count = self.db.execute("SELECT count(*) FROM records WHERE title = ?", (title,)).fetchone()[0]
        if count > GENERIC:
            generic.add(title)
        # Read once more in the step that makes it generic, to part what the title alone had joined.
        return count - self.new[title] > GENERIC

    def record_of(self, rid: int) -> Paper:
        if rid not in self.fresh:
            pid, data = self.db.execute("SELECT pid, data FROM records WHERE rid = ?", (rid,)).fetchone()
            if data is None:
                data = self.db.execute("SELECT data FROM papers WHERE pid = ?", (pid,)).fetchone()[0]
            rows = self.db.execute("SELECT source, position FROM appearances WHERE rid = ?", (rid,))
            self.fresh[rid] = replace(
                unpacked(data, pages_of(self.db, rid)), appearances=tuple(Appearance(*row) for row in rows)
            )
        return self.fresh[rid]

    # ------------------------------------------------------------------ what the papers are then

    def _write(self, groups: list[list[int]], papers: list[Paper], old_pid: dict[int, int], out: Stored) -> None:
        before = {pid for group in groups for rid in group if (pid := old_pid[rid])}
        pids, winners = _heirs(groups, papers, old_pid, self._ids_of(before))
        had: dict[int, tuple[str, Paper]] = {}
        for pid in before:
            had[pid] = self.paper(pid)
            # Ids may change hands between papers within this step.
            self.db.execute("UPDATE papers SET id = '~' || pid WHERE pid = ?", (pid,))
        written: list[int] = []
        for n, (group, paper, heir) in enumerate(zip(groups, papers, pids, strict=True)):
            ancestors = sorted(pid for pid, winner in winners.items() if winner == n)
            own = joined_own([self._own(pid) for pid in ancestors])
            pid = self._write_paper(heir, paper, own, group, had.get(heir), out)
            written.append(pid)
            for former in ancestors:
                self.db.execute("UPDATE aliases SET pid = ? WHERE pid = ?", (pid, former))
                self._alias(had[former][0], pid, paper.id)
        # Last, since a record's own id belongs to its paper whatever other paper had it before.
        for group, paper, pid in zip(groups, papers, written, strict=True):
            for rid in group:
                self.db.execute("UPDATE records SET pid = ? WHERE rid = ?", (pid, rid))
                query = "SELECT own_id, 'arxiv:' || arxiv, 'doi:' || doi, 'pmid:' || pmid FROM records WHERE rid = ?"
                for alias in filter(None, self.db.execute(query, (rid,)).fetchone()):
                    self._alias(alias, pid, paper.id)
        now = {paper.id for paper in papers}
        for pid, (former_id, _) in had.items():
            if former_id not in now:
                post(self.db, former_id, "remove")
            if pid not in written:
                self.db.execute("DELETE FROM papers WHERE pid = ?", (pid,))
        for paper_id in now:
            self.db.execute("DELETE FROM aliases WHERE alias = ?", (paper_id,))

    def _write_paper(
        self, pid: int, base: Paper, own: dict[str, Any], group: list[int], had: tuple[str, Paper] | None, out: Stored
    ) -> int:
        paper = with_own(base, own)
        pages_of = next((rid for rid in group if paper.pages and self.record_of(rid).pages == paper.pages), None)
        values = (paper.id, packed(paper), json.dumps(own) if own else "", _year(paper.year), self.moved, pages_of)
        if pid:
            self.db.execute(
                "UPDATE papers SET id = ?, data = ?, own = ?, year = ?, changed = ?, pages_of = ? WHERE pid = ?",
                (*values, pid),
            )
            if had and had != (paper.id, paper):
                out.updated.add(paper.id)
        else:
            pid = (
                self.db.execute(
                    "INSERT INTO papers(id, data, own, year, changed, pages_of) VALUES(?, ?, ?, ?, ?, ?)", values
                ).lastrowid
                or 0
            )
            out.added.add(paper.id)
        if (
            len(group) == 1
            and not own
            and replace(base, appearances=()) == replace(self.record_of(group[0]), appearances=())
        ):
            self.db.execute("UPDATE records SET data = NULL WHERE rid = ?", group)
        else:
            for rid in group:
                words = packed(self.record_of(rid), appearances=False)
                self.db.execute("UPDATE records SET data = ? WHERE rid = ? AND data IS NULL", (words, rid))
        if had is None or had[0] != paper.id or _searchable(had[1]) != _searchable(paper):
            write_passages(self.db, pid, paper)
            post(self.db, paper.id, "index")
        write_facets(self.db, pid, paper)
        return pid

    def _alias(self, alias: str, pid: int, paper_id: str) -> None:
        if alias != paper_id:
            self.db.execute("INSERT OR REPLACE INTO aliases VALUES(?, ?)", (alias, pid))

    def _ids_of(self, pids: set[int]) -> dict[int, str]:
        return {pid: self.db.execute("SELECT id FROM papers WHERE pid = ?", (pid,)).fetchone()[0] for pid in pids}

    def _own(self, pid: int) -> dict[str, Any]:
        own = self.db.execute("SELECT own FROM papers WHERE pid = ?", (pid,)).fetchone()[0]
        return json.loads(own) if own else {}

    def paper(self, pid: int) -> tuple[str, Paper]:
        paper_id, data, rid = self.db.execute("SELECT id, data, pages_of FROM papers WHERE pid = ?", (pid,)).fetchone()
        return paper_id, unpacked(data, pages_of(self.db, rid))


def _heirs(
    groups: list[list[int]], papers: list[Paper], old_pid: dict[int, int], ids: dict[int, str]
) -> tuple[list[int], dict[int, int]]:
    """The row each group goes on in (0 for a new one), and which group each old row goes to.

    Where several claim a row it goes to the group that keeps its id, then to the largest.
    """
    claims: dict[int, list[tuple[bool, int, int, int]]] = defaultdict(list)
    for n, (group, paper) in enumerate(zip(groups, papers, strict=True)):
        for pid, share in Counter(old_pid[r] for r in group).items():
            if pid:
                claims[pid].append((paper.id == ids[pid], share, -group[0], n))
    winners = {pid: max(claim)[-1] for pid, claim in sorted(claims.items())}
    heirs: dict[int, int] = {}
    for pid, n in winners.items():
        heirs.setdefault(n, pid)
    return [heirs.get(n, 0) for n in range(len(groups))], winners


def _searchable(paper: Paper) -> Paper:
    return replace(paper, appearances=(), tags=(), collections=(), note="", read=False)


def _year(year: int | None) -> int | None:
    return year if year is None or abs(year) < 2**62 else None


# ---------------------------------------------------------------------- what hangs on a paper


def write_passages(db: sqlite3.Connection, pid: int, paper: Paper) -> None:
    """The paper's passages, cut now, so that their offsets stay as they are."""
    db.execute("DELETE FROM passages WHERE pid = ?", (pid,))
    db.executemany(
        'INSERT INTO passages(pid, place, field, page, start, "end") VALUES(?, ?, ?, ?, ?, ?)',
        [(pid, n, p.field, p.page, p.start, p.end) for n, p in enumerate(passages(paper))],
    )


def write_facets(db: sqlite3.Connection, pid: int, paper: Paper) -> None:
    """What the paper can be filtered by, folded as `Filters.allows` folds it."""
    values = {("author", f" {normalised_title(a)} ") for a in paper.authors}
    values |= {("source", f" {normalised_title(s)} ") for s in paper.sources}
    values |= {("tag", t.casefold()) for t in paper.tags} | {("collection", c.casefold()) for c in paper.collections}
    if paper.read:
        values.add(("mark", "read"))
    had = set(db.execute("SELECT kind, value FROM facets WHERE pid = ?", (pid,)))
    if had != values:
        db.execute("DELETE FROM facets WHERE pid = ?", (pid,))
        db.executemany("INSERT INTO facets VALUES(?, ?, ?)", [(*v, pid) for v in values])


def paper_of(db: sqlite3.Connection, pid: int) -> Paper:
    """The paper, whole, as it stands."""
    return _Step(db).paper(pid)[1]


def base_of(db: sqlite3.Connection, pid: int) -> Paper:
    """The paper as its records alone make it, without the user's changes."""
    step = _Step(db)
    rids = [r[0] for r in db.execute("SELECT rid FROM records WHERE pid = ? ORDER BY rid", (pid,))]
    return merged(*(step.record_of(rid) for rid in rids))


def keep_words(db: sqlite3.Connection, pid: int) -> None:
    """Give the paper's records their own words back, before the paper's change."""
    step = _Step(db)
    for (rid,) in db.execute("SELECT rid FROM records WHERE pid = ? AND data IS NULL", (pid,)).fetchall():
        base = packed(step.record_of(rid), appearances=False)
        db.execute("UPDATE records SET data = ? WHERE rid = ?", (base, rid))


def records_of(db: sqlite3.Connection, pid: int) -> list[Paper]:
    """The records that a paper was merged from, in order of arrival."""
    step = _Step(db)
    return [step.record_of(r[0]) for r in db.execute("SELECT rid FROM records WHERE pid = ? ORDER BY rid", (pid,))]
