"""Text as researchers read it: sentences with offsets, words and terms. Pure, standard library only.

Repair of extraction noise lives in `repair` and is offered here as `repaired`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ..language import words
from .repair import STARTERS, repaired
from .stemming import stem

__all__ = ["STOP_WORDS", "folded", "links", "repaired", "sentences", "term_set", "terms", "token_spans", "tokens"]


# --------------------------------------------------------------------------- sentences

_INSIDE = words("text.sentences.inside")
# "May" is written in full, and most often no month.
_NUMBERED = words("text.sentences.numbered") | (words("calendar.short_months") - {"may"})
_EITHER = words("text.sentences.either")

_END = re.compile(r"[.!?…]+(?:\[\d+(?:\s?[,–-]\s?\d+)*\])?[\"'”’»)\]}]*(?=\s)|[。！？]+[”’」』）]*|\n[^\S\n]*\n\s*")
_NEXT = re.compile(r"\s*[\"'“‘«(\[{*_`]*")
_LAST_WORD = re.compile(r"\S+$")
_WORD_AHEAD = re.compile(r"[^\W_][\w'’-]*")
_LIST_ITEM = re.compile(r"[(\[](?:[a-z]|[ivx]{1,5}|\d{1,2})[)\]]")
_ENUMERATOR = re.compile(r"[(\[]?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})")


def sentences(text: str) -> list[tuple[int, int]]:
    """The (start, end) offsets of the sentences of `text`, in order, without the space around them.

    Abbreviations, decimals, initials and list numbers do not end a sentence; a blank line does.
    Every character that is not space lies in exactly one sentence; empty text has none.
    """
    return list(_sentences(text))


# The same abstracts are read for one question after another.
@lru_cache(maxsize=4096)
def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _END.finditer(text):
        if _ends(text, start, found):
            _add(spans, text, start, found.end())
            start = found.end()
    _add(spans, text, start, len(text))
    return tuple(spans)


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    mark = found.group()
    if mark[0].isspace() or mark[0] in "。！？":
        return True
    opening = _NEXT.match(text, found.end())
    at = opening.end() if opening else found.end()
    if at >= len(text):
        return True
    if "\n" in text[found.end() : at] and re.match(r"[^\S\n]*\n[^\S\n]*\n", text[found.end() : at]):
        return True
    ahead = _WORD_AHEAD.match(text, at)
    word = ahead.group() if ahead else text[at]
    lower = word[0].islower() and word.islower() and not _LIST_ITEM.match(text, at - 1)
    if mark[0] in "!?" or mark.startswith(("..", "…")):
        return not lower
    # The word before the mark, seen through a bounded window so that a huge line stays cheap.
    before = _LAST_WORD.search(text, max(start, found.start() - 60), found.start())
    last = before.group().lstrip("\"'“‘«([{*_") if before else ""
    if not text[start : found.start()].strip():
        return False
    if found.start() - start <= 8 and _ENUMERATOR.fullmatch(text[start : found.start()].strip()):
        return False
    key = last.lower()
    after_dash = re.split(r"[-–—/]", key)[-1]
    if len(mark) == 1 or not lower:
        if key in _INSIDE or after_dash in _INSIDE:
            return len(mark) > 1 and not lower and key not in ("e.g", "i.e")
        if key in _NUMBERED:
            label = word[0].isdigit() or text[at - 1] in "([" or (len(word) <= 3 and word.isupper())
            return not (label or lower)
        if key in _EITHER or re.fullmatch(r"(?:[a-z]\.)+[a-z]", key):
            return word in STARTERS or (len(mark) > 1 and not lower)
        if len(last) == 1 and last.isupper():
            return word in STARTERS or len(mark) > 1
    if lower:
        return len(mark) == 1 and len(last) >= 4 and ((last.isalpha() and last[1:].islower()) or "://" in last)
    return True


# --------------------------------------------------------------------------- links

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"“”{}|\\^`]+", re.I)


def links(text: str) -> list[tuple[int, int]]:
    """The (start, end) offsets of the web addresses in `text`, without punctuation that follows them."""
    found = []
    for match in _LINK.finditer(text):
        start, end = match.span()
        while end > start and (text[end - 1] in ".,;:!?'’\"*" or _unbalanced(text[start:end])):
            end -= 1
        if end - start > 8:
            found.append((start, end))
    return found


def _unbalanced(address: str) -> bool:
    return any(address.endswith(b) and address.count(b) > address.count(a) for a, b in ("()", "[]"))


# --------------------------------------------------------------------------- words

_MARKS = "\u0300-\u036f"
_TOKEN = re.compile(
    r"\d{1,3}(?:[,\u00a0\u202f\u2009 ]\d{3})+(?![\d\w])(?:\.\d+)?(?:\s?%|\s?percent\b)?"
    r"|\d+(?:\.\d+)+(?:\s?%|\s?percent\b|[^\W\d_]+)?"
    r"|\d+(?:\s?%|\s?percent\b)"
    rf"|[^\W_](?:[^\W_]|[{_MARKS}])*(?:['’][^\W\d_]{{1,2}}\b)?"
)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def token_spans(text: str) -> list[tuple[str, int, int]]:
    """The words of `text` in order, each with its offsets: lower-cased, accents and possessives folded.

    Parts of hyphenated compounds count apart. Numbers are kept: "5,700" and "5 700" both give
    "5700", "8.7 %" gives "8.7%". A lone Greek letter gives its name; wide (CJK) characters count
    one by one.
    """
    return list(_short_spans(text)) if len(text) <= _SHORT_TEXT else _spans(text)


def _spans(text: str) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        word = match.group()
        if not word.isascii() and _WIDE.search(word):
            found += [(folded(char), start + i, start + i + 1) for i, char in enumerate(word)]
        elif plain := folded(word):
            found.append((plain, start, end))
    return found


_SHORT_TEXT = 800
"""Characters of a text whose words are worth keeping with their places: a sentence, not a page."""


@lru_cache(maxsize=4096)
def _short_spans(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple(_spans(text))


def tokens(text: str) -> list[str]:
    """The words of `text` in order, as `token_spans` folds them."""
    return list(_tokens(text))


# The same sentences are read for one question after another.
@lru_cache(maxsize=8192)
def _tokens(text: str) -> tuple[str, ...]:
    if text.isascii():
        return tuple(filter(None, map(folded, _TOKEN.findall(text))))
    return tuple(word for word, _, _ in _spans(text))


@lru_cache(maxsize=65536)
def folded(word: str) -> str:
    """One word for comparison: lower case, no accents, no possessive, digits ungrouped, Greek named."""
    word = word.replace("’", "'").casefold()
    if not word.isascii():
        if len(word) == 1 and "\u0370" <= word <= "\u03ff":
            return unicodedata.name(word, word).rsplit(" ", 1)[-1].lower().replace("lamda", "lambda")
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)).casefold()
    if word[:1].isdigit():
        word = re.sub(r"\s?percent$", "%", word)
        return re.sub(r"[,\s]", "", word)
    return word.removesuffix("'s").removesuffix("'")


STOP_WORDS = words("text.stop_words")


def terms(text: str) -> list[str]:
    """The content words of `text` in order: stop words dropped, English words stemmed (Porter)."""
    return list(_terms(text))


@lru_cache(maxsize=8192)
def term_set(text: str) -> frozenset[str]:
    """The content words of `text`, each once."""
    return frozenset(_terms(text))


@lru_cache(maxsize=8192)
def _terms(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in _tokens(text) if word not in STOP_WORDS)
