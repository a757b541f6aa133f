"""Question and papers compared word by word: each word of the question counts by the word of a paper that is
nearest to it in meaning and context, the library's rare words most.

Late interaction (Khattab & Zaharia 2020, "ColBERT") with the token vectors of the built-in encoder, which was
not trained for it; nothing else need be installed. What a paper's tokens are is kept in memory only.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...embeddings import builtin_weights
from ...embeddings.runtimes import loaded
from ...errors import EmbeddingError
from . import Candidate

if TYPE_CHECKING:
    import numpy as np

    Rows = tuple["np.ndarray", "np.ndarray"]
    """Vectors in bytes, and what each is to be multiplied with to have unit length."""

WEIGHT = 0.35
"""Cosines lie close together, so they count more than scores that reach from 0 to 1 would. Measured on two public
collections (nDCG@10 of CISI .463 without, .473 with it, of Cranfield .426 and .427); from .4 the second loses."""
_BATCH = 8
_KEPT_BYTES = 400_000_000
_QUESTION_TOKENS = 128
_CHARACTERS = 12_000
_WORD = re.compile(r"\w+")


class TokenMatch:
    """The built-in encoder as a reranker. `rarity` says how rare a word is in the library."""

    name = "tokens"
    weight = WEIGHT

    def __init__(self, rarity: Callable[[str], float]) -> None:
        self._rarity = rarity

    def scores(self, question: str, papers: Sequence[Candidate]) -> list[float]:
        """The mean cosine, at least 0, of each word of the question with the paper's nearest; rare words count most.

        The same whatever papers stand beside it, so a filter does not reorder what passes.
        """
        import numpy as np

        model = _model()
        asked, words = model.question(question)
        if not len(asked) or not papers:
            return [0.0] * len(papers)
        known = {word: self._rarity(word) for word in set(words)}
        weights = np.array([max(known[word], 1e-3) for word in words])
        weights /= weights.sum()
        found = []
        for small, scales in model.papers([f"{p.title}. {p.text}" for p in papers]):
            near = (asked @ small.T.astype(np.float32)) * scales
            found.append(float(weights @ near.max(axis=1)) if len(small) else 0.0)
        return [min(1.0, max(0.0, value)) for value in found]


class TokenModel:
    """Texts to the vectors of their tokens. Thread-safe; what it made of papers it keeps, the latest."""

    def __init__(self) -> None:
        from tokenizers import Tokenizer

        weights = builtin_weights()
        weights.check()
        self._tokenizer: Any = Tokenizer.from_file(str(weights.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(weights.max_tokens)
        self._forward, _ = loaded(weights.model)
        self._lock = threading.Lock()
        self._kept: dict[bytes, Rows] = {}
        self._bytes = 0

    def question(self, text: str) -> tuple[np.ndarray, list[str]]:
        """A unit row per token of the question, and the word that each is of."""
        import numpy as np

        text = _clean(text)
        coded = self._tokenizer.encode(text)
        spans = [m.span() for m in _WORD.finditer(text)]
        with self._lock:
            rows = self._rows([coded])[0]
        places = [(i, word) for i, (start, end) in enumerate(coded.offsets) if end > start
                  for a, b in spans if a <= start < b for word in [text[a:b]]][:_QUESTION_TOKENS]
        return rows[np.array([i for i, _ in places], np.int64)], [word for _, word in places]

    def papers(self, texts: Sequence[str]) -> list[Rows]:
        """The tokens of each text."""
        keys = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
        with self._lock:
            found = {key: self._kept.pop(key) for key in dict.fromkeys(keys) if key in self._kept}
            new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
            for key, rows in found.items():
                self._kept[key] = rows  # the latest used come last
            if new:
                found |= self._made(new)
        return [found[key] for key in keys]

    def _made(self, new: dict[bytes, str]) -> dict[bytes, Rows]:
        coded = self._tokenizer.encode_batch([_clean(text) for text in new.values()])
        made = dict(zip(new, map(_in_bytes, self._rows(coded)), strict=True))
        for key, rows in made.items():
            self._kept[key] = rows
            self._bytes += rows[0].nbytes
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            oldest = next(iter(self._kept))
            self._bytes -= self._kept.pop(oldest)[0].nbytes
        return made

    def _rows(self, coded: Sequence[Any]) -> list[np.ndarray]:
        import numpy as np

        order = sorted(range(len(coded)), key=lambda i: len(coded[i].ids))
        rows: dict[int, np.ndarray] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            width = max(len(coded[i].ids) for i in batch)
            ids, mask = np.zeros((2, len(batch), width), np.int64)
            for row, i in enumerate(batch):
                ids[row, : len(coded[i].ids)], mask[row, : len(coded[i].ids)] = coded[i].ids, 1
            try:
                hidden = np.array(self._forward(ids, mask), np.float32)
            except RuntimeError as error:
                line = next(iter(str(error).splitlines()), "RuntimeError")[:200]
                raise EmbeddingError(f"The encoder failed on {len(batch)} papers: {line}") from None
            hidden /= np.maximum(np.linalg.norm(hidden, axis=2, keepdims=True), 1e-9)
            rows |= {i: hidden[row, : len(coded[i].ids)] for row, i in enumerate(batch)}
        return [rows[i] for i in range(len(coded))]


@lru_cache(maxsize=1)
def _model() -> TokenModel:
    return TokenModel()


def _in_bytes(rows: np.ndarray) -> Rows:
    import numpy as np

    most = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
    return np.round(rows / most * 127).astype(np.int8), (most[:, 0] / 127).astype(np.float32)


def _clean(text: str) -> str:
    return text[:_CHARACTERS].encode("utf-8", "replace").decode()
