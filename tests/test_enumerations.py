"""No answer ends in the middle of a list that it began."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.enumerations import goes_on, head_alone, mark
from assistant.answering.extractive import compose
from assistant.evidence import Evidence
from assistant.papers import Paper
from assistant.queries import read_question
from assistant.text import sentences

LISTED = (
    "We tested the kiln on five clays and found three typical faults: (1) pots crack while they cool down. "
    "The causes are discussed. (2) Glazes run where the heat is uneven. (3) Handles sag in long firings. "
    "All logs are kept."
)
TOLD = (
    "We compare two ways of firing stoneware pots. The first way raises the heat by steps that a potter sets. "
    "It is old. A second way lets the planner draw the whole curve. Both are cheap."
)


def evidence(abstract: str, best: int = 0) -> list[Evidence]:
    paper = Paper(title="Firing with care", abstract=abstract)
    spans = sentences(abstract)
    order = [best, *(k for k in range(len(spans)) if k != best)]
    return [
        Evidence(n, paper, "abstract", None, *spans[k], abstract[slice(*spans[k])], 10.0 if k == best else -30.0 - n,
                 bears=(10.0 if k == best else -30.0 - n,), answers=(0,) if k == best else (), role="result")
        for n, k in enumerate(order, start=1)
    ]  # fmt: skip


def texts(question: str, found: list[Evidence]) -> list[str]:
    return [d.text for d in compose(read_question(question), found)]


def test_a_list_that_was_begun_goes_on_to_its_end() -> None:
    said = texts("What goes wrong when pots are fired?", evidence(LISTED))
    joined = " ".join(said)
    assert joined.index("(1) pots crack") < joined.index("(2) Glazes run") < joined.index("(3) Handles sag")


def test_where_only_a_number_is_asked_for_the_sentence_ends_before_the_list() -> None:
    (said,) = texts("How many typical faults were found?", evidence(LISTED))
    assert said.endswith("three typical faults.")


def test_the_first_of_two_ways_brings_the_second() -> None:
    said = " ".join(texts("How can stoneware pots be fired?", evidence(TOLD, best=1)))
    assert "The first way" in said
    assert "second way" in said


def test_a_list_without_room_is_cut_before_it_or_left_out() -> None:
    long = LISTED.replace("Handles sag", "Handles " + "very " * 150 + "slowly sag")
    said = texts("What goes wrong when pots are fired?", evidence(long))
    assert said[0].endswith("three typical faults.")
    assert not any("(1)" in s for s in said)


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("We find three common faults: (1) pots crack.", "We find three common faults."),
        ("We face the following two challenges: 1) pots crack.", ""),
        ("It does (1) this and (2) that.", ""),
        ("Faults include: (i) cracks.", ""),
        ("Nothing is listed here at all.", ""),
    ],
)
def test_a_sentence_ends_before_a_list_only_where_it_is_whole(text: str, head: str) -> None:
    assert head_alone(text) == head


def test_a_list_inside_one_sentence_needs_nothing_more() -> None:
    found = evidence("It has (i) a kiln, (ii) a shelf and (iii) a fan. It is new. We like it.")
    assert goes_on(found[0], found) == []
    assert goes_on(found[1], found) == []


@given(st.lists(st.sampled_from(["(1) one.", "2) Two.", "First, a.", "Second, b.", "It is.", "(b) x."]), max_size=8))
def test_what_goes_on_stands_later_in_its_order(parts: list[str]) -> None:
    found = evidence(" ".join(parts)) if parts else []
    for one in found:
        rest = goes_on(one, found)
        assert [e.start for e in rest] == sorted(e.start for e in rest)
        assert all(e.start >= one.end for e in rest)
        assert mark(one.text) == "" or mark(one.text).startswith("(")
