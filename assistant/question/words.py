"""The words of a question with their places, and runs of them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..language import either, listed, pattern, words

LONGEST = 4_000
"""Characters that are read for what a question asks; the rest is words to search for."""
_WORD = re.compile(r"[^\s,;:?!()\[\]\"“”|+]+|[,;:?!()\[\]|+]")
_SLIPS = {slip: row.split()[0] for row in listed("question.slips") for slip in row.split()[1:]}


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a mark of a text, in lower case too, and its offsets."""

    text: str
    low: str
    start: int
    end: int

    @property
    def mark(self) -> bool:
        """Whether it is a mark that parts phrases."""
        return not any(c.isalnum() for c in self.text)


def words_of(text: str) -> list[Word]:
    """The words and marks of a text."""
    return [
        Word(m[0], m[0].lower().replace("’", "'").rstrip(".") or m[0], m.start(), m.end()) for m in _WORD.finditer(text)
    ]


def tidy(text: str) -> str:
    """A question's text on one line, slips in the words that ask put right."""
    line = " ".join("".join(c if c.isprintable() and c not in "¿¡" else " " for c in text).split())
    first, _, rest = line.partition(" ")
    if (right := _SLIPS.get(first.lower())) is not None:
        line = f"{right.capitalize() if first[:1].isupper() else right} {rest}".rstrip()
    return _THEN.sub("than", line)


_THEN = re.compile("|".join(rf"(?<=\b{word}\s)then\b" for word in listed("question.comparatives")), re.I)
"""A slip for "than"."""


def without_start(text: str, *paths: str) -> str:
    """The text without the words or phrases at its start; they may come one after another."""
    opening = pattern(*paths)
    while (found := opening.match(text)) and (rest := text[found.end() :].lstrip(" ,.!:;-")):
        text = rest
    return text


def has(path: str, text: str) -> bool:
    """Whether one of the words or phrases at a path stands in the text."""
    return bool(pattern(path).search(text))


def bare(text: str, path: str) -> list[str]:
    """The words of a text, in lower case, that are not among those at a path."""
    known = words(path)
    return [
        w.low for w in words_of(text) if not w.mark and w.low not in known and w.low.removesuffix("'s") not in known
    ]


_CLAUSE = re.compile(rf"(?:^|[:;.?!,–—]\s+|\s-\s+)(?:{either('question.joining')}\s+)*")
_ASKS = re.compile(
    rf"(?:(?:{either('question.prepositions')})\s+)?(?P<wh>{either('question.asks')})\b|(?P<aux>{either('question.opening_auxiliaries')})\b",
    re.I,
)


def asking(text: str) -> tuple[str, int]:
    """The word that asks, in lower case, and where its clause begins: the first clause that opens with one; an
    auxiliary that opens a clause asks for yes or no. ("", 0) where no clause asks."""
    for start in _CLAUSE.finditer(text):
        if found := _ASKS.match(text, start.end()):
            return (found["wh"] or found["aux"]).lower(), start.end()
    return "", 0
