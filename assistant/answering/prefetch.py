"""Events made ahead of their reader: work that waits for a model begins before what is there is shown."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

_T = TypeVar("_T")


def prefetched(
    events: Iterator[_T], hear: Callable[[Callable[[_T], None]], None] | None = None
) -> Iterator[_T]:
    """The same events, in order; a thread begins to make them now, not when the first is asked for.

    `hear` is handed what puts in an event from any thread while the next is made: a sign of life. What they raise
    is raised to the reader. Once the reader goes away no more of them is kept.
    """
    queued: queue.SimpleQueue[_T | BaseException] = queue.SimpleQueue()
    abandoned = threading.Event()

    def make() -> None:
        try:
            for event in events:
                if abandoned.is_set():
                    return
                queued.put(event)
            queued.put(StopIteration())
        except BaseException as error:  # noqa: BLE001  (raised again where it is read)
            queued.put(error)

    def read() -> Iterator[_T]:
        try:
            while not isinstance(event := queued.get(), BaseException):
                yield event
            if not isinstance(event, StopIteration):
                raise event
        finally:
            abandoned.set()

    if hear is not None:
        hear(queued.put)
    threading.Thread(target=make, daemon=True, name="answer").start()
    return read()
