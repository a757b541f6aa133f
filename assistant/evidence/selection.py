"""Whether one more sentence belongs into an answer beside those chosen: plain features for a learned decision. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ..question import Part
from ..text import term_set
from ..text.naming import short_forms
from .answer_types import QUANTITIES, answer_type_score
from .gathering import Evidence, Gathered

if TYPE_CHECKING:
    import numpy as np

NEXT_FEATURES = (
    "chance", "chance_share", "chance_of_first", "same_paper", "follows", "precedes", "distance", "new_match",
    "new_match_all", "overlap", "count", "parts", "parts_left", "words_so_far", "quantity_asked", "yesno", "manner",
    "definition", "paper_chance_share", "part_new", "part_unmet", "type_new",
)  # fmt: skip


def next_features(gathered: Gathered, chosen: Sequence[Evidence], one: Evidence) -> list[float]:
    """A row of `NEXT_FEATURES` for a sentence beside the chosen ones, of which there is one at least."""
    rows = {p.paper.id: p.matches for p in gathered.matches.papers}
    weights = gathered.matches.weights
    held = None
    for other in chosen:
        row = rows[other.paper.id][other.order + 1]
        held = row if held is None else _maximum(held, row)
    own = rows[one.paper.id][one.order + 1]
    title = rows[one.paper.id][0]
    same = [c for c in chosen if c.paper.id == one.paper.id]
    gaps = [abs(c.order - one.order) for c in same]
    words = term_set(one.text)
    wants = [part.wants for part in gathered.plan.parts]
    parts = len(gathered.plan.parts)
    best = {p.paper.id: p.chance for p in gathered.papers}
    top = max(best.values(), default=1.0) or 1.0
    new = _gain(own, held) @ weights if held is not None else 0.0
    new_all = _gain(own, _maximum(held, title)) @ weights if held is not None else 0.0
    return [
        one.chance, one.chance / max(chosen[0].chance, 1e-9), chosen[0].chance,
        float(one.paper.id == chosen[0].paper.id),
        float(any(c.order + 1 == one.order for c in same)), float(any(c.order - 1 == one.order for c in same)),
        min(gaps, default=10) / 10, float(new), float(new_all),
        max((len(words & term_set(c.text)) / max(1, len(words)) for c in chosen), default=0.0),
        float(len(chosen)), float(parts), float(max(0, parts - len(chosen))),
        sum(len(c.text.split()) for c in chosen) / 50,
        float(any(w in QUANTITIES for w in wants)), float("yesno" in wants), float("manner" in wants),
        float("definition" in wants), best.get(one.paper.id, 0.0) / top, *_by_part(gathered, same, one),
        max(_type(part, one) - max(_type(part, c) for c in chosen) for part in gathered.plan.parts),
    ]


def _by_part(gathered: Gathered, same: Sequence[Evidence], one: Evidence) -> tuple[float, float]:
    """How much likelier than those chosen of its paper a sentence answers some part of the question, and whether it is
    the best of its paper for a part whose best is not chosen."""
    import numpy as np

    scores = next(p.parts for p in gathered.matches.papers if p.paper.id == one.paper.id)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    chosen = [c.order for c in same]
    new = shares[:, one.order] - shares[:, chosen].max(axis=1, initial=0.0)
    best = shares.argmax(axis=1)
    return float(new.max()), float(one.order in best and one.order not in chosen)


# The same sentence is looked at beside others again and again.
@lru_cache(maxsize=2048)
def _type(part: Part, one: Evidence) -> float:
    return answer_type_score(part, one.text, short_forms(one.paper.abstract))


def _maximum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.maximum(a, b)


def _gain(row: np.ndarray, held: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.maximum(0, row - held)
