"""Tables of papers: JSON lines, JSON arrays and objects, comma- and tab-separated files."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..papers import Paper, Rejected
from . import json_records
from .attachments import Linked
from .records import field_of, fields_of, paper_from, text_of

MAX_JSON_BYTES = 256 << 20
"""A JSON file that is one object must be held whole; a larger one should be saved as JSON lines."""
_PART, _LONGEST_RECORD = 1_000_000, 32_000_000
"""Characters of an array that are read at a time, and after which a record that does not end is a broken one."""
_SPACE = re.compile(r"[\s,]*")
_ROW_LINES = 400
"""A row of a table that goes on over more lines than this has lost its closing quotation mark."""

_Lines = Iterable[tuple[int, str | None]]
# What services and exports call their list of records.
_LISTS = ("papers", "items", "results", "data", "records", "articles", "entries", "documents", "works", "message",
          "hits", "recommendedPapers", "references", "citations")  # fmt: skip
_TOO_LONG = "the line is too long to be read"


# --------------------------------------------------------------------------- JSON


def json_lines(lines: _Lines, source: str) -> Iterator[Paper | Linked | Rejected]:
    """A paper per line; a line that is not a JSON object, or has no title, is rejected with its number."""
    position = 0
    for number, line in lines:
        if line is None:
            yield Rejected(source, f"line {number}", _TOO_LONG)
            continue
        text = line.strip().removeprefix("\ufeff").rstrip(",").strip("\x1e")
        if not text or text in ("[", "]"):
            continue
        position += 1
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield Rejected(source, f"line {number}", f"this line is not valid JSON ({_cause(error)})")
            continue
        yield _read(record, source, position, f"line {number}")


def json_value(path: Path, name: str, source: str) -> Iterator[Paper | Linked | Rejected]:
    """The papers of a JSON file that is one value: an array of objects, an object that holds one, or one paper."""
    if path.stat().st_size > _PART and _is_array(path, name):
        yield from _array(path, name, source)
        return
    if path.stat().st_size > MAX_JSON_BYTES:
        yield Rejected(
            source, "", f"JSON files above {MAX_JSON_BYTES >> 20} MB can't be read whole; save it as JSON lines"
        )
        return
    try:
        value = json.loads(path.read_text(encoding=name, errors="litassist-windows"))
    except RecursionError:
        yield Rejected(source, "", "the JSON is nested too deeply to be read")
        return
    except ValueError as error:
        yield from _salvaged(path, name, source, _cause(error))
        return
    records = records_in(value)
    if records is None:
        yield Rejected(source, "", _without_records(value))
        return
    grouped = json_records.zotero_collections(value)
    position = 0
    for number, record in enumerate(records, 1):
        if json_records.is_part(record):
            continue
        position += 1
        if grouped and isinstance(record, Mapping):
            record = {**record, "collections_named": grouped.get(record.get("itemID"), ())}
        yield _read(record, source, position, f"record {number}")


def _is_array(path: Path, name: str) -> bool:
    with path.open(encoding=name, errors="litassist-windows") as file:
        return file.read(1000).lstrip("\ufeff \t\r\n").startswith("[")


def _array(path: Path, name: str, source: str) -> Iterator[Paper | Linked | Rejected]:
    """The papers of a large array, which is never held whole; where it breaks the rest is salvaged."""
    decoder = json.JSONDecoder()
    number = position = at = before = 0
    with path.open(encoding=name, errors="litassist-windows") as file:
        held = file.read(_PART)
        at = held.index("[") + 1
        while True:
            at = _SPACE.match(held, at).end()  # type: ignore[union-attr]
            try:
                if held[at : at + 1] == "]":
                    return
                record, end = decoder.raw_decode(held, at)
            except RecursionError:
                yield Rejected(source, "", "the JSON is nested too deeply to be read")
                return
            except ValueError:
                # Broken, or not all of it is here yet.
                if len(held) - at < _LONGEST_RECORD and (more := file.read(_PART)):
                    before, held, at = before + at, held[at:] + more, 0
                    continue
                yield from _salvaged(path, name, source, f"after record {number}", before + at, position)
                return
            at, number = end, number + 1
            if not json_records.is_part(record):
                position += 1
                yield _read(record, source, position, f"record {number}")


def records_in(value: Any) -> list[Any] | None:
    """The records in a JSON value; None when there are none."""
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping):
        return None
    for key in _LISTS:
        inner = value.get(key)
        if isinstance(inner, list) and any(isinstance(v, Mapping) for v in inner[:10]):
            return inner
        if isinstance(inner, Mapping) and (found := records_in(inner)) is not None:
            return found
    if any(field_of(str(k)) == "title" for k in value) or isinstance(value.get("paper"), Mapping):
        return [value]
    found = list(_inner_records(value, 6))
    return found or None


def _without_records(value: Any) -> str:
    said = next((text_of(v) for k in ("error", "message", "detail") if (v := value.get(k))), "") if value else ""
    if said:
        return f"the JSON holds no papers; it says “{' '.join(said.split())[:120]}”"
    if any(value.get(k) == [] for k in _LISTS):
        return "the list of papers in it is empty"
    return "the JSON holds no list of papers (objects with a title)"


def _inner_records(value: Any, depth: int) -> Iterator[Any]:
    """The objects with a title in lists that lie deeper in a JSON value."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for item in inner:
        if isinstance(item, Mapping) and isinstance(value, list) and any(field_of(str(k)) == "title" for k in item):
            yield item
        elif depth:
            yield from _inner_records(item, depth - 1)


