"""One record with named fields, as tables and JSON have them, to one paper."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..language import words
from ..papers import Appearance, Paper, name_shown, normalised_arxiv, normalised_doi, normalised_pmid
from ..text import repaired
from ..text.quantities import YEAR
from .dates import date_of
from .kinds import kind_of
from .numbers import isbns, issns, one_line, page_range


def _listed_names(text: str) -> list[str]:
    return text.split()


# Names people give to a field, without case, space and punctuation.
_NAMES: dict[str, list[str]] = {
    "title": _listed_names("title papertitle articletitle documenttitle worktitle titleofpaper ti titel titre titulo"),
    "abstract": _listed_names(
        "abstract abstractnote abstracttext paperabstract summary ab abstracts zusammenfassung resume resumen"
    ),
    "authors": _listed_names(
        "authorfullnames authors author authornames authorname authorlist creators creator af au by authorships "
        "autoren auteurs autores"
    ),
    "year": _listed_names(
        "year publicationyear pubyear yearpublished yearofpublication py date publicationdate pubdate published "
        "publishedat publisheddate datepublished issued updatedate created dp jahr"
    ),
    "venue": _listed_names(
        "venue journal journaltitle journalname publicationtitle sourcetitle containertitle booktitle conference "
        "proceedingstitle publishedin journalbook journalref so"
    ),
    "doi": _listed_names("doi doilink doiurl digitalobjectidentifier articledoi di"),
    "arxiv_id": _listed_names("arxivid arxiv arxivnumber arxivnr eprint arxivurl arxivlink"),
    "pmid": _listed_names("pmid pubmedid pubmed pm"),
    "url": _listed_names(
        "url link urls links weblink paperurl paperlink articleurl articlelink landingpage abstracturl absurl href "
        "pdfurl pdflink pdf"
    ),
    "keywords": _listed_names("keywords keyword authorkeywords subjects topics kw de categories"),
    "kind": _listed_names("type documenttype itemtype publicationtype kind dt"),
    "tags": _listed_names("tags tag manualtags labels"),
    "note": _listed_names("note notes comment comments"),
    "volume": _listed_names("volume vol vl band"),
    "issue": _listed_names("issue issuenumber is heft"),
    "pages": _listed_names("pages pagerange pp pagination page seiten"),
    "first_page": _listed_names("pagestart startpage firstpage sp beginningpage bp"),
    "last_page": _listed_names("pageend endpage lastpage ep endingpage"),
    "article_number": _listed_names("artno articlenumber articleno ar"),
    "publisher": _listed_names("publisher publishername verlag editeur"),
    "place": _listed_names("place publisherplace publishercity"),
    "series": _listed_names("series seriestitle bookseriestitle"),
    "edition": _listed_names("edition"),
    "editors": _listed_names("editor editors bookeditors"),
    "language": _listed_names("language languageoforiginaldocument lang la"),
    "isbn": _listed_names("isbn isbns printisbn"),
    "issn": _listed_names("issn issns printissn eissn"),
    "pmcid": _listed_names("pmcid pmc"),
    "venue_short": _listed_names("journalabbreviation abbreviatedsourcetitle journalisoabbreviation shortjournal"),
    "event": _listed_names("conferencename conferencetitle eventname"),
    "number": _listed_names("reportnumber patentnumber"),
    "genre": _listed_names("thesistype reporttype genre"),
    "accessed": _listed_names("accessdate accessed dateaccessed"),
    "key": _listed_names("citationkey citekey bibtexkey bibkey"),
}
_DATES = frozenset(
    _listed_names("publicationdate pubdate date publisheddate coverdate publishedat published dp issued")
)
_SHORT = ("volume", "issue", "publisher", "place", "series", "edition", "language", "venue_short", "event", "number",
          "genre", "key")  # fmt: skip
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}
_EMPTY = words("records.no_abstract") | words("records.no_value") | {""}


def field_of(header: str) -> str | None:
    """The paper's field that a column header or JSON key stands for; None for one that is not used."""
    bare = (
        re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", header)
        if not re.search(r"author\(s\)|keyword\(s\)", header, re.I)
        else header
    )
    folded = re.sub(r"[\W_]+", "", bare.casefold())
    return _FIELD_OF.get(folded) or _FIELD_OF.get(folded.removesuffix("s"))


