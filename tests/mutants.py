"""Small files of every format that is read, and mutations of them: seeded, so that the same number is the same file.

The mutations know the formats: they cut, repeat, swap and corrupt pieces at the places that matter.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import random
import sqlite3
import zipfile
from collections.abc import Callable


def _entries(rng: random.Random) -> list[tuple[str, str]]:
    words = ["boats", "paper", "drift", "wind", "pond", "water", "folding", "sheet", "river", "of", "the", "in", "with"]
    return [
        (" ".join(rng.choices(words, k=rng.randint(3, 12))).title(),
         " ".join(" ".join(rng.choices(words, k=14)).capitalize() + "." for _ in range(rng.randint(1, 9))))
        for _ in range(rng.randint(1, 6))
    ]  # fmt: skip


def _page(rng: random.Random) -> bytes:
    glue = rng.choice(["\n", "\r\n", "\n\n", "\r\n\r\n"])
    head = ["new", "Get trending papers in your email inbox!", "byAK and the research community", "Mar 20"]
    return glue.join([*head, *(part for e in _entries(rng) for part in e)]).encode()


def _html(rng: random.Random) -> bytes:
    rows = "".join(f"<article><h3>{t}</h3><p>{a}</p></article>" for t, a in _entries(rng))
    return f"<html><body><p>Get trending papers in your email inbox!</p>{rows}</body></html>".encode()


def _csv(rng: random.Random) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=rng.choice(",;\t"))
    writer.writerow(["Title", "Abstract", "Authors", "Year", "DOI"])
    for title, abstract in _entries(rng):
        writer.writerow([title, abstract, "Doe, J.; Roe, R.", "2020", "10.1000/x.1"])
    return out.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))


def _json(rng: random.Random) -> bytes:
    authors = [{"name": "J. Doe"}, None, 3]
    rows = [{"title": t, "abstract": a, "authors": authors, "year": [2020]} for t, a in _entries(rng)]
    if rng.random() < 0.5:
        return "\n".join(json.dumps(r) for r in rows).encode()
    return json.dumps(rng.choice([rows, {"results": rows}])).encode()


def _markdown(rng: random.Random) -> bytes:
    title, abstract = _entries(rng)[0]
    body = f"## Abstract\n\n{abstract}\n\n## Introduction\n\n{abstract * 20}\n"
    return f"---\ntitle: {title}\n---\n# {title}\n\n{body}".encode()


def _pdf(rng: random.Random) -> bytes:
    from test_readers_pdf import FIRST, SECOND, pdf_bytes

    return pdf_bytes([FIRST, SECOND][: rng.randint(1, 2)], "/Title (Drift of Folded Boats)")


_BIBTEX = r"""@KIND{kN,
  title = OTITLE of \'{e}t\'e $x_{2}$C,
  author = {Doe, J{\"o}rg and van Roe, R.},
  year = 200N, journal = j # { N}, crossref = {kM},
  eprint = {2103.0000N}, archiveprefix={arXiv},
  file = {a:files/N/a.pdf:application/pdf},
  abstract = {TEXT}
}

"""
_TAGGED = {
    "ris": "TY  - JOUR\nAU  - Doe, J\nTI  - TITLE\nPY  - 2001///\nAB  - TEXT\nL1  - a.pdf\nER  - \n\n",
    "nbib": "PMID- 1\nTI  - TITLE\n      and more\nFAU - Doe, J\nAB  - TEXT\n\n",
    "wos": "PT J\nAU Doe, J\n   Roe, R\nTI TITLE\nAB TEXT\nPY 2001\nER\n\n",
    "endnote": "%0 Book\n%A Doe, J\n%T TITLE\n%X TEXT\n%D 2001\n\n",
}
_XML = {
    "pubmed": (
        "<!DOCTYPE PubmedArticleSet PUBLIC 'x' 'y.dtd'><PubmedArticleSet>",
        "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>TITLE<i>x</i>&nbsp;</ArticleTitle>"
        "<Abstract><AbstractText Label='A'>TEXT</AbstractText></Abstract><AuthorList><Author><LastName>D</LastName>"
        "</Author></AuthorList></Article></MedlineCitation></PubmedArticle>\n",
        "</PubmedArticleSet>",
    ),
    "atom": (
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:arxiv='u'>",
        "<entry><id>http://arxiv.org/abs/2103.00001v1</id><title>TITLE</title><summary>TEXT</summary>"
        "<arxiv:doi>10.1/x</arxiv:doi></entry>",
        "</feed>",
    ),
    "jats": (
        "<pmc-articleset>",
        "<article><front><article-meta><title-group><article-title>TITLE</article-title></title-group><abstract>"
        "<p>TEXT</p></abstract></article-meta></front><body><sec><title>One</title><p>Two.</p></sec></body></article>",
        "</pmc-articleset>",
    ),
    "endnote": (
        "<xml><records>",
        "<record><ref-type name='Book'>1</ref-type><titles><title>TITLE</title></titles><abstract>TEXT</abstract>"
        "</record>",
        "</records></xml>",
    ),
    "rdf": (
        "<rdf:RDF xmlns:rdf='r' xmlns:z='http://www.zotero.org/namespaces/export#' xmlns:dc='d' xmlns:link='l'>"
        "<z:Attachment rdf:about='#i'><rdf:resource rdf:resource='a.pdf'/></z:Attachment>",
        "<bib:Article xmlns:bib='b' rdf:about='u'><link:link rdf:resource='#i'/><dc:title>TITLE</dc:title>"
        "<dc:abstract>TEXT</dc:abstract></bib:Article>",
        "</rdf:RDF>",
    ),
}


def _filled(template: str, title: str, text: str) -> str:
    return template.replace("TITLE", title).replace("TEXT", text)


def _bibtex(rng: random.Random) -> bytes:
    out = ['@string{j = "Journal of " # {Boats}}\n% remark\n']
    for i, (title, abstract) in enumerate(_entries(rng)):
        opening, closing = rng.choice(["{}", '""'])
        entry = _BIBTEX.replace("OTITLE", opening + "TITLE").replace("C,", closing + ",")
        entry = entry.replace("KIND", rng.choice(["article", "InProceedings", "misc", "xdata"]))
        out.append(_filled(entry.replace("N", str(i)).replace("M", str(i + 1)), title, abstract))
    return "".join(out).encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))


def _tagged(rng: random.Random) -> bytes:
    form = rng.choice(list(_TAGGED))
    rows = "".join(_filled(_TAGGED[form], *entry) for entry in _entries(rng))
    return (("FN ISI\nVR 1.0\n" if form == "wos" else "") + rows).encode(rng.choice(["utf-8", "latin-1"]))


def _xml(rng: random.Random) -> bytes:
    head, row, tail = _XML[rng.choice(list(_XML))]
    return (head + "".join(_filled(row, *entry) for entry in _entries(rng)) + tail).encode()


def _services(rng: random.Random) -> bytes:
    rows: list[object] = []
    for i, (title, abstract) in enumerate(_entries(rng)):
        inverted = {w: [n] for n, w in enumerate(abstract.split())}
        rows.append(rng.choice([
            {"title": [title], "DOI": "10.1/x", "author": [{"family": "Doe"}], "issued": {"date-parts": [[2001]]}},
            {"id": "https://openalex.org/W1", "title": title, "authorships": [{"author": {"display_name": "D"}}],
             "abstract_inverted_index": inverted, "primary_location": {}},
            {"paperId": "x", "title": title, "externalIds": {"ArXiv": "2103.00001"}, "authors": [{"name": "D"}]},
            {"itemType": "book", "title": title, "creators": [{"lastName": "D"}], "tags": [{"tag": "t"}],
             "attachments": [{"path": "a.pdf"}], "collections_named": i},
            {"paper": {"id": "2103.00001", "title": title, "summary": abstract, "authors": [{"name": "D"}]}},
            {"doi": "10.1/y", "title": title, "z_authors": [{"family": "D"}], "best_oa_location": None},
            {"id": "2103.00001", "title": title, "abstract": abstract, "categories": "cs.CL"},
            None,
        ]))  # fmt: skip
    wrapped = [rows, {"message": {"items": rows}}, {"items": rows, "collections": {"a": {"name": "b", "items": [1]}}}]
    return json.dumps(_jumbled(rng.choice(wrapped), rng)).encode()


def _jumbled(value: object, rng: random.Random) -> object:
    """The value with a few of its parts put where another type is expected."""
    if rng.random() < 0.03:
        return rng.choice([None, 0, -1, 1e308, True, "", "x", [], {}, [[]], [{}], {"name": {}}, ["a", None, 3], "2001"])
    if isinstance(value, dict):
        return {k: _jumbled(v, rng) for k, v in value.items()}
    return [_jumbled(v, rng) for v in value] if isinstance(value, list) else value


_CFF = """cff-version: 1.2.0
title: TITLE
abstract: >-
  TEXT
authors:
  - family-names: Doe
    given-names: J
keywords: [a, b]
preferred-citation:
  title: TITLE
  year: 2001
  authors: [{name: D}]
"""


def _cff(rng: random.Random) -> bytes:
    return _filled(_CFF, *_entries(rng)[0]).encode()


def _archive(rng: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        archive.writestr("x/refs.bib", _bibtex(rng))
        archive.writestr("refs.ris", _tagged(rng))
        if rng.random() < 0.3:
            archive.writestr("inner.zip", _archive(rng))
    return out.getvalue()


@functools.cache
def _zotero_database() -> bytes:
    from test_readers_collections import SCHEMA

    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    return database.serialize()


MAKERS: dict[str, Callable[[random.Random], bytes]] = {
    "a.txt": _page, "b.html": _html, "c.csv": _csv, "d.json": _json, "e.md": _markdown, "f.pdf": _pdf, "g.bib": _bibtex,
    "h.ris": _tagged, "i.xml": _xml, "j.json": _services, "k.cff": _cff, "l.zip": _archive,
    "zotero.sqlite": lambda rng: _zotero_database(),
}  # fmt: skip
_PIECES = [
    b'"', b"'", b"{", b"}", b"[", b"]", b"<", b">", b"\\", b"$", b",", b"\n", b"\r", b"\n\n", b"\0", b"\xff",
    b"\xc3", b"\xf0\x9f",
    b"\xef\xbb\xbf", b"\xff\xfe", b"null", b"NaN", b"1e999", b'""', b"<p>", b"</div>",
    b"<!--", b"<script>", b"\\em{", b"\\frac{",
    b"``", b"$$", b"\xe2\x80\xae", b"\xed\xa0\x80", b"Subscribe",
    b"Tr", b"3 Tr", b" obj", b"endobj", b"stream", b"999999999999",
    b"-1", b"0 R", b"/Kids", b"<<", b">>",
    b"</title>", b"<![CDATA[", b"&#0;", b"&x;", b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"<entry>", b"</record>",
    b"@article{", b"@string{", b" and ", b"crossref = {k0},", b"title = ", b"#", b"\\\\", b"\\'", b"\\begin{a}",
    b"{" * 40, b"TY  - ", b"ER  - ", b"PMID- ", b"%0 ", b"PT J", b"AU  - ", b"null,", b"{}", b'"title"', b"[[[",
    b": ", b"- ", b"*a", b"xmlns:a=", b"PK\x03\x04", b"PK\x01\x02", b"../",
    b"%PDF-1.4", b"title", b"abstract", b";;;;", b"\t", b"{" * 200, b"[" * 300, b"A" * 2_000,
]  # fmt: skip


def mutated(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.choice([0, 1, 1, 2, 3, 6, 12])):
        at, to = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
        match rng.randrange(7):
            case 0:
                data[at:at] = rng.choice(_PIECES)
            case 1:
                data[at : min(to, at + 60)] = b""
            case 2:
                data[at:at] = data[at : min(to, at + 400)] * rng.randint(1, 3)
            case 3:
                del data[rng.choice([at, to]) :]
            case 4 if data:
                data[min(at, len(data) - 1)] = rng.randrange(256)
            case 5:
                piece = rng.choice(_PIECES)
                data = bytearray(bytes(data).replace(piece, rng.choice(_PIECES), rng.randint(1, 5)))
            case 6:
                del data[: min(at, 300)]
    return bytes(data[:200_000])
