"""Which folder of caches is current, and who may write there."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from ..errors import LibraryBusy
from .build import Build
from .failures import plainly

_LOCK_WAIT_S = 600.0
_BUSY = "Another process is writing this library's index. Nothing was lost; try again when it has finished."


class Builds:
    """The builds of one library. `current` names the one in use; others were never finished, or are done with."""

    def __init__(self, folder: Path, chroma_url: str | None) -> None:
        self.folder = folder
        self._chroma_url = chroma_url
        # Taken in this order: the right to write, the folder being opened.
        self._writing = threading.Lock()
        self._opening = threading.RLock()
        self._build: Build | None = None

    def current(self) -> Build:
        """The build in use, open."""
        with self._opening:
            while self._build is None or self._build.folder.name != self.name():
                if self._build is not None:
                    self._build.close()
                # Another process may put the next one in its place while this one is being opened.
                build = Build(self.folder / self.name(), self._chroma_url)
                build.create()
                self._build = build
            return self._build

    def name(self) -> str:
        """The name of the build in use."""
        try:
            name = (self.folder / "current").read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return "build-1"
        return name if _number(name) else "build-1"

    def begun(self) -> Build:
        """The next build, new and empty; not in use yet."""
        new = Build(self.folder / f"build-{_number(self.name()) + 1}", self._chroma_url)
        new.clear()
        new.create()
        return new

    def taken(self, new: Build) -> None:
        """Put a build that is whole in the place of the one in use."""
        with self._opening:
            if self._build is not None:
                self._build.close()
            _write_atomically(self.folder / "current", new.folder.name)
            self._build = new

    def clear_others(self) -> None:
        """Delete the folders of builds that are not current, or were never finished."""
        current = self.name()
        for folder in self.folder.glob("build-*"):
            if folder.name != current:
                Build(folder, self._chroma_url).clear()

    @property
    def busy(self) -> bool:
        """Whether a thread of this process is writing."""
        return self._writing.locked()

    def at_work(self) -> bool:
        """Whether a thread of this or another process is writing."""
        from filelock import FileLock, Timeout

        if self.busy:
            return True
        try:
            with FileLock(self.folder / "lock", timeout=0):
                return False
        except Timeout:
            return True
        except OSError:
            return False  # nobody can write there

    @contextlib.contextmanager
    def writer(self, wait: bool) -> Iterator[bool]:
        """Whether this thread is now the only one, of all processes, that writes the caches."""
        from filelock import FileLock, Timeout

        with plainly(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        if not self._writing.acquire(timeout=_LOCK_WAIT_S if wait else 0):
            if wait:
                raise LibraryBusy(_BUSY)
            yield False
            return
        try:
            lock = FileLock(self.folder / "lock", timeout=_LOCK_WAIT_S if wait else 0)
            try:
                with plainly(self.folder):
                    lock.acquire()
            except Timeout:
                if wait:
                    raise LibraryBusy(_BUSY) from None
                yield False
                return
            try:
                with plainly(self.folder):
                    self.clear_others()
                    yield True
            finally:
                lock.release()
        finally:
            self._writing.release()

    def close(self) -> None:
        """Let go of the files."""
        with self._opening:
            if self._build is not None:
                self._build.close()
            self._build = None


def _number(name: str) -> int:
    head, _, tail = name.partition("-")
    return int(tail) if head == "build" and tail.isdigit() else 0


def _write_atomically(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
