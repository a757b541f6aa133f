"""Judgements put together: by type and overall, each figure with a bootstrap interval. Pure.

Every figure is a sum of parts over a sum of wholes, taken over questions; a mean is the case where
every whole is 1. Intervals are 95 % percentile bootstrap over questions (Efron and Tibshirani,
An Introduction to the Bootstrap, 1993, chapter 13), seeded, and None for fewer than two questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .judgements import Judgement
from .questions import LabelledQuestion

SEED = 20_240_607
RESAMPLES = 2_000

Part = tuple[float, float]
"""A question's share in a figure: part and whole."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a figure is made of: the question, the judgement, seconds to the answer, whether asking failed."""

    question: LabelledQuestion
    judgement: Judgement
    seconds: float | None = None
    failed: bool = False


def _mean(name: str) -> Callable[[Judged], Part | None]:
    def part(item: Judged) -> Part | None:
        value = getattr(item.judgement, name)
        return None if value is None else (float(value), 1.0)

    return part


def _of(part: str, whole: str) -> Callable[[Judged], Part | None]:
    def share(item: Judged) -> Part | None:
        total = getattr(item.judgement, whole)
        return (float(getattr(item.judgement, part)), float(total)) if total else None

    return share


def _facts(item: Judged) -> Part | None:
    found, missed = len(item.judgement.key_facts_found), len(item.judgement.key_facts_missed)
    return (float(found), float(found + missed)) if item.question.answerable and found + missed else None


def _facts_per_question(item: Judged) -> Part | None:
    part = _facts(item)
    return (part[0] / part[1], 1.0) if part else None


def _abstention_precision(item: Judged) -> Part | None:
    return (float(not item.question.answerable), 1.0) if item.judgement.abstained else None


def _abstention_recall(item: Judged) -> Part | None:
    return None if item.question.answerable else (float(item.judgement.abstained), 1.0)


def _abstention_accuracy(item: Judged) -> Part | None:
    return float(item.judgement.abstention_right), 1.0


def _words_per_row(item: Judged) -> Part | None:
    rows = item.judgement.rows
    return (float(item.judgement.row_words), float(rows)) if rows and not item.judgement.abstained else None


def _words(item: Judged) -> Part | None:
    return (float(item.judgement.words), 1.0) if not item.judgement.abstained and not item.failed else None


def _supported(item: Judged) -> Part | None:
    total = sum(item.judgement.verdicts)
    return (float(item.judgement.verdicts[0]), float(total)) if total else None


FIGURES: dict[str, Callable[[Judged], Part | None]] = {
    "retrieval.hit@1": _mean("hit_at_1"),
    "retrieval.recall@5": _mean("recall_at_5"),
    "retrieval.ndcg@10": _mean("ndcg_at_10"),
    "retrieval.relevance": _mean("relevance"),
    "retrieval.comprehensiveness": _mean("comprehensiveness"),
    "retrieval.purity": _mean("purity"),
    "retrieval.redundancy": _mean("redundancy"),
    "citations.precision": _mean("citation_precision"),
    "citations.recall": _mean("citation_recall"),
    "citations.quotes_verbatim": _of("quotes_verbatim", "quotes"),
    "citations.sentences_cited": _of("sentences_cited", "sentences"),
    "key_facts": _facts,
    "key_facts_per_question": _facts_per_question,
    "abstention.precision": _abstention_precision,
    "abstention.recall": _abstention_recall,
    "abstention.accuracy": _abstention_accuracy,
    "answered_share": _mean("answered"),
    "shortlist_share": _mean("shortlisted"),
    "declined_share": _mean("declined"),
    "polarity": _mean("polarity_right"),
    "answers.words": _words,
    "answers.words_per_row": _words_per_row,
    "answers.supported": _supported,
}
"""Every figure by its dotted place in the report."""

