"""Evidence sentences measured, and their weights fitted, on a folder with rationales.

    python -m assistant.evaluation.rationales FOLDER

FOLDER holds `corpus.jsonl` (title, abstract, sent_spans) and `rationales.jsonl` (claim, doc_id, label,
rationales) as SciFact does. Prints the share of claims whose deciding sentence is first, and among the
first three, cross-validated over documents, then the weights in `assistant.relevance`'s form.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..evidence.relevance import FEATURES, features

if TYPE_CHECKING:
    from ..embeddings import Embedder

_RIDGE = 120.0
_STEPS = 150


@dataclass(frozen=True)
class Claim:
    """A claim, the abstract that decides it, the features of its sentences, and which decide."""

    text: str
    document: str
    rows: Any
    decides: Any


def claims(folder: Path, embedder: Embedder) -> list[Claim]:
    """Every labelled claim of the folder that has deciding sentences, in the file's order."""
    import numpy as np

    documents = {row["id"]: row for row in _rows(folder / "corpus.jsonl")}
    raw = []
    for row in _rows(folder / "rationales.jsonl"):
        decisive = sorted({i for group in row["rationales"] for i in group})
        document = documents.get(row["doc_id"])
        if document and decisive:
            own = [document["abstract"][a:b] for a, b in document["sent_spans"]]
            raw.append((row["claim"], row["doc_id"], document["title"], own, decisive))
    texts = sorted({t for claim, _, _, own, _ in raw for t in (claim, *own)})
    vectors = dict(zip(texts, embedder.encode(texts), strict=True))
    out = []
    for claim, document_id, title, own, decisive in raw:
        similar = [float(vectors[s] @ vectors[claim]) for s in own]
        out.append(
            Claim(
                claim,
                document_id,
                np.array(features(claim, title, own, similar)),
                np.isin(np.arange(len(own)), decisive),
            )
        )
    return out


def fitted(train: list[Claim]) -> tuple[Any, Any, Any]:
    """(centres, scales, weights) of the conditional logit, by Adam with a ridge; the same every time."""
    import numpy as np

    rows = np.concatenate([c.rows for c in train])
    centre, scale = rows.mean(0), rows.std(0) + 1e-9
    rows = (rows - centre) / scale
    decides = np.concatenate([c.decides for c in train]).astype(float)
    group = np.concatenate([[i] * len(c.decides) for i, c in enumerate(train)])
    weights = np.zeros(rows.shape[1])
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        odds = rows @ weights
        odds = np.exp(odds - odds.max())
        share = odds / np.bincount(group, odds, len(train))[group]
        right = share * decides
        right = right / np.bincount(group, right, len(train))[group]
        slope = _RIDGE * weights - rows.T @ (right - share)
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope * slope
        weights -= 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return centre, scale, weights


def cross_validated(all_claims: list[Claim], folds: int = 10, seed: int = 0) -> tuple[float, float]:
    """(first, among three): shares of claims, each scored by weights that never saw its document."""
    import numpy as np

    documents = sorted({c.document for c in all_claims})
    np.random.default_rng(seed).shuffle(documents)
    fold = {d: i % folds for i, d in enumerate(documents)}
    top = three = 0
    for held in range(folds):
        centre, scale, weights = fitted([c for c in all_claims if fold[c.document] != held])
        for c in all_claims:
            if fold[c.document] == held:
                order = np.argsort(-(((c.rows - centre) / scale) @ weights), kind="stable")
                top += bool(c.decides[order[0]])
                three += bool(c.decides[order[:3]].any())
    return top / len(all_claims), three / len(all_claims)


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def main(arguments: list[str]) -> int:
    """Print the report for the folder named."""
    import numpy as np

    from ..config import Settings
    from ..embeddings import open_embedder

    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    all_claims = claims(Path(arguments[0]), open_embedder(Settings()))
    results = np.array([cross_validated(all_claims, seed=seed) for seed in range(3)])
    print(
        f"{len(all_claims)} claims, 10 folds over documents, mean of 3 seeds: "
        f"first {results[:, 0].mean():.3f}, among three {results[:, 1].mean():.3f}"
    )
    centre, scale, weights = fitted(all_claims)
    for name, c, s, w in zip(FEATURES, centre, scale, weights, strict=True):
        print(f'    "{name}": ({c:.4f}, {w / s:.4f}),')
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
