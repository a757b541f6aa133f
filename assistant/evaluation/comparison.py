"""Two runs over one question set, item by item, with a paired test for each measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import UsageError
from .run import Report

SEED = 20_240_607
PERMUTATIONS = 10_000

MEASURES: dict[str, str] = {
    "hit_at_1": "hit@1",
    "recall_at_5": "recall@5",
    "ndcg_at_10": "nDCG@10",
    "citation_precision": "cited papers: precision",
    "citation_recall": "cited papers: recall",
    "key_facts": "key facts found",
    "abstention_right": "answered or abstained rightly",
    "answered": "answerable: answered",
    "polarity_right": "yes or no rightly said",
}
"""The measures compared, as they stand in an item's judgement, and their names for a reader."""


OUTCOMES = ("won", "lost", "mixed", "changed", "same")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from run a to run b, over the questions that both have."""

    about: dict[str, Any]
    questions: int
    counts: dict[str, int]
    """Questions by outcome: `won` (something rose, nothing fell), `lost`, `mixed`, `changed` (other words, equal
    scores), `same`."""
    measures: dict[str, dict[str, float]]
    """By measure: the means `a` and `b`, the `difference` b − a, its two-sided `p`, and over how many `questions`."""
    only_in_a: list[str]
    only_in_b: list[str]
    items: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return asdict(self)

    def to_markdown(self) -> str:
        """The comparison for a reader: see `comparison_markdown`."""
        return comparison_markdown(self)


def compare(a: Report | dict[str, Any], b: Report | dict[str, Any]) -> Comparison:
    """What changed from run `a` to run `b`: reports, or what `load_report` gave of them.

    A question is the same in both when id, words and history are. Questions of one run only are
    listed and take no part. UsageError when the runs share no question.
    """
    first, second = (r.to_dict() if isinstance(r, Report) else r for r in (a, b))
    before = {i["id"]: i for i in first["items"]}
    after = {i["id"]: i for i in second["items"]}
    both = [i for i in after if i in before and _question_of(before[i]) == _question_of(after[i])]
    if not both and (before or after):
        raise UsageError("The two reports have no question in common, so there is nothing to compare.")
    items = [_difference(before[i], after[i]) for i in both]
    measures = {}
    for name in MEASURES:
        pairs = [(x, y) for i in both if (x := _score(before[i], name)) is not None
                 and (y := _score(after[i], name)) is not None]  # fmt: skip
        if pairs:
            mean_a, mean_b = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
            measures[name] = {
                "a": round(mean_a, 4), "b": round(mean_b, 4), "difference": round(mean_b - mean_a, 4),
                "p": round(randomisation_p([y - x for x, y in pairs]), 4), "questions": len(pairs),
            }  # fmt: skip
    return Comparison(
        about={"a": first.get("about", {}), "b": second.get("about", {})},
        questions=len(both),
        counts={o: sum(i["outcome"] == o for i in items) for o in OUTCOMES},
        measures=measures,
        only_in_a=[i for i in before if i not in both],
        only_in_b=[i for i in after if i not in both],
        items=items,
    )


def randomisation_p(differences: Sequence[float], seed: int = SEED, permutations: int = PERMUTATIONS) -> float:
    """The two-sided p of a paired randomisation test (Fisher): how often random signs reach this mean.

    Exact over all signs for at most 12 differences that are not 0, else sampled with a seed (and
    then never 0). 1.0 when nothing differs.
    """
    moved = [d for d in differences if abs(d) > 1e-12]
    if not moved:
        return 1.0
    import numpy as np

    values = np.asarray(moved, dtype=float)
    reached = abs(float(values.sum())) - 1e-9
    if len(moved) <= 12:
        bits = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        return float((np.abs((bits * 2 - 1) @ values) >= reached).mean())
    signs = np.random.default_rng(seed).integers(0, 2, size=(permutations, len(moved)), dtype=np.int8) * 2 - 1
    return float(((np.abs(signs @ values) >= reached).sum() + 1) / (permutations + 1))


def comparison_markdown(row: Comparison) -> str:
    """The comparison for a reader: measures with p, then every question that did not stay the same."""
    from .report import plain

    count = row.counts
    lines = [
        "# Two runs compared", "",
        f"{row.questions} questions in both runs: {count['won']} won, {count['lost']} lost, {count['mixed']} mixed, "
        f"{count['changed']} changed in words only, {count['same']} the same.", "",
        "| measure | before | after | difference | p | questions |", "|---|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    for name, m in row.measures.items():
        lines.append(
            f"| {MEASURES[name]} | {m['a']:.3f} | {m['b']:.3f} | {m['difference']:+.3f} | {m['p']:.3f} "
            f"| {m['questions']} |"
        )
    lines += ["", "p: two-sided paired randomisation test over the questions, each measure for itself.", ""]
    for title, key in (("Only in the earlier run", "only_in_a"), ("Only in the later run", "only_in_b")):
        if ids := getattr(row, key):
            lines += [f"{title}: {', '.join(plain(i) for i in ids)}.", ""]
    for outcome in ("lost", "mixed", "won", "changed"):
        chosen = [i for i in row.items if i["outcome"] == outcome]
        if not chosen:
            continue
        lines += [f"## {outcome.capitalize()} ({len(chosen)})", ""]
        for item in chosen:
            lines += [f"### {plain(item['id'])} · {plain(item['type'])}", ""]
            lines += [f"- question: {plain(item['question'])}"]
            lines += [f"- {MEASURES[m]}: {x:.2f} → {y:.2f}" for m, (x, y) in item["scores"].items()]
            lines += [f"- before: {plain(item['before'])}", f"- after: {plain(item['after'])}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _question_of(item: dict[str, Any]) -> tuple[Any, ...]:
    return (item.get("question"), repr(item.get("history") or []))


def _score(item: dict[str, Any], measure: str) -> float | None:
    row = item["judgement"]
    if measure == "key_facts":
        found, missed = len(row.get("key_facts_found", ())), len(row.get("key_facts_missed", ()))
        return found / (found + missed) if found + missed else None
    value = row.get(measure)
    return None if value is None else float(value)


def _difference(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    scores = {}
    for name in MEASURES:
        x, y = _score(a, name), _score(b, name)
        if x is not None and y is not None and abs(x - y) > 1e-9:
            scores[name] = [round(x, 4), round(y, 4)]
    rose, fell = any(y > x for x, y in scores.values()), any(y < x for x, y in scores.values())
    if rose or fell:
        outcome = "mixed" if rose and fell else "won" if rose else "lost"
    else:
        outcome = "same" if a.get("answer") == b.get("answer") else "changed"
    return {
        "id": b["id"], "type": b.get("type", ""), "question": b.get("question", ""), "outcome": outcome,
        "scores": scores, "before": _words(a), "after": _words(b),
    }  # fmt: skip


def _words(item: dict[str, Any]) -> str:
    if item.get("error") and not item.get("answer"):
        return f"failed: {item['error']}"
    how = "shortlist: " if item.get("decision") == "shortlist" else "abstained: " if item.get("abstained") else ""
    return how + str(item.get("answer") or "(no words)")
