"""What was imported and exported comes back the same: generated papers and real records, field by field."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.export import FORMATS, exported
from assistant.papers import NUMBERED, Name, Paper, name_shown, name_sorted
from assistant.readers import read
from assistant.text import repaired
from tests.round_trips import compared, different, records, returned

LETTERS = "abcdefghimnorstuvxABCDEGMRTéüßøłŁčПриветαβΩ東京𝒳0123"
SIGNS = st.sampled_from(
    [".", ":", ";", ",", "-", "–", "--", "(x)", "[3]", "'s", '"q"', "“q”", "50%", "R&D", "C#", "a_b", "~5", "$5", "x^2",
     "<b>", "</i>", "!", "?", "*", "+", "=", "|", "@a", "`x`", "# h", "&amp;", "1.", "and", "AB  - x", "%0", "''"]
)  # fmt: skip


def _texts(most: int = 8) -> st.SearchStrategy[str]:
    word = st.text(st.sampled_from(LETTERS), min_size=1, max_size=8)
    made = st.builds(lambda parts, last: " ".join([*parts, f"Wort{last}"]), st.lists(word | SIGNS, max_size=most), word)
    # What no reader would have left in a paper is not asked of an export.
    return made.map(lambda t: " ".join(repaired(t).split()).strip(" -–,;.:"))


WORDS = st.text(st.sampled_from("abcdeghimorstuéüł"), min_size=2, max_size=8).map(lambda w: f"B{w}")
GIVEN = st.lists(WORDS | st.sampled_from(["A.", "J.-P.", "M. L."]), min_size=1, max_size=2).map(" ".join)
PARTICLES = st.sampled_from(["", "", "", "van der", "von", "de la", "ter"])
PERSONS = st.builds(
    Name, family=WORDS, given=GIVEN, particle=PARTICLES, suffix=st.sampled_from(["", "", "", "Jr.", "III"]),
    dropping=st.just(""),
)  # fmt: skip
DROPPED = st.builds(Name, family=WORDS, given=GIVEN, dropping=st.sampled_from(["van", "von", "de"]))
GROUPS = st.builds(
    Name, literal=st.sampled_from(["CERN Collaboration", "World Health Organization", "Barnes and Noble", "ATLAS"])
)
NAMES = PERSONS | DROPPED | GROUPS
KINDS = st.sampled_from(
    ["article", "inproceedings", "incollection", "book", "thesis", "report", "preprint", "dataset", "software",
     "webpage", "patent", "presentation", "summary", "misc"]
)  # fmt: skip
NUMBERS = st.integers(1, 4_000).map(str)
PAGES = st.one_of(st.just(""), NUMBERS, st.builds(lambda a, b: f"{a}-{a + b}", st.integers(1, 900), st.integers(1, 90)),
                  st.just("e0123456"), st.just("S1-S14"), st.just("12, 15-19"))  # fmt: skip
DATES = st.one_of(st.just(""), st.sampled_from(["-02", "-12", "-05-03", "-11-30"]))


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    kind = draw(KINDS)
    people = draw(st.lists(NAMES, max_size=4, unique_by=lambda n: n.shown))
    editors = draw(st.lists(PERSONS, max_size=2, unique_by=lambda n: n.shown))
    shown, told = tuple(n.shown for n in people), tuple(n.sorted for n in people)
    year = draw(st.none() | st.integers(1600, 2030))
    date = draw(DATES)
    maybe = st.just("") | _texts(4)
    return Paper(
        title=draw(_texts()), abstract=draw(st.just("") | _texts(30)), authors=shown,
        author_names=told if told != tuple(name_shown(s).sorted for s in shown) else (),
        # With no authors, readers show the editors in their place.
        editors=tuple(n.sorted for n in editors) if people else (),
        year=year, date=f"{year}{date}" if year and date else "", kind=kind,
        venue=draw(_texts(4)) if kind in ("article", "inproceedings", "incollection") else None,
        publisher=draw(maybe) if kind not in ("book", "thesis", "report") else "",
        volume=draw(st.just("") | NUMBERS), issue="" if kind in NUMBERED else draw(st.just("") | NUMBERS),
        number=draw(st.just("") | NUMBERS) if kind in NUMBERED else "", page_range=draw(PAGES),
        edition=draw(st.just("") | NUMBERS), place=draw(maybe), language=draw(st.sampled_from(["", "en", "German"])),
        accessed=draw(st.sampled_from(["", "2024-02-29"])), isbn=draw(st.sampled_from([(), ("978-0-306-40615-7",)])),
        issn=draw(st.sampled_from([(), ("1234-567X",), ("0028-0836", "1476-4687")])),
        doi=draw(st.sampled_from([None, "10.1000/a(b)_c<d>e", "10.5555/12.34"])),
        arxiv_id=draw(st.sampled_from([None, "2001.00001", "hep-th/9901001"])),
        pmid=draw(st.sampled_from([None, "123456"])), pmcid=draw(st.sampled_from([None, "PMC123"])),
        url=draw(st.sampled_from([None, "https://example.org/a_b?c=d&e=%20#f", "http://x.example/~me/100%25"])),
        keywords=tuple(draw(st.lists(WORDS | st.sampled_from(["deep nets", "C# & R"]), max_size=3, unique=True))),
        # RIS files repeat the abstract as a note, which is then left out.
        note=draw(maybe.map(lambda t: f"Note: {t}" if t else "")),
    )  # fmt: skip


def _venue_shown(paper: Paper, back: Paper) -> bool:
    # A work that is in nothing shows its publisher as the venue.
    return paper.venue is None and back.venue in (paper.publisher, paper.series, paper.event)


@pytest.mark.parametrize("style", FORMATS)
def test_generated_papers_come_back_equal(style: str) -> None:
    with tempfile.TemporaryDirectory() as spare:

        @settings(max_examples=settings().max_examples // 4)
        @given(st.lists(papers(), min_size=1, max_size=3))
        @example([Paper(title="~5 : R&D of R&D $5", volume="7")])
        @example([Paper(title="50% of & the x_1 ~ $5", authors=("CERN Collaboration",), year=2020)])
        def check(made: list[Paper]) -> None:
            back = returned(made, style, Path(spare))
            assert len(back) == len(made), exported(made, style)
            for paper, again in zip(made, back, strict=True):
                names = different(paper, again, style)
                if "venue" in names and _venue_shown(paper, again):
                    names.remove("venue")
                if paper.arxiv_id and paper.kind in ("article", "misc") and again.kind == "preprint":
                    # An arXiv paper that names no venue is a preprint, whatever it was called.
                    names = [n for n in names if n != "kind"]
                told = [(n, compared(paper)[n], compared(again)[n]) for n in names]
                assert not told, exported([paper], style)

        check()


@given(NAMES)
def test_a_name_keeps_its_parts(name: Name) -> None:
    assert name_sorted(name.sorted) == name or name.literal == name_sorted(name.sorted).family
    assert name_sorted(name.sorted).sorted == name.sorted


@given(st.text(max_size=60))
def test_any_name_is_settled_after_one_reading(text: str) -> None:
    once = name_shown(text).sorted
    assert name_sorted(once).sorted == name_sorted(name_sorted(once).sorted).sorted


BIBTEX = r"""
@inbook{knuth:fundamental,
  author = {van der Berg, Jan and {CERN Collaboration} and King, Jr., Martin Luther and Ludwig van Beethoven},
  title = {On the {BERT} of {M\"u}ller's $\alpha$-decay: {A {LaTeX} story}},
  booktitle = {The Great {IEEE} Book}, editor = {Do{\~n}a, Ana}, publisher = {Springer},
  pages = {117--130}, year = 1999, month = may, day = 3, volume = {2}, series = {LNCS}, doi = {10.1000/XYZ},
  isbn = {978-0-306-40615-7}, keywords = {one, two},
}
@mastersthesis{doe, author = {Doe, Jane}, title = {Mine}, school = {ETH}, year = 2001, type = {MSc thesis}}
"""


def test_bibtex_keeps_types_names_braces_pages_and_identifiers(tmp_path: Path) -> None:
    file = tmp_path / "a.bib"
    file.write_text(BIBTEX, encoding="utf-8")
    first = [p for p in read(file) if isinstance(p, Paper)]
    text = exported(first, "bibtex")
    for kept in (
        "@inbook{knuth:fundamental", "@mastersthesis{doe", "{BERT}", "{A {LaTeX} story}", "117--130",
        "van der Berg, Jan", "{CERN Collaboration}", "King, Jr., Martin Luther", "month = may", "10.1000/xyz",
        "978-0-306-40615-7",
    ):  # fmt: skip
        assert kept in text, text
    file.write_text(text, encoding="utf-8")
    assert [compared(p) for p in read(file) if isinstance(p, Paper)] == [compared(p) for p in first]


def test_braces_and_csl_spans_become_one_another(tmp_path: Path) -> None:
    paper = Paper(title="On BERT and MacGyver", raw_title="On {BERT} and {MacGyver}")
    csl = exported([paper], "csl-json")
    assert "On <span class=\\\"nocase\\\">BERT</span> and <span" in csl
    file = tmp_path / "a.json"
    file.write_text(csl, encoding="utf-8")
    (back,) = (p for p in read(file) if isinstance(p, Paper))
    assert back.title == paper.title
    assert "On {BERT} and {MacGyver}" in exported([back], "bibtex")


def test_capitals_inside_of_words_are_protected_where_a_record_says_nothing() -> None:
    text = exported([Paper(title="The pH of AI-based McDonald's models")], "bibtex")
    assert "title = {The {pH} of {AI}-based {McDonald's} models}" in text


def test_hostile_papers_can_not_end_the_comment_that_holds_their_fields(tmp_path: Path) -> None:
    nasty = "--> <script>alert(1)</script>\n## Another paper\n<!-- litassist-paper {\"year\": 1} -->"
    paper = Paper(title="Title --> x", abstract=repaired(nasty), note="--> <b>", venue="<!-- -->", authors=("A --> B",))
    text = exported([paper, Paper(title="Second")], "markdown")
    assert "<script>" not in text
    file = tmp_path / "a.md"
    file.write_text(text, encoding="utf-8")
    back = [p for p in read(file) if isinstance(p, Paper)]
    assert [p.title for p in back] == ["Title --> x", "Second"]
    assert (back[0].note, back[0].venue, back[0].year) == ("--> <b>", "<!-- -->", None)


def test_a_damaged_comment_costs_its_fields_only(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    text = exported([Paper(title="First", abstract="It works well.", year=2020), Paper(title="Second")], "markdown")
    file.write_text(text.replace('"year":2020', '"year":'), encoding="utf-8")
    items = list(read(file))
    assert [p.title for p in items if isinstance(p, Paper)] == ["First", "Second"]
    assert any("damaged" in i.reason for i in items if not isinstance(i, Paper))


@pytest.fixture(scope="module")
def real(shared: Path) -> list[tuple[Path, list[Paper]]]:
    """The real records of all but the largest files."""
    return [
        (path, found)
        for path, found in records(shared / "samples" / "references", largest=100_000)
        # A title that is only a dash is none in JSON.
        if not path.name.startswith("escaped_characters")
    ]


@pytest.mark.parametrize("style", FORMATS)
def test_real_records_come_back_equal(style: str, real: list[tuple[Path, list[Paper]]], tmp_path: Path) -> None:
    """`python -m tests.round_trips` takes all files and names what differs."""
    total = equal = 0
    for path, found in real:
        back = returned(found, style, tmp_path)
        assert len(back) == len(found), path
        total += len(found)
        equal += sum(
            not different(a, b, style, from_bibtex=path.suffix == ".bib") for a, b in zip(found, back, strict=True)
        )
    assert total > 800
    assert equal / total >= (0.999 if style == "markdown" else 0.98), (equal, total)
