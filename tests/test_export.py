"""Papers out again: what another program reads back is what went in."""

import json
from pathlib import Path

import bibtexparser
import pytest
import rispy

from assistant.errors import UsageError
from assistant.export import citation_keys, exported
from assistant.papers import Paper, surname
from assistant.readers import read

PAPER = Paper(
    title="Attention & {Memory}: 50% better",
    abstract="We {test} it. It works [1] ![x](http://evil).",
    authors=("Ada Lovelace", "Turing, Alan"),
    year=2020,
    venue="A Venue",
    doi="10.1000/xyz",
    arxiv_id="2001.00001",
    kind="article",
)


def test_bibtex_is_read_back_by_a_parser() -> None:
    text = exported([PAPER, PAPER], "bibtex")
    library = bibtexparser.parse_string(text)
    assert not library.failed_blocks
    entry = library.entries[0]
    assert entry["author"] == "Ada Lovelace and Turing, Alan"
    assert entry["year"] == "2020"
    assert entry["doi"] == "10.1000/xyz"
    assert library.entries[0].key != library.entries[1].key


def test_unbalanced_braces_do_not_break_bibtex() -> None:
    text = exported([Paper(title="A } broken { title {", abstract="} {"), PAPER], "bibtex")
    assert len(bibtexparser.parse_string(text).entries) == 2


def test_ris_is_read_back_by_a_parser() -> None:
    row = rispy.loads(exported([PAPER], "ris"))[0]
    assert row["title"] == PAPER.title
    assert row["authors"] == ["Lovelace, Ada", "Turing, Alan"]
    assert row["doi"] == PAPER.doi


def test_csl_holds_names_in_parts_and_the_year() -> None:
    row = json.loads(exported([PAPER], "csl-json"))[0]
    assert row["author"][0] == {"family": "Lovelace", "given": "Ada"}
    assert row["issued"] == {"date-parts": [[2020]]}


def test_markdown_makes_nothing_of_a_paper_live() -> None:
    text = exported([PAPER], "markdown")
    assert "![x]" not in text
    assert r"\!\[x\]" in text


@pytest.mark.parametrize("style", ["bibtex", "ris", "csl-json", "markdown"])
def test_no_papers_and_bare_papers_export(style: str) -> None:
    exported([], style)
    assert "Only a title" in exported([Paper(title="Only a title")], style)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="bibtex"):
        exported([], "docx")


def test_keys_stay_unique() -> None:
    keys = citation_keys([PAPER] * 30)
    assert len(set(keys)) == 30


@pytest.mark.parametrize("kind", ["article", "inproceedings", "incollection", "book", "thesis", "report"])
@pytest.mark.parametrize("style", ["bibtex", "ris", "csl-json"])
def test_what_sort_of_work_it_is_comes_back(kind: str, style: str, tmp_path: Path) -> None:
    suffix = {"bibtex": ".bib", "ris": ".ris", "csl-json": ".json"}[style]
    file = tmp_path / f"out{suffix}"
    file.write_text(exported([Paper(title="Graphs", authors=("Ada Quill",), year=2020, venue="V", kind=kind)], style))
    back = [p for p in read(file) if isinstance(p, Paper)]
    assert [(p.kind, p.venue, surname(p.authors[0]), p.year) for p in back] == [(kind, "V", "quill", 2020)]


def test_an_organisation_that_could_be_a_person_keeps_its_one_name(tmp_path: Path) -> None:
    paper = Paper(title="Graphs", authors=("Edusupport Biosciences",), author_names=("{Edusupport Biosciences}",))
    for style, suffix in (("bibtex", ".bib"), ("ris", ".ris"), ("csl-json", ".json"), ("markdown", ".md")):
        file = tmp_path / f"out{suffix}"
        file.write_text(exported([paper], style))
        (back,) = (p for p in read(file) if isinstance(p, Paper))
        assert (back.authors, back.author_names) == (paper.authors, paper.author_names), style
