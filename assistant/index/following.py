"""The caches follow the library while it takes up papers: in a thread of their own, one stretch after another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import Index, Progress

_STOPPING_S = 30.0
_LOOK_S = 0.2


class Following:
    """Brings an index up as long as it is entered; `news` says that something was committed.

    Left by an exception (Ctrl-C, say) it stops after the step it is at; what is not done then is done by the
    next update.
    """

    def __init__(self, index: Index, progress: Progress | None) -> None:
        self._index = index
        self._progress = progress
        self._news = threading.Event()
        self._all_here = threading.Event()
        self._stop = threading.Event()
        # Waited for in place of the thread: a join that Ctrl-C interrupts takes a thread for ended that is not.
        self._over = threading.Event()
        self._done: dict[str, tuple[int, int | None]] = {}
        self._encoded = 0
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Following:
        self._thread.start()
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._stop.set()
        self._news.set()
        self._over.wait(_STOPPING_S)

    def news(self) -> None:
        """Something was committed."""
        self._news.set()
        self.report()

    def report(self) -> None:
        """Tell how far the caches are, if they moved since; in this thread."""
        for stage in list(self._done):
            done, total = self._done.pop(stage)
            if self._progress:
                self._progress(stage, done, total)

    def finished(self) -> int:
        """Wait until the caches have all that is in the library; how many texts were encoded since the start.

        Progress is reported in the caller's thread. What went wrong is raised here.
        """
        self._all_here.set()
        self._news.set()
        while not self._over.wait(_LOOK_S):
            self.report()
        self.report()
        if self._error is not None:
            raise self._error
        return self._encoded

    def _follow(self) -> None:
        try:
            while not self._stop.is_set():
                self._news.wait()
                self._news.clear()
                last = self._all_here.is_set()
                if not self._stop.is_set():
                    self._encoded += self._index.update(self._say, stop=self._stop, compact=last)
                if last:
                    return
        except Exception as error:  # noqa: BLE001  (raised again in the caller's thread)
            self._error = error
        finally:
            self._over.set()

    def _say(self, stage: str, done: int, total: int | None) -> None:
        self._done[stage] = done, total
