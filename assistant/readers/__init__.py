"""What researchers have, read into papers: `read` is the one way in.

The format is told from what is in a file; its name is only a hint. Whatever can't be read is a
`Rejected` with a reason, and never the end of the run.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..language import either
from ..papers import Paper, Rejected
from . import (
    archives,
    attachments,
    bibtex,
    cff,
    daily_papers,
    decoding,
    markdown,
    pdf,
    plain,
    tables,
    tagged,
    xml,
    xml_records,
    zotero,
)

__all__ = ["read"]

MAX_REJECTED = 50
"""Reasons reported one by one for a file; what goes beyond is counted in one line."""

_JUNK = re.compile(
    r"\..*|~\$.*|.*~|thumbs\.db|desktop\.ini|__macosx|__pycache__|icon\r|"
    rf"{either('files.about_a_folder')}(?:\.(?:md|txt|rst|tsv|html?))?",
    re.I,
)
_KINDS = (
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "a rich-text file"),
    (b"%!PS", "a PostScript file"),
    (b"AT&TFORM", "a DjVu file"),
    (b"SQLite format 3", "a database"),
    *(
        (magic, "a compressed file")
        for magic in (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
    ),
    *((magic, "an image") for magic in (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")),
    *((magic, "a program") for magic in (b"\x7fELF", b"MZ\x90")),
)
# Where in its head a text shows what it is. RIS and PubMed come first: a line in an abstract can begin with an @.
_BIBLIOGRAPHIES = (
    (re.compile(r"^\s{0,4}TY {1,3}-", re.M), "ris"),
    (re.compile(r"^PMID ?- ?\d", re.M), "nbib"),
    (re.compile(r"^(?:FN .|PT [JBCSPK]\s*$)", re.M), "wos"),
    (re.compile(r"^%0(?: |$)", re.M), "endnote"),
    # A kind that bibliographies use, or any kind with a key and a comma: "@dataclass(" is program code.
    (re.compile(
        r"^[ \t]*@[ \t]*(?:(?:article|book(?:let)?|collection|conference|in(?:book|collection|proceedings|reference)"
        r"|manual|(?:masters|phd)?thesis|misc|mv\w{4,12}|online|patent|periodical|proceedings|(?:tech)?report|software|dataset"
        r"|electronic|www|unpublished|xdata|set|string|comment|preamble)\b[ \t\r\n]*[{(]"
        r"|\w{1,30}[ \t\r\n]*\{[ \t\r\n]*[^\s,={}()\"';]{1,120}[ \t\r\n]*,)", re.M | re.I,
    ), "bibtex"),
)
_TAGGED = {"ris": tagged.RIS, "nbib": tagged.NBIB, "wos": tagged.WOS, "endnote": tagged.ENDNOTE}
_PROSE = frozenset({".md", ".markdown", ".rst", ".tex", ".html"})
_LARGEST = {
    "exported-markdown": markdown.MAX_BYTES, "cff": cff.MAX_BYTES,
    **dict.fromkeys(("pubmed", "atom", "jats", "endnote-xml", "zotero-rdf"), xml.MAX_BYTES),
}  # fmt: skip
_PLAIN_NAMES = frozenset({".txt", ".text", ".md", ".markdown", ".rst", ""})


def read(path: str | Path, *, password: str | None = None) -> Iterator[Paper | Rejected]:
    """The papers in a file, or in the files of a folder and its folders in order of name.

    Within a folder exports (.bib, .ris, .rdf, .json) come first and PDFs last; a file that an export
    links to is read with its record only. A paper's source is the file's name, within a folder its
    path from there with `/`. Hidden files, system litter and files about the folder itself (README,
    LICENSE) are passed over in silence; anything else that can't be read gives a Rejected.
    `password` opens locked PDFs and zip files.
    """
    root = Path(path)
    if root.is_dir():
        yield from _folder_papers(root, "", _How(password))
    elif root.exists():
        yield from _limited(_read_file(root, root.name, _How(password)), root.name)
    else:
        yield Rejected(str(path), "", "there is no such file or folder")


@dataclass(frozen=True, slots=True)
class _How:
    """What holds for all files of one reading: the password, and the PDFs read with their records so far."""

    password: str | None
    nesting: int = 0
    linked: set[Path] = field(default_factory=set)


def _folder_papers(root: Path, prefix: str, how: _How) -> Iterator[Paper | Rejected]:
    for name, file in sorted(_files(root), key=lambda f: _TURN.get(f[1].suffix.lower(), 1)):
        if not how.linked or file.resolve() not in how.linked:
            yield from _limited(_read_file(file, prefix + name, how), prefix + name)


# Exports first, since they say whose the files beside them are; PDFs last.
_TURN = {".bib": 0, ".ris": 0, ".rdf": 0, ".json": 0, ".pdf": 2}


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Each file below `root` with its path from there, sorted; a folder met twice through links counts once."""
    seen: set[tuple[int, int]] = set()
    found: list[tuple[str, Path]] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            info = folder.stat()
            if (info.st_dev, info.st_ino) in seen:
                continue
            seen.add((info.st_dev, info.st_ino))
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError:
            found.append((folder.relative_to(root).as_posix(), folder))
            continue
        if any(e.name == zotero.NAME for e in entries):
            # Zotero's own folder: its database says what the rest of it is.
            found.append(((folder / zotero.NAME).relative_to(root).as_posix(), folder / zotero.NAME))
            continue
        for entry in entries:
            if _JUNK.fullmatch(entry.name):
                continue
            child = folder / entry.name
            try:
                is_folder = entry.is_dir()
            except OSError:
                # A link into a place without rights: reading it says so.
                is_folder = False
            if is_folder:
                waiting.append(child)
            else:
                found.append((child.relative_to(root).as_posix(), child))
    return iter(sorted(found))


