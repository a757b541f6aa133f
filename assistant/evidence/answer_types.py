"""How surely a sentence holds the kind of answer asked for: a count, a share, a factor, a name, a date. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..language import pattern, words
from ..question import Part
from ..text import terms, token_spans
from ..text.naming import holds_name, names
from ..text.quantities import Quantity, quantities

QUANTITIES = ("number", "percentage", "factor", "amount")
"""The wants whose answer is a quantity."""

_YEAR = re.compile(r"(?:1[5-9]|20)\d\ds?")
_SAMPLE = re.compile(r"\bn\s*=\s*$", re.I)
"""A sample's size: "(n = 335)"."""
_PERSON = re.compile(r"\bet\s+al\b|\b[A-Z][a-z]+\s+(?:[A-Z]\.\s+)?[A-Z][a-z]+\b")
_SHARE = pattern("evidence.answer_types.share")
_MULTIPLE = pattern("evidence.answer_types.multiple")
_RATING = pattern("evidence.answer_types.rating")
_DATE = pattern("evidence.answer_types.dates")
_PEOPLE = frozenset(terms(" ".join(words("evidence.answer_types.people"))))
_MEASURED = frozenset(terms(" ".join(words("evidence.answer_types.measured"))))
_POWER = re.compile(r"\s*(?:\^|\*\*|\()\s*[-−–]?\d")
"""What follows the base of a power: "10(-14)"."""
_NO_ANSWER = re.compile(r"(?:\bp\s*[<=>≤≥]|\b10\s*(?:\^|\*\*|\()\s*[-−–]?)\s*$", re.I)
"""What stands before the chance of an error, "P < 0.05", and before an exponent."""
_TO = re.compile(r"\s*(?:[-–—]|to)\s*")
"""What stands between the ends of a range."""
_REACH = 8
"""Words between a quantity and the noun that it counts, at most."""


def answer_type_score(part: Part, sentence: str, short_forms: Mapping[str, str] | None = None) -> float:
    """1 where the sentence holds the kind of answer for sure, 0 where it does not; 0 always for kinds without a form.

    A count must stand by the noun counted (`short_forms` are the paper's own), a share be a percentage, a factor a
    multiple; other names of the question standing in the sentence make it surer.
    """
    if part.wants in QUANTITIES:
        named = sum(holds_name(sentence, n) for n in part.names) / len(part.names) if part.names else 1.0
        return (0.4 + 0.6 * named) * _quantity_score(part, sentence, short_forms or {})
    if part.wants == "yesno":
        return 0.7 if _RATING.search(sentence) else 0.0
    if part.wants == "name":
        return _name_score(part, sentence)
    if part.wants == "date":
        return 1.0 if _DATE.search(sentence) or _YEAR.search(sentence) else 0.0
    if part.wants == "person":
        return 0.5 if _PERSON.search(sentence) else 0.0
    if part.wants == "place":
        return 0.4 if names(f"x {sentence}") else 0.0
    return 0.0


def answer_quantity(part: Part, sentence: str, short_forms: Mapping[str, str] | None = None) -> Quantity | None:
    """The quantity of the sentence that answers the part, a range whole; None where none clearly does."""
    fitting = _whole_ranges(sentence, _fitting(part, sentence))
    if not fitting:
        return None
    places = _noun_places(part, sentence, short_forms or {})
    if not places:
        # How long or how much is no bare number, unless its noun stands by it.
        return fitting[0] if len(fitting) == 1 and (fitting[0].unit or part.wants != "amount") else None
    return min(fitting, key=lambda q: (min(abs(q.start - at) + (20 if at < q.start else 0) for at in places), q.start))


def _fitting(part: Part, sentence: str) -> list[Quantity]:
    """The quantities of the sentence that are of the kind wanted."""
    usable = [q for q in quantities(sentence) if not (
        _YEAR.fullmatch(q.text) or (q.word and q.value <= 1) or _POWER.match(sentence, q.end)
        or _NO_ANSWER.search(sentence[: q.start])
    )]
    if part.wants == "percentage":
        return [q for q in usable if q.unit in ("%", "points")]
    if part.wants == "factor":
        return [q for q in usable if q.unit == "times"]
    if part.wants == "number":
        return [q for q in usable if q.unit in ("", "times")] or usable
    return usable


def _whole_ranges(sentence: str, fitting: Sequence[Quantity]) -> list[Quantity]:
    """The quantities, of two that are the ends of a range ("75%-95%") the whole as one."""
    out: list[Quantity] = []
    for one in fitting:
        if out and _TO.fullmatch(sentence[out[-1].end : one.start]):
            first = out.pop()
            one = replace(first, text=sentence[first.start : one.end], end=one.end)
        out.append(one)
    return out


def _quantity_score(part: Part, sentence: str, short_forms: Mapping[str, str]) -> float:
    fitting = _fitting(part, sentence)
    if part.wants == "percentage" and not fitting:
        return 0.3 if _SHARE.search(sentence) else 0.0
    if part.wants == "factor":
        return 1.0 if fitting else 0.6 if _MULTIPLE.search(sentence) else 0.0
    return _nearness(part, sentence, fitting, short_forms) if fitting else 0.0


def _nearness(part: Part, sentence: str, quantities_: Sequence[Quantity], short_forms: Mapping[str, str]) -> float:
    """1 where a quantity stands by the noun asked for, 0.5 where the noun is elsewhere in the sentence, else 0.2."""
    noun = terms(part.noun)
    if not noun or set(noun[-1:]) <= _MEASURED:
        return 0.8
    if set(noun) & _PEOPLE and any(_SAMPLE.search(sentence[: q.start]) for q in quantities_):
        return 1.0
    places = _noun_places(part, sentence, short_forms)
    if any(_between(sentence, q, at) <= _REACH for q in quantities_ for at in places):
        return 1.0
    return 0.5 if places else 0.2


def _between(sentence: str, quantity: Quantity, at: int) -> int:
    low, high = min(quantity.end, at), max(quantity.start, at)
    return len(sentence[low:high].split())


def _noun_places(part: Part, sentence: str, short_forms: Mapping[str, str]) -> list[int]:
    """The offsets of the words of the sentence that are the noun asked for."""
    noun = terms(part.noun)
    if not noun:
        return []
    heads = {noun[-1], noun[0]} | (_PEOPLE if noun[-1] in _PEOPLE else frozenset())
    places = []
    for word, start, end in token_spans(sentence):
        own = set(terms(word)) | set(terms(short_forms.get(sentence[start:end].rstrip("s"), "")))
        if heads & own:
            places.append(start)
    return places


def _name_score(part: Part, sentence: str) -> float:
    own = {n.lower() for n in part.names}
    new = [n for n in names(f"x {sentence}") if n.lower() not in own]
    noun, there = terms(part.noun), set(terms(sentence))
    by_noun = 0.5 if noun[-1:] and noun[-1] in there else 0.25 * bool(there & set(noun))
    return min(1.0, 0.4 * bool(new) + by_noun + 0.1 * (len(new) > 1))
