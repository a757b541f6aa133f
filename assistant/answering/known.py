"""What the reading of a question is told of a library: titles, names, authors, venues, words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from ..index import Index
from ..library import Library
from ..papers import Filters, Paper, normalised_title
from ..question import Known
from ..question.titles import possible_titles, titles_in
from ..retrieval.scoring import term_weights
from ..retrieval.understanding import joined
from ..text import STOP_WORDS, token_spans, tokens
from ..text.own_names import owns

_FEW = 40
"""Papers that may hold a name or be an author's, to be looked at."""
_NEAREST = 5


class LibraryKnown(Known):
    """One library. Safe to use from several threads."""

    def __init__(self, library: Library, index: Index) -> None:
        self._library = library
        self._index = index
        self._venues: tuple[int, tuple[str, ...]] = (-1, ())

    def titled(self, text: str) -> list[Paper]:
        return titles_in(text, self._library.titled(possible_titles(text)))

    def named(self, name: str) -> list[Paper]:
        view = self._index.view()
        found = view.holding(tokens(name))
        if not len(found) or len(found) > _FEW:
            return []
        papers = self._library.papers([i for i in view.names(found) if i])
        own = [p for p in papers if owns(p.title, p.abstract, name)]
        key = normalised_title(name)
        return sorted(own, key=lambda p: normalised_title(p.title.split(":")[0]) != key)

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        here = {p.id: p for p in self._library.papers(ids)}
        if len(here) < len(ids):
            # A former id leads to the paper it became.
            here |= {i: p for i in ids if i not in here for p in self._library.papers([i])}
        return list({p.id: p for i in ids if (p := here.get(i)) is not None}.values())

    def nearest(self, text: str) -> list[Paper]:
        import numpy as np

        view = self._index.view()
        scores = view.lexical(term_weights(view, text[:1_000]))
        best = np.argsort(-scores, kind="stable")[:_NEAREST]
        return self.papers([i for i in view.names([p for p in best if scores[p] > 0]) if i])

    def holds_words(self, text: str) -> bool:
        import numpy as np

        view = self._index.view()
        holding = [view.holding([word]) for word, _, _ in token_spans(text[:300]) if word not in STOP_WORDS]
        return bool(holding) and len(reduce(np.intersect1d, holding)) > 0

    def has_term(self, word: str) -> bool:
        return bool(self._index.view().known_terms(word))

    def authors(self, name: str) -> bool:
        wanted = set(tokens(name))
        _, ids = self._library.holdings.first(_FEW, Filters(authors=(name,)))
        return any(wanted <= set(tokens(author)) for paper in self._library.papers(ids) for author in paper.authors)

    def venues(self) -> tuple[str, ...]:
        generation = self._library.generation
        if self._venues[0] != generation:
            self._venues = generation, tuple(self._library.venues())
        return self._venues[1]

    def both(self, given: Filters, asked: Filters) -> Filters:
        return joined(given, asked, self._library)
