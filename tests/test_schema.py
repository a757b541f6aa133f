"""Library files of older formats are brought up to date, with a copy kept; newer ones are left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from assistant.errors import LibraryError, LibraryMissing
from assistant.library import Library
from assistant.library.schema import SCHEMA
from assistant.papers import Filters, Paper

FIRST = """
PRAGMA journal_mode=WAL;
CREATE TABLE papers(
    pid INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    data TEXT NOT NULL,
    own TEXT NOT NULL DEFAULT '',
    year INTEGER,
    changed INTEGER NOT NULL,
    pages_of INTEGER
);
CREATE TABLE records(
    rid INTEGER PRIMARY KEY AUTOINCREMENT,
    pid INTEGER NOT NULL REFERENCES papers(pid) DEFERRABLE INITIALLY DEFERRED,
    hash BLOB NOT NULL UNIQUE,
    title TEXT NOT NULL, author TEXT NOT NULL, year INTEGER,
    own_id TEXT NOT NULL, arxiv TEXT, doi TEXT, pmid TEXT,
    data TEXT
);
CREATE INDEX records_pid ON records(pid);
CREATE INDEX records_title ON records(title);
CREATE INDEX records_own_id ON records(own_id);
CREATE INDEX records_arxiv ON records(arxiv) WHERE arxiv IS NOT NULL;
CREATE INDEX records_doi ON records(doi) WHERE doi IS NOT NULL;
CREATE INDEX records_pmid ON records(pmid) WHERE pmid IS NOT NULL;
CREATE TABLE appearances(
    rid INTEGER NOT NULL REFERENCES records(rid) ON DELETE CASCADE,
    source TEXT NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY(rid, source, position)
) WITHOUT ROWID;
CREATE TABLE pages(
    rid INTEGER NOT NULL REFERENCES records(rid) ON DELETE CASCADE,
    number INTEGER NOT NULL, text TEXT NOT NULL, raw TEXT,
    place INTEGER NOT NULL,
    PRIMARY KEY(rid, place)
);
CREATE TABLE passages(
    pid INTEGER NOT NULL REFERENCES papers(pid) ON DELETE CASCADE,
    place INTEGER NOT NULL, field TEXT NOT NULL, page INTEGER, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY(pid, place)
) WITHOUT ROWID;
CREATE TABLE facets(
    kind TEXT NOT NULL, value TEXT NOT NULL, pid INTEGER NOT NULL REFERENCES papers(pid) ON DELETE CASCADE,
    PRIMARY KEY(kind, value, pid)
) WITHOUT ROWID;
CREATE INDEX facets_pid ON facets(pid);
CREATE TABLE aliases(
    alias TEXT PRIMARY KEY, pid INTEGER NOT NULL REFERENCES papers(pid) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX aliases_pid ON aliases(pid);
CREATE TABLE vectors(
    fingerprint TEXT NOT NULL, hash TEXT NOT NULL, vector BLOB NOT NULL, paper_id TEXT,
    PRIMARY KEY(fingerprint, hash)
);
CREATE INDEX vectors_paper ON vectors(paper_id);
CREATE TABLE outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, paper_id TEXT NOT NULL, action TEXT NOT NULL);
CREATE INDEX outbox_paper ON outbox(paper_id);
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE state(one INTEGER PRIMARY KEY CHECK(one = 1), generation INTEGER NOT NULL, scrub INTEGER NOT NULL);
INSERT INTO state VALUES(1, 0, 0);
CREATE TABLE conversations(
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL
);
CREATE TABLE turns(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    question TEXT NOT NULL, answer TEXT, asked_at REAL NOT NULL
);
CREATE INDEX turns_conversation ON turns(conversation);
CREATE TABLE cited(
    turn INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE, paper_id TEXT NOT NULL,
    PRIMARY KEY(paper_id, turn)
) WITHOUT ROWID;
CREATE INDEX cited_turn ON cited(turn);
INSERT INTO papers VALUES(1, 'doi:10.1/a', '{"title":"On hay","abstract":"It dries in the sun.","year":1999,'
 || '"doi":"10.1/a","tags":["kept"],"appearances":[["refs.bib",3]]}',
 '{"tags":{"add":["kept"],"drop":[]}}', 1999, 1, NULL);
INSERT INTO records VALUES(1, 1, x'aa', 'on hay', '', 1999, 'doi:10.1/a', NULL, '10.1/a', NULL,
 '{"title":"On hay","abstract":"It dries in the sun.","year":1999,"doi":"10.1/a"}');
