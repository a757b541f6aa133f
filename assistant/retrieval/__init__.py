"""From a question to papers: words and vectors, each normalised for the question, then averaged.

Scores are fixed over the whole library before any filter, so a filter never reorders what passes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..embeddings import Embedder
from ..errors import UsageError
from ..index import Index
from ..index.view import CANDIDATES, View
from ..library import Library
from ..papers import Filters, Hit, Paper, Passage, Term
from ..text import STOP_WORDS, sentences, token_spans, tokens

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.retrievers import BaseRetriever

_STEADY_WORDS, _STEADY_VECTORS = 2, 3
"""Scores are divided by the mean of so many best: one outlier doesn't press the others down."""
_COVERED = 0.25
"""The share of the question's words, by BM25, above which words count in full."""
_ROUNDING = 2e-6
_MAX_QUESTION = 20_000
_MAX_PARTS = 16


@dataclass(frozen=True, slots=True)
class Recipe:
    """What counts how much. The defaults were measured on three public collections, one setting for all,
    and each is flat around its value; `litassist bench --ablate` leaves them out one by one."""

    words: float = 0.38
    """The share of words; the rest is the vectors'."""
    sentences: float = 1.35
    """The best sentence (or title) beside the best passage, within the vectors' share."""
    hubs: float = 0.3
    """How much of a paper's nearness to everything is taken off its nearness to the question (after
    Radovanović et al. 2010, "Hubs in Space")."""
    parts: float = 0.5
    """The sentences of a question of several beside the whole question, in its vector."""


