"""Formatted references in APA, IEEE and Nature style: citeproc with the styles in `styles/`, written for this."""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..papers import Paper
from .csl import item
from .keys import citation_keys
from .venues import address

_FOLDER = Path(__file__).resolve().parent / "styles"
_NUMBERED = ("ieee", "nature")
# What citeproc takes no part of, or a plain line of text has no place for.
_UNUSED = ("abstract", "note", "keyword", "custom", "citation-key", "language")


def references(papers: Sequence[Paper], style: str) -> list[str]:
    """A reference per paper, in the style's own order: APA by author, the others as given, with their numbers.

    A record that citeproc can't format is given by authors, year, title and link.
    """
    if not papers:
        return []
    rows = [_item(key, paper, style) for key, paper in zip(citation_keys(papers), papers, strict=True)]
    try:
        found = _formatted(rows, style)
    except Exception as error:  # noqa: BLE001 - citeproc raises whatever a record makes it stumble over
        warnings.warn(f"citeproc: {error!r}", stacklevel=2)
        found = [line for row, paper in zip(rows, papers, strict=True) for line in _one_by_one(row, paper, style)]
    if style in _NUMBERED:
        return [_with_number(n, line, style) for n, line in enumerate(found, 1)]
    return found


def _item(key: str, paper: Paper, style: str) -> dict[str, Any]:
    row = {k: v for k, v in item(paper, key).items() if k not in _UNUSED}
    row["id"] = f"{len(key)}-{key}".lower()
    for name in (*row.get("author", ()), *row.get("editor", ())):
        # citeproc-py makes no initial of a small letter: Wen-tau is W.-T.
        if given := name.get("given"):
            name["given"] = re.sub(r"(?<=\w-)[a-z]", lambda m: m[0].upper(), given)
    if paper.arxiv_id and not paper.publisher and paper.kind == "preprint":
        # APA names the archive beside its number.
        row |= {"publisher": "arXiv"} if style == "apa" else {}
        row.pop("container-title", None)
    if paper.kind != "preprint" and row.get("number", "").startswith("arXiv:"):
        # Styles take it for the number of an article.
        del row["number"]
    if paper.kind == "summary":
        row["type"] = "article-journal"
    if not row.get("URL") and not paper.doi and (link := address(paper)):
        row["URL"] = link
    return row


def _formatted(rows: list[dict[str, Any]], style: str) -> list[str]:
    from citeproc import Citation, CitationItem, CitationStylesBibliography, formatter
    from citeproc.source.json import CiteProcJSON

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bibliography = CitationStylesBibliography(_style(style), CiteProcJSON(rows), formatter.plain)
        for row in rows:
            bibliography.register(Citation([CitationItem(row["id"])]))
        if style not in _NUMBERED:
            bibliography.sort()
        lines = [_cleaned(str(line)) for line in bibliography.bibliography()]
    # APA writes "Ed." with a capital, which citeproc-py does not give to a label.
    return [re.sub(r"\(ed(s?)\.\)", r"(Ed\1.)", line) for line in lines] if style == "apa" else lines


@functools.cache
def _style(name: str) -> Any:
    from citeproc import CitationStylesStyle

    return CitationStylesStyle(str(_FOLDER / f"{name}.csl"), validate=False)


def _one_by_one(row: dict[str, Any], paper: Paper, style: str) -> list[str]:
    try:
        return _formatted([row], style)
    except Exception:  # noqa: BLE001 - the same: this record is given without citeproc
        about = [", ".join(paper.authors), f"({paper.year})" if paper.year else "", paper.title, paper.link or ""]
        return [". ".join(part for part in about if part)]


def _cleaned(line: str) -> str:
    """The line without what citeproc-py leaves undone: American quotation marks, empty terms, doubled stops."""
    line = " ".join(line.split())
    line = re.sub(r"^(?:\[\d+\]|\d+\.)\s*", "", line)
    line = line.replace(" (Publication)", "").replace("(ArXiv:", "(arXiv:")
    line = re.sub(r"(?<=\.) in (?=\(\d)", " ", line)
    line = re.sub(r"([?!])(”?)[,.](?=\s|$)", r"\1\2", line)
    return re.sub(r"”([,.])", r"\1”", line)


def _with_number(n: int, line: str, style: str) -> str:
    return f"[{n}] {line}" if style == "ieee" else f"{n}. {line}"
