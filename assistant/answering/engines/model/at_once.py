"""Work done by a few threads at once that nobody need wait for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ....errors import BackendError

T = TypeVar("T")
R = TypeVar("R")


def done_at_once(work: Callable[[T], R], items: Sequence[T], most: int) -> Iterator[tuple[T, R | BackendError]]:
    """Each item with what `work` made of it, or the failure that it met, as they are done, at most so many at a time.

    Whoever stops reading leaves what is under way to itself: no further item is begun, and a program that ends does
    not wait for a model.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    ready: queue.SimpleQueue[tuple[T, R | BaseException]] = queue.SimpleQueue()
    stop = threading.Event()
    for item in items:
        waiting.put(item)

    def run() -> None:
        while not stop.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                ready.put((item, work(item)))
            except BaseException as error:  # noqa: BLE001 - handed to who reads, which raises it
                ready.put((item, error))

    for _ in range(min(most, len(items))):
        threading.Thread(target=run, daemon=True).start()
    try:
        for _ in items:
            item, made = ready.get()
            if isinstance(made, BaseException) and not isinstance(made, BackendError):
                raise made
            yield item, made
    finally:
        stop.set()
