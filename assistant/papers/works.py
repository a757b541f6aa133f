"""A paper and what it is known by: its id is a function of its strongest identifier."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from .identifiers import (
    ARXIV_DOI,
    normalised_arxiv,
    normalised_doi,
    normalised_pmid,
    normalised_title,
    same_family,
    surname,
)
from .names import Name, name_shown, name_sorted

SUMMARY_NOTE = "Abstract: a summary in our own words"
"""What an export notes on a paper of kind `summary`, whose abstract is not its own."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """Where a paper was read: the source's name and the entry's position in it, from 1."""

    source: str
    position: int


@dataclass(frozen=True, slots=True)
class Section:
    """A heading: its words, its level from 1, the page that it stands on, and where in that page's text."""

    title: str
    level: int
    page: int
    start: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a full text: its number from 1, its repaired text, and the text as extracted.

    Running headers, footers and the list of references are no part of `text`; the entries of the list
    that begin on this page stand in `references`.
    """

    number: int
    text: str
    raw: str = ""
    sections: tuple[Section, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. `title` and `abstract` are repaired for reading; `raw_*` hold what was read."""

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    doi: str | None = None
    arxiv_id: str | None = None
    pmid: str | None = None
    url: str | None = None
    kind: str = "article"
    """The record's type as the field calls it; `summary` marks the built-in sample's own words."""
    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    note: str = ""
    read: bool = False
    """Marked by the user as read."""
    raw_title: str = ""
    raw_abstract: str = ""
    pages: tuple[Page, ...] = ()
    appearances: tuple[Appearance, ...] = ()
    author_names: tuple[str, ...] = ()
    """The authors as a bibliography sorts them, one for each of `authors`; empty where `authors` tells as much."""
    editors: tuple[str, ...] = ()
    """In the form of `author_names`."""
    volume: str = ""
    issue: str = ""
    page_range: str = ""
    """Its pages as printed, `117--130` written `117-130`, or an article number; `pages` are those of the full text."""
    publisher: str = ""
    """Who published it; of a thesis the school, of a report the institution."""
    place: str = ""
    series: str = ""
    edition: str = ""
    number: str = ""
    """The number of a report, patent or standard."""
    event: str = ""
    """The conference that it was given at, where `venue` names the proceedings."""
    genre: str = ""
    """What sort of thesis, report or web page it is, in the record's words."""
    date: str = ""
    """`YYYY-MM` or `YYYY-MM-DD`; empty where only the year is known."""
    accessed: str = ""
    """`YYYY-MM-DD`: when the web page was looked at."""
    language: str = ""
    isbn: tuple[str, ...] = ()
    issn: tuple[str, ...] = ()
    pmcid: str | None = None
    venue_short: str = ""
    """The journal's name abbreviated."""
    key: str = ""
    """The citation key it was read with."""
    raw_kind: str = ""
    """Its type in its own format's word (`bibtex:inbook`), where `kind` alone would come out as another."""
    file: str = ""
    """The SHA-256 of the PDF that `pages` were read from."""

    @property
    def id(self) -> str:
        """The paper's id: see `paper_id`."""
        return paper_id(self)

    @property
    def names(self) -> tuple[Name, ...]:
        """The authors' names in parts."""
        if len(self.author_names) == len(self.authors):
            return tuple(map(name_sorted, self.author_names))
        return tuple(map(name_shown, self.authors))

    @property
    def sections(self) -> tuple[Section, ...]:
        """The headings of its full text, in order; those of a paper whose pages were not loaded are not known."""
        return tuple(s for page in self.pages for s in page.sections)

    @property
    def references(self) -> tuple[str, ...]:
        """The entries of its list of references, in order; as for `sections`, only with its pages."""
        return tuple(r for page in self.pages for r in page.references)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the sources it was read from, each once, in order of appearance."""
        return tuple(dict.fromkeys(a.source for a in self.appearances))

    @property
    def link(self) -> str | None:
        """A web address for the paper: its own URL, else one made from an identifier, else None."""
        if self.url and self.url.lower().startswith(("http://", "https://")):
            return self.url
        if self.arxiv_id:
            return f"https://arxiv.org/abs/{self.arxiv_id}"
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return None

    def text(self, field: str = "abstract", page: int | None = None) -> str:
        """The repaired text that a citation's offsets count in.

        `field` is `title`, `abstract` or `page` (then `page` is the page's number). A page that
        does not exist gives the empty string; another field raises ValueError.
        """
        if field == "title":
            return self.title
        if field == "abstract":
            return self.abstract
        if field == "page":
            return next((p.text for p in self.pages if p.number == page), "")
        raise ValueError(f"no such field: {field}")

    def to_dict(self) -> dict[str, Any]:
        """The paper as JSON values, with `id`, `link` and `sources`; page texts are left out."""
        row = asdict(replace(self, pages=()))
        row["pages"] = len(self.pages)
        if self.pages:
            row |= {"sections": [asdict(s) for s in self.sections], "references": list(self.references)}
        return {"id": self.id, **row, "link": self.link, "sources": list(self.sources)}


def paper_id(paper: Paper) -> str:
    """The paper's stable id, a function of its strongest identifier alone.

    `arxiv:…`, else `doi:…`, else `pmid:…`, else `title:` with 16 hex digits over the normalised
    title (and first author and year where known, so that two different papers of one title differ).
    The same record gives the same id on every machine.
    """
    first = paper.authors[0] if paper.authors else None
    return _id_of(paper.arxiv_id, paper.doi, paper.pmid, paper.title, first, paper.year)


# A paper is asked for its id again and again.
@lru_cache(maxsize=16384)
def _id_of(
    arxiv_id: str | None, doi: str | None, pmid: str | None, title: str, first: str | None, year: int | None
) -> str:
    if strongest := next(iter(_identifiers(arxiv_id, doi, pmid).items()), None):
        return ":".join(strongest)
    parts = [normalised_title(title)]
    if first is not None or year:
        parts += [surname(first) if first is not None else "", str(year or "")]
    return "title:" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def identifiers(paper: Paper) -> dict[str, str]:
    """Its identifiers by kind (`arxiv`, `doi`, `pmid`, in this order), normalised; a 10.48550 DOI counts as arXiv."""
    return _identifiers(paper.arxiv_id, paper.doi, paper.pmid)


def _identifiers(arxiv_id: str | None, doi: str | None, pmid: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    arxiv = normalised_arxiv(arxiv_id)
    doi = normalised_doi(doi)
    if doi and ARXIV_DOI.search(doi):
        arxiv, doi = arxiv or normalised_arxiv(doi), None
    for kind, value in (("arxiv", arxiv), ("doi", doi), ("pmid", normalised_pmid(pmid))):
        if value:
            found[kind] = value
    return found


def same_work(a: Paper, b: Paper) -> bool:
    """Whether two records are silently one paper.

    True on a shared identifier, or on equal normalised titles when no identifiers of one kind, no
    first authors and no years (± 2) conflict.
    """
    ids_a, ids_b = identifiers(a), identifiers(b)
    shared = ids_a.keys() & ids_b.keys()
    if any(ids_a[k] == ids_b[k] for k in shared):
        return True
    if shared or normalised_title(a.title) != normalised_title(b.title):
        return False
    if a.authors and b.authors and not same_family(surname(a.authors[0]), surname(b.authors[0])):
        return False
    return not (a.year and b.year and abs(a.year - b.year) > 2)


def papers_in_words(count: int) -> str:
    """"1 paper", "3,000 papers"."""
    return f"{count:,} {'paper' if count == 1 else 'papers'}"
