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
    def left(self) -> Iterator[None]:
        """Somebody else's turn until the block ends, where one waits for something; then one's own again, soon."""
        self._hand_on()
        try:
            yield
        finally:
            # Interrupted here, this turn goes to nobody; the one that `taken` ends without it makes up for that.
            self._called(going_on=True).wait()

    @contextlib.contextmanager
    def taken(self, *, going_on: bool = False) -> Iterator[None]:
        """A turn, until the block ends. Who is `going_on` with an answer goes before those who have none yet."""
        called = self._called(going_on)
        try:
            called.wait()
            yield
        finally:
            self._over(called)

    @property
    def met(self) -> bool:
        """Whether somebody has a turn now."""
        return self._free < self._most

    def _called(self, going_on: bool) -> threading.Event:
        """What is set when the turn has come."""
        called = threading.Event()
        with self._guard:
            if self._free:
                self._free -= 1
                called.set()
            elif going_on:
                self._waiting.appendleft(called)
            else:
                self._waiting.append(called)
        return called

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _over(self, called: threading.Event) -> None:
        """Hands on a turn that came; who was interrupted while waiting for it waits no more."""
        with self._guard:
            if called in self._waiting:
                self._waiting.remove(called)
                return
        self._hand_on()
