"""The sentences of an answer that cite nothing: those that only join, headings, and what no paper says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ....evidence import Evidence
from ....language import pattern, words
from ....text import STOP_WORDS, term_set, tokens
from ....text.naming import holds_name, name_by_form, names
from ....text.quantities import quantities, same_value
from ....text.stemming import stem

_LONGEST_LINK, _LONGEST_HEADING = 30, 14
"""Words."""
_NEW = 1
"""Content words that a link may hold beside those of linking and of what stands around it."""
_ENGLISH = 0.2
"""The share of small English words from which a text counts as English: prose has twice as much, others half."""


def is_english(text: str) -> bool:
    """Whether a text reads as English, by its small words; a text of less than five words does."""
    every = tokens(text)
    return len(every) < 5 or sum(word in STOP_WORDS for word in every) / len(every) >= _ENGLISH


def only_joins(text: str, around: Iterable[str]) -> bool:
    """Whether a sentence holds no number, no name and nothing new beside the texts `around` it."""
    if len(text.split()) > _LONGEST_LINK or _holds_fact(text, around):
        return False
    known = {stem(word) for word in words("answering.links.words")}.union(*map(term_set, around))
    return not is_english(text) or len(term_set(text) - known) <= _NEW


def is_heading(text: str, around: Iterable[str]) -> bool:
    """Whether a text may stand as a heading: short, with no number or name that is not around it."""
    return 0 < len(text.split()) <= _LONGEST_HEADING and not _holds_fact(text, around)


def is_gap(text: str, around: Iterable[str]) -> bool:
    """Whether a sentence says that something is not there, and states no figure of its own."""
    denies = not is_english(text) or bool(pattern("answering.gaps.negation").search(text))
    return denies and not _new_figures(text, " ".join(around))


def says_unreported(text: str) -> bool:
    """Whether a sentence says of a paper that it does not report something: no source can hold that word for word."""
    return bool(pattern("answering.gaps.reporting").search(text)) and is_gap(text, ())


def refers(text: str) -> bool:
    """Whether a sentence opens on what only the sentence before it names ("Its authors …", "The second …")."""
    return bool(pattern("answering.links.referring").match(text.lstrip("“\"(*")))


def said_missing(gap: str) -> str:
    """What a gap says is missing, without the words that say so; the whole gap where nothing else is left."""
    furniture = words("answering.gaps.furniture")
    denying = pattern("answering.gaps.negation")
    every = [word.strip(".,;:") for word in gap.split()]
    return " ".join(w for w in every if w.lower() not in furniture and not denying.fullmatch(w)) or gap


def contradicting(gap: str, evidence: Iterable[Evidence]) -> Evidence | None:
    """A sentence that likely answers, holds all that the gap says is missing, and denies nothing itself; or None."""
    furniture = {stem(word) for word in words("answering.gaps.furniture")}
    wanted = term_set(gap) - furniture
    if len(wanted) < 2 or not is_english(gap):
        return None
    for one in evidence:
        own = term_set(one.text)
        holds_it = wanted <= own | term_set(one.paper.title) and len(wanted & own) * 2 > len(wanted)
        if one.chance > 0.5 and holds_it and not pattern("answering.gaps.negation").search(one.text):
            return one
    return None


def _holds_fact(text: str, around: Iterable[str]) -> bool:
    """Whether a text holds a figure or a name that nothing around it holds; small counts in words are no figures."""
    said = " ".join(around)
    if _new_figures(text, said):
        return True
    if not is_english(text):
        # Other languages write common nouns with capitals.
        return any(name_by_form(w) and not holds_name(said, w) for w in re.findall(r"\w[\w@-]*", text))
    return any(not holds_name(said, name) for name in names(text))


def _new_figures(text: str, said: str) -> bool:
    """Whether a text holds a number in digits that `said` does not, however it is written there."""
    known = [q.value for q in quantities(said)]
    return any(not q.word and not any(same_value(q.value, v) for v in known) for q in quantities(text))