def _limited(items: Iterator[Paper | Rejected], source: str) -> Iterator[Paper | Rejected]:
    """The items, with no more than `MAX_REJECTED` reasons; the rest of the reasons are counted."""
    told = seen = 0
    more: Counter[tuple[str, bool]] = Counter()
    for item in items:
        seen += 1
        if isinstance(item, Rejected):
            told += 1
            if told > MAX_REJECTED:
                more[re.sub(r"“.*”|\d+", "…", item.reason), item.kept] += 1
                continue
        yield item
    if not seen:
        yield Rejected(source, "", "no papers were found in it")
    for (reason, kept), count in more.items():
        yield Rejected(source, "", f"{count} more like this: {reason}", kept)


def _read_file(path: Path, source: str, how: _How) -> Iterator[Paper | Rejected]:
    """The file's papers; whatever the system refuses is a reason."""
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            what = "this folder could not be opened" if stat.S_ISDIR(info.st_mode) else "this is not an ordinary file"
            yield Rejected(source, "", what)
            return
        if info.st_size == 0:
            yield Rejected(source, "", "the file is empty")
            return
        yield from _by_content(path, source, info.st_size, how)
    except PermissionError:
        yield Rejected(source, "", "there is no permission to read it")
    except OSError as error:
        yield Rejected(source, "", f"it could not be read: {error.strerror or 'the system refused'}")


def _by_content(path: Path, source: str, size: int, how: _How) -> Iterator[Paper | Rejected]:
    with path.open("rb") as file:
        head = file.read(decoding.HEAD_BYTES)
    suffix = path.suffix.lower()
    # A PDF may begin with something else; so does a zip file in which a PDF lies as it is.
    if b"%PDF-" in head[:1024] and not head.startswith(b"PK\x03\x04"):
        yield from pdf.papers(path, source, how.password)
        return
    if suffix == ".pdf":
        yield Rejected(source, "", "it is named .pdf but is not a PDF, or its beginning is lost")
        return
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _archive_papers(path, source, how)
        return
    if head.startswith(b"SQLite format 3") and path.name == zotero.NAME:
        yield from zotero.folder_papers(path.parent, source, how.password)
        return
    for magic, what in _KINDS:
        if head.startswith(magic):
            yield Rejected(source, "", f"it is {what}, which is not read")
            return
    if decoding.is_binary(head):
        yield Rejected(source, "", "it holds binary data, not text")
        return
    text = decoding.decoded(head, _head_encoding(head))
    if not text.strip():
        yield Rejected(source, "", "the file holds nothing but blank space")
        return
    kind = _kind(text, suffix, size)
    if kind.startswith("!"):
        yield Rejected(source, "", kind[1:])
        return
    found = decoding.encoding(path)
    yield from _text_papers(path, source, kind, found.name, how)
    if found.stray_bytes:
        plural = "bytes are" if found.stray_bytes > 1 else "byte is"
        yield Rejected(
            source,
            "",
            f"the encoding is mixed: {found.stray_bytes} {plural} not valid UTF-8 and taken for Windows-1252; "
            "look over accented letters",
            kept=True,
        )


def _archive_papers(path: Path, source: str, how: _How) -> Iterator[Paper | Rejected]:
    """The papers in a zip file's files; their sources begin with the archive's."""
    import tempfile

    if how.nesting >= archives.MAX_NESTING:
        yield Rejected(source, "", f"zip files within zip files are read {archives.MAX_NESTING} deep only")
        return
    with tempfile.TemporaryDirectory(prefix="litassist-") as spare:
        yield from archives.unpacked(path, Path(spare), source, how.password)
        yield from _folder_papers(Path(spare), f"{source}/", _How(how.password, how.nesting + 1))


def _head_encoding(head: bytes) -> str:
    """An encoding that is good enough to tell the format by."""
    for bom, name in decoding.BOMS:
        if head.startswith(bom):
            return name
    return decoding.wide_without_mark(head) or "utf-8"


