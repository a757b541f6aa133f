"""The work of bringing a build up with the library, clearing it of what went, and making it anew.

Whoever calls these is the only writer, of all threads and processes.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ..embeddings import Embedder
from ..errors import EmbedderChanged, SearchIndexError
from ..library import Library
from . import clearing
from .build import Build
from .builds import Builds
from .pace import Pace
from .steps import KINDS, WORDS_AT_ONCE, Steps
from .vectors import PASSAGE, SENTENCE

if TYPE_CHECKING:
    from . import Progress

_STAGES = {PASSAGE: "vectors", SENTENCE: "sentences"}
_WORDS_S = 1.0
"""Seconds after which vectors get their turn, though more papers have come whose words could be written."""


class Writing:
    """Writes into the builds of a library what it holds."""

    def __init__(self, library: Library, embedder: Embedder, builds: Builds) -> None:
        self._library = library
        self._embedder = embedder
        self._builds = builds
        self._steps = Steps(library, embedder)

    def updated(
        self, progress: Progress | None, vectors: bool, compact: bool, stop: threading.Event | None
    ) -> int:
        """How many texts were encoded to bring the present build up with the library; see `Index.update`."""
        build = self._builds.current()
        if build.empty() and not build.copy().count:
            with build.step() as db:
                build.say(db, "removed", self._library.removed_at)
        trouble = build.neighbours.crashed()
        if trouble and build.behind() is None:
            raise SearchIndexError(trouble)
        if trouble or build.behind() == 0:
            build.empty_chroma()
        try:
            encoded = self._brought_up(build, progress, vectors, stop)
        finally:
            build.words.settle()
        build.neighbours.finished()
        if compact and not (stop and stop.is_set()):
            if self.overdue(build):
                encoded += self.cleared(progress, stop)
            clearing.filled(self._builds.current(), progress, stop)
        return encoded

    def cleared(self, progress: Progress | None, stop: threading.Event | None) -> int:
        """How many texts were encoded to clear the files of what was removed: none, unless all is made anew."""
        build, removed_at = self._builds.current(), self._library.removed_at
        try:
            self._follow(build, 0)
        finally:
            build.words.settle()
        if not clearing.wasteful(build) and clearing.cleared(build, self._steps, removed_at, progress, stop):
            if build.neighbours.remote:
                self._steps.forget_in_chroma(build)  # last, since the server may not be there
            return 0
        return 0 if stop and stop.is_set() else self.rebuilt(progress)

    def _follow(self, build: Build, seen: int) -> int:
        """The last message whose paper has its words as the library has them, from the one after `seen` on.

        That is the last there is, unless papers come on and on: then vectors get their turn between.
        """
        began = time.monotonic()
        while items := self._library.pending(after=seen, limit=WORDS_AT_ONCE):
            self._steps.write_words(build, list(dict.fromkeys(item.paper_id for item in items)))
            seen = items[-1].seq
            self._library.settle([item.seq for item in items if item.action == "remove"])
            if len(items) < WORDS_AT_ONCE and time.monotonic() - began > _WORDS_S:
                break
        return seen

    def _brought_up(
        self, build: Build, progress: Progress | None, vectors: bool, stop: threading.Event | None
    ) -> int:
        encoded = seen = 0
        done = {PASSAGE: 0, SENTENCE: 0}
        pace = Pace()
        while not (stop and stop.is_set()):
            seen = self._follow(build, seen)
            if not vectors:
                return 0
            check_embedder(build, self._embedder)
            for kind in (PASSAGE, SENTENCE):
                if part := build.next_waiting(KINDS[kind], pace.papers):
                    break
            if not part:
                if build.neighbours.remote or not self.overdue(build):
                    self._steps.forget_in_chroma(build)
                self._library.settle(upto=seen)
                return encoded
            with pace.step():
                encoded += self._steps.write_vectors(build, part, kind)
            done[kind] += len(part)
            if kind == SENTENCE:
                self._library.settle(upto=seen, paper_ids=list(part))
            if progress:
                progress(_STAGES[kind], done[kind], done[kind] + build.count_waiting(KINDS[kind]))
        return encoded

    def overdue(self, build: Build) -> bool:
        """Whether papers were removed since these files were cleared: they may hold what is left of them."""
        return int(build.said("removed") or 0) < self._library.removed_at

    def unfinished(self, build: Build) -> bool:
        """Whether something is to do though the caches have all papers: what was removed, Chroma."""
        return self.overdue(build) or build.behind() is not None or bool(build.left())

    def rebuilt(self, progress: Progress | None = None) -> int:
        """How many texts were encoded to make a build anew, beside the present one, and put it in its place."""
        new = self._builds.begun()
        try:
            with new.step() as db:
                new.say(db, "removed", self._library.removed_at)
            items = self._library.pending()
            todo = self._library.ids()
            for start in range(0, len(todo), WORDS_AT_ONCE):
                self._steps.write_words(new, todo[start : start + WORDS_AT_ONCE])
                if progress:
                    progress("words", min(start + WORDS_AT_ONCE, len(todo)), len(todo))
            encoded = 0
            for kind in (PASSAGE, SENTENCE):
                pace, done = Pace(), 0
                while part := new.next_waiting(KINDS[kind], pace.papers):
                    with pace.step():
                        encoded += self._steps.write_vectors(new, part, kind)
                    done += len(part)
                    if progress:
                        progress(_STAGES[kind], done, len(todo))
            new.words.settle(wait=True)
            new.neighbours.finished()
        except BaseException:
            # Open, its files would be in the way of the next attempt.
            new.close()
            raise
        self._builds.taken(new)
        self._library.settle([item.seq for item in items])
        self._builds.clear_others()
        return encoded


def check_embedder(build: Build, embedder: Embedder) -> None:
    """EmbedderChanged where a build's vectors are another embedder's."""
    made_by = build.said("embedder")
    if made_by and made_by != embedder.fingerprint:
        raise EmbedderChanged(
            f"This library's vectors were made by {made_by}, and the embedder is now {embedder.fingerprint}. "
            "The papers are unharmed. Run `litassist rebuild` to make the vectors again, or set the embedder back."
        )
