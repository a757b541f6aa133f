"""Citation keys: the one a paper was read with, else surnameYEARword."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..papers import Paper, normalised_title, surname

_USABLE = re.compile(r"[^\s,={}()\"'#%~\\@]{1,120}")


def citation_keys(papers: Iterable[Paper]) -> list[str]:
    """A BibTeX key per paper, made unique by numbers in the order given."""
    keys: list[str] = []
    taken: set[str] = set()
    for paper in papers:
        key = paper.key if _USABLE.fullmatch(paper.key) else _new_key(paper)
        suffix, n = "", 1
        while (key + suffix).casefold() in taken:
            n += 1
            suffix = f"_{n}"
        taken.add((key + suffix).casefold())
        keys.append(key + suffix)
    return keys


def _new_key(paper: Paper) -> str:
    words = [w for w in normalised_title(paper.title).split() if len(w) > 3] or ["paper"]
    who = surname(paper.authors[0]).replace(" ", "") if paper.authors else "anon"
    return re.sub(r"[^a-z0-9]", "", f"{who}{paper.year or ''}{words[0]}") or "paper"