def _kind(head: str, suffix: str, size: int) -> str:
    """What the text is: `html`, `json`, `jsonl`, `table`, `listing`, `plain`; or `!` and why it can't be read."""
    text = head.lstrip("\ufeff \t\r\n\x1e")
    if text.startswith(markdown.ANSWER_MARK):
        return "!it is an answer that was exported; `litassist replay FILE` asks its question again"
    if text.startswith("## ") and f"\n{markdown.MARK}" in text:
        return "exported-markdown"
    if text[:1] in "{[" and re.match(r'(?:\[\s*(?:null\s*,\s*){0,50})?\{\s*(?:"|\})|\[\s*\]', text):
        return "jsonl" if _is_json_lines(text) or suffix in (".jsonl", ".ndjson") else "json"
    if text.startswith("<") and (kind := xml_records.kind_of_xml(text)):
        return kind
    if re.match(r"<(?:!doctype html|html|head|body|div|main|article|section|p|h\d|table|ul|!--)\b", text, re.I):
        return "html"
    if re.match(r"<\?xml|<[a-z]+[\s>]", text, re.I):
        return "html" if re.search(r"<html\b", text[:2_000], re.I) else _other_xml(text)
    if re.search(r"^cff-version\s*:", text, re.M) or suffix == ".cff":
        return "cff"
    for pattern, name in _BIBLIOGRAPHIES:
        # Notes and articles quote a BibTeX entry; a bibliography begins with one or with remarks.
        if pattern.search(text) and not (name == "bibtex" and suffix in _PROSE and text[:1] not in "@%"):
            return name
    first = next((line for line in text.splitlines() if line.strip()), "")
    if (delimiter := tables.delimiter_of(first)) is not None:
        return f"table{delimiter}"
    if suffix in (".csv", ".tsv", ".tab"):
        columns = ", ".join(c.strip().strip('"') for c in re.split(r"[,;\t|]", first[:400])[:10])
        return f"!the table has no column for titles (its first row: {columns[:200]})"
    if suffix in (".json", ".jsonl", ".ndjson"):
        return "jsonl" if suffix != ".json" else "!it is named .json but holds no JSON objects"
    if daily_papers.is_listing(text):
        return "listing"
    if suffix not in _PLAIN_NAMES:
        return "!it is not in a format that is read"
    if size > plain.MAX_BYTES:
        return f"!the text ({size / 1e6:.0f} MB) has no structure that papers could be told from"
    return "plain"


def _other_xml(text: str) -> str:
    name = xml_records.root_name(text)
    return f"!it is XML of a kind that is not read{f' (it begins with <{name}>)' if name else ''}"


def _is_json_lines(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    closed = [line.rstrip().rstrip(",").endswith("}") for line in lines[:5]]
    return text.startswith("{") and len(lines) > 1 and lines[1].lstrip().startswith("{") and closed[0]


def _text_papers(path: Path, source: str, kind: str, encoding: str, how: _How) -> Iterator[Paper | Rejected]:
    if (most := _LARGEST.get(kind)) and path.stat().st_size > most:
        size = f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} KB"
        yield Rejected(source, "", f"files of this format above {size} are not read; split it")
    elif kind == "html":
        yield from _html_papers(path, source, encoding)
    elif kind.startswith("table"):
        yield from tables.table(decoding.lines(path, encoding), source, kind.removeprefix("table"))
    elif kind == "listing":
        yield from daily_papers.papers(decoding.lines(path, encoding), source)
    elif kind == "plain":
        yield plain.paper(path.read_text(encoding=encoding, errors="litassist-windows"), source, path.stem)
    else:
        records = _records(path, source, kind, encoding)
        yield from attachments.with_full_texts(records, path.parent, source, how.password, how.linked)


def _records(
    path: Path, source: str, kind: str, encoding: str
) -> Iterator[Paper | attachments.Linked | Rejected]:
    """The records of an export, which may link to files beside it."""
    if kind in _TAGGED:
        return tagged.papers(decoding.lines(path, encoding), source, _TAGGED[kind])
    if kind == "jsonl":
        return tables.json_lines(decoding.lines(path, encoding), source)
    if kind == "json":
        return tables.json_value(path, encoding, source)
    if kind == "bibtex":
        return bibtex.papers(path, encoding, source)
    text = path.read_text(encoding=encoding, errors="litassist-windows")
    if kind == "zotero-rdf":
        return zotero.rdf_items(text, source)
    if kind == "cff":
        return cff.papers(text, source)
    if kind == "exported-markdown":
        return markdown.papers(text.replace("\r\n", "\n"), source)
    return xml_records.papers(text, source, kind)


def _html_papers(path: Path, source: str, encoding: str) -> Iterator[Paper | Rejected]:
    """The entries of a saved page; each whose title links to its arXiv id gets it."""
    from dataclasses import replace

    if path.stat().st_size > plain.MAX_BYTES * 8:
        yield Rejected(source, "", "web pages above 32 MB are not read")
        return
    lines, ids = daily_papers.html_lines(path.read_text(encoding=encoding, errors="litassist-windows"))
    text = "\n".join(line or "" for _, line in lines)
    if daily_papers.is_listing(text[: decoding.HEAD_BYTES]):
        for item in daily_papers.papers(lines, source):
            if isinstance(item, Paper) and (found := ids.get(" ".join(item.raw_title.split()))):
                item = replace(item, arxiv_id=found)
            yield item
    else:
        yield plain.paper(text, source, path.stem)
