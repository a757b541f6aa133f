"""Numbers in text, with their units, so that "5 700", "5,700", "5700" and "5.7k" are one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


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


_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_WORDS: dict[str, int] = {word: i for i, word in enumerate(_ONES)} | _TENS | {"dozen": 12, "twice": 2, "thrice": 3}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "billion": 1e9, "b": 1e9, "bn": 1e9,
    "trillion": 1e12, "t": 1e12, "tn": 1e12,
}  # fmt: skip
_UNITS: dict[str, str] = {}
for _name, _forms in {
    "%": "% percent per\\s+cent \\\\%",
    "points": "percentage\\s+points? points? pp %\\s+points?",
    "times": "times × x fold -fold X",
    "ns": "ns nanoseconds?",
    "µs": "µs μs us mus microseconds?",
    "ms": "ms milliseconds?",
    "s": "s secs? seconds?",
    "min": "mins? minutes?",
    "h": "h hrs? hours?",
    "d": "days?",
    "weeks": "weeks?",
    "months": "months?",
    "years": "years? yrs?",
    "kB": "kB KB kilobytes?",
    "MB": "MB megabytes? MiB",
    "GB": "GB gigabytes? GiB",
    "TB": "TB terabytes? TiB",
    "bits": "bits?",
    "Hz": "Hz hertz",
    "kHz": "kHz",
    "MHz": "MHz",
    "GHz": "GHz",
    "nm": "nm nanomet(?:er|re)s?",
    "µm": "µm μm um mum micromet(?:er|re)s?",
    "mm": "mm millimet(?:er|re)s?",
    "cm": "cm centimet(?:er|re)s?",
    "m": "met(?:er|re)s?",
    "km": "km kilomet(?:er|re)s?",
    "µg": "µg μg ug micrograms?",
    "mg": "mg milligrams?",
    "g": "g grams?",
    "kg": "kg kilograms?",
    "ml": "ml mL millilit(?:er|re)s?",
    "l": "lit(?:er|re)s?",
    "°C": "°C degrees?\\s+celsius",
    "°": "° degrees?",
    "W": "watts?",
    "kW": "kW kilowatts?",
    "$": "dollars? USD",
    "€": "euros? EUR",
    "dB": "dB decibels?",
    "FLOPs": "FLOPs?",
}.items():
    for _form in _forms.split():
        _UNITS[_form] = _name
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_UNIT_OF = [(re.compile(form, re.I if len(form) > 3 else 0), name) for form, name in _UNITS.items()]

_DIGITS = r"\d{1,3}(?:[,\u00a0\u202f\u2009 ]\d{3})+(?:\.\d+)?(?![\d.]*\d)|\d+(?:\.\d+)?|\.\d+"
_NUMBER_WORD = (
    rf"(?:{'|'.join(_TENS)})(?:[-\s](?:{'|'.join(_ONES[1:10])}))?|"
    rf"{'|'.join(sorted(_ONES, key=len, reverse=True))}|dozen|twice|thrice"
)
_SCALE = r"(?:\s?(?:[kKMBT]|[bmt]n)(?![\w])|[-\s]?(?:hundred|thousand|million|billion|trillion)s?\b)"
_QUANTITY = re.compile(
    rf"(?<![\w.@^])(?P<sign>(?:US|AU?|CA?|NZ|HK)?[$€£]\s?)?(?P<digits>{_DIGITS})(?P<scale>{_SCALE})?"
    rf"(?:\s?(?P<unit>{_UNIT})(?![^\W_]))?(?!\.?\d)"
    rf"|(?<![\w-])(?P<words>{_NUMBER_WORD})(?P<wscale>[-\s](?:hundred|thousand|million"
    rf"|billion)\b)?(?:[-\s]?(?P<wunit>{_UNIT})(?![^\W_]))?(?![^\W_])",
    re.I,
)
_IDENTIFIER = re.compile(r"[^\W\d_][-_]?$")
_PREFIX = re.compile(r"(?:^|\s)(?:top|sub|pre|mid|non|over|under)-$", re.I)
_RANGE = re.compile(r"\s?(?:-|–|—|--|to|~|∼|and|vs\.?|versus)\s?")


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
    return float(sum(_WORDS[w] for w in re.split(r"[-\s]+", words.lower()) if w in _WORDS))


def _scale(words: str | None) -> float:
    key = (words or "").strip(" -").lower()
    return 1.0 if not key else _SCALES.get(key, _SCALES.get(key.rstrip("s"), 1.0))


def _unit(form: str | None) -> str:
    """The unit's short name. Case counts for short forms only ("MB", "mb")."""
    if not form:
        return ""
    return next(
        (name for pattern, name in _UNIT_OF if pattern.fullmatch(form)),
        next((name for pattern, name in _UNIT_OF if re.fullmatch(pattern.pattern, form, re.I)), form.lower()),
    )
