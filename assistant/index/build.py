"""One folder of caches: words, vectors in Chroma, their compact copy, and what of them is committed."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .neighbours import Neighbours
from .vectors import VectorCopy
from .words import Words

_TABLES = """
CREATE TABLE IF NOT EXISTS papers(
    number INTEGER PRIMARY KEY AUTOINCREMENT, paper_id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,
    passages INTEGER, sentences INTEGER  -- rows of the copy; NULL until they are there
);
CREATE TABLE IF NOT EXISTS state(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Build:
    """One folder of caches, and what is committed in it."""

    def __init__(self, folder: Path, chroma_url: str | None) -> None:
        self.folder = folder
        # On a server several libraries may live side by side; a folder of its own may be moved or copied.
        home = hashlib.sha256(str(folder.parent.absolute()).encode()).hexdigest()[:12]
        name = f"passages-{home}-{folder.name}" if chroma_url else "passages"
        self.neighbours = Neighbours(folder / "chroma", name, chroma_url)
        self._words: Words | None = None

    @property
    def words(self) -> Words:
        if self._words is None:
            self._words = Words(self.folder / "words")
        return self._words

    def create(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(self._db()) as db:
            db.executescript("PRAGMA journal_mode=WAL;" + _TABLES)

    def clear(self) -> None:
        self.close()
        self.neighbours.drop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        self.neighbours.close()
        self._words = None

    def reload(self) -> None:
        self.words.reload()
        self.neighbours.reload()

    def copy(self, dimension: int | None = None) -> VectorCopy:
        return VectorCopy(self.folder, dimension or int(self.said("dimension") or 0), int(self.said("rows") or 0))

    def numbers(self) -> dict[str, int]:
        return {name: number for name, (number, _) in self.known(None).items()}

    def known(self, names: Sequence[str] | None) -> dict[str, tuple[int, str]]:
        """Number and digest of each of these papers that has its words here (None: of all)."""
        found = self._select("SELECT paper_id, number, digest FROM papers", names)
        return {name: (number, digest) for name, number, digest in found}

    def waiting(self, names: Sequence[str]) -> dict[str, int]:
        """The numbers of those of the papers whose vectors are still to come."""
        return {n: number for n, number, done in self._select("SELECT paper_id, number, passages FROM papers", names)
                if done is None}

    def counted(self) -> dict[int, int]:
        """How many passages of each paper, by number, have their vectors here."""
        with contextlib.closing(self._db()) as db:
            return dict(db.execute("SELECT number, passages FROM papers WHERE passages IS NOT NULL"))

    def said(self, key: str) -> str | None:
        with contextlib.closing(self._db()) as db:
            row = db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def empty(self) -> bool:
        with contextlib.closing(self._db()) as db:
            return db.execute("SELECT 1 FROM papers").fetchone() is None

    def version(self) -> str:
        return self.said("version") or "0"

    def left(self) -> list[tuple[int, int]]:
        """Number and count of the passages that Chroma has still to forget."""
        with contextlib.closing(self._db()) as db:
            rows = db.execute("SELECT key, value FROM state WHERE key LIKE 'left:%'").fetchall()
        return [(int(key.split(":")[1]), int(value)) for key, value in rows]

    def leave(self, db: sqlite3.Connection, number: int, passages: int) -> None:
        if passages:
            self.say(db, f"left:{number}", passages)

    @staticmethod
    def say(db: sqlite3.Connection, key: str, value: object) -> None:
        db.execute("INSERT OR REPLACE INTO state VALUES(?, ?)", (key, str(value)))

    @staticmethod
    def first_free(db: sqlite3.Connection) -> int:
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'papers'").fetchone()
        return (row[0] if row else 0) + 1

    @contextlib.contextmanager
    def step(self) -> Iterator[sqlite3.Connection]:
        """A transaction that moves the version."""
        with contextlib.closing(self._db()) as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            row = db.execute("SELECT value FROM state WHERE key = 'version'").fetchone()
            self.say(db, "version", int(row[0] if row else 0) + 1)
            db.execute("COMMIT")

    def _select(self, query: str, names: Sequence[str] | None) -> list[Any]:
        with contextlib.closing(self._db()) as db:
            if names is None:
                return db.execute(query).fetchall()
            found = []
            for start in range(0, len(names), 500):
                part = names[start : start + 500]
                marks = ",".join("?" * len(part))
                found += db.execute(f"{query} WHERE paper_id IN ({marks})", tuple(part)).fetchall()
            return found

    def _db(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "index.db", timeout=30, isolation_level=None)
