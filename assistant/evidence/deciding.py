"""What the evidence as a whole says of a question: the features on which it is decided whether to answer. Pure.

Near misses are what counts: the paper is there and the asked thing is not. So what is compared is not only how near
the best sentence comes, but which words of the question its paper, and its best sentences, do not hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..text import term_set, terms
from ..text.naming import holds_name
from ..text.own_names import owns
from .answer_types import QUANTITIES, answer_type_score
from .features import Matches
from .missing import word_matches

if TYPE_CHECKING:
    import numpy as np

_TOLD = 3
"""The best sentences of the best paper, which an answer would tell."""
_WORST = -99.0
"""The learned score of a paper without a sentence."""
_NEAR = 0.8
"""The cosine above which a word counts as there, where shortfalls are summed."""

_OF_CHANCES = ("best", "second", "third", "sum_three", "best_other_paper", "lead_share", "chance_spread")
_OF_PAPERS = (
    "score", "score_lead", "score_third", "cosine", "cosine_lead", "cosine_in_best", "title_cosine", "cosines_told",
    "match", "match_lead", "match_any", "rank_of_best", "place",
)
_OF_WORDS = (
    "match_best_sentence", "match_told", "match_told_mean", "match_told_least", "scattered", "held", "held_sentence",
    "held_any", "least_word", "second_least_word", "least_word_any", "shortfall", "shortfall_any", "unknown",
    "unheld", "unheld_most", "unheld_count", "unheld_mean", "untold", "untold_most", "lacking", "lacking_most",
    "elsewhere", "elsewhere_most", "lower_quarter", "match_mean",
)
_OF_REQUEST = (
    "noun", "noun_match", "noun_match_sentence", "noun_held", "noun_held_sentence", "names", "names_absent",
    "names_absent_best", "owner", "owner_elsewhere", "answer_type", "quantity_unmet", "kind_unmet", "quantity",
    "yesno", "manner", "reason", "definition", "limits", "name", "words", "parts", "several", "follows",
)
_OF_LEARNED = (
    "learned", "learned_best", "learned_lead", "learned_second", "learned_median_gap", "part_least", "covered",
    "covered_paper", "covered_told", "covered_least",
)
DECISION_FEATURES = (*_OF_LEARNED, *_OF_CHANCES, *_OF_PAPERS, *_OF_WORDS, *_OF_REQUEST)


def decision_features(found: Matches, chances: Sequence[np.ndarray]) -> list[float]:
    """One row of `DECISION_FEATURES` for the whole question; zeros where no paper was found.

    `chances` are those of the sentences of each paper.
    """
    import numpy as np

    if not found.papers:
        return [0.0] * len(DECISION_FEATURES)
    by_paper = [float(own.max()) if len(own) else 0.0 for own in chances]
    first = int(np.argmax(by_paper))
    return [
        *_learned(found, chances, first), *_chances(chances, by_paper, first), *_papers(found, chances, first),
        *_words(found, chances, first), *_request(found, chances, first),
    ]


def _learned(found: Matches, chances: Sequence[np.ndarray], first: int) -> list[float]:
    """What the learned interaction gives the best paper, beside the others, and how much of the question it covers."""
    import numpy as np

    one = found.papers[first]
    best = np.array([float(p.learned.max(initial=_WORST)) for p in found.papers])
    others = np.delete(best, first)
    own = np.sort(one.learned)
    terms_ = found.cover.terms(one.covered, [int(k) for k in np.argsort(-chances[first])[:_TOLD]])
    return [
        float(best[first]), float(best.max()), float(best[first] - others.max()) if len(others) else 0.0,
        float(own[-2]) if len(own) > 1 else float(best[first]), float(best[first] - np.median(best)),
        float(one.parts.max(axis=1, initial=_WORST).min()),
        sum(c * t for c, t in zip(found.cover.counts, terms_, strict=True)), *terms_,
    ]


def _chances(chances: Sequence[np.ndarray], by_paper: Sequence[float], first: int) -> list[float]:
    flat = sorted((float(c) for own in chances for c in own), reverse=True) + [0.0] * 3
    other = max((c for k, c in enumerate(by_paper) if k != first), default=0.0)
    share = by_paper[first] / (by_paper[first] + other + 1e-9)
    return [flat[0], flat[1], flat[2], sum(flat[:3]), other, share, flat[0] - flat[2]]


def _papers(found: Matches, chances: Sequence[np.ndarray], first: int) -> list[float]:
    import numpy as np

    papers, one = found.papers, found.papers[first]
    scores = sorted((p.score for p in papers), reverse=True) + [0.0] * 3
    cosines = [float(p.cosines.max()) for p in papers]
    matches = [float(p.matches.max(axis=0) @ found.weights) for p in papers]
    lead = lambda values: values[first] - max((v for k, v in enumerate(values) if k != first), default=0.0)  # noqa: E731
    return [
        one.score, scores[0] - scores[1], scores[2], max(cosines), lead(cosines), cosines[first], one.title_cosine,
        float(np.sort(one.cosines)[-_TOLD:].mean()), matches[first], lead(matches), max(matches), float(first),
        float(np.argmax(chances[first])) if len(chances[first]) else 0.0,
    ]


def _words(found: Matches, chances: Sequence[np.ndarray], first: int) -> list[float]:
    """Which words of the question the best paper and its best sentences hold: by nearness, and word for word."""
    import numpy as np

    one, weights = found.papers[first], found.weights
    order = np.argsort(-chances[first])[:_TOLD]
    title = one.matches[0]
    best = np.maximum(one.matches[order[0] + 1], title)
    told = np.maximum.reduce([title, *(one.matches[k + 1] for k in order)])
    near = one.matches.max(axis=0)
    anywhere = np.max([p.matches.max(axis=0) for p in found.papers], axis=0)
    stems = [frozenset(terms(word)) for word in found.words]
    text = _terms(found, first)
    said = term_set(one.paper.title).union(*(term_set(one.sentences[k].text) for k in order))
    every = frozenset[str]().union(*(_terms(found, k) for k in range(len(found.papers))))
    absent = lambda words: np.array([float(bool(s) and not s <= words) for s in stems])  # noqa: E731
    unheld, untold = absent(text), absent(said)
    content = weights > 0
    largest = lambda row: float(row.max(initial=0.0))  # noqa: E731
    most = largest(weights) or 1.0
    low = lambda row: np.maximum(0.0, _NEAR - row)  # noqa: E731
    words = word_matches(found, first)
    own = [*sorted(w.best_paper for w in words), 1.0, 1.0]
    lacking = weights * unheld * np.maximum(0.0, 0.9 - near)
    gap = weights * (anywhere - near)
    of_content = lambda row, how: float(how(row[content])) if content.any() else 1.0  # noqa: E731
    best_words = term_set(one.sentences[order[0]].text)
    return [
        float(best @ weights), float(told @ weights), of_content(told, np.mean), of_content(told, np.min),
        float((near - told) @ weights), 1.0 - float(weights @ unheld), 1.0 - float(weights @ absent(best_words)),
        1.0 - float(weights @ absent(every)), own[0], own[1], min((w.any_paper for w in words), default=1.0),
        float(low(near) @ weights), float(low(anywhere) @ weights), sum(w.weight for w in words if not w.known),
        float(weights @ unheld), largest(weights * unheld) / most, float(unheld[content].sum()),
        float(unheld[content].mean()) if content.any() else 0.0, float(weights @ untold),
        largest(weights * untold) / most, float(lacking.sum()), largest(lacking) / most, float(gap.sum()),
        largest(gap) / most, of_content(near, lambda row: np.quantile(row, 0.25)), of_content(near, np.mean),
    ]


def _request(found: Matches, chances: Sequence[np.ndarray], first: int) -> list[float]:
    """What kind of answer is asked for, and whether the best sentences hold it."""
    import numpy as np

    plan, one = found.plan, found.papers[first]
    order = np.argsort(-chances[first])[:_TOLD]
    top = [one.sentences[k].text for k in order]
    noun = {term for part in plan.parts for term in terms(part.noun)}
    tokens = [k for k, word in enumerate(found.words) if found.rarity[k] > 0 and set(terms(word)) & noun]
    near = one.matches.max(axis=0)
    best = np.maximum(one.matches[order[0] + 1], one.matches[0])
    text = _text(found, first)
    everything = "\n".join(_text(found, k) for k in range(len(found.papers)))
    wants = {part.wants for part in plan.parts}
    quantity = bool(wants & set(QUANTITIES))
    kinds = [max(answer_type_score(part, t) for t in top) for part in plan.parts] if top and plan.parts else [0.0]
    count = len(plan.names) or 1
    papers = [p.paper for p in found.papers]
    owners = [k for k, p in enumerate(papers) if any(owns(p.title, p.abstract, name) for name in plan.names)]
    return [
        float(bool(noun)), float(near[tokens].min()) if tokens else 0.7, float(best[tokens].min()) if tokens else 0.7,
        float(noun <= _terms(found, first)), float(noun <= term_set(top[0])) if noun and top else 0.5,
        float(bool(plan.names)), sum(not holds_name(everything, n) for n in plan.names) / count,
        sum(not holds_name(text, n) for n in plan.names) / count, float(first in owners),
        float(bool(owners) and first not in owners), min(kinds),
        float(quantity and min(kinds) < 0.5), float(min(kinds) == 0), float(quantity),
        *(float(kind in wants) for kind in ("yesno", "manner", "reason", "definition", "limits", "name")),
        math.log1p(np.count_nonzero(found.rarity)), float(len(plan.parts)), plan.many, float(plan.follows),
    ]


def _terms(found: Matches, which: int) -> frozenset[str]:
    """The content words of a paper, piece by piece: those of each are known from earlier questions."""
    one = found.papers[which]
    pages = (term_set(s.text) for s in one.sentences if s.field == "page")
    return term_set(one.paper.title).union(term_set(one.paper.abstract), *pages)


def _text(found: Matches, which: int) -> str:
    one = found.papers[which]
    pages = "\n".join(s.text for s in one.sentences if s.field == "page")
    return f"{one.paper.title}\n{one.paper.abstract}\n{pages}"


SEVERAL_FEATURES = (
    "many", "form_list", "form_table", "form_text", "form_value", "form_yesno", "form_definition", "names", "words",
    "parts", "member_first", "member_second", "member_third", "member_fourth", "members", "chance_second",
    "chance_share", "score_second", "score_third", "score_fall",
)  # fmt: skip


def several_features(found: Matches, chances: Sequence[np.ndarray], members: Sequence[float]) -> list[float]:
    """A row of `SEVERAL_FEATURES`: by the wording, and by how many papers come as near as the first."""
    import numpy as np

    plan = found.plan
    member = sorted((float(m) for m in members), reverse=True) + [0.0] * 4
    best = sorted((float(own.max()) if len(own) else 0.0 for own in chances), reverse=True) + [0.0] * 2
    scores = sorted((p.score for p in found.papers), reverse=True) + [0.0] * 5
    top = max(scores[0], 1e-9)
    return [
        plan.many, *(float(plan.form == form) for form in ("list", "table", "text", "value", "yesno", "definition")),
        float(bool(plan.names)), math.log1p(np.count_nonzero(found.rarity)), float(len(plan.parts)), *member[:4],
        math.log1p(sum(m >= 0.3 for m in member)), best[1], best[1] / max(best[0], 1e-9), scores[1] / top,
        scores[2] / top, scores[4] / top,
    ]
