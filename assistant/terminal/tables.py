"""A table as lines that align, or nothing where its columns would be too narrow to read."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Sequence

from .lines import WIDTH, one_line, wrapped

_NARROWEST, _GAP, _WIDEST = 14, 2, 140


def width() -> int:
    """How many characters a line of a table may take: the terminal's, or a fixed number where there is none."""
    return min(_WIDEST, shutil.get_terminal_size((WIDTH, 24)).columns) if sys.stdout.isatty() else WIDTH


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[str]:
    """Head, a rule, and each row over as many lines as its longest cell needs; none where it does not fit `room`."""
    texts = [[one_line(cell) for cell in row] for row in (head, *rows)]
    natural = [max(_shown(row[n]) for row in texts) for n in range(len(head))]
    least = [min(_NARROWEST, size) for size in natural]
    widths, room = natural[:], room - _GAP * (len(head) - 1)
    if sum(least) > room:
        return []
    while (over := sum(widths) - room) > 0:
        # The widest gives way, down to the next one.
        widest = max(widths)
        others = [w for w in widths if w < widest]
        n = widths.index(widest)
        widths[n] = max(least[n], max(others, default=0), widest - over) if widths.count(widest) == 1 else widest - 1
    lines = [line for row in texts[:1] for line in _row(row, widths)]
    lines.append((" " * _GAP).join("─" * w for w in widths))
    for row in texts[1:]:
        lines += _row(row, widths)
    return lines


def _row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    parts = [_cell(cell, width) for cell, width in zip(cells, widths, strict=True)]
    tall = max(map(len, parts))
    padded = [part + [""] * (tall - len(part)) for part in parts]
    return [
        (" " * _GAP).join(text + " " * (w - _shown(text)) for text, w in zip(line, widths, strict=True)).rstrip()
        for line in zip(*padded, strict=True)
    ]


def _cell(text: str, width: int) -> list[str]:
    """The text in lines that take no more than `width` places, long words broken."""
    if _shown(text) <= width:
        return [text]
    wide = any(unicodedata.east_asian_width(c) in "WF" for c in text)
    lines = []
    for line in wrapped(text, width=max(1, width // 2) if wide else width):
        while _shown(line) > width:
            lines.append(line[: max(1, width // 2) if wide else width])
            line = line[len(lines[-1]) :]
        lines.append(line)
    return lines


def _shown(text: str) -> int:
    """The places that a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )
