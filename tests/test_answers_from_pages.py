"""What stands on the pages of a paper counts as its abstract does: which paper answers, and what is held."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pdfs import line, one_page, two_columns

from assistant import Assistant, open_assistant
from assistant.papers import Page, Paper

FACT = "The waxed boats crossed the pond in 437 seconds."
FILLER = (
    "The kiln stood on level ground and was kept dry. Each run was written down by two people. "
    "The weather of the day was noted as well. Nothing was changed between two runs of a day. "
)
KILN = Paper(
    title="A year with a small kiln",
    abstract="",
    pages=tuple(
        Page(n, FILLER + (
            "Telecraft is defined as craft that is done far from the workshop. Clay was bought from Delft."
            if n == 190 else f"Run {n} was like the others."
        ))
        for n in range(1, 301)
    ),
)
LOOM = Paper(
    title="Craft and its people",
    abstract="We ask people about craft. People who do craft at home are happier than those who do none. "
    "We find that craft helps people in a year of few visits.",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "boats.pdf").write_bytes(one_page(lambda page: line(page, 60, 300, FACT, 11)))
    (folder / "drift.pdf").write_bytes(two_columns()[0])
    with open_assistant(home=folder / "home", backend="extractive") as opened:
        opened.ingest([folder / "boats.pdf", folder / "drift.pdf"])
        opened.ingest_papers([KILN, LOOM])
        yield opened


@pytest.mark.parametrize(
    "question",
    [
        "How many seconds did the waxed boats take to cross the pond?",
        "In how many seconds did the waxed boats cross the pond?",
        "How long did the waxed boats take to cross the pond?",
    ],
)
def test_a_paper_without_an_abstract_answers_from_its_page(library: Assistant, question: str) -> None:
    answer = library.ask(question)
    quotes = [(c.quote, c.field, c.page) for c in answer.citations]
    quotes += [(q.text, q.field, q.page) for paper in answer.related for q in paper.quotes]
    assert (FACT, "page", 1) in quotes


@pytest.mark.parametrize(
    ("question", "told"),
    [("What is a definition of telecraft?", "far from the workshop"), ("Where was the clay bought?", "Delft")],
)
def test_one_sentence_in_three_hundred_pages_is_found_and_quoted(
    library: Assistant, question: str, told: str
) -> None:
    answer = library.ask(question)
    quotes = [(c.quote, c.page) for c in answer.citations]
    quotes += [(q.text, q.page) for paper in answer.related for q in paper.quotes]
    assert any(told in quote and page == 190 for quote, page in quotes)


@pytest.mark.parametrize(
    "question",
    [
        "Which licence do the waxed boats have?",
        "How many potters lent the kiln?",
        "What is dark matter?",
    ],
)
def test_what_no_page_holds_is_not_answered(library: Assistant, question: str) -> None:
    answer = library.ask(question)
    assert answer.abstained
    assert answer.citations == ()
