"""The index: words, vectors in Chroma, and a compact copy of them. Disposable: the library is the truth.

Under `home/index` one folder is current. Its `index.db` says what is committed: which paper has which
number, and how many rows of the copy count. A change is written to words, copy and Chroma first, then
committed there, then settled in the library's outbox; whatever is killed between is done again by the
next `update`, and what it left half written is not looked at. A number is never used twice, so that a
stale word or vector can't be taken for another paper's.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..embeddings import Embedder
from ..errors import EmbedderChanged, EmbeddingError, SearchIndexError
from ..library import Library
from ..papers import Filters
from . import failures
from .build import Build, OtherLayout
from .builds import Builds
from .columns import Columns
from .failures import CachesUnwritable
from .lexicon import Lexicon
from .standing import Standing
from .view import SCANNED_PASSAGES, View
from .writing import Writing, check_embedder

if TYPE_CHECKING:
    import numpy as np

log = logging.getLogger(__name__)
Progress = Callable[[str, int, int | None], None]

_SOON = 32
"""So many papers left over by an earlier run are finished before a search; more, beside it."""
_LOOK_AGAIN_S = 30.0
_TRIES = 6
_FILLED_AT_ONCE = 2000
"""So many vectors are put into Chroma again as part of a removal: a second or two. More wait for a moment of quiet."""


class Index:
    """The caches of one library. Cheap to open: nothing is read before it is used. Thread-safe."""

    def __init__(self, home: Path, library: Library, embedder: Embedder, chroma_url: str | None = None) -> None:
        self._folder = Path(home) / "index"
        self._library = library
        self._embedder = embedder
        self._chroma_url = chroma_url
        # Taken before the locks of the builds.
        self._guard = threading.RLock()
        self._builds = Builds(self._folder, chroma_url)
        self._writing = Writing(library, embedder, self._builds)
        self._view: View | None = None
        self._view_of: tuple[Any, ...] = ()
        self._columns: tuple[str, Columns] = ("", Columns.none())
        self._trouble: tuple[Any, str] | None = None
        self._unwritable = ""
        self.catches_up = True
        """Whether a search finishes what an earlier run left; else that is another process's work."""
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

    @property
    def width(self) -> int:
        """The length of the vectors; 0 while there are none."""
        return self._usable().copy().dimension

    # ------------------------------------------------------------------ reading

    @property
    def state(self) -> tuple[str, str, int]:
        """What any answer rests on now: which build of the caches, its version, and the library's generation."""
        build = self._usable()
        return build.folder.name, build.version(), self._library.generation

    def view(self) -> View:
        """The caches as they are now, leftovers of an earlier run finished (or being finished) first.

        Broken files are made again from the library. EmbedderChanged when the vectors are another
        embedder's. Where one state of the library is held, the view stays the same too.
        """
        held = self._library.held
        if held is None:
            return self._newest_view()
        if "view" not in held.kept:
            with self._library.newest():
                held.kept["view"] = self._newest_view()
        found: View = held.kept["view"]
        return found

    def _newest_view(self) -> View:
        with self._guard:
            for _ in range(_TRIES):
                before = self._builds.name(), self._library.generation
                try:
                    return self._view_after_leftovers()
                except (EmbedderChanged, CachesUnwritable):
                    raise
                except (SearchIndexError, sqlite3.DatabaseError) as error:
                    self._view_of, found = (), error
                if before == (self._builds.name(), self._library.generation):
                    break  # nothing moved meanwhile, so it is not another process's work half seen
            if self._chroma_url:
                raise found
            with self._builds.writer(wait=True):
                self._mended(found)
            return self._current_view()

    def _mended(self, found: Exception, progress: Progress | None = None) -> int:
        """Make the caches again because of what was found, and note it; how many texts were encoded."""
        began = time.monotonic()
        encoded = self._writing.rebuilt(progress)
        why = str(found) if isinstance(found, SearchIndexError) else f"Its files are damaged ({found})."
        self.notices.append(
            f"The index could not be used: {why.split('; ')[0].rstrip('.')}. "
            f"It was made again from the library in {time.monotonic() - began:.1f} s; no paper was lost."
        )
        return encoded

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
        except EmbeddingError:
            # Words are there by now; whoever wants the question's vector meets the same, and says it.
            log.warning("the vectors of papers that wait could not be computed", exc_info=True)
        return self._current_view()

    def trouble(self) -> str:
        """What is wrong with Chroma, in a sentence; empty when nothing seems to be.

        Papers are then found with words and the compact copy of the vectors alone. Looked at again when
        the library or the files changed, or after half a minute.
        """
        if self._unwritable:
            return self._unwritable
        with self._guard:
            build = self._usable()
            key = (build.folder.name, build.version(), build.neighbours.stamp(), int(time.monotonic() / _LOOK_AGAIN_S))
            if self._trouble is None or self._trouble[0] != key:
                # While it is being filled again it has less, and nothing is asked of it.
                some = int(build.said("scanned") or 0) > 0 and build.behind() is None
                found = build.neighbours.trouble(lambda: sum(build.counted().values())) if some else ""
                self._trouble = key, found
            found = self._trouble[1]
        instead = "Papers were found without it, with words and the index's own copy of the vectors."
        return f"{found} {instead}" if found else ""

    def standing(self) -> Standing:
        """How far the caches are behind the library, counted quickly; nothing is brought up."""
        changes = self._library.waiting()
        if not changes:
            return Standing(0)
        at_work = self._builds.at_work()
        try:
            here, vectorless = self._opened().count_papers()
        except (SearchIndexError, sqlite3.DatabaseError):
            return Standing(changes, at_work=at_work)  # broken, which whoever uses it meets
        return Standing(changes, max(0, self._library.count() - here), vectorless, at_work)

    def unfinished(self) -> str:
        """What is still to be done to the files after a removal, in a sentence; empty when nothing is."""
        try:
            build = self._opened()
            overdue, done, every = self._writing.overdue(build), build.behind(), build.copy().scanned
        except (SearchIndexError, sqlite3.DatabaseError):
            return ""  # broken, which `verify` says
        if overdue:
            return "Traces of removed papers are still in the index's files; the next ingest, chat or page clears them."
        return "" if done is None else (
            f"Chroma is filled again after a removal: it has {done:,} of {every:,} vectors, and the next ingest, chat "
            "or page brings the rest. No paper is missed meanwhile."
        )

    def lexicon(self) -> Lexicon:
        """The words of the papers as they are written, and their short forms."""
        return Lexicon(self._usable().reading)

    def passing(self, view: View, filters: Filters) -> np.ndarray | None:
        """The positions of the papers that pass, ascending; None where no limit is set."""
        if not filters:
            return None
        key = filters, self._library.generation
        if (known := view.passed.get(key)) is not None:
            return known
        rest = replace(filters, year_from=None, year_to=None)
        found = view.passing(
            filters.year_from, filters.year_to, self._library.arrivals_passing(rest) if rest else None
        )
        view.passed.put(key, found)
        return found

    def _current_view(self) -> View:
        build = self._opened()
        key = (build.folder.name, build.version(), self._library.generation)
        if self._view is None or key != self._view_of:
            check_embedder(build, self._embedder)
            build.words.reload()
            # In this order: what was there and is not waiting has its number by the time numbers are read.
            count, waiting = self._library.count(), self._library.waiting()
            name, before = self._columns
            with build.reading() as db:
                columns = (before if name == build.folder.name else Columns.none()).grown(db, build)
            if count > columns.count + waiting:
                raise SearchIndexError("The index lacks papers that it should have; run `litassist rebuild`.")
            if build.words.count() < columns.count - waiting:
                raise SearchIndexError("The word index lacks papers that it should have; run `litassist rebuild`.")
            if columns.scanned > SCANNED_PASSAGES:
                build.neighbours.reload()  # asked only then; opening it anew would hold up who writes into it
            old = self._view
            hubs = old.hubs if old is not None and name == build.folder.name else None
            self._columns = build.folder.name, columns
            self._view, self._view_of = View(build, columns, hubs), key
            self._view.generation = key[-1]
        return self._view

    def _catch_up(self) -> None:
        if not self.catches_up:
            return
        waiting = self._library.waiting(_SOON + 1)
        if not (waiting or self._writing.overdue(self._opened())) or self._builds.busy:
            return
        if not waiting:
            # Only the room that removed papers took is left to be cleared.
            threading.Thread(target=self._finish, daemon=True).start()
        elif waiting <= _SOON:
            self.update(wait=False, compact=False)
        else:
            self.update(wait=False, vectors=False, compact=False)
            threading.Thread(target=self._finish, daemon=True).start()

    def _finish(self) -> None:
        # Beside a search: what fails here fails again, and in words, in the next update.
        with contextlib.suppress(Exception):
            self.update(wait=False)

    # ------------------------------------------------------------------ writing

    def update(
        self, progress: Progress | None = None, *, wait: bool = True, vectors: bool = True, compact: bool = True,
        stop: threading.Event | None = None,
    ) -> int:
        """How many texts were encoded to bring the caches up with the library.

        Words first, then the passages' vectors, then the sentences'; what the library takes up meanwhile
        goes the same way, its words at once. `stop` ends it after the step it is at. With `wait` another
        process that is writing is waited for (LibraryBusy after ten minutes); without, 0 comes back at once
        and the other process does the work. After a removal the files are cleared of what went (with `compact`),
        and Chroma is filled again.
        """
        with contextlib.suppress(SearchIndexError, sqlite3.DatabaseError):  # seen again below, and mended there
            if not self._library.waiting(1) and not self._writing.unfinished(self._opened()):
                return 0
        return self._written(lambda: self._writing.updated(progress, vectors, compact, stop), progress, wait)

    def clear(self, progress: Progress | None = None, *, wait: bool = True) -> bool:
        """Whether the files are now free of all papers that went; False where another process is writing and is not to
        be waited for: it clears them at its end.

        In a large library Chroma is empty afterwards, and `update` fills it again.
        """
        with contextlib.suppress(SearchIndexError, sqlite3.DatabaseError):
            if not self._writing.overdue(self._opened()):
                return True
        self._written(lambda: self._writing.cleared(progress, None), progress, wait)
        build = self._opened()
        if build.behind() is not None and build.copy().scanned <= _FILLED_AT_ONCE:
            self.update(progress, wait=False, vectors=False)
        return not self._writing.overdue(build)

    def _written(self, work: Callable[[], int], progress: Progress | None, wait: bool) -> int:
        """What the work gives, done as the only writer; 0 where another is one and is not waited for."""
        with self._builds.writer(wait) as mine:
            if not mine:
                return 0
            try:
                return work()
            except OtherLayout:
                return self._writing.rebuilt(progress)
            except (EmbedderChanged, CachesUnwritable):
                raise
            except (SearchIndexError, sqlite3.DatabaseError) as error:
                if self._chroma_url or failures.passing(error):
                    raise
                return self._mended(error, progress)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Make every cache again from the library, beside the old ones, and swap them.

        Vectors come from the library's store of them where the embedder is the same: nothing is
        encoded twice. The number of texts that were encoded.
        """
        with self._builds.writer(wait=True):
            return self._writing.rebuilt(progress)

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
            self._builds.close()
            self._view, self._view_of = None, ()
            self._columns = "", Columns.none()

    # ------------------------------------------------------------------ parts

    def _usable(self) -> Build:
        """The present build; one that is broken, or of another layout, is made again first."""
        try:
            return self._opened()
        except (SearchIndexError, sqlite3.DatabaseError):
            self.view()
            return self._opened()

    def _opened(self) -> Build:
        return self._builds.current()
