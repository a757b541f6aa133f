"""Identity and merging of papers, and values that come back from JSON as they went."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.papers import (
    Answer,
    Appearance,
    Citation,
    Filters,
    Finding,
    Fingerprint,
    Page,
    Paper,
    Related,
    Sentence,
    Timings,
    Usage,
    identifiers,
    merged,
    normalised_arxiv,
    normalised_doi,
    normalised_pmid,
    normalised_title,
    paper_id,
    same_work,
    surname,
)

NAMES = st.sampled_from(["Ada Lovelace", "Lovelace, Ada", "Émile Borel", "Borel", "李 明", ""])
PAPERS = st.builds(
    Paper,
    title=st.sampled_from(["On $\\chi$ tests", "On chi tests", "{On} Chi-Tests", "Another matter", ""]),
    abstract=st.sampled_from(["", "Short.", "A longer abstract."]),
    authors=st.lists(NAMES, max_size=2).map(tuple),
    year=st.sampled_from([None, 2018, 2020, 2023]),
    venue=st.sampled_from([None, "A journal"]),
    doi=st.sampled_from([None, "10.1000/ab", "https://doi.org/10.1000/AB", "10.1000/cd", "10.48550/arXiv.2101.00001"]),
    arxiv_id=st.sampled_from([None, "2101.00001", "2101.00001v3", "2102.00002"]),
    pmid=st.sampled_from([None, "12", "PMID: 13"]),
    kind=st.sampled_from(["article", "preprint", "inproceedings", "summary"]),
    keywords=st.lists(st.sampled_from("abc"), max_size=2).map(tuple),
    raw_title=st.sampled_from(["", "raw"]),
    note=st.sampled_from(["", "mine", "yours"]),
    pages=st.sampled_from([(), (Page(1, "One."),), (Page(1, "Two."),)]),
    appearances=st.lists(st.builds(Appearance, st.sampled_from(["x", "y"]), st.integers(1, 3)), max_size=2).map(tuple),
)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("https://doi.org/10.1038/S41586-020-2649-2", "10.1038/s41586-020-2649-2"),
        ("doi:10.1000/182.", "10.1000/182"),
        ("(10.1000/182)", "10.1000/182"),
        ("no identifier", None),
        (None, None),
    ],
)
def test_a_doi_is_bare_and_lower_case(text: str | None, bare: str | None) -> None:
    assert normalised_doi(text) == bare


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("arXiv:1706.03762v5", "1706.03762"),
        ("https://arxiv.org/pdf/1706.03762v5.pdf", "1706.03762"),
        ("http://export.arxiv.org/abs/hep-th/9901001v2", "hep-th/9901001"),
        ("10.48550/ARXIV.1706.03762", "1706.03762"),
        ("https://doi.org/10.48550/arXiv.1706.03762", "1706.03762"),
        ("1706.037621", None),
        ("10.1038/1706", None),
        ("", None),
    ],
)
def test_an_arxiv_id_has_no_version(text: str, bare: str | None) -> None:
    assert normalised_arxiv(text) == bare


def test_a_pubmed_id_is_its_digits() -> None:
    assert normalised_pmid("PMID: 0012345") == "12345"
    assert normalised_pmid("https://pubmed.ncbi.nlm.nih.gov/12345/") == "12345"
    assert normalised_pmid("PMC12345") is None


def test_titles_are_compared_without_markup_accents_case_and_punctuation() -> None:
    assert normalised_title("{A} Na\\\"ive—$\\chi^2$ Test") == normalised_title("a na ive χ 2 test")
    assert normalised_title("Éléments d'Analyse") == "elements d analyse"
    assert normalised_title("!!!") != normalised_title("???")


@given(st.text())
def test_a_title_in_ascii_is_folded_as_any_other(text: str) -> None:
    assert normalised_title(normalised_title(text)) == normalised_title(text) or not normalised_title(text).isascii()
    if text.isascii():
        # A combining mark takes the long way and then disappears. (The word keeps a command from being all there is.)
        assert normalised_title(text + " a\u0301") == normalised_title(text + " a")


def test_the_family_name_stands_before_a_comma_or_last() -> None:
    assert surname("Müller, Jörg") == surname("Jörg Müller") == "muller"
    assert surname("") == ""


def test_the_strongest_identifier_names_the_paper() -> None:
    paper = Paper("T", arxiv_id="1706.03762v2", doi="10.1000/x", pmid="7")
    assert paper.id == "arxiv:1706.03762"
    assert replace(paper, arxiv_id=None).id == "doi:10.1000/x"
    assert replace(paper, arxiv_id=None, doi="10.48550/arXiv.1706.03762").id == "arxiv:1706.03762"
    assert replace(paper, arxiv_id=None, doi=None).id == "pmid:7"
    assert Paper("A Title!").id == Paper("a title").id == "title:" + paper_id(Paper("a title"))[6:]
    assert Paper("A title", authors=("A One",)).id != Paper("A title", authors=("B Two",)).id


def test_what_is_one_paper() -> None:
    assert same_work(Paper("x", arxiv_id="2101.00001"), Paper("y", doi="10.48550/arXiv.2101.00001v2"))
    assert same_work(Paper("One title"), Paper("One Title", doi="10.1000/1"))
    assert not same_work(Paper("One title", doi="10.1000/2"), Paper("One title", doi="10.1000/1"))
    assert not same_work(Paper("One title", authors=("A B",)), Paper("One title", authors=("C D",)))
    assert same_work(Paper("One title", year=2020), Paper("One title", year=2022))
    assert not same_work(Paper("One title", year=2020), Paper("One title", year=2023))


def test_the_published_record_wins_and_gaps_are_filled() -> None:
    preprint = Paper("Title, first version", "A longer abstract.", year=2019, arxiv_id="1901.00001", kind="preprint",
                     raw_abstract="A  longer abstract.", appearances=(Appearance("a", 2),))
    published = Paper("Title", "Short.", ("A B",), 2020, "Journal", doi="10.1000/1", arxiv_id="1901.00001",
                      raw_abstract="Short.", appearances=(Appearance("b", 1),))
    one = merged(preprint, published)
    assert (one.title, one.year, one.venue, one.authors) == ("Title", 2020, "Journal", ("A B",))
    assert (one.abstract, one.raw_abstract) == ("A longer abstract.", "A  longer abstract.")
    assert one.id == "arxiv:1901.00001"
    assert one.doi == "10.1000/1"
    assert one.sources == ("a", "b")


def test_a_summary_never_stands_for_the_papers_own_words() -> None:
    summary = Paper("Title", "Words of ours, and many more of them.", arxiv_id="1901.00001", kind="summary")
    paper = Paper("Title", "Its own words.", arxiv_id="1901.00001")
    assert merged(summary, paper).abstract == "Its own words."
    assert merged(summary, paper).kind == "article"
    assert merged(summary, replace(paper, abstract="")).kind == "summary"


@given(PAPERS)
def test_one_record_comes_back_as_it_was(paper: Paper) -> None:
    assert replace(merged(paper), appearances=()) == replace(paper, appearances=())
    assert merged(paper, paper) == merged(paper)


@given(PAPERS, PAPERS)
def test_two_records_are_judged_and_merged_the_same_either_way(a: Paper, b: Paper) -> None:
    assert same_work(a, b) == same_work(b, a)
    assert merged(a, b) == merged(b, a)


@given(st.lists(PAPERS, min_size=1, max_size=4), st.randoms())
def test_many_records_merge_the_same_in_any_order(records: list[Paper], random: object) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merged(*records) == merged(*shuffled)


@given(PAPERS, PAPERS)
def test_merging_loses_no_identifier_kind_and_no_appearance(a: Paper, b: Paper) -> None:
    one = merged(a, b)
    assert identifiers(one).keys() == identifiers(a).keys() | identifiers(b).keys()
    assert set(one.appearances) == {*a.appearances, *b.appearances}
    assert set(one.keywords) == {*a.keywords, *b.keywords}


@given(PAPERS)
def test_a_paper_as_json_holds_no_page_text_and_can_be_dumped(paper: Paper) -> None:
    row = json.loads(json.dumps(paper.to_dict()))
    assert row["id"] == paper.id
    assert row["pages"] == len(paper.pages)


TEXTS = st.text(max_size=8)
ANSWERS = st.builds(
    Answer,
    question=TEXTS,
    answer=TEXTS,
    abstained=st.booleans(),
    sentences=st.lists(
        st.builds(Sentence, TEXTS, st.lists(st.integers(1, 9), max_size=2).map(tuple), st.just("partial"),
                  st.lists(TEXTS, max_size=2).map(tuple)), max_size=2).map(tuple),
    citations=st.lists(
        st.builds(Citation, st.integers(1, 9), TEXTS, TEXTS, TEXTS, page=st.none() | st.integers(1, 9),
                  authors=st.lists(TEXTS, max_size=2).map(tuple)), max_size=2).map(tuple),
    related=st.lists(st.builds(Related, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
    findings=st.lists(st.builds(Finding, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
    missing=st.lists(TEXTS, max_size=2).map(tuple),
    error=st.none() | TEXTS,
    usage=st.builds(Usage, st.integers(0), st.integers(0), st.none() | st.floats(0, 9)),
    timings=st.builds(Timings, st.floats(0, 9)),
    fingerprint=st.builds(Fingerprint, TEXTS, TEXTS, TEXTS),
)


@given(ANSWERS)
def test_an_answer_comes_back_from_json(answer: Answer) -> None:
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_an_answer_of_another_version_is_read() -> None:
    citation = {"n": 1, "paper_id": "p", "title": "t", "quote": "x", "new": 1}
    assert Answer.from_dict({"question": "q", "citations": [citation]}).citations[0].quote == "x"


def test_what_a_filter_allows() -> None:
    seen = (Appearance("pages/may.txt", 1),)
    paper = Paper("T", authors=("Jörg Müller",), year=2020, tags=("To Read",), appearances=seen)
    assert Filters(authors=("muller",), year_from=2020, year_to=2020).allows(paper)
    assert Filters(tags=("to read",), sources=("may.txt",)).allows(paper)
    assert not Filters(authors=("mull",)).allows(paper)
    assert not Filters(year_from=1900).allows(replace(paper, year=None))
    assert not Filters()
    assert Filters(year_to=0)


def test_one_author_with_and_without_a_comma_is_one_paper() -> None:
    a = Paper(title="Packets by light", authors=("Jan van der Berg",), year=2020)
    assert same_work(a, Paper(title="Packets by light", authors=("van der Berg, Jan",), year=2020))
    assert not same_work(a, Paper(title="Packets by light", authors=("Jan Berger",), year=2020))


def test_a_merged_papers_names_and_day_belong_to_its_authors_and_year() -> None:
    published = Paper(title="T", doi="10.1000/x", venue="J", authors=("CERN Collaboration", "Doe, J."), year=2021)
    told = ("{CERN, Collaboration}", "Doe, J.")
    preprint = Paper(
        title="T", doi="10.1000/x", kind="preprint", abstract="Longer words.", author_names=told,
        authors=("CERN, Collaboration", "Doe, J."), year=2020, date="2020-05-03",
    )  # fmt: skip
    one = merged(preprint, published)
    assert (one.authors, one.author_names, one.year, one.date) == (published.authors, (), 2021, "")
    assert (one.venue, one.kind, one.abstract) == ("J", "article", "Longer words.")
