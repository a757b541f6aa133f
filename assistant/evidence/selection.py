"""Whether one more sentence belongs into an answer beside those chosen: plain features for a learned decision. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..text import term_set
from .gathering import Evidence, Gathered

if TYPE_CHECKING:
    import numpy as np

NEXT_FEATURES = (
    "chance", "chance_share", "chance_of_first", "same_paper", "follows", "precedes", "distance", "new_match",
    "new_match_all", "overlap", "count", "parts", "parts_left", "words_so_far", "quantity_asked", "yesno", "manner",
    "definition", "paper_chance_share",
)  # fmt: skip


def next_features(gathered: Gathered, chosen: Sequence[Evidence], one: Evidence) -> list[float]:
    """A row of `NEXT_FEATURES` for a sentence beside the chosen ones, of which there is one at least."""
    from .answer_types import QUANTITIES

    rows = _rows(gathered)
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
        float("definition" in wants), best.get(one.paper.id, 0.0) / top,
    ]


def _rows(gathered: Gathered) -> dict[str, np.ndarray]:
    return {p.paper.id: p.matches for p in gathered.matches.papers}


def _maximum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.maximum(a, b)


def _gain(row: np.ndarray, held: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.maximum(0, row - held)
