"""The papers on a topic as plain lines, and what an abstention says was looked for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..evidence import Evidence
from ..papers import Finding, Paper, papers_in_words
from ..queries import Question
from .library_questions import Said
from .topics import Listing, describes, naming, part_named

LISTED = 60
"""Papers on a topic listed at most; the rest is counted."""
ALSO = 5
"""Papers that name a topic added at most to those that fit the question best."""
_COVERED = 0.9
_SIMILAR, _DESCRIBED = 0.55, 0.5
"""The similarity from which a sentence speaks of a topic that its paper does not name; of one that is described."""
_NAME_WORDS, _NAME_LENGTH = 8, 60
_ASKS = re.compile(
    r"\s*(?:(?:by|in|on|to|for|from|at|of|with|under)\s+)?(?:which|what|how|who|whom|whose|when|where|why|is|are|was|were|"
    r"do|does|did|can|could|has|have|had|will|would|should)\b", re.I,
)


@dataclass(frozen=True, slots=True)
class Named:
    """The papers that name a topic, each with the words that do, and what was looked for, in words."""

    evidence: tuple[Evidence, ...]
    wording: str
    held: int | None = None
    """How many papers hold the wording by the words' index, where not all that may name the topic were looked at."""

    @property
    def whole(self) -> bool:
        """Whether these are all."""
        return self.held is None

    @property
    def count(self) -> int:
        """How many papers are known to name the topic, or to hold it where the index counts more."""
        return max(len(self.evidence), self.held or 0)


def named(listing: Listing, papers: Sequence[Paper], held: int | None = None) -> Named:
    """The papers that name the topic of a listing, in their order; `held` as `Named` has it."""
    found, wording = naming(listing.topic, papers)
    return Named(tuple(found), wording, held)


def listed(listing: Listing, found: Named, chosen: Sequence[Evidence]) -> list[Said]:
    """How many papers name the topic, a line for each, then those chosen that come near it in other words.

    Empty when there are neither.
    """
    have = {e.paper.id for e in found.evidence}
    unnamed = [e for e in chosen if e.paper.id not in have and _near(e, listing)]
    others = list({e.paper.id: e for e in reversed(unnamed)}.values())[::-1]
    if not found.evidence and not others:
        return []
    count = found.count
    there = "in your library" if found.whole else "of those that come nearest"
    none = f"No paper {there} names “{listing.topic}” in title or abstract."
    said = [Said(_counted(found) if found.evidence else none)]
    said += [_line(e) for e in found.evidence[:LISTED]]
    more = count - len(found.evidence[:LISTED])
    if more and found.evidence:
        name = "name" if count == len(found.evidence) else "hold"
        said.append(Said(f"{more:,} more {name} it: search for it in quotation marks to see them all."))
    if others:
        come = "comes" if len(others) == 1 else "come"
        said.append(Said(f"{papers_in_words(len(others))} {come} near it in other words."))
        said += [_line(e) for e in others[:LISTED]]
    return said


def _counted(found: Named) -> str:
    count = len(found.evidence)
    name = "names" if count == 1 else "name"
    if found.count > count:
        return (f"{papers_in_words(found.count)} hold {found.wording} by the index of their words; those that come "
                "nearest are listed first.")
    at_least = "" if found.whole else "At least "
    return f"{at_least}{papers_in_words(count)} {name} {found.wording} in title or abstract."


def also_naming(listing: Listing, found: Named, cited: Collection[str]) -> tuple[list[Said], list[Finding]]:
    """Lines for papers that name the topic and are not cited yet, those with it in their title first; and a
    finding that counts those left out."""
    rest = sorted((e for e in found.evidence if e.paper.id not in cited), key=lambda e: e.field != "title")
    said = [_line(e, f"also names “{part_named(listing.topic, e.text)}”") for e in rest[:ALSO]]
    more = len(rest) - ALSO
    if more <= 0:
        return said, []
    name = "names" if more == 1 else "name"
    detail = (f"{papers_in_words(more)} more {name} “{listing.topic}” in title or abstract. Ask "
              f"“List all papers on {listing.topic}” to see all.")
    if not found.whole:
        detail = (f"At least {more + found.count - len(found.evidence):,} papers more hold “{listing.topic}”. Ask "
                  f"“List all papers on {listing.topic}” to see those that come nearest.")
    return said, [Finding("more_papers", "", detail)]


def untitled_only(evidence: Sequence[Evidence], naming: Collection[str]) -> list[Evidence]:
    """The evidence without bare titles that do not name the topic, where papers are there that do (`naming`)."""
    kept = [e for e in evidence if e.field != "title" or e.paper.id in naming]
    return kept if any(e.chosen for e in kept) else list(evidence)


def by_name_only(listing: Listing, found: Named, evidence: Sequence[Evidence], answerable: bool) -> bool:
    """Whether only names decide who belongs to a list: it is to be whole, what was found by meaning does not answer,
    or nothing names the topic or comes near it. A long topic that nothing names describes what is meant."""
    if listing.kind == "count" or (listing.kind == "all" and (found.evidence or not describes(listing.topic))):
        return True
    if found.evidence or listing.kind == "all":
        return not answerable
    return answerable and not any(e.chosen and _near(e, listing) for e in evidence)


def _near(one: Evidence, listing: Listing) -> bool:
    """Whether a paper that does not name a topic is clearly about it: it holds its words, or says it in others."""
    return one.covered >= _COVERED or one.similarity >= (_DESCRIBED if describes(listing.topic) else _SIMILAR)


def _line(one: Evidence, why: str = "") -> Said:
    year = f" ({one.paper.year})" if one.paper.year else ""
    return Said(f"“{one.paper.title}”{year}{f' {why}' if why else ''}.", (one.paper,), (one,))


def looked_for(question: Question, missing: Sequence[str], reason: str) -> tuple[tuple[str, ...], str]:
    """What was asked for and not found, as short names, and the reason in the same words.

    A question is not shown as missing whole when it is long, or when it asks nothing but orders something: then
    its names stand for it, unless a paper is said not to hold what is missing.
    """
    short = [m for m in missing if _is_short(m, question)]
    if len(short) == len(missing):
        return tuple(missing), reason
    names = () if reason.startswith("Nothing was found on ") else question.names[:5]
    kept = tuple(dict.fromkeys(short or names)) or ("an answer to this question",)
    kept = tuple(k if len(k) <= _NAME_LENGTH else f"{k[:_NAME_LENGTH].rstrip()}…" for k in kept)
    if reason.startswith("Nothing was found on "):
        title = reason.rpartition(" in “")[2]
        place = f"“{title}" if reason.endswith("”.") else "the papers that come nearest."
        reason = f"Nothing was found on {'; '.join(kept)} in {place}"
    return kept, reason


def _is_short(one: str, question: Question) -> bool:
    one = one.removeprefix("an answer to ")
    if len(one.split()) > _NAME_WORDS or len(one) > _NAME_LENGTH:
        return False
    whole = one in (question.search_text, question.text)
    return not whole or bool(_ASKS.match(question.text)) or question.text.rstrip().endswith("?")
