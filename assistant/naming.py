"""Names in text: whether a text holds one however it is written, and the short forms it defines. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def same_name(a: str, b: str) -> bool:
    """Whether two names are one up to case, hyphens and a plural s."""
    fold = lambda n: re.sub(r"[\W_]+", "", n.casefold()).removesuffix("s")  # noqa: E731
    return fold(a) == fold(b)


def holds_name(text: str, name: str) -> bool:
    """Whether `text` holds `name`: as written, with other hyphens or case, inflected, or spelt out.

    "Australia" is held by "Australian", "GP-VAE" by "GP-VAEs", "LLM" by "large language models".
    """
    parts = [re.escape(p) for p in re.split(r"[\s\-_–]+", name) if p]
    if not parts:
        return False
    pattern = r"[\s\-_–]*".join(parts)
    if re.search(rf"(?<![^\W_]){pattern}(?:['’]?s|es)?(?![^\W_])", text, re.I):
        return True
    if name.isalpha() and len(name) >= 5 and not name.isupper() and re.search(rf"(?<![^\W_]){re.escape(name)}[a-z]{{1,3}}(?![^\W_])", text, re.I):
        return True
    letters = re.sub(r"[^A-Za-z]", "", name)
    if letters.removesuffix("s").isupper() and 2 <= len(letters) <= 7:
        return spelt_out(letters.removesuffix("s").lower(), text)
    return False


def spelt_out(letters: str, text: str) -> bool:
    """Whether words that follow one another in `text` begin with `letters`."""
    words = re.findall(r"[^\W\d_]+", text)
    size = len(letters)
    return any(
        initials_fit(letters, words[i : i + size + extra])
        for extra in (0, 1)
        for i in range(len(words) - size - extra + 1)
        if words[i][:1].lower() == letters[0] and words[i + size + extra - 1][:1].lower() == letters[-1]
    )
