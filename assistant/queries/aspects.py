"""The aspects of a question that asks for several things at once: each can be searched for by itself. Pure."""

from __future__ import annotations

import re

from ..text import terms, tokens
from ..text.naming import names
from .kinds import compared, without_furniture

MOST = 6
_LONGEST, _LONGEST_SIDE = 400, 8
"""Characters of a question, and words of a side, up to which it is taken apart; what is longer describes."""
_LONGEST_PAIR = 20
_OWN_WORDS = 2
"""Content words that an aspect must have to be searched for by itself."""

_WH = r"(?:which|what|how|who|whom|whose|when|where|why)"
_AUX = r"(?:is|are|was|were|do|does|did|can|could|has|have|should)"
_QUESTIONS = re.compile(
    rf"(?<=[?!])\s+(?=\S)|\s*;\s*(?:and\s+)?|\s*,?\s+and\s+(?:also\s+)?(?=(?:by\s+|to\s+|on\s+|in\s+|with\s+|for\s+)?{_WH}\b)"
    rf"|\s*,\s*(?:and|or)\s+(?={_AUX}\s+\w)",
    re.I,
)
_LEANING = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|this|that|these|those|such|he|him|his|she|her|one|ones|both|each|former"
    r"|latter|there|same|other|others|so)\b|\bthe\s+(?!art\b)\w+"
    r"|\bhow\s+(?:much|many|far|big|large|high|low|long|often|fast|well)\b"
    r"|\bwhat\s+(?:share|percentage|percent|proportion|fraction|part)\b", re.I
)
"""Words by which a later question leans on the one before it: it asks more of the same papers, not for others."""
_BESIDE = re.compile(r"\s*,?\s+(?:and\s+also|as\s+well\s+as|and\s+in\s+addition|plus\s+also|but\s+also)\s+", re.I)
_PREPOSITION = r"(?:on|about|concerning|regarding)"
_FRAMED = re.compile(r"(?:with|by|in|for|on|from|under|according\s+to)\b[^?]*?,", re.I)
_ASKS = re.compile(rf"(?:(?:and|also|or)\s+)*(?:(?:by|to|on|in|with|for|of)\s+)?(?:{_WH}|{_AUX})\b", re.I)
_AGAIN = re.compile(
    rf"\b({_PREPOSITION})\s+(?:both\s+)?(.{{3,120}}?)\s*,?\s+and\s+(?:papers?\s+|work\s+|studies\s+)?\1\s+(.{{3,120}})",
    re.I,
)
_ONE = re.compile(
    r"^(?:which|what|is\s+there|find|show\s+me|name)\s+(?:a\s+|an\s+|the\s+|one\s+)?(?:[\w-]+\s+){0,2}?"
    r"(?:paper|work|study|article|thesis|dissertation|method|approach|model|system|tool|framework|technique|dataset|survey)\b(?!s)",
    re.I,
)
"""A question for one thing: "which tool does A and also B" wants the one that does both."""
_VERSUS = re.compile(r"\s+(?:versus|vs\.?)\s+", re.I)
_NO_SIDE = re.compile(r"[?!;]|^(?:with|to|by|from|which|what|how)\b", re.I)
_FRAME = re.compile(
    r"^\W*(?:(?:differ(?:s|ent)?|compared?|relate[sd]?|approach|handle|each|both|treat|use|to\s+each\s+other|from\s+each\s+other"
    r"|have\s+in\s+common|in\s+the\s+way|in\s+terms\s+of|in\s+how|with\s+respect\s+to|regarding|as|for|on|in|when|at|by|to)\b\s*)+",
    re.I,
)


def aspects_of(text: str) -> tuple[str, ...]:
    """The aspects that a question asks about, two or more, as texts to search for; empty where it is one question.

    The sides of a comparison, each with what they are compared in; several questions of which none leans
    on another ("it", "the model"); and what "and also" or "as well as" puts beside something else.
    """
    if len(text) > _LONGEST:
        return ()
    text = " ".join(text.split())
    for found in (_sides(text), _questions(text), _beside(text)):
        if len(found) > 1:
            return found[:MOST]
    return ()


def _sides(text: str) -> tuple[str, ...]:
    sides = tuple(_VERSUS.split(text.strip(" ?!."))) if len(_VERSUS.findall(text)) > 1 else compared(text)
    at = max((text.rfind(side) + len(side) for side in sides), default=0)
    shared = _FRAME.sub("", text[at:]).strip(" ?!.,;:")
    several = [part.strip() for side in sides for part in re.split(r"\s*,\s*(?:and\s+|or\s+)?", side) if part.strip()]
    if any(len(part.split()) > _LONGEST_SIDE or _NO_SIDE.search(part) for part in several):
        return ()
    return _distinct([f"{part} {shared}".strip() for part in several], least=1) if len(several) > 1 else ()


def _questions(text: str) -> tuple[str, ...]:
    parts = [part.strip(" ,;") for part in _QUESTIONS.split(text) if part and part.strip(" ,;?!.")]
    if len(parts) < 2 or _FRAMED.match(text) or any(_LEANING.search(p) or not _ASKS.match(p) for p in parts[1:]):
        return ()
    return _distinct([without_furniture(part) for part in parts])


def _beside(text: str) -> tuple[str, ...]:
    if _ONE.match(text):
        return ()
    if again := _AGAIN.search(text):
        return _distinct([again[2], again[3].strip(" ?!.,;")])
    parts = [part.strip(" ,;") for part in _BESIDE.split(text)]
    if len(parts) < 2 or len(text.split()) > _LONGEST_PAIR or any(_LEANING.search(part) for part in parts[1:]):
        return ()
    return _distinct([re.sub(rf"^{_PREPOSITION}\s+", "", without_furniture(part), flags=re.I) for part in parts])


def _distinct(parts: list[str], least: int = _OWN_WORDS) -> tuple[str, ...]:
    """The parts, where each has enough words of its own; else none."""
    seen: list[set[str]] = []
    for part in parts:
        own = set(terms(part)) or set(tokens(part))
        enough = len(own) >= least or (own and names(f"x {part}"))
        if not enough or any(own <= other or other <= own for other in seen):
            return ()
        seen.append(own)
    return tuple(parts)
