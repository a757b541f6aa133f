"""Replies of models kept on disk, by all that shaped them; the least used go first."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MOST_BYTES = 64_000_000
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole reply, and the tokens that it took when it was written."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0


class Replies:
    """The folder of replies. Whatever can't be read or written counts as not there."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder / "replies"
        self._most = most_bytes

    def get(self, key: str) -> Kept | None:
        file = self._file(key)
        try:
            kept = Kept(**json.loads(file.read_text(encoding="utf-8")))
            os.utime(file)
        except (OSError, ValueError, TypeError):
            return None
        return kept if isinstance(kept.text, str) and kept.text else None

    def put(self, key: str, kept: Kept) -> None:
        file = self._file(key)
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = file.with_suffix(f".{os.getpid()}")
            # What a model wrote about somebody's papers is theirs alone.
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
                json.dump(asdict(kept), out)
            part.replace(file)
            if file.name.startswith("0"):  # one time in sixteen is often enough
                self.trim()

    def trim(self) -> None:
        """Bring the folder under its size; the replies not used for longest go."""
        rows = []
        for file in self._folder.glob("*/*.json"):
            with contextlib.suppress(OSError):
                stat = file.stat()
                rows.append((stat.st_mtime, stat.st_size, file))
        left = sum(size for _, size, _ in rows)
        for _, size, file in sorted(rows):
            if left <= self._most:
                return
            file.unlink(missing_ok=True)
            left -= size

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key[2:]}.json"


def key_of(**shaping: Any) -> str:
    """The key of a reply: a hash over all that shapes it."""
    return hashlib.sha256(json.dumps([_FORMAT, shaping], sort_keys=True, default=str).encode()).hexdigest()
