"""Whose papers a question asks for ("papers by Okafor", "what did de Vries et al. find"), by how it says so. Pure.

Whether anybody of that name wrote a paper here is for others to look up: these are only the words that would mean it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PARTICLES = r"(?:(?:van|von|der|den|de|di|da|la|le|ten|ter)\s+)*"
_NO_NAME = (
    r"(?!(?:What|Which|Who|How|When|Where|Why|Does|Do|Did|Is|Are|Was|Were|Has|Have|Had|Can|Could|According|The|In|By|And"
    r"|Papers?|Works?|Any|All|List|Show|Find|Summari[sz]e|Compare|Tell)\b)"
)
_ONE = rf"{_PARTICLES}{_NO_NAME}[A-Z][\w’'-]*\w(?:\s+{_PARTICLES}[A-Z][\w’'-]*\w){{0,2}}"
_NAME = rf"(?P<name>{_ONE})(?:\s+(?:and|&)\s+{_ONE})?"
_OTHERS = (
    r"(?:\s*,?\s+(?:et\s+al\b\.?|and\s+(?:his\s+|her\s+|their\s+)?(?:colleagues|co-?workers|co-?authors|others|team)))"
)
_WORK = (
    r"(?:papers?|works?|stud(?:y|ies)|articles?|publications?|preprints?|written|authored|published|research)"
)
_SAYS = (
    r"(?:write|find|show|propose|say|report|argue|study|claim|conclude|suggest|publish|introduce|develop|present|observe"
    r"|prove|mean|think|recommend|describe|discuss|investigate|measure|compare"
    r"|written|found|shown|proposed|said|reported|argued|studied|claimed|published|proved)\b"
)
_WAYS = (
    # What stands in place of the name, and what must stand before it.
    (rf"(?<=\s)by\s+{_NAME}{_OTHERS}?(?!\w)", "", rf"\b{_WORK}\s*$"),
    (rf"(?<!\w){_NAME}{_OTHERS}?(?=\s+{_SAYS})", "the authors", r"\b(?:did|does|do|have|has)\s+$"),
    (rf"(?<!\w){_NAME}{_OTHERS}(?:[’']s?)?(?:\s*\(?(?:19|20)\d\d\)?)?(?!\w)", "the authors", ""),
    (rf"(?<!\w){_NAME}[’']s?(?=\s+(?:\w+\s+)?{_WORK}\b)", "the", ""),
)


@dataclass(frozen=True, slots=True)
class Authorship:
    """A name whose papers may be meant, and the question without it."""

    name: str
    rest: str


def authorships(text: str) -> list[Authorship]:
    """The names that a question gives as those of authors, each once, with the question as it reads without them."""
    found: dict[str, Authorship] = {}
    for way, instead, before in _WAYS:
        for m in re.finditer(way, text):
            if not re.search(before, text[: m.start()], re.I):
                continue
            rest = " ".join(f"{text[: m.start()]}{instead}{text[m.end() :]}".split())
            found.setdefault(m["name"], Authorship(m["name"], re.sub(r"\s+(?=[?.,;!])", "", rest)))
    return list(found.values())
