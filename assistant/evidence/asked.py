"""Whether a sentence holds the type of answer that was asked for: a count, a share, a factor, a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..queries import MEASURES, Asked
from ..queries.measures import gives, unit_asked
from ..text import terms, token_spans, tokens
from ..text.naming import holds_name, names
from ..text.quantities import Quantity, quantities, same_value
from .classes import instance_of

QUANTITIES = ("number", "percentage", "factor", "amount")
"""The wants whose answer is a quantity."""

_YEAR = re.compile(r"(?:1[5-9]|20)\d\ds?")
_FACTOR = re.compile(
    r"\b(?:orders?\s+of\s+magnitude|twice|thrice|double[sd]?|tripled?|half|halve[sd]?|speed-?ups?)\b", re.I
)
_SHARE = re.compile(
    r"\b(?:half|a\s+third|two[\s-]thirds|a\s+quarter|three[\s-]quarters|majority|all|none|most"
    r"|\d+\s+(?:out\s+)?of\s+\d+)\b",
    re.I,
)
_SHARE_OF = re.compile(
    r"\b(?:half|a\s+third|two[\s-]thirds|a\s+quarter|three[\s-]quarters|a\s+(?:fifth|tenth))\s+(?:of\s+)?(?:the|its|their)"
    r"\s+((?:[\w-]+\s*){1,3})", re.I,
)
_DATE = re.compile(
    r"\b(?:(?:1[5-9]|20)\d\d|january|february|march|april|june|july|august|september|october|november|december)\b", re.I
)
_PEOPLE = frozenset(
    terms(
        "people participants subjects patients respondents students volunteers persons individuals users"
        " children adults women men"
    )
)
_ANYBODY = frozenset(terms("people participants subjects respondents persons individuals"))
"""Words for people of any kind, whom a paper may call by any other of `_PEOPLE`."""
_SAMPLE = re.compile(r"\bn\s*=\s*$", re.I)
"""A sample's size: "(n = 335)"."""
_RATES = re.compile(
    r"\b(?:better|worse|best|worst|faster|slower|larger|smaller|easier|harder|higher|lower|stronger|weaker|cheaper"
    r"|fewer|superior|inferior|outperform\w*|beats?|improv\w*|help\w*|reduc\w*|increas\w*|more|less)\b", re.I
)
_RATED = re.compile(
    r"\b(?:better|worse|best|worst|faster|slower|larger|smaller|easier|harder|higher|lower|stronger|weaker|cheaper"
    r"|fewer|superior\w*|inferior\w*|outperform\w*|surpass\w*|exceed\w*|beats?|improv\w*|reduc\w*|increas\w*"
    r"|advantage\w*|on\s+par|comparable|than)\b", re.I
)
_PERSON = re.compile(r"\bet\s+al\b|\b[A-Z][a-z]+\s+(?:[A-Z]\.\s+)?[A-Z][a-z]+\b")


_GENERAL = frozenset(terms("score scores result results value values number numbers performance figure figures level"))
"""Measures without a meaning of their own: a number beside the names asked about is one."""


_CHANGES = (
    frozenset(terms("gain improvement increase rise growth boost")),
    frozenset(terms("drop reduction decrease fall cut saving")),
)
"""Names of one change: a gain in accuracy is an improvement of it."""


HOW_WELL = re.compile(r"\bhow\s+(?:well|good|effective(?:ly)?|successful(?:ly)?|reliabl[ey]|robust(?:ly)?)\b", re.I)
"""Asks how good a thing is: results tell, best with numbers."""
COUNTED = re.compile(r"(?:the\s+)?(two|three|four|five|six|seven|eight|nine|ten|[2-9]|10)\b", re.I)
"""A number of things asked for: "which two trials"."""
_SEPARATES = re.compile(r"\s*(?:,\s*(?:and|or)|,|\band\b|\bor\b|;)\s*", re.I)
_BEGINS = re.compile(r":|\b(?:such\s+as|including|i\.e\.,?|e\.g\.,?|namely)\s", re.I)
_LONGEST_ITEM = 5
_SEVERAL = 3


