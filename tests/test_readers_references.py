"""Bibliographies and the services' answers, read into papers: each format with a sample written here."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from assistant.papers import Paper, Rejected, merged
from assistant.readers import bibtex, read
from assistant.readers.bibtex_fields import names
from assistant.readers.kinds import kind_of
from tests.reference_table import outcome


def _read(tmp_path: Path, name: str, content: str | bytes) -> tuple[list[Paper], list[Rejected]]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    items = list(read(path))
    return [i for i in items if isinstance(i, Paper)], [i for i in items if isinstance(i, Rejected)]


# --------------------------------------------------------------------------- BibTeX


def test_bibtex_gives_every_field(tmp_path: Path) -> None:
    (paper,), rejected = _read(
        tmp_path,
        "refs.bib",
        r"""% written by hand
@string{jpb = "Journal of Paper " # "Boats"}
@InProceedings{doe2021,
  title = {Drift of {Folded} Boats: 50\% more \& better in H$_2$O},
  author = {G{\"o}del, Kurt and {The Boat Society and Friends} and van der Berg, Jr., Jan and Ana Mar{\'\i}a L{\'o}pez
            and others},
  booktitle = jpb # { Workshop},
  year = 2021, month = mar,
  doi = {https://doi.org/10.1000/ABC.7},
  eprint = {2103.00001v2}, archivePrefix = {arXiv},
  url = {https://example.org/a\_b},
  keywords = {boats, paper folding, boats},
  abstract = {We fold boats --- and sail ``them''.},
}
""",
    )
    assert rejected == []
    assert paper.title == "Drift of Folded Boats: 50% more & better in H2O"
    assert paper.raw_title.startswith(r"Drift of {Folded} Boats: 50\%")
    assert paper.authors == ("Gödel, Kurt", "The Boat Society and Friends", "van der Berg, Jan, Jr.", "Ana María López")
    assert (paper.venue, paper.year, paper.doi, paper.arxiv_id) == (
        "Journal of Paper Boats Workshop", 2021, "10.1000/abc.7", "2103.00001",
    )  # fmt: skip
    assert (paper.url, paper.kind) == ("https://example.org/a_b", "inproceedings")
    assert paper.keywords == ("boats", "paper folding")
    assert paper.abstract == "We fold boats — and sail “them”."


def test_a_child_takes_from_its_parent_and_circles_end(tmp_path: Path) -> None:
    papers, rejected = _read(
        tmp_path,
        "refs.bib",
        """@incollection{child, title={On Keels}, author={Doe, J.}, crossref={Book}}
@book{book, title={All About Boats}, year=1999, publisher={Pond Press}, crossref={child}}
@xdata{x, publisher={Lake Press}}
@book{other, title={Of Lakes}, xdata={x}}
""",
    )
    assert [(p.title, p.venue, p.year) for p in papers] == [
        ("On Keels", "All About Boats", 1999),
        ("All About Boats", "Pond Press", 1999),
        ("Of Lakes", "Lake Press", None),
    ]
    assert rejected == []


@pytest.mark.parametrize(
    "broken",
    [
        "@article{bad,\n  title = {Never {closed,\n  author = {Doe, J.},\n  year = 2003\n}\n",
        '@article{bad,\n  title = "Never closed,\n  author = {Doe, J.},\n  year = 2003\n}\n',
        "@article{bad,\n  title = {Never closed}\n  author = {Doe, J.},\n  year = 2003\n}\n",
        "@article{bad,\n  title = {Never closed},\n  author = {Doe, J.},\n  year = 2003,\n",
    ],
)
def test_an_unbalanced_entry_costs_one_line_and_hides_no_other(tmp_path: Path, broken: str) -> None:
    whole = "@article{a%d,\n  title = {Whole Entry %d},\n  year = 2001\n}\n"
    papers, rejected = _read(tmp_path, "refs.bib", whole % (1, 1) + broken + whole % (2, 2) + whole % (3, 3))
    titles = [p.title for p in papers]
    assert [t for t in titles if t.startswith("Whole")] == ["Whole Entry 1", "Whole Entry 2", "Whole Entry 3"]
    assert len(rejected) == 1
    assert rejected[0].where == "line 5 (bad)"
    # What begins on lines of its own is not lost.
    assert [(p.title, p.authors, p.year) for p in papers if p.title.startswith("Never")] == [
        ("Never closed", ("Doe, J.",), 2003)
    ]


def test_entries_without_title_and_twice_the_same_key(tmp_path: Path) -> None:
    text = "@misc{k, title={One}}\n@misc{k, title={Two}}\n@misc{none, author={Doe}}\n@comment{@misc{c, title={No}}}\n"
    papers, rejected = _read(tmp_path, "refs.bib", text)
    assert [p.title for p in papers] == ["One", "Two"]
    assert [(r.where, r.reason) for r in rejected] == [("line 3 (none)", "this entry has no title")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bibtex_in_any_encoding_and_with_any_line_end(tmp_path: Path, encoding: str, end: str) -> None:
    text = "@article{a,\n  title = {Étude des bateaux},\n  author = {Núñez, José},\n}\n\n@book{b, title={Zwei}}\n"
    papers, rejected = _read(tmp_path, "refs.txt", text.replace("\n", end).encode(encoding))
    assert [(p.title, p.authors) for p in papers] == [("Étude des bateaux", ("Núñez, José",)), ("Zwei", ())]
    assert rejected == []


def test_names_are_parted_outside_of_braces() -> None:
    assert [shown for shown, _ in names("A and B AND {C and D} and others")] == ["A", "B", "C and D"]
    assert names("family=Berg, given=Jan, prefix=van, suffix=Jr and {A, B} and Doe, J") == [
        ("van Berg, Jan, Jr", "van Berg, Jr, Jan"), ("A, B", "{A, B}"), ("Doe, J", "Doe, J"),
    ]  # fmt: skip
    assert names("") == names(" and ") == []


@pytest.mark.parametrize("part", [1, 80, 400, 1_000_000])
def test_a_large_bibliography_is_read_in_parts_as_if_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    monkeypatch.setattr(bibtex, "_PART", part)
    text = "".join(
        f"@inproceedings{{p{n},\n  title = {{Paper {n}}},\n  publisher = acm,\n  crossref = {{all}},\n}}\n\n"
        for n in range(20)
    )
    text = '@string{acm = "The Press"}\n' + text + "@article{bad,\n title = {Never closed\n\n"
    text += "@proceedings{all,\n title = {The Proceedings}, year = 1999}\n@misc{last, title = {Last}}\n"
    text += "@misc{untitled}\n"
    papers, rejected = _read(tmp_path, "refs.bib", text)
    assert [p.title for p in papers[:20]] == [f"Paper {n}" for n in range(20)]
    assert {(p.venue, p.publisher, p.year) for p in papers[:20]} == {("The Proceedings", "The Press", 1999)}
    assert [p.title for p in papers[20:]] == ["Never closed", "The Proceedings", "Last"]
    assert [r.where for r in rejected] == ["line 122 (bad)", "line 128 (untitled)"]
    assert [a.position for p in papers for a in p.appearances] == list(range(1, 24))


def test_a_quoted_entry_in_notes_is_no_bibliography(tmp_path: Path) -> None:
    text = "# Notes on Boats\n\nThey drift. We cite them so:\n\n@article{a, title={Boats}}\n\nThat is all.\n"
    (paper,), _ = _read(tmp_path, "notes.md", text)
    assert paper.title == "Notes on Boats"


# --------------------------------------------------------------------------- tagged formats

RIS = """TY  - CPAPER
AU  - Doe, Jane
AU  - Roe,Richard
TI  - Drift of Boats
T2  - Proc. Boats
PY  - 2020/05/01/
AB  - They drift
and then they sink.
KW  - boats
KW  - drift
DO  - 10.1000/r.1
UR  - https://example.org/1; https://example.org/2
ER  - 

TY  - JOUR
T1  - No End to This
JO  - Pond J.
Y1  - 1999
TY  - THES
AU  - Poe, Ann
ER  -
"""
NBIB = """PMID- 1234567
TI  - Boats in the blood: a trial of
      paper.
FAU - Doe, Jane
AU  - Doe J
JT  - Journal of boats
DP  - 2009 May
AB  - BACKGROUND: They float.
      RESULTS: They sank.
LID - 10.1000/n.1 [doi]
MH  - *Boats
OT  - drift
PT  - Journal Article

PMID- 7654321
FAU - Nobody, N
"""
WOS = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Doe, J
   Roe, R
AF Doe, Jane
   Roe, Richard
TI Drift of boats in
   small ponds
SO JOURNAL OF PAPER BOATS
DE boats; drift
DT Article; Proceedings Paper
AB They drift.
PY 2015
DI 10.1000/w.1
PM 222
ER

PT B
AU Poe, A
ER

EF
"""
ENDNOTE = """%0 Conference Proceedings
%A Doe, Jane
%A Roe, Richard
%T Drift of Boats
%B Proc. Boats
%D 2011
%R 10.1000/e.1
%K boats
drift
%X They drift.

%0 Journal Article
%A Nobody
"""


def test_ris(tmp_path: Path) -> None:
    (first, second), rejected = _read(tmp_path, "x.txt", RIS)
    assert (first.title, first.authors, first.year) == ("Drift of Boats", ("Doe, Jane", "Roe, Richard"), 2020)
    assert (first.venue, first.kind, first.doi) == ("Proc. Boats", "inproceedings", "10.1000/r.1")
    assert first.abstract == "They drift and then they sink."
    assert (first.keywords, first.url) == (("boats", "drift"), "https://example.org/1")
    assert (second.title, second.venue, second.year) == ("No End to This", "Pond J.", 1999)
    assert [r.where for r in rejected] == ["line 19"]


def test_nbib(tmp_path: Path) -> None:
    (paper,), rejected = _read(tmp_path, "x.txt", NBIB)
    assert paper.title == "Boats in the blood: a trial of paper."
    assert (paper.authors, paper.year, paper.venue) == (("Doe, Jane",), 2009, "Journal of boats")
    assert (paper.pmid, paper.doi, paper.kind) == ("1234567", "10.1000/n.1", "article")
    assert paper.abstract == "BACKGROUND: They float. RESULTS: They sank."
    assert paper.keywords == ("drift", "Boats")
    assert [r.where for r in rejected] == ["line 15"]


def test_web_of_science(tmp_path: Path) -> None:
    (paper,), rejected = _read(tmp_path, "savedrecs.txt", WOS)
    assert (paper.title, paper.authors) == ("Drift of boats in small ponds", ("Doe, Jane", "Roe, Richard"))
    assert (paper.venue, paper.year, paper.kind) == ("Journal of Paper Boats", 2015, "inproceedings")
    assert (paper.doi, paper.pmid, paper.keywords) == ("10.1000/w.1", "222", ("boats", "drift"))
    assert [r.where for r in rejected] == ["line 19"]


def test_endnote(tmp_path: Path) -> None:
    (paper,), rejected = _read(tmp_path, "x.enw", ENDNOTE)
    assert (paper.title, paper.authors, paper.year) == ("Drift of Boats", ("Doe, Jane", "Roe, Richard"), 2011)
    assert (paper.venue, paper.kind, paper.doi) == ("Proc. Boats", "inproceedings", "10.1000/e.1")
    assert (paper.keywords, paper.abstract) == (("boats", "drift"), "They drift.")
    assert [r.where for r in rejected] == ["line 12"]


# --------------------------------------------------------------------------- JSON

CROSSREF = {
    "title": ["Drift of <i>Folded</i> Boats"], "DOI": "10.1000/C.1", "type": "posted-content",
    "author": [{"given": "Jane", "family": "Doe"}, {"name": "The Boat Society"}],
    "container-title": ["Pond"], "issued": {"date-parts": [[2019, 2]]},
    "abstract": "<jats:title>Abstract</jats:title><jats:p>They drift.</jats:p>", "subject": ["Boats"],
}  # fmt: skip
OPENALEX = {
    "id": "https://openalex.org/W1", "display_name": "Drift", "title": "Drift", "publication_year": 2018,
    "doi": "https://doi.org/10.1000/o.1", "ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/77"}, "type": "dissertation",
    "authorships": [{"author": {"display_name": "Jane Doe"}}], "keywords": [{"display_name": "Boats"}],
    "primary_location": {"landing_page_url": "https://example.org/o", "source": {"display_name": "Pond J."}},
    "abstract_inverted_index": {"drift.": [3], "They": [0, 2], "and": [1]},
}  # fmt: skip
SEMANTIC = {
    "paperId": "abc", "title": "Drift", "abstract": "They drift.", "year": 2017, "venue": "ICPB",
    "authors": [{"name": "Jane Doe"}, {"name": None}], "publicationTypes": ["Conference"],
    "externalIds": {"DOI": "10.1000/s.1", "ArXiv": "1701.00001", "PubMed": "88"},
    "url": "https://www.semanticscholar.org/paper/abc",
}  # fmt: skip
UNPAYWALL = {
    "doi": "10.1000/u.1", "title": "Drift", "genre": "proceedings-article", "year": 2016, "journal_name": "Pond J.",
    "z_authors": [{"given": "Jane", "family": "Doe"}], "oa_locations": [], "best_oa_location": None,
    "doi_url": "https://doi.org/10.1000/u.1",
}  # fmt: skip
CSL = {
    "id": "x", "type": "paper-conference", "title": "Drift", "PMID": 99, "DOI": "10.1000/l.1",
    "author": [{"family": "Berg", "given": "Jan", "non-dropping-particle": "van", "suffix": "Jr."}],
    "issued": {"date-parts": [["2014", 1]]}, "container-title": "Proc. Boats", "abstract": "They drift.",
}  # fmt: skip
DAILY = {
    "paper": {
        "id": "2401.00001", "title": "Drift", "summary": "They\ndrift.", "publishedAt": "2024-01-01T00:00:00.000Z",
        "authors": [{"name": "Jane Doe", "hidden": False}, {"name": "Bot", "hidden": True}], "upvotes": 3,
    },
    "title": "Drift", "numComments": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"status": "ok", "message": {"items": [CROSSREF]}},
            ("Drift of Folded Boats", ("Doe, Jane", "The Boat Society"), 2019, "Pond", "10.1000/c.1", None, None,
             "preprint", "They drift."),
        ),
        (
            {"meta": {}, "results": [OPENALEX]},
            ("Drift", ("Jane Doe",), 2018, "Pond J.", "10.1000/o.1", None, "77", "thesis", "They and They drift."),
        ),
        (
            {"data": [{"citingPaper": SEMANTIC}]},
            ("Drift", ("Jane Doe",), 2017, "ICPB", "10.1000/s.1", "1701.00001", "88", "inproceedings", "They drift."),
        ),
        (UNPAYWALL, ("Drift", ("Doe, Jane",), 2016, "Pond J.", "10.1000/u.1", None, None, "inproceedings", "")),
        (
            [CSL],
            ("Drift", ("van Berg, Jan, Jr.",), 2014, "Proc. Boats", "10.1000/l.1", None, "99", "inproceedings",
             "They drift."),
        ),
        ([DAILY], ("Drift", ("Jane Doe",), 2024, None, None, "2401.00001", None, "preprint", "They drift.")),
    ],
    ids=["crossref", "openalex", "semantic scholar", "unpaywall", "csl", "daily papers"],
)  # fmt: skip
def test_the_services_answers(tmp_path: Path, content: object, expected: tuple[object, ...]) -> None:
    (p,), rejected = _read(tmp_path, "answer.json", json.dumps(content))
    assert (p.title, p.authors, p.year, p.venue, p.doi, p.arxiv_id, p.pmid, p.kind, p.abstract) == expected
    assert p.link
    assert rejected == []


