"""Whether a sentence holds the type of answer that was asked for: a count, a share, a factor, a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .quantities import Quantity, quantities
from .queries import Asked, names
from .text import terms, token_spans

QUANTITIES = ("number", "percentage", "factor", "amount")
"""The wants whose answer is a quantity."""

_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_FACTOR = re.compile(r"\b(?:orders?\s+of\s+magnitude|twice|thrice|double[sd]?|tripled?|half|halve[sd]?|speed-?ups?)\b", re.I)
_SHARE = re.compile(r"\b(?:half|a\s+third|two[\s-]thirds|a\s+quarter|three[\s-]quarters|majority|all|none|most|\d+\s+(?:out\s+)?of\s+\d+)\b", re.I)
_DATE = re.compile(r"\b(?:(?:1[5-9]|20)\d\d|january|february|march|april|june|july|august|september|october|november|december)\b", re.I)
_PERSON = re.compile(r"\bet\s+al\b|\b[A-Z][a-z]+\s+(?:[A-Z]\.\s+)?[A-Z][a-z]+\b")
_DEFINED = re.compile(r"([\w-]+(?:[\s/-][\w-]+){0,7})\s*\(\s*([A-Z][\w-]{1,11})\s*\)")


def short_forms(text: str) -> dict[str, str]:
    """The short forms that `text` defines, as "personal name compounds (PNCs)": short form → its words.

    A short form counts when its letters occur in order in the few words before it, the first one
    at the beginning of a word (Schwartz & Hearst 2003).
    """
    found: dict[str, str] = {}
    for m in _DEFINED.finditer(text):
        short = m[2].rstrip("s") if len(m[2]) > 3 else m[2]
        letters = [c.lower() for c in short if c.isalnum()]
        words = m[1]
        floor = max(0, len(words) - 20 * len(letters))
        at, last = len(words) - 1, len(letters) - 1
        while last >= 0 and at >= floor:
            begins = at == 0 or not words[at - 1].isalnum()
            if words[at].lower() == letters[last] and (last > 0 or begins):
                last -= 1
            at -= 1
        own = words[at + 1 :].strip()
        if last < 0 and own.lower() != short.lower() and len(own) > len(short):
            found.setdefault(m[2], own)
    return found


def initials_fit(letters: str, words: Sequence[str]) -> bool:
    """Whether `letters` begin `words` one after the other; small words may be passed over."""
    at = 0
    for word in words:
        if at < len(letters) and word[:1].lower() == letters[at]:
            at += 1
        elif word.lower() not in ("of", "the", "and", "for", "in", "on", "to", "a", "with", "by"):
            return False
    return at == len(letters) and len(letters) >= 2


def holds(asked: Asked, sentence: str, expansions: Mapping[str, str] | None = None) -> float:
    """How surely `sentence` holds the type of answer wanted: 1 for sure, 0 for not at all.

    A count must stand by the noun counted (`asked.focus`; `expansions` are the paper's own short
    forms), a share must be a percentage, a factor a multiple. Types without a form ("how", "why",
    yes or no) give 0 always.
    """
    wants = asked.wants
    if wants in QUANTITIES:
        usable = [q for q in quantities(sentence) if not (_YEAR.fullmatch(q.text) or (q.word and q.value <= 1))]
        if wants == "percentage":
            shares = [q for q in usable if q.unit in ("%", "points")]
            return _bound(asked, sentence, shares, expansions) if shares else (0.3 if _SHARE.search(sentence) else 0.0)
        if wants == "factor":
            times = [q for q in usable if q.unit == "times"]
            if times:
                return 1.0
            return 0.6 if _FACTOR.search(sentence) else 0.3 if any(q.unit in ("%", "points") for q in usable) else 0.0
        if not usable:
            return 0.0
        if wants == "number":
            counts = [q for q in usable if q.unit in ("", "times", "points") or not asked.focus]
            return _bound(asked, sentence, counts, expansions) if counts else 0.0
        return _bound(asked, sentence, usable, expansions, near=12)
    if wants == "name":
        own = {t.lower() for t in asked.names}
        new = [n for n in names("x " + sentence) if n.lower() not in own]
        focus = terms(asked.focus)
        own_terms = set(_expanded_terms(sentence, expansions))
        by_focus = 0.5 if focus[-1:] and focus[-1] in own_terms else 0.25 * bool(own_terms & set(focus))
        return min(1.0, 0.4 * bool(new) + by_focus + 0.1 * (len(new) > 1))
    if wants == "date":
        return 1.0 if _DATE.search(sentence) else 0.0
    if wants == "person":
        return 0.5 if _PERSON.search(sentence) else 0.0
    if wants == "place":
        return 0.4 if names("x " + sentence) else 0.0
    return 0.0


def _expanded_terms(text: str, expansions: Mapping[str, str] | None) -> list[str]:
    own = terms(text)
    for short, words in (expansions or {}).items():
        if re.search(rf"(?<!\w){re.escape(short.rstrip('s'))}s?(?!\w)", text):
            own += terms(words)
    return own


def _bound(asked: Asked, sentence: str, found: Sequence[Quantity], expansions: Mapping[str, str] | None, near: int = 6) -> float:
    """1 where a quantity stands by the noun asked for, .5 where the noun is elsewhere in the sentence, else .2."""
    wanted = terms(asked.focus)
    if not wanted:
        return 0.8 if found else 0.0
    head = wanted[-1]
    spans = token_spans(sentence)
    shorts = {s.rstrip("s").lower(): set(terms(w)) for s, w in (expansions or {}).items()}
    places = []
    for i, (word, start, _end) in enumerate(spans):
        own = set(terms(word)) | shorts.get(word.rstrip("s"), set())
        if head in own:
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
