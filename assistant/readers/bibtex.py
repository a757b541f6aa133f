"""BibTeX and BibLaTeX.

`bibtexparser` splits the file into blocks. Strings, parents (crossref, xdata) and LaTeX are resolved
here, and an entry whose braces do not balance is read once more, line by line. A large file is read a few
megabytes at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from ..language import listed
from ..papers import Paper, Rejected
from .attachments import Linked
from .bibtex_fields import paper_of_fields

if TYPE_CHECKING:
    from bibtexparser.model import Entry

_PART = 1_000_000
"""Characters after which a file is cut, before the next entry."""
_MONTHS = listed("calendar.short_months")
_BLOCK = re.compile(r"^[ \t]*@[ \t]*\w+[ \t]*[{(]", re.M)
_FIELD = re.compile(r"^[ \t]*,?[ \t]*([A-Za-z][\w+:.-]{0,40})[ \t]*=[ \t]*", re.M)
# A comma that is missing makes two fields one: `{A Title} year = {2001}`.
_LOST_COMMA = re.compile(r"[}\"][ \t]*\n[ \t]*[A-Za-z][\w-]{2,20}[ \t]*=[ \t]*[{\"\d]")
# Entries that hold fields for others, name a set of others, or set up a style.
_NO_WORKS = frozenset({"xdata", "set", "control", "ieeetranbstctl"})
_LONGEST = 200_000
_MOST_SALVAGED = 2_000
_UNBALANCED = "the commas, braces or quotation marks of this entry don't match"
_PARENT_OF = ("crossref", "xdata", "xref")
_PARENTS = re.compile(r"\b(?:crossref|xdata)[ \t]*=[ \t]*(?:[{\"]([^{}\"]{1,2000})[}\"]|([^\s,{}\"]{1,200}))", re.I)


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    key: str
    line: int
    fields: Mapping[str, str]


def papers(path: Path, encoding: str, source: str) -> Iterator[Paper | Linked | Rejected]:
    """A paper per entry, in the file's order.

    An entry that can't be split is read line by line and reported; one without a title is rejected
    with its line and key. Two entries of one key are both read.
    """
    strings = {m: m.title() for m in _MONTHS}
    latest: tuple[int, list[_Entry | Rejected]] = -1, []

    def parts() -> Iterator[list[_Entry | Rejected]]:
        nonlocal latest
        for text, line in _parts(path, encoding):
            if line != latest[0]:  # a file of one part is taken apart once, though it is gone through twice
                latest = line, _entries(text, source, strings, line)
            yield latest[1]

    by_key = _parents(path, encoding, parts)
    position = 0
    for entries in parts():
        for entry in entries:
            if isinstance(entry, Rejected):
                yield entry
                continue
            if entry.kind in _NO_WORKS:
                continue
            position += 1
            whole = _inherited(entry, by_key)
            found = paper_of_fields(whole.kind, whole.key, whole.fields, source, position)
            yield found or Rejected(source, _where(entry.line, entry.key), "this entry has no title")


def _parents(
    path: Path, encoding: str, parts: Callable[[], Iterator[list[_Entry | Rejected]]]
) -> dict[str, _Entry]:
    """The entries that others name as theirs to take fields from, by key; the first of each key."""
    wanted = {
        key.strip().lower()
        for text, _ in _parts(path, encoding) for found in _PARENTS.finditer(text)
        for key in (found[1] or found[2]).split(",")
    }
    by_key: dict[str, _Entry] = {}
    for entries in parts() if wanted else ():
        for entry in entries:
            if isinstance(entry, _Entry) and entry.key.lower() in wanted:
                by_key.setdefault(entry.key.lower(), entry)
    return by_key


def _parts(path: Path, encoding: str) -> Iterator[tuple[str, int]]:
    """The text, cut before lines that begin entries, each part with the number of lines before it."""
    held, line = "", 0
    # A lone CR is no line break to the splitter, and two entries on one line would hide each other.
    with path.open(encoding=encoding, errors="litassist-windows", newline=None) as file:
        while more := file.read(_PART):
            looked = max(0, held.rfind("\n"))
            held += more if line or held else more.removeprefix("\ufeff")
            cut = max((m.start() for m in _BLOCK.finditer(held, looked)), default=0)
            if len(held) >= _PART and cut:
                yield _apart(held[:cut]), line
                line += held.count("\n", 0, cut)
                held = held[cut:]
    if held:
        yield _apart(held), line


def _apart(text: str) -> str:
    return re.sub(r"\}[ \t]*(?=@\w{3,20}[ \t]*\{[^\s,{}]{1,80},)", "}\n", text)


def _where(line: int, key: str) -> str:
    key = " ".join(key.split())[:60]
    return f"line {line} ({key})" if key else f"line {line}"


# --------------------------------------------------------------------------- splitting


def _entries(text: str, source: str, strings: dict[str, str], before: int) -> list[_Entry | Rejected]:
    """What a part of the file holds, `before` it so many lines; its strings are added to those known."""
    import logging

    from bibtexparser.exceptions import ParsingException
    from bibtexparser.model import (
        Block,
        DuplicateBlockKeyBlock,
        DuplicateFieldKeyBlock,
        Entry,
        ParsingFailedBlock,
        String,
    )
    from bibtexparser.splitter import Splitter

    logging.getLogger("bibtexparser.splitter").setLevel(logging.CRITICAL)
    starts = [m.start() for m in re.finditer("\n", text)]
    found: list[_Entry | Rejected] = []
    failed = 0
    try:
        blocks = Splitter(text).split().blocks
    except ParsingException:
        return [Rejected(source, "", "this BibTeX can't be split into entries")]
    for split in blocks:
        block: Block | None = split
        while isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock):
            block = block.ignore_error_block
        if isinstance(block, String):
            strings.setdefault(block.key.lower(), _value(block.value, strings))
        elif isinstance(block, Entry | ParsingFailedBlock):
            here = (block.start_line or 0) + 1
            line = before + here
            if isinstance(block, Entry) and not any(_LOST_COMMA.search(str(f.value)) for f in block.fields):
                found.append(_Entry(block.entry_type.lower(), block.key, line, _fields(block, strings)))
                continue
            failed += 1
            if failed > _MOST_SALVAGED:
                found.append(Rejected(source, _where(line, ""), _UNBALANCED + "; it was left out"))
                continue
            begin = starts[here - 2] + 1 if here >= 2 and here - 2 < len(starts) else 0
            found += _salvaged(text[begin : begin + _LONGEST], line, source, strings)
    return found


def _fields(entry: Entry, strings: Mapping[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for f in entry.fields:
        name, value = f.key.lower(), _value(str(f.value), strings)
        old = fields.get(name, "")
        # Keywords, files and addresses may be given one by one; of anything else the first counts.
        fields[name] = f"{old}; {value}" if old and name in ("keywords", "file", "url") else old or value
    return fields


def _salvaged(text: str, line: int, source: str, strings: Mapping[str, str]) -> list[_Entry | Rejected]:
    """What can be read of a block that does not end: its fields, as far as each begins on a line of its own."""
    head = re.match(r"[ \t]*@[ \t]*(\w+)[ \t]*[{(][ \t]*([^\s,={}]*)", text)
    after = _BLOCK.search(text, head.end() if head else 1)
    raw = text[: after.start() if after else len(text)]
    if head and head[1].lower() in ("comment", "preamble", "string"):
        return [Rejected(source, f"line {line}", f"this @{head[1].lower()} is never closed; it was left out")]
    fields: dict[str, str] = {}
    marks = list(_FIELD.finditer(raw))
    for mark, following in zip_longest(marks, marks[1:]):
        value = raw[mark.end() : following.start() if following else len(raw)].strip()
        value = re.sub(r"[\s,]*$", "", value)
        if not following:
            value = re.sub(r"\s*[})]$", "", value) if value.count("}") > value.count("{") else value
        if value[:1] in '{"':
            value = value[1:]
            value = re.sub(r'[}"]$', "", value)
        else:
            value = strings.get(value.lower(), value)
        fields.setdefault(mark[1].lower(), value)
    key = head[2] if head else ""
    if not head or not fields.get("title"):
        return [Rejected(source, _where(line, key), _UNBALANCED + "; it was left out")]
    said = _UNBALANCED + "; its fields were read line by line, so look it over"
    note = Rejected(source, _where(line, key), said, kept=True)
    return [note, _Entry(head[1].lower(), key, line, fields)]


def _value(raw: str, strings: Mapping[str, str]) -> str:
    """The text of a field: its delimiters taken off, its parts joined, names of strings replaced."""
    parts: list[str] = []
    at, raw = 0, raw.strip()
    while at < len(raw):
        char = raw[at]
        if char in '{"':
            end = _closing(raw, at)
            parts.append(raw[at + 1 : end])
            at = end + 1
        elif char in "# \t\n":
            at += 1
        else:
            bare = re.compile(r"[^#{}\"\s]+").match(raw, at)
            if bare is None:
                at += 1
                continue
            parts.append(strings.get(bare[0].lower(), bare[0]))
            at = bare.end()
    # A value without delimiters and of several words was meant as text.
    if raw and raw[0] not in '{"#' and "#" not in raw and " " in raw:
        return raw
    return "".join(parts).strip()[:400_000]


def _closing(raw: str, at: int) -> int:
    """Where the value that is opened at `at` ends; the text's end when it doesn't."""
    quoted, depth = raw[at] == '"', 0
    for i in range(at + 1, len(raw)):
        char = raw[i]
        if char in '{}"' and raw[i - 1] == "\\":
            continue
        if char == "{":
            depth += 1
        elif char == "}":
            if not quoted and depth == 0:
                return i
            depth -= 1
        elif char == '"' and quoted and depth <= 0:
            return i
    return len(raw)


def _inherited(entry: _Entry, by_key: Mapping[str, _Entry]) -> _Entry:
    """The entry with what it lacks from its parents, theirs included; circles end."""
    fields = dict(entry.fields)
    seen = {entry.key.lower()}
    waiting = [(name, k) for name in _PARENT_OF for k in entry.fields.get(name, "").split(",")]
    for _ in range(20):
        if not waiting:
            break
        relation, key = waiting.pop(0)
        parent = by_key.get(key.strip().lower())
        if parent is None or parent.key.lower() in seen or relation == "xref":
            continue
        seen.add(parent.key.lower())
        book = relation == "crossref" and entry.kind not in ("book", "proceedings", "collection")
        for name, value in parent.fields.items():
            if book and name in ("title", "subtitle", "abstract", "doi", "url", "file", "eprint", "keywords"):
                name = "booktitle" if name == "title" else ""
            if name and name not in _PARENT_OF:
                fields.setdefault(name, value)
        waiting += [(name, k) for name in _PARENT_OF for k in parent.fields.get(name, "").split(",")]
    return _Entry(entry.kind, entry.key, entry.line, fields)
