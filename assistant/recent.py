"""The latest of what was worked out, kept in memory for the next time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class Recent(Generic[_K, _V]):
    """Values by key, `most` at a time: those that were looked for longest ago go. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[_K, _V] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: _K) -> _V | None:
        """What is kept under the key; None where nothing is."""
        return self.known((key,)).get(key)

    def known(self, keys: Iterable[_K]) -> dict[_K, _V]:
        """What is kept of these keys."""
        found: dict[_K, _V] = {}
        with self._lock:
            for key in keys:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    found[key] = self._kept[key]
        return found

    def put(self, key: _K, value: _V) -> None:
        """Keep a value."""
        self.update({key: value})

    def update(self, values: Mapping[_K, _V]) -> None:
        """Keep these values; of more than there is room for the last."""
        with self._lock:
            for key, value in values.items():
                self._kept[key] = value
                self._kept.move_to_end(key)
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)

    def clear(self) -> None:
        """Drop all."""
        with self._lock:
            self._kept.clear()
