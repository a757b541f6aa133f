"""The fields of a BibTeX or BibLaTeX entry, to a paper."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..papers import NUMBERED, Paper, name_sorted
from .attachments import Linked, file_names, with_files
from .dates import date_of, dated
from .entries import paper_of, without
from .kinds import kind_of
from .latex import plain

_TITLES = ("title", "maintitle", "booktitle", "shorttitle", "origtitle")
_SUBTITLE = {"title": "subtitle", "maintitle": "mainsubtitle", "booktitle": "booksubtitle"}
_MOST_NAMES = 5_000


def paper_of_fields(
    kind: str, key: str, given: Mapping[str, str], source: str, position: int
) -> Paper | Linked | None:
    """The paper of an entry with these fields, its type and key; None for one without a title."""
    f = {name: re.sub(r"\s+", " ", value) for name, value in given.items() if name != "abstract"}

    def first(*names: str) -> str:
        return next((t for n in names if (t := plain(f.get(n, "")).strip())), "")

    named = next((n for n in _TITLES if f.get(n)), "title")
    raw_title = f.get(named, "")
    title = plain(raw_title[:4_000])
    if subtitle := f.get(_SUBTITLE.get(named, ""), ""):
        title = f"{title.rstrip(': ')}: {plain(subtitle)}"
        raw_title = f"{raw_title.rstrip(': ')}: {subtitle}"
    raw_abstract = given.get("abstract", "")
    eprint_type = (f.get("eprinttype") or f.get("archiveprefix") or f.get("archive") or "").lower()
    eprint = first("eprint")
    unnamed = not eprint_type and re.match(r"(?i)arxiv|\d{4}\.\d{4,5}", eprint)
    arxiv = eprint if "arxiv" in eprint_type or unnamed else ""
    publisher = first("publisher", "school", "institution", "organization")
    if kind == "booklet":
        publisher = publisher or _outside_links(first("howpublished"))
    venue = first("journal", "journaltitle", "booktitle", "shortjournal") if named != "booktitle" else ""
    venue = venue or first("maintitle" if named != "maintitle" else "eventtitle", "eventtitle", "school")
    venue = venue or first("institution", "organization", "publisher", "series")
    venue = venue or _outside_links(first("howpublished"))
    what = "thesis" if kind == "misc" and "thesis" in f.get("type", "").lower() else kind
    number, issue = first("number"), first("issue")
    if kind_of(what) not in NUMBERED:
        number, issue = "", number or issue
    people = f.get("author") or f.get("editor") or f.get("translator") or f.get("bookauthor") or ""
    urls = [_address(f[n]) for n in ("url", "ee", "link", "bdsk-url-1", "howpublished", "doi", "note") if f.get(n)]
    tags = _split_list(first("tags", "mendeley-tags"))
    paper = paper_of(
        source,
        position,
        title=title,
        abstract=plain(raw_abstract),
        authors=names(people),
        editors=names(f.get("editor", "")),
        year=f.get("year") or f.get("date") or f.get("eventdate") or f.get("origdate"),
        date=dated(f.get("year"), first("month"), f.get("day", "")) or date_of(f.get("date", "")),
        accessed=first("urldate", "lastchecked", "visited"),
        venue=venue,
        venue_short=first("shortjournal", "journal-abbrev", "journal_abbrev"),
        event=first("eventtitle"),
        publisher=publisher,
        place=first("address", "location"),
        volume=first("volume"),
        issue=issue,
        number=number,
        pages=f.get("pages", "").replace("{", "").replace("}", "") or first("eid", "articleno", "article-number"),
        series=first("series"),
        edition=first("edition", "version"),
        genre=first("type"),
        language=first("language", "langid"),
        isbn=first("isbn"),
        issn=first("issn"),
        doi=_address(f.get("doi", "")),
        arxiv=arxiv or first("arxivid", "arxiv"),
        pmid=first("pmid")
        or (eprint if eprint_type in ("pubmed", "pmid") else "")
        or next(iter(re.findall(r"\bPMID:?\s*(\d+)", f.get("note", ""))), ""),
        pmcid=first("pmcid", "pmc") or eprint,
        urls=urls,
        kind=what,
        raw_kind=f"bibtex:{kind}",
        key=key,
        keywords=without(_split_list(first("keywords", "keyword", "keywords-plus", "author_keywords")), tags),
        tags=tags,
        collections=[g.replace("\\,", ",") for g in re.split(r"(?<!\\),\s*", f.get("groups", "")) if g.strip()],
        note=first("note", "annote", "annotation"),
        raw_title=raw_title,
        raw_abstract=raw_abstract,
    )
    if paper is None:
        return None
    return with_files(paper, (n for k in ("file", "pdf", "local-url") for n in file_names(given.get(k, ""))))


def _address(value: str) -> str:
    """An address as text: LaTeX commands around it and escapes in it taken off."""
    found = re.search(r"\\(?:url|href)\s*\{([^{}]*)\}", value)
    text = found[1] if found else value
    return re.sub(r"\\([%&#_~^{}$])", r"\1", text).replace("{", "").replace("}", "").replace("\\textasciitilde ", "~")


def _outside_links(value: str) -> str:
    text = re.sub(r"<?https?://\S+", "", value).strip(" ,;:.<>")
    return "" if re.fullmatch(r"(?i)(?:available|online|url|accessed|retrieved)?.{0,3}", text) else text


def _split_list(value: str) -> list[str]:
    return [p for p in re.split(r"[;\n]" if ";" in value else r",", value) if p.strip()]


def names(value: str) -> list[tuple[str, str]]:
    """The names in an author field, as shown and as sorted: parted by "and" outside of braces.

    BibLaTeX's `family=…` form is read too.
    """
    parts: list[str] = []
    depth = start = 0
    for m in re.finditer(r"[{}]|\s+and(?=\s|$)", value[:200_000], re.I):
        if m[0] in "{}":
            depth = max(0, depth + (1 if m[0] == "{" else -1))
        elif depth == 0:
            parts.append(value[start : m.start()])
            start = m.end()
    parts.append(value[start:])
    found: list[tuple[str, str]] = []
    for part in parts[:_MOST_NAMES]:
        part = part.strip().strip(",")
        if re.search(r"\b(?:family|given)\s*=", part):
            part = _from_pairs(part)
        text = plain(part).strip().strip(",")
        pieces = [p.strip() for p in text.split(",")]
        if len(pieces) == 3 and not part.startswith("{"):
            text = f"{pieces[0]}, {pieces[2]}, {pieces[1]}"
        if text and not re.fullmatch(r"(?i)others|et\.?\s*al\.?", text):
            found.append((text, name_sorted(_kept_together(part)).sorted))
    return found


def _from_pairs(part: str) -> str:
    named = dict(re.findall(r"([a-z-]+)\s*=\s*(\{[^{}]*\}|[^,]*)", part))
    family = " ".join(named[k] for k in ("prefix", "family") if named.get(k))
    return ", ".join(x for x in (family, named.get("suffix", ""), named.get("given", "")) if x)


def _kept_together(part: str) -> str:
    """A name as plain text in which only those braces are left that keep words together."""
    if "{" not in part:
        return plain(part)
    groups: list[str] = []
    out: list[str] = []
    depth = start = 0
    for at, char in enumerate(part):
        if char == "{" and part[at - 1 : at] != "\\":
            if not depth:
                out.append(part[start:at])
                start = at
            depth += 1
        elif char == "}" and part[at - 1 : at] != "\\" and depth:
            depth -= 1
            if not depth:
                inner = part[start + 1 : at]
                while inner.startswith("{") and inner.endswith("}") and inner.count("{") == 1:
                    inner = inner[1:-1]
                alone = not re.search(r"[\\\w]$", "".join(out)) and not re.match(r"\w", part[at + 1 :])
                if alone and not inner.startswith("\\") and re.search(r"[ ,]|^[a-z]", plain(inner)):
                    groups.append(plain(inner).replace("{", "").replace("}", ""))
                    out.append(chr(0xE000 + min(len(groups), 0x800) - 1))
                else:
                    out.append(part[start : at + 1])
                start = at + 1
    out.append(part[start:])
    text = plain("".join(out))
    return re.sub("[\ue000-\ue7ff]", lambda m: "{" + groups[ord(m[0]) - 0xE000] + "}", text)
