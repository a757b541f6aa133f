"""The threshold of abstention, measured on questions made from the library itself.

    calibration = calibrate(assistant.ask, assistant.papers())     # asks about 400 questions
    if calibration.worth_storing:
        library.set_meta(KEY, calibration.stored())                # threshold_of(…) reads it again
    calibration.summary_lines(); calibration.to_dict()

It takes a question to be answered when the answer's confidence is at or above the threshold; where
answers are decided otherwise, it says so (`follows`) and its threshold is not to be used. The one chosen
makes abstention's F1 largest; how well such a choice does is measured on questions that took no
part in it. Made questions are plainer than real ones, and half of them have no answer, which real
ones seldom reach: the rates say how thresholds compare, not how the assistant does in daily use.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import LitassistError, UsageError
from ..papers import Answer, Paper
from .probes import SEED, probes
from .subjects import Probe

__all__ = ["KEY", "SEED", "Calibration", "Probe", "Result", "calibrate", "calibration", "probes", "threshold_of"]

KEY = "abstention_calibration"
"""Where a library's meta values hold the stored calibration."""
FEWEST = 60
"""Fewer questions than this say nothing about a threshold."""
FOLDS = 5
FOLLOWS = 0.95
"""Below this share of decisions explained by the confidence, thresholds say little about abstention."""

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Result:
    """A made question and what came back. `confidence` is None where the answer was decided without one."""

    probe: Probe
    abstained: bool
    confidence: float | None = None
    cites_paper: bool = False
    holds_fact: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """How abstention did: of the abstentions, the share that was right; of the questions without an answer,
    the share abstained on (near misses, and those for a generic thing, apart as well); of all questions, the share
    answered. None for none."""

    precision: float | None
    recall: float | None
    near_recall: float | None
    generic_recall: float | None
    coverage: float | None
    f1: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold, and what it was chosen from."""

    threshold: float
    as_run: Rates
    """With the threshold that was in force."""
    chosen: Rates
    """With the new one, on the questions it was chosen on: flattered."""
    held_out: Rates
    """On questions that took no part in the choice (by paper, in five parts): what to expect."""
    follows: float
    """The largest share of the decisions as run that one threshold on the confidence explains."""
    gained: int
    """Questions decided wrongly as run and rightly when held out."""
    lost: int
    """The other way round."""
    curve: tuple[tuple[float, float, float], ...]
    """(threshold, coverage, risk): risk is the share of the answered questions that have no answer."""
    results: tuple[Result, ...]
    seed: int = SEED
    settings: str = ""
    """The settings' fingerprint of the answers: under other settings the threshold is not known to fit."""

    @property
    def worth_storing(self) -> bool:
        """Whether the threshold surely does better than what was in force (one-sided sign test, p below .05).

        Made questions are not real ones, so a gain that may be chance is no reason to change anything.
        """
        n = self.gained + self.lost
        chance = sum(math.comb(n, k) for k in range(self.gained, n + 1)) / 2**n
        return self.follows >= FOLLOWS and chance < 0.05

    def stored(self) -> str:
        """What a library keeps of it, as JSON."""
        return json.dumps(
            {"threshold": self.threshold, "questions": len(self.results), "seed": self.seed,
             "settings": self.settings, "held_out": asdict(self.held_out)}
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The calibration as JSON values, with every question."""
        return {
            "threshold": self.threshold, "questions": len(self.results), "seed": self.seed, "settings": self.settings,
            "follows": self.follows, "gained": self.gained, "lost": self.lost, "worth_storing": self.worth_storing,
            "as_run": asdict(self.as_run), "chosen": asdict(self.chosen), "held_out": asdict(self.held_out),
            "by_kind": by_kind(self.results), "curve": [list(point) for point in self.curve],
            "items": [
                {**asdict(r.probe), "near": r.probe.near, "abstained": r.abstained, "confidence": r.confidence,
                 "cites_paper": r.cites_paper, "holds_fact": r.holds_fact, "error": r.error}
                for r in self.results
            ],
        }  # fmt: skip

    def summary_lines(self) -> list[str]:
        """The rates as plain lines for a terminal."""
        answerable = [r for r in self.results if r.probe.answerable]
        answered = [r for r in answerable if not r.abstained]
        lines = [
            f"{len(self.results)} questions made from the library: {len(answerable)} with an answer, "
            f"{sum(r.probe.near for r in self.results)} near misses, "
            f"{sum(not r.probe.answerable and not r.probe.near for r in self.results)} far from it.",
            "",
            f"{'':24}  precision  recall  near misses  generic  answered",
        ]
        for title, rates in (("as it was", self.as_run), ("with the new threshold", self.chosen),
                             ("expected of it", self.held_out)):  # fmt: skip
            values = (rates.precision, rates.recall, rates.near_recall, rates.generic_recall, rates.coverage)
            cells = ["–" if v is None else f"{v:.2f}" for v in values]
            lines.append(f"{title:24}  {cells[0]:>9}  {cells[1]:>6}  {cells[2]:>11}  {cells[3]:>7}  {cells[4]:>8}")
        if generic := sum(r.probe.generic for r in self.results):
            lines += ["", f"Generic: {generic} of the near misses ask a paper for a thing, an attribute or a yes or no "
                      "that it does not speak of."]
        if answered:
            cites, facts = sum(r.cites_paper for r in answered), sum(r.holds_fact for r in answered)
            asked = sum(bool(r.probe.fact) for r in answered)
            lines += [
                "",
                f"Of {len(answered)} answers to questions that have one, {cites} cite the paper that the question was "
                f"made from; {facts} of the {asked} that ask for certain words hold them.",
            ]
        lines += ["", f"Threshold: {self.threshold:.4f}"]
        if self.follows < FOLLOWS:
            lines.append(
                f"Only {self.follows:.2f} of the decisions follow the confidence, the others were made by rules: "
                "the new rates are not what this threshold would give. It is not worth storing."
            )
        elif not self.worth_storing:
            lines.append(
                f"It decides {self.gained} questions better than what is in force and {self.lost} worse, which may be "
                "chance: it is not worth storing."
            )
        return lines


def calibrate(
    ask: Callable[[str], Answer],
    papers: Sequence[Paper],
    *,
    n: int = 400,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Calibration:
    """The threshold for a library of these papers, from `n` questions made from it and asked with `ask`.

    A question that fails takes no part. UsageError when fewer than 60 questions can be made or none
    of one sort got a confidence.
    """
    made = probes(papers, n, seed)
    if len(made) < FEWEST:
        raise UsageError(
            f"The library is too small to calibrate on: only {len(made)} questions can be made from its abstracts, "
            f"and {FEWEST} are needed. The threshold stays as it is."
        )
    results: list[Result] = []
    settings = ""
    for probe in made:
        if progress:
            progress("asking", len(results), len(made))
        try:
            answer = ask(probe.question)
        except LitassistError as failure:
            results.append(Result(probe, False, error=str(failure)))
            continue
        settings = settings or answer.fingerprint.settings
        results.append(result(probe, answer))
    if progress:
        progress("asking", len(results), len(made))
    return calibration(results, seed, settings)


def result(probe: Probe, answer: Answer) -> Result:
    """What an answer to a made question shows."""
    said = " ".join(answer.answer.lower().split())
    return Result(
        probe,
        answer.abstained,
        answer.confidence,
        cites_paper=probe.paper_id is not None and any(c.paper_id == probe.paper_id for c in answer.citations),
        holds_fact=bool(probe.fact) and not answer.abstained and " ".join(probe.fact.lower().split()) in said,
    )


def calibration(results: Sequence[Result], seed: int = SEED, settings: str = "") -> Calibration:
    """The calibration that these results give; see `calibrate`."""
    usable = [r for r in results if r.confidence is not None and r.error is None]
    if len({r.probe.answerable for r in usable}) < 2:
        failed = sum(r.error is not None for r in results)
        raise UsageError(
            "No threshold could be measured: answers of both sorts, with and without one in the library, must carry a "
            f"confidence ({failed} of {len(results)} questions failed). The threshold stays as it is."
        )
    threshold = best_threshold(usable)
    groups = sorted({_group(r) for r in usable})
    fold = {group: place % FOLDS for place, group in enumerate(groups)}
    decided: list[tuple[Result, bool]] = []
    for part in range(FOLDS):
        inside = [r for r in usable if fold[_group(r)] != part]
        here = best_threshold(inside) if len({r.probe.answerable for r in inside}) == 2 else threshold
        decided += [(r, (r.confidence or 0.0) < here) for r in usable if fold[_group(r)] == part]
    return Calibration(
        threshold=threshold,
        as_run=rates([(r, r.abstained) for r in usable]),
        chosen=rates([(r, (r.confidence or 0.0) < threshold) for r in usable]),
        held_out=rates(decided),
        follows=_follows(usable),
        gained=sum(r.abstained == r.probe.answerable != no for r, no in decided),
        lost=sum(r.abstained != r.probe.answerable == no for r, no in decided),
        curve=tuple(_curve(usable)),
        results=tuple(results),
        seed=seed,
        settings=settings,
    )


def best_threshold(results: Sequence[Result]) -> float:
    """The threshold under which abstention's F1 is largest, half-way between the confidences it parts.

    Of equal ones the lowest, which answers most. Results without a confidence take no part; none at
    all give 0.
    """
    rows = sorted((r.confidence, r.probe.answerable) for r in results if r.confidence is not None)
    unanswerable = sum(not answerable for _, answerable in rows)
    best, best_f1, right = 0.0, 0.0, 0
    for place, (confidence, answerable) in enumerate(rows, start=1):
        right += not answerable
        following = rows[place][0] if place < len(rows) else None
        if following == confidence:
            continue
        f1 = 2 * right / (place + unanswerable)
        if f1 > best_f1 + 1e-12:
            best_f1 = f1
            best = (confidence + following) / 2 if following is not None else confidence + 1e-6
    return round(best, 6)


def _follows(results: Sequence[Result]) -> float:
    rows = sorted((r.confidence or 0.0, r.abstained) for r in results)
    fitting = sum(not abstained for _, abstained in rows)
    best = fitting
    for place, (confidence, abstained) in enumerate(rows):
        fitting += 1 if abstained else -1
        if place + 1 == len(rows) or rows[place + 1][0] != confidence:
            best = max(best, fitting)
    return round(best / len(rows), 4)


def rates(decided: Sequence[tuple[Result, bool]]) -> Rates:
    """The rates of (result, whether it is abstained on)."""
    abstained = [r for r, no in decided if no]
    without = [no for r, no in decided if not r.probe.answerable]
    near = [no for r, no in decided if r.probe.near]
    generic = [no for r, no in decided if r.probe.generic]
    right = sum(not r.probe.answerable for r in abstained)
    total = len(abstained) + len(without)
    return Rates(
        precision=_share(right, len(abstained)),
        recall=_share(sum(without), len(without)),
        near_recall=_share(sum(near), len(near)),
        generic_recall=_share(sum(generic), len(generic)),
        coverage=_share(len(decided) - len(abstained), len(decided)),
        f1=round(2 * right / total, 4) if total else 0.0,
    )


def by_kind(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """For each template the questions, the share abstained on and the mean confidence."""
    rows: dict[str, dict[str, float]] = {}
    for answerable in (True, False):
        for kind in sorted({r.probe.kind for r in results if r.probe.answerable is answerable}):
            own = [r for r in results if r.probe.kind == kind and r.probe.answerable is answerable]
            known = [r.confidence for r in own if r.confidence is not None]
            rows[f"{'answerable' if answerable else 'unanswerable'}: {kind}"] = {
                "questions": len(own),
                "abstained": round(sum(r.abstained for r in own) / len(own), 4),
                "confidence": round(sum(known) / len(known), 4) if known else 0.0,
            }
    return rows


def threshold_of(stored: str | None, settings: str = "") -> float | None:
    """The threshold in what a library keeps (`Calibration.stored`); None for none, or one that can't be read.

    With `settings` given, one that was measured under other settings counts as none.
    """
    try:
        row = json.loads(stored or "null")
    except ValueError:
        return None
    value = row.get("threshold") if isinstance(row, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 2:
        return None
    return None if settings and row.get("settings") not in ("", settings) else float(value)


def _group(result: Result) -> str:
    return result.probe.paper_id or result.probe.question


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _curve(results: Sequence[Result]) -> list[tuple[float, float, float]]:
    rows = sorted(((r.confidence or 0.0, r.probe.answerable) for r in results), key=lambda row: -row[0])
    points, wrong = [], 0
    for place, (confidence, answerable) in enumerate(rows, start=1):
        wrong += not answerable
        if place == len(rows) or rows[place][0] != confidence:
            points.append((round(confidence, 6), round(place / len(rows), 4), round(wrong / place, 4)))
    return points
