"""Inner products of stored vectors with a question's: in half precision (exact), in bytes (to 1 in 1,000), and of
signs alone."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..machine import cores

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

_BLOCK = 4096
_SHARED = 100_000
"""So many rows are gone through by two cores; a third would wait for the memory."""


@lru_cache(maxsize=1)
def _kernels() -> Any:
    import simsimd

    # The newest processors would add up in half precision, which is not exact enough for equal scores.
    if simsimd.get_capabilities().get("sapphire"):
        simsimd.disable_capability("sapphire")
    return simsimd


@lru_cache(maxsize=1)
def _helper() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(cores(), "scan")


def in_bytes(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row as signed bytes, and the scale that makes it the row again."""
    import numpy as np

    scales = np.maximum(np.abs(vectors).max(axis=1, initial=0), 1e-9) / 127
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def exact(vectors: np.ndarray, vector: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
    """The inner product of every half-precision row (or of those that `rows` names) with the vector, to 1 in
    100,000; the question is taken in half precision too.
    """
    import numpy as np

    count = len(vectors) if rows is None else len(rows)
    found = np.empty(count, np.float32)
    asked = vector.astype(np.float16)[None]
    step = count if rows is None else 4 * _BLOCK
    for start in range(0, count, max(1, step)):
        part = slice(start, start + step)
        block = vectors[part] if rows is None else vectors[rows[part]]
        found[part] = np.asarray(_kernels().cdist(asked, np.asarray(block), metric="dot"))[0]
    return found


def scanned(small: np.ndarray, scales: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The inner product of every row of bytes with the vector, within some thousandths."""
    import numpy as np

    if not len(small):
        return np.zeros(0, np.float32)
    asked, scale = in_bytes(vector[None].astype(np.float32))
    rows, found = np.asarray(small), np.empty(len(small), np.float32)

    def go_through(stretch: range) -> None:
        # In blocks that the processor's cache holds: of a million rows the products alone would be eight megabytes.
        for start in stretch:
            part = slice(start, start + _BLOCK)
            products = np.asarray(_kernels().cdist(asked, rows[part], metric="dot"))[0]
            np.multiply(products, scales[part], out=found[part], casting="same_kind")

    blocks = range(0, len(rows), _BLOCK)
    if len(rows) < _SHARED:
        go_through(blocks)
    else:
        half = len(blocks) // 2
        other = _helper().submit(go_through, blocks[half:])
        go_through(blocks[:half])
        other.result()
    found *= scale[0]
    return found


def of_signs(codes: np.ndarray, starts: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """About the greatest cosine of each unit row with any row of packed signs, among those from each start to the
    next: a row for each start, a column for each unit row.

    Both are turned alike (see `embeddings.tokens`); the question is taken in bytes.
    """
    import numpy as np

    width = asked.shape[1]
    small, scales = in_bytes(asked)
    bits = np.unpackbits(codes, axis=1, count=width).view(np.int8)
    found = np.maximum.reduceat(np.asarray(_kernels().cdist(bits, small, metric="dot")), starts, axis=0)
    # A sign is +1 or -1, a bit 1 or 0; the last factor is what a sign leaves of a cosine, on average.
    signed: np.ndarray = (2 * found - small.sum(axis=1, dtype=np.int32)) * scales * math.sqrt(math.pi / 2 / width)
    return signed


def among(vectors: np.ndarray, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The inner products of the named half-precision rows with some hundreds of others, a column for each."""
    import numpy as np

    found = np.empty((len(rows), len(others)), np.float32)
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        found[part] = vectors[rows[part]].astype(np.float32) @ others.T
    return found
