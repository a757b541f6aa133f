"""The sentences of a paper that are looked at for a question: of a long text not all."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from ..papers import Page, Paper, Passage
from ..queries import Question
from ..text import STOP_WORDS, sentences, terms, tokens

_FROM_PAGES = 24
"""Sentences of a full text that are looked at, those with most of the question's words."""
_GONE_ON_WITH = 8
"""The best of these after each of which the next sentence is looked at too."""
_PAGES_READ = 24
"""Pages of a long text that are gone through sentence by sentence."""
_FROM_PASSAGE = 12
"""Sentences of the passage that the search found best, looked at whatever their words."""


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence and where it stands: `paper.text(field, page)[start:end] == text`."""

    field: str
    page: int | None
    start: int
    end: int
    text: str


def spans_of(paper: Paper, question: Question, best: Passage | None = None) -> list[Span]:
    """The sentences to look at: all of the abstract, the best of the pages; the title where there is no other text.

    Of the pages those with most of the question's words, rare ones before common ones, and those of the
    passage that the search found `best`.
    """
    found = list(_of_abstract(paper.abstract))
    if paper.pages:
        wanted = set(terms(question.text))
        seen = {s.text for s in found}
        pages = [
            (Span("page", page.number, a, b, text), wanted & held)
            for page in _pages_read(paper, question, best)
            for a, b, held in _sentences_of(page.text)
            if (text := page.text[a:b]) not in seen
        ]
        holding = Counter(t for _, held in pages for t in held)
        rarity = {t: math.log(1 + len(pages) / n) for t, n in holding.items()}
        by_words = sorted(range(len(pages)), key=lambda k: (-sum(rarity[t] for t in sorted(pages[k][1])), k))
        kept = set(by_words[:_FROM_PAGES])
        # What a sentence begins to tell, the next one often goes on with.
        kept |= {k + 1 for k in by_words[:_GONE_ON_WITH]
                 if k + 1 < len(pages) and pages[k + 1][0].page == pages[k][0].page}
        if best is not None and best.field == "page":
            near = [k for k in by_words if pages[k][0].page == best.page
                    and best.start <= pages[k][0].start < best.end]
            kept |= set(near[:_FROM_PASSAGE])
        found += [pages[k][0] for k in sorted(kept)]
    return found or [Span("title", None, 0, len(paper.title), paper.title)]


# The same abstracts are read for one question after another.
@lru_cache(maxsize=2048)
def _of_abstract(abstract: str) -> tuple[Span, ...]:
    return tuple(Span("abstract", None, a, b, abstract[a:b]) for a, b in sentences(abstract))


def _pages_read(paper: Paper, question: Question, best: Passage | None) -> list[Page]:
    """The pages whose sentences are looked at, in order: all of a short text.

    Of a long one those that hold most of the question's words, known by their beginnings, and the page of the
    passage found `best` with its neighbours.
    """
    if len(paper.pages) <= _PAGES_READ:
        return list(paper.pages)
    near = {best.page + d for d in (-1, 0, 1)} if best is not None and best.page is not None else set()
    opening = {w[: max(3, min(6, len(w) - 1))] for w in tokens(question.text) if w not in STOP_WORDS}
    low = [page.text.lower() for page in paper.pages]
    worth = [0.0] * len(low)
    for word in sorted(opening):
        counts = [text.count(word) for text in low]
        holding = sum(1 for n in counts if n)
        for k, n in enumerate(counts):
            worth[k] += math.log(1 + len(low) / holding) * (1 + math.log(n)) if n else 0.0
    order = sorted(range(len(low)), key=lambda k: (-worth[k], k))[:_PAGES_READ]
    kept = {*order, *(k for k, page in enumerate(paper.pages) if page.number in near)}
    return [paper.pages[k] for k in sorted(kept)]


@lru_cache(maxsize=1024)
def _sentences_of(text: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """The sentences of a page, none very short or long, each with its terms; a page is asked of again and again."""
    return tuple((a, b, frozenset(terms(text[a:b]))) for a, b in sentences(text) if 20 <= b - a <= 900)
