"""What the short forms in a library stand for, by the papers' own definitions. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from . import terms
from .naming import short_forms

_BRACKETS = re.compile(r"\(\s*([^()\n]{2,90}?)\s*\)")
_SHORT = re.compile(r"[A-Z][A-Za-z0-9-]{1,10}")
_BEFORE = re.compile(r"(?<![\w-])([A-Z][A-Za-z0-9-]{1,10})\s*$")
_WINDOW = 140


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a short form stands for: its words as most papers write them, and those papers."""

    words: str
    paper_ids: tuple[str, ...]


def meanings(texts: Iterable[tuple[str, str]]) -> dict[str, tuple[Meaning, ...]]:
    """Each short form that the texts (paper id, text) define, with its meanings, that of most papers first."""
    return grouped((paper_id, short, words) for paper_id, text in texts for short, words in defined(text))


def grouped(definitions: Iterable[tuple[str, str, str]]) -> dict[str, tuple[Meaning, ...]]:
    """Each short form of the definitions (paper id, short form, words) with its meanings, that of most papers first.

    Spellings that differ in case, hyphens or endings are one meaning.
    """
    found: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for paper_id, short, words in definitions:
        found[short][_key(words)].append((paper_id, words))
    out: dict[str, tuple[Meaning, ...]] = {}
    for short, by_words in found.items():
        # "(multi-)modal large language models": the letters may be found in less than the whole.
        for part in sorted(by_words, key=len):
            whole = next((w for w in sorted(by_words) if w != part and w.endswith(part)), None)
            if whole is not None:
                by_words[whole] += by_words.pop(part)
        rows = []
        for seen in by_words.values():
            words = Counter(w for _, w in seen).most_common(1)[0][0]
            rows.append(Meaning(words, tuple(dict.fromkeys(paper_id for paper_id, _ in seen))))
        out[short] = tuple(sorted(rows, key=lambda m: (-len(m.paper_ids), m.words)))
    return out


def defined(text: str) -> Iterable[tuple[str, str]]:
    """Each short form that the text defines, with the words it stands for there.

    Read as "variational autoencoder (VAE)" or "VAE (variational autoencoder)", letters checked as
    Schwartz & Hearst (2003) do.
    """
    for m in _BRACKETS.finditer(text):
        inner, before = m[1], text[max(0, m.start() - _WINDOW) : m.start()]
        first = re.split(r"[;,]", inner)[0].strip()
        if _short(first):
            for short, words in short_forms(f"{before.rstrip()} ({first})").items():
                yield _singular(short), words
        elif (named := _BEFORE.search(before)) and _short(named[1]):
            for short, words in short_forms(f"{first} ({named[1]})").items():
                # The letters must stand for all of the words, not for the end of a remark.
                if words == first:
                    yield _singular(short), words


def _short(word: str) -> bool:
    return bool(_SHORT.fullmatch(word)) and sum(c.isupper() for c in word) >= 2


def _singular(short: str) -> str:
    return short[:-1] if len(short) > 2 and short.endswith("s") and short[-2].isupper() else short


def _key(words: str) -> str:
    return "".join(terms(words)) or words.casefold()
