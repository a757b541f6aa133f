"""The scores of papers for one question: words and vectors, each normalised for the question, then averaged;
and of the best, how near each word of the question comes to a word of the paper.

They are fixed over the whole library before any filter, so a filter never reorders what passes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..embeddings import Embedder, showing_tokens
from ..index.view import View
from ..models import values
from ..text import STOP_WORDS, sentences, token_spans

if TYPE_CHECKING:
    import numpy as np

_FITTED = values("search")
_STEADY_WORDS, _STEADY_VECTORS = _FITTED["words"]["steady"], _FITTED["vectors"]["steady"]
"""Scores are divided by the mean of so many best: one outlier doesn't press the others down."""
_COVERED: float = _FITTED["words"]["covered"]
"""The share of the question's words, by BM25, above which words count in full."""
_ROUNDING = 2e-6
_MAX_PARTS = 16
_ONE_WORD = 60
"""Characters that a query of one word has at most."""
_BEHIND: float = _FITTED["one_word"]["behind"]
"""The best paper without the word beside the last that holds it; what is compared later must not turn that."""
_LOOKED_INTO = 40
"""So many of the best papers are compared token by token."""
_LEAST_RARE = 1e-3
_FED_BACK = 3
_WHOLE: float = _FITTED["aspects"]["whole"]
"""What the whole question counts beside the aspect that fits a paper best: it parts those that are first for one."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What counts how much. The defaults are those of models/search.json; `litassist bench --ablate` leaves them out
    one by one."""

    words: float = _FITTED["recipe"]["words"]
    """The share of words; the rest is the vectors'."""
    sentences: float = _FITTED["recipe"]["sentences"]
    """The best sentence (or title) beside the best passage, within the vectors' share."""
    hubs: float = _FITTED["recipe"]["hubs"]
    """How much of a paper's nearness to everything is taken off its nearness to the question (after
    Radovanović et al. 2010, "Hubs in Space")."""
    parts: float = _FITTED["recipe"]["parts"]
    """The sentences of a question of several beside the whole question, in its vector."""
    tokens: float = _FITTED["recipe"]["tokens"]
    """What a paper gains for each standard deviation, among the best, by which the question's tokens lie nearer to
    its own than to the least near paper's: late interaction (Khattab & Zaharia 2020, "ColBERT")."""
    feedback: float = 0.0
    """The first papers' mean beside the question, in a second search (Rocchio 1971): it was measured and brings
    nothing, so only the ablation has it."""
    aspects: bool = True
    """Whether a question over several aspects is searched by each of them too."""


RECIPE = Recipe()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, or one aspect of one, as it is scored: the weights of its index terms, and its vector."""

    weights: dict[str, float]
    vector: np.ndarray
    text: str = ""
    tokens: np.ndarray | None = None
    """A turned unit row for each token, where the embedder shows them."""
    rarity: np.ndarray | None = None
    """What each token counts."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of papers for one question, by position in the index; `positions` says whose they are."""

    positions: np.ndarray
    arrival: np.ndarray
    """What orders them as the library does."""
    fused: np.ndarray
    dense: np.ndarray
    """The dense part of `fused`."""
    source: np.ndarray
    """By which of the questions a paper is scored: 0 is the whole, 1 its first aspect."""


def question_vector(embedder: Embedder, question: str) -> np.ndarray:
    """The unit vector of a question; of one of several sentences, the whole's and their mean's together."""
    return question_vectors(embedder, [question], RECIPE)[0]


def question_vectors(embedder: Embedder, questions: Sequence[str], recipe: Recipe) -> list[np.ndarray]:
    """The vectors of several questions, the first a whole one, the others its aspects."""
    import numpy as np

    if recipe.tokens and (showing := showing_tokens(embedder)):
        showing.asked(questions[0])  # a search wants its tokens too, and its vector comes with them
    texts: list[str] = []
    ends: list[int] = []
    for question in questions:
        parts = [question[start:end] for start, end in sentences(question)][:_MAX_PARTS]
        texts += [question, *parts] if recipe.parts and len(parts) > 1 else [question]
        ends.append(len(texts))
    vectors = embedder.encode(texts)
    found: list[np.ndarray] = []
    for start, end in zip([0, *ends], ends, strict=False):
        whole = vectors[start]
        if end - start > 1:
            mean = vectors[start + 1 : end].mean(axis=0)
            whole = whole + recipe.parts * mean / max(float(np.linalg.norm(mean)), 1e-9)
            whole = whole / max(float(np.linalg.norm(whole)), 1e-9)
        found.append(whole)
    return found


