"""Events made ahead of their reader: work that waits for a model begins before what is there is shown."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

_T = TypeVar("_T")


def ahead(events: Iterator[_T]) -> Iterator[_T]:
    """The same events, in order; a thread begins to make them now, not when the first is asked for.

    What they raise is raised to the reader. Once the reader goes away no more of them is kept.
    """
    told: queue.SimpleQueue[tuple[_T | None, BaseException | None, bool]] = queue.SimpleQueue()
    left = threading.Event()

    def make() -> None:
        try:
            for event in events:
                if left.is_set():
                    return
                told.put((event, None, False))
        except BaseException as error:  # noqa: BLE001  (raised again where it is read)
            told.put((None, error, True))
        else:
            told.put((None, None, True))

    threading.Thread(target=make, daemon=True, name="answer").start()
    return _read(told, left)


def _read(
    told: queue.SimpleQueue[tuple[_T | None, BaseException | None, bool]], left: threading.Event
) -> Iterator[_T]:
    try:
        while True:
            event, error, over = told.get()
            if error is not None:
                raise error
            if over:
                return
            assert event is not None
            yield event
    finally:
        left.set()
