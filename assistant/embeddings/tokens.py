"""The vectors of a text's tokens: which tokens count, and one bit a number to store them.

A question's tokens stay as they are; a paper's are turned by a fixed rotation, which spreads what they say evenly
over all places, and of each place the sign is kept (the random rotations of Charikar 2002, "Similarity estimation
techniques from rounding algorithms"): 48 bytes a token of the built-in encoder, stop words and punctuation left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..text import STOP_WORDS

if TYPE_CHECKING:
    import numpy as np

MOST_ASKED = 128
"""Further tokens of a question are not compared one by one."""
_ROUNDS = 2
_SPECIAL = re.compile(r"[\[<].*[\]>]|")
_BEGINS = re.compile(r"^[▁Ġ]")
_SAID = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Asked:
    """The tokens of a question: a turned unit row for each, and the word of the question that it is of."""

    rows: np.ndarray
    words: tuple[str, ...]


def counting(vocabulary: Mapping[str, int]) -> np.ndarray:
    """By token id: 2 for a token that says something, 1 for a stop word or a mark, 0 for the model's own."""
    import numpy as np

    found = np.zeros(max(vocabulary.values(), default=-1) + 1, np.int8)
    for token, number in vocabulary.items():
        if not _SPECIAL.fullmatch(token):
            found[number] = 2 if _SAID.search(token) and _BEGINS.sub("", token).lower() not in STOP_WORDS else 1
    return found


def kept(counting: np.ndarray, ids: Sequence[int]) -> np.ndarray:
    """The places of the tokens of a paper that are stored: those that say something, if there are any."""
    import numpy as np

    worth = counting[np.asarray(ids, np.int64)]
    return np.flatnonzero(worth == max(1, worth.max(initial=0)))


def turned(rows: np.ndarray) -> np.ndarray:
    """The rows after the rotation; lengths stay as they are.

    It depends on nothing but their width: signs, an order, Hadamard's matrix in blocks, and all that again. Without
    a matrix product: its threads would go on spinning, at the cost of the encoder's.
    """
    import numpy as np

    width = rows.shape[1]
    block = width & -width
    found = rows
    for signs, order in _draws(width):
        found = _mixed((found * signs)[:, order], block)
    return found / np.float32(block ** (_ROUNDS / 2))


def packed(rows: np.ndarray) -> np.ndarray:
    """The signs of the rows after the rotation: a row of bytes for each."""
    import numpy as np

    return np.packbits(turned(rows) > 0, axis=1)


def _mixed(rows: np.ndarray, block: int) -> np.ndarray:
    """The rows times Hadamard's matrix, block by block, by the fast transform; √block times as long."""
    import numpy as np

    found, step = rows, 1
    while step < block:
        pairs = found.reshape(len(rows), rows.shape[1] // (2 * step), 2, step)
        found = np.stack((pairs[:, :, 0] + pairs[:, :, 1], pairs[:, :, 0] - pairs[:, :, 1]), axis=2)
        step *= 2
    return found.reshape(rows.shape)


@lru_cache(maxsize=4)
def _draws(width: int) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """The signs and the order of each round."""
    import numpy as np

    found = []
    for turn in range(_ROUNDS):
        drawn = np.frombuffer(hashlib.shake_256(f"signs {turn}".encode()).digest(width), np.uint8)
        order = np.frombuffer(hashlib.shake_256(f"order {turn}".encode()).digest(4 * width), "<u4")
        found.append((np.where(drawn & 1, 1, -1).astype(np.float32), np.argsort(order, kind="stable")))
    return tuple(found)
