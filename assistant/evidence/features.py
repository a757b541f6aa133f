"""What is known of each sentence, of each paper and of the whole question before anything is decided. Pure.

Plain numbers with plain names: the decisions in `models/` are logistic regressions over them. A feature compares a
sentence with the question, with the other sentences that compete, or says what it does in its text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ..language import Cues
from ..papers import Paper
from ..question import QuestionPlan
from ..text import term_set, terms
from ..text.naming import short_forms
from .answer_types import QUANTITIES, answer_type_score
from .candidates import Candidate

if TYPE_CHECKING:
    import numpy as np

_CUES = Cues("evidence.cues")
_DIGIT = re.compile(r"\d")
_SHORT_SENTENCE = 6
_TAIL = 3
"""The rarest words of a question that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class PaperMatch:
    """A paper that was found, its sentences, and how near they come to the question."""

    paper: Paper
    score: float
    """The search's."""
    sentences: tuple[Candidate, ...]
    title_cosine: float
    cosines: np.ndarray
    """One for each sentence."""
    matches: np.ndarray
    """How near each token of the question comes: row 0 the title's, then a row for each sentence."""
    learned: np.ndarray
    """A score for each sentence by the learned interaction: greater is likelier to answer."""
    parts: np.ndarray
    """The same by each part of the question alone: a row for each part, a column for each sentence."""
    covered: np.ndarray
    """As `matches`, by the vectors of `Cover`: what the question asks for, not only its words."""
    vector: np.ndarray
    """The mean of the paper's vectors; zeros where it has none."""


