"""The vectors of a text's tokens: which tokens count, and one bit a number to store them.

A question's tokens stay as they are; a paper's are turned by a fixed rotation, which spreads what they say evenly
over all places, and of each place the sign is kept (the random rotations of Charikar 2002, "Similarity estimation
techniques from rounding algorithms"): 48 bytes a token of the built-in encoder, stop words and punctuation left out.
"""

from __future__ import annotations

import hashlib
import math
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


_FEW = 64


def turned(rows: np.ndarray) -> np.ndarray:
    """The rows after the rotation; lengths stay as they are."""
    import numpy as np

    turning = _rotation(rows.shape[1])
    # After a product on several threads they go on spinning for longer than a question takes.
    found: np.ndarray = np.einsum("ij,jk->ik", rows, turning) if len(rows) <= _FEW else rows @ turning
    return found


def packed(rows: np.ndarray) -> np.ndarray:
    """The signs of the rows after the rotation: a row of bytes for each."""
    import numpy as np

    return np.packbits(turned(rows) > 0, axis=1)


@lru_cache(maxsize=4)
def _rotation(width: int) -> np.ndarray:
    """An orthogonal matrix that depends on nothing but its width: signs, an order, Hadamard blocks, and again."""
    import numpy as np

    block = width & -width
    hadamard = np.ones((1, 1))
    while len(hadamard) < block:
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    mixing = np.kron(np.eye(width // block), hadamard) / math.sqrt(block)
    found = np.eye(width)
    for turn in range(_ROUNDS):
        drawn = np.frombuffer(hashlib.shake_256(f"signs {turn}".encode()).digest(width), np.uint8)
        order = np.frombuffer(hashlib.shake_256(f"order {turn}".encode()).digest(4 * width), "<u4")
        found = (found * np.where(drawn & 1, 1, -1))[:, np.argsort(order, kind="stable")] @ mixing
    return found.astype(np.float32)