def test_what_a_service_did_not_find_is_said(tmp_path: Path) -> None:
    papers, rejected = _read(tmp_path, "a.json", json.dumps([None, SEMANTIC]))
    assert len(papers) == 1
    assert [(r.where, "did not find" in r.reason) for r in rejected] == [("record 1", True)]
    assert _read(tmp_path, "b.json", '{"error": "Paper not found"}')[1][0].reason.endswith("“Paper not found”")
    assert "empty" in _read(tmp_path, "c.json", '{"total": 0, "data": []}')[1][0].reason


# --------------------------------------------------------------------------- XML

PUBMED = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://dtd.nlm.nih.gov/pubmed.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID Version="1">1234567</PMID><Article>
<Journal><JournalIssue><PubDate><MedlineDate>2009 May-Jun</MedlineDate></PubDate></JournalIssue>
<Title>Journal of boats</Title></Journal>
<ArticleTitle>Boats of CO<sub>2</sub> &amp; <i>paper</i>&nbsp;only.</ArticleTitle>
<Abstract><AbstractText Label="METHODS">We fold.</AbstractText><AbstractText>They sank.</AbstractText></Abstract>
<AuthorList><Author><LastName>Doe</LastName><ForeName>Jane</ForeName></Author>
<Author><CollectiveName>Boat Society</CollectiveName></Author></AuthorList>
<ELocationID EIdType="doi">10.1000/p.1</ELocationID>
<PublicationTypeList><PublicationType>Preprint</PublicationType></PublicationTypeList></Article>
<KeywordList><Keyword>drift</Keyword></KeywordList></MedlineCitation></PubmedArticle>
%s
<PubmedArticle><MedlineCitation><PMID>2</PMID><Article><ArticleTitle>The Last One</ArticleTitle></Article>
</MedlineCitation></PubmedArticle>
</PubmedArticleSet>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"><title>query</title>
<entry><id>http://arxiv.org/abs/2103.00001v2</id><title>Drift of
  Boats</title><summary> They drift. </summary><author><name>Jane Doe</name></author><published>2021-03-01T00:00:00Z