@dataclass(frozen=True, slots=True)
class Cover:
    """How much it counts that a paper covers each token of a question, as learned from near misses."""

    weights: np.ndarray
    """One for each token; they add up to 1."""
    slack: np.ndarray
    """How much farther than others each token may be."""
    counts: tuple[float, float, float]
    """What the paper as a whole counts, its best sentences, and the token least covered."""
    typical: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The terms where there are no tokens to tell."""

    def terms(self, covered: np.ndarray, told: Sequence[int]) -> tuple[float, float, float]:
        """Cover by the whole paper, by its title and the sentences `told`, and of the least covered tokens.

        `covered` has the title's row and one for each sentence.
        """
        import numpy as np

        if not len(self.weights):
            return self.typical
        whole = covered.max(axis=0) - COVERED
        best = covered[[0, *(k + 1 for k in told)]].max(axis=0) - COVERED
        lack = np.log(self.weights + 1e-6) - SHARPNESS * (whole + self.slack)
        least = -(lack.max() + np.log(np.exp(lack - lack.max()).sum()))
        return float(whole @ self.weights), float(best @ self.weights), float(least)


COVERED = 0.7
"""About the nearness at which a token is covered."""
SHARPNESS = 8.0
"""How much more the least covered token counts than the others, in the soft minimum."""


@dataclass(frozen=True, slots=True)
class Matches:
    """A question and the papers found for it, best first, as numbers."""

    plan: QuestionPlan
    words: tuple[str, ...]
    rarity: np.ndarray
    known: tuple[bool, ...]
    papers: tuple[PaperMatch, ...]
    cover: Cover

    @property
    def weights(self) -> np.ndarray:
        """What each token of the question counts; they add up to 1, if there are any."""
        total = float(self.rarity.sum())
        return self.rarity / total if total > 0 else self.rarity


def sentence_features(found: Matches) -> tuple[tuple[str, ...], np.ndarray]:
    """The names of the features, and a row for every sentence of every paper, in order."""
    import numpy as np

    if not found.papers:
        return SENTENCE_FEATURES, np.zeros((0, len(SENTENCE_FEATURES)))
    weights = found.weights
    stems = [frozenset(terms(word)) for word in found.words]
    best_score = max(p.score for p in found.papers) or 1.0
    best_cosine = max(float(p.cosines.max()) for p in found.papers)
    best_title = max(p.title_cosine for p in found.papers)
    ceiling = np.max([p.matches.max(axis=0) for p in found.papers], axis=0)
    best_match = max(float((p.matches[1:] @ weights).max()) for p in found.papers)
    best_paper_match = max(float(p.matches.max(axis=0) @ weights) for p in found.papers)
    rarest = np.argsort(-found.rarity)[:_TAIL]
    parts = found.plan.parts
    wants = {part.wants for part in parts}
    quantity = bool(wants & set(QUANTITIES))
    rows = []
    for rank, one in enumerate(found.papers):
        title_terms = term_set(one.paper.title)
        in_title = np.array([bool(own) and own <= title_terms for own in stems], float)
        beyond_weights = weights * (1 - in_title)
        shorts = short_forms(one.paper.abstract)
        match = one.matches
        means = match @ weights
        paper_match = match.max(axis=0)
        second = np.sort(match, axis=0)[-2] if len(match) > 1 else match[0]
        paper_best = float(one.cosines.max())
        count = len(one.sentences)
        for i, sentence in enumerate(one.sentences):
            own_terms = term_set(sentence.text)
            held = np.array([bool(own) and own <= own_terms for own in stems], float)
            row = match[i + 1]
            others = np.where(row >= paper_match, second, paper_match)
            kind = max((answer_type_score(part, sentence.text, shorts) for part in parts), default=0.0)
            cues = _cues(sentence.text)
            digit = float(bool(_DIGIT.search(sentence.text)))
            cosine = float(one.cosines[i])
            rows.append([
                cosine, cosine - best_cosine, cosine - paper_best, paper_best, one.title_cosine,
                one.title_cosine - best_title,
                float(held @ weights), float(np.maximum(held, in_title) @ weights),
                float(held @ beyond_weights) / max(float(beyond_weights.sum()), 1e-9),
                one.score / best_score, float(rank), 1 / (1 + rank), float(rank == 0),
                sentence.place, float(i == 0), float(i == count - 1),
                float(one.cosines[i - 1]) if i else 0.3, float(one.cosines[i + 1]) if i + 1 < count else 0.3,
                digit, digit * quantity, kind, kind * quantity,
                math.log1p(len(sentence.text.split())), float(len(sentence.text.split()) < _SHORT_SENTENCE),
                float(means[i + 1]), float(means[i + 1]) - best_match,
                float(means[i + 1]) - float(means[1:].max()),
                float(np.maximum(row, match[0]) @ weights),
                float(paper_match @ weights), float(paper_match @ weights) - best_paper_match,
                float(np.maximum(0, row - match[0]) @ weights), float(np.maximum(0, row - others) @ weights),
                float((row >= paper_match - 1e-6) @ weights),
                float(row[rarest].mean()) if len(rarest) else 0.0, float(np.minimum(row - ceiling, 0) @ weights),
                float(sentence.field == "page"),
                *cues.values(),
                float("yesno" in wants) * sentence.place, float("yesno" in wants) * float(i == count - 1),
                float("yesno" in wants) * (cues["finding"] + cues["effect"] + float(i >= count - 2)) / 3,
                float("manner" in wants) * cues["proposing"],
                float("definition" in wants) * cues["definition"],
                float("limits" in wants) * (cues["limit"] + cues["open"]) / 2,
                float("reason" in wants) * cues["effect"],
            ])
    learned = learned_features([(p.learned, p.parts) for p in found.papers])
    return SENTENCE_FEATURES, np.hstack([np.array(rows, float), learned])


def learned_features(scores: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """A row for each sentence of all papers: its learned score, and that beside the best and the others; `scores` are
    each paper's by the whole question and by its parts."""
    import numpy as np

    flat = np.concatenate([own for own, _ in scores])
    best = float(flat.max(initial=-math.inf))
    in_paper = np.concatenate([np.full(len(own), own.max(initial=-math.inf)) for own, _ in scores])
    total = best + math.log(float(np.exp(flat - best).sum())) if len(flat) else 0.0
    part = np.concatenate([
        (parts - parts.max(axis=1, initial=-math.inf)[:, None]).max(axis=0, initial=-math.inf) for _, parts in scores
    ])
    return np.stack([flat, flat - best, flat - total, flat - in_paper, in_paper - best, part], axis=1)


LEARNED_FEATURES = (
    "learned", "learned_below_best", "learned_share", "learned_below_paper", "learned_paper_gap", "part_below_paper",
)  # fmt: skip

