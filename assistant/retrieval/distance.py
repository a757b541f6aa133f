"""How far a question is from everything in the library, against how near its papers are to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..index.view import View
from ..models import values

if TYPE_CHECKING:
    import numpy as np

FAR: float = values("search")["little"]["nearness"]
"""Below this nearness the library has little on a question."""
FEWEST = 20
"""Papers from which on it can be said what is usual in a library."""


def nearness(view: View, vector: np.ndarray) -> float | None:
    """The cosine of the sentence nearest to the question, as a share of what is usual: how near a
    paper's title is to the nearest other paper, in the middle. None where too little is there to say.
    """
    if len(view) < FEWEST:
        return None
    whole, sentence = view.dense(vector, view.close_to(vector, 100))
    best = max(float(sentence.max(initial=0)), float(whole.max(initial=0)))
    usual = view.hubs.usual(FEWEST)
    return best / usual if best > 0 and usual > 0 else None


def little(view: View, vector: np.ndarray) -> bool:
    """Whether the library has little on the question with this vector."""
    near = nearness(view, vector)
    return near is not None and near < FAR
