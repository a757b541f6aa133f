"""What a measuring word asks for ("how fast", "how many hours"), and whether a sentence gives it. Pure.

A measure is known by the adjective of the question; a sentence gives it by a unit, or by a bare number that
stands by a word of that measure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..text.quantities import quantities

_TIME = ("ns", "µs", "ms", "s", "min", "h", "d", "weeks", "months", "years")
_LENGTH = ("nm", "µm", "mm", "cm", "m", "km")
_BYTES = ("bits", "kB", "MB", "GB", "TB")
_WEIGHT = ("µg", "mg", "g", "kg")
_FAMILIES = (_TIME, _LENGTH, _BYTES, _WEIGHT, ("ml", "l"), ("Hz", "kHz", "MHz", "GHz"), ("W", "kW"), ("°C", "°"))

_CORRECT = (
    r"accura\w*|precis\w*|recall|correct\w*|errors?|f1|auc|auroc|auprc|sensitivity|specificity|agree\w*|correlat\w*"
    r"|r2|rmse|mae|mse|kappa|score[sd]?|exact\s+match|wer|bleu|success\s+rates?|hit\s+rates?"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """What gives a measure: a quantity with one of `units`, or a number near `words`; or `phrases` without a number.

    With `bound`, a unit counts only in a sentence that also holds one of the words.
    """

    units: tuple[str, ...] = ()
    words: str = ""
    phrases: str = ""
    bound: bool = False
    reach: int = 40
    """How many characters a bare number may be away from a word."""


_IN_TIME = (
    r"\b(?:(?:less|fewer|more)\s+than|under|within|in(?:\s+(?:only|just|about|around|under))?|per|takes?)\s+"
    r"(?:an?|one|half\s+an?)\s+(?:\w+second|second|minute|hour|day|week)\b|\breal[\s-]time\b"
)
_MEASURES: dict[str, Measure] = {
    "speed": Measure(
        (*_TIME, "Hz", "kHz", "MHz", "GHz"),
        r"speed-?ups?|fast\w*|slow\w*|quick\w*|accelerat\w*|throughput|latency|fps|per\s+second|times\s+less\s+time",
        rf"{_IN_TIME}|\borders?\s+of\s+magnitude\s+(?:faster|slower|quicker|speed)",
    ),
    "duration": Measure(_TIME, phrases=_IN_TIME),
    "size": Measure(
        _BYTES,
        r"parameters?|params|weights?|layers?|neurons|units|tokens?|words|sentences|documents|samples?|examples?"
        r"|instances|images?|videos|objects|records|items|entries|rows|pairs|questions|papers|articles|people"
        r"|participants|patients|subjects|users|nodes|edges|dimensions?|size|larger?|big|small",
    ),
    "accuracy": Measure(("%", "points"), _CORRECT, bound=True),
    "length": Measure(
        (*_TIME, *_LENGTH),
        r"tokens?|words|characters|sentences|pages|frames|steps|turns|lines|lengths?(?:\s+\w+){0,2}|windows?\s+of",
    ),
    "distance": Measure(_LENGTH, r"steps|hops|pixels"),
    "weight": Measure(_WEIGHT),
    "price": Measure(("$", "€", "£"), r"costs?|price|dollars|budget"),
    "age": Measure(("d", "weeks", "months", "years"), r"aged?|old"),
    "rate": Measure(("%", "times", "Hz"), r"times?|per|every|rates?|frequen\w*|often|cases", bound=True),
    "depth": Measure(_LENGTH, r"layers?|blocks?|deep|depth|levels?"),
    "width": Measure(_LENGTH, r"units|neurons|channels|wide|width|dimensions?"),
    "heat": Measure(("°C", "°"), r"kelvin|temperature"),
}
_ADJECTIVES = {
    "fast": "speed", "quick": "speed", "quickly": "speed", "slow": "speed", "rapidly": "speed",
    "big": "size", "large": "size", "small": "size", "accurate": "accuracy", "accurately": "accuracy",
    "precise": "accuracy", "precisely": "accuracy",
    "long": "length", "short": "length", "far": "distance", "heavy": "weight",
    "expensive": "price", "cheap": "price", "costly": "price", "old": "age", "young": "age", "often": "rate",
    "frequently": "rate", "deep": "depth", "wide": "width", "hot": "heat", "warm": "heat", "cold": "heat",
}  # fmt: skip
ADJECTIVES = "|".join(sorted(_ADJECTIVES, key=len, reverse=True))
"""The adjectives and adverbs that ask for a measure after "how", as a pattern."""
_IN_WORDS = ("speed", "accuracy")
"""Measures that papers also give without a number ("faster than …")."""
_COSTS = re.compile(
    r"\b(?:how\s+much\s+(?:money|funding)\b|how\s+much\b.*\b(?:costs?|charged?|pa(?:y|id|ys)|spen[dt])|what\s+(?:do|does|did|would|will)\b.*\bcost)\b",
    re.I,
)
_OF_DATA_BEFORE = re.compile(
    r"\b(?:data|datasets?|corpus|audio|videos?|speech|footage|recordings?|conversations?)\b[^.;]{0,30}$", re.I
)
_OF_DATA_AFTER = re.compile(r"\s+of\s+(?!(?:training|comput\w*|inference|wall|work|runtime|gpu|cpu|tpu)\b)", re.I)
"""Where hours measure how much there is to hear or see, not how long a thing takes."""
_TAKES = re.compile(r"\b(?:take|takes|took|last|lasts|lasted|run|runs|ran|spent)\b", re.I)


def measure_of(text: str) -> str:
    """The measure that "how fast", "how large", "how much does it cost" … asks for; "" for none."""
    if _COSTS.search(text):
        return "price"
    found = re.search(rf"\bhow\s+(?:\w+ly\s+)?({ADJECTIVES})\b", text, re.I)
    if not found:
        return ""
    measure = _ADJECTIVES[found[1].lower()]
    return "duration" if measure == "length" and _TAKES.search(text) else measure


def gives(measure: str, sentence: str) -> float:
    """How surely the sentence gives the measure: 1 by its unit or beside its word, 0.3 in words only, else 0."""
    wanted = _MEASURES[measure]
    if wanted.phrases and re.search(wanted.phrases, sentence, re.I):
        return 1.0
    word = re.compile(rf"\b(?:{wanted.words})(?!\w)", re.I) if wanted.words else None
    for q in quantities(sentence):
        if (q.word and q.value <= 1) or re.fullmatch(r"(?:1[5-9]|20)\d\d", q.text):
            continue
        near = sentence[max(0, q.start - wanted.reach) : q.end + wanted.reach]
        by_word = bool(word and word.search(near))
        of_data = _OF_DATA_BEFORE.search(sentence[: q.start]) or _OF_DATA_AFTER.match(sentence, q.end)
        if measure == "size" and q.unit in _TIME and of_data:
            return 1.0
        heard = of_data and measure in ("speed", "duration")
        if q.unit in wanted.units and (by_word or not wanted.bound) and not heard:
            return 1.0
        if by_word and q.unit in ("", "times") and not (measure == "size" and q.unit):
            return 1.0
    return 0.3 if measure in _IN_WORDS and word and word.search(sentence) else 0.0


def unit_asked(focus: str) -> tuple[str, ...]:
    """The units that answer "how many hours": the one named first, then those next to it in size (minutes, days);
    none where no unit is named."""
    for word in focus.split()[:1]:
        found = quantities(f"7 {word}")
        if len(found) == 1 and found[0].unit and found[0].end == len(word) + 2 and len(word) > 2:
            unit = found[0].unit
            family = next((f for f in _FAMILIES if unit in f), (unit,))
            at = family.index(unit)
            return (unit, *family[max(0, at - 1) : at], *family[at + 1 : at + 2])
    return ()
