"""Cosines of texts; vectors that the library has are taken from there, the latest others are kept."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from typing import Any

from ..embeddings import Embedder
from ..library import Library

_RECENT = 4096


class Similarity:
    """Called with two lists of texts, gives their cosines. Safe to use from several threads."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder
        self._recent: dict[str, Any] = {}
        """Vectors of titles, questions and drafted sentences, which the library does not keep."""
        self._lock = threading.Lock()

    def __call__(self, one: Sequence[str], other: Sequence[str]) -> Any:
        """One row per text of the first list, one column per text of the second."""
        texts = list(dict.fromkeys([*one, *other]))
        rows = self._vectors(texts)
        at = {text: k for k, text in enumerate(texts)}
        return rows[[at[t] for t in one]] @ rows[[at[t] for t in other]].T

    def _vectors(self, texts: Sequence[str]) -> Any:
        import numpy as np

        keys = [hashlib.sha256(t.encode("utf-8", "surrogatepass")).hexdigest()[:32] for t in texts]
        with self._lock:
            known = {key: self._recent[key] for key in keys if key in self._recent}
        stored = self._library.vectors(self._embedder.fingerprint, [key for key in keys if key not in known])
        known |= {key: np.frombuffer(row, "<f2").astype(np.float32) for key, row in stored.items()}
        new = {key: t for key, t in zip(keys, texts, strict=True) if key not in known}
        if new:
            made = dict(zip(new, self._embedder.encode(list(new.values())), strict=True))
            known |= made
            with self._lock:
                self._recent.update(made)
                while len(self._recent) > _RECENT:
                    del self._recent[next(iter(self._recent))]
        return np.array([known[key] for key in keys], np.float32)
