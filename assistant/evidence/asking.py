"""What a question says for finding evidence: its clauses, whether it asks at all, the words that say nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..queries import Question
from ..text import term_set, terms

SAYS_NOTHING = frozenset(
    terms(
        "work works mean means propose present know tell explain describe paper method model system do does"
        " differ difference compare comparison contrast versus"
    )
)
"""Words of a question that say nothing about what is asked."""
_CLAUSE = re.compile(r"[,;]\s*(?:(?:and|but|or)\s+)?|\s+and\s+(?:also\s+)?|\s+(?:that|when|where|while|by)\s+")


def clauses(text: str) -> list[str]:
    """The question's clauses in order, none shorter than three words but the first; the text itself when it has one."""
    found: list[str] = []
    for part in (p.strip(" ?.") for p in _CLAUSE.split(text[:2000])):
        if found and len(part.split()) < 3:
            found[-1] = f"{found[-1]} {part}".strip()
        elif part:
            found.append(part)
    return found[:12]


def says_nothing_more(question: Question) -> bool:
    """Whether a question holds nothing but names: "how do A and B differ", "what is A"."""
    named = {t for n in (*question.names, *question.sides) for t in terms(n)}
    return bool(named) and not term_set(question.search_text) - named - SAYS_NOTHING


def is_claim(question: Question) -> bool:
    """Whether the question is a statement: nothing in it asks."""
    return question.kind == "fact" and question.wants == ("any",) and "?" not in question.text


def unnamed(text: str, own: Sequence[str]) -> str:
    """The text without the names in `own`; as it is where no more than a word would be left to ask about."""
    out = text
    for name in own:
        out = re.sub(rf"(?<![\w-]){re.escape(name)}(?:['’]s)?(?![\w-])", " ", out)
    out = " ".join(out.split())
    return out if term_set(out) - SAYS_NOTHING else text
