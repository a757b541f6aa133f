"""The library: the truth about papers, in one SQLite file. Vectors and words are caches made from it.

What `add` has returned is on disk, whatever happens next. Every change of papers moves the
generation and leaves a message in the outbox for the caches, in the same transaction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import PaperNotFound
from ..papers import Filters, Paper, Passage
from . import adding, decisions, files, intake, limits, organising, outbox, records, removal
from .adding import AddReport
from .conversations import Conversation, Conversations, StoredTurn
from .counting import CHOICES, Choices, Holdings, Tally, Years
from .outbox import OutboxItem
from .removal import Removal
from .store import Steady, Store
from .vector_cache import VectorCache

if TYPE_CHECKING:
    import numpy as np

Progress = Callable[[str, int, int | None], None]

BATCH = 200
"""Papers per committed step, and characters after which a step is committed sooner."""
BATCH_CHARACTERS = 2_000_000
_CACHED = 50_000
_LONE = "[\ud800-\udfff]"

__all__ = [
    "BATCH", "CHOICES", "AddReport", "Choices", "Conversation", "Library", "OutboxItem", "Removal", "Steady",
    "StoredTurn", "Tally", "VectorCache", "Years",
]


class Library:
    """The papers of one home folder. Threads and processes may share it."""

    def __init__(self, home: Path, store: Store, vector_cache: VectorCache | None = None) -> None:
        self.home = home
        self._store = store
        self._vector_cache = vector_cache
        self.conversations = Conversations(store)
        self.holdings = Holdings(store)
        self._cache: dict[int, tuple[int, Paper]] = {}
        self._counts: dict[str, tuple[int, int]] = {}

    @classmethod
    def open(cls, home: Path, *, create: bool = True, vector_cache: VectorCache | None = None) -> Library:
        """The library in `home`, made if it is not there; LibraryMissing then without `create`.

        What was encoded for other libraries that share a `vector_cache` is known in this one too.
        """
        home = Path(home)
        library = cls(home, Store(home, create=create), vector_cache)
        # A removal that was cut short left words behind in the files; one that is going on clears them itself.
        library._store.scrub(wait=False)
        files.sweep(library._store, home)
        return library

    @property
    def notices(self) -> tuple[str, ...]:
        """What was done to the file when it was opened, in sentences; usually nothing."""
        return tuple(self._store.notices)

    def close(self) -> None:
        """Release the file. Closing twice is harmless."""
        self._store.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------ writing

    def add(
        self, papers: Iterable[Paper], *, progress: Progress | None = None, batch: int = BATCH
    ) -> AddReport:
        """What became of the papers: each merged with what is there by the rule in `merging`.

        Committed in steps of `batch`; `progress("stored", done, None)` is called after each. What is
        known already, word for word and place for place, changes nothing.
        """
        status: dict[str, str] = {}
        done = 0
        for step in adding.batches(papers, batch, BATCH_CHARACTERS):
            adding.add(self._store, step, status)
            done += len(step)
            if progress:
                progress("stored", done, None)
        return adding.report(status, self._current(status))

    def removal(
        self, paper_ids: Iterable[str] = (), *, tags: Sequence[str] = (), sources: Sequence[str] = ()
    ) -> Removal:
        """What `remove` would take. Nothing is changed."""
        with self._store.read() as db:
            return removal.planned(db, paper_ids, tags, sources)

    def remove(
        self, paper_ids: Iterable[str] = (), *, tags: Sequence[str] = (), sources: Sequence[str] = (),
        scrub: bool = True,
    ) -> int:
        """How many papers were removed: with their text, vectors, and the answers that used them.

        These papers, all with one of these tags, and all that were read from these sources alone; of a
        paper that was read elsewhere too, what these sources say of it goes. What is not there is passed
        over. Nothing finds them afterwards, and with `scrub` the library's file holds none of their words
        (without, that is left for `scrubbed`); the caches follow when the outbox is drained.
        """
        with self._store.write() as db:
            plan = removal.planned(db, paper_ids, tags, sources)
            texts = removal.remove(db, plan, sources)
            if self._vector_cache:
                self._vector_cache.forget(texts)
        self._cache.clear()
        if scrub:
            self._store.scrub()
        files.sweep(self._store, self.home)
        return len(plan.gone)

    @property
    def scrubbed(self) -> bool:
        """Whether all that was removed is gone from the files; if not it is tried again now."""
        return self._store.scrub()

    def sources(self) -> dict[str, int]:
        """How many papers were read from each source, by its name."""
        with self._store.read() as db:
            return removal.sources(db)

    def update(
        self,
        paper_id: str,
        *,
        tags: Sequence[str] | None = None,
        collections: Sequence[str] | None = None,
        note: str | None = None,
        read: bool | None = None,
    ) -> Paper:
        """The paper with its tags, collections, note or read mark replaced; None leaves a field as it is.

        What the user set here stays when the paper is read again.
        """
        current = self._known_id(paper_id)
        with self._store.write() as db:
            wanted = {"tags": tags, "collections": collections, "note": note, "read": read}
            if organising.changed(db, {current: wanted}) is None:
                raise _not_found(paper_id)
        return self.paper(current)

    def update_all(self, changes: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """The ids of the papers that are now other than before, each given what `update` takes, all in one step.

        Former ids work; those of papers that are gone are passed over.
        """
        now = self._current(changes)
        with self._store.write() as db:
            return organising.changed(db, {now[i]: wanted for i, wanted in changes.items()}) or []

    def decide(self, one: str, other: str, *, same: bool) -> list[str]:
        """The ids that two papers have once it is decided whether they are one; one id if they are.

        The decision is kept: reading the sources again, or making the caches again, does not undo it.
        Either may be a former id, so that what was made one can be parted. An identifier that both
        share makes them one whatever is decided. PaperNotFound when there is no such paper.
        """
        with self._store.write() as db:
            first, second = (decisions.record_named(db, name) for name in (one, other))
            if first is None or second is None:
                raise _not_found(one if first is None else other)
            if first != second:
                intake.decide(db, first, second, same=same)
            query = "SELECT p.id FROM records r JOIN papers p USING(pid) WHERE rid = ?"
            ids = [db.execute(query, (rid,)).fetchone()[0] for rid in (first, second)]
        self._cache.clear()
        return list(dict.fromkeys(ids))

    def kept_apart(self) -> set[frozenset[str]]:
        """The pairs of papers, by their present ids, of which it is decided that they are not one."""
        with self._store.read() as db:
            return decisions.kept_apart(db)

    def remember_file(self, digest: str, path: Path) -> None:
        """Remember where the PDF with this SHA-256 lies; a copy of one that will not stay there is kept in the home."""
        files.remember(self._store, self.home, digest, path)

    # ------------------------------------------------------------------ reading

    def file(self, digest: str) -> tuple[Path | None, str]:
        """The PDF with this SHA-256 if it is there, and where it was read from (empty where that is not known)."""
        return files.place(self._store, self.home, digest)

    def steady(self) -> AbstractContextManager[Steady]:
        """One state of the library, held until the block ends; see `Steady.here`."""
        return self._store.steady()

    def newest(self) -> AbstractContextManager[None]:
        """Reads of this thread are of what is newest until the block ends, whatever state it holds."""
        return self._store.newest()

    @property
    def held(self) -> Steady | None:
        """The state that this thread reads; None when it reads what is newest."""
        return self._store.held

    @property
    def removed_at(self) -> int:
        """The generation of the last removal of papers; 0 when there was none."""
        with self._store.read() as db:
            # A library of an older format that can't be written has no such column.
            return dict(zip(("one", "generation", "scrub", "removed"),
                            db.execute("SELECT * FROM state").fetchone(), strict=False)).get("removed", 0)

    @property
    def generation(self) -> int:
        """A number that moves on every committed change of papers, by any process."""
        with self._store.read() as db:
            return db.execute("SELECT generation FROM state").fetchone()[0]

    def count(self) -> int:
        """How many papers there are."""
        return self._counted("SELECT count(*) FROM papers")

    def dated(self) -> int:
        """How many papers have a year."""
        return self._counted("SELECT count(*) FROM papers WHERE year IS NOT NULL")

    def with_abstract(self) -> int:
        """How many papers have an abstract."""
        # It is cut before the pages.
        return self._counted(
            "SELECT count(*) FROM papers JOIN passages USING(pid) WHERE place = 0 AND field = 'abstract'"
        )

    def with_pages(self) -> int:
        """How many papers have a full text."""
        return self._counted("SELECT count(*) FROM papers WHERE pages_of IS NOT NULL")

    def _counted(self, query: str) -> int:
        """What the query counts. That goes through a whole table or index, so it is done once for a state."""
        with self._store.read() as db:
            generation = db.execute("SELECT generation FROM state").fetchone()[0]
            known = self._counts.get(query)
            if known is None or known[0] != generation:
                known = self._counts[query] = generation, db.execute(query).fetchone()[0]
            return known[1]

    def last(self, count: int) -> list[str]:
        """The ids of the papers that came last, the latest first."""
        with self._store.read() as db:
            return [r[0] for r in db.execute("SELECT id FROM papers ORDER BY pid DESC LIMIT ?", (count,))]

    def titled(self, titles: Iterable[str]) -> list[Paper]:
        """The papers of which a record has one of these titles (as `normalised_title` gives them)."""
        with self._store.read() as db:
            query = (
                "SELECT DISTINCT p.id FROM records r JOIN papers p USING(pid) WHERE r.title IN "
                "(SELECT value FROM json_each(?))"
            )
            found = [r[0] for r in db.execute(query, (json.dumps(list(titles)),))]
        return self.papers(found)

    def ids(self) -> list[str]:
        """Every paper's id, in order of arrival."""
        with self._store.read() as db:
            return [r[0] for r in db.execute("SELECT id FROM papers ORDER BY pid")]

    def present_ids(self, paper_ids: Iterable[str]) -> list[str]:
        """The ids that these papers have now, in order, each once; former ids work too. PaperNotFound for any other."""
        asked = list(dict.fromkeys(paper_ids))
        with self._store.read() as db:
            now = dict(db.execute(
                "SELECT id, id FROM papers WHERE id IN (SELECT value FROM json_each(?1)) UNION ALL "
                "SELECT alias, id FROM aliases JOIN papers USING(pid) WHERE alias IN (SELECT value FROM json_each(?1))",
                (json.dumps(asked),),
            ).fetchall())
        for paper_id in asked:
            if paper_id not in now:
                raise _not_found(paper_id)
        return list(dict.fromkeys(now[paper_id] for paper_id in asked))

    def papers(self, paper_ids: Iterable[str] | None = None, *, keep: bool = True) -> list[Paper]:
        """The papers without their pages (`paper` has those), in order of arrival.

        With `paper_ids`, those of them that are here; former ids work too. They are kept in memory for the next
        time, the first fifty thousand, unless `keep` is false: for one who goes through a whole library.
        """
        query = "SELECT pid, changed FROM papers ORDER BY pid"
        values: tuple[str, ...] = ()
        if paper_ids is not None:
            wanted = json.dumps(list(self._current(paper_ids).values()))
            query = "SELECT pid, changed FROM papers WHERE id IN (SELECT value FROM json_each(?)) ORDER BY pid"
            values = (wanted,)
        with self._store.read() as db:
            rows = db.execute(query, values).fetchall()
            found = {pid: hit[1] for pid, changed in rows if (hit := self._cache.get(pid)) and hit[0] == changed}
            lacking = [pid for pid, _ in rows if pid not in found]
            for pid, changed, data in db.execute(
                "SELECT pid, changed, data FROM papers WHERE pid IN (SELECT value FROM json_each(?))",
                (json.dumps(lacking),),
            ):
                found[pid] = records.unpacked(data)
                if keep and len(self._cache) < _CACHED:
                    self._cache[pid] = (changed, found[pid])
        return [found[pid] for pid, _ in rows]

    def whole(self, paper_ids: Iterable[str]) -> list[Paper]:
        """Those of the papers that are here, with their pages, in order of arrival; former ids work too."""
        found = {paper.id: paper for paper in self.papers(paper_ids)}
        with self._store.read() as db:
            query = "SELECT id, pages_of FROM papers WHERE id IN (SELECT value FROM json_each(?))"
            for paper_id, rid in db.execute(query, (json.dumps(list(found)),)).fetchall():
                found[paper_id] = replace(found[paper_id], pages=records.pages_of(db, rid))
        return list(found.values())

    def paper(self, paper_id: str) -> Paper:
        """One paper, whole, by its id or a former one. PaperNotFound when there is none."""
        current = self._known_id(paper_id)
        with self._store.read() as db:
            row = db.execute("SELECT data, pages_of FROM papers WHERE id = ?", (current,)).fetchone()
            if row is None:
                raise _not_found(paper_id)
            return records.unpacked(row[0], records.pages_of(db, row[1]))

    def records_of(self, paper_id: str) -> list[Paper]:
        """What was read, record by record, and became this paper; the origin of each of its fields."""
        with self._store.read() as db:
            row = db.execute("SELECT pid FROM papers WHERE id = ?", (self._known_id(paper_id),)).fetchone()
            if row is None:
                raise _not_found(paper_id)
            return intake.records_of(db, row[0])

    def former_ids(self, paper_id: str) -> list[str]:
        """The other ids that lead to this paper, sorted: of its records, and those it had before."""
        with self._store.read() as db:
            query = "SELECT alias FROM aliases JOIN papers USING(pid) WHERE id = ? ORDER BY alias"
            return [row[0] for row in db.execute(query, (self._known_id(paper_id),))]

    def without_text(self, paper_ids: Iterable[str]) -> list[str]:
        """The titles of those papers that have neither abstract nor pages, in order of arrival."""
        with self._store.read() as db:
            rows = db.execute(
                "SELECT data FROM papers p WHERE id IN (SELECT value FROM json_each(?)) AND NOT EXISTS "
                "(SELECT 1 FROM passages WHERE pid = p.pid AND field <> 'title') ORDER BY pid",
                (json.dumps(list(paper_ids)),),
            ).fetchall()
        return [records.unpacked(r[0]).title for r in rows]

    def matching(self, filters: Filters) -> list[str]:
        """The ids of the papers that pass, in order of arrival; exactly those that `filters.allows`."""
        with self._store.read() as db:
            clause, values = limits.passing(db, filters)
            # Ordered by `+pid`, SQLite takes an index on what is limited; by `pid`, it goes through every paper.
            return [r[0] for r in db.execute(f"SELECT id FROM papers {clause} ORDER BY +pid", values)]

    def venues(self) -> list[str]:
        """The names of the venues that papers are in, long and short; some twice."""
        with self._store.read() as db:
            return limits.venues(db)

    def any_matching(self, filters: Filters) -> bool:
        """Whether any paper passes."""
        with self._store.read() as db:
            clause, values = limits.passing(db, filters)
            return db.execute(f"SELECT 1 FROM papers {clause} LIMIT 1", values).fetchone() is not None

    def arrivals_passing(self, filters: Filters) -> np.ndarray:
        """The same papers by what orders them, ascending: of a million as well as of ten."""
        import numpy as np

        with self._store.read() as db:
            clause, values = limits.passing(db, filters)
            joined = db.execute(f"SELECT group_concat(pid, ' ') FROM papers {clause}", values).fetchone()[0]
        return np.sort(np.fromstring(joined, np.int64, sep=" ")) if joined else np.zeros(0, np.int64)

    def arrivals(self, paper_ids: Iterable[str]) -> dict[str, int]:
        """What orders these papers as they arrived; ids that no paper has now are left out."""
        with self._store.read() as db:
            query = "SELECT id, pid FROM papers WHERE id IN (SELECT value FROM json_each(?))"
            return dict(db.execute(query, (json.dumps(list(paper_ids)),)).fetchall())

    def passages(self, paper_ids: Iterable[str] | None = None) -> list[Passage]:
        """The passages, paper by paper in order of arrival, each paper's in reading order."""
        return self.passages_of(self.papers(paper_ids))

    def passages_of(self, held: Iterable[Paper]) -> list[Passage]:
        """The passages of these papers, as `papers` gave them, in the same order."""
        with self._store.read() as db:
            return records.passages_of(db, {p.id: p for p in held})

    def _known_id(self, paper_id: str) -> str:
        if re.search(_LONE, paper_id):
            raise _not_found(paper_id)
        return next(iter(self._current([paper_id]).values()))

    def _current(self, paper_ids: Iterable[str]) -> dict[str, str]:
        """Each id to the one the paper has now; an id that was never known stays as it is."""
        wanted = list(dict.fromkeys(paper_ids))
        with self._store.read() as db:
            rows = dict(
                db.execute(
                    "SELECT alias, p.id FROM aliases JOIN papers p USING(pid) "
                    "WHERE alias IN (SELECT value FROM json_each(?))",
                    (json.dumps(wanted),),
                ).fetchall()
            )
        return {i: rows.get(i, i) for i in wanted}

    # ------------------------------------------------------------------ for the caches

    def meta(self, key: str) -> str | None:
        """The value kept under `key`, or None."""
        with self._store.read() as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep `value` under `key`."""
        with self._store.write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, value))

    def vectors(self, fingerprint: str, hashes: Iterable[str]) -> dict[str, bytes]:
        """The vectors known for these content hashes, as this embedder made them."""
        with self._store.read() as db:
            return outbox.vectors(db, fingerprint, hashes)

    def put_vectors(
        self, fingerprint: str, vectors: Mapping[str, bytes], paper_ids: Mapping[str, str] | None = None
    ) -> None:
        """Keep vectors by content hash; `paper_ids` says whose text each is, so that it goes with the paper.

        A vector whose paper was removed meanwhile is not kept.
        """
        if not vectors:
            return
        with self._store.write() as db:
            kept = outbox.put_vectors(db, fingerprint, vectors, paper_ids or {})
            if self._vector_cache:
                # While nothing can be removed, so that nothing removed is put back.
                self._vector_cache.put(fingerprint, kept)

    def adopted_vectors(self, fingerprint: str, paper_ids: Mapping[str, str]) -> dict[str, bytes]:
        """The vectors of these content hashes that another library had made, kept from now on in this one too.

        `paper_ids` says whose text each is, as in `put_vectors`.
        """
        if not self._vector_cache or not (found := self._vector_cache.get(fingerprint, paper_ids)):
            return {}
        with self._store.write() as db:
            outbox.put_vectors(db, fingerprint, found, paper_ids)
        return found

    def pending(self, *, after: int = 0, limit: int = -1) -> list[OutboxItem]:
        """What the caches still have to do, oldest first; from beyond message `after`, at most `limit`."""
        with self._store.read() as db:
            return outbox.pending(db, after, limit)

    def waiting(self, most: int = -1) -> int:
        """How many papers wait for the caches; where `most` is given, no more than these are counted."""
        with self._store.read() as db:
            # A paper has one message at most; to tell papers apart would hold up a search while many are read.
            if most < 0:
                return int(db.execute("SELECT count(*) FROM outbox").fetchone()[0])
            return int(db.execute("SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT ?)", (most,)).fetchone()[0])

    def settle(
        self, seqs: Iterable[int] = (), *, upto: int = 0, paper_ids: Iterable[str] | None = None
    ) -> None:
        """Strike messages off the outbox: these, and all up to one (of these papers alone, where they are given).

        Those that are gone already are passed over.
        """
        seqs = list(seqs)
        if seqs or upto:
            with self._store.write() as db:
                outbox.settle(db, seqs, upto, paper_ids)

    def requeue(self) -> int:
        """How many papers there are, all of them now waiting to be indexed anew."""
        with self._store.write() as db:
            outbox.refill(db)
        return self.count()

    def damage(self) -> list[str]:
        """What SQLite's own check finds wrong with the file; empty when it is sound."""
        return self._store.damage()

    def copy_to(self, path: Path) -> None:
        """A whole copy of the library file as it stands, taken while others may read and write."""
        self._store.copy_to(path)


def _not_found(paper_id: str) -> PaperNotFound:
    # What no text holds can't be printed either.
    paper_id = ascii(paper_id)[1:-1] if re.search(_LONE, paper_id) else paper_id
    return PaperNotFound(f"No paper in the library has the id '{paper_id}'. `litassist papers list` shows the ids.")
