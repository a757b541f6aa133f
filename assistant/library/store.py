"""The SQLite file under a library: its tables, its connections, and its failures in plain words.

One file, `library.db`, in WAL mode: many readers and one writer at a time, over threads and
processes. Deleted content is overwritten (`secure_delete`); `scrub` also empties the journal.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import LibraryBusy, LibraryError, LibraryTooNew

FILE = "library.db"
SCHEMA = 2
_APPLICATION = 0x4C495441  # "LITA": tells a library from any other SQLite file
_BUSY_S = 30.0

_DECISIONS = """
-- What the user decided about two works, each named by the own id of one of its records.
CREATE TABLE decisions(
    one TEXT NOT NULL, other TEXT NOT NULL, same INTEGER NOT NULL,
    PRIMARY KEY(one, other)
) WITHOUT ROWID;
CREATE INDEX decisions_other ON decisions(other)
"""
_CHANGES: dict[int, str] = {2: _DECISIONS}
"""What each version of the format added to the one before."""
_TABLES = f"""
CREATE TABLE papers(
    pid INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of arrival
    id TEXT NOT NULL UNIQUE,
    data TEXT NOT NULL,                     -- the paper as JSON, pages left out
    own TEXT NOT NULL DEFAULT '',           -- what the user changed: tags, collections, note
    year INTEGER,
    changed INTEGER NOT NULL,               -- the generation of its last change
    pages_of INTEGER                        -- the record whose pages are its full text
);
-- What was read, one row per distinct record; a paper is merged from its records.
CREATE TABLE records(
    rid INTEGER PRIMARY KEY AUTOINCREMENT,
    pid INTEGER NOT NULL REFERENCES papers(pid) DEFERRABLE INITIALLY DEFERRED,
    hash BLOB NOT NULL UNIQUE,
    title TEXT NOT NULL, author TEXT NOT NULL, year INTEGER,
    own_id TEXT NOT NULL, arxiv TEXT, doi TEXT, pmid TEXT,
    data TEXT                               -- NULL while the paper's data is the record, word for word
);
CREATE INDEX records_pid ON records(pid);
CREATE INDEX records_title ON records(title);
CREATE INDEX records_own_id ON records(own_id);
CREATE INDEX records_arxiv ON records(arxiv) WHERE arxiv IS NOT NULL;
CREATE INDEX records_doi ON records(doi) WHERE doi IS NOT NULL;
CREATE INDEX records_pmid ON records(pmid) WHERE pmid IS NOT NULL;
CREATE TABLE appearances(
    rid INTEGER NOT NULL REFERENCES records(rid) ON DELETE CASCADE,
    source TEXT NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY(rid, source, position)
) WITHOUT ROWID;
CREATE TABLE pages(
    rid INTEGER NOT NULL REFERENCES records(rid) ON DELETE CASCADE,
    number INTEGER NOT NULL, text TEXT NOT NULL, raw TEXT,
    place INTEGER NOT NULL,
    PRIMARY KEY(rid, place)
);
CREATE TABLE passages(
    pid INTEGER NOT NULL REFERENCES papers(pid) ON DELETE CASCADE,
    place INTEGER NOT NULL, field TEXT NOT NULL, page INTEGER, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY(pid, place)
) WITHOUT ROWID;
CREATE TABLE facets(
    kind TEXT NOT NULL, value TEXT NOT NULL, pid INTEGER NOT NULL REFERENCES papers(pid) ON DELETE CASCADE,
    PRIMARY KEY(kind, value, pid)
) WITHOUT ROWID;
CREATE INDEX facets_pid ON facets(pid);
CREATE TABLE aliases(
    alias TEXT PRIMARY KEY, pid INTEGER NOT NULL REFERENCES papers(pid) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX aliases_pid ON aliases(pid);
CREATE TABLE vectors(
    fingerprint TEXT NOT NULL, hash TEXT NOT NULL, vector BLOB NOT NULL, paper_id TEXT,
    PRIMARY KEY(fingerprint, hash)
);
CREATE INDEX vectors_paper ON vectors(paper_id);
CREATE TABLE outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, paper_id TEXT NOT NULL, action TEXT NOT NULL);
CREATE INDEX outbox_paper ON outbox(paper_id);
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE state(one INTEGER PRIMARY KEY CHECK(one = 1), generation INTEGER NOT NULL, scrub INTEGER NOT NULL);
INSERT INTO state VALUES(1, 0, 0);
CREATE TABLE conversations(
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL
);
CREATE TABLE turns(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    question TEXT NOT NULL, answer TEXT, asked_at REAL NOT NULL
);
CREATE INDEX turns_conversation ON turns(conversation);
CREATE TABLE cited(
    turn INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE, paper_id TEXT NOT NULL,
    PRIMARY KEY(paper_id, turn)
) WITHOUT ROWID;
CREATE INDEX cited_turn ON cited(turn);
{_DECISIONS.strip()};
"""


class Store:
    """Connections to one library file. Threads borrow them; one thread at a time writes."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The library folder {home} can't be made ({error.strerror}). "
                "Nothing was changed; choose another folder."
            ) from error
        with self.plainly():
            db = self._connection()
        try:
            with self.plainly():
                self._prepare(db)
        except LibraryError:
            db.close()
            raise
        self._idle.append(db)

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the library until the block ends."""
        with self.plainly(), self._borrowed() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a write transaction: committed when the block ends, undone if it fails."""
        with self.plainly(), self._writing, self._borrowed() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def scrub(self) -> bool:
        """Whether what was removed is now gone from the files too; False leaves it for a later call.

        The file is written anew and the journal emptied, which waits for readers of an older state.
        """
        with self.read() as db:
            if not db.execute("SELECT scrub FROM state").fetchone()[0]:
                return True
        try:
            with self.plainly(), self._writing, self._borrowed() as db:
                db.execute("VACUUM")
                busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if not busy:
                    db.execute("UPDATE state SET scrub = 0")
                return not busy
        except LibraryBusy:
            return False

    def damage(self) -> list[str]:
        """What SQLite's own check finds wrong with the file; empty when it is sound."""
        with self.read() as db:
            rows = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
            rows += [f"a row of {r[0]} points at nothing" for r in db.execute("PRAGMA foreign_key_check")]
        return [row for row in rows if row != "ok"]

    def copy_to(self, path: Path) -> None:
        """A whole copy of the file as it stands, taken while others may read and write."""
        with self.plainly(), self._borrowed() as db:
            target = sqlite3.connect(path)
            try:
                db.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
            finally:
                target.close()

    def close(self) -> None:
        """Close the idle connections; those in use close when they come back."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    # ------------------------------------------------------------------ connections

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            if self._closed:
                raise LibraryError("The library was closed; open it again.")
            db = self._idle.pop() if self._idle else None
        db = db or self._connection()
        try:
            yield db
        finally:
            with self._guard:
                keep = not self._closed and len(self._idle) < 8
                if keep:
                    self._idle.append(db)
            if not keep:
                db.close()

    def _connection(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA foreign_keys=ON")
        db.execute("PRAGMA secure_delete=ON")
        # An acknowledged paper survives a power cut, so every commit reaches the disk.
        db.execute("PRAGMA synchronous=FULL")
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise LibraryTooNew(
                f"The library in {self.path.parent} was written by a newer version of this program "
                f"(its format is {version}, this version reads {SCHEMA}). Nothing was changed; update to open it."
            )
        if version == 0:
            foreign = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if foreign and db.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
                raise LibraryError(
                    f"{self.path} is a database of another program. Nothing was changed; choose another folder."
                )
            self._into_wal(db)
            db.execute("BEGIN IMMEDIATE")
            # Another process may have made the tables while this one waited.
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _TABLES.split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA application_id={_APPLICATION}")
                db.execute(f"PRAGMA user_version={SCHEMA}")
            db.execute("COMMIT")
        elif db.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
            raise LibraryError(
                f"{self.path} is a database of another program. Nothing was changed; choose another folder."
            )
        elif version < SCHEMA:
            self._bring_up(db)

    def _bring_up(self, db: sqlite3.Connection) -> None:
        """Bring an older library up to this format; one that can't be written is read as it is."""
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                return
            raise
        try:
            # Another process may have done it while this one waited.
            for version in range(db.execute("PRAGMA user_version").fetchone()[0] + 1, SCHEMA + 1):
                for statement in _CHANGES[version].split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={version}")
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
                raise
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    def _into_wal(self, db: sqlite3.Connection) -> None:
        # Changing the journal ignores the busy timeout, so two first starts at once need a retry.
        until = time.monotonic() + _BUSY_S
        while True:
            try:
                db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.02)

    @contextlib.contextmanager
    def plainly(self) -> Iterator[None]:
        """Turns SQLite's failures inside the block into sentences for a researcher."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", None)
            if code is None or code & 0xFF not in _PLAIN:
                raise LibraryError(
                    f"The library in {self.path.parent} could not be used ({error}). "
                    "What was stored before is unharmed."
                ) from error
            kind, sentence = _PLAIN[code & 0xFF]
            raise kind(sentence.format(file=self.path, home=self.path.parent)) from error


_READ_ONLY = (
    "The library in {home} can't be written: the folder or the file is read-only. What is stored is unharmed; "
    "allow writing there, or choose another folder."
)
_DAMAGED = (
    "{file} is damaged or is not a library. It was left as it is. Restore a backup, or move the file away and "
    "ingest your papers again."
)
_PLAIN: dict[int, tuple[type[LibraryError], str]] = {
    sqlite3.SQLITE_BUSY: (
        LibraryBusy,
        "Another program is writing to the library in {home}. Nothing was lost; try again in a moment.",
    ),
    sqlite3.SQLITE_READONLY: (LibraryError, _READ_ONLY),
    sqlite3.SQLITE_PERM: (LibraryError, _READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: (
        LibraryError,
        "The library file {file} can't be opened: check that the folder is there and may be written. "
        "Nothing was changed.",
    ),
    sqlite3.SQLITE_FULL: (
        LibraryError,
        "The disk that holds {home} is full. What was stored before is unharmed; free some space and run "
        "the same again.",
    ),
    sqlite3.SQLITE_IOERR: (
        LibraryError,
        "The disk that holds {home} failed to read or write. What was stored before is unharmed as far as the disk "
        "is; check it and try again.",
    ),
    sqlite3.SQLITE_CORRUPT: (LibraryError, _DAMAGED),
    sqlite3.SQLITE_NOTADB: (LibraryError, _DAMAGED),
}
