"""An embedder for tests whose vectors can be worked out by hand: a text is the bag of its words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from assistant.embeddings import tokens
from assistant.text import terms, token_spans


class WordVectors:
    """Each term is one of `dimension` axes; texts that share terms are near. Counts what it encodes."""

    def __init__(self, name: str = "words", dimension: int = 256) -> None:
        self.fingerprint = name
        self.dimension = dimension
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), self.dimension), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in terms(text):
                row[int(hashlib.md5(term.encode("utf-8", "replace")).hexdigest(), 16) % self.dimension] += 1
        self.encoded += texts
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


class WordTokens(WordVectors):
    """The same, and each term is a token too."""

    def coded(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bytes]]:
        return self.encode(texts), [tokens.packed(self._of_terms(text)).tobytes() for text in texts]

    def asked(self, question: str) -> tokens.Asked:
        rows = self._of_terms(question)
        words = [question[start:end] for _, start, end in self._terms_of(question)]
        return tokens.Asked(tokens.turned(rows[: tokens.MOST_ASKED]), tuple(words[: tokens.MOST_ASKED]))

    def token_places(self, text: str) -> list[tuple[int, int]]:
        return [(start, end) for _, start, end in self._terms_of(text)]

    def _of_terms(self, text: str) -> np.ndarray:
        words = [term for term, _, _ in self._terms_of(text)]
        rows = np.zeros((len(words), self.dimension), np.float32)
        for row, word in zip(rows, words, strict=True):
            row[int(hashlib.md5(word.encode("utf-8", "replace")).hexdigest(), 16) % self.dimension] = 1
        return rows

    def _terms_of(self, text: str) -> list[tuple[str, int, int]]:
        return [(term, start, end) for word, start, end in token_spans(text) for term in terms(word)]
