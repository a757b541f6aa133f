"""Records in XML: PubMed, arXiv's Atom, JATS articles and EndNote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..papers import Name, Page, Paper, Rejected
from ..text import repaired
from . import xml
from .dates import date_of, dated
from .entries import Written, paper_of
from .numbers import numbers_in
from .xml import every, first, flat_inside

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_Reader = Callable[["Element", str, int], Paper | None]
_MAX_BODY = 4_000_000


def kind_of_xml(head: str) -> str | None:
    """Which of the formats read here a file's first characters show; None for another."""
    name = root_name(head).rpartition(":")[2]
    if name in ("PubmedArticleSet", "PubmedArticle", "PubmedBookArticle", "PubmedBookArticleSet", "MedlineCitationSet"):
        return "pubmed"
    if name in ("feed", "entry") and ("www.w3.org/2005/Atom" in head or "<entry" in head):
        return "atom"
    if name in ("xml", "records", "record") and re.search(r"<(?:ref-type|rec-number|source-app|titles)\b", head):
        return "endnote-xml"
    if name in ("article", "pmc-articleset", "articles") and re.search(r"<(?:article-meta|journal-meta|front)\b", head):
        return "jats"
    if name == "RDF" and "zotero.org/namespaces" in head:
        return "zotero-rdf"
    return None


def root_name(head: str) -> str:
    """The name of the outermost element, with its prefix; empty when none begins there."""
    at = 0
    while (at := head.find("<", at)) >= 0:
        if head.startswith("<!--", at):
            at = head.find("-->", at)
            if at < 0:
                return ""
        elif root := re.compile(r"<([A-Za-z][\w.:-]{0,80})").match(head, at):
            return root[1]
        at += 1
    return ""


def papers(text: str, source: str, kind: str) -> Iterator[Paper | Rejected]:
    """A paper per record; a record without a title, or that is not well-formed, costs a line."""
    names, read = _FORMATS[kind]
    position = 0
    for item in xml.records(text, names):
        if isinstance(item, xml.Broken):
            yield Rejected(source, f"line {item.line}", item.reason)
            continue
        position += 1
        yield read(item, source, position) or Rejected(source, f"record {position}", _why_not(item))


def _why_not(record: Element) -> str:
    if record.tag == "entry" and "api/errors" in first(record, "id"):
        return f"arXiv answered with an error: {first(record, 'summary')[:120]}"
    return "this record has no title"


# --------------------------------------------------------------------------- PubMed


