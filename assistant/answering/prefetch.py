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
    queued: queue.SimpleQueue[tuple[_T | None, BaseException | None, bool]] = queue.SimpleQueue()
    abandoned = threading.Event()

    def make() -> None:
        try:
            for event in events:
                if abandoned.is_set():
                    return
                queued.put((event, None, False))
        except BaseException as error:  # noqa: BLE001  (raised again where it is read)
            queued.put((None, error, True))
        else:
            queued.put((None, None, True))

    if hear is not None:
        hear(lambda event: queued.put((event, None, False)))
    threading.Thread(target=make, daemon=True, name="answer").start()
    return _read(queued, abandoned)


def _read(
    queued: queue.SimpleQueue[tuple[_T | None, BaseException | None, bool]], abandoned: threading.Event
) -> Iterator[_T]:
    try:
        while True:
            event, error, over = queued.get()
            if error is not None:
                raise error
            if over:
                return
            assert event is not None
            yield event
    finally:
        abandoned.set()
