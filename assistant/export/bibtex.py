"""Papers as BibTeX, with BibLaTeX's fields where BibTeX has none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..language import listed
from ..papers import SUMMARY_NOTE, Name, Paper, name_sorted, word_for
from .keys import citation_keys
from .titles import braced, escaped
from .venues import address, container, publisher

_MONTHS = listed("calendar.short_months")
# Where a kind of work appeared, and who published it.
_CONTAINER = {"article": "journal", "inproceedings": "booktitle", "incollection": "booktitle"}
_PUBLISHER = {"thesis": "school", "report": "institution"}


def text(papers: Sequence[Paper]) -> str:
    """An entry per paper."""
    import bibtexparser
    from bibtexparser.model import Block, Entry, Field

    entries: list[Block] = []
    for key, paper in zip(citation_keys(papers), papers, strict=True):
        values = [Field(name, value) for name, value in _fields(paper).items() if value]
        entries.append(Entry(_type(paper), key, values))
    # The fields come with their braces: a month is a word without.
    return bibtexparser.write_string(bibtexparser.Library(entries), unparse_stack=[])


def _type(paper: Paper) -> str:
    if paper.kind == "preprint" and paper.arxiv_id and not (paper.raw_kind or paper.venue or publisher(paper)):
        # As arXiv itself writes it.
        return "misc"
    return word_for("article" if paper.kind == "summary" else paper.kind, paper.raw_kind, "bibtex")


def _fields(paper: Paper) -> dict[str, str]:
    people, editors = paper.names, tuple(map(name_sorted, paper.editors))
    own = people != editors or not editors
    month, day = paper.date[5:7], paper.date[8:10]
    note = f"{SUMMARY_NOTE}\n\n{paper.note}" if paper.kind == "summary" else paper.note
    values = {
        "title": braced(paper),
        "author": " and ".join(_author(*pair) for pair in zip(paper.authors, people, strict=True)) if own else "",
        "editor": " and ".join(written(name) for name in editors),
        "year": str(paper.year or ""),
        "month": _MONTHS[int(month) - 1] if month else "",
        "day": str(int(day)) if day else "",
        _container_field(paper): escaped(container(paper)),
        "shortjournal": escaped(paper.venue_short),
        "eventtitle": escaped(paper.event),
        _PUBLISHER.get(paper.kind, "publisher"): escaped(publisher(paper)),
        "address": escaped(paper.place),
        "volume": escaped(paper.volume),
        "number": escaped(paper.issue or paper.number),
        "pages": re.sub(r"(?<=\w)-(?=\w)", "--", escaped(paper.page_range)),
        "series": escaped(paper.series),
        "edition": escaped(paper.edition),
        "type": escaped(paper.genre),
        "language": escaped(paper.language),
        "isbn": ", ".join(paper.isbn),
        "issn": ", ".join(paper.issn),
        "doi": _address(paper.doi or ""),
        "eprint": paper.arxiv_id or "",
        "archiveprefix": "arXiv" if paper.arxiv_id else "",
        "pmid": paper.pmid or "",
        "pmcid": paper.pmcid or "",
        "url": _address(address(paper)),
        "urldate": paper.accessed,
        "keywords": listing((*paper.keywords, *paper.tags)),
        "mendeley-tags": listing(paper.tags),
        "groups": ", ".join(escaped(c).replace(",", "\\,") for c in paper.collections),
        "abstract": escaped(paper.abstract),
        "note": escaped(note),
    }
    return {k: v if k == "month" else f"{{{v}}}" for k, v in values.items() if v}


def _container_field(paper: Paper) -> str:
    # What is read as the venue before a publisher would be.
    named = publisher(paper) or paper.series or paper.event
    return _CONTAINER.get(paper.kind, "booktitle" if named else "howpublished")


def listing(values: Sequence[str]) -> str:
    """The values in one field, parted by a mark that none of them holds."""
    mark = "; " if any("," in v for v in values) else ", "
    text = mark.join(escaped(v) for v in values)
    # A lone value with a comma in it would be read as two.
    return text + ";" if mark == "; " and len(values) == 1 else text


def written(name: Name) -> str:
    """A name so that BibTeX parts it where it is parted: words and letters that would mislead it in braces."""
    if name.literal:
        text = escaped(name.literal)
        return text if re.fullmatch(r"\w+", text) and not re.fullmatch(r"(?i)and|others", text) else f"{{{text}}}"
    last = f"{name.particle} {_part(name.family)}" if name.particle else _part(name.family)
    given = " ".join(p for p in (_part(name.given), name.dropping) if p)
    if name.suffix:
        return f"{last}, {_part(name.suffix)}, {given}"
    if given:
        return f"{last}, {given}"
    return f"{{{last}}}" if " " in last and not name.particle else last


def _part(text: str) -> str:
    text = escaped(text)
    return f"{{{text}}}" if "," in text or re.search(r"(?i)(?:^|\s)and(?:\s|$)", text) else text


def _author(shown: str, name: Name) -> str:
    """The name in the order that the record has it, where BibTeX parts that alike."""
    plain = escaped(shown)
    unmarked = "," not in shown and plain == shown and not re.search(r"(?i)(?:^|\s)and(?:\s|$)", shown)
    return shown if unmarked and not name.literal and name_sorted(shown) == name else written(name)


def _address(text: str) -> str:
    return re.sub(r"[{}\s]|\\$", lambda m: f"%{ord(m[0]):02X}", text)