def _pubmed(r: Element, source: str, position: int) -> Paper | None:
    found = (r.find(path) for path in ("MedlineCitation/Article", "BookDocument", "Article"))
    article = next((e for e in found if e is not None), r)
    title = first(article, "ArticleTitle", "VernacularTitle", "Book/BookTitle")
    abstract = article.find("Abstract")
    if abstract is None:
        abstract = next(iter(r.iter("OtherAbstract")), None)
    types = [t.lower() for t in every(article, "PublicationTypeList/PublicationType")]
    kinds = {"preprint": "preprint", "congress": "proceedings", "academic dissertation": "thesis"}
    kind = "incollection" if article.tag == "BookDocument" and article.find("ArticleTitle") is not None else "article"
    if article.tag == "BookDocument" and kind == "article":
        kind = "book"
    ids = {e.get("IdType", ""): flat_inside(e) for p in ("PubmedData", "PubmedBookData", ".") for e in
           r.findall(f"{p}/ArticleIdList/ArticleId")}  # fmt: skip
    located = {e.get("EIdType", ""): flat_inside(e) for e in article.findall("ELocationID")}
    people = article.findall("AuthorList/Author") or article.findall("Book/AuthorList/Author")
    named = [n for n in map(_pubmed_name, people) if n]
    return paper_of(
        source,
        position,
        title=re.sub(r"^\[(.*?)\](\.?)$", r"\1", title),
        abstract=_labelled(abstract) if abstract is not None else "",
        authors=named or [n for n in map(_pubmed_name, article.findall("InvestigatorList/Investigator")) if n],
        editors=[n for n in map(_pubmed_name, article.findall("Book/AuthorList[@Type='editors']/Author")) if n],
        date=_pubmed_date(article),
        venue_short=first(article, "Journal/ISOAbbreviation")
        or first(r, "MedlineCitation/MedlineJournalInfo/MedlineTA"),
        publisher=first(article, "Book/Publisher/PublisherName"),
        place=first(article, "Book/Publisher/PublisherLocation"),
        volume=first(article, "Journal/JournalIssue/Volume", "Book/Volume"),
        issue=first(article, "Journal/JournalIssue/Issue"),
        pages=first(article, "Pagination/MedlinePgn", "Pagination/StartPage")
        or _article_number(located.get("pii", "")),
        series=first(article, "Book/CollectionTitle"),
        edition=first(article, "Book/Edition"),
        language=first(article, "Language"),
        isbn=" ".join(every(article, "Book/Isbn")),
        issn=" ".join([*every(article, "Journal/ISSN"), first(r, "MedlineCitation/MedlineJournalInfo/ISSNLinking")]),
        pmcid=ids.get("pmc", ""),
        year=first(article, "Journal/JournalIssue/PubDate/Year", "Journal/JournalIssue/PubDate/MedlineDate",
                   "Book/PubDate/Year", "ContributionDate/Year", "ArticleDate/Year")
        or first(r, "MedlineCitation/DateCompleted/Year", "MedlineCitation/DateCreated/Year"),
        venue=first(article, "Journal/Title", "Journal/ISOAbbreviation")
        or first(r, "MedlineCitation/MedlineJournalInfo/MedlineTA")
        or (first(article, "Book/BookTitle") if kind == "incollection" else "")
        or first(article, "Book/Publisher/PublisherName"),
        doi=ids.get("doi") or located.get("doi", ""),
        pmid=first(r, "MedlineCitation/PMID", "BookDocument/PMID", "PMID"),
        kind=next((kinds[t] for t in types if t in kinds), kind),
        keywords=[*every(r, ".//KeywordList/Keyword"), *every(r, ".//MeshHeadingList/MeshHeading/DescriptorName")],
        raw_title=title,
    )  # fmt: skip


def _pubmed_name(author: Element) -> Written:
    family, given = first(author, "LastName"), first(author, "ForeName", "FirstName", "Initials")
    whole = first(author, "CollectiveName") if not family else ""
    return _in_parts(family, given, first(author, "Suffix")) or (Name(literal=whole) if whole else "")


def _in_parts(family: str, given: str, suffix: str) -> Written:
    """A name whose family name holds its particle; empty without one."""
    shown = ", ".join(p for p in (family, given, suffix) if p)
    return (shown, f"{family}, {suffix}, {given}") if suffix and family else shown


def _pubmed_date(article: Element) -> str:
    for path in ("Journal/JournalIssue/PubDate", "Book/PubDate", "ContributionDate", "ArticleDate"):
        found = article.find(path)
        if found is not None and (first(found, "Year") or first(found, "MedlineDate")):
            return dated(first(found, "Year"), first(found, "Month"), first(found, "Day")) or date_of(
                first(found, "MedlineDate")
            )
    return ""


def _article_number(value: str) -> str:
    return value if re.fullmatch(r"[A-Za-z]{0,4}\d{1,10}", value) else ""


def _labelled(abstract: Element) -> str:
    parts = []
    for e in abstract.findall("AbstractText"):
        label = (e.get("Label") or "").strip()
        text = flat_inside(e)
        if text:
            parts.append(f"{label.upper()}: {text}" if label and label.upper() != "UNLABELLED" else text)
    return " ".join(parts) or flat_inside(abstract, frozenset({"CopyrightInformation"}))


# --------------------------------------------------------------------------- arXiv


