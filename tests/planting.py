"""Faults planted in right sentences, by a seed: a number, a unit, a name, a negation or the cited paper is changed.

Every planter takes a sentence and gives the changed one, or None where it holds nothing of the kind.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

KINDS = ("number", "unit", "name", "negation", "paper")

_NUMBER = re.compile(r"(?<![\w.@^-])(\d{1,3}(?:[ ,]\d{3})+|\d+(?:\.\d+)?)(?![\w]*-?[A-Za-z]*\d)(?=[\s%,.;:)×]|times|$)")
_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve"]
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.I)
_UNITS = {
    "%": ["points", " times"],
    "percent": ["points"],
    "×": ["%", " points"],
    "times": ["percent"],
    "billion": ["million"],
    "million": ["billion"],
    "ms": ["s"],
    "seconds": ["minutes", "hours"],
    "second": ["minute"],
    "minutes": ["seconds"],
    "hours": ["days", "minutes"],
    "µs": ["ms"],
    "mus": ["ms"],
    "microseconds": ["milliseconds"],
    "milliseconds": ["seconds"],
    "GB": ["MB"],
    "MB": ["GB"],
    "years": ["months"],
    "days": ["years"],
    "kHz": ["Hz"],
    "mm": ["cm"],
}
_UNIT = re.compile(
    r"(?<=\d)(\s?)(%|×|times|percent|billion|million|ms|seconds?|minutes|hours|µs|mus|microseconds|milliseconds|GB"
    r"|MB|years|days|kHz|mm)(?![A-Za-z])"
)
_NAME = re.compile(r"(?<![\w-])(?:[A-Z][a-z]*[A-Z][A-Za-z]*(?:-[A-Za-z0-9]+)*|[A-Z]{2,}[a-z]?(?:-[A-Z0-9]+)*)(?![\w-])")
_OTHER_NAMES = ("Zephyr-XL", "QuarkNet", "BORIS", "TangoFlow", "MIRFAK", "DeltaPrune", "HexaBench", "KUMO-3")
_AUXILIARY = re.compile(r"\b(is|are|was|were|can|does|do|has|have|will|could|may)\b(?!\s+(?:not|no)\b)")
_VERB = {
    "improves": "reduces",
    "improve": "reduce",
    "outperforms": "underperforms",
    "outperform": "underperform",
    "increases": "decreases",
    "increase": "decrease",
    "reduces": "increases",
    "reduce": "increase",
    "achieves": "does not achieve",
    "shows": "does not show",
    "show": "do not show",
    "demonstrates": "does not demonstrate",
    "demonstrate": "do not demonstrate",
    "higher": "lower",
    "lower": "higher",
    "better": "worse",
    "without": "with",
    "enables": "does not enable",
    "requires": "does not require",
    "provides": "does not provide",
    "allows": "does not allow",
}


def number(sentence: str, rng: random.Random) -> str | None:
    """The sentence with one number changed."""
    found = list(_NUMBER.finditer(sentence))
    if found:
        m = rng.choice(found)
        digits = m[1]
        places = [i for i, c in enumerate(digits) if c.isdigit()]
        at = rng.choice(places)
        # A leading zero would be the same number written otherwise.
        choices = [d for d in "123456789" if d != digits[at]]
        return sentence[: m.start(1)] + digits[:at] + rng.choice(choices) + digits[at + 1 :] + sentence[m.end(1) :]
    words = list(_NUMBER_WORD.finditer(sentence))
    if words:
        m = rng.choice(words)
        return sentence[: m.start()] + rng.choice([w for w in _WORDS if w != m[0].lower()]) + sentence[m.end() :]
    return None


def unit(sentence: str, rng: random.Random) -> str | None:
    """The sentence with one unit changed."""
    found = list(_UNIT.finditer(sentence))
    if not found:
        return None
    m = rng.choice(found)
    other = rng.choice(_UNITS[m[2]]).strip()
    return sentence[: m.start()] + " " + other + sentence[m.end() :]


def name(sentence: str, rng: random.Random) -> str | None:
    """The sentence with one name replaced by another."""
    found = [m for m in _NAME.finditer(sentence) if m[0] not in ("LLM", "LLMs", "AI", "NLP", "ML")]
    if not found:
        return None
    m = rng.choice(found)
    return sentence[: m.start()] + rng.choice(_OTHER_NAMES) + sentence[m.end() :]


def negation(sentence: str, rng: random.Random) -> str | None:
    """The sentence turned round: "not" put in or taken out, or a direction reversed."""
    taken = re.search(r"\b(?:is|are|was|were|can|do|does|has|have)\s+(not)\s", sentence)
    if taken:
        return sentence[: taken.start(1)] + sentence[taken.end(1) + 1 :]
    verbs = [m for m in re.finditer(r"\b\w+\b", sentence) if m[0] in _VERB]
    auxiliaries = list(_AUXILIARY.finditer(sentence))
    if verbs and (not auxiliaries or rng.random() < 0.6):
        m = rng.choice(verbs)
        return sentence[: m.start()] + _VERB[m[0]] + sentence[m.end() :]
    if auxiliaries:
        m = rng.choice(auxiliaries)
        return sentence[: m.end()] + " not" + sentence[m.end() :]
    return None


PLANTERS: dict[str, Callable[[str, random.Random], str | None]] = {
    "number": number,
    "unit": unit,
    "name": name,
    "negation": negation,
}


def planted(rows: Sequence[tuple[str, str]], kind: str, count: int = 200, seed: int = 0) -> list[tuple[str, str]]:
    """Up to `count` (changed sentence, its source) out of (right sentence, source) rows.

    For `paper` the sentence stays and the source is another row's.
    """
    rng = random.Random(f"{seed}-{kind}")
    order = list(rows)
    rng.shuffle(order)
    out: list[tuple[str, str]] = []
    for k, (sentence, source) in enumerate(order):
        if len(out) == count:
            break
        if kind == "paper":
            out.append((sentence, order[(k + 1) % len(order)][1]))
            continue
        changed = PLANTERS[kind](sentence, rng)
        if changed is not None and changed != sentence:
            out.append((changed, source))
    return out
