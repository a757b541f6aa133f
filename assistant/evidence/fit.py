"""How well a paper fits a question, and whether it belongs to a list that is asked for: two logistic scores. Pure.

The weights were chosen by hand on 43 questions for one paper and 16 for a list, the 40 questions that the README
reports on among them. `python -m assistant.evaluation.fitting QUESTIONS HOME` measures them on any labelled
questions, beside weights fitted to those with the one judged left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

FIT = {
    "retrieval": 7.54,
    "sentences": 6.03,
    "sentences_first": 6.08,
    "title": 2.15,
    "title_first": 3.03,
    "words": 2.72,
    "names": 1.34,
}
"""The weights of `fit`, by what is weighed."""
_FIT_CENTRE, _FIT_SCALE = 15.0, 2.0
MEMBER = {"retrieval": 9.16, "retrieval_share": 7.99, "title_share": 2.3, "words_share": 0.69}
"""The weights of `membership`."""
_MEMBER_BAR = 16.35
_NEAR_BAR, _GAP = -1.5, 3.5
"""Papers this far below the bar belong all the same when the next ones are far behind them."""


def fit(values: Mapping[str, float]) -> float:
    """How well a paper fits, 0 to 1.

    From the retrieval score, the mean similarities of its best sentences and of its title (to the
    question, and to its first part, which says what is meant), and the shares of words and names.
    """
    return _squeezed((sum(FIT[k] * v for k, v in values.items()) - _FIT_CENTRE) / _FIT_SCALE)


def membership(shares: Mapping[str, float]) -> float:
    """How surely a paper belongs to a list; 0 and above is in. The shares are of the best paper's values."""
    return sum(MEMBER[k] * v for k, v in shares.items()) - _MEMBER_BAR


def bar(memberships: Sequence[float]) -> float:
    """Where membership of a list ends: at 0, or lower down at a wide gap close by."""
    below = sorted((m for m in memberships if m < 0), reverse=True)
    for one, next_one in pairwise(below):
        if one < _NEAR_BAR:
            break
        if one - next_one >= _GAP:
            return one
    return 0.0


def mean_of_best(similar: Sequence[float], best: int = 3) -> float:
    """The mean of the `best` highest values; 0 for none."""
    top = sorted(similar, reverse=True)[:best]
    return sum(top) / max(1, len(top))


def _squeezed(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def odds(share: float) -> float:
    """The log odds of a share, finite at 0 and 1."""
    return math.log(max(share, 1e-9) / max(1 - share, 1e-9))
