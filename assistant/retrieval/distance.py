"""How far a question is from everything in the library, against how near its papers are to one another."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from ..index.view import View

if TYPE_CHECKING:
    import numpy as np

FAR = 0.65
"""Below this nearness the library has little on a question. Of 211 questions made for one of four
collections none fell below it on its own collection, and 61 % did on the others."""
FEWEST = 20
"""Papers from which on it can be said what is usual in a library."""
_TITLES = 200
_PAPERS = 20_000


class Outlook:
    """Tells how near questions are to a library. What is usual is worked out once a view. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._usual: weakref.WeakKeyDictionary[View, float] = weakref.WeakKeyDictionary()

    def nearness(self, view: View, vector: np.ndarray) -> float | None:
        """The cosine of the sentence nearest to the question, as a share of what is usual: how near a
        paper's title is to the nearest other paper, in the middle. None where too little is there to say.
        """
        if len(view) < FEWEST:
            return None
        positions = None if view.exact else view.nearest(vector, 100)
        whole, sentence = view.dense(vector, positions)
        best = max(float(sentence.max(initial=0)), float(whole.max(initial=0)))
        usual = self._usual_in(view)
        return best / usual if best > 0 and usual > 0 else None

    def little(self, view: View, vector: np.ndarray) -> bool:
        """Whether the library has little on the question with this vector."""
        nearness = self.nearness(view, vector)
        return nearness is not None and nearness < FAR

    def _usual_in(self, view: View) -> float:
        with self._lock:
            if view not in self._usual:
                self._usual[view] = usual(view)
            return self._usual[view]


def usual(view: View) -> float:
    """How near a title is to the nearest other paper: the median over some hundreds; 0 without vectors."""
    import numpy as np

    every = range(0, len(view), max(1, len(view) // _PAPERS))
    rows = [view.vectors(position) for position in every]
    owners = np.repeat(np.array(every), [len(r) for r in rows])
    sample = np.unique(np.linspace(0, len(view) - 1, min(_TITLES, len(view))).astype(np.int64))
    titles = {int(p): vector for p in sample if (vector := view.title(int(p))) is not None}
    if not len(owners) or len(set(owners.tolist())) < FEWEST or not titles:
        return 0.0
    cosines = np.stack(list(titles.values())) @ np.concatenate(rows).T
    cosines[np.array(list(titles))[:, None] == owners[None]] = -1
    return float(np.median(cosines.max(axis=1)))
