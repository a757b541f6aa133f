"""One entry of a bibliography, whatever its format, to one paper: identifiers, links and kind told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..language import words
from ..papers import (
    SUMMARY_NOTE,
    Appearance,
    Name,
    Paper,
    name_shown,
    name_sorted,
    normalised_arxiv,
    normalised_doi,
    normalised_pmid,
    raw_kind_of,
)
from ..text import repaired
from .dates import date_of
from .kinds import kind_of
from .numbers import isbns, issns, one_line, page_range
from .records import NOT_A_PERSON, text_of, year_of

_LONGEST = {"title": 2_000, "abstract": 200_000, "name": 300, "venue": 1_000, "note": 20_000, "keyword": 300,
        }  # fmt: skip
_MOST = 5_000
Written = str | tuple[str, str] | Name
"""A name as a record has it: as it is shown, with its sorted form beside it, or in parts."""


def paper_of(
    source: str,
    position: int,
    *,
    title: str,
    abstract: str = "",
    authors: Iterable[Written] = (),
    editors: Iterable[Written] = (),
    year: object = None,
    venue: str = "",
    doi: str = "",
    arxiv: str = "",
    pmid: str = "",
    pmcid: str = "",
    urls: Iterable[str] = (),
    kind: str = "",
    raw_kind: str = "",
    keywords: Iterable[str] = (),
    tags: Iterable[str] = (),
    collections: Iterable[str] = (),
    note: str = "",
    raw_title: str = "",
    raw_abstract: str = "",
    date: str = "",
    accessed: str = "",
    pages: str = "",
    isbn: str = "",
    issn: str = "",
    **more: str,
) -> Paper | None:
    """The paper with these values, cleaned; None for one without a title.

    `urls` may hold DOIs and links in any order: identifiers that stand in them count, and the first
    web address becomes the paper's. An arXiv paper that names no other venue is a preprint. `raw_kind`
    is the format and its word (`ris:CHAP`); `more` holds fields of `Paper` that are short texts.
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
    place = _line(venue, _LONGEST["venue"]) or None
    if not found_arxiv and place and re.match(r"(?:arxiv|corr)\b", place, re.I):
        inside = re.search(r"(?:arxiv[:./\s]*|abs/)((?:\d{4}\.\d{4,5})|(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}))", place, re.I)
        found_arxiv = normalised_arxiv(inside[1]) if inside else None
    what = "summary" if kind == "summary" else kind_of(kind)
    if what in ("article", "misc") and found_arxiv and (place is None or re.match(r"(?:arxiv|corr)\b", place, re.I)):
        what = "preprint"
    text = repaired(abstract[: _LONGEST["abstract"]])
    shown, names = _people(authors)
    said = repaired(note[: _LONGEST["note"]])
    if said.startswith(SUMMARY_NOTE):
        what, said = "summary", said[len(SUMMARY_NOTE) :].strip()
    own, _, word = raw_kind.partition(":")
    if place and more.get("venue_short") == place:
        more["venue_short"] = ""
    found_year = year_of(year)
    both = re.fullmatch(r"(\w{1,9})\s*\((\w{1,9}(?:[-/]\w{1,9})?)\)", more.get("volume", ""))
    if both and not more.get("issue"):
        more |= {"volume": both[1], "issue": both[2]}
    return Paper(
        title=name,
        abstract="" if text.strip("[]. ").lower() in _NO_ABSTRACT else text,
        authors=shown,
        author_names=names,
        editors=_editors(editors),
        year=found_year,
        venue=place,
        doi=found_doi,
        arxiv_id=found_arxiv,
        pmid=normalised_pmid(pmid) or next((p for u in links if "pubmed" in u and (p := _pmid_in(u))), None),
        pmcid=m[0].upper() if (m := re.search(r"(?i)\bPMC\d{1,9}\b", pmcid)) else None,
        url=web,
        kind=what,
        raw_kind=raw_kind_of(own, word, what) if word else "",
        keywords=_each(keywords, _LONGEST["keyword"]),
        tags=_each(tags, _LONGEST["keyword"]),
        collections=_each(collections, _LONGEST["keyword"]),
        note=said,
        raw_title=raw_title or title,
        raw_abstract=raw_abstract or abstract,
        date=when if found_year and (when := date_of(date)).startswith(str(found_year)) else "",
        accessed=date_of(accessed),
        page_range=page_range(pages),
        isbn=isbns(isbn),
        issn=issns(issn),
        appearances=(Appearance(source, position),),
        **{field: one_line(text_of(value)) for field, value in more.items()},  # type: ignore[arg-type]
    )


def _line(text: str, longest: int) -> str:
    return " ".join(repaired(text[:longest]).split())


def _people(authors: Iterable[Written]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names as they are shown, each once, and as they are sorted where the shown ones don't tell that."""
    found: dict[str, str] = {}
    for value in authors:
        if isinstance(value, Name):
            shown, name = value.shown, value.sorted
        else:
            shown, name = value if isinstance(value, tuple) else (text_of(value), "")
        shown, name = _line(shown, _LONGEST["name"]).strip(" ,;"), _sorted_line(name[: _LONGEST["name"]])
        if shown and not NOT_A_PERSON.fullmatch(shown):
            found.setdefault(shown, name)
        if len(found) >= _MOST:
            break
    told = [name_shown(shown).sorted for shown in found]
    names = [name_sorted(n).sorted if n else t for n, t in zip(found.values(), told, strict=True)]
    return tuple(found), () if names == told else tuple(names)


def _sorted_line(text: str) -> str:
    """A sorted name on one line; braces that keep its words together stay."""
    if "{" in text:
        return " ".join("".join(c for c in text if c.isprintable()).split())
    return _line(text, _LONGEST["name"]).strip(" ,;")


def _editors(editors: Iterable[Written]) -> tuple[str, ...]:
    shown, names = _people(editors)
    return names or tuple(name_shown(s).sorted for s in shown)


_NO_ABSTRACT = words("records.no_abstract") | {"", "abstract not available"}


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


def without(keywords: Iterable[str], tags: Iterable[str]) -> list[str]:
    """The keywords without the tags, which reference managers list among them as well."""
    left = [k.strip() for k in keywords]
    for tag in map(str.strip, tags):
        if tag in left:
            # The last: an export writes tags behind the keywords.
            del left[len(left) - 1 - left[::-1].index(tag)]
    return left


def text_without_tags(text: str) -> str:
    """Text whose XML or HTML elements are taken out; those that end a paragraph leave a space."""
    return re.sub(r"<(/?)([a-zA-Z][\w:.-]{0,40})(?:\s[^<>]{0,500})?/?>", _gap, text) if "<" in text else text


def _gap(found: re.Match[str]) -> str:
    blocks = ("p", "br", "div", "sec", "title", "li", "section")
    return " " if found[2].lower().rpartition(":")[2] in blocks else ""
