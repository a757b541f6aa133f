"""Learned decisions as data: one file of weights a decision, each with a card (`NAME.md`), and their loader.

A card says what the model decides, from which features, what it was fitted to, by which command, and how well it does
on papers that it was not fitted to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Rows = Sequence[Sequence[float]] | np.ndarray

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over named features, each shifted by its mean and divided by its spread."""

    name: str
    features: tuple[str, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    thresholds: Mapping[str, float]
    """Where a decision that rests on the chance is taken, by name."""

    def scores(self, rows: Rows) -> Any:
        """The log-odds of each row, a float array; rows hold the features in the order of `features`."""
        import numpy as np

        if not len(rows):
            return np.zeros(0)
        scaled = (np.asarray(rows, float) - np.array(self.mean)) / np.array(self.spread)
        return np.einsum("ij,j->i", scaled, np.array(self.weights)) + self.bias

    def chances(self, rows: Rows) -> Any:
        """The chance of each row, 0 to 1, a float array."""
        import numpy as np

        return 1.0 / (1.0 + np.exp(-np.clip(self.scores(rows), -30, 30)))

    def row(self, values: Mapping[str, float]) -> list[float]:
        """The values in the order of `features`. KeyError where one is missing."""
        return [float(values[name]) for name in self.features]


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Boosted regression trees over named features (Friedman 2001, "Greedy function approximation").

    Row k of each array is a tree, its columns the nodes: a leaf's `left` and `right` lead to itself.
    """

    name: str
    features: tuple[str, ...]
    feature: Any
    threshold: Any
    left: Any
    right: Any
    value: Any
    depth: int
    bias: float
    thresholds: Mapping[str, float]

    def scores(self, rows: Rows) -> Any:
        """The log-odds of each row, a float array; rows hold the features in the order of `features`."""
        import numpy as np

        if not len(rows):
            return np.zeros(0)
        table = np.asarray(rows, float)
        tree = np.arange(len(self.feature))[None, :]
        node = np.zeros((len(table), len(self.feature)), np.int64)
        row = np.arange(len(table))[:, None]
        for _ in range(self.depth):
            goes_left = table[row, self.feature[tree, node]] <= self.threshold[tree, node]
            node = np.where(goes_left, self.left[tree, node], self.right[tree, node])
        return self.value[tree, node].sum(axis=1) + self.bias

    def chances(self, rows: Rows) -> Any:
        """The chance of each row, 0 to 1, a float array."""
        import numpy as np

        return 1.0 / (1.0 + np.exp(-np.clip(self.scores(rows), -30, 30)))


@cache
def trees(name: str) -> Trees:
    """The boosted trees in `name`.json."""
    return trees_of(name, values(name))


def trees_of(name: str, data: Mapping[str, Any]) -> Trees:
    """The boosted trees that a file holds."""
    import numpy as np

    widest = max(len(tree["feature"]) for tree in data["trees"])

    def padded(key: str, kind: type) -> Any:
        return np.array([tree[key] + [0] * (widest - len(tree[key])) for tree in data["trees"]], kind)

    return Trees(
        name, tuple(data["features"]), padded("feature", int), padded("threshold", float), padded("left", int),
        padded("right", int), padded("value", float), int(data["depth"]), float(data["bias"]),
        dict(data.get("thresholds", {})),
    )


@cache
def logistic(name: str) -> Logistic:
    """The logistic regression in `name`.json."""
    data = values(name)
    return Logistic(
        name, tuple(data["features"]), tuple(data["mean"]), tuple(data["spread"]), tuple(data["weights"]),
        float(data["bias"]), dict(data.get("thresholds", {})),
    )


@cache
def values(name: str) -> dict[str, Any]:
    """Everything in `name`.json."""
    return json.loads((_HERE / f"{name}.json").read_text(encoding="utf-8"))


@cache
def arrays(name: str) -> dict[str, Any]:
    """The arrays in `name`.npz, in single precision where they hold numbers."""
    import numpy as np

    with np.load(_HERE / f"{name}.npz", allow_pickle=False) as file:
        return {key: file[key].astype(np.float32) if file[key].dtype.kind == "f" else file[key] for key in file.files}
