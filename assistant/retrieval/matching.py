"""How near each word of a question comes to the words of each sentence: late interaction, sentence by sentence.

After Khattab & Zaharia 2020, "ColBERT": a question's token is compared with every token of a sentence, in the vectors
that the encoder gives them in their context, and the nearest counts. The tokens of papers lie in the index, one bit a
number. Where an embedder shows no tokens, a word is held or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..embeddings import Embedder, showing_tokens
from ..evidence import Candidate, Matches, PaperMatch, candidates
from ..index.products import of_signs
from ..index.vectors import ABSTRACT, TITLE
from ..index.view import Place, View
from ..library import Library
from ..papers import Hit, Paper
from ..question import QuestionPlan
from ..text import STOP_WORDS, term_set, terms, token_spans
from .similarity import Similarity

if TYPE_CHECKING:
    import numpy as np

HELD, NOT_HELD = 0.85, 0.1
"""What stands for a token's cosine where the embedder shows none: the word is there, or not (about the means seen)."""
_READ = 4_000
"""Characters of a question that are compared."""
_FAR = -0.2
"""The cosine of a word with a sentence that has no token."""


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """The words of a question, one for each token, and how much each counts."""

    words: tuple[str, ...]
    rarity: np.ndarray
    """How rare each word is in the library; 0 for a word that only asks. Words that no paper has are the rarest."""
    known: tuple[bool, ...]
    """Whether some paper has the word."""
    rows: np.ndarray | None = None
    """A turned unit row for each token, where the embedder shows them."""


def question_words(view: View, embedder: Embedder, text: str) -> QuestionWords:
    """The words of a question as they are compared."""
    import numpy as np

    showing = showing_tokens(embedder)
    asked = showing.asked(text) if showing is not None else None
    if asked is not None and asked.words:
        words, rows = asked.words, asked.rows
    else:
        # It shows no tokens, or none now: its runtime may be missing.
        words = tuple(text[start:end] for word, start, end in token_spans(text) if word not in STOP_WORDS)
        rows = None
    weight, known = {}, {}
    for word in set(words):
        index_terms = view.terms(word)
        content = word.lower() not in STOP_WORDS and any(c.isalnum() for c in word)
        weight[word] = view.ceiling(dict.fromkeys(index_terms, 1.0)) / max(1, len(index_terms)) if content else 0.0
        known[word] = not content or bool(view.known_terms(word))
    rarity = np.array([weight[word] for word in words], np.float64)
    if len(rarity) and not rarity.any():
        rarity = np.ones(len(rarity))
    return QuestionWords(words, rarity, tuple(known[word] for word in words), rows)


def sentence_matches(
    view: View, embedder: Embedder, asked: QuestionWords, paper: Paper, places: Sequence[Place]
) -> np.ndarray:
    """How near each token of the question comes to the title (row 0) and to each of the paper's sentences.

    A row for each of `places` after the title's, a column for each token; cosines, or `HELD` and `NOT_HELD`.
    """
    import numpy as np

    found = np.full((len(places) + 1, len(asked.words)), _FAR, np.float32)
    showing = showing_tokens(embedder)
    rows = asked.rows
    if showing is None or rows is None or not asked.words:
        return _by_words(asked, paper, places)
    position = view.positions([paper.id])
    passages = view.passage_tokens(int(position[0])) if len(position) else []
    if not passages:
        return _by_words(asked, paper, places)
    prefix = f"{paper.title.rstrip(' .')}. "
    for passage, codes in passages:
        inside = [k for k, p in enumerate(places)
                  if p.page == passage.page and p.start < passage.end and p.end > passage.start]
        if not inside and passage.field == "page":
            continue
        field = paper.text(passage.field, passage.page if passage.field == "page" else None)
        text = field[passage.start : passage.end]
        before = "" if passage.field == "title" else prefix
        owners = _owners(tuple(showing.token_places(before + text)[: len(codes)]), len(before),
                         tuple((places[k].start - passage.start, places[k].end - passage.start) for k in inside),
                         passage.field == "title")
        codes = codes[: len(owners)]
        owner = np.array(owners, np.int64)
        kept = np.flatnonzero(owner >= 0)
        if not len(kept):
            continue
        owner = owner[kept]
        order = np.argsort(owner, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(owner[order]) > 0])
        best = of_signs(codes[kept][order], starts, rows)
        for row, own in zip(best, owner[order][starts], strict=True):
            at = 0 if own == 0 else inside[own - 1] + 1
            found[at] = np.maximum(found[at], row)
    return found


@lru_cache(maxsize=2048)
def _owners(
    tokens: tuple[tuple[int, int], ...], shift: int, spans: tuple[tuple[int, int], ...], title: bool
) -> tuple[int, ...]:
    """For each token the sentence that it is of, from 1; 0 for the title's, -1 for none."""
    owners = []
    at = 0
    for start, _ in tokens:
        if start < shift or title:
            owners.append(0)
            continue
        place = start - shift
        while at < len(spans) and spans[at][1] <= place:
            at += 1
        owners.append(at + 1 if at < len(spans) and spans[at][0] <= place else -1)
    return tuple(owners)


def _by_words(asked: QuestionWords, paper: Paper, places: Sequence[Place]) -> np.ndarray:
    import numpy as np

    texts = [paper.title, *(paper.text(p.field, p.page if p.field == "page" else None)[p.start : p.end]
                            for p in places)]
    stems = [frozenset(terms(word)) for word in asked.words]
    return np.array([[HELD if own and own <= term_set(text) else NOT_HELD for own in stems] for text in texts],
                    np.float32).reshape(len(texts), len(stems))


def matches_of(
    plan: QuestionPlan, hits: Sequence[Hit], library: Library, view: View, embedder: Embedder, similarity: Similarity
) -> Matches:
    """The papers of the hits as numbers: their sentences, and how near each comes to the question. Order is kept.

    Papers that went since the search are left out.
    """
    text = plan.search_text[:_READ]
    asked = question_words(view, embedder, text)
    papers = {paper.id: paper for paper in library.whole([hit.paper_id for hit in hits])}
    found = [(hit, papers[hit.paper_id], candidates(papers[hit.paper_id], text, hit.passage))
             for hit in hits if hit.paper_id in papers]
    texts = [text_ for _, paper, own in found for text_ in (paper.title, *(c.text for c in own))]
    if not texts:
        return Matches(plan, asked.words, asked.rarity, asked.known, ())
    cosines = similarity(texts, [text])[:, 0]
    matched: list[PaperMatch] = []
    at = 0
    for hit, paper, own in found:
        places = [Place(c.start, c.end, _page(c)) for c in own]
        matched.append(PaperMatch(
            paper, hit.score, tuple(own), float(cosines[at]), cosines[at + 1 : at + 1 + len(own)],
            sentence_matches(view, embedder, asked, paper, places),
        ))
        at += 1 + len(own)
    return Matches(plan, asked.words, asked.rarity, asked.known, tuple(matched))


def _page(one: Candidate) -> int:
    return {"title": TITLE, "abstract": ABSTRACT}.get(one.field, one.page or 0)
