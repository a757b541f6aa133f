"""Vectors of a benchmark's corpus, kept between runs."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ..embeddings import Embedder, TokenEmbedder, showing_tokens
from ..embeddings.tokens import Asked

if TYPE_CHECKING:
    import numpy as np

_BATCH = 512


def cache_folder() -> Path:
    """Where vectors of benchmarks are kept: in the platform's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("litassist", appauthor=False)) / "bench"


def remembering(embedder: Embedder, folder: Path) -> Embedder:
    """The embedder, but what it made is kept in a folder, by content: vectors in half precision, packed tokens."""
    showing = showing_tokens(embedder)
    return RememberingTokens(showing, folder) if showing else RememberingEmbedder(embedder, folder)


class RememberingEmbedder:
    """An embedder that keeps the vectors it made."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self._embedder = embedder
        self._file = folder / "vectors.db"
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def fingerprint(self) -> str:
        """The embedder's own."""
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """The embedder's own."""
        return self._embedder.dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One unit row per text, from the folder where it is there."""
        import numpy as np

        if not texts:
            return self._embedder.encode(texts)

        def made(new: Sequence[str]) -> list[bytes]:
            return [row.tobytes() for row in self._embedder.encode(new).astype(np.float16)]

        return _rows(self._kept(texts, "", made))

    def _kept(self, texts: Sequence[str], kind: str, made: Callable[[Sequence[str]], list[bytes]]) -> list[bytes]:
        """What is kept of each text; `made` gives what is not there yet."""
        said = self.fingerprint + kind
        keys = [hashlib.sha256(f"{said}\x1f{t}".encode("utf-8", "surrogatepass")).digest() for t in texts]
        with closing(sqlite3.connect(self._file, timeout=60)) as db:
            db.execute("CREATE TABLE IF NOT EXISTS vectors(key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
            known: dict[bytes, bytes] = {}
            for start in range(0, len(keys), _BATCH):
                part = keys[start : start + _BATCH]
                marks = ",".join("?" * len(part))
                known.update(db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part))
            new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            if new:
                fresh = dict(zip(new, made(list(new.values())), strict=True))
                with db:
                    db.executemany("INSERT OR REPLACE INTO vectors VALUES(?, ?)", list(fresh.items()))
                known |= fresh
        return [known[key] for key in keys]


class RememberingTokens(RememberingEmbedder):
    """One that shows tokens too, and keeps those of papers."""

    def __init__(self, embedder: TokenEmbedder, folder: Path) -> None:
        super().__init__(embedder, folder)
        self._showing = embedder

    def coded(self, texts: Sequence[str]) -> tuple[np.ndarray, list[bytes]]:
        """What `encode` gives, and the packed tokens of each text."""
        import numpy as np

        if not texts:
            return self.encode(texts), []

        def made(new: Sequence[str]) -> list[bytes]:
            rows, codes = self._showing.coded(new)
            return [row.tobytes() + code for row, code in zip(rows.astype(np.float16), codes, strict=True)]

        both, width = self._kept(texts, "+tokens1", made), 2 * self.dimension
        return _rows([one[:width] for one in both]), [one[width:] for one in both]

    def asked(self, question: str) -> Asked:
        """The tokens of a question, made anew."""
        return self._showing.asked(question)


def _rows(kept: Sequence[bytes]) -> np.ndarray:
    import numpy as np

    return np.frombuffer(b"".join(kept), np.float16).reshape(len(kept), -1).astype(np.float32)
