"""Records in JSON, by their shape: CSL, Crossref, OpenAlex, Semantic Scholar, Unpaywall, Zotero, Daily Papers, arXiv.

Each shape has its own way to write names, dates and venues. A record of no known shape is left to
`records.paper_from`, which goes by the names of its fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..papers import CSL_WORDS, Name, Paper, normalised_arxiv
from .attachments import Linked, with_files
from .csl_records import csl, csl_name
from .entries import Written, paper_of, text_without_tags
from .json_values import Record, dicts, joined, texts, within
from .records import listed, paper_from, text_of

_LONGEST_ABSTRACT = 20_000
"""In words: positions beyond it in an inverted abstract are not believed."""


def paper(record: Record, source: str, position: int) -> Paper | Linked | None:
    """The paper that the record describes; None for one without a title."""
    for key in ("citingPaper", "citedPaper", "recommendedPaper"):
        if isinstance(inner := record.get(key), Mapping):
            return paper(inner, source, position)
    return (_reader(record) or paper_from)(record, source, position)


def is_part(record: Any) -> bool:
    """Whether it is no record of its own: a note or an attachment that Zotero lists beside the items."""
    data = record.get("data", record) if isinstance(record, Mapping) else None
    return isinstance(data, Mapping) and data.get("itemType") in ("attachment", "note", "annotation")


# --------------------------------------------------------------------------- OpenAlex


def _openalex(r: Record, source: str, position: int) -> Paper | None:
    places = [r.get("primary_location"), r.get("best_oa_location"), *dicts(r.get("locations"))]
    venue = next((v for p in places if (v := text_of(within(p, "source", "display_name")))), "")
    venue = venue or text_of(within(r, "host_venue", "display_name"))
    names = [text_of(within(a, "author", "display_name")) or text_of(a.get("raw_author_name")) for a in
             dicts(r.get("authorships"))]  # fmt: skip
    topics = dicts(r.get("keywords")) + [c for c in dicts(r.get("concepts")) if _number(c.get("score")) >= 0.4]
    links = [v for p in places for k in ("landing_page_url", "pdf_url") if (v := text_of(within(p, k)))]
    bib = r["biblio"] if isinstance(r.get("biblio"), Mapping) else {}
    begins, ends = text_of(bib.get("first_page")), text_of(bib.get("last_page"))
    main = next((s for p in places if isinstance(s := within(p, "source"), Mapping)), {})
    return paper_of(
        source,
        position,
        title=joined(r.get("title") or r.get("display_name")),
        abstract=_uninverted(r.get("abstract_inverted_index")) or text_of(r.get("abstract")),
        authors=names,
        year=r.get("publication_year") or text_of(r.get("publication_date")),
        # OpenAlex writes the first of January where it knows the year only.
        date="" if text_of(r.get("publication_date")).endswith("-01-01") else text_of(r.get("publication_date")),
        volume=text_of(bib.get("volume")),
        issue=text_of(bib.get("issue")),
        pages=f"{begins}-{ends}" if begins and ends and begins != ends else begins,
        publisher=text_of(main.get("host_organization_name")) or text_of(main.get("publisher"))
        or text_of(within(r, "host_venue", "publisher")),
        issn=texts(main.get("issn")) or text_of(main.get("issn_l")) or texts(within(r, "host_venue", "issn")),
        language=text_of(r.get("language")),
        pmcid=text_of(within(r, "ids", "pmcid")),
        venue=re.sub(r"^arXiv \(.*\)$", "arXiv", venue),
        doi=text_of(r.get("doi")),
        arxiv=next((x for x in links if "arxiv.org" in x), ""),
        pmid=text_of(within(r, "ids", "pmid")),
        urls=[*links, text_of(r.get("id"))],
        kind=text_of(r.get("type_crossref")) or text_of(r.get("type")),
        keywords=[text_of(t.get("display_name")) or text_of(t.get("keyword")) for t in topics],
    )  # fmt: skip


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _uninverted(index: Any) -> str:
    """The abstract whose words are given with their positions."""
    if not isinstance(index, Mapping):
        return ""
    index = index.get("InvertedIndex", index)
    if not isinstance(index, Mapping):
        return ""
    words: dict[int, str] = {}
    for word, places in index.items():
        for place in places if isinstance(places, list) else []:
            if isinstance(place, int) and 0 <= place < _LONGEST_ABSTRACT:
                words[place] = str(word)
    return re.sub(r"^Abstract\s+(?=[A-Z])", "", " ".join(words[i] for i in sorted(words)))


# --------------------------------------------------------------------------- Semantic Scholar


def _semantic_scholar(r: Record, source: str, position: int) -> Paper | None:
    ids = r.get("externalIds") if isinstance(r.get("externalIds"), Mapping) else {}
    assert isinstance(ids, Mapping)
    kinds = [text_of(k) for k in r["publicationTypes"]] if isinstance(r.get("publicationTypes"), list) else []
    known = {"Conference": "inproceedings", "Book": "book", "BookSection": "incollection", "Dataset": "dataset"}
    venue = r.get("publicationVenue") if isinstance(r.get("publicationVenue"), Mapping) else {}
    conference = text_of(within(venue, "type")) == "conference"
    fields = [text_of(f.get("category")) for f in dicts(r.get("s2FieldsOfStudy"))]
    return paper_of(
        source,
        position,
        title=joined(r.get("title")),
        abstract=text_of(r.get("abstract")),
        authors=[text_of(a.get("name")) for a in dicts(r.get("authors"))],
        year=r.get("year") or text_of(r.get("publicationDate")),
        date=text_of(r.get("publicationDate")),
        # "abs/2312.07559" is no volume.
        volume="" if "/" in (volume := text_of(within(r, "journal", "volume"))) else volume,
        pages=text_of(within(r, "journal", "pages")),
        issn=text_of(within(venue, "issn")),
        venue=text_of(r.get("venue")) or text_of(within(venue, "name")) or text_of(within(r, "journal", "name")),
        doi=text_of(ids.get("DOI")),
        arxiv=text_of(ids.get("ArXiv")),
        pmid=text_of(ids.get("PubMed")),
        pmcid=f"PMC{text_of(ids.get('PubMedCentral')).removeprefix('PMC')}",
        urls=[text_of(within(r, "openAccessPdf", "url")) if not r.get("url") else "", text_of(r.get("url"))],
        kind="inproceedings" if conference else next((known[k] for k in kinds if k in known), "article"),
        keywords=[*(f for f in fields), *listed(r.get("fieldsOfStudy"))],
    )


# --------------------------------------------------------------------------- Unpaywall


def _unpaywall(r: Record, source: str, position: int) -> Paper | None:
    best = r.get("best_oa_location")
    return paper_of(
        source,
        position,
        title=joined(r.get("title")),
        authors=[text_of(a.get("raw_author_name")) or csl_name(a) for a in dicts(r.get("z_authors"))],
        year=r.get("year") or text_of(r.get("published_date")),
        date="" if text_of(r.get("published_date")).endswith("-01-01") else text_of(r.get("published_date")),
        venue=text_of(r.get("journal_name")),
        publisher=text_of(r.get("publisher")),
        issn=text_of(r.get("journal_issns")),
        doi=text_of(r.get("doi")),
        urls=[text_of(within(best, "url_for_landing_page")), text_of(r.get("doi_url"))],
        kind=text_of(r.get("genre")),
    )


# --------------------------------------------------------------------------- Zotero


ZOTERO_VENUES = (
    "publicationTitle", "proceedingsTitle", "bookTitle", "conferenceName", "websiteTitle", "university", "institution",
    "encyclopediaTitle", "dictionaryTitle", "blogTitle", "repository", "publisher",
)  # fmt: skip


def _zotero(r: Record, source: str, position: int) -> Paper | Linked | None:
    data = r["data"] if isinstance(r.get("data"), Mapping) else r
    extra = text_of(data.get("extra"))
    found_extra = dict(re.findall(r"(?im)^\s*(DOI|PMID|PMCID|arXiv|title|Citation Key)\s*:\s*(\S.*)$", extra))
    noted = {k.lower(): v for k, v in found_extra.items()}
    archive = " ".join(text_of(data.get(k)) for k in ("archiveID", "reportNumber", "archiveLocation"))
    tags = data.get("tags")

    def one(*names: str) -> str:
        return next((v for n in names if (v := text_of(data.get(n)))), "")

    made = paper_of(
        source,
        position,
        title=joined(data.get("title") or data.get("nameOfAct") or data.get("caseName") or data.get("subject")),
        abstract=text_of(data.get("abstractNote")),
        authors=zotero_creators(dicts(data.get("creators"))),
        editors=zotero_creators(dicts(data.get("creators")), "editor"),
        year=text_of(data.get("date")),
        date=text_of(data.get("date")),
        accessed=text_of(data.get("accessDate")),
        venue=next((v for k in ZOTERO_VENUES if (v := text_of(data.get(k)))), ""),
        venue_short=text_of(data.get("journalAbbreviation")),
        event=text_of(data.get("conferenceName")) or text_of(data.get("meetingName")),
        publisher=one("publisher", "university", "institution", "repository", "company", "label", "studio"),
        place=text_of(data.get("place")),
        volume=text_of(data.get("volume")),
        issue=text_of(data.get("issue")),
        number=one("reportNumber", "patentNumber", "number", "documentNumber")
        if "arxiv" not in text_of(data.get("reportNumber")).lower() else "",
        pages=text_of(data.get("pages")),
        series=one("series", "seriesTitle"),
        edition=one("edition", "versionNumber"),
        genre=one("thesisType", "reportType", "manuscriptType", "presentationType", "websiteType", "genre"),
        language=text_of(data.get("language")),
        isbn=text_of(data.get("ISBN")),
        issn=text_of(data.get("ISSN")),
        key=one("citationKey", "citekey") or noted.get("citation key", ""),
        pmcid=noted.get("pmcid", ""),
        raw_kind=f"zotero:{text_of(data.get('itemType'))}",
        doi=text_of(data.get("DOI")) or noted.get("doi", ""),
        arxiv=noted.get("arxiv", "") or next((m[0] for m in [re.search(r"(?i)arxiv:\s*\S+", archive)] if m), ""),
        pmid=noted.get("pmid", ""),
        urls=[text_of(data.get("url"))],
        kind=text_of(data.get("itemType")),
        tags=[text_of(t.get("tag")) if isinstance(t, Mapping) else text_of(t) for t in tags] if isinstance(tags, list)
        else (),
        collections=[text_of(c) for c in named] if isinstance(named := r.get("collections_named"), list) else (),
        note="\n".join(text_without_tags(text_of(n.get("note"))) for n in dicts(data.get("notes"))),
    )  # fmt: skip
    if made is None:
        return None
    return with_files(made, (p for a in dicts(data.get("attachments")) if (p := text_of(a.get("path")))))


def zotero_collections(value: Any) -> dict[Any, list[str]]:
    """The names of the collections that an item is in, by its number, as Better BibTeX writes them."""
    found: dict[Any, list[str]] = {}
    groups = value.get("collections") if isinstance(value, Mapping) and "items" in value else None
    for group in groups.values() if isinstance(groups, Mapping) else ():
        name = text_of(within(group, "name"))
        items = within(group, "items")
        for item in items if name and isinstance(items, list) else ():
            if isinstance(item, int | str):
                found.setdefault(item, []).append(name)
    return found


def zotero_creators(creators: Iterable[Record], wanted: str = "") -> list[Written]:
    """The names of the authors, or where there are none of whoever made it; those of one role if it is `wanted`."""
    named: list[tuple[str, Written]] = []
    for c in creators:
        whole, family = text_of(c.get("name")), text_of(c.get("lastName"))
        given = text_of(c.get("firstName"))
        name: Written = f"{family}, {given}" if family and given else family or given
        if whole or (family and not given and " " in family):
            # A name in one field is an organisation's, or a name that has no parts.
            name = Name(literal=whole or family)
        if name:
            named.append((text_of(c.get("creatorType")), name))
    if wanted:
        return [n for role, n in named if role == wanted]
    authors = [n for role, n in named if role == "author"]
    return authors or [n for role, n in named if role not in ("translator", "reviewedAuthor", "seriesEditor")]


# --------------------------------------------------------------------------- Daily Papers, arXiv


def _daily(r: Record, source: str, position: int) -> Paper | None:
    inner = r["paper"] if isinstance(r.get("paper"), Mapping) else r
    people = [text_of(a.get("name")) for a in dicts(inner.get("authors")) if not a.get("hidden")]
    return paper_of(
        source,
        position,
        title=joined(inner.get("title")),
        abstract=text_of(inner.get("summary")) or text_of(r.get("summary")),
        authors=people,
        year=text_of(inner.get("publishedAt")) or text_of(r.get("publishedAt")),
        date=text_of(inner.get("publishedAt")) or text_of(r.get("publishedAt")),
        arxiv=text_of(inner.get("id")),
        urls=[f"https://arxiv.org/abs/{a}" if (a := normalised_arxiv(text_of(inner.get("id")))) else ""],
        kind="preprint",
        keywords=listed(inner.get("ai_keywords")),
    )


def _arxiv(r: Record, source: str, position: int) -> Paper | None:
    record = {**r, "arxiv_id": r.get("id"), "keywords": text_of(r.get("categories")).split()}
    return paper_from(record, source, position)


_CSL_KEYS = frozenset({"container-title", "issued", "citation-key", "DOI", "title-short", "date-parts", "URL", "PMID"})
_Reader = Callable[[Record, str, int], Paper | Linked | None]


def _reader(r: Record) -> _Reader | None:
    """The reader for a record of this shape; None for one of no known shape."""
    if "itemType" in r or isinstance(within(r, "data", "itemType"), str):
        return _zotero
    if "abstract_inverted_index" in r or "authorships" in r or text_of(r.get("id")).startswith("https://openalex.org/"):
        return _openalex
    if "paperId" in r or "externalIds" in r or "corpusId" in r:
        return _semantic_scholar
    if "oa_locations" in r or "best_oa_location" in r:
        return _unpaywall
    if within(r, "paper", "summary") is not None or ("summary" in r and "upvotes" in r):
        return _daily
    people = r.get("author")
    if isinstance(people, list) and any(isinstance(a, Mapping) and ("family" in a or "literal" in a) for a in people):
        return csl
    if "title" in r and "authors" not in r and (_CSL_KEYS & r.keys() or ("id" in r and r.get("type") in CSL_WORDS)):
        return csl
    if "categories" in r and isinstance(r.get("id"), str) and normalised_arxiv(r["id"]):
        return _arxiv
    return None
