"""The Markdown that papers are exported to, read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from ..papers import Appearance, Paper, Rejected
from ..text import repaired

ABOUT = ("authors", "year", "venue", "publisher", "event", "volume", "issue", "page_range")
"""Fields of which the line under a paper's heading tells; there is none where all are empty."""
MAX_BYTES = 64 << 20
MARK = "<!-- litassist-paper "
ANSWER_MARK = "<!-- litassist-answer "
_HEAD = re.compile(r"^## +(.+?)[ \t]*$", re.M)
_COMMENT = re.compile(re.escape(MARK) + r"(\{.*\}) -->")
_TYPES = {f.name: f.default for f in fields(Paper)}
_NOT_TAKEN = ("title", "abstract", "raw_abstract", "pages", "appearances")
_NO_ABSTRACT = "*No abstract.*"
_SUMMARY = "*A summary:* "
_LONGEST = 200_000


def papers(text: str, source: str) -> Iterator[Paper | Rejected]:
    """The papers of an exported file: title and abstract as they stand there, the rest from the comments.

    A section whose comment is gone or damaged is kept with its title, abstract and link.
    """
    heads = list(_HEAD.finditer(text))
    for position, (head, following) in enumerate(zip(heads, [*heads[1:], None], strict=True), 1):
        body = text[head.end() : following.start() if following else len(text)]
        line = text.count("\n", 0, head.start()) + 1
        title = " ".join(repaired(unescaped(head[1])[:2_000]).split())
        if not title:
            yield Rejected(source, f"line {line}", "this section has no title")
            continue
        comment = _COMMENT.search(body)
        row, broken = _row(comment[1]) if comment else ({}, True)
        if broken:
            said = "the fields of this paper are gone or damaged; its title and abstract were kept"
            yield Rejected(source, f"line {line}", said, kept=True)
        link, abstract = _link_and_abstract(body, broken or any(row.get(k) for k in ABOUT))
        if link and not row.get("url") and broken:
            row["url"] = link
        row.setdefault("raw_title", title)
        yield Paper(
            title=title, abstract=abstract, raw_abstract=abstract, appearances=(Appearance(source, position),), **row
        )


def _link_and_abstract(body: str, about: bool) -> tuple[str, str]:
    parts = [p.strip() for p in re.split(r"\n[ \t]*\n", body) if p.strip()]
    parts = [p for p in parts if not p.startswith(MARK)]
    link = next((p[1:-1] for p in parts[:3] if re.fullmatch(r"<https?://[^\s<>]+>", p)), "")
    at = next((i for i, p in enumerate(parts[:3]) if p.startswith("<http")), None)
    # Above the abstract stand the line about the paper and its link, each where there is one.
    begins = at + 1 if at is not None else int(about and len(parts) > 1)
    text = "\n\n".join(unescaped(p.removeprefix(_SUMMARY)) for p in parts[begins:] if p != _NO_ABSTRACT)
    return link, repaired(text[:_LONGEST])


def _row(data: str) -> tuple[dict[str, Any], bool]:
    """The fields of `Paper` in a comment, those of another type left out; and whether it can't be read."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}, True
    if not isinstance(value, Mapping):
        return {}, True
    return {k: v for name, given in value.items() if (k := name) in _TYPES and k not in _NOT_TAKEN
            and (v := _field_value(k, given)) is not None}, False  # fmt: skip


def _field_value(name: str, value: Any) -> Any:
    default = _TYPES[name]
    if name == "year":
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 3_000 else None
    if default == ():
        return tuple(v[:2_000] for v in value[:5_000] if isinstance(v, str)) if isinstance(value, list) else None
    return value[:20_000] if isinstance(value, str) else None


def unescaped(text: str) -> str:
    """The text that the export wrote with its signs escaped."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
