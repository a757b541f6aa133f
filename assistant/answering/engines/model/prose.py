"""Pieces of an answer that a model wrote as text: paragraphs, bullets, headings, Markdown tables, with marks."""

from __future__ import annotations

import re
from dataclasses import replace

from ....citations import markers_moved
from ....language import pattern
from ....text import sentences
from .draft import Piece
from .marks import Marked, read_marks, repeated_marks
from .pack import Pack

_HEADING = re.compile(r"#{1,6}\s(?P<a>.+)|\*\*(?P<b>[^*]{2,80})\*\*:?|__(?P<c>[^_]{2,80})__:?")
_BULLET = re.compile(r"\s*(?:[-*•‣▪–]|\(?\d{1,2}[.)])\s+(?P<text>\S.*)")
_LINE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,}|```\w*)\s*")
_ADDRESS = re.compile(
    r"!?\[([^\[\]]*)\]\(\s*<?(?:[a-z][a-z0-9+.-]*:|//|www\.)[^()\s]*(?:\([^()\s]*\)[^()\s]*)*[^()]*\)", re.I
)
"""A link or a picture with its address."""
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1|(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])")
_AFTER = re.compile(
    r"([.!?][\"'”’)]*)((?:\s*(?:\[[^\[\]\n]{1,40}\]|【[^】\n]{1,40}】|\((?!\d{4})\d[\d.,; ]{0,30}\)|<sup>[^<]*</sup>"
    r"|[⁰¹²³⁴-⁹]+))+)(?=\s|$)"
)


def pieces_of(
    text: str, pack: Pack, keys: dict[str, int] | None = None, *, cites: tuple[str, ...] = ()
) -> tuple[Piece, ...]:
    """The blocks of a text, each sentence a claim with the ids it cites.

    A sentence without any takes `cites`, else those of the next sentence of its paragraph that has some.
    """
    found: list[Piece] = []
    lines = text.replace("\r\n", "\n").split("\n")
    at, buffer = 0, list[str]()

    def flush() -> None:
        if buffer:
            found.extend(_paragraph(" ".join(" ".join(buffer).split()), pack, keys, cites))
            buffer.clear()

    while at < len(lines):
        line = lines[at]
        if "|" in line and at + 1 < len(lines) and _is_rule(lines[at + 1]):
            flush()
            end = at + 2
            while end < len(lines) and "|" in lines[end]:
                end += 1
            found.extend(_table(_cells(line), [_cells(row) for row in lines[at + 2 : end]], pack, keys))
            at = end
            continue
        heading, bullet = _HEADING.fullmatch(line.strip()), _BULLET.fullmatch(line)
        if not line.strip() or _LINE.fullmatch(line):
            flush()
        elif heading:
            flush()
            words = heading["a"] or heading["b"] or heading["c"]
            found.append(Piece("heading", unmarked(read_marks(words, pack, keys).text).rstrip(":# "), paragraph=True))
        elif bullet:
            flush()
            buffer.append(bullet["text"])
        else:
            buffer.append(line.strip().removeprefix("> "))
        at += 1
    flush()
    return tuple(found)


def _paragraph(text: str, pack: Pack, keys: dict[str, int] | None, cites: tuple[str, ...]) -> list[Piece]:
    """The sentences of a paragraph."""
    text = markers_moved(_AFTER.sub(lambda m: f" {m[2].strip()}{m[1]}", unmarked(text)))
    found: list[Piece] = []
    for a, b in sentences(text):
        one = repeated_marks(text[a:b], pack, cites) if cites else read_marks(text[a:b], pack, keys)
        if not re.search(r"\w", one.text):
            # Marks that stand alone belong to the sentence before them.
            if found:
                found[-1] = replace(found[-1], cites=(*found[-1].cites, *one.cites))
            continue
        found.append(_claim(one, paragraph=not found))
    for k in range(len(found) - 1, -1, -1):
        if not found[k].cites and not found[k].unknown and not found[k].text.endswith(":"):
            found[k] = replace(found[k], cites=cites or (found[k + 1].cites if k + 1 < len(found) else ()))
    furniture = pattern("answering.links.furniture")
    return [piece for piece in found if piece.cites or not furniture.match(piece.text)]


def _claim(one: Marked, *, paragraph: bool) -> Piece:
    return Piece("claim", one.text, one.cites, one.unknown, paragraph)


def _table(head: list[str], rows: list[list[str]], pack: Pack, keys: dict[str, int] | None) -> list[Piece]:
    found: list[Piece] = []
    columns = [unmarked(read_marks(title, pack, keys).text) for title in head]
    for row in rows:
        marked = [read_marks(unmarked(cell), pack, keys) for cell in row[: len(columns)]]
        if not marked or not any(one.text for one in marked):
            continue
        # Marks that fill a cell, or stand beside the row's name, are for the whole row.
        for_row = dict.fromkeys(
            cite for k, one in enumerate(marked) for cite in one.cites if k == 0 or not re.search(r"\w", one.text)
        )
        papers = {cite.partition(".")[0] for one in marked for cite in one.cites}
        label = marked[0].text or next((one.text for one in marked if one.text), "")
        found.append(Piece("row", label, paper=int(papers.pop()) if len(papers) == 1 else 0, paragraph=True))
        for column, one in list(zip(columns, marked, strict=False))[1:]:
            if re.search(r"\w", one.text):
                found.append(Piece("cell", one.text, one.cites or tuple(for_row), one.unknown, column=column))
    return found


def _is_rule(line: str) -> bool:
    """Whether a line is the rule below a table's head."""
    return "|" in line and "--" in line and not line.strip("|-: \t")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))]


def unmarked(text: str) -> str:
    """The text without Markdown's emphasis, and its links and pictures without their addresses."""
    text = _ADDRESS.sub(lambda m: m[1], text)
    return _EMPHASIS.sub(lambda m: m[2] or m[3] or "", text)
