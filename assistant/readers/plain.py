"""A text or Markdown file that is one paper: a title, then its text."""

from __future__ import annotations

import re

from ..papers import Appearance, Page, Paper, Rejected, normalised_arxiv, normalised_doi
from ..text import repaired, sentences

MAX_BYTES = 4 << 20
_ABSTRACT_CHARS = 4_000
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*")
_RULE = re.compile(r"[=\-*_~\s]{3,}")
_FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.S)
_ABSTRACT = re.compile(r"(?im)^(?:#{1,6}\s*|\*\*)?(?:abstract|summary)(?:\*\*)?\s*[:.—–-]?\s*(?:\*\*)?\s*")
_NEXT_SECTION = re.compile(r"(?m)^(?:#{1,6}\s|(?:\d+\.?\s+)?(?:Introduction|INTRODUCTION|Keywords|KEYWORDS)\b)")


def paper(text: str, source: str, stem: str) -> Paper | Rejected:
    """The paper that the text holds, or why it is not one.

    The first heading or line is the title; an abstract section, or a short text as a whole, is the
    abstract; a longer text is kept as one page.
    """
    front: dict[str, str] = {}
    if found := _FRONT.match(text):
        front = {
            k.strip().lower(): v.strip().strip("\"'")
            for k, _, v in (line.partition(":") for line in found[1].splitlines())
        }
        text = text[found.end() :]
    lines = text.strip().splitlines()
    while lines and (not lines[0].strip() or _RULE.fullmatch(lines[0])):
        lines.pop(0)
    first = lines[0].strip() if lines else ""
    heading = _HEADING.fullmatch(first)
    raw_title = front.get("title") or (
        heading[1] if heading else re.sub(r"^(?:\*\*|title:\s*)|\*\*$", "", first, flags=re.I)
    )
    body = "\n".join(lines if front.get("title") and raw_title not in first else lines[1:]).strip()
    title = " ".join(repaired(raw_title).split())
    if not title or len(title) > 300 or not re.search(r"[^\W\d_]{2}", title):
        return Rejected(source, "", "no title and text could be told apart in it")
    if not body or not _is_prose(body):
        return Rejected(source, "", "the text has no structure that papers could be told from")
    raw_abstract = ""
    pages: tuple[Page, ...] = ()
    if section := _ABSTRACT.search(body):
        rest = body[section.end() :]
        ends = _NEXT_SECTION.search(rest)
        part = (rest[: ends.start()] if ends else rest).strip()
        raw_abstract = part if len(part) <= 2 * _ABSTRACT_CHARS else ""
    if not raw_abstract and len(body) <= _ABSTRACT_CHARS:
        raw_abstract = body
    if len(body) > _ABSTRACT_CHARS or (raw_abstract and len(body) > len(raw_abstract) + 1_000):
        pages = (Page(1, repaired(body), body),)
    return Paper(
        title=title,
        abstract=repaired(raw_abstract),
        raw_title=raw_title,
        raw_abstract=raw_abstract,
        pages=pages,
        doi=normalised_doi(front.get("doi")),
        arxiv_id=normalised_arxiv(front.get("arxiv")),
        appearances=(Appearance(source, 1),),
    )


def _is_prose(body: str) -> bool:
    """Whether it reads as sentences: spaces between words of ordinary length, and full stops."""
    sample = body[:20_000]
    words = sample.split()
    letters = sum(c.isalpha() for c in sample)
    if not words or letters < 0.6 * len("".join(words)) or len(sample) / len(words) > 40:
        return False
    spans = sentences(sample)
    return any(sample[b - 1] in '.!?。！？…:)"”' for _, b in spans) and len(sample) / len(spans) < 1_500
