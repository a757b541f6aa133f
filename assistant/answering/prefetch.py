"""Events made ahead of their reader: work that waits for a model begins before what is there is shown."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

_T = TypeVar("_T")


def prefetched(events: Iterator[_T]) -> Iterator[_T]:
    """The same events, in order; a thread begins to make them now, not when the first is asked for.

    What they raise is raised to the reader. Once the reader goes away no more of them is kept.
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
