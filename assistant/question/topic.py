"""What a question is about and what is searched for: its words without those that ask. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..language import either, words
from ..text import STOP_WORDS, terms, tokens
from .plan import Part
from .words import LONGEST, asking, without_start, words_of

MOST = 6
_LONGEST_COMPARISON, _LONGEST_SIDE = 40, 10
"""Words of a question whose sides are searched for each, and of a side: in what is longer they are parts of prose."""
_LIBRARY = re.compile(rf"(?<!\w){either('question.nouns.in_library')}(?!\w)", re.I)
_COLUMNS = re.compile(r"^(?P<rest>[^|]{3,300}?)\s*\|\s*(?P<columns>[^|]+(?:\|[^|]+)*)$")
_COLUMN_WORD = re.compile(r"\b(?:with\s+)?(?:the\s+)?columns?\s*(?::|for|are|being|-)?\s+", re.I)
_TABLE = re.compile(rf"\b{either('question.cues.table')}\b", re.I)
_AND = re.compile(r"\s*[,;|+]\s*(?:and\s+)?|\s+and\s+|\s*\n\s*")
_LEANING = re.compile(
    rf"\b{either('question.refers.pronouns', 'question.refers.demonstratives', 'question.refers.plural')}\b"
    rf"|\bthe\s+(?!art\b)\w+|\b{either('question.cues.how_many')}\b",
    re.I,
)
"""Words by which a later part leans on the one before it: it asks more of the same papers, not for others."""

def columns_of(text: str) -> tuple[str, tuple[str, ...]]:
    """The text of a table request without its columns, and these, as written."""
    if not _TABLE.search(text):
        return text, ()
    if found := _COLUMNS.match(text):
        return found["rest"], _split(found["columns"].split("|"))
    if (found := _COLUMN_WORD.search(text)) and len(cells := _split(_AND.split(text[found.end() :]))) > 1:
        return text[: found.start()].rstrip(" ,;:("), cells
    head, colon, tail = text.rpartition(":")
    if not colon or not tail.strip() or len(head.split()) < 3:
        return text, ()
    if not terms(head) or _TABLE.search(tail):
        # "…: name + what they measure, as a table" has its order to make one at the end.
        tail = re.sub(rf"[,;]?\s*(?:as|in)\s+(?:a|the)\s+{either('question.cues.table')}\W*$", "", tail, flags=re.I)
    return head, _split(_AND.split(tail))


def _split(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cell for c in cells if (cell := c.strip(" ?!.,;:()")) and len(cell) <= 80))[:8]


def topic_of(text: str) -> str:
    """The text without the words that ask at its start and end, and without those for the library; the text itself
    where nothing would be left."""
    head, tail = text[:LONGEST], text[LONGEST:]
    out = _plain(head)
    run = words_of(out)
    start, end = 0, len(run)
    while start < end and (run[start].mark or _furniture(run[start].low)):
        start += 1
    while end > start and (
        (run[end - 1].mark and run[end - 1].text not in ")]") or run[end - 1].low in words("question.polite")
    ):
        end -= 1
    if start == end:
        return (head.strip(" ?!.") or head) + tail
    return out[run[start].start : run[end - 1].end] + tail


def _plain(text: str) -> str:
    return " ".join(_LIBRARY.sub(" ", without_start(text, "question.polite")).split())


def search_text(text: str) -> str:
    """What is searched for: the question without its openings and without words for the library."""
    head, tail = text[:LONGEST], text[LONGEST:]
    out = _plain(head).rstrip(" ?!.")
    return (out if sum(c.isalnum() for c in out) >= 3 else head.strip()) + tail


def queries_of(first: str, text: str, sides: Sequence[str], parts: Sequence[Part]) -> tuple[str, ...]:
    """What is searched for: the whole first, then each side with what they are compared in, or each part that
    stands for itself."""
    aspects: list[str] = []
    if sides and len(text.split()) <= _LONGEST_COMPARISON and all(map(_is_thing, sides)):
        at = max(text.rfind(side) + len(side) for side in sides)
        shared = " ".join(
            w.text for w in words_of(text[at:]) if not w.mark and w.low not in STOP_WORDS and not _furniture(w.low)
        )
        aspects = [f"{side} {shared}".strip() for side in sides]
    elif len(parts) > 1 and all(asking(p.text)[0] and not _LEANING.search(p.text) for p in parts[1:]):
        aspects = [topic_of(p.text) for p in parts]
    own = [set(terms(a)) or set(tokens(a)) for a in aspects]
    apart = all(a and not any(a <= b for j, b in enumerate(own) if j != k) for k, a in enumerate(own))
    return tuple(dict.fromkeys([first, *(aspects if apart else ())]))[: MOST + 1]


def _is_thing(side: str) -> bool:
    """Whether a side is short, and more than a word for any finding ("the results")."""
    return len(side.split()) <= _LONGEST_SIDE and bool(set(tokens(side)) - words("question.nouns.things") - STOP_WORDS)


def _furniture(low: str) -> bool:
    return low in words("question.furniture.words") or low.removesuffix("'s") in words("question.furniture.words")
