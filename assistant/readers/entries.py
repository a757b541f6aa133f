"""One entry of a bibliography, whatever its format, to one paper: identifiers, links and kind told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..papers import Appearance, Paper, normalised_arxiv, normalised_doi, normalised_pmid
from ..text import repaired
from .kinds import kind_of
from .records import NOT_A_PERSON, text_of, year_of

_LONGEST = {"title": 2_000, "abstract": 200_000, "name": 300, "venue": 1_000, "note": 20_000, "keyword": 300}
_MOST = 5_000


def paper_of(
    source: str,
    position: int,
    *,
    title: str,
    abstract: str = "",
    authors: Iterable[str] = (),
    year: object = None,
    venue: str = "",
    doi: str = "",
    arxiv: str = "",
    pmid: str = "",
    urls: Iterable[str] = (),
    kind: str = "",
    keywords: Iterable[str] = (),
    tags: Iterable[str] = (),
    collections: Iterable[str] = (),
    note: str = "",
    raw_title: str = "",
    raw_abstract: str = "",
) -> Paper | None:
    """The paper with these values, cleaned; None for one without a title.

    `urls` may hold DOIs and links in any order: identifiers that stand in them count, and the first
    web address becomes the paper's. An arXiv paper that names no other venue is a preprint.
    """
    name = " ".join(repaired(title[: _LONGEST["title"]]).split())
    if not name:
        return None
    links = [u for u in (text_of(u)[:2_000] for u in urls) if u]
    web = next((m[0].rstrip(".,;") for u in links if (m := re.search(r"https?://[^\s<>\"|]+", u))), None)
    found_doi = normalised_doi(doi) or next(
        (d for u in links if ("doi.org/" in u or u.startswith("10.")) and (d := normalised_doi(u))), None
    )
    found_arxiv = normalised_arxiv(arxiv) or next(
        (a for u in links if re.search(r"arxiv\.org/(?:abs|pdf)/|arxiv:", u, re.I) and (a := normalised_arxiv(u))), None
    )
    place = " ".join(repaired(venue[: _LONGEST["venue"]]).split()) or None
    if not found_arxiv and place and re.match(r"(?:arxiv|corr)\b", place, re.I):
        inside = re.search(r"(?:arxiv[:./\s]*|abs/)((?:\d{4}\.\d{4,5})|(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}))", place, re.I)
        found_arxiv = normalised_arxiv(inside[1]) if inside else None
    what = kind_of(kind)
    if what in ("article", "misc") and found_arxiv and (place is None or re.match(r"(?:arxiv|corr)\b", place, re.I)):
        what = "preprint"
    text = repaired(abstract[: _LONGEST["abstract"]])
    return Paper(
        title=name,
        abstract="" if text.strip("[]. ").lower() in _NO_ABSTRACT else text,
        authors=tuple(a for a in _each(authors, _LONGEST["name"]) if not NOT_A_PERSON.fullmatch(a)),
        year=year_of(year),
        venue=place,
        doi=found_doi,
        arxiv_id=found_arxiv,
        pmid=normalised_pmid(pmid) or next((p for u in links if "pubmed" in u and (p := _pmid_in(u))), None),
        url=web,
        kind=what,
        keywords=_each(keywords, _LONGEST["keyword"]),
        tags=_each(tags, _LONGEST["keyword"]),
        collections=_each(collections, _LONGEST["keyword"]),
        note=repaired(note[: _LONGEST["note"]]),
        raw_title=raw_title or title,
        raw_abstract=raw_abstract or abstract,
        appearances=(Appearance(source, position),),
    )


_NO_ABSTRACT = frozenset(
    {"", "no abstract", "no abstract available", "abstract not available", "not available", "n/a", "none", "null"}
)


def _each(values: Iterable[str], longest: int) -> tuple[str, ...]:
    """The values cleaned, each once, in order."""
    found: dict[str, None] = {}
    for value in values:
        if text := " ".join(repaired(text_of(value)[:longest]).split()).strip(" ,;"):
            found[text] = None
        if len(found) >= _MOST:
            break
    return tuple(found)


def _pmid_in(link: str) -> str | None:
    found = re.search(r"pubmed(?:\.ncbi\.nlm\.nih\.gov)?/(\d{1,9})\b", link)
    return normalised_pmid(found[1]) if found else None


def text_without_tags(text: str) -> str:
    """Text whose XML or HTML elements are taken out; those that end a paragraph leave a space."""
    return re.sub(r"<(/?)([a-zA-Z][\w:.-]{0,40})(?:\s[^<>]{0,500})?/?>", _gap, text) if "<" in text else text


def _gap(found: re.Match[str]) -> str:
    blocks = ("p", "br", "div", "sec", "title", "li", "section")
    return " " if found[2].lower().rpartition(":")[2] in blocks else ""