def _salvaged(
    path: Path, name: str, source: str, why: str, at: int = 0, position: int = 0
) -> Iterator[Paper | Linked | Rejected]:
    """The records of a broken array from a place on, up to where it breaks and after: each object is read by itself."""
    text = path.read_text(encoding=name, errors="litassist-windows")
    decoder = json.JSONDecoder()
    tries = 0
    while (at := text.find("{", at)) >= 0 and tries < 1_000:
        try:
            record, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at, tries = at + 1, tries + 1
            continue
        if isinstance(record, Mapping) and any(field_of(str(k)) == "title" for k in record):
            position += 1
            yield _read(record, source, position, f"record {position}")
    kept = f"; {position} whole records were kept" if position else ""
    yield Rejected(source, "", f"the JSON is not valid ({why}){kept}")


def _read(record: Any, source: str, position: int, where: str) -> Paper | Linked | Rejected:
    if record is None:
        return Rejected(source, where, "this record is empty: the service did not find it")
    if not isinstance(record, Mapping):
        return Rejected(source, where, "this is not a record with named fields")
    try:
        return json_records.paper(record, source, position) or Rejected(source, where, "this record has no title")
    except RecursionError:
        return Rejected(source, where, "this record is nested too deeply to be read")


def _cause(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return (
            f"{error.msg}, line {error.lineno} column {error.colno}"
            if error.lineno > 1
            else f"{error.msg}, column {error.colno}"
        )
    return "nested too deeply"


# --------------------------------------------------------------------------- CSV and TSV


def delimiter_of(header: str) -> str | None:
    """The character that parts the columns of this header line, when one of them is the title; else None."""
    best: tuple[int, int, str] | None = None
    for delimiter in ",\t;|":
        cells = next(csv.reader([header[:20_000]], delimiter=delimiter), [])
        known = [field_of(c) for c in cells]
        if "title" in known and len(cells) > 1:
            rank = (len({k for k in known if k}), len(cells), delimiter)
            best = max(best, rank) if best else rank
    return best[2] if best else None


class _Rows:
    """Lines that `csv.reader` takes one by one, so that those of a broken row can be given back."""

    def __init__(self, lines: _Lines) -> None:
        self.source = iter(lines)
        self.waiting: list[tuple[int, str | None]] = []
        self.taken: list[tuple[int, str | None]] = []
        self.too_long: list[int] = []

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> str:
        while True:
            item = self.waiting.pop() if self.waiting else next(self.source)
            if item[1] is None:
                self.too_long.append(item[0])
                continue
            self.taken.append(item)
            if len(self.taken) > _ROW_LINES:
                raise csv.Error("a quotation mark is opened and never closed")
            return item[1].replace("\0", "") + "\n"

    def give_back(self) -> None:
        """All lines of the current row but its first will be read again."""
        self.waiting.extend(reversed(self.taken[1:]))


def table(lines: _Lines, source: str, delimiter: str) -> Iterator[Paper | Rejected]:
    """A paper per row of a table whose first row names the columns.

    A row without a title, or with more cells than columns, is rejected with its line. Where the
    table has no column for abstracts, one line says so and the papers are kept by their titles.
    """
    csv.field_size_limit(2_000_000)
    rows = _Rows(lines)
    reader = csv.reader(rows, delimiter=delimiter)
    header: list[str] = []
    fields: dict[str, str] = {}
    position = 0
    while True:
        rows.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            first = rows.taken[0][0] if rows.taken else 0
            yield Rejected(source, f"line {first}", f"this row can't be read: {error}")
            rows.give_back()
            reader = csv.reader(rows, delimiter=delimiter)
            position += 1
            continue
        number = rows.taken[0][0] if rows.taken else 0
        if len(rows.taken) > 1 and sum((t or "").count('"') for _, t in rows.taken) % 2:
            yield Rejected(
                source, f"line {number}", "a quotation mark is opened and never closed; this row was left out"
            )
            rows.give_back()
            reader = csv.reader(rows, delimiter=delimiter)
            position += 1
            continue
        if not any(c.strip() for c in cells):
            continue
        if not header:
            header = [c.strip().removeprefix("\ufeff") for c in cells]
            fields = fields_of(header)
            if "abstract" not in fields:
                named = ", ".join(h[:30] for h in header[:12] if h)
                yield Rejected(
                    source,
                    "",
                    f"the table has no column for abstracts (columns: {named}); its papers are found by title only",
                    kept=True,
                )
            continue
        position += 1
        while len(cells) > len(header) and not cells[-1].strip():
            cells.pop()
        if len(cells) > len(header):
            yield Rejected(
                source,
                f"line {number}",
                f"the row has {len(cells)} cells for {len(header)} columns, so titles and "
                "abstracts can't be told apart; it was left out",
            )
            continue
        record = dict(zip(header, cells, strict=False))
        yield paper_from(record, source, position, fields) or Rejected(
            source, f"line {number}", "this row has no title"
        )
    yield from (Rejected(source, f"line {n}", _TOO_LONG) for n in rows.too_long)
