"""An embedder for questions: where no vectors are to be had, papers are found by their words, and that is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from ..errors import EmbeddingError
from . import Embedder, TokenEmbedder, showing_tokens
from .tokens import Asked

if TYPE_CHECKING:
    import numpy as np


class Lenient:
    """What the embedder gives, and where it fails rows of nothing, which are near to no paper. Thread-safe.

    Never for texts whose vectors are kept. `width` is how long the vectors are that questions are compared with.
    """

    def __init__(self, embedder: Embedder, width: Callable[[], int]) -> None:
        self._embedder = embedder
        self._width = width
        self.trouble = ""
        """Why the latest text got no vector, in sentences; empty when it got one."""

    @property
    def fingerprint(self) -> str:
        """The embedder's."""
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._width() or self._embedder.dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One row per text, in order."""
        try:
            found = self._embedder.encode(texts)
        except EmbeddingError as error:
            return self._nothing(len(texts), error)
        self.trouble = ""
        return found

    def _nothing(self, count: int, error: EmbeddingError) -> np.ndarray:
        import numpy as np

        self.trouble = f"{error} Until then papers are found by their words alone."
        return np.zeros((count, self._width() or 1), np.float32)


class LenientWithTokens(Lenient):
    """The same for an embedder that shows tokens."""

    def coded(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bytes]]:
        """What `encode` gives, and the packed tokens of each text; none where there are no vectors."""
        try:
            return cast(TokenEmbedder, self._embedder).coded(texts)
        except EmbeddingError as error:
            return self._nothing(len(texts), error), [b""] * len(texts)

    def asked(self, question: str) -> Asked:
        """The tokens of a question; none where there are no vectors."""
        try:
            return cast(TokenEmbedder, self._embedder).asked(question)
        except EmbeddingError as error:
            return Asked(self._nothing(0, error), ())

    def token_places(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens of a text stand; none where there are no vectors."""
        try:
            return cast(TokenEmbedder, self._embedder).token_places(text)
        except EmbeddingError:
            return []


def lenient(embedder: Embedder, width: Callable[[], int]) -> Lenient:
    """The embedder for questions; it shows tokens where this one does."""
    return (LenientWithTokens if showing_tokens(embedder) else Lenient)(embedder, width)