</published><arxiv:doi>10.1000/a.1</arxiv:doi><category term="cs.CL"/>
<link href="https://arxiv.org/abs/2103.00001v2" rel="alternate"/></entry></feed>"""
JATS = """<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS.dtd">
<article article-type="research-article" xmlns:xlink="http://www.w3.org/1999/xlink"><front>
<journal-meta><journal-title-group><journal-title>Pond J.</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="doi">10.1000/j.1</article-id><article-id pub-id-type="pmid">55</article-id>
<title-group><article-title>Drift of <italic>Boats</italic><xref>*</xref></article-title></title-group>
<contrib-group>
<contrib contrib-type="author"><name><surname>Doe</surname><given-names>Jane</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>Ed</surname><given-names>I.</given-names></name></contrib></contrib-group>
<pub-date pub-type="ppub"><year>2013</year></pub-date><pub-date pub-type="epub"><year>2012</year></pub-date>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<abstract><sec><title>Aim</title><p>They drift.</p></sec><sec><title>Result</title><p>They sank.</p></sec></abstract>
<kwd-group><kwd>boats</kwd></kwd-group></article-meta></front>
<body><sec><title>Introduction</title><p>Much was said.</p><table-wrap><p>1 2 3</p></table-wrap></sec></body>
<back><ref-list><ref><p>Some reference.</p></ref></ref-list></back></article>"""
ENDNOTE_XML = """<xml><records><record><rec-number>1</rec-number><ref-type name="Journal Article">17</ref-type>
<contributors><authors><author><style face="normal">Doe, J</style></author></authors></contributors>
<titles><title><style>Drift of </style><style face="italic">Boats</style></title>
<secondary-title>Pond J.</secondary-title></titles><dates><year>2015</year></dates><keywords><keyword>boats</keyword>
</keywords><abstract>They drift.</abstract><electronic-resource-num>10.1000/x.1</electronic-resource-num></record>
</records></xml>"""


def test_pubmed_xml(tmp_path: Path) -> None:
    (first, last), rejected = _read(tmp_path, "x.xml", PUBMED % "")
    assert first.title == "Boats of CO2 & paper only."
    assert (first.authors, first.year, first.venue) == (("Doe, Jane", "Boat Society"), 2009, "Journal of boats")
    assert (first.pmid, first.doi, first.kind) == ("1234567", "10.1000/p.1", "preprint")
    assert (first.abstract, first.keywords) == ("METHODS: We fold. They sank.", ("drift",))
    assert last.title == "The Last One"
    assert rejected == []


@pytest.mark.parametrize(
    "bad",
    [
        "<PubmedArticle><MedlineCitation><Article><ArticleTitle>Bro<ken</ArticleTitle></Article></PubmedArticle>",
        "<PubmedArticle><MedlineCitation></PubmedArticle>",
        "<PubmedArticle a=b></PubmedArticle>",
        "<PubmedArticle><x:y></x:y></PubmedArticle>",
    ],
)
def test_a_record_that_is_not_well_formed_costs_itself_only(tmp_path: Path, bad: str) -> None:
    papers, rejected = _read(tmp_path, "x.xml", PUBMED % bad)
    assert [p.title[:12] for p in papers] == ["Boats of CO2", "The Last One"]
    assert len(rejected) == 1
    assert "line 1" in rejected[0].where


def test_entities_and_depth_are_bounded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "boats "}">' for i in range(12))
    for declared, used in ((bomb, "&a11;"), (f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;")):
        text = f"<!DOCTYPE PubmedArticleSet [{declared}]>\n" + PUBMED.split("\n", 2)[2] % ""
        papers, _ = _read(tmp_path, "x.xml", text.replace("We fold.", used))
        assert papers[-1].title == "The Last One"
        assert not any("secret" in p.abstract or len(p.abstract) > 200 for p in papers)
    papers, rejected = _read(tmp_path, "x.xml", PUBMED % ("<a>" * 100_000 + "</a>" * 100_000))
    assert papers[0].title.startswith("Boats")
    assert "nested too deeply" in rejected[0].reason


def test_arxiv_atom(tmp_path: Path) -> None:
    (p,), rejected = _read(tmp_path, "x.xml", ATOM)
    assert (p.title, p.authors, p.year, p.arxiv_id, p.doi) == (
        "Drift of Boats", ("Jane Doe",), 2021, "2103.00001", "10.1000/a.1",
    )  # fmt: skip
    assert (p.abstract, p.kind, p.keywords) == ("They drift.", "preprint", ("cs.CL",))
    assert rejected == []


def test_jats(tmp_path: Path) -> None:
    (p,), rejected = _read(tmp_path, "x.xml", JATS)
    assert (p.title, p.authors, p.year, p.venue) == ("Drift of Boats", ("Doe, Jane",), 2012, "Pond J.")
    assert (p.doi, p.pmid, p.keywords) == ("10.1000/j.1", "55", ("boats",))
    assert p.abstract == "Aim They drift. Result They sank."
    assert [page.text for page in p.pages] == ["Introduction\n\nMuch was said."]
    assert rejected == []


def test_endnote_xml(tmp_path: Path) -> None:
    (p,), rejected = _read(tmp_path, "x.xml", ENDNOTE_XML)
    assert (p.title, p.authors, p.year, p.venue, p.doi, p.kind) == (
        "Drift of Boats", ("Doe, J",), 2015, "Pond J.", "10.1000/x.1", "article",
    )  # fmt: skip
    assert rejected == []


# --------------------------------------------------------------------------- the rest


def test_citation_file(tmp_path: Path) -> None:
    text = """cff-version: 1.2.0
