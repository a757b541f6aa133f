"""How near each word of a question comes to the words of each sentence: late interaction, sentence by sentence.

After Khattab & Zaharia 2020, "ColBERT": a question's token is compared with every token of a sentence, in the vectors
that the encoder gives them in their context, and the nearest counts. The tokens of papers lie in the index, one bit a
number. Where an embedder shows no tokens, a word is held or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..embeddings import Embedder, TokenEmbedder, showing_tokens
from ..evidence import Candidate, Matches, PaperMatch, asking_words, candidates
from ..index.products import of_signs
from ..index.vectors import ABSTRACT, TITLE
from ..index.view import Place, View
from ..library import Library
from ..papers import Hit, Paper
from ..question import QuestionPlan
from ..text import STOP_WORDS, term_set, terms, token_spans
from .interaction import Probes, cover_by_words, covering, plain, plain_cover, probes
from .similarity import Similarity

if TYPE_CHECKING:
    import numpy as np

HELD, NOT_HELD = 0.85, 0.1
"""What stands for a token's cosine where the embedder shows none: the word is there, or not (about the means seen)."""
_NEVER_FARTHER = 0.45
"""The nearness to a paper of a word that it does not hold, about, as vectors have it."""
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
        held = bool(view.known_terms(word))
        content = word.lower() not in STOP_WORDS and any(c.isalnum() for c in word)
        # "How many": where no paper has the word it is not rare, it only asks.
        content = content and (held or word.lower() not in asking_words())
        weight[word] = view.ceiling(dict.fromkeys(index_terms, 1.0)) / max(1, len(index_terms)) if content else 0.0
        known[word] = not content or held
    rarity = np.array([weight[word] for word in words], np.float64)
    if len(rarity) and not rarity.any():
        rarity = np.ones(len(rarity))
    return QuestionWords(words, rarity, tuple(known[word] for word in words), rows)


