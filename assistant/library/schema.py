"""The format of a library file: its tables, and how an older file is brought up to them.

Before an older library is changed, a copy of it is laid beside it. A newer one is left alone.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import LibraryError, LibraryTooNew
from .failures import code_of

SCHEMA = 5
"""The version of the format. A new table, column or field of a paper is a new version: see `_CHANGES`."""
BUSY_S = 30.0
_APPLICATION = 0x4C495441  # "LITA": tells a library from any other SQLite file

_DECISIONS = """
-- What the user decided about two works, each named by the own id of one of its records.
CREATE TABLE decisions(
    one TEXT NOT NULL, other TEXT NOT NULL, same INTEGER NOT NULL,
    PRIMARY KEY(one, other)
) WITHOUT ROWID;
CREATE INDEX decisions_other ON decisions(other)
"""
_REMOVED = "ALTER TABLE state ADD COLUMN removed INTEGER NOT NULL DEFAULT 0"
_FILES = """
-- Where the PDFs were last seen that papers were read from; an empty path: a copy lies in the home.
CREATE TABLE files(
    digest TEXT PRIMARY KEY, path TEXT NOT NULL
) WITHOUT ROWID
"""
_MORE = "ALTER TABLE pages ADD COLUMN more TEXT"  # a page's headings and references, as JSON
# A row that a failing disk damaged must not keep others from being read, or itself from being removed.
_VENUE, _VENUE_SHORT = (
    f"CASE WHEN json_valid(data) THEN json_extract(data, '$.{name}') END" for name in ("venue", "venue_short")
)
VENUES = (_VENUE, _VENUE_SHORT)
"""The names of a paper's venue as SQL, written as the indexes on them are: only so are those used."""
_LIMITED = f"""
CREATE INDEX papers_year ON papers(year);
CREATE INDEX papers_venue ON papers({_VENUE}) WHERE {_VENUE} IS NOT NULL;
CREATE INDEX papers_venue_short ON papers({_VENUE_SHORT}) WHERE {_VENUE_SHORT} IS NOT NULL
"""
_CHANGES: dict[int, str] = {
    2: _DECISIONS, 3: _REMOVED, 4: f"{_FILES.strip()};\n{_MORE}", 5: _LIMITED,
}
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
    place INTEGER NOT NULL, more TEXT,      -- headings and references, as JSON
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
CREATE TABLE state(
    one INTEGER PRIMARY KEY CHECK(one = 1), generation INTEGER NOT NULL,
    scrub INTEGER NOT NULL,                 -- 1 while what was removed may still lie in the file
    removed INTEGER NOT NULL DEFAULT 0      -- the generation of the last removal
);
INSERT INTO state VALUES(1, 0, 0, 0);
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
{_FILES.strip()};
{_LIMITED.strip()};
"""


def prepared(db: sqlite3.Connection, path: Path) -> list[str]:
    """What was done to make this file a library of the present format, in sentences; usually nothing.

    LibraryTooNew for a newer format, LibraryError for another program's file: both are left as they are.
    """
    version = _version(db)
    if version > SCHEMA:
        raise LibraryTooNew(
            f"The library in {path.parent} was written by a newer version of this program "
            f"(its format is {version}, this version reads {SCHEMA}). Nothing was changed; update to open it."
        )
    ours = db.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION
    if not ours and (version or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]):
        raise LibraryError(f"{path} is a database of another program. Nothing was changed; choose another folder.")
    if version == 0:
        _create(db)
    return _bring_up(db, path) if 0 < version < SCHEMA else []


def copies(path: Path) -> Iterator[Path]:
    """The copies of older formats that lie beside a library file."""
    yield from path.parent.glob(f"{path.name}.format-*")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _create(db: sqlite3.Connection) -> None:
    _into_wal(db)
    db.execute("BEGIN IMMEDIATE")
    # Another process may have made the tables while this one waited.
    if _version(db) == 0:
        for statement in _TABLES.split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA application_id={_APPLICATION}")
        db.execute(f"PRAGMA user_version={SCHEMA}")
    db.execute("COMMIT")


def _bring_up(db: sqlite3.Connection, path: Path) -> list[str]:
    """Bring an older library up to this format; one that can't be written is read as it is."""
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if code_of(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return []
        raise
    try:
        version = _version(db)
        if version == SCHEMA:
            return []  # another process did it while this one waited
        copy = _copied(path, version)
        for step in range(version + 1, SCHEMA + 1):
            for statement in _CHANGES[step].split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version={step}")
        db.execute("COMMIT")
        return [
            f"The library was brought from format {version} to {SCHEMA}. "
            f"A copy of it as it was is {copy}; delete it when you no longer need it."
        ]
    except sqlite3.OperationalError as error:
        if code_of(error) != sqlite3.SQLITE_READONLY:
            raise
        return []
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _copied(path: Path, version: int) -> Path:
    """A whole copy of the committed library beside it, on disk when this returns."""
    copy = path.with_name(f"{path.name}.format-{version}")
    beside = path.with_name(f"{copy.name}.part")
    try:
        beside.unlink(missing_ok=True)
        # A connection of its own, since the one that is about to write sees its own changes.
        with (
            contextlib.closing(sqlite3.connect(path, timeout=BUSY_S)) as source,
            contextlib.closing(sqlite3.connect(beside)) as target,
        ):
            source.backup(target)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(copy)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error) and code_of(error) == sqlite3.SQLITE_READONLY:
            raise
        raise LibraryError(
            f"The library in {path.parent} is of an older format ({version}), and no copy of it could be made before "
            f"changing it ({error}). Nothing was changed; free some space and try again."
        ) from error
    return copy


def _into_wal(db: sqlite3.Connection) -> None:
    # Changing the journal ignores the busy timeout, so two first starts at once need a retry.
    until = time.monotonic() + BUSY_S
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
