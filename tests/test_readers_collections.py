"""Exports with PDFs beside them, Zotero's own folder, and zip files."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from test_readers_pdf import FIRST, SECOND, pdf_bytes

from assistant.papers import Paper, Rejected
from assistant.readers import archives, read
from assistant.readers.attachments import file_names, inside

PDF = pdf_bytes([FIRST, SECOND])
BIB = """@article{a, title={Boats in Ponds}, author={Doe, Jane}, file={%s}}
@article{b, title={Without a File}}
"""


def _split(path: Path) -> tuple[list[Paper], list[Rejected]]:
    items = list(read(path))
    return [i for i in items if isinstance(i, Paper)], [i for i in items if isinstance(i, Rejected)]


def _put(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --------------------------------------------------------------------------- linked PDFs


@pytest.mark.parametrize(
    "field",
    [
        "Full Text PDF:files/12/Doe - Boats.pdf:application/pdf",
        "Snapshot:files/12/x.html:text/html;Full Text:files/12/Doe - Boats.pdf:application/pdf",
        "files/12/Doe - Boats.pdf",
        ":files/12/Doe - Boats.pdf:PDF",
        r"Boats\; a study:files/12/Doe - Boats.pdf:application/pdf",
    ],
)
def test_the_pdf_that_an_export_links_to_is_read_with_it(tmp_path: Path, field: str) -> None:
    _put(tmp_path / "export" / "files" / "12" / "Doe - Boats.pdf", PDF)
    _put(tmp_path / "export" / "files" / "12" / "x.html", "<html><p>A page that was saved.</p></html>" * 9)
    path = _put(tmp_path / "export" / "refs.bib", BIB % (field + ";Page:files/12/x.html:text/html"))
    assert [p.title for p in _split(path.parent)[0]] == ["Boats in Ponds", "Without a File"]
    (first, second), rejected = _split(path)
    assert (first.title, first.authors) == ("Boats in Ponds", ("Doe, Jane",))
    assert "reached in 12.5 minutes" in first.pages[1].text
    assert first.abstract.startswith("Boats of paper drift")
    assert second.pages == ()
    assert rejected == []


def test_ris_and_zotero_json_link_pdfs_too(tmp_path: Path) -> None:
    _put(tmp_path / "files" / "1" / "a.pdf", PDF)
    _put(tmp_path / "x.ris", "TY  - JOUR\nTI  - Boats in Ponds\nL1  - files/1/a.pdf\nER  - \n")
    item = {"itemType": "journalArticle", "title": "Boats in Ponds", "attachments": [{"path": "files/1/a.pdf"}]}
    _put(tmp_path / "x.json", json.dumps({"items": [{**item, "itemID": 5}, {"itemType": "note", "note": "n"}],
                                          "collections": {"K": {"name": "Lakes", "items": [5]}}}))  # fmt: skip
    for name in ("x.ris", "x.json"):
        (paper,), rejected = _split(tmp_path / name)
        assert len(paper.pages) == 2
        assert rejected == []
    assert _split(tmp_path / "x.json")[0][0].collections == ("Lakes",)


def test_no_file_outside_of_the_exports_folder_is_opened(tmp_path: Path) -> None:
    secret = _put(tmp_path / "private" / "secret.pdf", PDF)
    folder = tmp_path / "export"
    for name in (str(secret), "../private/secret.pdf", "//server/share/secret.pdf", r"\\\\server\\share\\secret.pdf",
                 "https://example.org/secret.pdf", secret.as_uri()):  # fmt: skip
        papers, rejected = _split(_put(folder / "refs.bib", BIB % name))
        assert [p.pages for p in papers] == [(), ()], name
        assert len(rejected) == 1, name
    assert inside(folder, "a/../b.pdf") == (folder / "b.pdf").resolve()
    assert inside(folder, "../b.pdf") is inside(folder, "a\0.pdf") is None


def test_missing_and_unreadable_pdfs_cost_lines_not_papers(tmp_path: Path) -> None:
    _put(tmp_path / "bad.pdf", "no pdf at all")
    text = "".join(f"@misc{{m{i}, title={{T {i}}}, file={{gone{i}.pdf}}}}\n" for i in range(30))
    papers, rejected = _split(_put(tmp_path / "refs.bib", text + "@misc{b, title={Bad}, file={bad.pdf}}\n"))
    assert len(papers) == 31
    assert [r.reason for r in rejected] == [
        "the linked file is not a PDF", "30 linked PDFs are not beside it (the first: “gone0.pdf”)",
    ]  # fmt: skip


def test_file_fields_of_the_programs() -> None:
    assert file_names("C\\:\\\\Users\\\\me\\\\a.pdf") == ("C:\\Users\\me\\a.pdf",)
    assert file_names("a.pdf:storage/X/a.pdf:application/pdf;b.html:b.html:text/html") == (
        "storage/X/a.pdf", "b.html",
    )  # fmt: skip
    assert file_names("a:files/1/a.pdf:application/pdf") == ("files/1/a.pdf",)
    assert file_names("C:/Users/me/a.pdf") == ("C:/Users/me/a.pdf",)
    assert file_names("") == file_names("none") == ()
    assert file_names("Snapshot:a/page.html:text/html") == ("a/page.html",)


# --------------------------------------------------------------------------- Zotero's RDF

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:dcterms="http://purl.org/dc/terms/" xmlns:bib="http://purl.org/net/biblio#" xmlns:foaf="http://xmlns.com/foaf/0.1/"
 xmlns:link="http://purl.org/rss/1.0/modules/link/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<bib:Article rdf:about="http://example.org/1"><z:itemType>conferencePaper</z:itemType>
<dcterms:isPartOf><bib:Journal><dc:title>Pond Proceedings</dc:title><dc:identifier>DOI 10.1000/r.1</dc:identifier>
</bib:Journal></dcterms:isPartOf>
<bib:authors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Doe</foaf:surname><foaf:givenName>Jane</foaf:givenName>
</foaf:Person></rdf:li></rdf:Seq></bib:authors><link:link rdf:resource="#item_2"/><dc:subject>boats</dc:subject>
<dc:title>Boats in Ponds</dc:title><dcterms:abstract>They drift.</dcterms:abstract><dc:date>2012-05-01</dc:date>
</bib:Article>
<z:Attachment rdf:about="#item_2"><z:itemType>attachment</z:itemType><rdf:resource rdf:resource="files/2/a.pdf"/>
<dc:title>Full Text</dc:title></z:Attachment>
<z:Collection rdf:about="#collection_1"><dc:title>Lakes</dc:title><dcterms:hasPart rdf:resource="http://example.org/1"/>
</z:Collection></rdf:RDF>"""


