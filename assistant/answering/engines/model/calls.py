"""A language model asked for one answer: each call by the name of its prompt, counted, several at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from .... import prompts
from ....backends import Backend
from ....errors import BackendError

T = TypeVar("T")
R = TypeVar("R")


class OutOfCalls(BackendError):
    """The calls that an answer may take are used up; nothing was sent."""


class Calls:
    """The calls of one answer: at most so many, and the labels of the prompts they used."""

    def __init__(self, backend: Backend, most: int) -> None:
        self.backend = backend
        self.most = most
        self.used = 0
        self.labels: list[str] = []
        self.cut: set[str] = set()
        """The prompts whose reply ended because the model had no room left."""
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        return self.most - self.used

    def spend(self) -> None:
        """Count one call. OutOfCalls where none is left."""
        with self._lock:
            if self.used >= self.most:
                raise OutOfCalls(f"The {self.most} calls for this answer are used up.")
            self.used += 1

    def ask(self, name: str, schema: dict[str, Any] | None = None, **values: object) -> str:
        """The model's reply to the prompt of that name. BackendError, as the backend raises it, or OutOfCalls."""
        prompt = prompts.load(name)
        system, user = prompt.render(**values)
        self.spend()
        with self._lock:
            self.labels.append(prompt.label)
        said = self.backend.complete(system, user, schema=schema)
        # As the asking thread sees it: others may be asking at the same time.
        if self.backend.outcome.truncated:
            self.cut.add(name)
        return said


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
