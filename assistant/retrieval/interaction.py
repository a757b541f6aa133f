"""A learned late interaction: what the words of a question look for in a sentence that answers them.

After Khattab & Zaharia 2020, "ColBERT", upon the frozen token vectors of the built-in encoder: a low-rank map turns
each word of the question towards the words of answers, a weight says how much it counts, and a few further vectors made
from the whole question look for the kind of answer. A second map, learned from questions that a paper nearly answers,
tells which words a paper must cover to answer. Weights are in `models/interaction.npz` and `models/cover.npz`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ..evidence import Cover
from ..models import arrays, logistic

if TYPE_CHECKING:
    import numpy as np

_FLOOR = 1e-3
"""What a word that only asks counts before the question's own weights, beside the rarest."""

_COVER_FLOOR = 1e-2


@dataclass(frozen=True, slots=True)
class Probes:
    """What is compared with the tokens of sentences for one question, and how much it counts."""

    rows: np.ndarray
    """A row for each token of the question, then one for each kind of answer looked for."""
    weights: np.ndarray
    """One for each token; they add up to 1."""
    kinds: np.ndarray
    """One for each kind of answer."""
    scale: float
    title: float
    """What nearness to the sentence or its title counts beside nearness to the sentence alone."""

    def scores(self, near: np.ndarray) -> np.ndarray:
        """A score for each sentence; `near` holds the nearness of the title (row 0) and of each sentence to `rows`."""
        import numpy as np

        words = near[:, : len(self.weights)]
        # BLAS may raise the flag for lanes that it does not use; all that goes in and comes out is finite.
        with np.errstate(invalid="ignore"):
            own = words[1:] @ self.weights + self.title * (np.maximum(words[1:], words[0]) @ self.weights)
            return np.asarray(self.scale * own + near[1:, len(self.weights) :] @ self.kinds, np.float64)


def probes(rows: np.ndarray, rarity: np.ndarray, encoder: str) -> Probes:
    """The probes of a question's tokens: unit rows and the rarity of each.

    For an encoder that the map was not fitted to, the tokens look for themselves.
    """
    import numpy as np

    learned = arrays("interaction")
    if not encoder.startswith(str(learned["encoder"])) or rows.shape[1:] != learned["up"].shape[1:]:
        return plain(rarity, rows)
    return learned_probes(learned, rows, np.asarray(rarity, np.float32))


def learned_probes(learned: Mapping[str, np.ndarray], rows: np.ndarray, rarity: np.ndarray) -> Probes:
    """The probes by the given weights."""
    import numpy as np

    share = rarity / max(float(rarity.sum()), 1e-9)
    logits = np.log(share * np.exp(learned["rarity"]) + _FLOOR) + rows @ learned["counts"]
    weights = np.exp(logits - logits.max())
    weights /= weights.sum()
    kinds = ((weights @ rows) @ learned["kind_down"] @ learned["kind_up"]).reshape(-1, rows.shape[1])
    turned = rows + (rows @ learned["down"]) @ learned["up"]
    return Probes(np.vstack([turned, kinds]).astype(np.float32), weights, learned["kinds"],
                  float(learned["scale"]), float(learned["title"]))


def covering(rows: np.ndarray, rarity: np.ndarray, encoder: str) -> tuple[np.ndarray, Cover]:
    """What a paper must cover to answer: a row for each token of a question, and how much each counts.

    For an encoder that the map was not fitted to, cover says nothing either way.
    """
    import numpy as np

    learned = arrays("cover")
    if not encoder.startswith(str(learned["encoder"])) or rows.shape[1:] != learned["up"].shape[1:]:
        return rows[:0], plain_cover()
    return learned_cover(learned, rows, np.asarray(rarity, np.float32))


def learned_cover(learned: Mapping[str, np.ndarray], rows: np.ndarray, rarity: np.ndarray) -> tuple[np.ndarray, Cover]:
    """The rows and what they count, by the given weights."""
    import numpy as np

    share = rarity / max(float(rarity.sum()), 1e-9)
    logits = np.log(share + _COVER_FLOOR) + rows @ learned["weight"]
    weights = np.exp(logits - logits.max())
    turned = rows + (rows @ learned["down"]) @ learned["up"]
    counts = tuple(float(c) for c in learned["counts"])
    return turned.astype(np.float32), Cover(weights / weights.sum(), rows @ learned["slack"], counts)  # type: ignore[arg-type]


def cover_by_words(rarity: np.ndarray) -> Cover:
    """The cover where words are held or not: each counts by its rarity."""
    import numpy as np

    a, b, c = (float(x) for x in arrays("cover")["counts"])
    return Cover(rarity / max(float(rarity.sum()), 1e-9), np.zeros(len(rarity)), (a, b, c))


@cache
def plain_cover() -> Cover:
    """The cover where nothing is learned of the vectors: what it is of questions on the whole, so that it decides
    nothing."""
    import numpy as np

    model, learned = logistic("answerable"), arrays("cover")
    paper, told, least = (model.mean[model.features.index(f"covered_{name}")] for name in ("paper", "told", "least"))
    a, b, c = (float(x) for x in learned["counts"])
    return Cover(np.zeros(0), np.zeros(0), (a, b, c), (paper, told, least))


@cache
def _scale() -> tuple[float, float]:
    learned = arrays("interaction")
    return float(learned["scale"]), float(learned["title"])


def plain(rarity: np.ndarray, rows: np.ndarray | None) -> Probes:
    """The probes of a question where nothing is learned of its vectors, or where it has none."""
    import numpy as np

    weights = rarity / max(float(rarity.sum()), 1e-9)
    return Probes(np.zeros((0, 0)) if rows is None else rows, weights, np.zeros(0), *_scale())
