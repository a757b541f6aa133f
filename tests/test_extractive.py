"""The built-in writer answers in the papers' own sentences, the answering one first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_evidence import DOUBT, PAPERS, SEARCH, Shelf, evidence, hits, similarity

from assistant.extractive import WORDS, compose
from assistant.papers import Paper
from assistant.queries import read_question
from assistant.verification import verdict
from assistant.wording import readable


def test_the_answering_sentence_comes_first_and_names_its_paper() -> None:
    found = evidence("By what factor is Quickfit faster than tuned trees?")
    drafts = compose(read_question("By what factor is Quickfit faster than tuned trees?"), found)
    assert drafts[0].text.startswith("Quickfit: On twelve public tables")
    assert "230 times" in drafts[0].text
    # A quantity that is found needs nothing more.
    assert len(drafts) == 1


def test_every_draft_is_borne_by_the_evidence_it_cites() -> None:
    for text in (
        "What does Quickfit do with a table?",
        "Which papers propose SAGE?",
        "How does Quickfit differ from SAGE?",
    ):
        found = evidence(text)
        by_number = {e.n: e for e in found}
        drafts = compose(read_question(text), found)
        assert drafts
        for draft in drafts:
            sources = [by_number[n].text for n in draft.numbers] + [by_number[n].paper.title for n in draft.numbers]
            assert verdict(draft.text, sources).verdict == "supported"
            assert all(by_number[n].chosen for n in draft.numbers)


def test_an_answer_from_one_paper_is_short() -> None:
    long = Paper(
        title="Cats at length",
        abstract=" ".join(
            f"We study how cats of kind {k} sleep through long and cold winter nights." for k in range(2, 40)
        ),
    )
    drafts = compose(read_question("How do cats sleep?"), evidence("How do cats sleep?", [long]))
    assert sum(len(d.text.split()) for d in drafts) <= WORDS + 10


def test_a_list_has_a_line_for_each_paper_and_begins_with_its_title() -> None:
    text = "Which papers propose SAGE for image generators or for unclear questions?"
    drafts = compose(read_question(text), evidence(text))
    assert [d.text.startswith("In “") for d in drafts].count(True) == 2
    assert any(DOUBT.title in d.text for d in drafts)
    assert any(SEARCH.title in d.text for d in drafts)


def test_a_comparison_has_rows_by_side() -> None:
    text = "How does Quickfit differ from SAGE?"
    drafts = compose(read_question(text), evidence(text))
    assert {d.aspect for d in drafts} == {"Quickfit", "SAGE"}


def test_pointers_to_code_are_no_filler() -> None:
    drafts = compose(
        read_question("What does Quickfit do with a table?"), evidence("What does Quickfit do with a table?")
    )
    assert not any("https://" in d.text for d in drafts)
    asked = "Where is the code of Quickfit available?"
    assert "https://example.org" in compose(read_question(asked), evidence(asked))[0].text


def test_a_summary_tells_what_the_paper_does() -> None:
    question = read_question("Summarise the paper on Quickfit")
    from assistant.evidence import gather

    drafts = compose(question, gather(question, hits(question.text), Shelf(PAPERS), similarity))
    assert "Quickfit" in drafts[0].text


def test_no_evidence_gives_no_drafts() -> None:
    assert compose(read_question("What are cats?"), []) == []


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("In this paper, we propose LOREN, an approach.", "The authors propose LOREN, an approach."),
        ("Moreover, our model wins.", "The authors’ model wins."),
        ("Here we study cats", "The authors study cats."),
        ("iLA-SDP avoids centroids.", "iLA-SDP avoids centroids."),
        ("To address this problem, we build a net.", "The authors build a net."),
        ("This allows us to win.", "This allows the authors to win."),
    ],
)
def test_sentences_are_made_readable(raw: str, shown: str) -> None:
    assert readable(raw) == shown


def test_the_paper_is_named_in_front() -> None:
    assert readable("We study cats.", "On cats") == "In “On cats”, the authors study cats."
    assert readable("It wins.", "On cats") == "In “On cats”: It wins."


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_wording_takes_any_text(text: str) -> None:
    shown = readable(text, "A title")
    assert shown.startswith("In “A title”")
    assert isinstance(readable(text), str)