def term_weights(view: View, question: str) -> dict[str, float]:
    """The index terms of the question that occur in the library, each with its weight.

    Words that only ask ("which", "does") are left out, unless nothing else is there.
    """
    content = [question[start:end] for word, start, end in token_spans(question) if word not in STOP_WORDS]
    return view.known_terms(" ".join(content)) or view.known_terms(question)


def with_tokens(view: View, embedder: Embedder, asked: Asked, meaning: str) -> Asked:
    """The question with the tokens of its meaning, each weighted by how rare its word is in the library."""
    import numpy as np

    showing = showing_tokens(embedder)
    if showing is None:
        return asked
    found = showing.asked(meaning)
    terms = {word: view.terms(word) for word in set(found.words)}
    rarity = {word: view.ceiling(dict.fromkeys(of, 1.0)) / max(1, len(of)) for word, of in terms.items()}
    weights = np.array([max(rarity[word], _LEAST_RARE) for word in found.words], np.float32)
    return replace(asked, tokens=found.rows, rarity=weights)


def scored(view: View, asked: Sequence[Asked], allowed: np.ndarray | None = None, recipe: Recipe = RECIPE) -> Scores:
    """The scores of every paper that may be shown, for a question and its aspects (in a large library, of the
    candidates).

    With aspects a paper counts as much as for the one that fits it best, each aspect's best paper alike: so
    the first papers cover them all, the best of n aspects standing among the first n + 1.
    """
    import numpy as np

    if recipe.feedback:
        asked, recipe = _fed_back(view, asked, recipe)
    each = [_scores(view, one, allowed, recipe) for one in asked]
    leads = np.concatenate([found[4] for found in each])
    if len(each) == 1:
        positions, fused, vectors = each[0][:3]
        source = np.zeros(len(positions), np.int64)
    else:
        positions = np.unique(np.concatenate([found[0] for found in each]))
        rows, dense = np.zeros((2, len(each), len(positions)))
        for row, (own, scores, by_vectors, level, _) in enumerate(each):
            at = np.searchsorted(positions, own)
            rows[row, at] = scores / max(level, 1e-9)
            dense[row, at] = by_vectors / np.maximum(scores, 1e-9)
        source = rows.argmax(axis=0)
        column = np.arange(len(positions))
        fused = (1 - _WHOLE) * rows[source, column] + _WHOLE * rows[0]
        vectors = fused * dense[source, column]
        level = each[0][3]
        fused, vectors = fused * level, vectors * level
    more = recipe.tokens * _nearer(view, asked[0], positions, np.where(np.isin(positions, leads), fused, 0))
    # The best by all would score 1.
    fused, vectors = ((part + more) / (1 + more.max(initial=0)) for part in (fused, vectors))
    fused = _with_ties(fused)
    if allowed is not None:
        kept = among(positions, allowed)
        positions, fused, vectors, source = positions[kept], fused[kept], vectors[kept], source[kept]
    return Scores(positions, view.arrival(positions), fused, vectors, source)


def _fed_back(view: View, asked: Sequence[Asked], recipe: Recipe) -> tuple[Sequence[Asked], Recipe]:
    """The question moved towards the papers that it finds first, and the recipe without more of that."""
    import numpy as np

    recipe, share = replace(recipe, feedback=0.0), recipe.feedback
    scores = scored(view, asked, None, recipe)
    found = [view.vectors(int(position)) for position in scores.positions[first(scores, _FED_BACK)]]
    if not any(len(rows) for rows in found):
        return asked, recipe
    moved = asked[0].vector + share * np.concatenate(found).mean(axis=0)
    return [replace(asked[0], vector=moved / max(float(np.linalg.norm(moved)), 1e-9)), *asked[1:]], recipe


