"""The SQLite file under a library: its connections, and the state of it that a reader sees.

One file, `library.db`, in WAL mode: many readers and one writer at a time, over threads and
processes. Deleted content is overwritten (`secure_delete`); `scrub` also empties the journal.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from ..errors import LibraryError, LibraryMissing
from . import schema
from .failures import code_of, plainly

FILE = "library.db"
_T = TypeVar("_T")


class Steady:
    """One committed state of a library, held for as long as a question takes.

    Inside `here` everything that this thread reads of the library is of that state. `kept` is for what
    others have made of it.
    """

    def __init__(self, db: sqlite3.Connection, local: threading.local) -> None:
        self.db = db
        self.kept: dict[str, Any] = {}
        self._local = local
        # A transaction sees nothing before its first read.
        self.generation: int = db.execute("SELECT generation FROM state").fetchone()[0]

    @contextlib.contextmanager
    def here(self) -> Iterator[None]:
        """Reads of this thread are of this state until the block ends."""
        before = getattr(self._local, "steady", None)
        self._local.steady = self
        try:
            yield
        finally:
            self._local.steady = before

    def within(self, call: Callable[[], _T]) -> Callable[[], _T]:
        """The call, made `here`."""

        def made() -> _T:
            with self.here():
                return call()

        return made


class Store:
    """Connections to one library file. Threads borrow them; one thread at a time writes."""

    def __init__(self, home: Path, *, create: bool = True) -> None:
        self.path = home / FILE
        self.notices: list[str] = []
        """What was done to the file when it was opened, in sentences."""
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._local = threading.local()
        self._closed = False
        self._immutable = False
        if not create and not self.path.exists():
            raise LibraryMissing(
                f"There is no library in {home}, and none was made. Check the folder's name, "
                "or run `litassist ingest PATH` with it to make one."
            )
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The library folder {home} can't be made ({error.strerror}). "
                "Nothing was changed; choose another folder."
            ) from error
        with plainly(self.path):
            self._idle.append(self._opened())

    # ------------------------------------------------------------------ reading and writing

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the library until the block ends."""
        steady: Steady | None = getattr(self._local, "steady", None)
        if steady is not None:
            with plainly(self.path):
                yield steady.db
            return
        with plainly(self.path), self._borrowed() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextlib.contextmanager
    def steady(self) -> Iterator[Steady]:
        """One state of the library, held until the block ends; see `Steady`."""
        with plainly(self.path), self._borrowed() as db:
            db.execute("BEGIN")
            try:
                yield Steady(db, self._local)
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextlib.contextmanager
    def newest(self) -> Iterator[None]:
        """Reads of this thread are of what is newest until the block ends, whatever state it holds."""
        before, self._local.steady = self.held, None
        try:
            yield
        finally:
            self._local.steady = before

    @property
    def held(self) -> Steady | None:
        """The state that this thread reads; None when it reads what is newest."""
        return getattr(self._local, "steady", None)

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a write transaction: committed when the block ends, undone if it fails."""
        with plainly(self.path), self._writing, self._borrowed() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def scrub(self, *, wait: bool = True) -> bool:
        """Whether what was removed is now gone from the files too; False leaves it for a later call.

        The file is written anew and the journal emptied, which waits for readers of an older state, and for
        another process that is at it (not without `wait`). Copies of older formats go, since they hold what
        was removed.
        """
        with self.read() as db:
            if not db.execute("SELECT scrub FROM state").fetchone()[0]:
                return True
        try:
            with plainly(self.path), self._writing, self._borrowed() as db:
                for copy in schema.copies(self.path):
                    copy.unlink(missing_ok=True)
                with _patience(db, schema.BUSY_S if wait else 0):
                    try:
                        db.execute("VACUUM")
                    finally:
                        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                if not busy:
                    db.execute("UPDATE state SET scrub = 0")
                return not busy
        except (LibraryError, OSError):
            # Busy, full or read-only: what was removed is out of every table, and the flag stands.
            return False

    def damage(self) -> list[str]:
        """What SQLite's own check finds wrong with the file; empty when it is sound."""
        with self.read() as db:
            rows = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
            rows += [f"a row of {r[0]} points at nothing" for r in db.execute("PRAGMA foreign_key_check")]
        return [row for row in rows if row != "ok"]

    def copy_to(self, path: Path) -> None:
        """A whole copy of the file as it stands, taken while others may read and write."""
        with plainly(self.path), self._borrowed() as db:
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
        place: str | Path = f"{self.path.absolute().as_uri()}?immutable=1" if self._immutable else self.path
        db = sqlite3.connect(
            place, timeout=schema.BUSY_S, isolation_level=None, check_same_thread=False, uri=self._immutable
        )
        db.execute("PRAGMA foreign_keys=ON")
        db.execute("PRAGMA secure_delete=ON")
        # An acknowledged paper survives a power cut, so every commit reaches the disk.
        db.execute("PRAGMA synchronous=FULL")
        return db

    def _opened(self) -> sqlite3.Connection:
        """The first connection, over a file that is a library of the present format."""
        db = None
        try:
            db = self._connection()
            self.notices += schema.prepared(db, self.path)
        except BaseException as error:
            if db is not None:
                db.close()
            if not isinstance(error, sqlite3.OperationalError) or not self._may_be_taken_as_it_is(error):
                raise
            self._immutable = True
            return self._opened()
        return db

    def _may_be_taken_as_it_is(self, error: sqlite3.OperationalError) -> bool:
        """Whether a library on a read-only medium can be read: WAL mode wants a file beside it, which can't be made.

        Not where a journal holds changes that the file lacks.
        """
        if self._immutable or code_of(error) not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return False
        journal = self.path.with_name(f"{FILE}-wal")
        return self.path.is_file() and not (journal.exists() and journal.stat().st_size)


@contextlib.contextmanager
def _patience(db: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """The connection waits so long for others until the block ends."""
    db.execute(f"PRAGMA busy_timeout={int(1000 * seconds)}")
    try:
        yield
    finally:
        db.execute(f"PRAGMA busy_timeout={int(1000 * schema.BUSY_S)}")
