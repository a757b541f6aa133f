"""Processes that answer questions beside this one, so that several askers use several cores.

Python works on one thing at a time in a process, so one process serves many askers hardly faster than one. A
worker is another process over the same library, with an encoder of its own; it answers extractively, and what it
tells comes back event by event. Workers are started when questions first meet, and end when none came for a
while. One that ends before its time costs nobody an answer: what it had not told to its end is told here. So is
what one would have told that hangs; it is ended.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .. import errors
from ..config import Settings
from ..embeddings.batches import answering_elsewhere
from ..errors import LitassistError
from ..machine import cores
from ..papers import Done, Event, Filters, Replaced, Retrieved, Text, Turn
from .process import Process, Stopped

log = logging.getLogger(__name__)
MEMORY = 350_000_000
"""Bytes of memory that a worker takes over a small library, rounded up."""
_MOST = 16
_IDLE_S, _LOOK_S = 600.0, 2.0
"""Seconds without a question after which a worker ends; and between two looks whether it is there still."""
_AGAIN_S = 60.0
"""Seconds after a worker that could not be started in which no other is tried."""
_LOST = 5
"""Workers lost one after the other, without an answer between, after which no other is tried for as long."""
_SILENT_S = 120.0
"""Seconds without a word from a worker that was asked, after which it is held to hang. Answers take one or two."""
_TO_BEGIN = 5
"""So many times as long it may take to begin: on a busy machine a large library is not opened at once."""
_ANEW = "The process that wrote this answer ended. It is written anew, from your library as it is now."
_UNEXPECTED = "Something unexpected went wrong; your library is unharmed. Ask again."

__all__ = ["MEMORY", "Workers", "suitable"]


def suitable() -> int:
    """How many workers suit this machine: one for each core, as far as a quarter of the memory holds them.

    None where there is only one core: nothing is gained there.
    """
    found = min(cores(), _memory() // 4 // MEMORY, _MOST)
    return found if found > 1 else 0


def _memory() -> int:
    """Bytes of memory that this process may count on: the machine's, or what a container is given of it."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        found = 8 << 30  # where it can't be asked: what most machines have
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            found = min(found, int(Path(limit).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return found


class _Request:
    """One question on its way; what is told of it is put into `told`, None at its end."""

    def __init__(self, question: str, history: Sequence[Turn], filters: Filters) -> None:
        self.asked = (question, tuple(history), filters)
        self.told: queue.SimpleQueue[Event | LitassistError | None] = queue.SimpleQueue()
        self.left = False
        """Whether nobody waits for the answer any more."""


def _next_told(request: _Request) -> Event | LitassistError | None:
    with answering_elsewhere():
        return request.told.get()


class Workers:
    """So many workers over one library, none before `start`. Safe to use from several threads."""

    def __init__(self, settings: Settings, count: int, *, patience_s: float = _SILENT_S) -> None:
        self._settings = settings
        self.count = count
        self._patience = patience_s
        self._waiting: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._processes: set[Process] = set()
        self._serving = self._starting = 0
        self._closed = threading.Event()
        self._watched = False
        self._not_before = 0.0
        self._forgotten = self._lost = 0

    @property
    def ready(self) -> int:
        """How many workers answer now."""
        return self._serving

    def start(self) -> None:
        """Begin to start the workers that are not there, unless that failed a moment ago. Returns at once."""
        with self._guard:
            missing = self.count - self._serving - self._starting
            if self._closed.is_set() or missing <= 0 or time.monotonic() < self._not_before:
                return
            if not self._serving and not self._starting:
                atexit.register(self.close)
            self._starting += missing
            watched, self._watched = self._watched, True
        if not watched:
            threading.Thread(target=self._watch, daemon=True, name="workers-watch").start()
        for _ in range(missing):
            threading.Thread(target=self._work, daemon=True, name="worker").start()

    def events(
        self, question: str, history: Sequence[Turn], filters: Filters, here: Callable[[], Iterator[Event]]
    ) -> Iterator[Event]:
        """The events of the answer, in the order in which questions came; made `here` where no worker does it.

        Whoever stops reading costs the others nothing: the worker finishes, and nobody is told.
        """
        request = _Request(question, history, filters)
        with self._guard:
            waits = not self._waiting.empty()
            if served := bool(self._serving):
                self._waiting.put(request)
        if served and waits:
            self.start()  # one that could not be started, or ended long ago, is missed now
        if not served:
            yield from here()
            return
        begun: list[Event] = []
        try:
            while (told := _next_told(request)) is not None:
                if isinstance(told, LitassistError):
                    raise told
                begun.append(told)
                yield told
                if isinstance(told, Done):
                    return
        finally:
            request.left = True
        yield from _continued(begun, here()) if begun else here()

    def forget(self) -> None:
        """Have every worker drop what it keeps in memory before its next answer; one without questions ends soon."""
        self._forgotten += 1

    def close(self) -> None:
        """End the workers; questions that wait for one are answered here."""
        with self._guard:
            self._closed.set()
            ending, self._processes = list(self._processes), set()
        for process in ending:
            process.hang_up()
        for process in ending:
            process.stop()
        for _ in range(self.count):
            self._waiting.put(None)
        atexit.unregister(self.close)

    # ------------------------------------------------------------------ one worker's thread

    def _work(self) -> None:
        forgotten = self._forgotten
        process = self._started()
        if process is None:
            return
        try:
            while (request := self._next(process)) is not None:
                if request.left:
                    continue
                try:
                    if forgotten != self._forgotten:
                        forgotten = self._forgotten
                        process.forget()
                    self._answer(process, request)
                    self._lost = 0
                except Stopped as stopped:
                    log.warning("a worker ended: %s", stopped)
                    return
                finally:
                    request.told.put(None)  # whatever happens, nobody waits for ever
        finally:
            self._gone(process)

    def _started(self) -> Process | None:
        """A worker that is ready to answer; None where it can't be had, and nobody else is tried for a while."""
        process: Process | None = None
        try:
            process = Process()
            with self._guard:
                if not self._closed.is_set():
                    self._processes.add(process)
            process.begin(self._settings)
        except (Stopped, OSError) as failure:
            if not self._closed.is_set():
                log.warning("a worker can't be started: %s", failure)
            with self._guard:
                self._starting -= 1
                self._not_before = time.monotonic() + _AGAIN_S
                if process is not None:
                    self._processes.discard(process)
            if process is not None:
                process.stop()
            return None
        with self._guard:
            self._starting -= 1
            self._serving += 1
        return process

    def _next(self, process: Process) -> _Request | None:
        """The next question; None when the worker is to end: closed, or not needed for long; or when it has ended."""
        idle = time.monotonic()
        while process.alive and not self._closed.is_set() and time.monotonic() - idle < _IDLE_S:
            with contextlib.suppress(queue.Empty):
                return self._waiting.get(timeout=_LOOK_S)
        return None

    def _answer(self, process: Process, request: _Request) -> None:
        for kind, told in process.told(request.asked):
            if kind == "event":
                request.told.put(told)
            elif kind == "error":
                name, message = told
                found = getattr(errors, name, LitassistError)
                failure = LitassistError.__new__(found if issubclass(found, LitassistError) else LitassistError)
                Exception.__init__(failure, message)
                request.told.put(failure)
            else:
                log.error("a worker failed:\n%s", told)
                request.told.put(LitassistError(_UNEXPECTED))

    def _gone(self, process: Process) -> None:
        """Another takes its place where it ended before its time, unless one after the other is lost."""
        missed = process.failed or not process.alive
        self._lost += missed
        stranded: list[_Request] = []
        with self._guard:
            self._serving -= 1
            self._processes.discard(process)
            if not self._serving:
                # Nobody is left who would take what waits.
                while not self._waiting.empty():
                    if (request := self._waiting.get()) is not None:
                        stranded.append(request)
        for request in stranded:
            request.told.put(None)
        process.stop()
        if self._lost >= _LOST:
            self._not_before = time.monotonic() + _AGAIN_S
        if missed or stranded:
            self.start()

    def _watch(self) -> None:
        """Ends whichever worker hangs, until all are ended; to those who wait, it is one that died."""
        while not self._closed.wait(self._patience / 8):
            with self._guard:
                held = list(self._processes)
            for process in held:
                if process.silent > self._patience * (1 if process.ready else _TO_BEGIN):
                    log.warning("worker %d told nothing for %.0f s and is ended", process.number, process.silent)
                    process.kill()


def _continued(told: Sequence[Event], anew: Iterator[Event]) -> Iterator[Event]:
    """What comes after the events `told` of an answer that is made `anew`.

    Sentences that are the same are not told twice. From the first that is not, what was told is withdrawn, and all
    is told.
    """
    shown: list[Event] = [event for event in told if isinstance(event, Text)]
    same: list[Event] = []
    for event in anew:
        if isinstance(event, Retrieved):
            continue
        if len(same) == len(shown):
            yield event
        elif event == shown[len(same)]:
            same.append(event)
        else:
            yield Replaced(_ANEW)
            yield from same
            yield event
            shown = same
