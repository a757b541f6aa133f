"""Identifiers, titles and names brought into the one form in which they are compared."""

from __future__ import annotations

import re
import unicodedata

_ARXIV = re.compile(
    r"(?:arxiv[:./]|abs/|pdf/)?\s*((?:\d{4}\.\d{4,5}(?!\d))|(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}))(v\d+)?", re.I
)
ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.I)
_BRACES = re.compile(r"[{}]")
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_GREEK = frozenset(unicodedata.name(chr(c)).rsplit(" ", 1)[-1].lower() for c in range(0x3B1, 0x3CA))
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.I)
_PMID = re.compile(r"(?:pmid:?\s*|https?://pubmed\.ncbi\.nlm\.nih\.gov/)?0*(\d{1,9})/?", re.I)


def normalised_doi(value: str | None) -> str | None:
    """The bare lower-case DOI in `value` (a DOI, a doi.org link, `doi:…`), or None."""
    found = _DOI.search(value or "")
    return found.group(0).rstrip(".,;)>]}\"'").lower() if found else None


def normalised_arxiv(value: str | None) -> str | None:
    """The arXiv id in `value` without its version (links, `arXiv:…` and 10.48550 DOIs too), or None."""
    text = (value or "").strip()
    doi = ARXIV_DOI.search(text)
    if doi:
        text = doi.group(1)
    text = re.sub(r"(?i)^https?://(?:[a-z.]*\.)?arxiv\.org/", "", text)
    found = _ARXIV.match(text)
    return found.group(1).lower() if found else None


def normalised_pmid(value: str | None) -> str | None:
    """The digits of a PubMed id, or None."""
    found = _PMID.fullmatch((value or "").strip())
    return found.group(1) if found else None


def normalised_title(title: str) -> str:
    """The title for comparison: LaTeX commands, accents, case, punctuation and space folded away.

    A Greek chi equals the word "chi", and so on for every letter with a Unicode name. A title of
    symbols only keeps them, so that two different ones do not become equal.
    """
    if "\\" not in title and title.isascii():
        return " ".join(_NOT_ALNUM.sub(" ", _BRACES.sub("", title.lower())).split()) or " ".join(title.split())
    text = re.sub(r"\\([a-zA-Z]+)\s*", lambda m: m[1] + " " if m[1].lower() in _GREEK else " ", title)
    text = unicodedata.normalize("NFKD", text)
    out = []
    for char in text:
        if unicodedata.combining(char):
            continue
        if "\u0370" <= char <= "\u03ff" and char.isalpha():
            out.append(" " + unicodedata.name(char, "").rsplit(" ", 1)[-1].lower() + " ")
        elif char in "{}":
            continue
        else:
            out.append(char.casefold() if char.isalnum() else " ")
    folded = " ".join("".join(out).split())
    return folded or " ".join(title.split())


def same_family(one: str, other: str) -> bool:
    """Whether two surnames may be one: "van der Berg" and "Berg" are, as "Jan van der Berg" alone doesn't tell."""
    return one.split()[-1:] == other.split()[-1:]


def surname(author: str) -> str:
    """The folded family name of "Given Family" or "Family, Given"; empty for an empty name."""
    name = author.split(",")[0] if "," in author else (author.split() or [""])[-1]
    return normalised_title(name) if name.strip() else ""
