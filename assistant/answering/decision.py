"""Whether the evidence answers: answered, shortlist or declined, by calibrated chances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..embeddings import count_tokens
from ..evidence import Gathered, decision_features, missing_terms
from ..models import logistic


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with the evidence, and how surely."""

    outcome: str
    """`answered`, `shortlist` or `declined`."""
    confidence: float
    """The chance that the answer is right."""
    answerable: float = 1.0
    """The chance that the library holds the answer at all."""
    right: float = 1.0
    """The chance that the best evidence is of the right paper, if the library holds the answer."""
    several: bool = False
    """Whether it is answered by a row for each of several papers."""
    missing: tuple[str, ...] = ()
    """Names and words of the question that no paper found holds."""


def decide(gathered: Gathered) -> Decision:
    """The decision on the evidence as a whole; `declined` where there is none.

    Two chances are asked: that the library answers at all, and, if so, that the best evidence is of the right paper.
    Far from the library it declines; where it is not sure which paper is meant, or whether the asked thing is there,
    it gives a shortlist.
    """
    # Of a word that may be meant in another spelling ("thalassaemia") that is said already.
    respelt = {one.sentence for one in gathered.plan.findings if one.kind == "did_you_mean"}
    missing = tuple(term for term in missing_terms(gathered.matches)
                    if term not in respelt and _telling(term, gathered.plan.names))
    if not gathered.papers:
        return Decision("declined", 0.0, 0.0, missing=missing)
    row = decision_features(gathered.matches, gathered.chances)
    right, answerable = logistic("answer"), logistic("answerable")
    there = float(answerable.chances([row])[0])
    # Of papers that were spoken of it need not be asked whether they are meant.
    known = bool(gathered.plan.about) and {p.paper.id for p in gathered.papers} <= set(gathered.plan.about)
    chosen = 1.0 if known else float(right.chances([row])[0])
    confidence = there * chosen
    plan = gathered.plan
    breadth = logistic("several").thresholds["rows"]
    several = plan.form == "table" or (plan.form != "comparison" and gathered.several >= breadth)
    several = several and not (known and len(gathered.papers) == 1)
    # The two are asked apart: a near miss looks surely like the right paper, and their product would answer it.
    rows = several or plan.form == "comparison"
    sure = there >= answerable.thresholds["listed" if rows else "answered"] and chosen >= right.thresholds["right"]
    outcome = "declined" if there < answerable.thresholds["declined"] else "answered" if sure else "shortlist"
    return Decision(outcome, confidence, there, chosen, several, missing)


def _telling(term: str, names: Sequence[str]) -> bool:
    """Whether it tells an asker something that no paper has a term: a name, or a word that is no everyday one.

    A word that a language model's vocabulary has whole, bare or inflected, is an everyday word: that the library does
    not use it says nothing about what it holds.
    """
    if term in names:
        return True
    word = term.lower()
    forms = {word, *(word.removesuffix(end) for end in ("s", "es", "ed", "d", "ing", "er", "ly"))}
    forms |= {f"{form}{end}" for form in forms for end in ("e", "y")} | {f"{word.removesuffix('ies')}y"}
    return not any(len(form) > 1 and count_tokens(f" {form}") == 1 for form in forms)
