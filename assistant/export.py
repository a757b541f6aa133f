"""Papers as BibTeX, RIS, CSL-JSON or Markdown text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import UsageError
from .papers import Paper, normalised_title, surname

STYLES = ("bibtex", "ris", "csl-json", "markdown")


def exported(papers: Sequence[Paper], style: str) -> str:
    """The papers in `style`, in the order given, ending with a line break; UsageError for another style."""
    writers = {"bibtex": _bibtex, "ris": _ris, "csl-json": _csl, "markdown": _markdown}
    if style not in writers:
        raise UsageError(f"unknown format '{style}': choose one of {', '.join(STYLES)}")
    text = writers[style](papers)
    return text if not text or text.endswith("\n") else text + "\n"


def citation_keys(papers: Iterable[Paper]) -> list[str]:
    """A BibTeX key per paper, surnameYEARword, made unique by letters in the order given."""
    keys: list[str] = []
    for paper in papers:
        words = [w for w in normalised_title(paper.title).split() if len(w) > 3] or ["paper"]
        who = surname(paper.authors[0]).replace(" ", "") if paper.authors else "anon"
        key = re.sub(r"[^a-z0-9]", "", f"{who}{paper.year or ''}{words[0]}") or "paper"
        suffix, n = "", 1
        while key + suffix in keys:
            n += 1
            suffix = f"_{n}"
        keys.append(key + suffix)
    return keys


@dataclass(frozen=True, slots=True)
class _Form:
    """What a kind of work is called in each format, and BibTeX's field for where it appeared."""

    bibtex: str
    venue: str
    ris: str
    csl: str


_OTHER = _Form("misc", "howpublished", "GEN", "article")
_FORMS = {
    "article": _Form("article", "journal", "JOUR", "article-journal"),
    "inproceedings": _Form("inproceedings", "booktitle", "CPAPER", "paper-conference"),
    "proceedings": _Form("proceedings", "series", "CONF", "book"),
    "incollection": _Form("incollection", "booktitle", "CHAP", "chapter"),
    "book": _Form("book", "publisher", "BOOK", "book"),
    "thesis": _Form("phdthesis", "school", "THES", "thesis"),
    "report": _Form("techreport", "institution", "RPRT", "report"),
    "preprint": _Form("unpublished", "howpublished", "UNPB", "article"),
    "dataset": _Form("misc", "howpublished", "DATA", "dataset"),
    "software": _Form("misc", "howpublished", "COMP", "software"),
    "webpage": _Form("misc", "howpublished", "ELEC", "webpage"),
    "patent": _Form("misc", "howpublished", "PAT", "patent"),
    "presentation": _Form("misc", "howpublished", "SLIDE", "speech"),
}


def _bibtex(papers: Sequence[Paper]) -> str:
    import bibtexparser
    from bibtexparser.model import Block, Entry, Field

    entries: list[Block] = []
    for key, paper in zip(citation_keys(papers), papers, strict=True):
        form = _FORMS.get(paper.kind, _OTHER)
        values = {
            "title": f"{{{_balanced(paper.title)}}}",
            "author": " and ".join(_balanced(a) for a in paper.authors),
            "year": paper.year,
            form.venue: _balanced(paper.venue or ""),
            "doi": paper.doi,
            "eprint": paper.arxiv_id,
            "archiveprefix": "arXiv" if paper.arxiv_id else None,
            "url": paper.link,
            "keywords": ", ".join((*paper.keywords, *paper.tags)),
            "abstract": _balanced(paper.abstract),
            "note": "Abstract: a summary in our own words" if paper.kind == "summary" else _balanced(paper.note),
        }
        entries.append(Entry(form.bibtex, key, [Field(k, str(v)) for k, v in values.items() if v]))
    return bibtexparser.write_string(bibtexparser.Library(entries))


def _balanced(text: str) -> str:
    """Text that can stand between braces: unbalanced ones are dropped, %-comments escaped."""
    depth = 0
    for char in text:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            break
    if depth:
        text = text.replace("{", "").replace("}", "")
    return re.sub(r"(?<!\\)([%&#])", r"\\\1", " ".join(text.split()))


def _ris(papers: Sequence[Paper]) -> str:
    import rispy

    rows: list[dict[str, Any]] = []
    for paper in papers:
        row: dict[str, Any] = {
            "type_of_reference": _FORMS.get(paper.kind, _OTHER).ris,
            "title": _flat(paper.title),
            "authors": [_family_first(a) for a in paper.authors],
            "year": str(paper.year or ""),
            "secondary_title": _flat(paper.venue or ""),
            "doi": paper.doi,
            "urls": [paper.link] if paper.link else [],
            "abstract": _flat(paper.abstract),
            "keywords": [*paper.keywords, *paper.tags],
            "notes": [n for n in (f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else "", _flat(paper.note)) if n],
        }
        rows.append({k: v for k, v in row.items() if v})
    return rispy.dumps(rows) if rows else ""


def _csl(papers: Sequence[Paper]) -> str:
    rows = []
    for key, paper in zip(citation_keys(papers), papers, strict=True):
        names = [_family_first(a).split(", ", 1) for a in paper.authors]
        row: dict[str, Any] = {
            "id": key,
            "type": _FORMS.get(paper.kind, _OTHER).csl,
            "title": paper.title,
            "author": [{"family": n[0], "given": n[1]} if len(n) > 1 else {"literal": n[0]} for n in names],
            "issued": {"date-parts": [[paper.year]]} if paper.year else None,
            "container-title": paper.venue,
            "DOI": paper.doi,
            "PMID": paper.pmid,
            "URL": paper.link,
            "abstract": paper.abstract,
            "keyword": ", ".join((*paper.keywords, *paper.tags)),
            "number": f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else None,
            "note": paper.note,
        }
        rows.append({k: v for k, v in row.items() if v})
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _markdown(papers: Sequence[Paper]) -> str:
    blocks = []
    for paper in papers:
        about = ", ".join(str(x) for x in (", ".join(paper.authors), paper.year, paper.venue) if x)
        links = f"\n<{paper.link.replace('<', '%3C').replace('>', '%3E')}>" if paper.link else ""
        text = _escaped(paper.abstract) or "*No abstract.*"
        label = "*A summary:* " if paper.kind == "summary" else ""
        blocks.append(f"## {_escaped(paper.title)}\n\n{_escaped(about)}{links}\n\n{label}{text}\n")
    return "\n".join(blocks)


def _escaped(text: str) -> str:
    """Text from a paper as Markdown that shows it letter by letter."""
    return re.sub(r"([\\`*_{}\[\]<>#$|!~])", r"\\\1", " ".join(text.split()))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _family_first(author: str) -> str:
    if "," in author or " " not in author.strip():
        return _flat(author)
    given, family = author.strip().rsplit(" ", 1)
    return f"{family}, {given}"
