"""Cosines of texts; vectors that the library has are taken from there, the latest of all are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..embeddings import Embedder
from ..library import Library
from ..recent import Recent

if TYPE_CHECKING:
    import numpy as np

_RECENT = 8192


class Similarity:
    """Called with two lists of texts, gives their cosines. Safe to use from several threads."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder
        self._recent: Recent[str, np.ndarray] = Recent(_RECENT)
        """By text: of sentences what the library keeps, in half precision; of titles, questions and drafted
        sentences, which it does not keep, what the encoder gave."""

    def __call__(self, one: Sequence[str], other: Sequence[str]) -> Any:
        """One row per text of the first list, one column per text of the second."""
        import numpy as np

        texts = list(dict.fromkeys([*one, *other]))
        rows = self._vectors(texts)
        at = {text: k for k, text in enumerate(texts)}
        # On one thread: after a product on several they go on spinning for longer than a question takes.
        return np.einsum("ik,jk->ij", rows[[at[t] for t in one]], rows[[at[t] for t in other]])

    def forget(self) -> None:
        """Drop what is kept."""
        self._recent.clear()

    def _vectors(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        known = self._recent.known(texts)
        lacking = {_hash(text): text for text in texts if text not in known}
        if lacking:
            stored = self._library.vectors(self._embedder.fingerprint, lacking)
            made = {lacking[key]: np.frombuffer(row, "<f2") for key, row in stored.items()}
            new = [text for text in lacking.values() if text not in made]
            # Each for itself: a row that is kept for long would keep those made with it.
            made |= {text: row.copy() for text, row in zip(new, self._embedder.encode(new), strict=True)} if new else {}
            known |= made
            self._recent.update(made)
        return np.array([known[text] for text in texts], np.float32)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
