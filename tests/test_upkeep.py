"""The doctor finds what is wrong, and a library can be packed into one file and unpacked."""

from __future__ import annotations

import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import upkeep
from assistant.errors import LibraryError
from assistant.index.standing import Standing
from assistant.library import Library
from assistant.papers import Answer, Page, Paper


class Caches:
    """An index whose findings are given."""

    fingerprint = "an encoder"

    def __init__(self, *findings: str, standing: Standing | None = None) -> None:
        self.findings = findings
        self.stands = standing or Standing(0)
        self.rebuilt = 0

    def verify(self) -> list[str]:
        return list(self.findings)

    def unfinished(self) -> str:
        return ""

    def standing(self) -> Standing:
        return self.stands

    def rebuild(self, progress: object = None) -> int:
        self.rebuilt += 1
        return 7


PAPERS = [Paper(f"Title {n}", f"The abstract of paper {n}. It has words.", doi=f"10.1000/{n}") for n in range(300)]
LONG = Paper("In full", pages=(Page(1, "One page."), Page(2, "Another page.")), doi="10.1000/full")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "home") as opened:
        opened.add([*PAPERS, LONG])
        yield opened


def changed(library: Library, statement: str) -> None:
    db = sqlite3.connect(library.home / "library.db")
    with db:
        db.execute(statement)
    db.close()


def test_a_sound_library_is_ok(library: Library) -> None:
    report = upkeep.doctor(library, Caches())
    assert report.ok
    assert (report.papers, report.passages, report.pending) == (301, 302, 301)
    assert report.to_dict()["ok"] is True
    assert "still to be indexed" in report.lines()[0]
    assert report.lines()[-1] == "No paper is indexed yet, so nothing was compared."
    library.settle(upto=300)
    assert upkeep.doctor(library, Caches()).lines()[0].endswith(
        " 1 paper is still to be indexed; the next search or ingest does it."
    )
    assert upkeep.doctor(library, Caches()).lines()[1:] == ["Of all other papers, library, words and vectors agree."]
    library.settle(upto=301)
    assert upkeep.doctor(library, Caches()).lines()[1:] == ["Library, words and vectors agree, paper by paper."]


def test_what_was_looked_at_while_vectors_are_to_come_is_said(library: Library) -> None:
    report = upkeep.doctor(library, Caches(standing=Standing(301, 0, 301)))
    assert " 301 papers are still to be indexed (all found by words already); the next" in report.lines()[0]
    assert report.lines()[1] == (
        "The words of 301 of these are in place. No paper has all its vectors yet, so vectors were not compared."
    )
    library.settle(upto=300)
    report = upkeep.doctor(library, Caches(standing=Standing(1, 0, 1, at_work=True)))
    assert "going on now" in report.lines()[0]
    assert report.lines()[1].startswith("Of all other papers")


def test_what_was_removed_is_not_said_to_be_indexed_still(library: Library) -> None:
    library.settle(upto=301)
    library.remove([PAPERS[0].id, PAPERS[1].id])
    report = upkeep.doctor(library, Caches())
    assert (report.papers, report.pending, report.leaving) == (299, 0, 2)
    assert " 2 removed papers are still in words and vectors; the next" in report.lines()[0]
    assert "all other" in report.lines()[1]


def test_a_rebuild_is_offered_for_what_it_mends_alone(library: Library) -> None:
    assert upkeep.doctor(library, Caches("doi:10.1000/3 has no vectors.")).rebuild
    changed(library, "DELETE FROM passages WHERE pid = 3")
    assert not upkeep.doctor(library, Caches("doi:10.1000/3 has no vectors.")).rebuild


def test_what_the_caches_say_is_in_the_report(library: Library) -> None:
    report = upkeep.doctor(library, Caches("doi:10.1000/3 has no vectors."))
    assert not report.ok
    assert report.lines()[-1] == "doi:10.1000/3 has no vectors."


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ('UPDATE passages SET "end" = 999 WHERE pid = 3', "passages that do not fit"),
        ("DELETE FROM passages WHERE pid = 3", "no passage"),
        ("UPDATE papers SET data = replace(data, '10.1000/2', '10.1000/zwei') WHERE pid = 3", "doi:10.1000/zwei"),
        ("UPDATE papers SET data = substr(data, 5) WHERE pid = 3", "can't be read"),
    ],
)
def test_what_is_wrong_with_one_paper_is_named(library: Library, statement: str, finding: str) -> None:
    changed(library, statement)
    report = upkeep.doctor(library, Caches())
    (problem,) = report.problems
    assert problem.startswith("doi:10.1000/2: ")
    assert finding in problem