def test_zotero_rdf_with_its_files(tmp_path: Path) -> None:
    _put(tmp_path / "files" / "2" / "a.pdf", PDF)
    (p,), rejected = _split(_put(tmp_path / "export.rdf", RDF))
    assert (p.title, p.authors, p.year, p.venue) == ("Boats in Ponds", ("Doe, Jane",), 2012, "Pond Proceedings")
    assert (p.doi, p.kind, p.tags, p.collections) == ("10.1000/r.1", "inproceedings", ("boats",), ("Lakes",))
    assert len(p.pages) == 2
    assert rejected == []


# --------------------------------------------------------------------------- Zotero's folder

SCHEMA = """
CREATE TABLE itemTypes (itemTypeID INTEGER PRIMARY KEY, typeName TEXT);
CREATE TABLE items (itemID INTEGER PRIMARY KEY, itemTypeID INT, key TEXT);
CREATE TABLE fields (fieldID INTEGER PRIMARY KEY, fieldName TEXT);
CREATE TABLE itemData (itemID INT, fieldID INT, valueID INT);
CREATE TABLE itemDataValues (valueID INTEGER PRIMARY KEY, value);
CREATE TABLE creators (creatorID INTEGER PRIMARY KEY, firstName TEXT, lastName TEXT, fieldMode INT);
CREATE TABLE creatorTypes (creatorTypeID INTEGER PRIMARY KEY, creatorType TEXT);
CREATE TABLE itemCreators (itemID INT, creatorID INT, creatorTypeID INT, orderIndex INT);
CREATE TABLE tags (tagID INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE itemTags (itemID INT, tagID INT, type INT);
CREATE TABLE collections (collectionID INTEGER PRIMARY KEY, collectionName TEXT, parentCollectionID INT);
CREATE TABLE collectionItems (collectionID INT, itemID INT, orderIndex INT);
CREATE TABLE itemNotes (itemID INTEGER PRIMARY KEY, parentItemID INT, note TEXT, title TEXT);
CREATE TABLE itemAttachments (itemID INTEGER PRIMARY KEY, parentItemID INT, linkMode INT, contentType TEXT, path TEXT);
CREATE TABLE deletedItems (itemID INTEGER PRIMARY KEY);
INSERT INTO itemTypes VALUES (1, 'journalArticle'), (2, 'attachment'), (3, 'note'), (4, 'thesis');
INSERT INTO items VALUES (1, 1, 'AAAAAAAA'), (2, 2, 'BBBBBBBB'), (3, 3, 'CCCCCCCC'), (4, 4, 'DDDDDDDD'),
 (5, 1, 'EEEEEEEE'), (6, 1, 'FFFFFFFF'), (7, 2, 'GGGGGGGG');
INSERT INTO fields VALUES (1, 'title'), (2, 'abstractNote'), (3, 'date'), (4, 'publicationTitle'), (5, 'DOI'),
 (6, 'extra');
INSERT INTO itemDataValues VALUES (1, 'Boats in Ponds'), (2, 'They drift.'), (3, '2012-05-01 May 1, 2012'),
 (4, 'Pond J.'), (5, '10.1000/Z.1'), (6, 'A Thesis'), (7, 'In the Bin'), (8, 'PMID: 4711');
INSERT INTO itemData VALUES (1, 1, 1), (1, 2, 2), (1, 3, 3), (1, 4, 4), (1, 5, 5), (1, 6, 8), (4, 1, 6), (5, 1, 7);
INSERT INTO creators VALUES (1, 'Jane', 'Doe', 0), (2, '', 'Boat Society', 1), (3, 'Ed', 'Itor', 0);
INSERT INTO creatorTypes VALUES (1, 'author'), (2, 'editor');
INSERT INTO itemCreators VALUES (1, 2, 1, 1), (1, 1, 1, 0), (1, 3, 2, 2), (4, 3, 2, 0);
INSERT INTO tags VALUES (1, 'boats'), (2, 'drift');
INSERT INTO itemTags VALUES (1, 1, 0), (1, 2, 1);
INSERT INTO collections VALUES (1, 'Water', NULL), (2, 'Lakes', 1);
INSERT INTO collectionItems VALUES (2, 1, 0);
INSERT INTO itemNotes VALUES (3, 1, '<p>Read <b>this</b>.</p>', 'n');
INSERT INTO itemAttachments VALUES (2, 1, 0, 'application/pdf', 'storage:Doe 2012.pdf'),
 (7, 4, 0, 'application/pdf', 'storage:../../../secret.pdf');
INSERT INTO deletedItems VALUES (5);
"""