INSERT INTO appearances VALUES(1, 'refs.bib', 3);
INSERT INTO passages VALUES(1, 0, 'abstract', NULL, 0, 20);
INSERT INTO facets VALUES('tag', 'kept', 1);
INSERT INTO aliases VALUES('title:0123', 1);
INSERT INTO conversations VALUES('c1', 'Talk', 1, 2);
INSERT INTO turns VALUES(1, 'c1', 'When?', NULL, 3);
PRAGMA application_id=1279874113;
PRAGMA user_version=1;
"""
SECOND = """
CREATE TABLE decisions(one TEXT NOT NULL, other TEXT NOT NULL, same INTEGER NOT NULL, PRIMARY KEY(one, other))
 WITHOUT ROWID;
CREATE INDEX decisions_other ON decisions(other);
INSERT INTO decisions VALUES('doi:10.1/a', 'doi:10.1/b', 0);
PRAGMA user_version=2;
"""


def made(home: Path, *statements: str) -> Path:
    home.mkdir()
    db = sqlite3.connect(home / "library.db")
    for text in statements:
        db.executescript(text)
    db.close()
    return home


@pytest.mark.parametrize("statements", [(FIRST,), (FIRST, SECOND)])
def test_an_older_library_is_brought_up_with_a_copy_beside_it(tmp_path: Path, statements: tuple[str, ...]) -> None:
    home = made(tmp_path / "home", *statements)
    copy = home / f"library.db.format-{len(statements)}"
    with Library.open(home) as library:
        (notice,) = library.notices
        assert str(copy) in notice
        (paper,) = library.papers()
        assert (paper.title, paper.tags, paper.sources) == ("On hay", ("kept",), ("refs.bib",))
        assert library.paper("title:0123") == paper
        assert [t.question for t in library.conversations.turns("c1")] == ["When?"]
        assert library.damage() == []
        assert library.add([Paper("Another", "Words.")]).added
        assert library.kept_apart() == set()
    db = sqlite3.connect(copy)
    assert db.execute("PRAGMA user_version").fetchone() == (len(statements),)
    assert db.execute("SELECT count(*) FROM papers").fetchone() == (1,)
    db.close()
    with Library.open(home) as library:
        assert library.notices == ()
        assert library.count() == 2


def test_a_row_that_a_disk_damaged_keeps_no_older_library_from_being_brought_up(tmp_path: Path) -> None:
    damaged = "INSERT INTO papers VALUES(2, 'doi:10.1/b', '{\"title\":\"On st', '', 2001, 1, NULL);"
    with Library.open(made(tmp_path / "home", FIRST, damaged)) as library:
        assert library.paper("doi:10.1/a").title == "On hay"
        assert library.venues() == []
        assert library.matching(Filters(year_from=2000)) == ["doi:10.1/b"]


def test_the_copy_goes_with_the_first_paper_that_is_removed(tmp_path: Path) -> None:
    home = made(tmp_path / "home", FIRST)
    with Library.open(home) as library:
        assert library.remove(["doi:10.1/a"]) == 1
    assert [file.name for file in home.iterdir()] == ["library.db"]
    assert b"dries in the sun" not in (home / "library.db").read_bytes()


def test_without_room_for_a_copy_nothing_is_changed(tmp_path: Path) -> None:
    home = made(tmp_path / "home", FIRST)
    (home / "library.db.format-1.part").mkdir()  # stands in the copy's way
    before = (home / "library.db").read_bytes()
    with pytest.raises(LibraryError, match="no copy of it could be made"):
        Library.open(home)
    assert (home / "library.db").read_bytes() == before


def test_a_step_that_fails_leaves_the_library_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.library import schema

    home = made(tmp_path / "home", FIRST)
    with monkeypatch.context() as patch:
        patch.setitem(schema._CHANGES, SCHEMA, "CREATE TABLE half(x);\nthis is no statement")
        with pytest.raises(LibraryError):
            Library.open(home)
    db = sqlite3.connect(home / "library.db")
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert not db.execute("SELECT 1 FROM sqlite_master WHERE name IN ('half', 'decisions')").fetchone()
    db.close()
    with Library.open(home) as library:
        assert library.count() == 1


def test_every_format_has_its_change_and_all_ways_lead_to_the_same_tables(tmp_path: Path) -> None:
    def tables(home: Path) -> dict[str, list[str]]:
        db = sqlite3.connect(home / "library.db")
        names = [n for n, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        found = {name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for name in names}
        found["indexes"] = [n for n, in db.execute("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name")]
        db.close()
        return found

    Library.open(tmp_path / "new").close()
    Library.open(made(tmp_path / "first", FIRST)).close()
    Library.open(made(tmp_path / "second", FIRST, SECOND)).close()
    assert tables(tmp_path / "first") == tables(tmp_path / "second") == tables(tmp_path / "new")


def test_a_folder_without_a_library_is_named_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing, match="mistyped"):
        Library.open(tmp_path / "mistyped", create=False)
    assert not (tmp_path / "mistyped").exists()
    (tmp_path / "empty").mkdir()
    with pytest.raises(LibraryMissing, match="ingest"):
        Library.open(tmp_path / "empty", create=False)
    assert list((tmp_path / "empty").iterdir()) == []