def count_asked(asked: Asked) -> int:
    """How many things a part asks to be named: "which two trials" 2, "which datasets" several (3); 0 for no plural."""
    if asked.wants != "name":
        return 0
    if count := COUNTED.match(asked.focus):
        return int(next((q.value for q in quantities(count[1])), 0))
    return _SEVERAL if re.search(r"[^us]s$", asked.focus) else 0


def items(text: str) -> int:
    """How many short things the longest enumeration of a sentence sets side by side: "a, b and c" three; 1 for none."""
    most = 1
    in_brackets = re.findall(r"[(\[]([^()\[\]]*)[)\]]", text)
    around = re.split(_BEGINS, re.sub(r"\s*[(\[][^()\[\]]*[)\]]", "", text))
    for stretch in [*around, *in_brackets]:
        parts = [p.split() for p in _SEPARATES.split(stretch)]
        # What stands at either end belongs to the sentence around.
        inner = [0 < len(p) <= _LONGEST_ITEM for p in parts[1:-1]]
        most = max(most, inner.count(True) + 2 if inner and all(inner) else 2 if len(parts) == 2 else 1)
    return most


def holds(asked: Asked, sentence: str, expansions: Mapping[str, str] | None = None) -> float:
    """How surely `sentence` holds the type of answer wanted: 1 for sure, 0 for not at all.

    A count must stand by the noun counted (`asked.focus`; `expansions` are the paper's own short
    forms) or be in the unit asked for, a measure must be given by its unit or its words, a share must be
    a percentage, a factor a multiple. Types without a form ("how", "why")
    give 0 always.
    """
    wants = asked.wants
    if wants in QUANTITIES:
        usable = [q for q in quantities(sentence) if not (_YEAR.fullmatch(q.text) or (q.word and q.value <= 1))]
        # Names that the answer hangs on (a dataset, a rival) should stand beside the number.
        named = sum(holds_name(sentence, n) for n in asked.names) / len(asked.names) if asked.names else 1.0
        beside = 0.4 + 0.6 * named
        if wants == "percentage":
            shares = [q for q in usable if q.unit in ("%", "points")]
            if shares:
                return beside * _bound(asked, sentence, shares, expansions)
            # "Half the parameters" is a share of them.
            of_them = any(
                set(terms(asked.focus)[-1:]) & set(terms(m[1])) for m in _SHARE_OF.finditer(sentence)
            )
            return beside if of_them else 0.3 * bool(_SHARE.search(sentence))
        if wants == "factor":
            times = [q for q in usable if q.unit == "times"]
            if times:
                return beside
            return 0.6 if _FACTOR.search(sentence) else 0.3 if any(q.unit in ("%", "points") for q in usable) else 0.0
        if asked.measure:
            return gives(asked.measure, sentence) * (0.7 + 0.3 * named)
        if not usable:
            return 0.0
        if wants == "number":
            units = unit_asked(asked.focus)
            if found := [q for q in usable if q.unit in units and q.unit not in ("times", "points")]:
                return beside * (1.0 if any(q.unit == units[0] for q in found) else 0.8)
            if _PEOPLE & set(terms(asked.focus)) and any(_SAMPLE.search(sentence[: q.start]) for q in usable):
                return beside
            counts = [q for q in usable if q.unit in ("", "times", "points") or not asked.focus]
            return beside * _bound(asked, sentence, counts, expansions) if counts else 0.0
        bound = _bound(asked, sentence, usable, expansions, near=12)
        if asked.names and named == 1.0 and set(terms(asked.focus)[-1:]) <= _GENERAL:
            bound = max(bound, 0.9)
        return beside * bound
    if wants == "yesno":
        # "Is A better than B" is answered by a sentence that rates them.
        return 0.7 if _RATES.search(asked.text) and _RATED.search(sentence) else 0.0
    if wants == "name":
        own = {t.lower() for t in asked.names}
        new = [n for n in names("x " + sentence) if n.lower() not in own]
        focus = terms(asked.focus)
        own_terms = set(_expanded_terms(sentence, expansions))
        by_focus = 0.5 if focus[-1:] and focus[-1] in own_terms else 0.25 * bool(own_terms & set(focus))
        told = 0.4 * bool(new) + by_focus + 0.1 * (len(new) > 1)
        words = asked.focus.lower().split()
        if words and instance_of(words[-1], words[-2] if len(words) > 1 else "", sentence):
            told = 1.0
        count = count_asked(asked)
        if COUNTED.match(asked.focus):
            # "Which two trials": told by a sentence that says two, better by one that sets two side by side.
            said = any(same_value(q.value, count) for q in quantities(sentence))
            return min(2.0, told + 0.5 * said + 0.6 * (items(sentence) == count and bool(said or by_focus)))
        return min(1.0, told) + 0.5 * bool(count and items(sentence) >= count)
    if wants == "manner" and HOW_WELL.search(asked.text):
        return 0.6 * any(q.unit or not float(q.value).is_integer() for q in quantities(sentence))
    if wants == "date":
        return 1.0 if _DATE.search(sentence) else 0.0
    if wants == "person":
        return 0.5 if _PERSON.search(sentence) else 0.0
    if wants == "place":
        return 0.4 if names("x " + sentence) else 0.0
    return 0.0


