"""Questions in other languages than the papers': the words that ask and join become English. Pure.

No translation: names and words of the subject stay as they are written, since only those can stand in a paper. A
language's words, or its patterns where it has a script of its own, stand under `asking` in its file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from . import ENGLISH, entry, languages, table, words


@dataclass(frozen=True, slots=True)
class Worded:
    """A question whose asking words are English; `language` is the one it was in, "" for English or unknown."""

    text: str
    language: str = ""


def in_english(text: str) -> Worded:
    """The question with the words that ask, join and speak of papers in English; unchanged where it is English.

    A language is known by two of its small words, by one beside a word that asks at the beginning, or by asking in
    several words ("wie viele"); scripts that are not Latin by the words that ask. What is quoted stays.
    """
    head, tail = text[:_LONGEST], text[_LONGEST:]
    if not head.isascii():
        for name, signs in _scripts():
            replaced = head
            for sign, english in signs:
                replaced = sign.sub(english, replaced)
            if replaced != head:
                return Worded(" ".join(replaced.translate(_WIDE).split()) + tail, name)
    code = _language(head)
    if not code:
        return Worded(text)
    english_of, pattern = _replacements(code)
    elided = _asking(code).get("elided", False)
    parts = re.split(r"([\"“„«»”][^\"“„«»”]*[\"“«»”])", head)
    for k in range(0, len(parts), 2):
        part = _ELIDED.sub("", parts[k]) if elided else parts[k]
        parts[k] = pattern.sub(lambda m: english_of[" ".join(m[0].casefold().split())], part)
    english = " ".join("".join(parts).split()).lstrip("¿¡ ")
    return Worded(english[:1].upper() + english[1:] + tail, _asking(code)["name"])


@cache
def worded_languages() -> tuple[str, ...]:
    """The codes of the languages that are known by their words, in the order in which they are tried."""
    return _ranked("words")


@cache
def vocabulary(code: str) -> dict[str, str]:
    """A language's own words, each with the English that takes its place; "" for those that only join."""
    return {own: english for english, owns in table("asking.words", code).items() for own in owns}


_LONGEST = 2_000
"""Characters of a question that are read; what follows was pasted."""
_LEAST = 2
_WIDE = str.maketrans("？。，：；（）", "?.,:;()")
_ELIDED = re.compile(r"(?<!\w)(?:[ldnsjmtc]|un|all|dell|nell|sull)['’](?=\w)", re.I)
_WORD = re.compile(r"[^\W\d_]+")


def _asking(code: str) -> Mapping[str, Any]:
    section: Mapping[str, Any] = entry("asking", code)
    return section


def _ranked(part: str) -> tuple[str, ...]:
    having = (code for code in languages() if code != ENGLISH and part in _asking(code))
    return tuple(sorted(having, key=lambda code: _asking(code)["rank"]))


@cache
def _scripts() -> tuple[tuple[str, tuple[tuple[re.Pattern[str], str], ...]], ...]:
    """The languages that are known by their script: name, and patterns with the English that takes their place."""
    return tuple(
        (_asking(code)["name"], tuple((re.compile(sign), english) for sign, english in _asking(code)["signs"]))
        for code in _ranked("signs")
    )


def _language(text: str) -> str:
    """The code of the language whose small words the text has, most of them first; "" where too few are there."""
    folded = [w.casefold() for w in _WORD.findall(text)]
    run = f" {' '.join(folded)} "
    best, most = "", 0
    for code in worded_languages():
        telling, asking, phrases = _signs(code)
        own = {w for w in folded if w in telling}
        count = len(own) + bool(own and folded and folded[0] in asking) + 2 * any(p in run for p in phrases)
        if count > most:
            best, most = code, count
    return best if most >= _LEAST else ""


@cache
def _signs(code: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words that tell a language (those that are English too left out), those it asks with, and how it asks in
    several words."""
    english_too = words("text.stop_words") | words("other_languages.shared")
    own_words = vocabulary(code)
    asks = words("other_languages.asking")
    asking = [own.casefold() for own, english in own_words.items() if english.partition(" ")[0] in asks]
    phrases = (" ".join(_WORD.findall(own)) for own in asking)
    return (
        frozenset(w.casefold() for w in own_words if " " not in w and w not in english_too and len(w) > 1),
        frozenset(own.split()[0] for own in asking),
        frozenset(f" {p} " for p in phrases if " " in p),
    )


@cache
def _replacements(code: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """A language's words in lower case with the English ones, and the pattern that finds them, the longest first."""
    own_words = vocabulary(code)
    longest = sorted(own_words, key=len, reverse=True)
    source = "|".join(re.escape(own).replace(r"\ ", r"\s+") for own in longest)
    # "Wie groß" folds to "wie gross".
    return {own.casefold(): english for own, english in own_words.items()}, re.compile(
        rf"(?<![\w:@-])(?:{source})(?![\w:@-])", re.I
    )
