"""From a question to papers: words and vectors, each normalised for the question, then averaged.

Scores are fixed over the whole library before any filter, so a filter never reorders what passes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..embeddings import Embedder
from ..errors import UsageError
from ..index import Index
from ..index.view import View
from ..library import Library
from ..papers import Filters, Hit, Paper, Passage, Term
from ..question import parse
from ..text import STOP_WORDS, token_spans
from .rows import Rows, holds
from .scoring import (
    RECIPE,
    Asked,
    Recipe,
    Scores,
    first,
    question_vector,
    question_vectors,
    scored,
    term_weights,
    with_tokens,
)

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.retrievers import BaseRetriever

__all__ = [
    "RECIPE", "Recipe", "holds", "langchain_retriever", "question_vector", "ranking", "related", "search",
    "term_weights",
]  # fmt: skip

_MAX_QUESTION = 20_000


def search(
    library: Library, index: Index, embedder: Embedder, question: str, *, k: int = 10,
    filters: Filters | None = None, phrases: Sequence[str] = (), excluded: Sequence[str] = (),
    also: Mapping[str, float] | None = None, meaning: str = "", aspects: Sequence[str] = (),
) -> list[Hit]:
    """The `k` best papers, best first; equal scores keep the library's order. An empty question gives none.

    `filters` hold exactly, and so do `phrases` (each must stand in the paper, word for word) and `excluded`
    (none may). `also` are texts whose words are looked for beside the question's, each with their weight;
    `meaning` is the wording that vectors are compared with, if not the question. `aspects` are searched for
    beside the whole question, and the best papers of each come first.
    """
    if k < 1:
        raise UsageError(f"k must be at least 1, not {k}")
    question = question[:_MAX_QUESTION]
    if not question.strip():
        return []
    view = index.view()
    if not len(view):
        return []
    rows = Rows(view, library, phrases, excluded, index.passing(view, filters or Filters()))
    if rows.allowed is not None and not len(rows.allowed):
        return []
    asked = _asked(view, embedder, question, meaning, aspects, RECIPE)
    for text, weight in (also or {}).items():
        for term in term_weights(view, text):
            asked[0].weights.setdefault(term, weight)
    scores, order = rows.best(lambda allowed: scored(view, asked, allowed), k)
    return _hits(library, view, " ".join([question, *(also or ())]), asked, scores, order)


def ranking(view: View, embedder: Embedder, question: str, k: int, recipe: Recipe = RECIPE) -> list[str]:
    """The ids of the `k` best papers, best first, by some other recipe: for measuring."""
    parts = parse(question).queries[1:] if recipe.aspects else ()
    scores = scored(view, _asked(view, embedder, question, "", parts, recipe), None, recipe)
    return [name for name in view.names(scores.positions[first(scores, k)]) if name]


def _asked(
    view: View, embedder: Embedder, question: str, meaning: str, aspects: Sequence[str], recipe: Recipe
) -> list[Asked]:
    meaning = meaning[:_MAX_QUESTION] or question
    vectors = question_vectors(embedder, [meaning, *aspects], recipe)
    found = [Asked(term_weights(view, text), vector, text)
             for text, vector in zip([question, *aspects], vectors, strict=True)]
    if recipe.tokens:
        found[0] = with_tokens(view, embedder, found[0], meaning)
    return found


# --------------------------------------------------------------------------- why it matched


def _hits(
    library: Library, view: View, question: str, asked: Sequence[Asked], scores: Scores, order: np.ndarray
) -> list[Hit]:
    positions = [int(p) for p in scores.positions[order]]
    names = view.names(positions)
    papers = {paper.id: paper for paper in library.papers([name for name in names if name])}
    shares = view.term_shares(asked[0].weights, positions)
    surface = _surface(view, question)
    hits: list[Hit] = []
    for i, position, name, terms in zip(order.tolist(), positions, names, shares, strict=True):
        paper = papers.get(name)
        if paper is None:
            continue  # removed since the view was made
        fused, dense = float(scores.fused[i]), float(scores.dense[i])
        by_words = sum(terms.values()) or 1.0
        parts = sorted(((stem, max(0.0, fused - dense) / fused * value / by_words) for stem, value in terms.items()),
                       key=lambda part: -part[1])
        source = int(scores.source[i])
        passage = _passage(library, paper, view, asked[source].vector, position)
        hits.append(Hit(
            rank=len(hits) + 1, paper_id=paper.id, title=paper.title, score=fused, year=paper.year,
            snippet=passage.text if passage else paper.title,
            matched=tuple(surface.get(stem, stem) for stem, _ in parts),
            terms=tuple(Term(surface.get(stem, stem), share) for stem, share in parts),
            dense_share=dense / fused, passage=passage, aspect=asked[source].text if source else "",
        ))
    return hits


def _surface(view: View, question: str) -> dict[str, str]:
    """Each index term of the question, and how the question spells it first."""
    found: dict[str, str] = {}
    for word, start, end in token_spans(question):
        if word not in STOP_WORDS:
            for stem in view.terms(question[start:end]):
                found.setdefault(stem, question[start:end])
    return found


def _passage(library: Library, paper: Paper, view: View, vector: np.ndarray, position: int) -> Passage | None:
    place = view.best_place(vector, position)
    if place is None or place.field == "title":
        return None
    page = place.page if place.field == "page" else None
    if page is not None and not paper.pages:
        paper = library.paper(paper.id)
    text = paper.text(place.field, page)[place.start : place.end]
    return Passage(paper.id, place.field, place.start, place.end, text, page) if text else None


# --------------------------------------------------------------------------- more like this


def related(library: Library, index: Index, paper_id: str, k: int = 10) -> list[tuple[str, float]]:
    """The papers nearest to one, with their cosine, nearest first; itself left out.

    PaperNotFound when there is none of this id; nothing when its vectors are still to come.
    """
    import numpy as np

    paper = library.paper(paper_id)
    view = index.view()
    here = view.positions([paper.id])
    own = view.vectors(int(here[0])) if len(here) else np.zeros((0, 0), np.float32)
    if not len(own):
        return []
    centre = own.mean(axis=0)
    centre /= max(float(np.linalg.norm(centre)), 1e-9)
    positions = view.close_to(centre, max(4 * k, 100))
    whole, _ = view.dense(centre, positions)
    order = np.lexsort((view.arrival(positions), -whole))
    order = order[(positions[order] != here[0]) & (whole[order] > 0)][:k]
    names = view.names(positions[order])
    return [(name, float(whole[i])) for name, i in zip(names, order.tolist(), strict=True) if name]


# --------------------------------------------------------------------------- LangChain


def langchain_retriever(hits: Callable[[str], list[Hit]], paper: Callable[[str], Paper]) -> BaseRetriever:
    """A LangChain retriever over a search: one Document a paper, its text with paper_id, title, year, url, score."""
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class PaperRetriever(BaseRetriever):
        """Papers of a library as Documents."""

        def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
            return [_document(hit) for hit in hits(query)]

    def _document(hit: Hit) -> Any:
        found = paper(hit.paper_id)
        content = found.abstract or (hit.passage.text if hit.passage else "") or found.title
        return Document(page_content=content, metadata={
            "paper_id": hit.paper_id, "title": hit.title, "year": hit.year, "url": found.link, "score": hit.score,
        })

    return PaperRetriever()
