"""What goes wrong where caches are written, in sentences for a researcher."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ..errors import LibraryError, SearchIndexError


class CachesUnwritable(SearchIndexError):
    """The disk takes no more, or may not be written. What is there can still be read."""


@contextlib.contextmanager
def plainly(folder: Path) -> Iterator[None]:
    """Turns a full disk or one that may not be written, inside the block, into CachesUnwritable.

    Libraries that write by themselves say it in words of their own, so those are read too.
    """
    try:
        yield
    except LibraryError:
        raise
    except (OSError, sqlite3.Error, SearchIndexError) as error:
        sentence = _sentence(error)
        if sentence is None or isinstance(error, CachesUnwritable):
            raise
        raise CachesUnwritable(sentence.format(folder=folder)) from error


def passing(error: Exception) -> bool:
    """Whether a failure may pass by itself or is told of otherwise: busy, full, or not to be written."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF == sqlite3.SQLITE_BUSY or _sentence(error) is not None


def _sentence(error: Exception) -> str | None:
    text = str(error).lower()
    code = error.errno if isinstance(error, OSError) else None
    kind = getattr(error, "sqlite_errorcode", -1) & 0xFF
    full, closed = any(w in text for w in _FULL), any(w in text for w in _CLOSED)
    if full or code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or kind == sqlite3.SQLITE_FULL:
        return _NO_ROOM
    if closed or code in (errno.EROFS, errno.EACCES, errno.EPERM) or kind == sqlite3.SQLITE_READONLY:
        return _READ_ONLY
    if code == errno.EIO or kind == sqlite3.SQLITE_IOERR:
        return _FAILED
    return None


_FULL = ("no space left", "disk is full", "file too large", "disk quota")
_CLOSED = ("read-only file system", "readonly database", "permission denied")
_NO_ROOM = (
    "The disk that holds {folder} is full, so words and vectors could not be written. The papers that were stored "
    "are unharmed; free some space and run the same again."
)
_READ_ONLY = (
    "The folder {folder} can't be written, so words and vectors stay as they are. The papers are unharmed; allow "
    "writing there, or use a copy of the library."
)
_FAILED = (
    "The disk that holds {folder} failed to read or write. The papers are unharmed as far as the disk is; check it "
    "and try again."
)
