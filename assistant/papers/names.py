"""A person's or an organisation's name in its parts, and the two ways it is written.

*Shown* is what `Paper.authors` holds, as the record had it: `Ada Lovelace`, `van der Berg, Jan`,
`King, Martin Luther, Jr.`, `CERN Collaboration`. *Sorted* is what a bibliography needs and BibTeX
writes: `van der Berg, Jan`, `King, Jr., Martin Luther`, `Beethoven, Ludwig van` (a particle that is
dropped when only the family name stands), `{CERN Collaboration}` for a name that has no parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ..language import either, pattern, words

_GENERATION = re.compile(r"(?:Jr|Sr|JR|SR)\.?|II|III|IV")
_MOST_WORDS = 6


# Made when a name is first read: most commands read none.
@cache
def _particles() -> frozenset[str]:
    return words("names.particles") | words("names.rarer_particles")


@cache
def _suffix() -> re.Pattern[str]:
    return re.compile(rf"(?:{either('names.suffixes')}|[ivx]{{2,5}}|ph\.?\s?d|m\.?d)\.?", re.I)


def _is_organisation(text: str) -> bool:
    return "&" in text or bool(pattern("names.organisations").search(text))


@dataclass(frozen=True, slots=True)
class Name:
    """A name in parts; `literal` alone for one that has none."""

    family: str = ""
    given: str = ""
    particle: str = ""
    """What belongs to the family name (`van der` Berg)."""
    suffix: str = ""
    dropping: str = ""
    """A particle that only stands with the given name (Ludwig `van` Beethoven)."""
    literal: str = ""

    @property
    def last(self) -> str:
        """The family name with its particle."""
        return " ".join(p for p in (self.particle, self.family) if p)

    @property
    def sorted(self) -> str:
        """The name as `author_names` holds it; `name_sorted` gives the parts back."""
        if self.literal:
            return _in_braces(self.literal) if re.search(r"[\s,]", self.literal) else self.literal
        given = " ".join(p for p in (self.given, self.dropping) if p)
        last = _in_braces(self.last) if "," in self.last else self.last
        if self.suffix:
            return f"{last}, {self.suffix}, {given}"
        return f"{last}, {given}" if given else _in_braces(last) if " " in last and not self.particle else last

    @property
    def shown(self) -> str:
        """The name as a record in parts is shown: `family, given, suffix`."""
        given = " ".join(p for p in (self.given, self.dropping) if p)
        return self.literal or ", ".join(p for p in (self.last, given, self.suffix) if p)


def name_shown(text: str) -> Name:
    """The parts of a name as it is shown: `Given von Family`, `von Family, Given`, `Family, Given, Jr.`."""
    text = " ".join(text.split())
    pieces = [p.strip() for p in text.split(",")]
    if len(pieces) == 1:
        return _in_order(text)
    if len(pieces) == 2 and _suffix().fullmatch(pieces[1]) and " " in pieces[0]:
        from dataclasses import replace

        return replace(_in_order(pieces[0]), suffix=pieces[1])
    if len(pieces) > 3 or not pieces[0]:
        return Name(literal=text)
    return _sorted_parts(pieces[0], pieces[1], pieces[2] if len(pieces) == 3 else "")


def name_sorted(text: str) -> Name:
    """The parts of a name as `Name.sorted` or a BibTeX file writes it, words in braces kept together."""
    text = " ".join(text.split())
    pieces = [p.strip() for p in _outside_braces(text, ",")]
    if len(pieces) == 1:
        if text.startswith("{") and text.endswith("}") and len(_words(text)) == 1:
            return Name(literal=_bare(text))
        return _in_order(text)
    if len(pieces) > 3:
        return Name(literal=_bare(text))
    return _sorted_parts(pieces[0], pieces[-1], pieces[1] if len(pieces) == 3 else "")


def _sorted_parts(family: str, given: str, suffix: str) -> Name:
    words = _words(family)
    if len(words) > 1 and not suffix and _GENERATION.fullmatch(words[-1]):
        suffix = words.pop()
    at = _leading(words)
    firsts = _words(given)
    end = len(firsts)
    while end > 1 and firsts[end - 1] in _particles():
        end -= 1
    name = Name(
        family=_bare(" ".join(words[at:])),
        particle=_bare(" ".join(words[:at])),
        given=_bare(" ".join(firsts[:end])),
        dropping=_bare(" ".join(firsts[end:])),
        suffix=_bare(suffix),
    )
    return name if name.family else Name(literal=_bare(", ".join(p for p in (family, suffix, given) if p)))


def _in_order(text: str) -> Name:
    """The parts of `Given von Family`, by BibTeX's rule: the particle is from the first small word to the last."""
    words = _words(text)
    if len(words) > _MOST_WORDS or (len(words) > 1 and "{" not in text and _is_organisation(text)):
        return Name(literal=_bare(text))
    small = [i for i, w in enumerate(words[:-1]) if _is_small(w)]
    if small:
        first, last = small[0], small[-1]
    else:
        first, last = max(0, len(words) - 1), max(0, len(words) - 1) - 1
    return Name(
        given=_bare(" ".join(words[:first])),
        particle=_bare(" ".join(words[first : last + 1])),
        family=_bare(" ".join(words[last + 1 :])),
    )


def _leading(words: list[str]) -> int:
    """How many of the words before the last begin the family name as its particle."""
    at = 0
    while at < len(words) - 1 and _is_small(words[at]):
        at += 1
    return at


def _is_small(word: str) -> bool:
    return word[:1].islower() and not word.startswith("{")


def _words(text: str) -> list[str]:
    return [w for w in _outside_braces(text, " ") if w]


def _outside_braces(text: str, mark: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        if char == "{":
            depth += 1
        elif char == "}":
            depth = max(0, depth - 1)
        elif char == mark and not depth:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return parts


def _bare(text: str) -> str:
    return text.replace("{", "").replace("}", "").strip()


def _in_braces(text: str) -> str:
    return f"{{{text}}}"
