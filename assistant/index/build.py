"""One folder of caches: words, vectors in Chroma, their compact copy, and what of them is committed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import SearchIndexError
from . import lexicon
from .neighbours import Neighbours
from .vectors import VectorCopy
from .words import Words

LAYOUT = 5
"""The layout of these files. Those of another layout are made again from the library."""
_TRIES = 20
_TABLES = f"""
CREATE TABLE IF NOT EXISTS papers(
    number INTEGER PRIMARY KEY AUTOINCREMENT, paper_id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,
    arrival INTEGER NOT NULL, year INTEGER NOT NULL,
    passages INTEGER, sentences INTEGER  -- rows of the copy; NULL until they are there
);
CREATE INDEX IF NOT EXISTS papers_waiting ON papers(number) WHERE passages IS NULL OR sentences IS NULL;
CREATE TABLE IF NOT EXISTS gone(number INTEGER PRIMARY KEY, version INTEGER NOT NULL, paper_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS gone_version ON gone(version);
CREATE TABLE IF NOT EXISTS state(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{lexicon.LEXICON};
PRAGMA user_version = {LAYOUT};
"""


class OtherLayout(SearchIndexError):
    """The files are of another layout."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is committed of a paper's words, and how many passages have their vectors (None: to come)."""

    number: int
    digest: str
    arrival: int
    passages: int | None


class Build:
    """One folder of caches, and what is committed in it."""

    def __init__(self, folder: Path, chroma_url: str | None) -> None:
        self.folder = folder
        # On a server several libraries may live side by side; a folder of its own may be moved or copied.
        home = hashlib.sha256(str(folder.parent.absolute()).encode()).hexdigest()[:12]
        name = f"passages-{home}-{folder.name}" if chroma_url else "passages"
        self._chroma = Neighbours(folder / "chroma", name, chroma_url)
        self._words: Words | None = None
        self._idle: list[sqlite3.Connection] = []

    @property
    def words(self) -> Words:
        if self._words is None:
            self._words = Words(self.folder / "words")
        return self._words

    @property
    def neighbours(self) -> Neighbours:
        """Chroma, where it is now: whoever empties it begins another folder, since other processes may still hold
        the files of this one open."""
        if not self._chroma.remote and (name := self.said("folder") or "chroma") != self._chroma.folder.name:
            self._chroma.close()
            self._chroma = Neighbours(self.folder / name, self._chroma.name)
        return self._chroma

    def create(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(self._db()) as db:
            there = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'papers'").fetchone()[0]
            if not there:
                db.executescript("PRAGMA journal_mode=WAL;" + _TABLES)
            elif db.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
                raise OtherLayout("It was made by another version of this program; rebuild the index.")

    def clear(self) -> None:
        self.close()
        self._chroma.drop()
        for _ in range(_TRIES):
            # Words that are still being merged may come into the folder while it goes.
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.1)

    def close(self) -> None:
        self._chroma.close()
        if self._words is not None:
            self._words.close()
        self._words = None
        while self._idle:
            self._idle.pop().close()

    def reload(self) -> None:
        self.words.reload()
        self.neighbours.reload()

    def rows_of_papers(self) -> int:
        """How many of the copy's rows are of papers that are there."""
        with self.reading() as db:
            query = "SELECT coalesce(sum(passages), 0) + coalesce(sum(sentences), 0) FROM papers"
            return int(db.execute(query).fetchone()[0])

    def copy(self, dimension: int | None = None) -> VectorCopy:
        with self.reading() as db:
            wanted = "('dimension', 'rows', 'scanned', 'coded')"
            said = dict(db.execute(f"SELECT key, value FROM state WHERE key IN {wanted}"))
        return VectorCopy(
            self.folder, dimension or int(said.get("dimension", 0)), int(said.get("rows", 0)),
            int(said.get("scanned", 0)), int(said.get("coded", 0)),
        )

    def known(self, names: Sequence[str] | None) -> dict[str, Known]:
        """What is known of each of these papers that has its words here (None: of all)."""
        found = self._select("SELECT paper_id, number, digest, arrival, passages FROM papers", names)
        return {name: Known(*rest) for name, *rest in found}

    def names(self, numbers: Sequence[int]) -> dict[int, str]:
        """The papers of these numbers, and of those that had them: a view may be older than what is written."""
        with self.reading() as db:
            return dict(db.execute(
                "SELECT number, paper_id FROM gone WHERE number IN (SELECT value FROM json_each(?1)) UNION ALL "
                "SELECT number, paper_id FROM papers WHERE number IN (SELECT value FROM json_each(?1))",
                (json.dumps(list(numbers)),),
            ))

    def numbers(self, names: Sequence[str]) -> dict[str, int]:
        """The number of each of these papers that is here."""
        return dict(self._select("SELECT paper_id, number FROM papers", names))

    def next_waiting(self, what: str, count: int) -> dict[str, int]:
        """The first papers, in order of their numbers, whose vectors (of `passages` or `sentences`) are to come.

        Sentences are made for papers that have their passages.
        """
        first = "AND passages IS NOT NULL " if what == "sentences" else ""
        with self.reading() as db:
            return dict(db.execute(
                "SELECT paper_id, number FROM papers WHERE (passages IS NULL OR sentences IS NULL) "
                f"AND {what} IS NULL {first}ORDER BY number LIMIT ?", (count,),
            ))

    def count_waiting(self, what: str) -> int:
        """How many papers' vectors (of `passages` or `sentences`) are to come."""
        with self.reading() as db:
            query = f"SELECT count(*) FROM papers WHERE (passages IS NULL OR sentences IS NULL) AND {what} IS NULL"
            return int(db.execute(query).fetchone()[0])

    def count_papers(self) -> tuple[int, int]:
        """How many papers have their words here, and of how many of these vectors are to come."""
        with self.reading() as db:
            lacking = "SELECT count(*) FROM papers WHERE passages IS NULL OR sentences IS NULL"
            return tuple(db.execute(f"SELECT (SELECT count(*) FROM papers), ({lacking})").fetchone())

    def waiting(self, names: Sequence[str], what: str = "passages") -> dict[str, int]:
        """The numbers of those of the papers whose vectors (of `passages` or `sentences`) are still to come."""
        return {n: number for n, number, done in self._select(f"SELECT paper_id, number, {what} FROM papers", names)
                if done is None}

    def counted(self) -> dict[int, int]:
        """How many passages of each paper, by number, have their vectors here."""
        with self.reading() as db:
            return dict(db.execute("SELECT number, passages FROM papers WHERE passages IS NOT NULL"))

    def said(self, key: str) -> str | None:
        with self.reading() as db:
            return self._said(db, key)

    def empty(self) -> bool:
        with self.reading() as db:
            return db.execute("SELECT 1 FROM papers").fetchone() is None

    def version(self) -> str:
        return self.said("version") or "0"

    def behind(self) -> int | None:
        """How many of the copy's passages have been put into Chroma where it is being filled anew; else None."""
        said = self.said("chroma")
        return None if said is None else int(said)

    def empty_chroma(self) -> None:
        """Take all out of an embedded Chroma; it is behind then, by all passages. What lay there before goes."""
        with self.step() as db:
            self.say(db, "chroma", 0)
            self.say(db, "folder", f"chroma-{int((self._said(db, 'folder') or '-0').rpartition('-')[2]) + 1}")
            db.execute("DELETE FROM state WHERE key >= 'left:' AND key < 'left;'")
        here = self.neighbours.folder  # and so what was open there is closed
        for folder in self.folder.glob("chroma*"):
            if folder != here:
                shutil.rmtree(folder, ignore_errors=True)

    def gone(self) -> list[int]:
        """The numbers of papers that went since the files were last cleared of such."""
        with self.reading() as db:
            cleared = int(self._said(db, "cleared") or 0)
            return [n for (n,) in db.execute("SELECT number FROM gone WHERE version > ? ORDER BY number", (cleared,))]

    def cleared(self, removed_at: int) -> bool:
        """Whether index.db is free of papers that are gone, and says that all the files are: of every removal up to
        this generation. Not while a reader holds an older state."""
        with self.step() as db:
            db.execute("UPDATE gone SET paper_id = '' WHERE paper_id NOT IN (SELECT paper_id FROM papers)")
        with contextlib.closing(self._db()) as db:
            db.execute("VACUUM")
            if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                return False
        with self.step() as db:
            version = db.execute("SELECT coalesce(max(version), 0) FROM gone").fetchone()[0]
            self.say(db, "cleared", version)
            self.say(db, "removed", removed_at)
        return True

    def left(self) -> list[tuple[int, int]]:
        """Number and count of the passages that Chroma has still to forget."""
        with self.reading() as db:
            rows = db.execute("SELECT key, value FROM state WHERE key >= 'left:' AND key < 'left;'").fetchall()
        return [(int(key.split(":")[1]), int(value)) for key, value in rows]

    def forget(self, db: sqlite3.Connection, names: Sequence[str]) -> None:
        """Take papers out, with their words, and note what Chroma has still to forget of them. Their rows stay in the
        copy, unseen."""
        version = int(self._said(db, "version") or 0) + 1
        for name in names:
            number, passages = db.execute("SELECT number, passages FROM papers WHERE paper_id = ?", (name,)).fetchone()
            if passages:
                self.say(db, f"left:{number}", passages)
            db.execute("DELETE FROM papers WHERE number = ?", (number,))
            db.execute("INSERT OR REPLACE INTO gone VALUES(?, ?, ?)", (number, version, name))
            lexicon.forgotten(db, [number])

    @staticmethod
    def say(db: sqlite3.Connection, key: str, value: object) -> None:
        db.execute("INSERT OR REPLACE INTO state VALUES(?, ?)", (key, str(value)))

    @staticmethod
    def first_free(db: sqlite3.Connection) -> int:
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'papers'").fetchone()
        return (row[0] if row else 0) + 1

    def note(self, key: str, value: object | None) -> None:
        """Put down (or with None strike) what no reader's view rests on: the version stays."""
        with contextlib.closing(self._db()) as db:
            db.execute("BEGIN IMMEDIATE")
            if value is None:
                db.execute("DELETE FROM state WHERE key = ?", (key,))
            else:
                self.say(db, key, value)
            db.execute("COMMIT")

    def damage(self) -> list[str]:
        """What SQLite's own check finds wrong with index.db."""
        with self.reading() as db:
            return [row[0] for row in db.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]

    def next_number(self) -> int:
        with self.reading() as db:
            return self.first_free(db)

    @contextlib.contextmanager
    def step(self) -> Iterator[sqlite3.Connection]:
        """A transaction that moves the version."""
        with contextlib.closing(self._db()) as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            self.say(db, "version", int(self._said(db, "version") or 0) + 1)
            db.execute("COMMIT")

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state until the block ends."""
        try:
            db = self._idle.pop()
        except IndexError:
            if not self.folder.is_dir():
                raise SearchIndexError("The index was made anew at this very moment; ask again.") from None
            db = self._db()
        with contextlib.ExitStack() as failing:
            failing.callback(db.close)
            db.execute("BEGIN")
            yield db
            db.execute("ROLLBACK")
            failing.pop_all()
        self._idle.append(db)

    @staticmethod
    def _said(db: sqlite3.Connection, key: str) -> str | None:
        row = db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def _select(self, query: str, names: Sequence[str] | None) -> list[Any]:
        with self.reading() as db:
            if names is None:
                return db.execute(query).fetchall()
            found = []
            for start in range(0, len(names), 500):
                part = names[start : start + 500]
                marks = ",".join("?" * len(part))
                found += db.execute(f"{query} WHERE paper_id IN ({marks})", tuple(part)).fetchall()
            return found

    def _db(self) -> sqlite3.Connection:
        path = self.folder / "index.db"
        journal = path.with_name("index.db-wal")
        place: str | Path = path
        # On a read-only disk the journal can't be made that a reader wants too; without one the file is whole.
        still = path.is_file() and not os.access(self.folder, os.W_OK) and not journal.exists()
        if still:
            place = f"{path.absolute().as_uri()}?immutable=1"
        db = sqlite3.connect(place, timeout=30, isolation_level=None, check_same_thread=False, uri=still)
        db.execute("PRAGMA secure_delete=ON")
        return db
