"""A language model asked for one answer: each call by the name of its prompt, counted, from several threads."""

from __future__ import annotations

import threading
from typing import Any

from .... import prompts
from ....backends import Backend
from ....errors import BackendError


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
        if self.backend.truncated:
            self.cut.add(name)
        return said