SENTENCE_FEATURES = (
    "cosine", "cosine_below_best", "cosine_below_paper", "paper_cosine", "title_cosine", "title_cosine_gap",
    "held", "held_with_title", "held_beyond_title",
    "score", "rank", "rank_inverse", "first_paper",
    "place", "first_sentence", "last_sentence",
    "cosine_before", "cosine_after",
    "digit", "digit_wanted", "answer_type", "answer_type_quantity",
    "length", "short",
    "match", "match_below_best", "match_below_paper", "match_with_title", "paper_match", "paper_match_gap",
    "match_new", "match_unique", "match_best_share", "match_rarest", "match_below_ceiling",
    "on_page",
    *(f"cue_{name}" for name in _CUES.names),
    "yesno_place", "yesno_last", "yesno_finding", "manner_proposing", "definition_cue", "limits_cue", "reason_effect",
    *LEARNED_FEATURES,
)  # fmt: skip


# The same sentences are read for one question after another.
@lru_cache(maxsize=16384)
def _cues(text: str) -> Mapping[str, float]:
    return dict(zip(_CUES.names, _CUES(text), strict=True))


PAPER_FEATURES = (
    "score", "score_share", "score_below_five", "rank", "rank_inverse", "match", "match_gap", "match_above_median",
    "title_match", "title_match_gap", "cosine", "cosine_gap", "cosine_above_median", "title_cosine",
    "title_cosine_gap", "best_sentence_match", "best_sentence_gap", "rarest_match", "rarest_gap", "two_cosines",
    "score_above_median", "score_spread", "words", "held", "chance", "chance_share", "near_first", "cohesion",
    "cohesion_gap",
)  # fmt: skip


def paper_features(found: Matches, chances: Sequence[np.ndarray]) -> np.ndarray:
    """A row of `PAPER_FEATURES` for each paper; `chances` are those of its sentences."""
    import numpy as np

    if not found.papers:
        return np.zeros((0, len(PAPER_FEATURES)))
    weights, papers = found.weights, found.papers
    rarest = np.argsort(-found.rarity)[:2]
    stems = [frozenset(terms(word)) for word in found.words]
    score = np.array([p.score for p in papers])
    match = np.array([float(p.matches.max(axis=0) @ weights) for p in papers])
    title_match = np.array([float(p.matches[0] @ weights) for p in papers])
    cosine = np.array([float(p.cosines.max()) for p in papers])
    title = np.array([p.title_cosine for p in papers])
    sentence = np.array([float((p.matches[1:] @ weights).max()) for p in papers])
    rare = np.array([float(p.matches.max(axis=0)[rarest].min()) if len(rarest) else 0.0 for p in papers])
    two = np.array([float(np.sort(p.cosines)[-2:].mean()) for p in papers])
    texts = [term_set(f"{p.paper.title}\n{p.paper.abstract}") for p in papers]
    held = np.array([float(np.array([bool(own) and own <= text for own in stems], float) @ weights) for text in texts])
    chance = np.array([float(c.max()) if len(c) else 0.0 for c in chances])
    profile = np.array([p.matches.max(axis=0) for p in papers])
    near = np.array([float(np.abs(row - profile[0]).mean()) if found.words else 0.0 for row in profile])
    alike = cohesion(np.array([p.vector for p in papers]), chance)
    ranks = np.arange(len(papers))
    top = max(float(score.max()), 1e-9)
    columns = [
        score, score / top, score - np.sort(score)[::-1][:5].mean(), ranks, 1 / (1 + ranks), match,
        match - match.max(), match - np.median(match), title_match, title_match - title_match.max(), cosine,
        cosine - cosine.max(), cosine - np.median(cosine), title, title - title.max(), sentence,
        sentence - sentence.max(), rare, rare - rare.max(), two, score - np.median(score),
        np.full(len(papers), score.std()), np.full(len(papers), float(np.count_nonzero(found.rarity))), held, chance,
        chance / max(float(chance.max()), 1e-9), near, alike, alike - alike.max(),
    ]
    return np.stack(columns, axis=1).astype(float)


def cohesion(vectors: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """How like the others that may answer each paper is: the mean cosine to them, each counting by its chance, beside
    what all the papers found have in common. 0 for a paper alone."""
    import numpy as np

    own = vectors - vectors.mean(axis=0)
    own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
    cosines = own @ own.T
    np.fill_diagonal(cosines, 0.0)
    return np.asarray(cosines @ chances / np.maximum(chances.sum() - chances, 1e-6))
