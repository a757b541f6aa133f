"""What a reference needs, taken from each format: names in parts, volume to pages, publisher, numbers, dates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.papers import Paper
from assistant.readers import read
from assistant.readers.dates import date_of
from assistant.readers.numbers import isbns, issns, page_range

RIS = """TY  - CHAP
ID  - berg2020
AU  - van der Berg, Jan
AU  - King, Martin Luther, Jr.
AU  - CERN Collaboration
A2  - Ed, Ian
TI  - Packets by light
T2  - The Book of Light
T3  - Lectures
J2  - Book Light
PY  - 2020
DA  - 2020/05/03/
VL  - 7
SP  - 117
EP  - 130
ET  - 2
PB  - Springer
CY  - Berlin
SN  - 978-0-306-40615-7
LA  - en
Y2  - 2024/02/29
AN  - PMID: 123456
C2  - PMC99
ER  - 
"""
NBIB = """PMID- 123456
TI  - Packets by light
FAU - Doe, Jane
CN  - Light Study Group
DP  - 2020 May 3
JT  - Journal of light
TA  - J Light
VI  - 7
IP  - 2
PG  - 117-30
LA  - eng
IS  - 1234-567X (Electronic)
PMC - PMC99
"""
WOS = """FN Clarivate
PT J
AU Doe, J
AF Doe, Jane
TI Packets by light
SO LIGHT AND MATTER
J9 LIGHT MATTER
PD MAY 3
PY 2020
VL 7
IS 2
BP 117
EP 130
PU SPRINGER
SN 1234-567X
LA English
ER

EF
"""
ENDNOTE = """%0 Book Section
%A Doe, Jane
%E Ed, Ian
%T Packets by light
%B The Book of Light
%I Springer
%C Berlin
%D 2020
%8 May 3, 2020
%V 7
%P 117-130
%S Lectures
%@ 978-0-306-40615-7
%F berg2020
"""
PUBMED = """<?xml version="1.0"?><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>123456</PMID><Article>
<Journal><ISSN>1234-567X</ISSN><JournalIssue><Volume>7</Volume><Issue>2</Issue><PubDate><Year>2020</Year>
<Month>May</Month><Day>3</Day></PubDate></JournalIssue><Title>Journal of light</Title>
<ISOAbbreviation>J Light</ISOAbbreviation></Journal><ArticleTitle>Packets by light</ArticleTitle>
<Pagination><MedlinePgn>117-30</MedlinePgn></Pagination><Language>eng</Language><AuthorList>
<Author><LastName>King</LastName><ForeName>Martin</ForeName><Suffix>Jr</Suffix></Author>
<Author><CollectiveName>Light Study Group</CollectiveName></Author></AuthorList></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pmc">PMC99</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle></PubmedArticleSet>"""
CFF = """cff-version: 1.2.0
title: Glow
version: 1.4.0
date-released: 2020-05-03
authors:
  - {family-names: Berg, given-names: Jan, name-particle: van der}
  - {name: Light Study Group}
preferred-citation:
  type: article
  title: Packets by light
  authors: [{family-names: Doe, given-names: Jane}]
  journal: Journal of light
  volume: 7
  issue: 2
  start: 117
  end: 130
  year: 2020
  month: 5
"""
CROSSREF = {"message": {
    "type": "journal-article", "title": ["Packets by <i>light</i>"], "DOI": "10.5555/x",
    "author": [{"given": "Na", "family": "Li"}, {"name": "Light Study Group"}], "container-title": ["Journal of light"],
    "short-container-title": ["J Light"], "volume": "7", "issue": "2", "page": "117-130", "publisher": "Springer",
    "ISSN": ["1234-567X", "0028-0836"], "issued": {"date-parts": [[2020, 5, 3]]}, "language": "en",
}}  # fmt: skip
CSL = [{
    "id": "berg2020", "citation-key": "berg2020", "type": "article-magazine", "title": "Packets by light",
    "author": [{"family": "Beethoven", "given": "Ludwig", "dropping-particle": "van"}, {"literal": "CERN"}],
    "editor": [{"family": "Ed", "given": "Ian"}], "container-title": "Light", "issued": {"date-parts": [[2020, 5]]},
    "publisher-place": "Berlin", "edition": 2, "accessed": {"date-parts": [["2024", "2", "29"]]},
}]  # fmt: skip
ZOTERO = [{
    "itemType": "conferencePaper", "title": "Packets by light", "proceedingsTitle": "Proc. of Light",
    "conferenceName": "Light 2020", "date": "2020-05-03", "pages": "117–130", "publisher": "ACM", "place": "Berlin",
    "series": "Lectures", "ISBN": "978-0-306-40615-7", "language": "en", "accessDate": "2024-02-29T10:00:00Z",
    "extra": "Citation Key: berg2020\nPMCID: PMC99",
    "creators": [{"creatorType": "author", "name": "Light Study Group"},
                 {"creatorType": "editor", "firstName": "Ian", "lastName": "Ed"}],
}]  # fmt: skip
OPENALEX = {
    "id": "https://openalex.org/W1", "title": "Packets by light", "publication_year": 2020,
    "publication_date": "2020-05-03", "authorships": [{"author": {"display_name": "Jane Doe"}}], "language": "en",
    "biblio": {"volume": "7", "issue": "2", "first_page": "117", "last_page": "130"},
    "primary_location": {"source": {"display_name": "Journal of light", "issn": ["1234-567X"],
                                    "host_organization_name": "Springer"}},
}  # fmt: skip
SCOPUS = (
    "Authors,Title,Year,Source title,Volume,Issue,Art. No.,Page start,Page end,Publisher,ISSN,"
    "Abbreviated Source Title\n"
    '"Doe, J.; Roe, R.",Packets by light,2020,Journal of light,7,2,,117,130,Springer,1234567X,J Light\n'
)
COMMON = {"volume": "7", "issue": "2", "page_range": "117-130", "venue": "Journal of light"}


