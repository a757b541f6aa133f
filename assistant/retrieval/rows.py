"""Words that must stand in a row in what is found, and rows that must not: read where the words' index can't tell.

The index knows words by their stems, so of the papers that it names some hold other forms of the words. Where it
names few, all are read; where it names many, those are that come first for the question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..index.view import View
from ..library import Library
from ..papers import Paper
from ..text import tokens
from .scoring import Scores, among, first

if TYPE_CHECKING:
    import numpy as np

READ = 400
"""Papers that are read before anything is scored, at most."""
_BLOCK = 100
_FURTHER = 1500
"""Papers that are read further where few of those that come first hold what is asked for."""
_HOLDS, _LACKS = 1, 2


def holds(paper: Paper, words: Sequence[str]) -> bool:
    """Whether these words (folded, as `tokens` gives them) stand in a row in the paper; without any it does not."""
    row = f" {' '.join(words)} "
    texts = (paper.title, paper.abstract, *paper.keywords, *(page.text for page in paper.pages))
    return bool(words) and any(row in f" {' '.join(tokens(text))} " for text in texts)


class Rows:
    """The rows of words that one search asks for and leaves out, in one view of a library."""

    def __init__(
        self, view: View, library: Library, phrases: Sequence[str], excluded: Sequence[str], passing: np.ndarray | None
    ) -> None:
        import numpy as np

        self._view, self._library = view, library
        self._wanted = [words for phrase in phrases if (words := tuple(tokens(phrase)))]
        self._unwanted = [words for word in excluded if (words := tuple(tokens(word)))]
        self.allowed = passing
        """The positions of the papers that may be shown, as far as is known; None when all may."""
        for words in self._wanted:
            near = self._by_stems(words)
            self.allowed = near if self.allowed is None else np.intersect1d(self.allowed, near, assume_unique=True)
        unsure = np.flatnonzero(self._unsure())
        if 0 < len(unsure) <= READ:
            allowed = self._may_be_shown()
            allowed[self._wrong(unsure)] = False
            self.allowed = np.flatnonzero(allowed)

    def best(self, scored: Callable[[np.ndarray | None], Scores], k: int) -> tuple[Scores, np.ndarray]:
        """The scores, and which of them are the `k` best that hold to the rows, best first.

        In a large library so many may not be found where nearly all papers that come first hold other forms.
        """
        import numpy as np

        scores = scored(self.allowed)
        if not self._wanted and not self._unwanted:
            return scores, first(scores, k)
        order = first(scores, len(scores.positions))
        kept, wrong = self._sifted(scores.positions[order], k)
        if len(wrong) and not self._view.exact:
            # What comes first was chosen beside papers that have to go: those that may stay are scored alone.
            wrong = self._wrong(scores.positions)
            self._known_alone(max(k, len(wrong)))
            scores = scored(self.allowed)
            return scores, first(scores, k)
        return scores, order[np.isin(scores.positions[order], kept)][:k]

    def _sifted(self, positions: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Of these positions the first `k` that hold to the rows, and those met on the way that do not."""
        import numpy as np

        kept, wrong = np.zeros(0, np.int64), np.zeros(0, np.int64)
        for start in range(0, len(positions), _BLOCK):
            block = positions[start : start + _BLOCK]
            bad = self._wrong(block)
            kept, wrong = np.concatenate([kept, np.setdiff1d(block, bad)]), np.concatenate([wrong, bad])
            if len(kept) >= k:
                break
        return kept, wrong

    def _wrong(self, positions: np.ndarray) -> np.ndarray:
        """Those of these positions whose papers do not hold to the rows, or went."""
        import numpy as np

        wrong = [positions[self._held(words, positions) != _HOLDS] for words in self._wanted]
        for words in self._unwanted:
            near = positions[among(positions, self._by_stems(words))]
            wrong.append(near[self._held(words, near) != _LACKS])
        return np.unique(np.concatenate([np.zeros(0, np.int64), *wrong]))

    def _may_be_shown(self) -> np.ndarray:
        """By position whether the paper may be shown, as far as is known."""
        import numpy as np

        found = np.zeros(self._view.size, bool)
        found[self._view.living() if self.allowed is None else self.allowed] = True
        return found

    def _unsure(self) -> np.ndarray:
        """By position whether the paper may be shown and has to be read for that."""
        import numpy as np

        allowed = self._may_be_shown()
        if self._wanted:
            return allowed
        found = np.zeros(self._view.size, bool)
        for words in self._unwanted:
            found[self._by_stems(words)] = True
        return found & allowed

    def _known_alone(self, least: int) -> None:
        """Allow, of the papers that have to be read, those alone that were and hold to the rows.

        Where fewer than `least` papers would be left, some more are read before, from all over the library.
        """
        import numpy as np

        unsure, allowed = self._unsure(), self._may_be_shown()
        unread = np.zeros(self._view.size, bool)
        for words in self._wanted:
            unread |= self._known(words) == 0
        for words in self._unwanted:
            near = self._by_stems(words)
            unread[near] |= self._known(words)[near] == 0
        unread &= unsure
        fit = unsure & ~unread
        fit[self._wrong(np.flatnonzero(fit))] = False
        sure = allowed & ~unsure
        if np.count_nonzero(sure) + np.count_nonzero(fit) < least:
            more = np.flatnonzero(unread)
            more = more[:: max(1, len(more) // _FURTHER)]
            fit[more] = True
            fit[self._wrong(more)] = False
        self.allowed = np.flatnonzero(sure | fit)

    def _by_stems(self, words: tuple[str, ...]) -> np.ndarray:
        """The positions of the papers that hold the words in a row, by their stems, ascending."""
        key = "by stems", words
        if (found := self._view.passed.get(key)) is None:
            found = self._view.holding(words)
            self._view.passed.put(key, found)
        return found

    def _known(self, words: tuple[str, ...]) -> np.ndarray:
        """What is known from reading, by position: 0 where nothing is."""
        import numpy as np

        key = "read", words
        if (known := self._view.passed.get(key)) is None:
            known = np.zeros(self._view.size, np.int8)
            self._view.passed.put(key, known)
        return known

    def _held(self, words: tuple[str, ...], positions: np.ndarray) -> np.ndarray:
        """Whether the papers at these positions hold the words in a row; 0 for one that went since."""
        known = self._known(words)
        unread = positions[known[positions] == 0]
        for start in range(0, len(unread), _BLOCK):
            block = unread[start : start + _BLOCK]
            names = self._view.names(block)
            papers = {paper.id: paper for paper in self._library.whole([name for name in names if name])}
            for position, name in zip(block.tolist(), names, strict=True):
                if name in papers:
                    known[position] = _HOLDS if holds(papers[name], words) else _LACKS
        return known[positions]
