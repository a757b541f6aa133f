"""Records in CSL-JSON and as Crossref answers with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..papers import Name, Paper
from .dates import date_of
from .entries import Written, paper_of, text_without_tags, without
from .json_values import Record, dicts, joined, texts, within
from .records import listed, name_text, text_of


def csl_name(name: Record) -> Written:
    if whole := text_of(name.get("literal")) or text_of(name.get("name")):
        return Name(literal=whole)
    dropping, particle, family, given, suffix = (
        name_text(name.get(k)) for k in ("dropping-particle", "non-dropping-particle", "family", "given", "suffix")
    )
    made = Name(family, given, particle, suffix, dropping)
    shown = ", ".join(p for p in (" ".join(p for p in (dropping, particle, family) if p), given, suffix) if p)
    return (shown, made.sorted) if family else shown


def _csl_names(value: Any) -> list[Written]:
    if isinstance(value, list):
        return [csl_name(v) if isinstance(v, Mapping) else text_of(v) for v in value[:5_000]]
    return [text_of(value)] if value else []


def _csl_title(value: Any) -> tuple[str, str]:
    """A title as text, and as it stands where it marks words whose capitals stay."""
    raw = text_of(value)
    return joined(value), " ".join(raw.split()) if "nocase" in raw else ""


def csl(r: Record, source: str, position: int) -> Paper | None:
    title, raw_title = _csl_title(r.get("title"))
    if (subtitle := joined(r.get("subtitle"))) and subtitle.lower() not in title.lower():
        title, raw_title = f"{title}: {subtitle}", ""
    dates = ("issued", "published-print", "published", "published-online", "posted", "event-date", "created")
    posted = text_of(r.get("type")) == "posted-content"
    raw = text_of(r.get("abstract"))
    number = " ".join(text_of(r.get(k)) for k in ("number", "archive_location", "note", "eprint"))
    arxiv = re.search(r"(?i)arxiv:\s*\S+", number)
    institution = text_of(within(r.get("institution"), "name")) or text_of(
        next(iter(dicts(r.get("institution"))), {}).get("name")
    )
    venue = (
        joined(r.get("container-title"))
        or joined(within(r.get("institution"), "name") or r.get("event-title") or r.get("event"))
        or (institution if posted else "")
        or text_of(r.get("publisher"))
        or text_of(r.get("collection-title"))
    )
    custom = r["custom"] if isinstance(r.get("custom"), Mapping) else {}
    own_number = text_of(r.get("number")) if not re.match(r"(?i)arxiv:", text_of(r.get("number"))) else ""
    tags = listed(r.get("tags")) or _named(custom.get("tags"))
    return paper_of(
        source,
        position,
        title=title or joined(r.get("title-short")) or joined(r.get("container-title")),
        # A heading in the abstract's own mark-up; "Abstract interpretation" begins a sentence.
        abstract=re.sub(r"^\s*(?i:abstract)\b\s*(?:[:.]\s*|(?=[A-Z]))", "", text_without_tags(raw))
        if "<" in raw or re.match(r"\s*(?i:abstract)\s*:", raw) else raw,
        authors=_csl_names(r.get("author")) or _csl_names(r.get("editor")),
        editors=_csl_names(r.get("editor")),
        year=next((d for d in (_csl_date(r.get(k)) for k in dates) if d), None),
        date=next((d for d in (date_of(r.get(k)) for k in dates if _csl_date(r.get(k))) if d), ""),
        accessed=date_of(r.get("accessed")),
        venue=venue,
        venue_short=joined(r.get("container-title-short") or r.get("short-container-title")
                            or r.get("journalAbbreviation")),
        event=joined(r.get("event-title") or r.get("event")),
        publisher=text_of(r.get("publisher")) or institution,
        place=text_of(r.get("publisher-place")) or text_of(r.get("publisher-location")),
        volume=text_of(r.get("volume")),
        issue=text_of(r.get("issue")),
        number=own_number,
        pages=text_of(r.get("page")) or text_of(r.get("article-number")),
        series=text_of(r.get("collection-title")),
        edition=text_of(r.get("edition")) or text_of(r.get("edition-number")) or text_of(r.get("version")),
        genre=text_of(r.get("genre")) or text_of(r.get("degree")),
        language=text_of(r.get("language")),
        isbn=texts(r.get("ISBN")),
        issn=texts(r.get("ISSN")),
        key=text_of(r.get("citation-key")) or text_of(custom.get("key")),
        doi=text_of(r.get("DOI")) or text_of(r.get("doi")),
        arxiv=text_of(custom.get("arxiv")) or (arxiv[0] if arxiv else ""),
        pmid=text_of(r.get("PMID")),
        pmcid=text_of(r.get("PMCID")),
        urls=[text_of(r.get("URL"))],
        kind="preprint" if posted else text_of(custom.get("kind")) or text_of(r.get("type")),
        raw_kind=f"csl:{text_of(r.get('type'))}",
        keywords=without(listed(r.get("keyword")) or listed(r.get("subject")), tags),
        tags=tags,
        collections=_named(custom.get("collections")),
        note=text_of(r.get("note")),
        raw_title=raw_title,
        raw_abstract=raw,
    )  # fmt: skip


def _named(value: Any) -> list[str]:
    return [text_of(v) for v in value[:5_000]] if isinstance(value, list) else []


def _csl_date(value: Any) -> Any:
    if isinstance(value, Mapping):
        parts = value.get("date-parts")
        first = parts[0] if isinstance(parts, list) and parts else None
        return (first[0] if isinstance(first, list) and first else None) or value.get("raw") or value.get("literal")
    return value
