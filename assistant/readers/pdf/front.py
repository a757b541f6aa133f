"""What the first pages say of the paper itself: title, authors, abstract, identifiers, year. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...language import either
from ...papers import normalised_arxiv, normalised_doi, normalised_title
from ...text import repaired
from ..records import authors_of
from .blocks import Block, PageBlocks, Type
from .lines import Line

_NO_TITLE = re.compile(
    rf"{either('printed.no_titles')}|document\d*|(?:microsoft word|powerpoint|proceedings).*"
    rf"|.*\.{either('printed.file_endings')}|[\W\d_]*|\S+|(?:slide|page) \d+|(?:pii|doi):.*",
    re.I,
)
_LABEL = re.compile(rf"(?:{either('printed.before_labels')}\s*)*{either('printed.labels')}s?", re.I)
_STAMP = re.compile(r"\b\d{1,2}:\d\d\b|\bpage \d|^printed (?:by|on)\b|^downloaded\b|^see discussions", re.I)
_ABSTRACT = re.compile(r"(?:abstract|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary)\b\s*[.:—–-]*\s*", re.I)
_AFTER = re.compile(
    rf"{either('headings.after_abstract')}(?!\w)|(?:(?:\d{{1,2}}|I)?\.?\s*introduction|\d\.?\s+background)\b|©", re.I
)
_PART = re.compile(rf"{either('headings.common', 'headings.structured')}(?: (?:and|of|&) [a-z]+){{0,2}}", re.I)
_OWN_ARXIV = re.compile(r"arXiv:\s?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\s*\[")
_YEAR = re.compile(
    r"(?:©|\(c\)|copyright|published online:?|published:?|accepted:?)[^\n]{0,60}?\b((?:19|20)\d\d)\b"
    r"|arXiv:\S+\s+\[[^\]]+\]\s+\d+\s+\w+\s+((?:19|20)\d\d)\b|\b((?:19|20)\d\d) Association for",
    re.I,
)
_PLACE = re.compile(
    rf"{either('printed.never_in_names')}|\b{either('printed.never_names')}\b|cent(?:er|re)\b|meta ai"
    r"|https?:|www\.|@|\d{3,}",
    re.I,
)
_NAME = re.compile(
    r"(?:[^\W\d_a-z][^\W\d_]*[’'`-]?)+\.?|[^\W\d_a-z]\.(?:-?[^\W\d_a-z]\.)*"
    rf"|{either('names.particles')}|Jr\.?|Sr\.?|I{{2,3}}|[a-z]['’][^\W\d_]+"
)
_LONGEST_SUBTITLE = 3
"""Lines."""


@dataclass(frozen=True)
class Front:
    """What the paper says of itself. `last` is the block before which its front matter ends, on the first page
    (0 where that is not known); `heading` are the lines of the title."""

    title: str
    abstract: str
    authors: tuple[str, ...]
    year: int | None
    doi: str | None
    arxiv_id: str | None
    keywords: tuple[str, ...]
    last: int
    heading: tuple[Line, ...]


def front_of(pages: Sequence[PageBlocks], kind: Type, about: dict[str, str], stem: str) -> Front:
    """The front matter of a paper; `about` is what its file states of itself, `stem` the file's name."""
    first = pages[0].blocks if pages else ()
    everything = "\n".join(line.text for block in first for line in block.lines)
    largest, title_lines = _largest(first, kind)
    if below := _subtitle(first, kind, title_lines, about):
        largest = f"{largest}{'' if largest[-1] in ':.?!–—-' else ':'} {_joined(below)}"
        title_lines += below
    title = _title(about.get("title", ""), largest, everything)
    abstract, begin = _abstract(pages[:2])
    authors = _authors(first, title_lines, begin, about)
    arxiv = _OWN_ARXIV.search(everything)
    year = _YEAR.search(everything)
    keywords = authors_like(about.get("keywords", ""))
    return Front(
        title=title or re.sub(r"[_\s]+", " ", stem), abstract=abstract, authors=authors,
        year=int(next(g for g in year.groups() if g)) if year else None, doi=_doi(everything, about),
        arxiv_id=normalised_arxiv(arxiv[1]) if arxiv else None, keywords=keywords, last=begin,
        heading=tuple(title_lines) if title == largest else (),
    )  # fmt: skip


def authors_like(text: str) -> tuple[str, ...]:
    """The parts of a list that is written with semicolons or commas; none where it looks like something else."""
    parts = [" ".join(p.split()) for p in re.split(r"[;,·]", text)]
    return tuple(dict.fromkeys(p for p in parts if 2 <= len(p) <= 80)) if len(text) < 2_000 else ()


# --------------------------------------------------------------------------- title


