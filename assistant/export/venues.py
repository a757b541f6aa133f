"""Where a paper appeared, told apart from who published it; and its address."""

from __future__ import annotations

from ..papers import Paper

_PUBLISHED = ("book", "thesis", "report")


def container(paper: Paper) -> str:
    """The journal, book or proceedings it is in; empty where `venue` only repeats publisher, event or series.

    Readers show a publisher as the venue of a work that is in nothing.
    """
    venue = paper.venue or ""
    if paper.kind != "article" and venue in (publisher(paper), paper.event, paper.series):
        return ""
    return venue


def publisher(paper: Paper) -> str:
    """Who published it; of a book, thesis or report that names none, its venue."""
    told = paper.publisher or paper.kind not in _PUBLISHED or paper.venue in (paper.event, paper.series)
    return paper.publisher if told else paper.venue or ""


def address(paper: Paper) -> str:
    """Its own web address; of a paper that has none and no DOI either, the one its identifiers make."""
    own = paper.url or ""
    return own if own.lower().startswith(("http://", "https://")) else "" if paper.doi else paper.link or ""
