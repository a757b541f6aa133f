"""The services that know papers: how each is asked, by which identifiers, and its answer read into papers.

Answers are read by the readers of the same formats as files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from ..config import Settings
from ..papers import Appearance, Paper, identifiers
from ..readers import json_records, tables, xml_records
from .client import Client, NotFound, Unanswered
from .politeness import pace_of

CANDIDATES = 5
"""Records looked at when a paper is asked for by its title."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service: the kinds of identifier it is asked by, best first, and how many at once."""

    name: str
    address: str
    kinds: tuple[str, ...]
    pause_s: float
    at_once: int
    ask: Callable[[str, str, Sequence[str]], tuple[str, dict[str, str]]]
    """The address and the parameters for identifiers of one kind."""
    read: Callable[[bytes, str], list[Paper]]
    """The papers in an answer, read from the source of this name."""

    def papers(self, client: Client, kind: str, values: Sequence[str], source: str) -> list[Paper]:
        """The records for these identifiers, in the order of the answer. Unanswered says why there are none."""
        address, params = self.ask(self.address, kind, values)
        return self._read(client, address, params, source)

    def titled(self, client: Client, title: str, source: str) -> list[Paper]:
        """The records whose titles are nearest to this one; only Crossref is asked so."""
        params = {"query.bibliographic": title[:400], "rows": str(CANDIDATES)}
        return self._read(client, self.address, params, source)

    def _read(self, client: Client, address: str, params: dict[str, str], source: str) -> list[Paper]:
        body = client.body(address, params, pace_of(self.address, self.pause_s))
        found = self.read(body, source)
        # Tags and notes are the reader's own; of a record only what it says of the paper is taken.
        return [replace(p, tags=(), collections=(), note="", appearances=(Appearance(source, 1),)) for p in found]


def services(settings: Settings) -> tuple[Service, ...]:
    """The four services in the order they are asked: those that carry abstracts most often come first."""
    email = {"email": settings.mailto} if settings.mailto else {}
    return (
        # arXiv asks for three seconds between requests, PubMed for at most three requests a second.
        Service("arXiv", settings.arxiv_url, ("arxiv",), 3.0, 50, _arxiv, _in_xml("atom")),
        Service("PubMed", settings.pubmed_url, ("pmid",), 0.34, 100, _pubmed(email), _in_xml("pubmed")),
        Service("Crossref", settings.crossref_url, ("doi",), 0.2, 1, _crossref, _in_json),
        # One record at a time costs nothing there; lists and searches do.
        Service("OpenAlex", settings.openalex_url, ("doi", "pmid", "arxiv"), 0.1, 1, _openalex, _in_json),
    )


# --------------------------------------------------------------------------- asking


def plain_arxiv(value: str) -> str:
    """An arXiv id without the subject class that old ids may carry: math.gt/0309136 is math/0309136."""
    return re.sub(r"\.[a-z]{2}/", "/", value)


def _arxiv(address: str, kind: str, values: Sequence[str]) -> tuple[str, dict[str, str]]:
    return address, {"id_list": ",".join(map(plain_arxiv, values)), "max_results": str(len(values))}


def _pubmed(email: Mapping[str, str]) -> Callable[[str, str, Sequence[str]], tuple[str, dict[str, str]]]:
    def ask(address: str, kind: str, values: Sequence[str]) -> tuple[str, dict[str, str]]:
        return address, {"db": "pubmed", "id": ",".join(values), "retmode": "xml", "tool": "litassist", **email}

    return ask


def _crossref(address: str, kind: str, values: Sequence[str]) -> tuple[str, dict[str, str]]:
    return f"{address.rstrip('/')}/{quote(values[0], safe='')}", {}


def _openalex(address: str, kind: str, values: Sequence[str]) -> tuple[str, dict[str, str]]:
    value = f"10.48550/arxiv.{values[0]}" if kind == "arxiv" else values[0]
    name = "pmid" if kind == "pmid" else "doi"
    return f"{address.rstrip('/')}/{name}:{quote(value, safe='/')}", {}


# --------------------------------------------------------------------------- reading


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unanswered("its answer is not text that can be read") from None
    if re.match(r"\s*(?:<!doctype html|<html)", text[:200], re.I):
        raise Unanswered("it answered with a web page instead of a record")
    return text


def _in_json(body: bytes, source: str) -> list[Paper]:
    text = _text(body)
    try:
        value: Any = json.loads(text)
        records = tables.records_in(value) or []
        found = [json_records.paper(r, source, 1) for r in records[:100] if isinstance(r, Mapping)]
    except (ValueError, RecursionError):
        raise Unanswered("its answer is not the JSON it should be, or breaks off") from None
    papers = [p for p in found if isinstance(p, Paper)]
    if not papers:
        raise Unanswered("its answer holds no record with a title")
    return papers


def _in_xml(kind: str) -> Callable[[bytes, str], list[Paper]]:
    def read(body: bytes, source: str) -> list[Paper]:
        text = _text(body)
        if xml_records.kind_of_xml(text[:4_000]) != kind:
            raise Unanswered("its answer is not the XML it should be")
        items = list(xml_records.papers(text, source, kind))
        papers = [p for p in items if isinstance(p, Paper)]
        if not papers and items:
            raise Unanswered(f"its answer can't be used: {next(i.reason for i in items if not isinstance(i, Paper))}")
        if not papers:
            raise NotFound("it knows no such record")
        return papers

    return read


def same_identifier(paper: Paper, kind: str, value: str) -> bool:
    """Whether the paper carries this identifier."""
    own = identifiers(paper).get(kind, "")
    return plain_arxiv(own) == plain_arxiv(value) if kind == "arxiv" else own == value