def _largest(blocks: Sequence[Block], kind: Type) -> tuple[str, list[Line]]:
    """The largest text of the first page that reads like a title, and its lines; empty where all is of one size."""
    lines = [x for b in blocks if b.role not in ("margin", "side") for x in b.lines]
    for size in sorted({x.size for x in lines if x.size > 1.05 * kind.size}, reverse=True)[:8]:
        alike = [x for x in lines if abs(x.size - size) <= 0.04 * size]
        run = [alike[0]]
        for line in alike[1:]:
            if 0 < line.base - run[-1].base <= 2.2 * size:
                run.append(line)
            elif len(" ".join(x.text for x in run).split()) < 2 or _LABEL.fullmatch(" ".join(x.text for x in run)):
                run = [line]
        text = " ".join(x.text for x in run)
        told = len(re.findall(r"[^\W\d_]{2,}", text)) >= 2 and len(re.findall(r"[^\W\d_]", text)) >= 12
        if told and len(text) <= 300 and not _LABEL.fullmatch(text) and not _STAMP.search(text):
            return _joined(run), run
    return "", []


def _joined(lines: Sequence[Line]) -> str:
    return re.sub(r"(?<=[^\W\d_])- (?=[a-z])", "", " ".join(x.text for x in lines))


def _subtitle(blocks: Sequence[Block], kind: Type, title: Sequence[Line], about: dict[str, str]) -> list[Line]:
    """The lines right below the title that go on with it: smaller than it, larger than text and names, and in its
    font or above the names."""
    if not title:
        return []
    lines = [x for b in blocks if b.role not in ("margin", "side") for x in b.lines]
    after = lines[lines.index(title[-1]) + 1 :][: _LONGEST_SUBTITLE + 1]
    # Words with capitals look like names: the authors that the file states tell them apart.
    known = set(normalised_title(about.get("creators") or about.get("author", "")).split())
    named = (x for x in after if _names_in(x) and (not known or known & set(normalised_title(x.text).split())))
    names = next(named, None)
    found: list[Line] = []
    for line in after:
        above, first = (found or title)[-1], (found or [line])[0]
        goes_on = 0 < line.base - above.base <= 1.8 * title[-1].size and abs(line.size - first.size) <= 0.04 * line.size
        larger = line.size > 1.05 * kind.size and line.size < 0.98 * title[-1].size
        own = line.words[0].font == title[-1].words[0].font or (names and line.size > 1.05 * names.size)
        if not (goes_on and larger and own) or line is names or _PLACE.search(line.text) or _ABSTRACT.match(line.text):
            break
        found.append(line)
    text = _joined(found)
    told = len(re.findall(r"[^\W\d_]{2,}", text)) >= 2 and len(found) <= _LONGEST_SUBTITLE
    return found if told and not _LABEL.fullmatch(text) and not _STAMP.search(text) else []


def _title(stated: str, largest: str, first_page: str) -> str:
    """The stated title when it reads like one and stands on the first page; else the largest text there."""
    stated = " ".join(repaired(stated).split())
    plausible = 8 <= len(stated) <= 300 and not _NO_TITLE.fullmatch(stated)
    squeezed = "".join(stated.split()).casefold()
    if plausible and "".join(largest.split()).casefold().startswith(squeezed):
        return max(stated, largest, key=lambda t: len(t.split()))  # one may have lost spaces, or the subtitle
    if plausible:
        page = set(normalised_title(first_page[:6_000]).split())
        wanted = normalised_title(stated).split()
        if not page or sum(w in page for w in wanted) >= 0.6 * len(wanted):
            return stated
    return largest or (stated if plausible else "") or _first_line(first_page)


def _first_line(text: str) -> str:
    """The first line that could be a title; empty where the page begins with sentences."""
    for line in [x.strip() for x in text.splitlines() if x.strip()][:4]:
        words = len(re.findall(r"[^\W\d_]{2,}", line))
        told = words >= 2 and 12 <= len(line) <= 200 and line[-1] not in ".,;:"
        if told and not _STAMP.search(line) and not _LABEL.fullmatch(line):
            return line
    return ""


# --------------------------------------------------------------------------- abstract


def _abstract(pages: Sequence[PageBlocks]) -> tuple[str, int]:
    """The abstract, and the number of the block of the first page that it begins with (0 where none is found)."""
    blocks = [(p, n, b) for p, page in enumerate(pages) for n, b in enumerate(page.blocks)
              if b.role in ("body", "heading", "front")]  # fmt: skip
    for at, (p, n, block) in enumerate(blocks):
        label = _ABSTRACT.match(block.text)
        if not label or (block.role == "body" and label[0][:1].islower()) or not _labels(block, label.end()):
            continue
        text = _lines_joined(block.lines)[label.end() :].strip()
        for _, _, following in blocks[at + 1 :]:
            # An abstract in parts may begin with one that is called introduction.
            if (text and _AFTER.match(following.text)) or len(text) > 6_000:
                break
            if following.role == "heading" and not (_PART.fullmatch(following.text) and len(following.text) < 60):
                break
            named = following.role == "heading" and not following.text.rstrip().endswith((":", "."))
            text = f"{text}\n{_lines_joined(following.lines)}{':' if named else ''}".strip()
        inner = re.search(r"(?<=[.!?])\s+(?:Keywords?|Key words|Index Terms|KEYWORDS)\b", text)
        text = text[: inner.start()] if inner else text
        if 150 <= len(text) <= 6_000:
            return text, n if p == 0 else 0
    return "", 0


