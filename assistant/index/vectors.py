"""A compact copy of the vectors, for exact scores: one half-precision row per passage and sentence; and the
passages once more in bytes, to be gone through as a whole; and the tokens of the passages, one bit a number.

Files that only grow, memory-mapped: `vectors.f16` and `rows`, `passages.i8` and `passages`, `tokens`. What counts is
the number of rows that the index has committed; anything after that is of a step that was cut short, and is
cut off. A paper that is changed or removed leaves its rows behind under a number that no paper has any more;
`blank` makes zeros of its vectors.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SearchIndexError
from .products import in_bytes

if TYPE_CHECKING:
    import numpy as np

PASSAGE, SENTENCE = 0, 1
TITLE, ABSTRACT = -1, 0
"""The `page` of a row that is no page."""
_ROW = [("number", "<i8"), ("start", "<i4"), ("end", "<i4"), ("page", "<i4"), ("kind", "<i4"),
        ("tokens", "<i4"), ("token", "<i8")]
_BLANKED_AT_ONCE = 10_000
_PASSAGE = [("number", "<u4"), ("scale", "<f4")]


def release(mapped: np.ndarray) -> None:
    """Let the system have the pages of a mapped file back; they are read again when they are looked at."""
    base = mapped.base
    if isinstance(base, mmap.mmap) and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)


class VectorCopy:
    """The rows in a folder: `count` of them, `scanned` of them passages with `coded` tokens, `dimension` wide."""

    def __init__(self, folder: Path, dimension: int, count: int, scanned: int, coded: int) -> None:
        self._folder = folder
        self.dimension = dimension
        self.count = count
        self.scanned = scanned
        self.coded = coded

    @property
    def width(self) -> int:
        """The bytes of a token."""
        return -(-self.dimension // 8)

    # ------------------------------------------------------------------ writing

    def append(
        self, rows: Sequence[tuple[int, int, int, int, int]], vectors: np.ndarray, codes: Sequence[bytes] = ()
    ) -> None:
        """Write rows (number, start, end, page, kind), their vectors and packed tokens after the committed ones.

        They count once the caller has committed the new `count`, `scanned` and `coded`; all is on disk by then.
        """
        import numpy as np

        made = np.zeros(len(rows), _ROW)
        for place, name in enumerate(("number", "start", "end", "page", "kind")):
            made[name] = [row[place] for row in rows]
        if codes:
            made["tokens"] = [len(code) // self.width for code in codes]
            made["token"] = self.coded + np.cumsum(made["tokens"]) - made["tokens"]
        passages = made["kind"] == PASSAGE
        small, scales = in_bytes(np.asarray(vectors[passages], np.float32))
        places = np.zeros(len(small), _PASSAGE)
        places["number"], places["scale"] = made["number"][passages], scales
        self._grown("vectors.f16", self.count, 2 * self.dimension, np.asarray(vectors, np.float16))
        self._grown("rows", self.count, made.itemsize, made)
        if len(small):
            self._grown("passages.i8", self.scanned, self.dimension, small)
            self._grown("passages", self.scanned, places.itemsize, places)
        if codes:
            self._grown("tokens", self.coded, self.width, np.frombuffer(b"".join(codes), np.uint8))
            self.coded += int(made["tokens"].sum())
        self.count += len(made)
        self.scanned += len(small)

    def blank(self, numbers: Sequence[int]) -> None:
        """Make zeros of the vectors of these papers, and cut off what a step left that was cut short.

        The rows stay where they are, so that all others do. All is on disk when this returns.
        """
        import numpy as np

        if not self.count:
            return
        gone = np.asarray(list(numbers), np.int64)
        rows, passages = self.rows(), self.passages()[0]["number"]
        at = np.flatnonzero(np.isin(rows["number"], gone))
        tokens = [np.arange(row["token"], row["token"] + row["tokens"]) for row in rows[at]]
        self._blanked("vectors.f16", 2 * self.dimension, self.count, at)
        self._blanked("passages.i8", self.dimension, self.scanned, np.flatnonzero(np.isin(passages, gone)))
        self._blanked("tokens", self.width, self.coded, np.concatenate([np.zeros(0, np.int64), *tokens]))
        self._blanked("rows", np.dtype(_ROW).itemsize, self.count, np.zeros(0, np.int64))
        self._blanked("passages", np.dtype(_PASSAGE).itemsize, self.scanned, np.zeros(0, np.int64))

    def _blanked(self, name: str, width: int, count: int, rows: np.ndarray) -> None:
        import numpy as np

        path = self._folder / name
        if not path.exists():
            return
        with path.open("r+b") as file:
            file.truncate(count * width)
            # Rows that follow one another in one go: a paper's do.
            for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1) if len(rows) else ():
                file.seek(int(run[0]) * width)
                for start in range(0, len(run), _BLANKED_AT_ONCE):
                    file.write(bytes(len(run[start : start + _BLANKED_AT_ONCE]) * width))
            file.flush()
            os.fsync(file.fileno())

    def _grown(self, name: str, count: int, width: int, data: np.ndarray) -> None:
        path = self._folder / name
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(count * width)
            file.seek(0, os.SEEK_END)
            file.write(data.tobytes())
            file.flush()
            os.fsync(file.fileno())

    # ------------------------------------------------------------------ reading

    def rows(self) -> np.ndarray:
        """The committed rows, as a read-only structured array. SearchIndexError when some are missing."""
        import numpy as np

        return self._mapped("rows", np.dtype(_ROW), (self.count,))

    def vectors(self) -> np.ndarray:
        """The committed vectors, half precision, memory-mapped."""
        import numpy as np

        return self._mapped("vectors.f16", np.dtype("<f2"), (self.count, self.dimension))

    def passages(self) -> tuple[np.ndarray, np.ndarray]:
        """Of every committed passage its number and scale, and its vector in bytes: times the scale, the vector."""
        import numpy as np

        places = self._mapped("passages", np.dtype(_PASSAGE), (self.scanned,))
        return places, self._mapped("passages.i8", np.dtype("i1"), (self.scanned, self.dimension))

    def tokens(self) -> np.ndarray:
        """The committed tokens, packed, a row each; `token` and `tokens` of a passage's row say which are its own."""
        import numpy as np

        return self._mapped("tokens", np.dtype("u1"), (self.coded, self.width))

    def _mapped(self, name: str, kind: Any, shape: tuple[int, ...]) -> np.ndarray:
        import numpy as np

        if not shape[0]:
            return np.zeros(shape, kind)
        path = self._folder / name
        try:
            if path.stat().st_size < kind.itemsize * int(np.prod(shape)):
                raise SearchIndexError("The copy of the vectors is cut short; rebuild the index.")
            return np.memmap(path, kind, "r", shape=shape)
        except OSError as error:
            raise SearchIndexError(f"The copy of the vectors can't be read ({error.strerror}).") from None