def _atom(r: Element, source: str, position: int) -> Paper | None:
    identifier = first(r, "id")
    if "api/errors" in identifier:
        return None
    links = [e.get("href", "") for e in r.findall("link")]
    subjects = [e.get("term", "") for e in r.findall("category")]
    return paper_of(
        source,
        position,
        title=first(r, "title"),
        abstract=first(r, "summary", "content"),
        authors=every(r, "author/name"),
        year=first(r, "published", "issued", "updated"),
        date=first(r, "published", "issued"),
        venue=first(r, "journal_ref"),
        doi=first(r, "doi"),
        arxiv=identifier if "arxiv" in identifier else "",
        urls=[*(x for x in links[:1]), *links, identifier],
        kind="article" if first(r, "journal_ref") else "preprint" if "arxiv" in identifier else "misc",
        keywords=subjects,
        note=first(r, "comment"),
    )


# --------------------------------------------------------------------------- JATS


def _jats(r: Element, source: str, position: int) -> Paper | None:
    meta = r.find("front/article-meta")
    if meta is None:
        meta = next(iter(r.iter("article-meta")), None)
    if meta is None:
        return None
    notes = frozenset({"xref", "fn", "label", "alt-title"})
    titled = meta.find("title-group/article-title")
    title = flat_inside(titled, notes) if titled is not None else first(meta, "product/source")
    if subtitle := first(meta, "title-group/subtitle"):
        title = f"{title}: {subtitle}"
    ids = {e.get("pub-id-type", ""): flat_inside(e) for e in meta.findall("article-id")}
    abstracts = meta.findall("abstract")
    plain = [a for a in abstracts if not a.get("abstract-type")] or abstracts
    years = {e.get("pub-type") or e.get("date-type") or "": first(e, "year") for e in meta.findall("pub-date")}
    people = [c for g in meta.findall("contrib-group") for c in g.findall("contrib")]
    writers = [c for c in people if c.get("contrib-type", "author") == "author"] or people
    abstract = _abstract(plain[0]) if plain else ""
    made = paper_of(
        source,
        position,
        title=title,
        abstract=abstract,
        authors=[n for n in map(_jats_name, writers) if n],
        editors=[n for c in people if c.get("contrib-type") == "editor" and (n := _jats_name(c))],
        year=min((y for y in years.values() if y.isdigit()), default=""),
        date=min((d for e in meta.findall("pub-date") if (d := _jats_date(e))), default=""),
        venue_short=next((flat_inside(e) for e in r.findall("front/journal-meta//abbrev-journal-title")), "")
        or next((flat_inside(e) for e in r.findall("front/journal-meta/journal-id[@journal-id-type='nlm-ta']")), ""),
        publisher=first(r, "front/journal-meta/publisher/publisher-name"),
        place=first(r, "front/journal-meta/publisher/publisher-loc"),
        volume=first(meta, "volume"),
        issue=first(meta, "issue"),
        pages="-".join(dict.fromkeys(p for p in (first(meta, "fpage"), first(meta, "lpage")) if p))
        or first(meta, "elocation-id"),
        issn=" ".join(every(r, "front/journal-meta/issn")),
        pmcid=(f"PMC{ids['pmc'].removeprefix('PMC')}" if ids.get("pmc") else ids.get("pmcid", "")),
        venue=first(r, "front/journal-meta/journal-title-group/journal-title", "front/journal-meta/journal-title"),
        doi=ids.get("doi", ""),
        arxiv=ids.get("arxiv", ""),
        pmid=ids.get("pmid", ""),
        urls=[u for e in meta.findall("self-uri") if (u := e.get("href", ""))],
        kind="preprint" if r.get("article-type") == "preprint" else "article",
        keywords=every(meta, "kwd-group/kwd"),
    )  # fmt: skip
    body = r.find("body")
    if made is None or body is None:
        return made
    from dataclasses import replace

    raw = _paragraphs(body)
    return replace(made, pages=(Page(1, repaired(raw), raw),)) if raw else made


def _abstract(element: Element) -> str:
    text = flat_inside(element, frozenset({"label", "object-id"}))
    if text.lower() == "abstract":
        return ""
    return re.sub(r"^(?i:abstract|summary)\b(?:\s*[:.]\s*|\s*(?=[A-Z]))(?=\S)", "", text)


