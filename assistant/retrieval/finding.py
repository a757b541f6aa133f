"""From a query as understood to hits; a query of nothing but limits lists the papers that pass."""

from __future__ import annotations

from ..embeddings import Embedder
from ..index import Index
from ..library import Library
from ..papers import Finding, Hit
from ..text import STOP_WORDS, sentences, terms, token_spans, tokens
from . import holds, related, search
from .reranking import Reranking
from .understanding import Understood


def found(
    library: Library, index: Index, embedder: Embedder, asked: Understood, k: int, reranking: Reranking
) -> tuple[list[Hit], list[Finding]]:
    """The `k` best papers, best first, and what went wrong with a second look at them, if anything did; with
    limits alone, those that pass in order of arrival, scored 0.

    A query without a letter or number finds nothing.
    """
    if any(c.isalnum() for c in asked.text):
        hits = search(
            library, index, embedder, asked.text, k=max(k, reranking.candidates), filters=asked.filters,
            phrases=asked.phrases, excluded=asked.excluded, also=asked.also, meaning=asked.meaning,
            aspects=asked.aspects,
        )
        hits, findings = reranking(asked.meaning or asked.text, hits, library.papers)
        return hits[:k], findings
    if not asked.limits:
        return [], []
    unwanted = [tokens(word) for word in asked.excluded]
    out: list[Hit] = []
    for paper_id in library.matching(asked.filters):
        if len(out) == k:
            break
        paper = library.paper(paper_id)
        if not any(holds(paper, words) for words in unwanted):
            out.append(Hit(len(out) + 1, paper.id, paper.title, 0.0, paper.year, paper.title))
    return out, []


def more_like(library: Library, index: Index, paper_id: str, k: int) -> list[Hit]:
    """The papers nearest to one, with the title words they share. PaperNotFound when there is none of this id."""
    own = library.paper(paper_id)
    words = {stem: word for word, start, end in token_spans(own.title) if word not in STOP_WORDS
             for stem in terms(own.title[start:end])}
    near = related(library, index, own.id, k)
    papers = {p.id: p for p in library.papers([i for i, _ in near])}
    out: list[Hit] = []
    for name, score in near:
        if (paper := papers.get(name)) is not None:
            shared = tuple(dict.fromkeys(words[t] for t in terms(paper.title) if t in words))
            first = next(iter(sentences(paper.abstract)), None)
            snippet = paper.abstract[first[0] : first[1]] if first else paper.title
            out.append(Hit(len(out) + 1, paper.id, paper.title, score, paper.year, snippet, shared, dense_share=1.0))
    return out
