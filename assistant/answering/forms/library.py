"""What a library's records say, as plain rows: counts, the oldest and newest, authors, venues, what to read first.

Nothing here reads what papers say beyond whether they hold a topic's words; counts come from the database and the
words' index, so that they are as quick over many papers as over few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from ...index import Index
from ...language import pattern
from ...library import Library
from ...papers import Filters, Paper, identifiers, papers_in_words
from ...question import LibraryRequest, QuestionPlan
from ...retrieval import related, term_weights
from ...retrieval.understanding import joined
from ...text import STOP_WORDS, tokens
from ..scope import nothing_to_use

if TYPE_CHECKING:
    import numpy as np

LISTED = 30
"""Titles listed at most; the rest is counted."""
OF_A_YEAR = 5
"""Titles given at most of the oldest or newest year, and of those to read first."""
NAMED = 10
"""Authors, venues or sources named at most; the rest is counted."""
READ = 400
"""Papers that hold a topic up to which their words are looked at for how they write it."""
_HELP = (
    "Ask a question in plain words and the answer quotes the papers it rests on. Ask for a list, a table, a comparison "
    "or a definition; limit it by author:NAME, year:2019..2022, tag:NAME or words in quotation marks."
)
WHICH_PAPER = (
    "Which paper do you mean? Name it by its title, or limit the question to it; the latest in your library are given "
    "here."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One plain line and the papers it rests on, whose titles are cited."""

    text: str
    papers: tuple[Paper, ...] = ()
    answers: bool = True
    """False where it says that the records do not answer, or asks back."""


def library_rows(plan: QuestionPlan, library: Library, index: Index) -> list[Row]:
    """The rows that answer a plan's library request; none where the plan has no such request."""
    request = plan.request
    if request is None:
        return []
    if request.about in ("greeting", "empty", "help"):
        return [Row(_HELP if request.about == "help" else _greeting(plan.asked, library.count()))]
    filters = plan.filters
    if request.paper_ids and request.about in ("oldest", "newest", "count", "papers"):
        filters = joined(filters, Filters(paper_ids=request.paper_ids), library)
    if nothing := nothing_to_use(library, filters):
        return [Row(nothing, answers=False)]
    if request.about in _RECORDS:
        return _records(request, library)
    if request.about == "similar":
        return _similar(request, library, index)
    if request.about == "read_first":
        return _read_first(request.topic, filters, library, index)
    if request.topic:
        return _on_topic(request, filters, library, index)
    return _whole(request.about, filters, library)


# --------------------------------------------------------------------------- the library as a whole


def _whole(about: str, filters: Filters, library: Library) -> list[Row]:
    held = library.holdings
    years, span = held.years(filters), _years(filters, library)
    if about in ("oldest", "newest") and years.dated:
        year = years.first if about == "oldest" else years.last
        total, ids = held.first(OF_A_YEAR, filters, Filters(year_from=year, year_to=year))
        first = Row(f"The {about} year on record is {year}, with {papers_in_words(total)}.")
        return [first, *_titles(library.papers(ids), total)]
    if about in ("oldest", "newest", "years"):
        return [span]
    if about in ("venues", "all_authors"):
        return [_tally("venue" if about == "venues" else "author", filters, library)]
    count = Row(f"{'These limits leave' if filters else 'Your library holds'} {papers_in_words(years.papers)}.")
    if about == "count":
        return [count, span] if years.dated else [count]
    if about == "topics" and years.papers > LISTED:
        return [count, span, _tally("venue", filters, library), _tally("source", filters, library)]
    total, ids = held.first(LISTED, filters)
    return [count, *_titles(library.papers(ids), total)]


def _years(filters: Filters, library: Library) -> Row:
    years = library.holdings.years(filters)
    if not years.dated:
        return Row("None of these papers has a year on record.")
    span = f"from {years.first}" if years.first == years.last else f"from {years.first} to {years.last}"
    without = years.papers - years.dated
    return Row(f"They are {span}{f'; {without:,} of the {years.papers:,} have no year on record' if without else ''}.")


def _tally(what: str, filters: Filters, library: Library) -> Row:
    found = library.holdings.tally(what, filters, NAMED)
    if not found.names:
        return Row(f"No {what} is on record for these papers.")
    top = "; ".join(f"{name} ({number:,})" for name, number in found.top)
    more = f"; and {found.names - NAMED:,} more" if found.names > NAMED else ""
    return Row(f"Your library has {found.names:,} {what}{'' if found.names == 1 else 's'}: {top}{more}.")


def _titles(papers: Sequence[Paper], total: int) -> list[Row]:
    rows = [Row(f"“{p.title}”{f' ({p.year})' if p.year else ''}.", (p,)) for p in papers]
    more = total - len(papers)
    return [*rows, *([Row(f"{papers_in_words(more)} more stand on the library page.")] if more > 0 else [])]


# --------------------------------------------------------------------------- papers on a topic


def _on_topic(request: LibraryRequest, filters: Filters, library: Library, index: Index) -> list[Row]:
    """How many papers hold a topic's words, or the oldest and newest of them."""
    view = index.view()
    found, counted = _holding(request.topic, filters, library, index)
    if not len(found):
        where = "within these limits" if filters else "in your library"
        return [Row(f"No paper {where} has “{request.topic}” in title or abstract.")]
    if request.about in ("oldest", "newest"):
        within = joined(filters, Filters(paper_ids=tuple(i for i in view.names(found) if i)), library)
        return [replace(counted, papers=()), *_whole(request.about, within, library)]
    order = _ranked(request.topic, found, index)
    papers = _in_order(library, view.names(order[:LISTED]))
    return [counted, *_titles(papers, len(found))]


