"""Zip files, unpacked within bounds: so many files, so many bytes, so much larger than they were."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..papers import Rejected

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MAX_FILES = 5_000
MAX_TOTAL = 1 << 30
MAX_RATIO = 200
"""Text shrinks to a tenth, seldom to a fiftieth; a bomb to a thousandth."""
MAX_NESTING = 2
_SMALL = 4 << 20
_CHUNK = 1 << 18


def unpacked(path: Path, target: Path, source: str, password: str | None) -> Iterator[Rejected]:
    """The archive's files put under `target`; what was left behind, and why, comes back.

    Names can't leave `target`, links are written as plain files, and nothing beyond the bounds is kept.
    """
    import zipfile
    import zlib

    failures = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, LookupError)
    try:
        archive = zipfile.ZipFile(path)
        entries = [e for e in archive.infolist() if not e.is_dir()]
    except (*failures, OSError):
        yield Rejected(source, "", "this zip archive is damaged or incomplete")
        return
    with archive:
        if any(e.filename in ("[Content_Types].xml", "mimetype") for e in entries):
            yield Rejected(source, "", "it is an Office document or an e-book, which is not read")
            return
        if not entries:
            yield Rejected(source, "", "the zip archive is empty")
            return
        left = MAX_TOTAL
        for number, entry in enumerate(entries):
            if number >= MAX_FILES:
                yield Rejected(source, "", f"only the first {MAX_FILES} of its {len(entries)} files were read")
                return
            name = safe_name(entry.filename)
            if not name or re.search(r"(?:^|/)(?:__MACOSX(?:/|$)|\.)", name):
                continue
            if entry.flag_bits & 1 and not password:
                yield Rejected(f"{source}/{name}", "", "this file in the archive needs a password")
                continue
            place = _free(target, name)
            try:
                written = _written(archive, entry, place, min(left, _bound(entry)), password)
            except (*failures, OSError) as error:
                place.unlink(missing_ok=True)
                if isinstance(error, OSError) and not isinstance(error, EOFError) and error.errno is not None:
                    raise
                why = "does not open with this password" if entry.flag_bits & 1 else "is damaged"
                yield Rejected(f"{source}/{name}", "", f"this file in the archive {why}")
                continue
            if written is None:
                place.unlink(missing_ok=True)
                yield Rejected(f"{source}/{name}", "", "it is unpacked to far more than an archive of papers holds")
                left -= min(left, _bound(entry))
            else:
                left -= written
            if left <= 0:
                yield Rejected(source, "", f"only the first {MAX_TOTAL >> 20} MB of the archive were unpacked")
                return


def _bound(entry: ZipInfo) -> int:
    return max(_SMALL, entry.compress_size * MAX_RATIO)


def _written(archive: ZipFile, entry: ZipInfo, place: Path, most: int, password: str | None) -> int | None:
    """The bytes written; None when there are more than `most`, whatever the archive says of itself."""
    place.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    secret = password.encode() if password and entry.flag_bits & 1 else None
    with archive.open(entry, pwd=secret) as file, place.open("wb") as out:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > most:
                return None
            out.write(chunk)
    return size


def safe_name(name: str) -> str:
    """An entry's name as a relative path that every system takes; empty when nothing of it is left."""
    parts = []
    for part in re.split(r"[/\\]+", name)[-20:]:
        part = re.sub(r"[\x00-\x1f<>:\"|?*\ud800-\udfff]", "_", part).strip(" ").rstrip(".")
        if part:
            parts.append(part if len(part.encode()) <= 200 else part[:40] + part[-20:])
    return "/".join(parts)


def _free(target: Path, name: str) -> Path:
    """A path for the file that is not taken, by a file or by a folder."""
    path = target / name
    taken = [p for p in path.parents if p != target and target in p.parents and p.is_file()]
    if not path.exists() and not taken:
        return path
    flat = name.replace("/", "_")
    for n in range(2, MAX_FILES + 3):
        path = target / f"{n}_{flat[-150:]}"
        if not path.exists():
            return path
    return path