@pytest.mark.parametrize(("text", "expected"), [
    (RIS, {
        "author_names": (), "editors": ("Ed, Ian",), "venue": "The Book of Light", "series": "Lectures",
        "date": "2020-05-03", "volume": "7", "page_range": "117-130", "edition": "2", "publisher": "Springer",
        "place": "Berlin", "isbn": ("978-0-306-40615-7",), "language": "en", "accessed": "2024-02-29", "pmid": "123456",
        "pmcid": "PMC99", "kind": "incollection", "venue_short": "Book Light", "key": "berg2020",
    }),
    (NBIB, COMMON | {
        "author_names": (), "date": "2020-05-03", "venue_short": "J Light", "page_range": "117-30", "language": "eng",
        "issn": ("1234-567X",), "pmcid": "PMC99",
    }),
    (WOS, COMMON | {
        "venue": "Light and Matter", "date": "2020-05-03", "publisher": "SPRINGER", "issn": ("1234-567X",),
        "language": "English",
    }),
    (ENDNOTE, {
        "kind": "incollection", "editors": ("Ed, Ian",), "venue": "The Book of Light", "publisher": "Springer",
        "place": "Berlin", "date": "2020-05-03", "volume": "7", "page_range": "117-130", "series": "Lectures",
        "isbn": ("978-0-306-40615-7",), "key": "berg2020",
    }),
    (PUBMED, COMMON | {
        "page_range": "117-30", "date": "2020-05-03", "venue_short": "J Light", "issn": ("1234-567X",),
        "pmcid": "PMC99", "language": "eng", "authors": ("King, Martin, Jr", "Light Study Group"),
    }),
    (CROSSREF, COMMON | {
        "authors": ("Li, Na", "Light Study Group"), "publisher": "Springer", "issn": ("1234-567X", "0028-0836"),
        "date": "2020-05-03", "venue_short": "J Light", "title": "Packets by light",
    }),
    (CSL, {
        "authors": ("van Beethoven, Ludwig", "CERN"), "author_names": ("Beethoven, Ludwig van", "CERN"),
        "editors": ("Ed, Ian",), "raw_kind": "csl:article-magazine", "kind": "article", "date": "2020-05",
        "edition": "2", "place": "Berlin", "accessed": "2024-02-29", "key": "berg2020",
    }),
    (ZOTERO, {
        "kind": "inproceedings", "venue": "Proc. of Light", "event": "Light 2020", "date": "2020-05-03",
        "page_range": "117-130", "publisher": "ACM", "place": "Berlin", "series": "Lectures", "key": "berg2020",
        "isbn": ("978-0-306-40615-7",), "accessed": "2024-02-29", "editors": ("Ed, Ian",), "pmcid": "PMC99",
    }),
    (OPENALEX, COMMON | {"date": "2020-05-03", "publisher": "Springer", "issn": ("1234-567X",), "language": "en"}),
    (SCOPUS, COMMON | {"publisher": "Springer", "issn": ("1234567X",), "venue_short": "J Light"}),
], ids=["ris", "nbib", "wos", "endnote", "pubmed", "crossref", "csl", "zotero", "openalex", "scopus"])  # fmt: skip
def test_a_format_gives_what_a_reference_needs(text: object, expected: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "records.txt"
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    (paper,) = (p for p in read(file) if isinstance(p, Paper))
    assert {name: getattr(paper, name) for name in expected} == expected
    assert paper.title == "Packets by light"
    assert paper.year == 2020


def test_a_citation_file_gives_the_software_and_the_paper(tmp_path: Path) -> None:
    file = tmp_path / "CITATION.cff"
    file.write_text(CFF, encoding="utf-8")
    software, paper = (p for p in read(file) if isinstance(p, Paper))
    assert (software.kind, software.edition, software.date) == ("software", "1.4.0", "2020-05-03")
    assert [n.sorted for n in software.names] == ["van der Berg, Jan", "{Light Study Group}"]
    assert (paper.volume, paper.issue, paper.page_range, paper.date) == ("7", "2", "117-130", "2020-05")


@pytest.mark.parametrize(("text", "date"), [
    ("2020-05-03T12:00:00Z", "2020-05-03"), ("2020/05/03/", "2020-05-03"), ("2020///", ""),
    ("May 3, 2020", "2020-05-03"),
    ("3 May 2020", "2020-05-03"), ("2020 Jan-Feb", "2020-01"), ("13.4.2020", "2020-04-13"), ("3/4/2020", ""),
    ("05/2020", "2020-05"), ("Spring 2020", ""), ("2020", ""), ("2020-13-40", ""), ("Mai 2020", "2020-05"), (None, ""),
    ({"date-parts": [[2020, 5]]}, "2020-05"), ({"date-parts": [[None]]}, ""), ({"date-parts": 3}, ""),
])  # fmt: skip
def test_dates_in_any_common_order(text: object, date: str) -> None:
    assert date_of(text) == date


@pytest.mark.parametrize(("text", "pages"), [
    ("117--130", "117-130"), ("pp. 117–130", "117-130"), ("117 - 130", "117-130"), ("e0123456", "e0123456"),
    ("12, 15--19", "12, 15-19"), ("5-5", "5"), ("S1--S14", "S1-S14"), ("see http://x.example", ""), ("--", ""),
])  # fmt: skip
def test_pages_have_one_hyphen_in_each_range(text: str, pages: str) -> None:
    assert page_range(text) == pages
    assert page_range(pages) == pages


def test_isbns_and_issns_are_told_apart() -> None:
    text = "978-0-306-40615-7 (print), 0306406152; ISSN 1234-567x"
    assert isbns(text) == ("978-0-306-40615-7", "0306406152")
    assert issns("1234-567x 0028-0836") == ("1234-567X", "0028-0836")
    assert issns("978-0-306-40615-7") == ()
