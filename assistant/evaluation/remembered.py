"""Vectors of a benchmark's corpus, kept between runs."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ..embeddings import Embedder

if TYPE_CHECKING:
    import numpy as np

_BATCH = 512


def cache_folder() -> Path:
    """Where vectors of benchmarks are kept: in the platform's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("litassist", appauthor=False)) / "bench"


class RememberingEmbedder:
    """An embedder that keeps the vectors it made in a folder, by content, half precision."""

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
        keys = [hashlib.sha256(f"{self.fingerprint}\x1f{t}".encode("utf-8", "surrogatepass")).digest() for t in texts]
        with closing(sqlite3.connect(self._file, timeout=60)) as db:
            db.execute("CREATE TABLE IF NOT EXISTS vectors(key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
            known: dict[bytes, bytes] = {}
            for start in range(0, len(keys), _BATCH):
                part = keys[start : start + _BATCH]
                marks = ",".join("?" * len(part))
                known.update(db.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part))
            new = {key: i for i, key in enumerate(keys) if key not in known}
            if new:
                made = self._embedder.encode([texts[i] for i in new.values()]).astype(np.float16)
                fresh = {key: row.tobytes() for key, row in zip(new, made, strict=True)}
                with db:
                    db.executemany("INSERT OR REPLACE INTO vectors VALUES(?, ?)", list(fresh.items()))
                known |= fresh
        found = np.frombuffer(b"".join(known[key] for key in keys), np.float16)
        return found.reshape(len(texts), -1).astype(np.float32)
