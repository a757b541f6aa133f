"""A paper as it was read: packed for the library file, with a hash, and with what the user lays over it."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ..papers import Appearance, Page, Paper, Passage, Section

_DEFAULTS = {f.name: f.default for f in fields(Paper)}
_TUPLES = [name for name, default in _DEFAULTS.items() if default == ()]
_PACKED = [n for n in _DEFAULTS if n not in ("pages", "appearances")]


def packed(paper: Paper, *, appearances: bool = True) -> str:
    """The paper as compact JSON, without pages; defaults are left out, raw text that equals the repaired is 1."""
    row: dict[str, Any] = {n: v for n in _PACKED if (v := getattr(paper, n)) != _DEFAULTS[n]}
    for name in ("title", "abstract"):
        if row.get(f"raw_{name}") and row[f"raw_{name}"] == getattr(paper, name):
            row[f"raw_{name}"] = 1
    if appearances and paper.appearances:
        row["appearances"] = [(a.source, a.position) for a in paper.appearances]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def unpacked(data: str, pages: tuple[Page, ...] = ()) -> Paper:
    """The paper that `packed` gave, with `pages`."""
    row = json.loads(data)
    for name in _TUPLES:
        if name in row:
            row[name] = tuple(row[name])
    for name in ("title", "abstract"):
        if row.get(f"raw_{name}") == 1:
            row[f"raw_{name}"] = row[name]
    row["appearances"] = tuple(Appearance(s, n) for s, n in row.get("appearances", ()))
    return Paper(**row, pages=pages)


@dataclass(frozen=True, slots=True)
class Record:
    """A paper as it was read, fit to be stored, and a hash over all but where it was read."""

    paper: Paper
    data: str
    digest: bytes


def record(paper: Paper) -> Record:
    """The record of a paper; characters that no text holds (NUL, lone surrogates) become U+FFFD."""
    try:
        found = _record(paper)
        strange = "\\u0000" in found.data or any("\x00" in p.text + p.raw for p in paper.pages)
    except UnicodeEncodeError:
        strange = True
    return _record(_storable(paper)) if strange else found


def _record(paper: Paper) -> Record:
    data = packed(paper, appearances=False)
    digest = hashlib.sha256(data.encode())
    for page in paper.pages:
        digest.update(f"\x1e{page.number}\x1f{page.text}\x1f{page.raw}{more_of(page) or ''}".encode())
    for appearance in paper.appearances:
        appearance.source.encode()
    return Record(paper, data, digest.digest())


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub("[\x00\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, tuple):
        return tuple(_storable(v) for v in value)
    if isinstance(value, Paper | Page | Section | Appearance):
        return replace(value, **{f.name: _storable(getattr(value, f.name)) for f in fields(value)})
    return value


def pages_of(db: sqlite3.Connection, rid: int | None) -> tuple[Page, ...]:
    """The pages read with a record, in order."""
    if rid is None:
        return ()
    # A library of an older format that can't be written has no column `more`.
    rows = db.execute("SELECT * FROM pages WHERE rid = ? ORDER BY place", (rid,))
    return tuple(
        _page(number, text, text if raw is None else raw, *more) for _, number, text, raw, _, *more in rows
    )


def _page(number: int, text: str, raw: str, more: str | None = None) -> Page:
    row = json.loads(more) if more else {}
    sections = tuple(Section(title, level, number, start) for title, level, start in row.get("sections", ()))
    return Page(number, text, raw, sections, tuple(row.get("references", ())))


def more_of(page: Page) -> str | None:
    """What a page holds beside its text, as JSON; None for nothing."""
    if not page.sections and not page.references:
        return None
    sections = [(s.title, s.level, s.start) for s in page.sections]
    return json.dumps({"sections": sections, "references": page.references}, ensure_ascii=False)


# ---------------------------------------------------------------------- what the user changed


def with_own(paper: Paper, own: dict[str, Any]) -> Paper:
    """The paper with the user's own tags, collections, note and read mark laid over what was read."""
    values: dict[str, Any] = {}
    for name in ("tags", "collections"):
        if name in own:
            kept = [v for v in getattr(paper, name) if v not in own[name]["drop"]]
            values[name] = tuple(dict.fromkeys([*kept, *own[name]["add"]]))
    for name in ("note", "read"):
        if name in own:
            values[name] = own[name]
    return replace(paper, **values) if values else paper


def changed_own(base: Paper, own: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    """`own` changed so that `with_own(base, …)` shows the wanted tags, collections, note, read (None: as before)."""
    out = dict(own)
    for name in ("tags", "collections"):
        if wanted.get(name) is not None:
            read, want = getattr(base, name), list(dict.fromkeys(wanted[name]))
            change = {"add": [v for v in want if v not in read], "drop": [v for v in read if v not in want]}
            out.pop(name, None)
            if change["add"] or change["drop"]:
                out[name] = change
    for name in ("note", "read"):
        if wanted.get(name) is not None:
            out.pop(name, None)
            if wanted[name] != getattr(base, name):
                out[name] = wanted[name]
    return out


def joined_own(parts: list[dict[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if name == "read":
                out["read"] = out.get("read", False) or value
            elif name == "note":
                out["note"] = "\n".join(dict.fromkeys(n for n in (out.get("note", ""), value) if n))
            else:
                into = out.setdefault(name, {"add": [], "drop": []})
                for way in ("add", "drop"):
                    into[way] = list(dict.fromkeys([*into[way], *value[way]]))
    return out


def passages_of(db: sqlite3.Connection, papers: Mapping[str, Paper]) -> list[Passage]:
    """The passages of papers (by id, their pages left out), in order of arrival, each paper's in reading order."""
    out: list[Passage] = []
    rows = db.execute(
        'SELECT p.id, p.pages_of, s.field, s.page, s.start, s."end" FROM papers p JOIN passages s USING(pid) '
        "WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY pid, place",
        (json.dumps(list(papers)),),
    )
    whole: Paper | None = None
    for paper_id, rid, field, page, start, end in rows:
        paper = papers[paper_id]
        if field == "page":
            if whole is None or whole.id != paper_id:
                whole = replace(paper, pages=pages_of(db, rid))
            paper = whole
        out.append(Passage(paper_id, field, start, end, paper.text(field, page)[start:end], page))
    return out