def test_a_row_that_points_at_nothing_is_damage(library: Library) -> None:
    changed(library, "UPDATE records SET pid = 9999 WHERE rid = 3")
    assert "points at nothing" in upkeep.doctor(library, Caches()).problems[0]


def test_a_damaged_file_is_said_to_be_damaged(library: Library) -> None:
    home = library.home
    library.close()
    file = home / "library.db"
    data = bytearray(file.read_bytes())
    for page in range(len(data) // 8192 * 4096, len(data), 4096):
        data[page : page + 60] = b"\xff" * 60
    file.write_bytes(data)
    with Library.open(home) as opened:
        report = upkeep.doctor(opened, Caches())
    assert not report.ok
    assert "damaged" in " ".join(report.problems)
    assert "Restore a backup" in " ".join(report.problems)


def test_rebuild_is_the_caches_work(library: Library) -> None:
    caches = Caches()
    assert upkeep.rebuild(library, caches) == 7
    assert caches.rebuilt == 1


def test_a_backup_is_one_file_and_comes_back_whole(library: Library, tmp_path: Path) -> None:
    talk = library.conversations.new("Kept")
    library.conversations.add_turn(talk, "What?", Answer("What?", "This."))
    library.update(LONG.id, tags=["kept"])
    library.put_vectors("f", {"h": b"a vector"}, {"h": LONG.id})
    library.decide(PAPERS[1].id, PAPERS[2].id, same=False)
    with tempfile.TemporaryDirectory(prefix="litassist-") as passing:
        (Path(passing) / "it.pdf").write_bytes(b"%PDF of it")
        library.remember_file("0af9", Path(passing) / "it.pdf")
    library.settle([item.seq for item in library.pending()])
    assert upkeep.backup(library, tmp_path / "copy.zip") == (tmp_path / "copy.zip").stat().st_size
    assert upkeep.restore(tmp_path / "copy.zip", tmp_path / "new") == 301
    with Library.open(tmp_path / "new") as restored:
        assert restored.papers() == library.papers()
        assert restored.paper(LONG.id) == library.paper(LONG.id)
        assert restored.conversations.turns(talk)[0].answer == Answer("What?", "This.")
        # The caches of another folder did not travel: all is to be indexed.
        assert len(restored.pending()) == 301
        assert restored.vectors("f", ["h"]) == {"h": b"a vector"}
        assert restored.kept_apart() == {frozenset((PAPERS[1].id, PAPERS[2].id))}
    assert (tmp_path / "new" / "pdfs" / "0af9.pdf").read_bytes() == b"%PDF of it"
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["library.db", "pdfs"]


def test_nothing_is_overwritten(library: Library, tmp_path: Path) -> None:
    (tmp_path / "there.zip").write_text("mine")
    with pytest.raises(LibraryError, match="left as it is"):
        upkeep.backup(library, tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_text() == "mine"
    upkeep.backup(library, tmp_path / "copy.zip")
    with pytest.raises(LibraryError, match="already"):
        upkeep.restore(tmp_path / "copy.zip", library.home)
    assert library.count() == 301
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(LibraryError, match=r"not empty.*thesis"):
        upkeep.restore(tmp_path / "copy.zip", tmp_path / "full")
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["thesis.txt"]
    with pytest.raises(LibraryError, match="can't be written"):
        upkeep.backup(library, tmp_path / "nowhere" / "copy.zip")


def test_what_is_no_backup_becomes_no_library(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("not a zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as pack:
        pack.writestr("other.txt", "x")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as pack:
        pack.writestr("library.db", "not a database, " * 100)
    for name in ("a.zip", "b.zip", "c.zip", "missing.zip"):
        with pytest.raises(LibraryError, match="Nothing was changed"):
            upkeep.restore(tmp_path / name, tmp_path / "new")
    assert not (tmp_path / "new" / "library.db").exists()