def _jats_date(e: Element) -> str:
    return dated(first(e, "year"), first(e, "month"), first(e, "day"))


def _jats_name(contrib: Element) -> Written:
    for path in ("name", "name-alternatives/name", "string-name"):
        found = contrib.find(path)
        if found is not None and (family := first(found, "surname")):
            return _in_parts(family, first(found, "given-names"), first(found, "suffix"))
        if found is not None and (whole := flat_inside(found)):
            return whole
    whole = first(contrib, "collab", "anonymous", "literal")
    return Name(literal=whole) if whole else ""


def _paragraphs(body: Element) -> str:
    """The body's headings and paragraphs, a blank line between them; tables and formulas' sources left out."""
    parts: list[str] = []
    size = 0
    skip = frozenset({"table-wrap", "fig", "tex-math", "alternatives", "fn"})
    apart = (outer for tag in ("table-wrap", "fig", "fn", "ref-list") for outer in body.iter(tag))
    hidden = {id(e) for outer in apart for e in outer.iter()}
    for e in body.iter():
        if e.tag in ("title", "p") and id(e) not in hidden and (text := flat_inside(e, skip)):
            parts.append(text)
            size += len(text)
            if size > _MAX_BODY:
                break
    return "\n\n".join(parts)


# --------------------------------------------------------------------------- EndNote


def _endnote(r: Element, source: str, position: int) -> Paper | None:
    stated = r.find("ref-type")
    kind = (stated.get("name") if stated is not None else "") or ""
    titles = r.find("titles")
    holder = titles if titles is not None else r
    title = first(holder, "title", "short-title")
    venue = first(r, "periodical/full-title") or first(holder, "secondary-title", "alt-title", "tertiary-title")
    links = [u for path in ("related-urls", "web-urls", "text-urls") for u in every(r, f"urls/{path}/url")]
    accession, when = first(r, "accession-num"), first(r, "dates/pub-dates/date")
    return paper_of(
        source,
        position,
        title=title,
        abstract=first(r, "abstract"),
        authors=every(r, "contributors/authors/author") or every(r, "contributors/secondary-authors/author"),
        editors=[] if kind.lower() in ("book", "edited book", "thesis")
        else every(r, "contributors/secondary-authors/author"),
        year=first(r, "dates/year", "dates/pub-dates/date"),
        date=date_of(when) or date_of(f"{when} {first(r, 'dates/year')}"),
        accessed=first(r, "access-date"),
        venue_short=first(r, "periodical/abbr-1", "alt-periodical/abbr-1"),
        publisher=first(r, "publisher"),
        place=first(r, "pub-location"),
        volume=first(r, "volume"),
        issue=first(r, "number") if "report" not in kind.lower() else "",
        number=first(r, "number", "report-id") if "report" in kind.lower() else "",
        pages=first(r, "pages"),
        series=first(holder, "tertiary-title") if first(holder, "tertiary-title") != venue else "",
        edition=first(r, "edition"),
        genre=first(r, "work-type"),
        language=first(r, "language"),
        **numbers_in(first(r, "isbn")),
        venue=(venue if venue != title else "") or first(r, "publisher"),
        doi=first(r, "electronic-resource-num"),
        pmid=accession if re.fullmatch(r"\d{5,8}", accession) and "pubmed" in " ".join(links).lower() else "",
        urls=links,
        kind="inproceedings" if kind.lower().startswith("conference") else kind,
        keywords=every(r, "keywords/keyword"),
        note=first(r, "notes", "research-notes"),
    )  # fmt: skip


_FORMATS: dict[str, tuple[frozenset[str], _Reader]] = {
    "pubmed": (frozenset({"PubmedArticle", "PubmedBookArticle", "MedlineCitation"}), _pubmed),
    "atom": (frozenset({"entry"}), _atom),
    "jats": (frozenset({"article"}), _jats),
    "endnote-xml": (frozenset({"record"}), _endnote),
}