def _holding(topic: str, filters: Filters, library: Library, index: Index) -> tuple[np.ndarray, Row]:
    """The positions of the papers that hold a topic's words by their stems, and what was counted, in words."""
    import numpy as np

    view = index.view()
    wordings = [topic, *(m.words for m in index.lexicon().short(topic)[:1])]
    said = " or ".join(f"“{w}”" for w in wordings)
    found = np.unique(np.concatenate([view.holding(tokens(w)) for w in wordings]))
    if not len(found) and (wordings := [w for w in tokens(topic) if w not in STOP_WORDS]):
        found = reduce(np.intersect1d, [view.holding([w]) for w in wordings])
        said = "all of " + ", ".join(f"“{w}”" for w in wordings)
    if (allowed := index.passing(view, filters)) is not None:
        found = np.intersect1d(found, allowed, assume_unique=True)
    looked_at = len(found) <= READ and wordings == [topic]
    papers = library.papers([i for i in view.names(found) if i]) if looked_at else []
    as_written = tuple(p for p in papers if _says(topic, p))
    form = "" if looked_at and len(as_written) == len(papers) else " or another form of it"
    have = "has" if len(found) == 1 else "have"
    return found, Row(f"{papers_in_words(len(found))} {have} {said}{form} in title or abstract.", as_written[:LISTED])


def _says(topic: str, paper: Paper) -> bool:
    """Whether a paper has a topic as it was written, one more or fewer “s” aside."""
    wanted, has = ([w.removesuffix("s") for w in tokens(text)] for text in (topic, f"{paper.title} . {paper.abstract}"))
    return any(has[k : k + len(wanted)] == wanted for k in range(len(has) - len(wanted) + 1))


def _ranked(topic: str, found: np.ndarray, index: Index) -> np.ndarray:
    """The positions, those that say the topic most first."""
    import numpy as np

    view = index.view()
    scores = view.lexical(term_weights(view, topic), found)[found]
    return found[np.lexsort((view.arrival(found), -scores))]


def _read_first(topic: str, filters: Filters, library: Library, index: Index) -> list[Row]:
    """Papers that give an overview, then those that say the topic most."""
    view = index.view()
    found, _ = _holding(topic or "review", filters, library, index)
    if topic and not len(found):
        return [Row(f"No paper in your library has “{topic}” in title or abstract.")]
    papers = _in_order(library, view.names(_ranked(topic or "review", found, index)[:LISTED]))
    overview = pattern("library.overviews")
    papers.sort(key=lambda p: not overview.search(p.title))
    if not papers:
        _, ids = library.holdings.first(OF_A_YEAR, filters)
        papers = library.papers(ids)
    on = f" on “{topic}”" if topic else ""
    return [
        Row(f"To begin with{on}, reviews and overviews first, then what says most of it:"),
        *_titles(papers[:OF_A_YEAR], min(len(papers), OF_A_YEAR)),
    ]


def _similar(request: LibraryRequest, library: Library, index: Index) -> list[Row]:
    if not request.paper_ids:
        return _which(library)
    own = _in_order(library, request.paper_ids[:1])
    near = _in_order(library, [paper_id for paper_id, _ in related(library, index, request.paper_ids[0], k=OF_A_YEAR)])
    if not own or not near:
        return [Row("No other paper in your library is near to it.")]
    return [Row(f"Nearest to “{own[0].title}” in your library:", (own[0],)), *_titles(near, len(near))]


# --------------------------------------------------------------------------- one paper's record

_RECORDS = ("authors", "year", "venue", "link", "abstract")


def _records(request: LibraryRequest, library: Library) -> list[Row]:
    """Who wrote a paper, when and where it was published, its link; or all authors, where no paper is meant."""
    papers = _in_order(library, request.paper_ids[:3])
    if not papers:
        if not request.topic:
            return _which(library)
        return [Row(f"No paper in your library is called “{request.topic}”.", answers=False)]
    rows, lacking = [], []
    for paper in papers:
        links = [paper.link, *(f"{kind} {value}" for kind, value in identifiers(paper).items())]
        value = {
            "authors": ", ".join(paper.authors),
            "year": str(paper.year or ""),
            "venue": paper.venue or "",
            "link": "; ".join(dict.fromkeys(one for one in links if one)),
            "abstract": paper.abstract,
        }[request.about]
        verb = {"authors": " is by ", "year": " is from ", "venue": " appeared in "}.get(request.about, ": ")
        if value:
            rows.append(Row(f"“{paper.title}”{verb}{value.rstrip('.')}.", (paper,)))
        else:
            lacking.append(f"no {request.about} of “{paper.title}”")
    if lacking:
        said = f"Your library does not say: {'; '.join(lacking)} on record."
        rows.append(Row(said, () if rows else tuple(papers), answers=False))
    return rows


def _which(library: Library) -> list[Row]:
    latest = _in_order(library, library.last(3))
    return [Row(WHICH_PAPER, answers=False), *_titles(latest, len(latest))]


def _in_order(library: Library, ids: Sequence[str]) -> list[Paper]:
    here = {p.id: p for p in library.papers([i for i in ids if i])}
    return [here[i] for i in ids if i in here]


def _greeting(text: str, count: int) -> str:
    if pattern("question.requests.thanks").search(text):
        return "You are welcome; ask on whenever you like."
    if pattern("question.requests.bye").search(text):
        return "Goodbye; your library and this conversation stay where they are."
    held = f"your library of {papers_in_words(count)}" if count else "your papers, once you have added some"
    return f"Hello. I answer questions from {held}, with the exact words each sentence rests on."
