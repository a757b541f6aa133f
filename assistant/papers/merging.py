"""Several records of one paper made one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from .works import Paper, identifiers


def merged(*records: Paper) -> Paper:
    """One paper out of one or more records of it; the same in whatever order they come.

    The record with a DOI wins over one without, then a published one over a preprint, then the one with
    the longer abstract; empty fields are filled from the next; the longest abstract is kept, though a
    summary's own words never replace the paper's; identifiers, appearances, keywords, tags and collections are united.
    A record alone comes back as it was, with its appearances in order.
    """
    appearances = tuple(sorted({a for r in records for a in r.appearances}, key=lambda x: (x.source, x.position)))
    ranked = sorted(set(records), key=_precedence, reverse=True)
    first = ranked[0]
    if len(ranked) == 1:
        return replace(first, appearances=appearances)
    values: dict[str, Any] = {}
    for f in fields(Paper):
        given = (v for r in ranked if (v := getattr(r, f.name)) not in (None, "", ()))
        values[f.name] = next(given, getattr(first, f.name))
    words = max(ranked, key=lambda p: (bool(p.abstract), p.kind != "summary", len(p.abstract), _precedence(p)))
    values |= {"abstract": words.abstract, "raw_abstract": words.raw_abstract, "kind": _kind(ranked, words)}
    values["raw_kind"] = next((r.raw_kind for r in ranked if r.kind == values["kind"]), "")
    # Names in parts belong to the authors that are shown, and a day to the year.
    values["author_names"] = next((r.author_names for r in ranked if r.authors), ())
    dates = (r.date for r in ranked if r.date and r.date.startswith(str(values["year"])))
    values["date"] = next(dates, "")
    named = next(r for r in ranked if r.title or r is ranked[-1])
    values |= {"title": named.title, "raw_title": named.raw_title}
    read = max(ranked, key=lambda p: (len(p.pages), _precedence(p)))
    values |= {"pages": read.pages, "file": read.file}
    ids: dict[str, str] = {}
    for record in ranked:
        ids = {**identifiers(record), **ids}
    values |= {"arxiv_id": ids.get("arxiv"), "doi": ids.get("doi") or values["doi"], "pmid": ids.get("pmid")}
    for name in ("keywords", "tags", "collections"):
        values[name] = tuple(dict.fromkeys(v for r in ranked for v in getattr(r, name)))
    values["read"] = any(r.read for r in ranked)
    values |= {"appearances": appearances, "note": "\n".join(sorted({r.note for r in ranked if r.note}))}
    return Paper(**values)


def origins(paper: Paper, records: Iterable[Paper]) -> dict[str, tuple[str, ...]]:
    """For each field that the paper has, the sources of the records that say the same; none for what the user set."""
    out: dict[str, tuple[str, ...]] = {}
    read = list(records)
    for f in fields(Paper):
        value = getattr(paper, f.name)
        if value in (None, "", (), False) or f.name in ("appearances", "raw_title", "raw_abstract", "raw_kind"):
            continue
        if isinstance(value, tuple) and f.name != "pages":
            same = [r for r in read if set(getattr(r, f.name)) & set(value)]
        else:
            same = [r for r in read if getattr(r, f.name) == value]
        if sources := tuple(dict.fromkeys(s for r in same for s in r.sources)):
            out[f.name] = sources
    return out


def _precedence(p: Paper) -> tuple[Any, ...]:
    # The last item makes the order total: two records that differ at all never tie.
    published = p.kind != "preprint" and bool(p.venue)
    return ("doi" in identifiers(p), published, len(p.abstract), len(p.authors), len(p.pages), len(p.title), repr(p))


def _kind(ranked: list[Paper], words: Paper) -> str:
    # A summary is called one wherever its words are shown, and nowhere else.
    if words.kind == "summary" and words.abstract:
        return "summary"
    kinds = [r.kind for r in ranked if r.kind != "summary"]
    # "misc" only says that a format had no word for it.
    kinds = [k for k in kinds if k != "misc"] or kinds or ["article"]
    if kinds[0] in ("article", "preprint"):
        return next((k for k in kinds if k not in ("article", "preprint")), kinds[0])
    return kinds[0]
