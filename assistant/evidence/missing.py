"""What a question asks for that the papers found do not hold, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..models import logistic
from ..text import terms
from ..text.naming import holds_name
from .features import Matches

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class WordMatch:
    """One word of a question and how near the papers come to it: cosines of the best token, 0 to 1."""

    word: str
    weight: float
    """Its share of the question."""
    best_paper: float
    """The nearest word of the paper that answers best."""
    any_paper: float
    """The nearest word of all papers found."""
    known: bool
    """Whether any paper of the library has the word."""


def word_matches(found: Matches, first: int = 0) -> list[WordMatch]:
    """The words of the question in order, each once; `first` is the place of the paper that answers best."""
    import numpy as np

    if not found.papers or not found.words:
        return []
    own = found.papers[first].matches.max(axis=0)
    every = np.max([p.matches.max(axis=0) for p in found.papers], axis=0)
    weights = found.weights
    matched: dict[str, WordMatch] = {}
    for k, word in enumerate(found.words):
        if weights[k] <= 0:
            continue
        other = matched.get(word)
        # Of a word in several tokens the token that is least near tells whether it is there.
        matched[word] = WordMatch(
            word, float(weights[k]) + (other.weight if other else 0.0),
            min(float(own[k]), other.best_paper if other else 1.0),
            min(float(every[k]), other.any_paper if other else 1.0), found.known[k],
        )
    return list(matched.values())


def missing_terms(found: Matches) -> tuple[str, ...]:
    """The names and words of the question that no paper found holds, as typed: never one that a paper does hold."""
    texts = [f"{p.paper.title}\n{p.paper.abstract}\n" + "\n".join(s.text for s in p.sentences) for p in found.papers]
    everything = "\n".join(texts)
    held = set(terms(everything))
    absent = [name for name in found.plan.names if not holds_name(everything, name)
              and not set(terms(name)) <= held]
    threshold = logistic("answer").thresholds["word_absent"]
    absent += [
        one.word for one in word_matches(found)
        if one.any_paper < threshold and not one.known and not set(terms(one.word)) & held
        and not any(one.word in name.split() for name in absent)
    ]
    return tuple(dict.fromkeys(absent))


def _tail(values: Sequence[float], k: int, default: float) -> float:
    ordered = sorted(values)
    return ordered[k] if k < len(ordered) else default


DECISION_FEATURES = (
    "best", "second", "third", "sum_three", "best_other_paper", "lead_share",
    "score", "score_lead", "score_third", "cosine", "cosine_lead", "cosine_in_best", "title_cosine",
    "match", "match_lead", "match_best_sentence", "match_any", "held", "held_sentence", "held_any",
    "least_word", "second_least_word", "least_word_any", "weighted_shortfall", "weighted_shortfall_any",
    "unknown_share", "names_absent", "names_absent_best", "names",
    "answer_type", "quantity_unmet", "kind_unmet", "quantity", "yesno", "manner", "reason", "definition", "limits", "name",
    "words", "parts", "several", "follows", "rank_of_best", "chance_spread", "places",
)  # fmt: skip


def decision_features(found: Matches, chances: Sequence[np.ndarray]) -> list[float]:
    """One row of `DECISION_FEATURES` for the whole question; zeros where no paper was found."""
    import numpy as np

    from .answer_types import QUANTITIES, answer_type_score

    if not found.papers:
        return [0.0] * len(DECISION_FEATURES)
    plan, weights, papers = found.plan, found.weights, found.papers
    flat = sorted((float(c) for own in chances for c in own), reverse=True) + [0.0] * 3
    by_paper = [float(own.max()) if len(own) else 0.0 for own in chances]
    first = int(np.argmax(by_paper))
    other = max((c for k, c in enumerate(by_paper) if k != first), default=0.0)
    scores = sorted((p.score for p in papers), reverse=True) + [0.0] * 3
    cosines = [float(p.cosines.max()) for p in papers]
    matches = [float(p.matches.max(axis=0) @ weights) for p in papers]
    one = papers[first]
    at = int(np.argmax(chances[first])) if len(chances[first]) else 0
    best = one.sentences[at]
    stems = [frozenset(terms(word)) for word in found.words]

    def held(text: str) -> float:
        own = set(terms(text))
        return float(np.array([bool(s) and s <= own for s in stems], float) @ weights)

    words = word_matches(found, first)
    near = [w.best_paper for w in words]
    anywhere = [w.any_paper for w in words]
    text_best = f"{one.paper.title}\n{one.paper.abstract}\n" + "\n".join(s.text for s in one.sentences)
    everything = "\n".join(f"{p.paper.title}\n{p.paper.abstract}" for p in papers)
    names = plan.names
    wants = {part.wants for part in plan.parts}
    quantity = bool(wants & set(QUANTITIES))
    top = [s.text for _, s in sorted(zip(chances[first], one.sentences, strict=True), key=lambda t: -t[0])[:3]]
    kinds = [max(answer_type_score(part, t) for t in top) for part in plan.parts] if top and plan.parts else [0.0]
    count = len(names) or 1
    return [
        flat[0], flat[1], flat[2], sum(flat[:3]), other, by_paper[first] / (by_paper[first] + other + 1e-9),
        one.score, scores[0] - scores[1], scores[2], max(cosines), cosines[first] - max(
            (c for k, c in enumerate(cosines) if k != first), default=0.0), cosines[first], one.title_cosine,
        matches[first], matches[first] - max((m for k, m in enumerate(matches) if k != first), default=0.0),
        float(one.matches[at + 1] @ weights), max(matches), held(text_best), held(best.text), held(everything),
        _tail(near, 0, 1.0), _tail(near, 1, 1.0), _tail(anywhere, 0, 1.0),
        sum(w.weight * max(0.0, 0.8 - w.best_paper) for w in words),
        sum(w.weight * max(0.0, 0.8 - w.any_paper) for w in words),
        sum(w.weight for w in words if not w.known),
        sum(not holds_name(everything, n) for n in names) / count,
        sum(not holds_name(text_best, n) for n in names) / count, float(bool(names)),
        min(kinds), float(quantity and min(kinds) < 0.5), float(min(kinds) == 0), float(quantity),
        *(float(kind in wants) for kind in ("yesno", "manner", "reason", "definition", "limits", "name")),
        math_log(len(words)), float(len(plan.parts)), plan.many, float(plan.follows), float(first),
        flat[0] - flat[2], float(at),
    ]


def math_log(count: int) -> float:
    """The logarithm of a count and one."""
    import math

    return math.log1p(count)
