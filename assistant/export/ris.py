"""Papers as RIS."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..papers import NUMBERED, SUMMARY_NOTE, Name, Paper, name_shown, name_sorted, word_for
from .keys import citation_keys
from .venues import address, container, publisher


def text(papers: Sequence[Paper]) -> str:
    """A record per paper; nothing for none."""
    import rispy

    rows = [_record(key, paper) for key, paper in zip(citation_keys(papers), papers, strict=True)]
    if not rows:
        return ""
    tags = list(dict.fromkeys(tag for row in rows for tag in row))
    names = {tag: tag.lower() for tag in tags} | {"TY": "type_of_reference", "ER": "end_of_reference"}
    return rispy.dumps(
        [{names[tag]: value[0] if tag == "TY" else value for tag, value in row.items()} for row in rows],
        implementation=_writer(), mapping=names, list_tags=[t for t in tags if t != "TY"], delimiter_tags_mapping={},
    )  # fmt: skip


def _writer() -> type:
    import rispy

    class Writer(rispy.RisWriter):
        def set_header(self, count: int) -> str:
            return ""

    return Writer


def _record(key: str, paper: Paper) -> dict[str, list[str]]:
    people, editors = paper.names, tuple(map(name_sorted, paper.editors))
    kind = "article" if paper.kind == "summary" else paper.kind
    word = word_for(kind, paper.raw_kind, "ris")
    begins, _, ends = paper.page_range.partition("-")
    span = re.fullmatch(r"[^\s,;-]+-[^\s,;-]+", paper.page_range)
    note = f"{SUMMARY_NOTE}\n{paper.note}" if paper.kind == "summary" else paper.note
    values: dict[str, Sequence[str | None]] = {
        "TY": [word],
        "ID": [key],
        "TI": [paper.title],
        "AU": [_name(n) for n in people] if people != editors or not editors else [],
        "A2" if kind in ("inproceedings", "incollection") else "ED": [_name(n) for n in editors],
        "PY": [str(paper.year or "")],
        "DA": [paper.date.replace("-", "/")],
        "T2": [container(paper)],
        "J2": [paper.venue_short],
        "C3": [paper.event if kind == "inproceedings" else ""],
        "T3": [paper.series],
        "VL": [paper.volume],
        "IS": [paper.issue],
        "M1": [paper.number if kind in NUMBERED else ""],
        "SP": [begins if span else paper.page_range],
        "EP": [ends if span else ""],
        "ET": [paper.edition],
        "PB": [publisher(paper)],
        "CY": [paper.place],
        "SN": [", ".join((*paper.isbn, *paper.issn))],
        "M3": [paper.genre],
        "LA": [paper.language],
        "DO": [paper.doi],
        "C1": [f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else ""],
        "AN": [f"PMID: {paper.pmid}" if paper.pmid else ""],
        "C2": [paper.pmcid],
        "UR": [address(paper)],
        "Y2": [paper.accessed.replace("-", "/")],
        "KW": [*paper.keywords, *(t for t in paper.tags if t not in paper.keywords)],
        "AB": [paper.abstract],
        "N1": note.splitlines(),
    }
    flat = {tag: [line for v in given if v and (line := " ".join(v.split()))] for tag, given in values.items()}
    return {tag: lines for tag, lines in flat.items() if lines}


def _name(name: Name) -> str:
    """`Family, Given, Suffix`, as RIS has it; a comma behind an organisation's that could be taken for a person's."""
    if name.literal:
        return name.literal if name_shown(name.literal).literal else f"{name.literal},"
    return ", ".join(p for p in (name.last, f"{name.given} {name.dropping}".strip(), name.suffix) if p)