_STATISTICS = {
    "OR": "odds ratio", "HR": "hazard ratio", "RR": "relative risk risk ratio", "CI": "confidence interval",
    "SD": "standard deviation", "SE": "standard error", "IQR": "interquartile range", "AUC": "area under the curve",
    "MAE": "mean absolute error", "MSE": "mean squared error", "RMSE": "root mean squared error",
    "WER": "word error rate", "FPS": "frames per second",
}  # fmt: skip
"""Short forms that papers do not spell out."""


def _expanded_terms(text: str, expansions: Mapping[str, str] | None) -> list[str]:
    own = terms(text)
    for short, words in {**_STATISTICS, **(expansions or {})}.items():
        if (bare := short.rstrip("s")) in text and re.search(rf"(?<!\w){re.escape(bare)}s?(?!\w)", text):
            own += terms(words)
    return own


def _bound(
    asked: Asked, sentence: str, found: Sequence[Quantity], expansions: Mapping[str, str] | None, near: int = 6
) -> float:
    """1 where a quantity stands by the noun asked for, .5 where the noun is elsewhere in the sentence, else .2."""
    wanted = terms(asked.focus)
    if not wanted:
        return 0.8 if found else 0.0
    # Where the noun phrase ends can't always be told: its first word counts too, unless the last is a measure.
    ends = MEASURES.intersection(tokens(asked.focus)[-1:])
    heads = {wanted[-1]} if ends else {wanted[-1], wanted[0]}
    heads |= {t for same in _CHANGES if heads & same for t in same}
    if wanted[-1] in _ANYBODY:
        heads |= _PEOPLE
    spans = token_spans(sentence)
    shorts = {s.rstrip("s"): set(terms(w)) for s, w in {**_STATISTICS, **(expansions or {})}.items()}
    places = []
    for i, (word, start, end) in enumerate(spans):
        own = set(terms(word)) | shorts.get(sentence[start:end].rstrip("s"), set())
        if heads & own:
            places.append((i, start))
    best = 0.2 if found else 0.0
    for q in found:
        if not places:
            break
        best = max(best, 0.5)
        at = next((i for i, (_, start, end) in enumerate(spans) if end > q.start), 0)
        for i, _start in places:
            # After the number ("eight … datasets") within reach, or shortly before it ("latency of 42 ms").
            if 0 <= i - at <= near or (asked.wants != "number" and 0 < at - i <= near) or 0 < at - i <= 3:
                best = 1.0
    return best
