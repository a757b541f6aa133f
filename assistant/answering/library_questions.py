"""Questions answered from the library itself: a greeting, what it holds, who wrote a paper, a summary.

Each gives plain sentences with the papers they name, or None when the question is about what papers say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..evidence import Evidence
from ..evidence.sides import owns
from ..library import Library, Tally, Years
from ..papers import Filters, Paper, identifiers, papers_in_words
from ..queries import Question
from ..queries.operators import limits
from ..text import sentences, terms
from .conversation import titles_in
from .scope import nothing_to_use
from .topics import listing_asked

LISTED = 30
"""Titles listed at most; the rest is counted."""
OF_A_YEAR = 5
"""Titles given at most of the oldest or newest year."""
NAMED = 10
"""Authors, venues or sources named at most; the rest is counted."""

_THANKS = re.compile(r"\b(?:thanks?|thank\s+you|thx|cheers|great|nice|cool|ok(?:ay)?)\b", re.I)
_BYE = re.compile(r"\b(?:bye|goodbye)\b", re.I)
_OF = r"(?:the\s+|its\s+|their\s+|his\s+|her\s+|this\s+|that\s+|.{1,200}['’]s?\s+)?"
_AUTHORS = re.compile(
    rf"\bwho\s+(?:(?:is|are|was|were)\s+{_OF}(?:(?:first|last|lead|senior|corresponding)\s+)?authors?\b"
    r"|(?:wrote|authored|published)\b)"
    r"|\b(?:what|which|name|list)(?:\s+(?:me|are|were|is|was|all|of|the|its|their|paper['’]?s?)){0,5}\s+authors\b"
    r"(?!\s+(?:find|say|propose|use|report|show))"
    r"|\b(?:by\s+whom|who)\s+(?:was|is|were)\s+(?:it|this|that|they)\b.{0,20}\b(?:written|authored)\b", re.I,
)
_WHEN = re.compile(
    r"\b(?:when|(?:in\s+)?(?:what|which)\s+year)\s+(?:was|were|is|did)\b.{0,120}"
    r"\b(?:published|written|released|appear(?:ed)?|come\s+out)\b"
    r"|\b(?:what|which)\s+(?:year\s+is\s+(?:it|this|that)(?:\s+paper)?\s+from|is\s+(?:its|the|their)\s+"
    r"(?:publication\s+)?(?:year|date))\b", re.I,
)
_WHERE = re.compile(
    r"\b(?:where|(?:in\s+|at\s+)?(?:what|which)\s+(?:venue|journal|conference))\s+(?:was|were|is|did)\b.{0,120}"
    r"\b(?:published|presented|appear(?:ed)?)\b|\b(?:what|which)\s+is\s+(?:its|their)\s+(?:venue|journal|conference)\b",
    re.I,
)
_ITS = r"(?:\b(?:its|their|the|this\s+paper['’]s)|['’]s)\s+"
_DOI = re.compile(rf"(?:{_ITS}|\bwhat\s+|\ba\s+)doi\b|\bdoi\s+(?:of|to|for)\b", re.I)
_ARXIV = re.compile(rf"{_ITS}arxiv\s+(?:id|number|identifier)\b|\barxiv\s+(?:id|number)\s+(?:of|to|for)\b", re.I)
_LINK = re.compile(
    rf"(?:{_ITS})(?:link|url|web\s+address)\b|\b(?:link|url|web\s+address)\s+(?:of|to|for)\b"
    r"|\bwhere\s+can\s+i\s+(?:read|find)\b", re.I,
)
_RECORD = (
    (_AUTHORS, "authors"), (_WHEN, "year"), (_WHERE, "venue"), (_DOI, "DOI"), (_ARXIV, "arXiv id"), (_LINK, "link")
)
_ASKED_FOR = (
    r"(?:please\s+)?(?:list|show(?:\s+me)?|which|what|how\s+many)\s+(?:(?:all|my|the)\s+)*"
    r"(?:papers?|titles?|articles?|works?|publications?)"
)
_PLAIN_LIST = re.compile(
    rf"{_ASKED_FOR}(?:\s+(?:are|were|was|is|do\s+i\s+have))?(?:\s+(?:there|here|published|written|released|from))?[\s.?!]*",
    re.I,
)
_BY_AUTHOR = re.compile(
    rf"{_ASKED_FOR}\s+(?:(?:are|were|is|was)\s+)?(?:(?:written|(?:co-?)?authored|published)\s+)?"
    r"(?:by\s+(?P<by>[^?!]{2,80}?)|did\s+(?P<did>[^?!]{2,80}?)\s+(?:write|publish|(?:co-?)?author))"
    r"(?:\s+(?:do\s+i\s+have|are\s+there|in\s+my\s+library))?[\s.?!]*",
    re.I,
)
_BACK = re.compile(
    r"\b(?:(?:this|that|the|these|those)(?:\s+(?:same|above))?\s+(?:papers?|works?|stud(?:y|ies)|articles?|ones?|"
    r"publications?)|it|its|this|that|they|them|their)\b", re.I,
)
_ASKING = frozenset(terms(
    "please summarise summarize summary sum up overview short brief tldr tl dr give show tell me explain paper papers "
    "find propose say do about author authors wrote written write published publish publication year date venue "
    "journal conference doi link url arxiv id number first last lead released appear appeared read main point points "
    "results result findings contribution contributions"
))


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of such an answer, and the papers it names."""

    text: str
    papers: tuple[Paper, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """The words to cite; the papers' titles where there are none."""


def library_answer(question: Question, library: Library, filters: Filters) -> list[Said] | None:
    """Sentences for a greeting or a question about the library as a whole; None for any other."""
    if question.kind in ("greeting", "empty"):
        return [Said(_greeting(question.text, library.count()))]
    rest = " ".join(limits(question.text).rest.split())
    if (by := _BY_AUTHOR.fullmatch(rest)) and (said := _of_author(by["by"] or by["did"], library, filters)):
        return said
    plain = _PLAIN_LIST.fullmatch(rest)
    if (question.kind != "library" and not plain) or listing_asked(limits(question.text).rest):
        return None
    if nothing := nothing_to_use(library, filters):
        return [Said(nothing)]
    held = library.holdings
    years = held.years(filters)
    text = question.text.lower()
    if re.search(r"\b(?:oldest|earliest|newest|latest|most\s+recent)\b", text):
        return _by_age(library, filters, years, oldest=bool(re.search(r"\b(?:oldest|earliest)\b", text)))
    if re.search(r"\bwhen\b|\byears?\b", text):
        return [_years(years)]
    for kind, asked in (("source", r"\b(?:sources?|files?)\b"), ("venue", r"\bvenues?\b"), ("author", r"\bauthors?\b")):
        if re.search(asked, text):
            return [_counted(kind, held.tally(kind, filters, NAMED))]
    count = Said(f"{'These limits leave' if filters else 'Your library holds'} {papers_in_words(years.papers)}.")
    if re.match(r"\s*how\s+(?:many|big|large)\b", text):
        return [count, _years(years)] if years.dated else [count]
    if re.search(r"\btopics?\b|\bwhat\b.*\b(?:in|hold|contain|cover)\b", text) and years.papers > LISTED:
        return [count, _years(years), _counted("source", held.tally("source", filters, NAMED))]
    return [count, *_titles(library, *held.first(LISTED, filters))]


def _titles(library: Library, count: int, first: Sequence[str]) -> list[Said]:
    """The titles of the first of so many papers."""
    more = count - LISTED
    return [*(Said(f"“{p.title}”{_year(p)}.", (p,)) for p in library.papers(first)),
            *([Said(f"{papers_in_words(more)} more stand on the library page.")] if more > 0 else [])]


def _of_author(name: str, library: Library, filters: Filters) -> list[Said]:
    """How many papers somebody wrote, and which; nothing when nobody of that name is on record."""
    count, first = library.holdings.first(LISTED, filters, Filters(authors=(name.strip(),)))
    if not count:
        return []
    verb = "is" if count == 1 else "are"
    said = Said(f"{papers_in_words(count)} in your library {verb} by {name.strip()}.")
    return [said, *_titles(library, count, first)]


def asks_for_record(question: Question) -> bool:
    """Whether a paper's authors, year, venue or link are asked for."""
    return any(pattern.search(question.text) for pattern, _ in _RECORD)


def record_answer(question: Question, papers: Sequence[Paper]) -> tuple[list[Said], tuple[str, ...]]:
    """Who wrote a paper, when and where it was published, its link: sentences, and what the record lacks.

    Both are empty when the question asks for nothing of the kind, or no paper is meant.
    """
    text = question.text
    for pattern, what in _RECORD:
        if not papers or not pattern.search(text):
            continue
        said, missing = [], []
        for paper in papers[:3]:
            value = {
                "authors": ", ".join(paper.authors), "year": str(paper.year or ""), "venue": paper.venue or "",
                "DOI": identifiers(paper).get("doi", ""), "arXiv id": identifiers(paper).get("arxiv", ""),
                "link": paper.link or "",
            }[what]
            if not value:
                missing.append(f"{what} of “{paper.title}”")
                continue
            told = {"authors": f"“{paper.title}” is by {value}", "year": f"“{paper.title}” is from {value}",
                    "venue": f"“{paper.title}” appeared in {value}"}.get(what, f"“{paper.title}”: {value}")
            said.append(Said(f"{told}.", (paper,)))
        return said, tuple(missing)
    return [], ()


def lacking(missing: Sequence[str]) -> str:
    """That a record lacks these: "no authors of “…” are on record"."""
    verb = "are" if len(missing) > 1 or missing[0].startswith("authors") else "is"
    return f"Your library does not say: no {'; no '.join(missing)} {verb} on record."


def refers_to_a_paper(question: Question) -> bool:
    """Whether a summary or a record is asked of "this paper" or "it", and nothing in the question says of which."""
    if question.kind != "summary" and not asks_for_record(question):
        return False
    rest, count = _BACK.subn(" ", question.text)
    bare = question.kind == "summary" and not question.names
    return bool(count or bare) and not set(terms(rest)) - _ASKING


WHICH_PAPER = (
    "Which paper do you mean? Name it by its title, or limit the question to it; the latest in your library are given "
    "here."
)


def papers_named(question: Question, papers: Sequence[Paper]) -> list[Paper]:
    """The papers that the question names by whole title or by the name of their system, titles first."""
    titled = titles_in(question.text, papers)
    if titled:
        return titled
    return [p for p in papers if any(owns(p, name) for name in question.names)]


def summary_evidence(paper: Paper) -> list[Evidence]:
    """Every sentence of the abstract in order (of the first page where there is no abstract), numbered."""
    field, page, text = "abstract", None, paper.abstract
    if not text and paper.pages:
        field, page, text = "page", paper.pages[0].number, paper.pages[0].text
    return [
        Evidence(n, paper, field, page, start, end, text[start:end], 1.0, ("part of the paper",))
        for n, (start, end) in enumerate(sentences(text)[:40], start=1)
    ]


# --------------------------------------------------------------------------- wording


def _greeting(text: str, count: int) -> str:
    if _THANKS.search(text) and not re.search(r"\b(?:who|what|help)\b", text, re.I):
        return "You are welcome; ask on whenever you like."
    if _BYE.search(text):
        return "Goodbye; your library and this conversation stay where they are."
    held = f"your library of {papers_in_words(count)}" if count else "your papers, once you have added some"
    return f"Hello. I answer questions from {held}, with the exact words each sentence rests on."


def _year(paper: Paper) -> str:
    return f" ({paper.year})" if paper.year else ""


def _years(years: Years) -> Said:
    if not years.dated:
        return Said("None of these papers has a year on record.")
    span = f"from {years.first}" if years.first == years.last else f"from {years.first} to {years.last}"
    without = years.papers - years.dated
    rest = f"; {without:,} of the {years.papers:,} have no year on record" if without else ""
    return Said(f"They are {span}{rest}.")


def _by_age(library: Library, filters: Filters, years: Years, *, oldest: bool) -> list[Said]:
    if not years.dated:
        return [_years(years)]
    year = years.first if oldest else years.last
    count, first = library.holdings.first(OF_A_YEAR, filters, Filters(year_from=year, year_to=year))
    word = "oldest" if oldest else "newest"
    said = [Said(f"The {word} year on record is {year}, with {papers_in_words(count)}.")]
    return said + [Said(f"“{p.title}” ({p.year}).", (p,)) for p in library.papers(first)]


def _counted(what: str, found: Tally) -> Said:
    if not found.names:
        return Said(f"No {what} is on record for these papers.")
    top = "; ".join(f"{name} ({number:,})" for name, number in found.top)
    more = f"; and {found.names - NAMED:,} more" if found.names > NAMED else ""
    return Said(f"Your library has {found.names:,} {what}{'' if found.names == 1 else 's'}: {top}{more}.")