def fields_of(headers: Iterable[str]) -> dict[str, str]:
    """For each of the paper's fields, the header that stands for it best; unknown headers are left out."""
    best: dict[str, tuple[int, str]] = {}
    for header in headers:
        if field := field_of(header):
            folded = re.sub(r"[\W_]+", "", header.casefold())
            names = _NAMES[field]
            rank = names.index(folded) if folded in names else len(names)
            if field not in best or rank < best[field][0]:
                best[field] = (rank, header)
    return {field: header for field, (_, header) in best.items()}


def paper_from(
    record: Mapping[str, Any], source: str, position: int, fields: Mapping[str, str] | None = None
) -> Paper | None:
    """The paper that the record describes; None for one without a title.

    `fields` maps the paper's fields to the record's keys; left out, it is found from the keys.
    """
    inner = record.get("paper")
    if isinstance(inner, Mapping) and "title" in inner:
        record, fields = {**{k: v for k, v in record.items() if k != "paper"}, **inner}, None
    fields = fields_of([k for k in record if isinstance(k, str)]) if fields is None else fields

    def value(name: str) -> Any:
        return record.get(fields[name]) if name in fields else None

    raw_title, raw_abstract = text_of(value("title")), text_of(value("abstract"))
    title = " ".join(repaired(raw_title).split())
    if not title:
        return None
    doi, url = normalised_doi(text_of(value("doi"))), text_of(value("url"))
    link = re.search(r"https?://\S+", url)
    url = link.group().rstrip(".,;") if link else ""
    dates = (record[k] for k in record if isinstance(k, str) and re.sub(r"[\W_]+", "", k.casefold()) in _DATES)
    year = year_of(value("year"))
    date = next((d for v in (value("year"), *dates) if (d := date_of(v))), "")
    pages = text_of(value("pages")) or "-".join(
        dict.fromkeys(p for p in (text_of(value("first_page")), text_of(value("last_page"))) if p)
    )
    arxiv = normalised_arxiv(text_of(value("arxiv_id")))
    if not arxiv and re.search(r"//(?:[a-z.]+\.)?arxiv\.org/(?:abs|pdf)/", url):
        arxiv = normalised_arxiv(url)
    if not arxiv and isinstance(inner, Mapping):
        arxiv = normalised_arxiv(text_of(inner.get("id")))
    if not doi and "doi.org/" in url:
        doi = normalised_doi(url)
    return Paper(
        title=title,
        abstract=repaired(raw_abstract),
        authors=authors_of(value("authors")),
        year=year,
        date=date if year and date.startswith(str(year)) else "",
        venue=repaired(text_of(value("venue"))) or repaired(text_of(value("event"))) or None,
        doi=doi,
        arxiv_id=arxiv,
        pmid=normalised_pmid(text_of(value("pmid"))),
        url=url or None,
        kind="summary" if text_of(value("kind")) == "summary" else kind_of(text_of(value("kind"))),
        keywords=listed(value("keywords")),
        tags=listed(value("tags")),
        note=repaired(text_of(value("note"))),
        raw_title=raw_title,
        raw_abstract=raw_abstract,
        editors=tuple(name_shown(n).sorted for n in authors_of(value("editors"))),
        page_range=page_range(pages) or page_range(text_of(value("article_number"))),
        accessed=date_of(text_of(value("accessed"))),
        isbn=isbns(" ".join(listed(value("isbn")))),
        issn=issns(" ".join(listed(value("issn")))),
        pmcid=m[0].upper() if (m := re.search(r"(?i)\bPMC\d{1,9}\b", text_of(value("pmcid")))) else None,
        appearances=(Appearance(source, position),),
        **{name: one_line(text_of(value(name))) for name in _SHORT},  # type: ignore[arg-type]
    )


def text_of(value: Any) -> str:
    """A value as text: strings stripped, the first of a list, numbers as written; empty for what is not there."""
    if isinstance(value, list | tuple):
        return next((t for t in map(text_of, value[:20]) if t), "")
    if isinstance(value, Mapping):
        return text_of(next((value[k] for k in ("value", "text", "name", "url", "title", "id") if k in value), None))
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return "" if text.lower() in _EMPTY else text


