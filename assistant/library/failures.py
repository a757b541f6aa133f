"""What SQLite says when a library file can't be used, in sentences for a researcher."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ..errors import LibraryBusy, LibraryError


@contextlib.contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turns SQLite's failures inside the block, over the library file `path`, into sentences."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        kind, sentence = _PLAIN.get(code_of(error), (LibraryError, _OTHER))
        raise kind(sentence.format(file=path, home=path.parent, error=error)) from error


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code of a failure; -1 for one that has none."""
    code = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


_OTHER = "The library in {home} could not be used ({error}). What was stored before is unharmed."
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