title: boatfold
authors:
  - family-names: Berg
    name-particle: van
    given-names: Jan
date-released: 2021-02-30
keywords: [boats]
repository-code: https://example.org/boatfold
preferred-citation:
  type: conference-paper
  title: "Folding: A Study"
  doi: 10.1000/f.1
  year: 2020
  authors: [{name: The Boat Society}]
"""
    (tool, study), rejected = _read(tmp_path, "CITATION.cff", text)
    assert (tool.title, tool.authors, tool.year, tool.kind) == ("boatfold", ("van Berg, Jan",), 2021, "software")
    assert (study.title, study.doi, study.kind) == ("Folding: A Study", "10.1000/f.1", "inproceedings")
    assert rejected == []
    bomb = "cff-version: 1\na0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    assert "aliases" in _read(tmp_path, "b.cff", bomb)[1][0].reason
    assert _read(tmp_path, "c.cff", "cff-version: 1\ntitle: [" + "[" * 50_000)[0] == []


def test_scopus_table(tmp_path: Path) -> None:
    text = (
        '"Authors","Author full names","Author(s) ID","Title","Year","Source title","Cited by","DOI","Link","Abstract",'
        '"Author Keywords","Document Type","PubMed ID","Source","EID"\n'
        '"Doe J.; Roe R.","Doe, Jane (57200000001); Roe, Richard (57200000002)","57200000001; 57200000002",'
        '"Drift of boats","2020","Pond Journal","3","10.1000/z.1","https://www.scopus.com/x","[No abstract available]",'
        '"boats; drift","Conference paper","123","Scopus","2-s2.0-1"\n'
    )
    (p,), rejected = _read(tmp_path, "scopus.csv", "\ufeff" + text)
    assert (p.title, p.authors, p.year) == ("Drift of boats", ("Doe, Jane", "Roe, Richard"), 2020)
    assert p.venue == "Pond Journal"
    assert (p.doi, p.pmid, p.kind, p.keywords) == ("10.1000/z.1", "123", "inproceedings", ("boats", "drift"))
    assert p.abstract == ""
    assert rejected == []


def test_a_work_that_one_format_has_no_word_for_keeps_the_others_word(tmp_path: Path) -> None:
    text = "@misc{a, title={Boats}, doi={10.1000/1}}\n@article{b, title={Boats}, year=2001}\n"
    (a, b), _ = _read(tmp_path, "x.bib", text)
    assert (a.kind, b.kind) == ("misc", "article")
    assert merged(a, b).kind == merged(b, a).kind == "article"


def test_kinds_of_all_formats_share_one_vocabulary() -> None:
    for kind, stated in {
        "article": ["", "article", "JOUR", "journalArticle", "journal-article", "article-journal", "Review", "J"],
        "inproceedings": ["inproceedings", "CPAPER", "conferencePaper", "proceedings-article", "paper-conference",
                          "Conference paper", "Article; Proceedings Paper"],
        "incollection": ["incollection", "CHAP", "bookSection", "book-chapter", "chapter", "Book Section"],
        "thesis": ["phdthesis", "THES", "thesis", "dissertation"],
        "preprint": ["preprint", "UNPB", "posted-content", "unpublished"],
        "book": ["book", "BOOK", "monograph"],
        "misc": ["misc", "motion_picture", "STAT", "Kinofilm"],
    }.items():  # fmt: skip
        assert {s: kind_of(s) for s in stated} == dict.fromkeys(stated, kind)


# --------------------------------------------------------------------------- real files


def test_all_real_files_are_read_or_named(shared: Path) -> None:
    folder = shared / "samples" / "references"
    if not folder.is_dir():
        pytest.skip("no sample references")
    counts: dict[str, tuple[int, int]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "MANIFEST.tsv"):
        papers, rejected, _ = outcome(path)
        assert papers or rejected, path
        assert all("\n" not in r.reason and len(r.reason) < 400 for r in rejected), path
        counts[path.relative_to(folder).as_posix()] = (len(papers), len(rejected))
    assert sum(n for n, _ in counts.values()) >= 3_000
    assert counts["bib/bibtexparser/messy_bibfile.bib"][0] == 942
    assert counts["bib/jabref/jabref-authors.bib"][0] == 212
    assert counts["bib/bibtexparser/random.bib"][0] == 229
    assert counts["csl_json/citation-js/biblatex-csl.json"] == (28, 0)
    assert counts["nbib/biopython/pubmed_result2.txt"] == (4, 0)
    assert counts["arxiv_atom/q_testing_s0_m15_80c242b59d59.xml"] == (15, 0)
    assert counts["pubmed_xml/jabref/MedlineImporterTestNbib.xml"] == (2, 0)


def test_binary_fields_are_no_text(tmp_path: Path) -> None:
    blob = base64.b64encode(bytes(range(256)) * 200).decode()
    text = f"@article{{a, title={{Boats}}, bdsk-file-1 = {{{blob}}}, file={{{blob}}}}}\n"
    (p,), _ = _read(tmp_path, "refs.bib", text)
    assert p.title == "Boats"
