"""The index: words, vectors in Chroma, and a compact copy of them. Disposable: the library is the truth.

Under `home/index` one folder is current. Its `index.db` says what is committed: which paper has which
number, and how many rows of the copy count. A change is written to words, copy and Chroma first, then
committed there, then settled in the library's outbox; whatever is killed between is done again by the
next `update`, and what it left half written is not looked at. A number is never used twice, so that a
stale word or vector can't be taken for another paper's.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..embeddings import Embedder
from ..errors import EmbedderChanged, LibraryBusy, SearchIndexError
from ..library import Library
from ..papers import Paper, Passage
from .build import Build
from .failures import CachesUnwritable, plainly
from .texts import bodies, digest, indexed_texts
from .vectors import PASSAGE
from .view import View

if TYPE_CHECKING:
    import numpy as np

Progress = Callable[[str, int, int | None], None]

_PAPERS_AT_ONCE = 64
_WORDS_AT_ONCE = 5000
_SOON = 32
"""So many papers left over by an earlier run are finished before a search; more, beside it."""
_LOCK_WAIT_S = 600.0
_LOOK_AGAIN_S = 30.0
_TRIES = 6


class Index:
    """The caches of one library. Cheap to open: nothing is read before it is used. Thread-safe."""

    def __init__(self, home: Path, library: Library, embedder: Embedder, chroma_url: str | None = None) -> None:
        self._folder = Path(home) / "index"
        self._library = library
        self._embedder = embedder
        self._chroma_url = chroma_url
        # Taken in this order: a reader's guard, the right to write, the folder being opened.
        self._guard = threading.RLock()
        self._writing = threading.Lock()
        self._opening = threading.RLock()
        self._build: Build | None = None
        self._view: View | None = None
        self._view_of: tuple[Any, ...] = ()
        self._trouble: tuple[Any, str] | None = None
        self._unwritable = ""
        self.notices: list[str] = []
        """What was found wrong and put right, in sentences."""

    @classmethod
    def open(cls, home: Path, library: Library, embedder: Embedder, chroma_url: str | None = None) -> Index:
        """The index of the library in `home`; made at the first use if it is not there."""
        return cls(home, library, embedder, chroma_url)

    @property
    def fingerprint(self) -> str:
        """What shapes the vectors: the embedder's fingerprint."""
        return self._embedder.fingerprint

    # ------------------------------------------------------------------ reading

    def view(self) -> View:
        """The caches as they are now, leftovers of an earlier run finished (or being finished) first.

        Broken files are made again from the library. EmbedderChanged when the vectors are another
        embedder's.
        """
        with self._guard:
            for _ in range(_TRIES):
                before = self._build_name(), self._library.generation
                try:
                    return self._view_after_leftovers()
                except EmbedderChanged:
                    raise
                except (SearchIndexError, sqlite3.DatabaseError) as error:
                    if isinstance(error, CachesUnwritable):
                        raise
                    self._view_of, found = (), error
                if before == (self._build_name(), self._library.generation):
                    break  # nothing moved meanwhile, so it is not another process's work half seen
            if self._chroma_url:
                raise found
            began = time.monotonic()
            self.rebuild()
            why = str(found) if isinstance(found, SearchIndexError) else f"Its files are damaged ({found})."
            self.notices.append(
                f"The index could not be used: {why.split('; ')[0].rstrip('.')}. "
                f"It was made again from the library in {time.monotonic() - began:.1f} s; no paper was lost."
            )
            return self._current_view()

    def _view_after_leftovers(self) -> View:
        self._unwritable = ""
        try:
            self._catch_up()
        except CachesUnwritable as error:
            # What is there can be read; what waits is said to be missing, by `trouble`.
            self._unwritable = str(error)
        except SearchIndexError as error:
            # Words are there by now, and vectors come when the server is back: see `trouble`.
            if not self._chroma_url or isinstance(error, EmbedderChanged):
                raise
        return self._current_view()

    def trouble(self) -> str:
        """What is wrong with Chroma, in a sentence; empty when nothing seems to be.

        Papers are then found with words and the compact copy of the vectors alone. Looked at again when
        the library or the files changed, or after half a minute.
        """
        if self._unwritable:
            return self._unwritable
        with self._guard:
            build = self._opened()
            key = (build.folder.name, build.version(), build.neighbours.stamp(), int(time.monotonic() / _LOOK_AGAIN_S))
            if self._trouble is None or self._trouble[0] != key:
                self._trouble = key, build.neighbours.trouble(sum(n or 0 for n in build.counted().values()))
            found = self._trouble[1]
        instead = "Papers were found without it, with words and the index's own copy of the vectors."
        return f"{found} {instead}" if found else ""

    def refresh(self) -> None:
        """Look again at what is on disk; another process may have written."""
        with self._guard:
            self._view_of = ()

    def _current_view(self) -> View:
        build = self._opened()
        key = (build.folder.name, build.version(), self._library.generation)
        if self._view is None or key != self._view_of:
            self._check_embedder(build)
            build.reload()
            ids = self._library.ids()
            # In this order: what is not waiting any more has its number by the time numbers are read.
            waiting = {item.paper_id for item in self._library.pending()}
            numbers = build.numbers()
            if any(name not in numbers and name not in waiting for name in ids):
                raise SearchIndexError("The index lacks papers that it should have; run `litassist rebuild`.")
            copy = build.copy()
            self._view = View(ids, numbers, copy.rows(), copy.vectors(), build.words, build.neighbours)
            self._view_of = key
        return self._view

    def _catch_up(self) -> None:
        pending = {item.paper_id for item in self._library.pending()}
        if not (pending or self._overdue(self._opened())) or not self._writing.acquire(blocking=False):
            return
        self._writing.release()
        if not pending:
            # Only the room that removed papers took is left to be cleared.
            threading.Thread(target=self._finish, daemon=True).start()
        elif len(pending) <= _SOON:
            self.update(wait=False, compact=False)
        else:
            self.update(wait=False, vectors=False)
            threading.Thread(target=self._finish, daemon=True).start()

    def _finish(self) -> None:
        # Beside a search: what fails here fails again, and in words, in the next update.
        with contextlib.suppress(Exception):
            self.update(wait=False)

    # ------------------------------------------------------------------ writing

    def update(
        self, progress: Progress | None = None, *, wait: bool = True, vectors: bool = True, compact: bool = True
    ) -> int:
        """How many texts were encoded to bring the caches up with the library: words first, then vectors.

        With `wait` another process that is writing is waited for (LibraryBusy after ten minutes);
        without, 0 comes back at once and the other process does the work. After a removal the caches are
        written anew (with `compact`), since what is taken out of them stays in their files.
        """
        if not self._library.pending() and not self._overdue(self._opened()):
            return 0
        with self._writer(wait) as mine:
            if not mine:
                return 0
            build = self._opened()
            if build.empty():
                with build.step() as db:
                    build.say(db, "removed", self._library.removed_at)
            items = self._library.pending()
            todo = list(dict.fromkeys(item.paper_id for item in items))
            self._write_words(build, todo)
            if not vectors:
                return 0
            self._check_embedder(build)
            encoded = 0
            for start in range(0, len(todo), _PAPERS_AT_ONCE):
                part = todo[start : start + _PAPERS_AT_ONCE]
                encoded += self._write_vectors(build, part)
                done = set(part)
                self._library.settle([item.seq for item in items if item.paper_id in done])
                if progress:
                    progress("vectors", min(start + _PAPERS_AT_ONCE, len(todo)), len(todo))
            if compact and self._overdue(build):
                encoded += self._rebuilt(progress)
            return encoded

    def _overdue(self, build: Build) -> bool:
        """Whether papers were removed since these files were begun: they may hold what is left of them."""
        return int(build.said("removed") or 0) < self._library.removed_at

    def rebuild(self, progress: Progress | None = None) -> int:
        """Make every cache again from the library, beside the old ones, and swap them.

        Vectors come from the library's store of them where the embedder is the same: nothing is
        encoded twice. The number of texts that were encoded.
        """
        with self._writer(wait=True):
            return self._rebuilt(progress)

    def _rebuilt(self, progress: Progress | None = None) -> int:
        new = Build(self._folder / f"build-{_build_number(self._build_name()) + 1}", self._chroma_url)
        new.clear()
        new.create()
        with new.step() as db:
            new.say(db, "removed", self._library.removed_at)
        items = self._library.pending()
        todo = self._library.ids()
        self._write_words(new, todo)
        encoded = 0
        for start in range(0, len(todo), _PAPERS_AT_ONCE):
            encoded += self._write_vectors(new, todo[start : start + _PAPERS_AT_ONCE])
            if progress:
                progress("rebuild", min(start + _PAPERS_AT_ONCE, len(todo)), len(todo))
        with self._opening:
            if self._build is not None:
                self._build.close()
            _write_atomically(self._folder / "current", new.folder.name)
            self._build, self._view_of = new, ()
        self._library.settle([item.seq for item in items])
        self._clear_others()
        return encoded

    def _clear_others(self) -> None:
        """Delete the folders of builds that are not current, or were never finished."""
        current = self._build_name()
        for folder in self._folder.glob("build-*"):
            if folder.name != current:
                Build(folder, self._chroma_url).clear()

    def _write_words(self, build: Build, todo: Sequence[str]) -> None:
        for start in range(0, len(todo), _WORDS_AT_ONCE):
            part = todo[start : start + _WORDS_AT_ONCE]
            papers = self._present(part)
            known = build.known(part)
            passages = self._passages_of(list(papers))
            digests = {name: digest(paper, passages.get(name, [])) for name, paper in papers.items()}
            fresh = [name for name in part if name in papers and known.get(name, (0, ""))[1] != digests[name]]
            stale = [name for name in part if name in known and (name not in papers or name in set(fresh))]
            if not fresh and not stale:
                continue
            with build.step() as db:
                for name in stale:
                    # The rows of the old number stay in the copy, unseen; Chroma's go with the vectors' step.
                    count = db.execute("SELECT passages FROM papers WHERE paper_id = ?", (name,)).fetchone()[0]
                    build.leave(db, known[name][0], count or 0)
                    db.execute("DELETE FROM papers WHERE paper_id = ?", (name,))
                first = build.first_free(db)
                numbered = list(enumerate(fresh, first))
                db.executemany(
                    "INSERT INTO papers(number, paper_id, digest) VALUES(?, ?, ?)",
                    [(number, name, digests[name]) for number, name in numbered],
                )
                build.words.write(
                    ((n, papers[name].title, bodies(papers[name], passages.get(name, []))) for n, name in numbered),
                    [known[name][0] for name in stale], first,
                )

    def _write_vectors(self, build: Build, part: Sequence[str]) -> int:
        import numpy as np

        waiting = build.waiting(part)
        papers = self._present(list(waiting))
        rows: list[tuple[int, int, int, int, int]] = []
        texts: list[str] = []
        owners: list[str] = []
        counts: dict[int, list[int]] = {}
        by_paper = self._passages_of(list(papers))
        for name, paper in papers.items():
            number = waiting[name]
            counts[number] = [0, 0]
            for kind, start, end, page, text in indexed_texts(paper, by_paper.get(name, [])):
                rows.append((number, start, end, page, kind))
                texts.append(text)
                owners.append(name)
                counts[number][kind] += 1
        vectors, encoded = self._vectors(texts, owners)
        gone = build.left()
        if rows or gone:
            copy = build.copy(self._embedder.dimension if rows else None)
            ids, of_passages, seen = [], [], dict.fromkeys(counts, 0)
            for i, row in enumerate(rows):
                if row[4] == PASSAGE:
                    ids.append(f"{row[0]}.{seen[row[0]]}")
                    seen[row[0]] += 1
                    of_passages.append(i)
            if gone:
                build.neighbours.remove([f"{number}.{i}" for number, passages in gone for i in range(passages)])
            if ids:
                build.neighbours.put(ids, np.asarray(vectors[of_passages], np.float32))
            if rows:
                copy.append(rows, vectors)
            with build.step() as db:
                build.say(db, "rows", copy.count)
                build.say(db, "dimension", copy.dimension)
                build.say(db, "embedder", self._embedder.fingerprint)
                db.execute("DELETE FROM state WHERE key LIKE 'left:%'")
                db.executemany(
                    "UPDATE papers SET passages = ?, sentences = ? WHERE number = ?",
                    [(passages, said, number) for number, (passages, said) in counts.items()],
                )
        return encoded

    def _vectors(self, texts: Sequence[str], owners: Sequence[str]) -> tuple[np.ndarray, int]:
        """One half-precision row per text, and how many had to be encoded."""
        import numpy as np

        fingerprint = self._embedder.fingerprint
        hashes = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] for text in texts]
        known = self._library.vectors(fingerprint, list(dict.fromkeys(hashes))) if texts else {}
        new = {h: i for i, h in enumerate(hashes) if h not in known}
        if new:
            made = self._embedder.encode([texts[i] for i in new.values()]).astype(np.float16)
            fresh = {h: row.tobytes() for h, row in zip(new, made, strict=True)}
            self._library.put_vectors(fingerprint, fresh, {h: owners[i] for h, i in new.items()})
            known |= fresh
        if not texts:
            return np.zeros((0, 0), np.float16), 0
        return np.frombuffer(b"".join(known[h] for h in hashes), "<f2").reshape(len(texts), -1), len(new)

    # ------------------------------------------------------------------ checking

    def verify(self) -> list[str]:
        """What is wrong with the caches, one sentence each, paper by paper; empty when all is well."""
        from .checking import problems

        with self._guard:
            try:
                return problems(self._library, self._opened(), self._embedder)
            except (SearchIndexError, sqlite3.DatabaseError) as error:
                return [str(error)]

    def close(self) -> None:
        """Let go of the files. Closing twice is harmless."""
        with self._guard:
            if self._build is not None:
                self._build.close()
            self._build, self._view, self._view_of = None, None, ()

    # ------------------------------------------------------------------ parts

    def _check_embedder(self, build: Build) -> None:
        made_by = build.said("embedder")
        if made_by and made_by != self._embedder.fingerprint:
            raise EmbedderChanged(
                f"This library's vectors were made by {made_by}, and the embedder is now {self._embedder.fingerprint}. "
                "The papers are unharmed. Run `litassist rebuild` to make the vectors again, or set the embedder back."
            )

    def _opened(self) -> Build:
        with self._opening:
            while self._build is None or self._build.folder.name != self._build_name():
                if self._build is not None:
                    self._build.close()
                # Another process may put the next one in its place while this one is being opened.
                self._build = Build(self._folder / self._build_name(), self._chroma_url)
                self._build.create()
            return self._build

    def _build_name(self) -> str:
        try:
            name = (self._folder / "current").read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return "build-1"
        return name if _build_number(name) else "build-1"

    @contextlib.contextmanager
    def _writer(self, wait: bool) -> Iterator[bool]:
        """Whether this thread is now the only one, of all processes, that writes the caches."""
        from filelock import FileLock, Timeout

        with plainly(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        if not self._writing.acquire(timeout=_LOCK_WAIT_S if wait else 0):
            if wait:
                raise LibraryBusy(_BUSY)
            yield False
            return
        try:
            lock = FileLock(self._folder / "lock", timeout=_LOCK_WAIT_S if wait else 0)
            try:
                with plainly(self._folder):
                    lock.acquire()
            except Timeout:
                if wait:
                    raise LibraryBusy(_BUSY) from None
                yield False
                return
            try:
                with plainly(self._folder):
                    self._clear_others()
                    yield True
            finally:
                lock.release()
        finally:
            self._writing.release()

    def _present(self, names: Sequence[str]) -> dict[str, Paper]:
        """Those of the papers that the library holds under these very ids, without their pages."""
        found = {paper.id: paper for paper in self._library.papers(list(names))} if names else {}
        return {name: found[name] for name in names if name in found}

    def _passages_of(self, names: Sequence[str]) -> dict[str, list[Passage]]:
        found: dict[str, list[Passage]] = {}
        for passage in self._library.passages(list(names)) if names else []:
            found.setdefault(passage.paper_id, []).append(passage)
        return found


_BUSY = "Another process is writing this library's index. Nothing was lost; try again when it has finished."


def _build_number(name: str) -> int:
    head, _, tail = name.partition("-")
    return int(tail) if head == "build" and tail.isdigit() else 0


def _write_atomically(path: Path, text: str) -> None:
    import os

    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