def sentence_matches(
    view: View, embedder: Embedder, asked: Sequence[QuestionWords], seeks: Sequence[Probes], covers: np.ndarray,
    paper: Paper, places: Sequence[Place],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """How near each token of the question comes to the title (row 0) and to each of the paper's sentences, a learned
    score for each sentence, a row of these for each part of the question, and the nearness of the rows that a paper
    must cover.

    The first and the last have a row for each of `places` after the title's, a column for each token; cosines, or
    `HELD` and `NOT_HELD`. Of `asked` and `seeks` the first is the whole question's; one part is the whole.
    """
    import numpy as np

    showing = showing_tokens(embedder)
    question = asked[0].rows
    if showing is None or question is None or any(one.rows is None or not one.words for one in asked):
        return _by_words(asked, paper, places)
    codes, owner = sentence_tokens(view, showing, paper, places)
    if not len(codes):
        return _by_words(asked, paper, places)
    rows = [question, *(one.rows for one in seeks), covers]
    near = np.full((len(places) + 1, sum(map(len, rows))), _FAR, np.float32)
    starts = np.flatnonzero(np.r_[True, np.diff(owner) > 0])
    near[owner[starts]] = of_signs(codes, starts, np.vstack(rows))
    own, *learned, covered = np.split(near, np.cumsum([len(one) for one in rows[:-1]]), axis=1)
    whole, *parts = (one.scores(part) for one, part in zip(seeks, learned, strict=True))
    return own, whole, np.array(parts or [whole]), covered


def sentence_tokens(
    view: View, showing: TokenEmbedder, paper: Paper, places: Sequence[Place]
) -> tuple[np.ndarray, np.ndarray]:
    """The packed tokens of a paper's title and sentences, and for each the row that it is of: 0 the title, then
    `places` in their order, ascending. Empty where the index has none."""
    import numpy as np

    position = view.positions([paper.id])
    prefix = f"{paper.title.rstrip(' .')}. "
    parts, owners = [], []
    for passage, codes in view.passage_tokens(int(position[0])) if len(position) else []:
        inside = [k for k, p in enumerate(places)
                  if p.page == passage.page and p.start < passage.end and p.end > passage.start]
        if not inside and passage.field == "page":
            continue
        field = paper.text(passage.field, passage.page if passage.field == "page" else None)
        before = "" if passage.field == "title" else prefix
        text = before + field[passage.start : passage.end]
        own = np.array(_owners(
            showing.token_places, text, len(codes), len(before),
            tuple((places[k].start - passage.start, places[k].end - passage.start) for k in inside),
            passage.field == "title",
        ), np.int64)
        parts.append(codes[: len(own)][own >= 0])
        owners.append(np.array([0, *(k + 1 for k in inside)])[own[own >= 0]])
    if not parts:
        return np.zeros((0, 0), np.uint8), np.zeros(0, np.int64)
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return np.concatenate(parts)[order], owner[order]


# The same papers are found for one question after another.
@lru_cache(maxsize=4096)
def _owners(
    places_in: Callable[[str], list[tuple[int, int]]], text: str, count: int, shift: int,
    spans: tuple[tuple[int, int], ...], title: bool,
) -> tuple[int, ...]:
    """For each of the first `count` tokens the sentence that it is of, from 1; 0 for the title's, -1 for none."""
    owners = []
    at = 0
    for start, _ in places_in(text)[:count]:
        if start < shift or title:
            owners.append(0)
            continue
        place = start - shift
        while at < len(spans) and spans[at][1] <= place:
            at += 1
        owners.append(at + 1 if at < len(spans) and spans[at][0] <= place else -1)
    return tuple(owners)


def _by_words(
    asked: Sequence[QuestionWords], paper: Paper, places: Sequence[Place]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    import numpy as np

    texts = [term_set(paper.title), *(term_set(paper.text(p.field, p.page if p.field == "page" else None)[
        p.start : p.end]) for p in places)]
    nears = []
    for one in asked:
        stems = [frozenset(terms(word)) for word in one.words]
        nears.append(np.array([[HELD if own and own <= text else NOT_HELD for own in stems] for text in texts],
                              np.float32).reshape(len(texts), len(stems)))
    whole, *parts = (plain(one.rarity, None).scores(near) for one, near in zip(asked, nears, strict=True))
    # Some token of a whole paper comes about so near to any word.
    return nears[0], whole, np.array(parts or [whole]), np.maximum(nears[0], _NEVER_FARTHER)


def matches_of(
    plan: QuestionPlan, hits: Sequence[Hit], library: Library, view: View, embedder: Embedder, similarity: Similarity
) -> Matches:
    """The papers of the hits as numbers: their sentences, and how near each comes to the question. Order is kept.

    Papers that went since the search are left out.
    """
    import numpy as np

    text = plan.search_text[:_READ]
    asked = question_words(view, embedder, text)
    papers = {paper.id: paper for paper in library.whole([hit.paper_id for hit in hits])}
    found = [(hit, papers[hit.paper_id], candidates(papers[hit.paper_id], text, hit.passage))
             for hit in hits if hit.paper_id in papers]
    texts = [text_ for _, paper, own in found for text_ in (paper.title, *(c.text for c in own))]
    if not texts:
        return Matches(plan, asked.words, asked.rarity, asked.known, (), plain_cover())
    cosines = similarity(texts, [text])[:, 0]
    parts = parts_asked(view, embedder, plan)
    seeks = [plain(one.rarity, None) if one.rows is None else probes(one.rows, one.rarity, embedder.fingerprint)
             for one in (asked, *parts)]
    covers, cover = np.zeros((0, 0)), cover_by_words(asked.rarity)
    if asked.rows is not None:
        covers, cover = covering(asked.rows, asked.rarity, embedder.fingerprint)
    vectors = mean_vectors(view, list(papers))
    matched: list[PaperMatch] = []
    at = 0
    for hit, paper, own in found:
        places = places_of(own)
        matched.append(PaperMatch(
            paper, hit.score, tuple(own), float(cosines[at]), cosines[at + 1 : at + 1 + len(own)],
            *sentence_matches(view, embedder, (asked, *parts), seeks, covers, paper, places),
            vectors[paper.id],
        ))
        at += 1 + len(own)
    return Matches(plan, asked.words, asked.rarity, asked.known, tuple(matched), cover)


def mean_vectors(view: View, paper_ids: Sequence[str]) -> dict[str, np.ndarray]:
    """The mean of the vectors of each paper, all of one length; zeros for a paper without any."""
    import numpy as np

    rows = {one: view.vectors(int(position)) for one in paper_ids for position in view.positions([one])}
    means = {one: own.mean(axis=0) for one, own in rows.items() if len(own)}
    width = len(next(iter(means.values()))) if means else 1
    return {one: means.get(one, np.zeros(width, np.float32)) for one in paper_ids}


def parts_asked(view: View, embedder: Embedder, plan: QuestionPlan) -> list[QuestionWords]:
    """The words of each part of a question that has several; parts without a word are left out.

    None of a question that is longer than what is compared: its parts are prose.
    """
    parted = len(plan.parts) > 1 and len(plan.search_text) <= _READ
    texts = [part.text for part in plan.parts] if parted else []
    return [one for text in texts if (one := question_words(view, embedder, text)).words]


def places_of(sentences: Sequence[Candidate]) -> list[Place]:
    """Where sentences stand, as the index says it."""
    return [Place(one.start, one.end, _page(one)) for one in sentences]


def _page(one: Candidate) -> int:
    return {"title": TITLE, "abstract": ABSTRACT}.get(one.field, one.page or 0)