def _nearer(view: View, asked: Asked, positions: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """By how many standard deviations each of the best papers is nearer, token by token, than the least near of them.

    0 for all others, and where nothing tells the best apart.
    """
    import numpy as np

    found = np.zeros(len(positions))
    if asked.tokens is None or asked.rarity is None:
        return found
    best = np.lexsort((view.arrival(positions), -scores))[:_LOOKED_INTO]
    best = best[scores[best] > 0]
    near = view.by_tokens(asked.tokens, asked.rarity, asked.vector, positions[best])
    # Without tokens of its own a paper is neither nearer nor farther.
    has = near > 0
    if has.sum() > 1 and (spread := float(near[has].std())) > _ROUNDING:
        found[best[has]] = (near[has] - near[has].min()) / spread
    return found


def among(positions: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Which of some positions are allowed; those are ascending, and may be most of a large library."""
    import numpy as np

    if not len(allowed):
        return np.zeros(len(positions), bool)
    found: np.ndarray = allowed[np.minimum(np.searchsorted(allowed, positions), len(allowed) - 1)] == positions
    return found


def first(scores: Scores, k: int) -> np.ndarray:
    """Which of the scored papers are the `k` best, best first; equal scores keep the library's order."""
    import numpy as np

    order = np.lexsort((scores.arrival, -scores.fused))
    return order[scores.fused[order] > 0][:k]


def _scores(
    view: View, asked: Asked, allowed: np.ndarray | None, recipe: Recipe
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, np.ndarray]:
    """Positions, scores, what vectors add to each, the best score that there is without any filter, and the positions
    that are scored without any.

    In a large library what passes a filter has candidates of its own, which move no other score.
    """
    import numpy as np

    lexical = view.lexical(asked.weights, allowed)
    leading = positions = view.candidates(asked.vector, lexical)
    if allowed is not None and not view.exact:
        positions = np.union1d(leading, view.candidates(asked.vector, lexical, allowed))
    leads = np.isin(positions, leading, assume_unique=True)
    whole, sentence = view.dense(asked.vector, positions)
    dense = whole + recipe.sentences * sentence - recipe.hubs * view.hubness(positions)
    dense = np.where(whole == 0, 0, np.maximum(dense, 0))
    # Where even the best paper holds few of the question's words (it is asked in others), words count less.
    covered = float(lexical.max(initial=0)) / max(view.ceiling(asked.weights), 1e-9)
    level = _level(lexical[leading], _STEADY_WORDS)
    words = recipe.words * min(1.0, covered / _COVERED) ** 0.5 * view.filled(lexical, asked.weights, positions) / level
    vectors = (1 - recipe.words) * dense / _level(dense[leads], _STEADY_VECTORS)
    if _is_one_word(asked.text):
        vectors = _after_its_holders(words, vectors, leads)
    # The best by both would score 1.
    greatest = max(float(words[leads].max(initial=0) + vectors[leads].max(initial=0)), 1e-9)
    words, vectors = words / greatest, vectors / greatest
    return positions, words + vectors, vectors, float((words + vectors)[leads].max(initial=0)), leading


def _is_one_word(text: str) -> bool:
    return sum(word not in STOP_WORDS for word, _, _ in token_spans(text[:_ONE_WORD])) == 1 and len(text) <= _ONE_WORD


def _after_its_holders(words: np.ndarray, vectors: np.ndarray, leads: np.ndarray) -> np.ndarray:
    """The scores by vectors for a query of one word: papers that hold it come before those that do not.

    A single word, a rare name above all, says little to an encoder, and short titles are near to anything.
    """
    import numpy as np

    holds = words > 0
    least = (words + vectors)[holds & leads].min(initial=np.inf)
    most = vectors[~holds & leads].max(initial=0)
    if not np.isfinite(least) or most <= 0:
        return vectors
    return np.where(holds, vectors, vectors * min(1.0, _BEHIND * float(least) / float(most)))


def _level(scores: np.ndarray, count: int) -> float:
    """The mean of the best scores, those above 0 alone; 1 when there are none."""
    import numpy as np

    best = np.sort(scores)[-count:]
    best = best[best > 0]
    return float(best.mean()) if len(best) else 1.0


def _with_ties(scores: np.ndarray) -> np.ndarray:
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
