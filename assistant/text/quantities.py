"""Numbers in text, with their units, so that "5 700", "5,700", "5700" and "5.7k" are one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..language import either, entry, listed, table


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it stands at `start:end`, its value, and its unit's short name ("" for none).

    `word` marks a number written as a word ("eight").
    """

    text: str
    start: int
    end: int
    value: float
    unit: str = ""
    word: bool = False


YEAR = r"(?:1[5-9]|20)\d\d"
"""A year as a regular expression's source: 1500 to 2099."""

_ONES = listed("text.quantities.ones")
_TENS = {word: 10 * tens for tens, word in enumerate(listed("text.quantities.tens"), 2)}
_OTHERS: dict[str, int] = entry("text.quantities.others")
_WORDS = {word: i for i, word in enumerate(_ONES)} | _TENS | _OTHERS
_SCALES: dict[str, float] = entry("text.quantities.scales")
_UNITS = table("text.quantities.units")
_UNIT = either(*(f"text.quantities.units.{name}" for name in _UNITS))
_UNIT_OF = {form: name for name, forms in _UNITS.items() for form in forms}

_DIGITS = r"\d{1,3}(?:[,\u00a0\u202f\u2009 ]\d{3})+(?:\.\d+)?(?![\d.]*\d)|\d+(?:\.\d+)?|\.\d+"
_NUMBER_WORD = (
    rf"(?:{'|'.join(_TENS)})(?:[-‐‑\s](?:{'|'.join(_ONES[1:10])}))?|"
    rf"{either('text.quantities.ones')}|{'|'.join(_OTHERS)}"
)
_SCALE = r"(?:\s?(?:[kKMBT]|[bmt]n)(?![\w])|[-\s]?(?:hundred|thousand|million|billion|trillion)s?\b)"
_QUANTITY = re.compile(
    rf"(?<![\w.@^])(?P<sign>(?:US|AU?|CA?|NZ|HK)?[$€£]\s?)?(?P<digits>{_DIGITS})(?P<scale>{_SCALE})?"
    rf"(?:\s?(?P<unit>{_UNIT})(?:(?<=%)|(?![^\W_])))?(?!\.?\d)"
    rf"|(?<![\w-])(?P<words>{_NUMBER_WORD})(?P<wscale>[-\s](?:hundred|thousand|million"
    rf"|billion)\b)?(?:[-\s]?(?P<wunit>{_UNIT})(?![^\W_]))?(?![^\W_])",
    re.I,
)
_IDENTIFIER = re.compile(r"[^\W\d_][-_]?$")
_PREFIX = re.compile(rf"(?:^|\s){either('text.quantities.before')}-$", re.I)
_RANGE = re.compile(r"\s{0,2}(?:-|–|—|--|to|~|∼|and|or|vs\.?|versus)\s?")


def quantities(text: str) -> list[Quantity]:
    """The quantities of `text` in order. Digits inside a name (GPT-4, v2.0, NDCG@10, chi^2) are none,
    nor is the number of a list's item, "(2)".

    Numbers joined by a dash or "to" share the unit of the last ("48.83-51.38%").
    """
    return list(_quantities(text))


# The same sentences are read for one question after another.
@lru_cache(maxsize=8192)
def _quantities(text: str) -> tuple[Quantity, ...]:
    found: list[Quantity] = []
    for m in _QUANTITY.finditer(text):
        if m["words"]:
            value = _word_value(m["words"]) * _scale(m["wscale"])
            found.append(Quantity(m[0], m.start(), m.end(), value, _unit(m["wunit"]), word=True))
            continue
        before = text[max(0, m.start() - 7) : m.start()]
        if _IDENTIFIER.search(before) and not _PREFIX.search(before):
            continue
        if text[m.start() - 1 : m.start()] == "(" and text[m.end() : m.end() + 1] == ")" and re.fullmatch(r"\d", m[0]):
            continue  # the number of an item: "(1) sparse, (2) universal"
        if re.match(r"[^\W\d_]", text[m.end() : m.end() + 1]) and not m["scale"] and not m["unit"]:
            # Letters glued on: "3D", "2x2", "256times256" are read up to here, "4th" is an order.
            glued = re.match(r"[^\W_]+", text[m.end() :])
            if glued and re.fullmatch(r"(?:st|nd|rd|th|D|d)", glued[0]):
                continue
        value = float(re.sub(r"[^\d.]", "", m["digits"])) * _scale(m["scale"])
        decade = re.fullmatch(r"(?:1[5-9]|20)\d0s", m[0])
        unit = "" if decade else _unit(m["unit"]) or (m["sign"] or "").strip()[-1:]
        found.append(Quantity(m[0].strip(), m.start(), m.start() + len(m[0].rstrip()), value, unit))
    for i in range(len(found) - 2, -1, -1):
        one, two = found[i], found[i + 1]
        if not one.unit and two.unit and not one.word and _RANGE.fullmatch(text[one.end : two.start]):
            found[i] = Quantity(one.text, one.start, one.end, one.value, two.unit)
    return tuple(found)


def same_value(a: float, b: float) -> bool:
    """Whether two values are one number, up to rounding in the last binary places."""
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-12)


def _word_value(words: str) -> float:
    return float(sum(_WORDS[w] for w in re.split(r"[-‐‑\s]+", words.lower()) if w in _WORDS))


def _scale(words: str | None) -> float:
    key = (words or "").strip(" -").lower()
    return 1.0 if not key else _SCALES.get(key, _SCALES.get(key.rstrip("s"), 1.0))


_LONG = 4
"""Letters from which on case doesn't count in a unit: "MB" and "mb" are two."""
_LONG_UNITS = {form.casefold(): name for form, name in _UNIT_OF.items() if len(form) >= _LONG}
_ANY_CASE = {form.casefold(): name for form, name in reversed(_UNIT_OF.items())}


def _unit(form: str | None) -> str:
    """The unit's short name. Case counts where it tells two units apart."""
    if not form:
        return ""
    form = " ".join(form.split())
    folded = form.casefold()
    return _UNIT_OF.get(form) or _LONG_UNITS.get(folded) or _ANY_CASE.get(folded) or form.lower()
