"""Papers as Markdown: a heading, a line about each, its abstract; readable by eye and by the Markdown reader.

Text from papers is escaped letter by letter. Under each heading stands a comment, which no Markdown
shows, with the fields that the visible lines don't give exactly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from ..papers import Paper
from ..readers.markdown import MARK
from .venues import address, container

_VISIBLE = ("title", "abstract", "raw_abstract", "pages", "appearances")
_DEFAULTS = {f.name: f.default for f in fields(Paper)}


def text(papers: Sequence[Paper]) -> str:
    """A section per paper."""
    return "\n".join(map(_section, papers))


def _section(paper: Paper) -> str:
    about = ", ".join(x for x in ("; ".join(paper.authors), str(paper.year or ""), where(paper)) if x)
    link = address(paper) or paper.link or ""
    lines = [f"## {escaped(paper.title)}", commented(MARK, _hidden(paper)), escaped(about)]
    if link:
        lines.append(f"<{link.replace('<', '%3C').replace('>', '%3E')}>")
    label = "*A summary:* " if paper.kind == "summary" and paper.abstract else ""
    body = "\n\n".join(escaped(p) for p in re.split(r"\n\s*\n", paper.abstract) if p.strip()) or "*No abstract.*"
    return "\n\n".join(line for line in lines if line) + f"\n\n{label}{body}\n"


def where(paper: Paper) -> str:
    """Where it appeared, in a line: venue, volume, issue and pages."""
    volume = paper.volume + (f"({paper.issue})" if paper.issue else "")
    pages = re.sub(r"(?<=\w)-(?=\w)", "–", paper.page_range)
    parts = [container(paper) or paper.publisher or paper.event or paper.venue, volume, pages]
    return ", ".join(p for p in parts if p)


def _hidden(paper: Paper) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, default in _DEFAULTS.items():
        value = getattr(paper, name)
        if name not in _VISIBLE and value != default and not (name == "raw_title" and value == paper.title):
            row[name] = value
    return row


def commented(mark: str, value: Any) -> str:
    """A value as JSON in a comment of one line; nothing in it can end the comment."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return mark + re.sub(r"[<>&-]", lambda m: f"\\u{ord(m[0]):04x}", data) + " -->"


def escaped(text: str) -> str:
    """Text from a paper as Markdown that shows it letter by letter."""
    line = re.sub(r"([\\`*_{}\[\]<>#$|!~])", r"\\\1", " ".join(text.split()))
    # A number and a full stop, a plus or a dash at the beginning would make a list or a rule.
    return re.sub(r"^(\d{1,9})([.)])(?=\s|$)|^([+=-])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", line)
