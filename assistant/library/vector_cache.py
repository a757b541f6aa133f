"""Vectors by content for all libraries of this machine: what one had made, another need not make again.

A cache, in one SQLite file of the platform's cache folder: whatever happens to it costs time only. What is removed
from a library is removed here too, whichever library it came from.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from zlib import crc32

from ..errors import LibraryBusy, LibraryError
from .failures import code_of

log = logging.getLogger(__name__)

FILE = "vectors.db"
_SOON_S, _BUSY_S = 2.0, 30.0
"""Seconds that are waited for another process: to look and to keep, and to drop."""
_SHARE = 4
"""The share of all that goes when there is no more room: one in so many, the oldest."""
_TABLE = """
CREATE TABLE IF NOT EXISTS vectors(
    hash TEXT NOT NULL, fingerprint TEXT NOT NULL, vector BLOB NOT NULL, crc INTEGER NOT NULL,
    UNIQUE(hash, fingerprint)
)
"""


class VectorCache:
    """The vectors in one folder's file, of at most so many bytes. Threads and processes may share it.

    With room for none (0) nothing is taken or kept, but what was kept before is dropped when it has to be. Each
    method opens the file for itself; one that is damaged is thrown away.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._file = folder / FILE
        self._most = most

    def get(self, fingerprint: str, hashes: Iterable[str]) -> dict[str, bytes]:
        """Those that are known of these content hashes, as this embedder made them."""
        wanted = json.dumps(list(hashes))
        if wanted == "[]" or not self._most or not self._file.exists():
            return {}
        query = (
            "SELECT hash, vector, crc FROM vectors "
            "WHERE hash IN (SELECT value FROM json_each(?)) AND fingerprint = ?"
        )
        with self._unharmed(), self._opened(_SOON_S) as db:
            return {h: vector for h, vector, crc in db.execute(query, (wanted, fingerprint)) if crc32(vector) == crc}
        return {}

    def put(self, fingerprint: str, vectors: Mapping[str, bytes]) -> None:
        """Keep these; the oldest go where there is no more room."""
        if not vectors or not self._most:
            return
        with self._unharmed(), self._opened(_SOON_S) as db, db:
            db.execute(_TABLE)
            db.executemany(
                "INSERT OR REPLACE INTO vectors(hash, fingerprint, vector, crc) VALUES(?, ?, ?, ?)",
                [(h, fingerprint, vector, crc32(vector)) for h, vector in vectors.items()],
            )
            size, pages, free = (db.execute(f"PRAGMA {name}").fetchone()[0]
                                 for name in ("page_size", "page_count", "freelist_count"))
            if size * (pages - free) > self._most:
                oldest = f"SELECT rowid FROM vectors ORDER BY rowid LIMIT (SELECT count(*) / {_SHARE} FROM vectors)"
                db.execute(f"DELETE FROM vectors WHERE rowid IN ({oldest})")

    def forget(self, hashes: Iterable[str]) -> None:
        """Drop these, whoever made them. LibraryBusy when another process keeps them from going."""
        wanted = json.dumps(list(hashes))
        if wanted == "[]" or not self._file.exists():
            return
        with self._unharmed(must=True), self._opened(_BUSY_S) as db, db:
            db.execute("PRAGMA synchronous=FULL")
            db.execute(_TABLE)
            db.execute("DELETE FROM vectors WHERE hash IN (SELECT value FROM json_each(?))", (wanted,))

    def _opened(self, patience: float) -> contextlib.closing[sqlite3.Connection]:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._file, timeout=patience)
        db.execute("PRAGMA secure_delete=ON")
        # What is kept need not wait for the disk: after a power cut a vector may be damaged, which its sum tells.
        db.execute("PRAGMA synchronous=OFF")
        return contextlib.closing(db)

    @contextlib.contextmanager
    def _unharmed(self, *, must: bool = False) -> Iterator[None]:
        """What goes wrong with the file ends the block, and nothing else; LibraryBusy where it `must` be done."""
        try:
            yield
        except sqlite3.Error as error:
            if code_of(error) != sqlite3.SQLITE_BUSY:
                log.info("the vectors in %s can't be used (%s): thrown away", self._file, error)
                self._thrown_away()
                if must and self._file.exists():
                    raise LibraryError(
                        f"The vectors that all libraries share can't be changed ({self._file}), and hold some of what "
                        "was to go. Nothing was changed; delete that file and try again."
                    ) from error
            elif must:
                raise LibraryBusy(
                    f"The vectors that all libraries share are in use by another process ({self._file}). "
                    "Nothing was changed; try again when it has finished."
                ) from error
            else:
                log.info("the vectors in %s are in use; done without them", self._file)
        except OSError as error:
            log.info("no vectors are kept in %s: %s", self._file, error)

    def _thrown_away(self) -> None:
        for file in (self._file, self._file.with_name(f"{FILE}-journal")):
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