TITLES: dict[str, str] = {
    "retrieval.hit@1": "First paper is a right one (hit@1)",
    "retrieval.recall@5": "Right papers among the first 5 (recall@5)",
    "retrieval.ndcg@10": "Ranking quality (nDCG@10)",
    "retrieval.relevance": "Relevance of the first papers",
    "retrieval.comprehensiveness": "Comprehensiveness of the shown set",
    "retrieval.purity": "Purity of the shown set",
    "retrieval.redundancy": "Redundancy between passages",
    "citations.precision": "Cited papers: precision",
    "citations.recall": "Cited papers: recall",
    "citations.quotes_verbatim": "Quotes verbatim in the paper",
    "citations.sentences_cited": "Sentences with a citation",
    "key_facts": "Key facts found",
    "key_facts_per_question": "Key facts found, mean per question",
    "abstention.precision": "Abstention: precision",
    "abstention.recall": "Abstention: recall",
    "abstention.accuracy": "Answered or abstained rightly",
    "answered_share": "Answerable: answered",
    "shortlist_share": "Answerable: a shortlist",
    "declined_share": "Answerable: declined",
    "polarity": "Yes or no rightly said",
    "answers.words": "Words per answer",
    "answers.words_per_row": "Words per row of a list or table",
    "answers.supported": "Sentences that the assistant calls supported",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A value over `n` questions with its interval; all None where no question has the measure."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0


def figure(parts: Sequence[Part], seed: int = SEED, resamples: int = RESAMPLES) -> Figure:
    """Parts over wholes with a 95 % bootstrap interval. The same parts give the same interval."""
    if not parts:
        return Figure(None)
    import numpy as np

    table = np.asarray(parts, dtype=float)
    whole = float(table[:, 1].sum())
    if whole == 0:
        return Figure(None, n=len(parts))
    value = float(table[:, 0].sum()) / whole
    if len(parts) < 2:
        return Figure(value, n=1)
    rows = np.random.default_rng(seed).integers(0, len(parts), size=(resamples, len(parts)))
    sums = table[rows].sum(axis=1)
    sums = sums[sums[:, 1] > 0]
    low, high = np.percentile(sums[:, 0] / sums[:, 1], [2.5, 97.5])
    return Figure(value, float(low), float(high), len(parts))


def figures(items: Sequence[Judged]) -> dict[str, Figure]:
    """Every figure over these items, by its dotted name."""
    return {
        name: figure([part for item in items if (part := share(item)) is not None]) for name, share in FIGURES.items()
    }


def aggregates(items: Sequence[Judged]) -> dict[str, Any]:
    """The figures as JSON values: `retrieval`, `citations`, `key_facts`, `abstention` …, `counts`, `latency_s`.

    `intervals` holds [low, high, questions] by dotted name for every figure that has a value.
    Nothing in it is NaN: what does not apply is None.
    """
    row: dict[str, Any] = {"questions": len(items)}
    intervals: dict[str, list[float | int | None]] = {}
    for name, value in figures(items).items():
        *path, last = name.split(".")
        place = row
        for step in path:
            place = place.setdefault(step, {})
        place[last] = _rounded(value.value)
        if value.value is not None:
            intervals[name] = [_rounded(value.low), _rounded(value.high), value.n]
    row["latency_s"] = latency([i.seconds for i in items if i.seconds is not None and not i.failed])
    row["counts"] = counts(items)
    row["declined_answerable"] = row["counts"]["declined_answerable"]
    row["intervals"] = intervals
    return row


def by_type(items: Sequence[Judged]) -> dict[str, dict[str, Any]]:
    """The aggregates of each type of question, types in order of first appearance."""
    types = dict.fromkeys(item.question.type for item in items)
    return {kind: aggregates([i for i in items if i.question.type == kind]) for kind in types}


def counts(items: Sequence[Judged]) -> dict[str, int]:
    """How many questions were answerable, answered, abstained on rightly and wrongly, declined, and failed."""
    return {
        "answerable": sum(i.question.answerable for i in items),
        "unanswerable": sum(not i.question.answerable for i in items),
        "abstained": sum(i.judgement.abstained for i in items),
        "abstained_rightly": sum(i.judgement.abstained and not i.question.answerable for i in items),
        "abstained_wrongly": sum(i.judgement.abstained and i.question.answerable for i in items),
        "answered_wrongly": sum(
            not (i.judgement.abstained or i.question.answerable or i.failed) for i in items
        ),
        "shortlists": sum(i.judgement.decision == "shortlist" for i in items),
        "declined_answerable": sum(i.judgement.decision == "declined" and i.question.answerable for i in items),
        "failed": sum(i.failed for i in items),
    }


def latency(seconds: Sequence[float]) -> dict[str, float | None]:
    """Mean, median and 95th percentile; None for none."""
    if not seconds:
        return {"mean": None, "p50": None, "p95": None}
    import numpy as np

    p50, p95 = np.percentile(seconds, [50, 95])
    return {"mean": _rounded(float(np.mean(seconds))), "p50": _rounded(float(p50)), "p95": _rounded(float(p95))}


def risk_coverage(rows: Sequence[tuple[float, bool]]) -> list[tuple[float, float, float]]:
    """(threshold, coverage, risk) for rows of (confidence, right when answered), most confident first.

    Coverage is the share of questions answered when everything at or above the threshold is
    answered, risk the share of those answers that are wrong (El-Yaniv and Wiener, JMLR 2010). Equal
    confidences share one point. No rows give no points.
    """
    points: list[tuple[float, float, float]] = []
    ordered = sorted(rows, key=lambda r: -r[0])
    wrong = 0
    for place, (confidence, right) in enumerate(ordered, start=1):
        wrong += not right
        if place == len(ordered) or ordered[place][0] != confidence:
            points.append((confidence, place / len(ordered), wrong / place))
    return points


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