def _labels(block: Block, end: int) -> bool:
    """Whether the word "Abstract" at a block's start is its label, and not a sentence's first word."""
    following = block.text[end : end + 1]
    first = block.lines[0].words[0]
    return not following or following.isupper() or first.bold or first.font != block.lines[-1].font


def _lines_joined(lines: Sequence[Line]) -> str:
    """The lines; the names of an abstract's parts, told by their font alone, are followed by a colon."""
    return "\n".join(_with_colon(line) for line in lines)


def _with_colon(line: Line) -> str:
    words = [w.text for w in line.read]
    fonts = [w.font for w in line.read]
    for n in range(len(words) - 1):
        begins = n == 0 or (words[n - 1][-1:] in ".!?" and fonts[n] != fonts[n - 1])
        changes = fonts[n] != fonts[n + 1] and words[n + 1][:1].isupper()
        if begins and changes and words[n].isalpha() and _PART.fullmatch(words[n]):
            words[n] += ":"
    return " ".join(words)


# --------------------------------------------------------------------------- authors


def _authors(blocks: Sequence[Block], title: list[Line], begin: int, about: dict[str, str]) -> tuple[str, ...]:
    """The names between title and abstract, in the style of the first; else those that the file states."""
    stated = authors_of(about.get("creators", "")) or authors_of(about.get("author", ""))
    stated = tuple(a for a in stated if _looks_like_name(a))
    found = _printed(blocks, title, begin)
    known = {normalised_title(n).split()[-1] for n in stated if normalised_title(n)}
    if found and (not known or known & {normalised_title(n).split()[-1] for n in found}) and len(found) >= len(stated):
        return found
    return stated or found


def _printed(blocks: Sequence[Block], title: list[Line], begin: int) -> tuple[str, ...]:
    if not title:
        return ()
    area = [x for n, b in enumerate(blocks) if (n < begin or not begin) and b.role in ("body", "heading", "front")
            for x in b.lines if x.top >= title[-1].bottom - 1]  # fmt: skip
    area = area[:40]
    start = next((n for n, x in enumerate(area) if _names_in(x)), None)
    if start is None or start > 6:
        return ()
    style = area[start].size, area[start].font
    found: list[str] = []
    rest = ""
    for line in area[start:]:
        if (line.size, line.font) != style and abs(line.size - style[0]) > 0.02 * style[0]:
            continue
        names = _names_in(line, rest)
        if not names and found and not line.text.strip(" ·,"):
            continue
        if not names and (line.size, line.font) != style:
            continue
        found += names
    return tuple(dict.fromkeys(found))


def _names_in(line: Line, before: str = "") -> list[str]:
    """The names that a line consists of; none for a line that holds anything else."""
    pieces: list[str] = []
    current: list[str] = []
    for n, word in enumerate(line.words):
        gap = word.left - line.words[n - 1].right if n else 0.0
        if n and gap > 1.0 * line.size and current:
            pieces.append(" ".join(current))
            current = []
        if not any(c.isalnum() for c in word.text) and word.text not in ("·", "&", "•", "|", ",", "∙", ";"):
            continue
        current.append(word.text.rstrip("*∗†‡§¶0123456789"))
        if word.mark or word.text in ("·", "•", "|", "∙", ";") or word.text[-1:] in "∗*†‡§¶":
            pieces.append(" ".join(current))
            current = []
    pieces.append(" ".join(current))
    parts = [part.strip(" ,·*") for piece in pieces for part in re.split(r"\s*(?:[,;·•|∙&]|\band\b)\s*", piece)]
    names = [part for part in parts if part]
    return names if names and all(_looks_like_name(name) for name in names) else []


def _looks_like_name(name: str) -> bool:
    parts = name.replace(".", ". ").split()
    if not 2 <= len(parts) <= 6 or len(name) > 60 or _PLACE.search(name):
        return False
    shouting = name.isupper() and len(parts) > 4
    return not shouting and all(_NAME.fullmatch(p) for p in parts) and sum(p[0].isupper() for p in parts) >= 2


# --------------------------------------------------------------------------- identifiers


def _doi(first_page: str, about: dict[str, str]) -> str | None:
    """The DOI that the file states of itself, or the only one on its first page."""
    for key in ("doi", "wps-articledoi", "subject"):
        if doi := normalised_doi(about.get(key)):
            return doi
    text = re.sub(r"(10\.\d{4,9}/\S*[./-])\n(\S+)", r"\1\2", first_page)
    found = {normalised_doi(m) for m in re.findall(r"10\.\d{4,9}/\S+", text)} - {None}
    return found.pop() if len(found) == 1 else None
