"""Which papers a name stands for: by title, by acronym, by the system's name in the abstract. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..papers import Paper, normalised_title
from ..text import STOP_WORDS, terms
from ..text.naming import holds_name, name_by_form, names, same_name, short_forms

_INTRODUCED = (
    r"(?:we\s+(?:\w+\s+){0,2}(?:present|propose|introduce|develop|call|name|describe|dub|term|design|construct"
    r"|release|create)\w*|(?:is|are)\s+called|called|named|termed|dubbed|namely|this\s+paper\s+(?:presents"
    r"|proposes|introduces)|here\s+we"
    r"|by\s+(?:constructing|introducing|proposing|developing|designing)|(?:the|our)\s+resulting\s+\w+)"
)
_OF_OTHERS = re.compile(
    r"\b(?:that|which|using|by|with|based|from|integrat\w*|combin\w*|improv\w*|extend\w*|than)\b", re.I
)
"""What follows these is something that the thing introduced builds on, or is compared with."""
_ENDS = re.compile(
    r"s?[\"”’']*(?:\s*[,.;:()\[–—-]|\s*$|\s+(?:that|which|who|whose|to|for|in|on|as|by|with|and|or|is|are|was|using|based|a|an"
    r"|the|model|framework|method|approach|dataset|benchmark|system|algorithm|network|architecture|library|tool)s?\b)",
    re.I,
)
_CLASS = re.compile(r"[A-Z]{2,}s")
"""A short form in the plural is a class of things and nobody's own: "LLMs"."""
_OF_WHAT = re.compile(r"\b(?:for|of|to|in|on)\b", re.I)


@dataclass(frozen=True, slots=True)
class NamedSide:
    """A thing named in a question and the papers it stands for, best first; `by_name` where a name decided."""

    name: str
    papers: tuple[Paper, ...]
    by_name: bool = False


def in_full(side: str, question: str, papers: Sequence[Paper]) -> str:
    """The side with what follows it in the question, where these words together stand in a paper's title."""
    at = question.casefold().find(side.casefold())
    rest = re.split(r"[,;:?!]|\.(?:\s|$)", question[at + len(side) :])[0].split() if at >= 0 else []
    titles = [f" {normalised_title(p.title)} " for p in papers]
    for count in range(len(rest), 0, -1):
        longer = " ".join([side, *rest[:count]])
        ends = rest[count - 1].lower() not in STOP_WORDS
        if ends and any(f" {normalised_title(longer)} " in title for title in titles):
            return longer
    return side


def named_sides(sides: Sequence[str], papers: Sequence[Paper]) -> list[NamedSide]:
    """Each side with the papers it stands for among `papers` (given best first).

    A paper whose own system or title bears the name goes before one that only mentions it; when
    several papers own the name, all of them stand for it. A side without a name is matched by the
    words of titles and abstracts. A side that fits nothing has no papers.
    """
    out = []
    for side in sides:
        own = [p for p in papers if owns(p, side)]
        if not own:
            own = [p for p in papers if mentions(p, side)][:1]
        formed = any(name_by_form(n.split()[0]) for n in names(f"x {side}"))
        common = len(own) > 1 and sum(mentions(p, side) for p in papers) > 2 * len(own)
        if own and len(own) > 1 and (common or (not formed and not any(_headed(p, side) for p in own))):
            # What many papers speak of, or plain words in several titles, are a topic: the best papers speak for it.
            out.append(NamedSide(side, tuple(own[:_FOR_A_TOPIC])))
            continue
        if own:
            out.append(NamedSide(side, tuple(own), by_name=True))
            continue
        if formed:
            out.append(NamedSide(side, ()))
            continue
        wanted = set(terms(side))
        scored = []
        for k, p in enumerate(papers):
            title, body = set(terms(p.title)), set(terms(p.abstract))
            share = (len(wanted & title) + 0.6 * len((wanted & body) - title)) / max(1, len(wanted))
            scored.append((-share, k, p))
        scored.sort(key=lambda row: row[:2])
        out.append(NamedSide(side, (scored[0][2],) if scored and wanted and -scored[0][0] >= 0.5 else ()))
    return out


