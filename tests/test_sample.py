"""The built-in sample: complete records, honest about being summaries, and fit for the questions it suggests."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from assistant import sample
from assistant.papers import normalised_arxiv, normalised_doi, normalised_title, same_work

PAPERS = sample.papers()
by_title = pytest.mark.parametrize("paper", PAPERS, ids=[p.title[:40] for p in PAPERS])


def test_there_are_forty_different_papers() -> None:
    assert len(PAPERS) == 40
    assert len({p.id for p in PAPERS}) == 40
    assert len({normalised_title(p.title) for p in PAPERS}) == 40
    assert not [(a.title, b.title) for i, a in enumerate(PAPERS) for b in PAPERS[:i] if same_work(a, b)]


def test_each_paper_says_where_it_stands_in_the_sample() -> None:
    assert [(a.source, a.position) for p in PAPERS for a in p.appearances] == [
        (sample.SOURCE, n) for n in range(1, 41)
    ]


def test_two_readings_are_equal() -> None:
    assert sample.papers() == PAPERS


@by_title
def test_record_is_complete_and_called_a_summary(paper) -> None:
    assert paper.kind == "summary"
    assert paper.authors
    assert all(a == a.strip() and " " in a and "et al" not in a for a in paper.authors)
    assert len(set(paper.authors)) == len(paper.authors)
    assert paper.year is not None
    assert 1980 <= paper.year <= 2025
    assert paper.venue
    assert paper.keywords
    assert (paper.raw_title, paper.raw_abstract) == (paper.title, paper.abstract)


@by_title
def test_summary_has_100_to_200_words_and_ends_its_last_sentence(paper) -> None:
    assert 100 <= len(paper.abstract.split()) <= 200
    assert paper.abstract.endswith(".")


@by_title
def test_text_holds_no_markup(paper) -> None:
    for text in (paper.title, paper.abstract, paper.venue, *paper.authors, *paper.keywords):
        assert not re.search(r"[\\${}<>*_`|~^#]|\]\(|https?:|&\w+;", text)
        assert text == " ".join(text.split())


@by_title
def test_identifiers_are_written_in_their_normal_form(paper) -> None:
    if paper.arxiv_id is not None:
        assert normalised_arxiv(paper.arxiv_id) == paper.arxiv_id
    if paper.doi is not None:
        assert normalised_doi(paper.doi) == paper.doi
        assert "arxiv" not in paper.doi
    if paper.arxiv_id or paper.doi:
        assert paper.link == paper.url
        assert re.fullmatch(r"https://(arxiv\.org/abs|doi\.org)/[^\s<>\"]+", paper.url)
    else:
        assert paper.url is None


def test_a_known_paper_reads_as_printed() -> None:
    paper = next(p for p in PAPERS if p.arxiv_id == "1706.03762")
    assert paper.title == "Attention Is All You Need"
    assert paper.authors[0] == "Ashish Vaswani"
    assert len(paper.authors) == 8
    assert paper.year == 2017
    assert "28.4" in paper.abstract


def test_the_file_is_one_record_a_line() -> None:
    text = resources.files("assistant.sample").joinpath("papers.jsonl").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert text.count("\n") == 40


def test_questions_begin_with_the_demo_question_and_differ() -> None:
    questions = sample.questions()
    assert questions[0] == sample.DEMO_QUESTION
    assert len(set(questions)) == len(questions) >= 8
    assert all(q.endswith("?") for q in questions)


ANSWERS = {
    "dense passage retrieval": "9 to 19 percentage points in top-20 retrieval accuracy",
    "BLEU": "BLEU score of 28.4 on the WMT 2014",
    "compute-optimal": "for every doubling of model size, the number of training tokens should double",
    "LoRA": "trainable parameters by a factor of 10,000",
    "generalise best": "generalise best on average",
    "FID": "(FID) of 3.17",
    "propensity score": "sufficient to remove the bias due to all the observed covariates",
    "causal structure": "the full causal structure becomes identifiable",
}


@pytest.mark.parametrize(("asked", "said"), ANSWERS.items())
def test_each_suggested_question_is_answered_in_one_sentence_of_one_summary(asked: str, said: str) -> None:
    assert [q for q in sample.questions() if asked in q]
    holding = [s for p in PAPERS for s in re.split(r"(?<=[.?!]) (?=[A-Z])", p.abstract) if said in s]
    assert len(holding) == 1


def test_changing_the_list_of_questions_leaves_the_sample_alone() -> None:
    sample.questions().clear()
    sample.papers().clear()
    assert sample.questions()
    assert len(sample.papers()) == 40