def _zotero(folder: Path) -> Path:
    folder.mkdir(parents=True)
    database = sqlite3.connect(folder / "zotero.sqlite")
    database.executescript(SCHEMA)
    database.commit()
    database.close()
    _put(folder / "storage" / "BBBBBBBB" / "Doe 2012.pdf", PDF)
    _put(folder / "translators" / "x.js", "var a")
    return folder


def test_a_zotero_folder_gives_items_collections_tags_and_pdfs(tmp_path: Path) -> None:
    folder = _zotero(tmp_path / "Zotero")
    before = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    for path in (folder, tmp_path, folder / "zotero.sqlite"):
        (first, second), rejected = _split(path)
        assert (first.title, first.year, first.venue) == ("Boats in Ponds", 2012, "Pond J.")
        assert first.authors == ("Doe, Jane", "Boat Society")
        assert (first.doi, first.pmid, first.abstract) == ("10.1000/z.1", "4711", "They drift.")
        assert (first.tags, first.collections) == (("boats", "drift"), ("Water / Lakes",))
        assert first.note == "Read this."
        assert [p.number for p in first.pages] == [1, 2]
        assert (second.title, second.kind, second.authors, second.pages) == ("A Thesis", "thesis", ("Itor, Ed",), ())
        assert [(r.where, r.reason) for r in rejected] == [
            ("item FFFFFFFF", "this item has no title"), ("", "1 PDFs that Zotero lists are not in its storage folder"),
        ]  # fmt: skip
    assert {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_what_zotero_wrote_a_moment_ago_is_seen_and_nothing_is_changed(tmp_path: Path) -> None:
    folder = _zotero(tmp_path / "Zotero")
    running = sqlite3.connect(folder / "zotero.sqlite", isolation_level=None)
    running.execute("PRAGMA journal_mode=WAL")
    running.execute("PRAGMA locking_mode=EXCLUSIVE")
    running.execute("INSERT INTO items VALUES (8, 1, 'HHHHHHHH')")
    running.execute("INSERT INTO itemData VALUES (8, 1, 7)")
    names = {p.name for p in folder.iterdir()}
    assert "zotero.sqlite-wal" in names
    assert [p.title for p in _split(folder)[0]] == ["Boats in Ponds", "A Thesis", "In the Bin"]
    assert {p.name for p in folder.iterdir()} == names
    running.close()


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + bytes(4_000), b"not a database at all, but text"])
def test_a_database_that_is_none_is_one_line(tmp_path: Path, content: bytes) -> None:
    _put(tmp_path / "zotero.sqlite", content)
    papers, rejected = _split(tmp_path)
    assert papers == []
    assert len(rejected) == 1
    other = sqlite3.connect(tmp_path / "new.sqlite")
    other.execute("CREATE TABLE t (a)")
    other.commit()
    other.close()
    (tmp_path / "new.sqlite").replace(tmp_path / "zotero.sqlite")
    assert "not a Zotero database" in _split(tmp_path)[1][0].reason