def name_text(value: Any) -> str:
    """A part of a name as text: Nan, Na and Null are names, though no titles."""
    return value.strip() if isinstance(value, str) else ""


def year_of(value: Any) -> int | None:
    """The year in a number, a date in any common order, or CSL date parts; None when there is none."""
    if isinstance(value, Mapping):
        value = value.get("date-parts") or value.get("year") or value.get("raw") or value.get("value")
    while isinstance(value, list | tuple) and value:
        value = value[0]
    found = re.search(rf"(?<!\d)({YEAR})(?!\d{{1,3}}(?!\d))", text_of(value)) if value is not None else None
    return int(found[1]) if found else None


def listed(value: Any) -> tuple[str, ...]:
    """The parts of a list, or of a text that separates them with semicolons, bars or commas; each once."""
    if isinstance(value, list | tuple):
        parts = [text_of(v) for v in value[:500]]
    else:
        text = text_of(value)
        parts = _literal(text) or re.split(r"[;|\n]", text)
        if len(parts) == 1:
            parts = text.split(",")
    return tuple(dict.fromkeys(p for p in (repaired(p).strip(" ,;") for p in parts) if p))


NOT_A_PERSON = re.compile(r"(?:et\s+al\.?|and\s+others|others|\d+\s+more.*|…|\.\.\.)", re.I)
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]?){1,4}")


def authors_of(value: Any) -> tuple[str, ...]:
    """The authors' names in order, each once.

    Lists, lists of objects, and texts that separate names with semicolons, " and ", bars or commas;
    "Family, Given" pairs are kept together.
    """
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, list | tuple):
        names = [_name(v) for v in value[:5_000]]
    else:
        text = text_of(value)
        names = _literal(text) or _names(text)
    # Scopus writes its own number behind each name.
    cleaned = (re.sub(r"\s*\(\d{6,}\)$", "", " ".join(repaired(n).split()).strip(" ,;")) for n in names)
    return tuple(dict.fromkeys(n for n in cleaned if n and not NOT_A_PERSON.fullmatch(n)))


def _name(value: Any) -> str:
    if not isinstance(value, Mapping):
        return text_of(value)
    lowered = {str(k).lower().replace("_", ""): v for k, v in value.items()}
    if isinstance(lowered.get("author"), Mapping):
        return _name(lowered["author"])
    for key in ("name", "fullname", "displayname", "rawauthorname", "literal", "text"):
        if name := text_of(lowered.get(key)):
            return name
    given = next(
        (t for k in ("given", "firstname", "first", "forename", "givenname") if (t := name_text(lowered.get(k)))), ""
    )
    family = next(
        (t for k in ("family", "lastname", "last", "surname", "familyname") if (t := name_text(lowered.get(k)))), ""
    )
    return f"{given} {family}".strip()


def _literal(text: str) -> list[str]:
    """The names of a list that was written out as text, `["A", 'B']`; empty for any other text."""
    if not (text.startswith("[") and text.endswith("]")) or len(text) > 100_000:
        return []
    try:
        value = json.loads(text)
        return [_name(v) for v in value]
    except (ValueError, RecursionError):
        return [m[2] for m in re.finditer(r"""(['"])(.*?)\1(?=\s*[,\]])""", text)]


def _names(text: str) -> list[str]:
    if ";" in text or "|" in text or "\n" in text:
        return re.split(r"[;|\n]", text)
    found: list[str] = []
    for part in re.split(r"(?:,?\s+(?:and|und|et|y)\s+|\s*&\s*)(?!al\b)", text):
        pieces = [p.strip() for p in part.split(",") if p.strip()]
        pairs = len(pieces) % 2 == 0 and all(_INITIALS.fullmatch(p) for p in pieces[1::2])
        if len(pieces) == 2 and (pairs or " " not in pieces[0]):
            found.append(part)
        elif pairs and len(pieces) > 2:
            found += [f"{a}, {b}" for a, b in zip(pieces[::2], pieces[1::2], strict=True)]
        else:
            found += pieces
    return found
