"""Turns: how many questions are worked on at a time in this process, and who is next."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator


class Turns:
    """So many at a time; the others wait in order, without taking a processor from those who work.

    Many threads that all want the interpreter's lock hand it round every few milliseconds and get little done.
    """

    def __init__(self, most: int) -> None:
        self._most = self._free = most
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    @contextlib.contextmanager
    def taken(self, *, going_on: bool = False) -> Iterator[None]:
        """A turn, until the block ends. Who is `going_on` with an answer goes before those who have none yet."""
        called = threading.Event()
        with self._guard:
            if self._free and (going_on or not self._waiting):
                self._free -= 1
                called.set()
            elif going_on:
                self._waiting.appendleft(called)
            else:
                self._waiting.append(called)
        try:
            called.wait()
            yield
        finally:
            self._over(called)

    @property
    def met(self) -> bool:
        """Whether somebody has a turn now."""
        return self._free < self._most

    def _over(self, called: threading.Event) -> None:
        """Hands the turn on; who was interrupted while waiting had none."""
        with self._guard:
            if not called.is_set():
                self._waiting.remove(called)
            elif self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