# --------------------------------------------------------------------------- zip files


def _zip(files: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_zip_file_is_read_like_the_folder_it_holds(tmp_path: Path) -> None:
    inner = _zip({"x.ris": "TY  - JOUR\nTI  - Within Within\nER  - \n"})
    path = _put(
        tmp_path / "all.zip",
        _zip({"e/refs.bib": BIB % "files/1/a.pdf", "e/files/1/a.pdf": PDF, "inner.zip": inner,
              "__MACOSX/e/._refs.bib": "x", "e/notes.xyz": "what is this"}),
    )  # fmt: skip
    papers, rejected = _split(path)
    assert [(p.title, p.sources, len(p.pages)) for p in papers] == [
        ("Boats in Ponds", ("all.zip/e/refs.bib",), 2), ("Without a File", ("all.zip/e/refs.bib",), 0),
        ("Within Within", ("all.zip/inner.zip/x.ris",), 0),
    ]  # fmt: skip
    assert [r.source for r in rejected] == ["all.zip/e/notes.xyz"]


def test_no_entry_leaves_the_archives_folder(tmp_path: Path) -> None:
    bib = "@misc{a, title={Escape %d}}\n"
    names = ["../../up.bib", "/root.bib", "C:\\win.bib", "a/../../b.bib", "..\\..\\back.bib", "a/b:c?.bib", "d",
             "d/e.bib"]  # fmt: skip
    path = _put(tmp_path / "in" / "evil.zip", _zip({n: bib % i for i, n in enumerate(names)}))
    before = sorted(tmp_path.rglob("*"))
    papers, _ = _split(path)
    assert sorted(p.title for p in papers) == sorted(f"Escape {i}" for i in range(len(names)))
    assert sorted(tmp_path.rglob("*")) == before
    assert archives.safe_name("../../etc/passwd") == "etc/passwd"


def test_bombs_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = "@misc{a, title={Still Here}}\n"
    papers, rejected = _split(_put(tmp_path / "a.zip", _zip({"a.bib": good, "b.txt": bytes(50_000_000)})))
    assert [p.title for p in papers] == ["Still Here"]
    assert ["far more than" in r.reason for r in rejected] == [True]
    deep = _zip({"a.bib": good})
    for _ in range(4):
        deep = _zip({"a.zip": deep, "b.bib": good})
    papers, rejected = _split(_put(tmp_path / "b.zip", deep))
    assert len(papers) == archives.MAX_NESTING
    assert "deep only" in rejected[0].reason
    monkeypatch.setattr(archives, "MAX_FILES", 20)
    monkeypatch.setattr(archives, "MAX_TOTAL", 1_000)
    papers, rejected = _split(_put(tmp_path / "c.zip", _zip({f"{i:02}.bib": good for i in range(30)})))
    assert len(papers) == 20
    assert "first 20 of its 30 files" in rejected[0].reason
    papers, rejected = _split(_put(tmp_path / "d.zip", _zip({f"{i:02}.bib": good + " " * 300 for i in range(9)})))
    assert 0 < len(papers) < 9
    assert rejected


def test_archives_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    whole = _zip({"a.bib": "@misc{a, title={One}}\n" * 50, "b.bib": "@misc{b, title={Two}}\n"}, zipfile.ZIP_STORED)
    for content, word in [
        (whole[:-30], "damaged"),
        (_zip({}), "empty"),
        (_zip({"[Content_Types].xml": "x", "word/a.xml": "y"}), "Office"),
    ]:
        papers, rejected = _split(_put(tmp_path / "x.zip", content))
        assert papers == []
        assert word in rejected[0].reason
    papers, rejected = _split(_put(tmp_path / "x.zip", whole.replace(b"title={One", b"title={0ne", 1)))
    assert [p.title for p in papers] == ["Two"]
    assert [(r.source, r.reason) for r in rejected] == [("x.zip/a.bib", "this file in the archive is damaged")]