_FOR_A_TOPIC = 2


def _headed(paper: Paper, name: str) -> bool:
    """Whether the paper's title begins with the name as a name of its own."""
    return normalised_title(name) in (normalised_title(paper.title), normalised_title(paper.title.split(":")[0]))


def owns(paper: Paper, name: str) -> bool:
    """Whether `name` is the paper's own: the one its title begins with, or one it introduces.

    A name elsewhere in the title is its own unless the paper puts forward something else by name:
    "CLOOB … outperform CLIP" is no paper of CLIP's.
    """
    return _owns(paper.title, paper.abstract, name)


# The same is asked of the papers found several times for one question.
@lru_cache(maxsize=8192)
def _owns(written: str, abstract: str, name: str) -> bool:
    key = normalised_title(name)
    title = normalised_title(written)
    if not key:
        return False
    # A title's own name stands before its colon, or it is a name by its form.
    head = normalised_title(written.split(":")[0]) if ":" in written else ""
    if key in (title, head):
        return True
    named = [n for n in names(f"x {name}") if name_by_form(n.split()[0]) and not _CLASS.fullmatch(n)]
    if not named:
        return len(key.split()) > 1 and f" {key} " in f" {title} "
    other = _own_name(written, abstract)
    for own in named:
        if re.search(rf"(?<![\w-]){re.escape(own)}(?![\w-])", written) and (not other or same_name(other, own)):
            return True
        for short, words in short_forms(abstract).items():
            if same_name(short, own) and _introduced(abstract, words):
                return True
        if _introduced(abstract, own):
            return True
    return False


def mentions(paper: Paper, name: str) -> bool:
    """Whether the paper's title or abstract holds the name, or words that its letters stand for."""
    return _mentions(paper.title, paper.abstract, name)


@lru_cache(maxsize=8192)
def _mentions(title: str, abstract: str, name: str) -> bool:
    text = f"{title}. {abstract}"
    found = names(f"x {name}") or (name,)
    return all(holds_name(text, own) for own in found)


def _introduced(text: str, name: str) -> bool:
    """Whether `name` stands shortly after words that introduce a paper's own thing, as that thing."""
    for m in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
        if not _ENDS.match(text, m.end()):
            continue  # "the COVID-19 specific tweets": the name only qualifies what is introduced
        before = text[max(0, m.start() - 160) : m.start()]
        before = before[max(before.rfind(". "), before.rfind("; ")) + 1 :]
        for intro in re.finditer(rf"\b{_INTRODUCED}\b", before, re.I):
            between = before[intro.end() :]
            apart = bool(re.search(r"[,(:–—\"“'-]\s*(?:or\s+)?$", between))
            others = [n for n in names(f"x {between}") if name_by_form(n.split()[0])]
            if not others and not _OF_OTHERS.search(between) and (apart or not _OF_WHAT.search(between)):
                return True
    return False


def own_name(paper: Paper) -> str:
    """The name of what the paper itself puts forward ("LOREN"), or "" when it has none that is plain to see."""
    return _own_name(paper.title, paper.abstract)


@lru_cache(maxsize=4096)
def _own_name(title: str, abstract: str) -> str:
    head = title.split(":")[0].strip() if ":" in title else ""
    if head and (name_by_form(head.split()[0]) if len(head.split()) <= 3 else False):
        return head
    if head and len(head.split()) == 1 and holds_name(abstract, head):
        return head
    for short, words in short_forms(abstract).items():
        if _introduced(abstract, words):
            return short
    candidates = [n for n in names("x " + abstract) if name_by_form(n.split()[0])]
    return next((n for n in candidates if _introduced(abstract, n)), "")
