"""Names in text: finding them, whether a text holds one however it is written, short forms it defines. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..language import either, words
from .quantities import YEAR

_SHORT_FORM = re.compile(r"\(\s*([A-Z][\w-]{1,11})\s*\)")
_BEFORE = re.compile(r"\s*([\w-]+(?:[\s/][\w-]+){0,7})")
"""The words before a bracket, read backwards: so each is looked at once."""
_WINDOW = 300
"""Characters before a short form in which its words can stand."""


def short_forms(text: str) -> dict[str, str]:
    """The short forms that `text` defines, as "personal name compounds (PNCs)": short form → its words.

    A short form counts when its letters occur in order in the few words before it, the first one
    at the beginning of a word (Schwartz & Hearst 2003).
    """
    return dict(_short_forms(text))


@lru_cache(maxsize=4096)
def _short_forms(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for m in _SHORT_FORM.finditer(text):
        before = _BEFORE.match(text[max(0, m.start() - _WINDOW) : m.start()][::-1])
        if before is None:
            continue
        short = m[1].rstrip("s") if len(m[1]) > 3 else m[1]
        letters = [c.lower() for c in short if c.isalnum()]
        words = before[1][::-1]
        floor = max(0, len(words) - 20 * len(letters))
        at, last = len(words) - 1, len(letters) - 1
        while last >= 0 and at >= floor:
            begins = at == 0 or not words[at - 1].isalnum()
            if words[at].lower() == letters[last] and (last > 0 or begins):
                last -= 1
            at -= 1
        own = words[at + 1 :].strip()
        if last < 0 and own.lower() != short.lower() and len(own) > len(short):
            found.setdefault(m[1], own)
    return found


def same_name(a: str, b: str) -> bool:
    """Whether two names are one up to case, hyphens and a plural s."""
    fold = lambda n: re.sub(r"[\W_]+", "", n.casefold()).removesuffix("s")  # noqa: E731
    return fold(a) == fold(b)


def holds_name(text: str, name: str) -> bool:
    """Whether `text` holds `name`: as written, with other hyphens or case, inflected, or spelt out.

    "Australia" is held by "Australian", "GP-VAE" by "GP-VAEs", "NLVR2" by "NLVR^2", "LLM" by "large language
    models".
    """
    return _holds(text, name, spelling=True)


def _holds(text: str, name: str, *, spelling: bool) -> bool:
    looked_for = _looked_for(name)
    if not looked_for.parts:
        return False
    if text.isascii() and name.isascii():
        low = text.lower()
        may = all(part in low for part in looked_for.parts)
    else:
        may = True  # there is more than one lower case
    if may and any(pattern.search(text) for pattern in looked_for.patterns):
        return True
    if looked_for.letters:
        return spelt_out(looked_for.letters, text)
    # "Diffusion VAE" is held by "Diffusion Variational Autoencoders"; what was spelt out is not spelt out again.
    return spelling and any(
        _holds(text, name.replace(short, words), spelling=False)
        for short in looked_for.shorts for words in _spellings(short, text)
    )


@dataclass(frozen=True, slots=True)
class _LookedFor:
    """What a text must hold to hold a name: all its parts, and one of the patterns; or words with these letters.

    `shorts` are the short forms in a name of several words.
    """

    parts: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    letters: str
    shorts: tuple[str, ...]


@lru_cache(maxsize=4096)
def _looked_for(name: str) -> _LookedFor:
    parts = [p for p in re.split(r"[\s\-_‐‑–−^]+|(?<=[A-Za-z])(?=\d)", name) if p]
    pattern = r"[\s\-_‐‑–−^]*".join(map(re.escape, parts))
    patterns = [re.compile(rf"(?<![^\W_]){pattern}(?:['’]?s|es)?(?![^\W_])", re.I)]
    if name.isalpha() and len(name) >= 5 and not name.isupper():
        patterns.append(re.compile(rf"(?<![^\W_]){re.escape(name)}[a-z]{{1,3}}(?![^\W_])", re.I))
    if re.fullmatch(r"[A-Z]{4,}", name):  # SHAP is named for Shapley
        patterns.append(re.compile(rf"(?<=[^\s.!?:] ){name[0]}(?i:{name[1:]}[a-z]{{1,4}})\b"))
    letters = re.sub(r"[^A-Za-z]", "", name)
    short = letters.removesuffix("s").isupper() and 2 <= len(letters) <= 7
    words = name.split()
    return _LookedFor(
        tuple(p.lower() for p in parts), tuple(patterns), letters.removesuffix("s").lower() if short else "",
        tuple(w for w in words if re.fullmatch(r"[A-Z]{2,7}", w)) if len(words) > 1 and not short else (),
    )


_COMPOUND = re.compile(rf"\b({either('text.names.compound_firsts')})(?=[a-z]{{5,}})", re.I)
_SMALL = words("text.small_words") | {"by"}


def spelt_out(letters: str, text: str) -> bool:
    """Whether words that follow one another in `text` begin with `letters`; one small word may be passed over."""
    size = len(letters)
    if size < 2:
        return False
    initials = _initials(text)
    low = initials.lower()
    if letters in low:
        return True
    at = low.find(letters[0])
    while 0 <= at < len(low) - size:
        if low[at + size] == letters[-1] and _fit(letters, initials[at : at + size + 1]):
            return True
        at = low.find(letters[0], at + 1)
    return False


def _spellings(short: str, text: str) -> list[str]:
    """The words that follow one another in `text` and begin with the letters of a short form, each wording once."""
    words, initials, letters = _words(text), _initials(text).lower(), short.lower()
    places = [k for k in range(len(words) - len(letters) + 1) if initials.startswith(letters, k)]
    return list(dict.fromkeys(" ".join(words[k : k + len(letters)]) for k in places))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", _COMPOUND.sub(r"\1 ", text))


@lru_cache(maxsize=8192)
def _initials(text: str) -> str:
    """The first letter of every word, in lower case; in upper case that of a small word."""
    found = []
    for word in _words(text):
        first = word[0].lower()
        found.append("-" if len(first) > 1 else first.upper() if word.lower() in _SMALL else first)
    return "".join(found)


def _fit(letters: str, initials: str) -> bool:
    at = 0
    for initial in initials:
        if at < len(letters) and initial.lower() == letters[at]:
            at += 1
        elif not initial.isupper():
            return False
    return at == len(letters)


# --------------------------------------------------------------------------- names in a text

_WORD = re.compile(r"[^\s,;:?!()\[\]{}\"“”]+")
_PLAIN_CAPITALS = words("text.names.plain_capitals")
_QUALIFIED = re.compile(rf"[A-Z]{{2,6}}-(?:[a-z]{{2,}}(?:ed|en|ing|ic)|{either('text.names.qualifying')})")
"""An ordinary word that begins with a short form ("AI-written"): it describes, and names nothing."""


@lru_cache(maxsize=8192)
def names(text: str) -> tuple[str, ...]:
    """The names in `text`, in order, each once: acronyms, CamelCase, words with digits or `@`, capitalised words.

    Names that stand next to one another are one ("MS MARCO", "SQuAD v2.0"). A capitalised word that
    opens a sentence counts only if it is a name by its form.
    """
    found: list[str] = []
    run: list[str] = []
    opening = True
    last_end = 0

    def close() -> None:
        if run:
            name = " ".join(run)
            if name not in found:
                found.append(name)
            run.clear()

    for m in _WORD.finditer(text):
        if m[0].isalpha() and m[0].islower():  # most words: no name, and nothing that goes on with one
            close()
            last_end, opening = m.end(), False
            continue
        if text[last_end : m.start()].strip():
            close()
        last_end = m.end()
        word = m[0].strip("'’‘*_-–—/\\.").removesuffix("'s").removesuffix("’s")
        possessive = m[0].rstrip(".").endswith(("'s", "’s"))
        is_name = (
            bool(word)
            and word not in _PLAIN_CAPITALS
            and not _QUALIFIED.fullmatch(word)
            and (name_by_form(word) or (word[:1].isupper() and len(word) > 1 and not opening))
        )
        follows = (
            bool(run)
            and bool(re.fullmatch(r"v?\d+(?:\.\d+)*[a-zA-Z]?", word))
            and not re.fullmatch(YEAR, word)
        )
        if is_name or follows:
            run.append(word)
            if possessive:
                close()
        else:
            close()
        opening = m[0].endswith(("?", "!", "."))
    close()
    return tuple(found)


# The same words stand in text after text.
@lru_cache(maxsize=32768)
def name_by_form(word: str) -> bool:
    """Whether a word is a name by its form alone: two capitals, a capital inside, letters with digits or `@`."""
    if word.isalpha() and word[1:].islower():
        return False
    letters = [c for c in word if c.isalpha()]
    if not letters or len(word) > 60:
        return False
    if sum(c.isupper() for c in letters) >= 2:
        return True
    if any(c.isupper() for c in word[1:]) and not re.fullmatch(r"[A-Z][a-z]+(?:-[a-z]+)+", word):
        return True
    if "@" in word and any(c.isdigit() for c in word):
        return True
    return bool(re.search(r"[A-Za-z]-?\d", word)) and not re.fullmatch(r"\d+(?:st|nd|rd|th|s|x|k|m|b|d)", word, re.I)
