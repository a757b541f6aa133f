"""Which papers a name stands for: by title, by acronym, by the system's name in the abstract. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..papers import Paper, normalised_title
from ..text import STOP_WORDS, own_names, terms
from ..text.naming import holds_name, name_by_form, names


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
    """Whether `name` is the paper's own: see `text.own_names`."""
    return own_names.owns(paper.title, paper.abstract, name)


def mentions(paper: Paper, name: str) -> bool:
    """Whether the paper's title or abstract holds the name, or words that its letters stand for."""
    return _mentions(paper.title, paper.abstract, name)


@lru_cache(maxsize=8192)
def _mentions(title: str, abstract: str, name: str) -> bool:
    text = f"{title}. {abstract}"
    found = names(f"x {name}") or (name,)
    return all(holds_name(text, own) for own in found)


def own_name(paper: Paper) -> str:
    """The name of what the paper itself puts forward ("LOREN"), or "" when it has none that is plain to see."""
    return own_names.own_name(paper.title, paper.abstract)
