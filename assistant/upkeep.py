"""Looking after a library: is all well, make the caches again, one file of it and back."""

from __future__ import annotations

import os
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from .errors import LibraryError, PaperNotFound
from .library import Library
from .library.files import FOLDER as PDFS
from .library.store import FILE

if TYPE_CHECKING:
    from .index import Index

Progress = Callable[[str, int, int | None], None]

_MEMBER = FILE
_PDF = re.compile(rf"{PDFS}/[0-9a-f]+\.pdf")


@dataclass(frozen=True, slots=True)
class Report:
    """What the doctor found: a sentence per problem, and what was looked at."""

    problems: tuple[str, ...]
    papers: int
    passages: int
    pending: int
    """Papers that the caches have still to take up; the next use of the library does it."""
    library_bytes: int
    embedder: str
    unfinished: str = ""
    """What is still to be done to the files after a removal, in a sentence."""
    leaving: int = 0
    """Papers that were removed, and have still to be taken out of the caches; no search finds them any more."""
    rebuild: bool = False
    """Whether making words and vectors again mends all that is wrong."""
    worded: int = 0
    """Of the papers still to be indexed, how many are found by their words: vectors are still to come."""
    at_work: bool = False
    """Whether this or another program is indexing them now."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"ok": self.ok, **asdict(self), "problems": list(self.problems)}

    def lines(self) -> list[str]:
        """The report as plain lines."""
        head = f"{self.papers} papers, {self.passages} passages, {self.library_bytes / 1e6:.1f} MB, {self.embedder}."
        said = list(self.problems) or [self.agreement]
        return [" ".join([head, *self.waiting]), *said, *([self.unfinished] if self.unfinished else [])]

    @property
    def waiting(self) -> list[str]:
        """What the caches have still to take up and to give up, a sentence each."""
        soon = "it is going on now." if self.at_work else "the next search or ingest does it."
        so_far = ""
        if self.worded:
            so_far = f" ({'all' if self.worded == self.pending else f'{self.worded:,}'} found by words already)"
        said = [f"{_papers(self.pending)} still to be indexed{so_far}; {soon}"] if self.pending else []
        return said + ([f"{_papers(self.leaving, 'removed ')} still in words and vectors; {soon}"] * bool(self.leaving))

    @property
    def agreement(self) -> str:
        """Of which papers library, words and vectors were found to agree, where there is no problem."""
        if not (self.pending or self.leaving):
            return "Library, words and vectors agree, paper by paper."
        words = f"The words of {self.worded:,} of these are in place." if self.worded else ""
        if self.pending < self.papers:
            return f"Of all other papers, library, words and vectors agree. {words}".strip()
        if words:
            return f"{words} No paper has all its vectors yet, so vectors were not compared."
        return "No paper is indexed yet, so nothing was compared."


def _papers(count: int, which: str = "") -> str:
    return f"1 {which}paper is" if count == 1 else f"{count:,} {which}papers are"


def doctor(library: Library, index: Index) -> Report:
    """Library, words and vectors held against one another, paper by paper, and what is wrong.

    Papers that wait in the outbox are no problem. A damaged file is one: nothing else can be
    believed then, so it stands alone.
    """
    try:
        problems = [f"The library file is damaged: {line}" for line in library.damage()]
    except LibraryError as error:
        problems = [str(error)]
    if problems:
        problems.append("Restore a backup, or move the folder away and ingest your papers again.")
        return Report(tuple(problems), 0, 0, 0, _size(library.home), index.fingerprint)
    passages = 0
    for paper_id, count, sentence in _looked_at(library):
        passages += count
        if sentence:
            problems.append(f"{paper_id}: {sentence}")
    sound = not problems
    problems += index.verify()
    waiting, standing = library.pending(), index.standing()
    gone = {item.paper_id for item in waiting if item.action == "remove"}
    pending = len({item.paper_id for item in waiting} - gone)
    return Report(
        tuple(problems), library.count(), passages, pending,
        _size(library.home), index.fingerprint, index.unfinished(), len(gone), sound and bool(problems),
        min(standing.vectorless, pending), standing.at_work,
    )


def rebuild(library: Library, index: Index, progress: Progress | None = None) -> int:
    """How many texts were encoded to make words and vectors again from the library.

    Killed half-way it leaves the old caches in use; run it again.
    """
    return index.rebuild(progress=progress)


def backup(library: Library, path: Path) -> int:
    """The size in bytes of `path`, now one file that holds the whole library. Nothing is overwritten.

    With it go notes, tags, decisions, conversations, the vectors and the PDFs that are kept in the home.
    """
    path = Path(path)
    if path.exists():
        raise LibraryError(f"{path} is there already and was left as it is; choose another name.")
    beside = path.with_name(f".{path.name}.part")
    try:
        with TemporaryDirectory(dir=path.parent, prefix=".litassist-") as folder:
            copy = Path(folder) / FILE
            library.copy_to(copy)
            with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as pack:
                pack.write(copy, _MEMBER)
                for file in sorted((library.home / PDFS).glob("*.pdf")):
                    pack.write(file, f"{PDFS}/{file.name}", zipfile.ZIP_STORED)
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise LibraryError(
            f"The backup {path} can't be written ({error.strerror}). The library is unharmed."
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return path.stat().st_size


def restore(path: Path, home: Path) -> int:
    """How many papers the library in `home` has, made from a backup. A folder that holds anything is left alone.

    The caches are made again by the next update, or the first use, from the vectors in the backup.
    """
    path, home = Path(path), Path(home)
    if (home / FILE).exists():
        raise LibraryError(f"There is a library in {home} already; it was left as it is. Choose an empty folder.")
    if there := next((f.name for f in sorted(home.glob("[!.]*"))), None):
        raise LibraryError(f"{home} is not empty (it holds {there}); it was left as it is. Choose an empty folder.")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path) as pack, TemporaryDirectory(dir=home, prefix=".litassist-") as folder:
            copy = Path(pack.extract(_MEMBER, folder))
            pack.extractall(folder, [m for m in pack.namelist() if _PDF.fullmatch(m)])
            _check_sound(copy, path)
            # Opened once beside its place, so that a broken or newer file never becomes the library.
            with Library.open(copy.parent) as restored:
                count = restored.requeue()
            if (copy.parent / PDFS).is_dir():
                os.replace(copy.parent / PDFS, home / PDFS)
            os.replace(copy, home / FILE)
            return count
    except (KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise LibraryError(f"{path} is not a backup of a library, or a damaged one. Nothing was changed.") from error
    except OSError as error:
        raise LibraryError(f"{path} can't be restored ({error.strerror}). Nothing was changed.") from error


def _check_sound(copy: Path, path: Path) -> None:
    db = sqlite3.connect(copy)
    try:
        sound = db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        sound = False
    finally:
        db.close()
    if not sound:
        raise LibraryError(f"The backup {path} is damaged. Nothing was changed.")


def _looked_at(library: Library) -> Iterator[tuple[str, int, str]]:
    """(paper id, number of passages, what is wrong with it, else empty) for every paper."""
    for paper_id in library.ids():
        try:
            paper = library.paper(paper_id)
            passages = library.passages([paper_id])
        except PaperNotFound:
            continue  # removed by another process meanwhile
        except (LibraryError, ValueError, KeyError, TypeError) as error:
            yield paper_id, 0, f"can't be read ({error}); remove it and ingest its source again."
            continue
        wrong = ""
        if paper.id != paper_id:
            wrong = f"its fields say that it is {paper.id}; ingest its source again."
        elif not passages and (paper.title.strip() or paper.abstract.strip()):
            wrong = "has no passage; ingest its source again."
        elif any(not 0 <= p.start < p.end <= len(paper.text(p.field, p.page)) for p in passages):
            wrong = "has passages that do not fit its text; ingest its source again."
        yield paper_id, len(passages), wrong


def _size(home: Path) -> int:
    return sum(f.stat().st_size for f in home.glob(f"{FILE}*") if f.is_file())
