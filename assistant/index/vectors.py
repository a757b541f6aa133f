"""A compact copy of the vectors, for exact scores: one half-precision row per passage and sentence.

Two files that only grow, memory-mapped: `vectors.f16` and `rows`. What counts is the number of rows
that the index has committed; anything after that is of a step that was cut short, and is cut off.
A paper that is changed or removed leaves its rows behind under a number that no paper has any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SearchIndexError

if TYPE_CHECKING:
    import numpy as np

PASSAGE, SENTENCE = 0, 1
TITLE, ABSTRACT = -1, 0
"""The `page` of a row that is no page."""
_ROW = [("number", "<i8"), ("start", "<i4"), ("end", "<i4"), ("page", "<i4"), ("kind", "<i4")]
_BLOCK = 8192


class VectorCopy:
    """The rows in a folder, `count` of them, `dimension` wide."""

    def __init__(self, folder: Path, dimension: int, count: int) -> None:
        self._vectors_file = folder / "vectors.f16"
        self._rows_file = folder / "rows"
        self.dimension = dimension
        self.count = count

    # ------------------------------------------------------------------ writing

    def append(self, rows: list[tuple[int, int, int, int, int]], vectors: np.ndarray) -> None:
        """Write rows (number, start, end, page, kind) and their vectors after the committed ones.

        They count once the caller has committed the new `count`; both files are on disk by then.
        """
        import os

        import numpy as np

        for path, data in (
            (self._vectors_file, np.ascontiguousarray(vectors, np.float16).tobytes()),
            (self._rows_file, np.array(rows, _ROW).tobytes()),
        ):
            width = 2 * self.dimension if path is self._vectors_file else np.dtype(_ROW).itemsize
            with path.open("r+b" if path.exists() else "w+b") as file:
                file.truncate(self.count * width)
                file.seek(0, os.SEEK_END)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        self.count += len(rows)

    # ------------------------------------------------------------------ reading

    def rows(self) -> np.ndarray:
        """The committed rows, as a read-only structured array. SearchIndexError when some are missing."""
        import numpy as np

        return self._mapped(self._rows_file, np.dtype(_ROW), (self.count,))

    def vectors(self) -> np.ndarray:
        """The committed vectors, half precision, memory-mapped."""
        import numpy as np

        return self._mapped(self._vectors_file, np.dtype("<f2"), (self.count, self.dimension))

    def _mapped(self, path: Path, kind: Any, shape: tuple[int, ...]) -> np.ndarray:
        import numpy as np

        if not self.count:
            return np.zeros(shape, kind)
        try:
            if path.stat().st_size < kind.itemsize * int(np.prod(shape)):
                raise SearchIndexError("The copy of the vectors is cut short; rebuild the index.")
            return np.memmap(path, kind, "r", shape=shape)
        except OSError as error:
            raise SearchIndexError(f"The copy of the vectors can't be read ({error.strerror}).") from None


def products(vectors: np.ndarray, queries: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """Inner products, one row per vector (of those `rows` names, else all) and one column per query.

    Half-precision vectors are widened block by block, so that memory stays flat.
    """
    import numpy as np

    if vectors.dtype == np.float32:
        return (vectors if rows is None else vectors[rows]) @ queries.T
    count = len(vectors) if rows is None else len(rows)
    found = np.empty((count, len(queries)), np.float32)
    for start in range(0, count, _BLOCK):
        part = slice(start, start + _BLOCK)
        block = vectors[part] if rows is None else vectors[rows[part]]
        found[part] = block.astype(np.float32) @ queries.T
    return found
