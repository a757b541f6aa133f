"""Whose papers a question asks for ("papers by Okafor", "what did de Vries et al. find"), by how it says so. Pure.

Whether anybody of that name wrote a paper here is for others to look up: these are only the words that would mean it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..language import either

_PARTICLES = rf"(?:{either('question.limits.particles')}\s+){{0,3}}"
_NO_NAME = rf"(?!{either('question.limits.no_name')}\b)"
_ONE = rf"{_PARTICLES}{_NO_NAME}[A-Z][\w’'-]{{0,40}}\w(?:\s+{_PARTICLES}[A-Z][\w’'-]{{0,40}}\w){{0,2}}"
_NAME = rf"(?P<name>{_ONE})(?:\s+(?:and|&)\s+{_ONE})?"
_OTHERS = rf"(?:\s*,?\s+{either('question.limits.others')})"
_WORK = either("question.limits.author_work")
_ASKED = r"\b(?:did|does|do|have|has)\s+$"
_WAYS = tuple(
    (re.compile(way), instead, re.compile(before, re.I))
    for way, instead, before in (
        # What stands in place of the name, and what must stand before it.
        (rf"(?<=\s)by\s+{_NAME}{_OTHERS}?(?!\w)", "", rf"\b{_WORK}\s*$"),
        (rf"(?<=\s){_NAME}{_OTHERS}?\s+{either('question.limits.wrote')}\b", "papers", _ASKED),
        (rf"(?<!\w){_NAME}{_OTHERS}?(?=\s+{either('question.limits.says')}\b)", "the authors", _ASKED),
        (rf"(?<!\w){_NAME}{_OTHERS}(?:[’']s?)?(?:\s*\(?(?:19|20)\d\d\)?)?(?!\w)", "the authors", ""),
        (rf"(?<!\w){_NAME}[’']s?(?=\s+(?:\w+\s+)?{_WORK}\b)", "the", ""),
    )
)
_LEAD = 40
"""Characters before a name in which the words stand that make it an author's."""
_WHOSE = re.compile(r"^(?:which|what)\s+(?:\w+\s+)?(?:did|does|do|have|has)\s+papers\b", re.I)


@dataclass(frozen=True, slots=True)
class Authorship:
    """A name whose papers may be meant, the question without it, and the words that say so."""

    name: str
    rest: str
    said: str


def authorships(text: str) -> list[Authorship]:
    """The names that a question gives as those of authors, each once, with the question as it reads without them."""
    found: dict[str, Authorship] = {}
    for way, instead, before in _WAYS:
        for m in way.finditer(text):
            if not before.search(text[max(0, m.start() - _LEAD) : m.start()]):
                continue
            rest = " ".join(f"{text[: m.start()]}{instead}{text[m.end() :]}".split())
            rest = _WHOSE.sub("which papers", re.sub(r"\s+(?=[?.,;!])", "", rest))
            found.setdefault(m["name"], Authorship(m["name"], rest, m[0].strip()))
    return list(found.values())
