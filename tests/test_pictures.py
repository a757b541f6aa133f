"""Pages shown as they are printed: the quote boxed, the file found again or a plain line why not, gone when removed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pdf_table import boxed_text, letters
from pdfs import line, one_page, two_columns, zipped

import assistant as public
from assistant import Assistant, open_assistant
from assistant.errors import PictureMissing, UsageError
from assistant.papers import Paper

FACT = "The waxed boats crossed the pond in 437 seconds."


def boats() -> bytes:
    def draw(page) -> None:
        line(page, 60, 300, FACT, 11)

    return one_page(draw)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Assistant]:
    with open_assistant(home=tmp_path / "home", backend="extractive") as assistant:
        yield assistant


def _png(picture: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        assert image.format == "PNG"
        return image.size


def test_an_answer_names_the_page_and_the_page_shows_the_quote(opened: Assistant, tmp_path: Path) -> None:
    (tmp_path / "boats.pdf").write_bytes(boats())
    opened.ingest(tmp_path / "boats.pdf")
    answer = opened.ask("How many seconds did the waxed boats take to cross the pond?")
    cited = next(c for c in answer.citations if "437" in c.quote)
    assert (cited.field, cited.page) == ("page", 1)
    paper = opened.paper(cited.paper_id)
    assert paper.text("page", 1)[cited.start : cited.end] == cited.quote
    for asked in ({"start": cited.start, "end": cited.end}, {"quote": cited.quote}):
        picture = opened.page_picture(cited.paper_id, 1, width=800, **asked)
        assert _png(picture)[0] in (799, 800, 801)
        assert letters(FACT) in letters(boxed_text(tmp_path / "boats.pdf", 1, list(picture.boxes)))
    plain = opened.page_picture(cited.paper_id, 1, width=800)
    assert plain.boxes == ()
    assert bytes(plain) != bytes(picture)
    assert opened.page_picture(cited.paper_id, 1, quote="Words that stand nowhere.").boxes == ()


def test_a_picture_that_cannot_be_had_says_why(opened: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "boats.pdf"
    path.write_bytes(boats())
    opened.ingest(path)
    opened.ingest_papers([Paper("A Record Without a File", abstract="Nothing but an abstract is known of it here.")])
    by_title = {p.title: p.id for p in opened.papers()}
    boat = by_title["A Page About Folded Boats"]
    with pytest.raises(PictureMissing, match="holds no full text"):
        opened.page_picture(by_title["A Record Without a File"], 1)
    with pytest.raises(PictureMissing, match="the PDF has 1 page"):
        opened.page_picture(boat, 2)
    with pytest.raises(UsageError, match="its text ends at"):
        opened.page_picture(boat, 1, start=5, end=10**6)
    with pytest.raises(UsageError, match="width"):
        opened.page_picture(boat, 1, width=9)
    with pytest.raises(public.PaperNotFound):
        opened.page_picture("doi:10.1/none", 1)
    moved = tmp_path / "elsewhere" / "renamed.pdf"
    moved.parent.mkdir()
    shutil.move(path, moved)
    with pytest.raises(PictureMissing, match=r"no longer at .*boats\.pdf.*read the PDF in again"):
        opened.page_picture(boat, 1)
    report = opened.ingest(moved)
    assert (report.added, report.papers) == (0, 2)
    assert _png(opened.page_picture(boat, 1))
    moved.write_bytes(two_columns()[0])
    with pytest.raises(PictureMissing, match="was changed since it was read"):
        opened.page_picture(boat, 1)


def test_a_locked_file_is_shown_with_its_password(opened: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(one_page(lambda page: line(page, 60, 300, FACT, 11), password="pond"))
    with pytest.raises(public.ReadError, match="needs a password"):
        opened.ingest(path)
    opened.ingest(path, password="pond")
    (paper,) = opened.papers()
    with pytest.raises(PictureMissing, match="locked; give its password"):
        opened.page_picture(paper.id, 1)
    with pytest.raises(PictureMissing, match="does not open"):
        opened.page_picture(paper.id, 1, password="lake")
    assert len(opened.page_picture(paper.id, 1, quote=FACT, password="pond").boxes) == 1


def _holds(folder: Path, words: bytes) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and words in p.read_bytes()]


def test_what_came_out_of_an_archive_is_kept_until_it_is_removed(opened: Assistant, tmp_path: Path) -> None:
    content = boats()
    archive = zipped([("papers/boats.pdf", content), ("papers/ponds.pdf", two_columns()[0])], tmp_path / "all.zip")
    opened.ingest(archive)
    archive.unlink()
    boat = next(p for p in opened.papers() if p.title == "A Page About Folded Boats")
    pond = next(p for p in opened.papers() if p.id != boat.id)
    home = tmp_path / "home"
    assert _png(opened.page_picture(boat.id, 1, quote=FACT))
    assert len(list((home / "pdfs").iterdir())) == 2
    opened.remove([boat.id])
    assert not _holds(home, content[:400])
    assert [p.stem for p in (home / "pdfs").iterdir()] == [pond.file]
    assert _png(opened.page_picture(pond.id, 2))
    opened.remove([pond.id])
    assert not (home / "pdfs").exists()


def test_a_copy_left_behind_by_a_crash_is_swept_at_the_next_start(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "boats.pdf").write_bytes(boats())
    with open_assistant(home=home, backend="extractive") as assistant:
        assistant.ingest(zipped([("boats.pdf", boats())], tmp_path / "all.zip"))
        (kept,) = (home / "pdfs").iterdir()
    stray = kept.with_name("0" * 64 + ".pdf")
    stray.write_bytes(b"%PDF- of a paper that was removed")
    kept.with_name("half.123.part").write_bytes(b"%PDF")
    with open_assistant(home=home, backend="extractive") as assistant:
        assert list((home / "pdfs").iterdir()) == [kept]
        assert _png(assistant.page_picture(assistant.papers()[0].id, 1))


def test_a_file_in_its_own_place_is_not_copied_and_stays_when_the_paper_goes(opened: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "boats.pdf"
    path.write_bytes(boats())
    opened.ingest(path)
    assert not (tmp_path / "home" / "pdfs").exists()
    opened.remove([opened.papers()[0].id])
    assert path.is_file()
    assert not _holds(tmp_path / "home", str(path).encode())


@pytest.mark.parametrize("known_by", ["doi", "arxiv_id", "title"])
def test_a_pdf_becomes_the_full_text_of_the_paper_that_is_there(
    known_by: str, opened: Assistant, tmp_path: Path
) -> None:
    def draw(page) -> None:
        line(page, 60, 300, FACT, 11)
        if known_by == "doi":
            line(page, 60, 760, "https://doi.org/10.1000/boats.77", 8)
        if known_by == "arxiv_id":
            line(page, 60, 760, "arXiv:2101.01234v2 [physics.pond] 3 Jan 2021", 8)

    record = Paper("A Page About Folded Boats", abstract="What a catalogue says.", authors=("Jane Doe",), year=2021)
    record = {
        "doi": replace(record, title="Of boats, folded", doi="10.1000/boats.77"),
        "arxiv_id": replace(record, title="Of boats, folded", arxiv_id="2101.01234"),
        "title": record,
    }[known_by]
    opened.ingest_papers([record])
    path = tmp_path / "boats.pdf"
    path.write_bytes(one_page(draw))
    report = opened.ingest(path)
    assert (report.papers, report.added, report.updated) == (1, 0, 1)
    (paper,) = opened.papers()
    whole = opened.paper(paper.id)
    assert FACT in whole.text("page", 1)
    assert (whole.abstract, whole.authors) == (record.abstract, record.authors)
    assert opened.page_picture(paper.id, 1, quote=FACT).boxes


def _litassist(home: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant.cli", "--home", str(home), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == code, done.stderr[-800:]
    return done


def test_the_command_writes_the_picture(tmp_path: Path) -> None:
    path, home = tmp_path / "boats.pdf", tmp_path / "home"
    path.write_bytes(boats())
    with open_assistant(home=home, backend="extractive") as assistant:
        assistant.ingest(path)
        (paper,) = assistant.papers()
    out = tmp_path / "page.png"
    given = ["papers", "page", paper.id, "1", "-o", str(out), "--quote", FACT]
    assert len(json.loads(_litassist(home, *given, "--json").stdout)["boxes"]) == 1
    assert _png(out.read_bytes())
    path.unlink()
    failed = _litassist(home, *given, code=1).stderr
    assert "no longer at" in failed
    assert failed.count("\n") == 1
