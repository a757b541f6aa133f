"""Whether evidence says yes or no to a question that asks for either, by a learned score over plain features. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..language import Cues, pattern
from ..models import logistic
from ..text import term_set, terms

_CUES = Cues("polarity")
_UNDECIDED = pattern("yes_no.undecided", "polarity.negation")

POLARITY_FEATURES = (
    *(f"{name}_{where}" for where in ("best", "others", "question") for name in _CUES.names),
    "shared", "shared_others", "agree", "negations_even", "length",
)  # fmt: skip


def polarity_features(question: str, sentences: Sequence[str]) -> list[float]:
    """A row of `POLARITY_FEATURES`: what the best sentence, the others and the question say; zeros for none."""
    if not sentences:
        return [0.0] * len(POLARITY_FEATURES)
    best, others = sentences[0], " ".join(sentences[1:])
    rows = [_CUES(text) for text in (best, others, question)]
    by_name = [dict(zip(_CUES.names, row, strict=True)) for row in rows]
    asked = set(terms(question))
    share = lambda text: len(asked & term_set(text)) / max(1, len(asked))  # noqa: E731
    agree = float(by_name[0]["more"] == by_name[2]["more"]) - float(by_name[0]["less"] != by_name[2]["less"])
    even = float((by_name[0]["negation"] + by_name[2]["negation"]) % 2 == 0)
    return [*rows[0], *rows[1], *rows[2], share(best), share(others), agree, even, len(best.split()) / 30]


def polarity(question: str, sentences: Sequence[str]) -> tuple[str, float]:
    """`Yes` or `No` where the evidence is sure, with "probably" where it is likely, else ""; and the chance of yes.

    A question that is turned itself, or that sets two things to choose from, gets neither.
    """
    model = logistic("polarity")
    if _UNDECIDED.search(question):
        return "", 0.5
    chance = float(model.chances([polarity_features(question, sentences)])[0])
    if chance >= model.thresholds["yes"]:
        return ("Yes" if chance >= model.thresholds["sure_yes"] else "Yes, probably"), chance
    if chance <= model.thresholds["no"]:
        return ("No" if chance <= model.thresholds["sure_no"] else "No, probably not"), chance
    return "", chance
