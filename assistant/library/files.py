"""Where the PDFs lie that papers were read from, so that their pages can be shown.

A PDF is known by its SHA-256. Its place is remembered; a copy in the home is kept only of a file that
will not stay where it is (unpacked from an archive, handed over by the browser). A row is written before
its copy, so a copy without a row is a leftover, whatever was cut short.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .store import Store

FOLDER = "pdfs"
TEMPORARY = "litassist-"
"""How the names of the temporary folders begin that this program makes."""


def remember(store: Store, home: Path, digest: str, path: Path) -> None:
    """Remember that the PDF lies at `path`; one in a temporary folder of ours is copied into the home."""
    place = path.resolve()
    passing = _passing(place)
    row = (digest, "" if passing else str(place))
    query = "SELECT 1 FROM files WHERE digest = ? AND (path = ? OR ? = '')"
    with store.read() as db:
        known = db.execute(query, (*row, row[1])).fetchone()
    if not known:
        with store.write() as db:
            db.execute("INSERT INTO files VALUES(?, ?) ON CONFLICT(digest) DO UPDATE SET path = excluded.path", row)
    copy = _copy(home, digest)
    if passing and not copy.exists():
        _lay(place, copy)


def place(store: Store, home: Path, digest: str) -> tuple[Path | None, str]:
    """The PDF's file if it is there, and the place that is remembered of it (empty for none but the copy)."""
    with store.read() as db:
        found = db.execute("SELECT path FROM files WHERE digest = ?", (digest,)).fetchone()
    if found is None:
        return None, ""
    for path in (Path(found[0]) if found[0] else None, _copy(home, digest)):
        if path is not None and path.is_file():
            return path, found[0]
    return None, found[0]


def digests(db: sqlite3.Connection, pid: int) -> set[str]:
    """The PDFs of a paper and of its records."""
    query = (
        "SELECT json_extract(data, '$.file') FROM papers WHERE pid = ?1 UNION "
        "SELECT json_extract(data, '$.file') FROM records WHERE pid = ?1 AND data IS NOT NULL"
    )
    return {digest for digest, in db.execute(query, (pid,)) if digest}


def forget(db: sqlite3.Connection, gone: Iterable[str]) -> None:
    """Forget those of the PDFs that no paper was read from any more; `sweep` then deletes the copies."""
    for digest in gone:
        db.execute(
            "DELETE FROM files WHERE digest = ?1 "
            "AND NOT EXISTS (SELECT 1 FROM papers WHERE json_extract(data, '$.file') = ?1) "
            "AND NOT EXISTS (SELECT 1 FROM records WHERE data IS NOT NULL AND json_extract(data, '$.file') = ?1)",
            (digest,),
        )


def sweep(store: Store, home: Path) -> None:
    """Delete the copies that no row speaks of; one that can't be deleted now is left for the next time."""
    folder = home / FOLDER
    if not folder.is_dir():
        return
    with store.read() as db:
        known = {row[0] for row in db.execute("SELECT digest FROM files")}
    for path in folder.iterdir():
        if path.name.split(".")[0] not in known:
            with contextlib.suppress(OSError):
                path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


def _passing(path: Path) -> bool:
    root = Path(tempfile.gettempdir()).resolve()
    return path.is_relative_to(root) and path.relative_to(root).parts[0].startswith(TEMPORARY)


def _copy(home: Path, digest: str) -> Path:
    return home / FOLDER / f"{digest}.pdf"


def _lay(path: Path, copy: Path) -> None:
    """A whole copy or none."""
    copy.parent.mkdir(exist_ok=True)
    part = copy.with_name(f"{copy.stem}.{os.getpid()}.part")
    try:
        shutil.copyfile(path, part)
        part.replace(copy)
    finally:
        part.unlink(missing_ok=True)
