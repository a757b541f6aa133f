"""Verdicts measured against labelled claims, as they are.

    python -m assistant.evaluation.verdicts FOLDER [MOST] [BACKEND]

FOLDER holds `corpus.jsonl` and either `rationales.jsonl` (SciFact) or `claims.jsonl` (citation
integrity), with labels SUPPORT, CONTRADICT or REFUTE, and NOT_ENOUGH_INFO or NEI. The whole abstract is
the source. Prints the confusion of labels and verdicts and, for "supported" as a sign of SUPPORT and a
found contradiction as one of CONTRADICT, precision and recall.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..answering.judging import Judge, lowered
from ..verification import verdict

if TYPE_CHECKING:
    from ..embeddings import Embedder

_LABELS = {"REFUTE": "CONTRADICT", "NEI": "NOT_ENOUGH_INFO"}
OUTCOMES = ("supported", "partial", "unsupported", "contradicted")


def confusion(
    folder: Path, embedder: Embedder, most: int | None = None, judge: Judge | None = None
) -> Counter[tuple[str, str]]:
    """How often each label met each outcome, over the first `most` claims (None: all)."""
    documents = {row["id"]: row for row in _rows(folder / "corpus.jsonl")}
    source = folder / "rationales.jsonl"
    found: Counter[tuple[str, str]] = Counter()
    for row in _rows(source if source.exists() else folder / "claims.jsonl")[:most]:
        document = documents.get(row["doc_id"])
        if document is None:
            continue
        judged = verdict(row["claim"], [document["title"], document["abstract"]], _similarity(embedder))
        if judge is not None and judged.verdict != "unsupported":
            judged = lowered(judged, judge.opinion(row["claim"], [(document["title"], document["abstract"])]))
        outcome = "contradicted" if judged.contradiction else judged.verdict
        found[_LABELS.get(row["label"], row["label"]), outcome] += 1
    return found


def _similarity(embedder: Embedder) -> Any:
    return lambda one, other: embedder.encode(list(one)) @ embedder.encode(list(other)).T


def precision_recall(found: Counter[tuple[str, str]], label: str, outcome: str) -> tuple[float, float]:
    """Precision and recall of `outcome` as a sign of `label`; 0 where nothing was found."""
    right = found[label, outcome]
    said = sum(n for (_, o), n in found.items() if o == outcome)
    there = sum(n for (wanted, _), n in found.items() if wanted == label)
    return right / said if said else 0.0, right / there if there else 0.0


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def main(arguments: list[str]) -> int:
    """Print the report for the folder named."""
    from ..backends import open_backend
    from ..config import Settings
    from ..embeddings import open_embedder

    numbers = [a for a in arguments[1:] if a.isdecimal()]
    named = [a for a in arguments[1:] if not a.isdecimal()]
    if not arguments or len(numbers) > 1 or len(named) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    model = open_backend(named[0], Settings()) if named else None
    judge = Judge(model) if model else None
    found = confusion(Path(arguments[0]), open_embedder(Settings()), int(numbers[0]) if numbers else None, judge)
    if judge is not None:
        failed = f"; then it failed: {judge.error}" if judge.error else ""
        print(f"asked {judge.asked} times, {judge.silent} without a usable answer{failed}")
    print(f"{'':16}" + "".join(f"{o:>14}" for o in OUTCOMES))
    for label in sorted({label for label, _ in found}):
        print(f"{label:16}" + "".join(f"{found[label, o]:>14}" for o in OUTCOMES))
    for label, outcome in (("SUPPORT", "supported"), ("CONTRADICT", "contradicted"), ("CONTRADICT", "unsupported")):
        precision, recall = precision_recall(found, label, outcome)
        print(f"{outcome} for {label}: precision {precision:.2f}, recall {recall:.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
