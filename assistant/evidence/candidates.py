"""The sentences of a paper that compete to answer: all of its abstract, and of a full text those nearest in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..papers import Page, Paper, Passage
from ..text import STOP_WORDS, sentences, terms, tokens

_FROM_PAGES = 24
"""Sentences of a full text that are looked at, those with most of the question's words."""
_FOLLOWED = 8
"""The best of these after each of which the next sentence is looked at too."""
_PAGES_READ = 24
"""Pages of a long text that are gone through sentence by sentence."""
_FROM_PASSAGE = 12
"""Sentences of the passage that the search found best, looked at whatever their words."""
_SHORTEST, _LONGEST = 20, 900
"""Characters of a sentence of a page: what is shorter or longer is a heading, a formula or a table."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence and where it stands: `paper.text(field, page)[start:end] == text`."""

    field: str
    page: int | None
    start: int
    end: int
    text: str
    place: float = 0.0
    """Where in its abstract or page it stands: 0 first, 1 last."""


def candidates(paper: Paper, question: str, best: Passage | None = None) -> list[Candidate]:
    """The sentences to look at, in reading order; the title where there is no other text.

    Of the pages those with most of the question's words, rare ones before common ones, and those of the
    passage that the search found `best`.
    """
    chosen = list(_of_abstract(paper.abstract))
    if paper.pages:
        known = {c.text for c in chosen}
        chosen += [c for c in _of_pages(paper, question, best) if c.text not in known]
    return chosen or [Candidate("title", None, 0, len(paper.title), paper.title)]


# The same abstracts are read for one question after another.
@lru_cache(maxsize=4096)
def _of_abstract(abstract: str) -> tuple[Candidate, ...]:
    spans = sentences(abstract)
    last = max(1, len(spans) - 1)
    return tuple(Candidate("abstract", None, a, b, abstract[a:b], k / last) for k, (a, b) in enumerate(spans))


def _of_pages(paper: Paper, question: str, best: Passage | None) -> list[Candidate]:
    wanted = frozenset(terms(question))
    rows = [
        (Candidate("page", page.number, a, b, page.text[a:b], a / max(1, len(page.text))), wanted & held)
        for page in _pages_read(paper, question, best)
        for a, b, held in _sentences_of(page.text)
    ]
    holding = Counter(t for _, held in rows for t in held)
    rarity = {t: math.log(1 + len(rows) / n) for t, n in holding.items()}
    by_words = sorted(range(len(rows)), key=lambda k: (-sum(rarity[t] for t in sorted(rows[k][1])), k))
    chosen = set(by_words[:_FROM_PAGES])
    # What a sentence begins to tell, the next one often goes on with.
    chosen |= {k + 1 for k in by_words[:_FOLLOWED] if k + 1 < len(rows) and rows[k + 1][0].page == rows[k][0].page}
    if best is not None and best.field == "page":
        inside = [k for k in by_words if rows[k][0].page == best.page and best.start <= rows[k][0].start < best.end]
        chosen |= set(inside[:_FROM_PASSAGE])
    return [rows[k][0] for k in sorted(chosen)]


def _pages_read(paper: Paper, question: str, best: Passage | None) -> Sequence[Page]:
    """The pages whose sentences are looked at, in order: all of a short text.

    Of a long one those that hold most of the question's words, known by their beginnings, and the page of the
    passage found `best` with its neighbours.
    """
    if len(paper.pages) <= _PAGES_READ:
        return paper.pages
    around = {best.page + d for d in (-1, 0, 1)} if best is not None and best.page is not None else set()
    beginnings = {w[: max(3, min(6, len(w) - 1))] for w in tokens(question) if w not in STOP_WORDS}
    low = [page.text.lower() for page in paper.pages]
    counts = [[text.count(word) for text in low] for word in sorted(beginnings)]
    rarity = [math.log(1 + len(low) / max(1, sum(map(bool, row)))) for row in counts]
    worth = [sum(w * (1 + math.log(row[k])) for w, row in zip(rarity, counts, strict=True) if row[k])
             for k in range(len(low))]
    order = sorted(range(len(low)), key=lambda k: (-worth[k], k))[:_PAGES_READ]
    chosen = {*order, *(k for k, page in enumerate(paper.pages) if page.number in around)}
    return [paper.pages[k] for k in sorted(chosen)]


@lru_cache(maxsize=1024)
def _sentences_of(text: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """The sentences of a page with their terms; a page is asked of again and again."""
    return tuple(
        (a, b, frozenset(terms(text[a:b]))) for a, b in sentences(text) if _SHORTEST <= b - a <= _LONGEST
    )
