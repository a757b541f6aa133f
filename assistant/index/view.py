"""What the caches hold at one moment, by position: the place of a paper in the library's order.

A view never changes once made, so a question sees one state from its start to its end. Papers that
the library does not hold (any more) have no position, and are never found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import SearchIndexError
from .vectors import ABSTRACT, PASSAGE, SENTENCE, TITLE, products

if TYPE_CHECKING:
    import numpy as np

    from .neighbours import Neighbours
    from .words import Words

EXACT_ROWS = 150_000
"""Up to this many vectors every paper is scored exactly, from memory (230 MB at most); it takes less
time than a graph search with rescoring does. Above, Chroma and the words name the candidates."""
CANDIDATES = 1000
_TITLES = 500
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a paper that has a vector: `page` is -1 for the title, 0 for the abstract."""

    start: int
    end: int
    page: int

    @property
    def field(self) -> str:
        """The field it lies in."""
        return {TITLE: "title", ABSTRACT: "abstract"}.get(self.page, "page")


class View:
    """Scores of papers by position. `ids` is the library's order."""

    def __init__(
        self, ids: Sequence[str], numbers: Mapping[str, int], rows: np.ndarray, vectors: np.ndarray,
        words: Words, neighbours: Neighbours,
    ) -> None:
        import numpy as np

        self.ids = ids
        self._words = words
        self._neighbours = neighbours
        self._rows = rows
        own = np.fromiter((numbers.get(name, -1) for name in ids), np.int64, len(ids))
        size = int(own.max(initial=-1)) + 1
        if len(rows):
            size = max(size, int(rows["number"].max()) + 1)
        self._position = np.full(size, -1, np.int64)
        self._position[own[own >= 0]] = np.flatnonzero(own >= 0)
        self._numbers = own
        # The rows of a paper follow one another, passages first.
        at = self._position[rows["number"]] if len(rows) else np.zeros(0, np.int64)
        alive = np.flatnonzero(at >= 0)
        order = alive[np.argsort(at[alive], kind="stable")]
        self._order = order
        self._at = at[order]
        self._kind = np.asarray(rows["kind"][order])
        self._first = np.searchsorted(self._at, np.arange(len(ids)))
        self._last = np.searchsorted(self._at, np.arange(len(ids)), side="right")
        self.exact = len(order) <= EXACT_ROWS
        self._vectors = vectors[order].astype(np.float32) if self.exact else vectors
        self._title = np.full(len(ids), -1, np.int64)
        titles = np.flatnonzero(rows["page"][order] == TITLE)
        self._title[self._at[titles]] = titles
        self._hubs = self._hubness(np.arange(len(ids))) if self.exact else None

    def __len__(self) -> int:
        return len(self.ids)

    def positions(self, paper_ids: Sequence[str]) -> np.ndarray:
        """The positions of these papers, in the library's order; unknown ids are left out."""
        import numpy as np

        wanted = set(paper_ids)
        return np.fromiter((i for i, name in enumerate(self.ids) if name in wanted), np.int64)

    # ------------------------------------------------------------------ words

    def terms(self, text: str) -> list[str]:
        """The index terms of a text, in order."""
        return self._words.terms(text)

    def known_terms(self, text: str) -> dict[str, float]:
        """The index terms of a text that occur in the library, weighted by how often the text has them."""
        counts = Counter(self._words.terms(text))
        return {term: float(counts[term]) for term in self._words.known(counts)}

    def lexical(self, weights: Mapping[str, float]) -> np.ndarray:
        """The BM25 score of every paper, 0 where no term occurs (or, in a large library, where it is far down)."""
        import numpy as np

        found = np.zeros(len(self.ids), np.float32)
        numbers, scores = self._words.scores(weights, None if self.exact else 4 * CANDIDATES)
        at = self._of_numbers(numbers)
        found[at[at >= 0]] = scores[at >= 0]
        return found

    def ceiling(self, weights: Mapping[str, float]) -> float:
        """The BM25 score that a paper would near if it held every term."""
        return self._words.ceiling(weights)

    def term_shares(self, weights: Mapping[str, float], positions: Sequence[int]) -> list[dict[str, float]]:
        """For each of these papers, what each term adds to its BM25 score."""
        numbers = [int(self._numbers[p]) for p in positions]
        shares = self._words.shares(weights, numbers)
        return [shares[number] for number in numbers]

    def holding(self, words: Sequence[str]) -> np.ndarray:
        """The positions of papers that hold these words in a row, by stems."""
        import numpy as np

        at = self._of_numbers(np.fromiter(self._words.holding(words), np.int64))
        return np.sort(at[at >= 0])

    def _of_numbers(self, numbers: np.ndarray) -> np.ndarray:
        import numpy as np

        if not len(self._position):
            return np.full(len(numbers), -1, np.int64)
        known = (numbers >= 0) & (numbers < len(self._position))
        return np.where(known, self._position[np.where(known, numbers, 0)], -1)

    # ------------------------------------------------------------------ vectors

    def dense(self, vector: np.ndarray, positions: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """For every paper (or those at `positions`): the cosine of its best passage, and of its best sentence.

        A paper whose vectors are still to come has 0 for both; one without sentences has its
        passage's for both.
        """
        import numpy as np

        if not len(self._order):
            size = len(self.ids if positions is None else positions)
            return np.zeros(size, np.float32), np.zeros(size, np.float32)
        if positions is None:
            positions = np.arange(len(self.ids))
            rows = None
            at, kind = self._at, self._kind
        else:
            counts = self._last[positions] - self._first[positions]
            spans = [np.arange(self._first[p], self._last[p]) for p in positions]
            rows = np.concatenate([np.zeros(0, np.int64), *spans])
            at, kind = np.repeat(np.arange(len(positions)), counts), self._kind[rows]
        cosines = products(self._vectors, vector[None], self._in_store(rows))[:, 0]
        whole = _best(cosines, at, kind == PASSAGE, len(positions))
        return whole, np.maximum(_best(cosines, at, kind == SENTENCE, len(positions)), 0) + _lacking(at, kind, whole)

    def hubness(self, positions: np.ndarray | None = None) -> np.ndarray:
        """How near every paper (or those at `positions`) lies to titles of other papers: the mean of the ten
        greatest cosines among some hundreds of them.

        In many dimensions a few papers are near to every question (hubs); this tells them.
        """
        if self._hubs is not None:
            return self._hubs if positions is None else self._hubs[positions]
        import numpy as np

        return self._hubness(np.arange(len(self.ids)) if positions is None else positions)

    def _hubness(self, positions: np.ndarray) -> np.ndarray:
        import numpy as np

        sample = np.unique(np.linspace(0, len(self.ids) - 1, min(_TITLES, len(self.ids))).astype(np.int64))
        sample = sample[self._title[sample] >= 0] if len(sample) else sample
        found = np.zeros(len(positions), np.float32)
        if not len(sample):
            return found
        titles = np.asarray(self._vectors[self._in_store(self._title[sample])], np.float32)
        spans = [np.arange(self._first[p], self._last[p]) for p in positions.tolist()]
        rows = np.concatenate([np.zeros(0, np.int64), *spans])
        owners = np.repeat(np.arange(len(positions)), [len(span) for span in spans])
        chosen = self._kind[rows] == PASSAGE
        rows, owners = rows[chosen], owners[chosen]
        for start in range(0, len(rows), _BLOCK):
            part, whose = rows[start : start + _BLOCK], owners[start : start + _BLOCK]
            cosines = products(self._vectors, titles, self._in_store(part))
            cosines[self._at[part][:, None] == sample] = 0  # its own title tells nothing
            count = min(10, len(sample))
            means = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
            np.maximum.at(found, whose, means)
        return found

    def nearest(self, vector: np.ndarray, k: int) -> np.ndarray:
        """The positions of papers whose passages Chroma finds nearest; some may be missed.

        Where Chroma can't be used the compact copy is gone through instead: slower, and none is missed.
        """
        import numpy as np

        try:
            near = self._neighbours.nearest(vector, k)
        except SearchIndexError:
            best = np.argsort(-self.dense(vector)[0], kind="stable")[:k]
            return np.sort(best)
        numbers = np.fromiter((int(name.split(".")[0]) for name, _ in near), np.int64)
        at = self._of_numbers(numbers)
        return np.unique(at[at >= 0])

    def vectors(self, position: int, kind: int = PASSAGE) -> np.ndarray:
        """The vectors of one paper's passages (or sentences), one row each."""
        import numpy as np

        rows = np.arange(self._first[position], self._last[position])
        rows = rows[self._kind[rows] == kind]
        stored = self._in_store(rows)
        assert stored is not None
        return np.asarray(self._vectors[stored], np.float32)

    def title(self, position: int) -> np.ndarray | None:
        """The vector of one paper's title; None while it is still to come."""
        import numpy as np

        row = int(self._title[position])
        return None if row < 0 else np.asarray(self._vectors[self._in_store(np.array([row]))][0], np.float32)

    def best_place(self, vector: np.ndarray, position: int) -> Place | None:
        """The paper's sentence (or, for full text, passage) nearest to the vector; None without vectors."""
        import numpy as np

        rows = np.arange(self._first[position], self._last[position])
        if not len(rows):
            return None
        places = self._rows[self._order[rows]]
        cosines = products(self._vectors, vector[None], self._in_store(rows))[:, 0]
        # An abstract is shown by its sentences; a page has none, so its passages stand beside them.
        shown = (places["page"] > 0) | ((places["kind"] == SENTENCE) & (places["page"] == ABSTRACT))
        if not shown.any():
            shown = np.ones(len(rows), bool)
        best = places[int(np.argmax(np.where(shown, cosines, -2.0)))]
        return Place(int(best["start"]), int(best["end"]), int(best["page"]))

    def _in_store(self, rows: Any) -> Any:
        if self.exact:
            return rows
        return self._order if rows is None else self._order[rows]


def _best(cosines: np.ndarray, at: np.ndarray, chosen: np.ndarray, size: int) -> np.ndarray:
    import numpy as np

    found = np.zeros(size, np.float32)
    rows = np.flatnonzero(chosen)
    if len(rows):
        owners = at[rows]
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
        found[owners[starts]] = np.maximum.reduceat(cosines[rows], starts)
    return found


def _lacking(at: np.ndarray, kind: np.ndarray, whole: np.ndarray) -> np.ndarray:
    import numpy as np

    has = np.zeros(len(whole), bool)
    has[at[kind == SENTENCE]] = True
    return np.where(has, 0.0, whole).astype(np.float32)
