"""Papers as CSL-JSON, which citeproc processors and reference managers read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..papers import SUMMARY_NOTE, Name, Paper, name_sorted, word_for
from ..readers.kinds import kind_of
from .keys import citation_keys
from .titles import spanned
from .venues import address, container, publisher


def text(papers: Sequence[Paper]) -> str:
    """An item per paper, as a JSON array."""
    rows = [item(paper, key) for key, paper in zip(citation_keys(papers), papers, strict=True)]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def item(paper: Paper, key: str) -> dict[str, Any]:
    """The paper as a CSL item; what CSL has no variable for stands in `custom`."""
    people, editors = paper.names, tuple(map(name_sorted, paper.editors))
    kind = "article" if paper.kind == "summary" else paper.kind
    extra: dict[str, Any] = {"arxiv": paper.arxiv_id, "tags": list(paper.tags), "collections": list(paper.collections)}
    word = word_for(kind, paper.raw_kind, "csl")
    if kind_of(word) != kind:
        extra["kind"] = kind
    number = paper.number or (f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else "")
    row: dict[str, Any] = {
        "id": key,
        "type": word,
        "title": spanned(paper),
        "author": [_name(n) for n in people] if people != editors or not editors else None,
        "editor": [_name(n) for n in editors],
        "issued": {"date-parts": [_date(paper.date) or [paper.year]]} if paper.year else None,
        "accessed": {"date-parts": [_date(paper.accessed)]} if paper.accessed else None,
        "container-title": container(paper),
        "container-title-short": paper.venue_short,
        "event-title": paper.event,
        "collection-title": paper.series,
        "volume": paper.volume,
        "issue": paper.issue,
        "page": paper.page_range,
        "number": number,
        "edition": paper.edition,
        "genre": paper.genre,
        "publisher": publisher(paper),
        "publisher-place": paper.place,
        "ISBN": ", ".join(paper.isbn),
        "ISSN": ", ".join(paper.issn),
        "DOI": paper.doi,
        "PMID": paper.pmid,
        "PMCID": paper.pmcid,
        "URL": address(paper),
        "language": paper.language,
        "abstract": paper.abstract,
        "keyword": _listing(paper.keywords),
        "note": f"{SUMMARY_NOTE}\n{paper.note}" if paper.kind == "summary" else paper.note,
        "citation-key": key if paper.key else None,
        "custom": {k: v for k, v in extra.items() if v},
    }
    return {k: v for k, v in row.items() if v}


def _name(name: Name) -> dict[str, str]:
    if name.literal:
        return {"literal": name.literal}
    parts = {
        "family": name.family, "given": name.given, "non-dropping-particle": name.particle,
        "dropping-particle": name.dropping, "suffix": name.suffix,
    }  # fmt: skip
    return {k: v for k, v in parts.items() if v}


def _date(text: str) -> list[int]:
    return [int(part) for part in text.split("-")] if text else []


def _listing(values: Sequence[str]) -> str:
    if not any("," in v for v in values):
        return ", ".join(values)
    return "; ".join(values) + (";" if len(values) == 1 else "")