RECIPE = Recipe()


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of papers for one question, by position in the library; `positions` says whose they are."""

    positions: np.ndarray
    fused: np.ndarray
    dense: np.ndarray
    """The dense part of `fused`."""


def search(
    library: Library, index: Index, embedder: Embedder, question: str, *, k: int = 10,
    filters: Filters | None = None, phrases: Sequence[str] = (), required: Sequence[str] = (),
    excluded: Sequence[str] = (), also: Mapping[str, float] | None = None, meaning: str = "",
) -> list[Hit]:
    """The `k` best papers, best first; equal scores keep the library's order. An empty question gives none.

    `filters` hold exactly, and so do `phrases` and `required` (each must stand in the paper, word for
    word) and `excluded` (none may). `also` are texts whose words are looked for beside the question's,
    each with their weight; `meaning` is the wording that vectors are compared with, if not the question.
    """
    if k < 1:
        raise UsageError(f"k must be at least 1, not {k}")
    question = question[:_MAX_QUESTION]
    if not question.strip():
        return []
    view = index.view()
    if not len(view):
        return []
    allowed = _allowed(view, library, filters or Filters(), [*phrases, *required], excluded)
    if allowed is not None and not len(allowed):
        return []
    weights = term_weights(view, question)
    for text, weight in (also or {}).items():
        for term in term_weights(view, text):
            weights.setdefault(term, weight)
    vector = question_vector(embedder, meaning[:_MAX_QUESTION] or question)
    scores = _scores(view, weights, vector, allowed, RECIPE)
    return _hits(library, view, " ".join([question, *(also or ())]), weights, vector, scores, _order(scores, k))


def ranking(view: View, embedder: Embedder, question: str, k: int, recipe: Recipe = RECIPE) -> list[str]:
    """The ids of the `k` best papers, best first, by some other recipe: for measuring."""
    scores = _scores(view, term_weights(view, question), question_vector(embedder, question, recipe), None, recipe)
    return [view.ids[scores.positions[i]] for i in _order(scores, k)]


def _order(scores: Scores, k: int) -> np.ndarray:
    import numpy as np

    order = np.lexsort((scores.positions, -scores.fused))
    return order[scores.fused[order] > 0][:k]


def question_vector(embedder: Embedder, question: str, recipe: Recipe = RECIPE) -> np.ndarray:
    """The unit vector of a question; of one of several sentences, the whole's and their mean's together."""
    import numpy as np

    parts = [question[start:end] for start, end in sentences(question)][:_MAX_PARTS]
    vectors = embedder.encode([question, *parts] if recipe.parts and len(parts) > 1 else [question])
    if len(vectors) == 1:
        return vectors[0]
    mean = vectors[1:].mean(axis=0)
    joined = vectors[0] + recipe.parts * mean / max(float(np.linalg.norm(mean)), 1e-9)
    return joined / max(float(np.linalg.norm(joined)), 1e-9)


def term_weights(view: View, question: str) -> dict[str, float]:
    """The index terms of the question that occur in the library, each with its weight.

    Words that only ask ("which", "does") are left out, unless nothing else is there.
    """
    content = [question[start:end] for word, start, end in token_spans(question) if word not in STOP_WORDS]
    return view.known_terms(" ".join(content)) or view.known_terms(question)


def _scores(
    view: View, weights: dict[str, float], vector: np.ndarray, allowed: np.ndarray | None, recipe: Recipe
) -> Scores:
    """Exact scores of every paper that may be shown (in a large library, of the candidates)."""
    import numpy as np

    lexical = view.lexical(weights)
    positions = None
    if not view.exact:
        top = np.argsort(-lexical, kind="stable")[:CANDIDATES]
        positions = np.union1d(top[lexical[top] > 0], view.nearest(vector, CANDIDATES))
        if allowed is not None and len(allowed) <= 5 * CANDIDATES:
            positions = np.union1d(positions, allowed)
    whole, sentence = view.dense(vector, positions)
    if positions is None:
        positions = np.arange(len(view))
    dense = whole + recipe.sentences * sentence - recipe.hubs * view.hubness(positions)
    dense = np.where(whole == 0, 0, np.maximum(dense, 0))
    # Where even the best paper holds few of the question's words (it is asked in others), words count less.
    covered = float(lexical.max(initial=0)) / max(view.ceiling(weights), 1e-9)
    words = recipe.words * min(1.0, covered / _COVERED) ** 0.5 * lexical[positions] / _level(lexical, _STEADY_WORDS)
    vectors = (1 - recipe.words) * dense / _level(dense, _STEADY_VECTORS)
    # The best by both would score 1.
    greatest = max(float(words.max(initial=0) + vectors.max(initial=0)), 1e-9)
    words, vectors = words / greatest, vectors / greatest
    fused = _evened(words + vectors)
    if allowed is not None:
        kept = np.isin(positions, allowed)
        positions, fused, vectors = positions[kept], fused[kept], vectors[kept]
    return Scores(positions, fused, vectors)


def _level(scores: np.ndarray, count: int) -> float:
    """The mean of the best scores, those above 0 alone; 1 when there are none."""
    import numpy as np

    best = np.sort(scores)[-count:]
    best = best[best > 0]
    return float(best.mean()) if len(best) else 1.0


def _evened(scores: np.ndarray) -> np.ndarray:
    """The scores with those made equal that differ by no more than rounding: equal papers are then ties."""
    import numpy as np

    if not len(scores):
        return scores
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    leads = np.r_[True, falling[:-1] - falling[1:] > _ROUNDING]
    even = np.empty_like(scores)
    even[order] = falling[leads][np.cumsum(leads) - 1]
    return even


def _allowed(
    view: View, library: Library, filters: Filters, required: Sequence[str], excluded: Sequence[str]
) -> np.ndarray | None:
    """The positions of the papers that may be shown; None when all may."""
    import numpy as np

    allowed = view.positions(library.matching(filters)) if filters else None
    for phrase in required:
        words = tokens(phrase)
        if words:
            holding = _holding(view, library, words)
            allowed = holding if allowed is None else np.intersect1d(allowed, holding)
    for word in excluded:
        words = tokens(word)
        if words:
            rest = np.arange(len(view)) if allowed is None else allowed
            allowed = np.setdiff1d(rest, _holding(view, library, words))
    return allowed


def _holding(view: View, library: Library, words: Sequence[str]) -> np.ndarray:
    """The positions of papers that hold these very words in a row."""
    import numpy as np

    near = view.holding(words)
    found = []
    for position in near.tolist():
        paper = library.paper(view.ids[position])
        texts = (paper.title, paper.abstract, *paper.keywords, *(page.text for page in paper.pages))
        if any(_contains(tokens(text), words) for text in texts):
            found.append(position)
    return np.array(found, np.int64)


def _contains(have: Sequence[str], words: Sequence[str]) -> bool:
    size, wanted = len(words), list(words)
    return any(list(have[i : i + size]) == wanted for i in range(len(have) - size + 1))


# --------------------------------------------------------------------------- why it matched


def _hits(
    library: Library, view: View, question: str, weights: dict[str, float], vector: np.ndarray, scores: Scores,
    order: np.ndarray,
) -> list[Hit]:
    positions = [int(p) for p in scores.positions[order]]
    papers = {paper.id: paper for paper in library.papers([view.ids[p] for p in positions])}
    shares = view.term_shares(weights, positions)
    surface = _surface(view, question)
    hits: list[Hit] = []
    for i, position, terms in zip(order.tolist(), positions, shares, strict=True):
        paper = papers.get(view.ids[position])
        if paper is None:
            continue  # removed since the view was made
        fused, dense = float(scores.fused[i]), float(scores.dense[i])
        by_words = sum(terms.values()) or 1.0
        parts = sorted(((stem, (fused - dense) / fused * value / by_words) for stem, value in terms.items()),
                       key=lambda part: -part[1])
        passage = _passage(library, paper, view, vector, position)
        hits.append(Hit(
            rank=len(hits) + 1, paper_id=paper.id, title=paper.title, score=fused, year=paper.year,
            snippet=passage.text if passage else paper.title,
            matched=tuple(surface.get(stem, stem) for stem, _ in parts),
            terms=tuple(Term(surface.get(stem, stem), share) for stem, share in parts),
            dense_share=dense / fused, passage=passage,
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
    positions = None if view.exact else view.nearest(centre, max(4 * k, 100))
    whole, _ = view.dense(centre, positions)
    if positions is None:
        positions = np.arange(len(view))
    order = np.lexsort((positions, -whole))
    return [(view.ids[positions[i]], float(whole[i])) for i in order if positions[i] != here[0] and whole[i] > 0][:k]


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
