"""Questions for the papers on a topic: which they are, and which papers name it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.topics import Listing, listing_asked, naming, part_named
from assistant.papers import Paper

MOSS = Paper(title="Counting Peat Mosses from the Air", abstract="Peat mosses are counted by drone. It is cheap.")
TUNING = Paper(
    title="Quiet Gearboxes", abstract="We use surrogate gear models (SGMs) to lower noise. They are fast.",
)
SHORT = Paper(title="Noise at Night", abstract="An SGM predicts noise at night.")
OTHER = Paper(title="Old Letters", abstract="In these letters an sgm is a coin. Their moss is painted.")
JOINED = Paper(title="Autogear Repair", abstract="Auto-gears fail in winter.")
ALL = [MOSS, TUNING, SHORT, OTHER, JOINED]


@pytest.mark.parametrize(
    ("question", "topic", "kind"),
    [
        ("List all papers on peat mosses.", "peat mosses", "all"),
        ("list all on peat mosses", "peat mosses", "all"),
        ("Show me everything on peat mosses", "peat mosses", "all"),
        ("papers about peat mosses?", "peat mosses", "all"),
        ("How many papers on peat mosses are in my library?", "peat mosses", "count"),
        ("How many papers do I have on the topic of peat mosses?", "peat mosses", "count"),
        ("How many of my papers mention peat mosses?", "peat mosses", "count"),
        ("Do I have any papers on peat mosses?", "peat mosses", "count"),
        ("Which papers deal with PEAT-19?", "PEAT-19", "which"),
        ("What papers in the collection study peat mosses?", "peat mosses", "which"),
        ("Which papers propose peat moss methods?", "peat moss", "which"),
        ("Which papers study wet soils, like bogs or peat mosses?", "wet soils, like bogs or peat mosses", "which"),
    ],
)
def test_a_topic_is_asked_for(question: str, topic: str, kind: str) -> None:
    assert listing_asked(question) == Listing(topic, kind)


@pytest.mark.parametrize(
    "question",
    [
        "How many papers do I have?", "List all papers", "How many papers are in my library?", "list my papers", "",
        "Which papers study how mosses grow?", "How many species do peat mosses have?",
        "Which papers are about counting peat mosses and other small plants from the air by drone?",
        "How many papers are about it?", "List all papers on this method.", "Which papers need drones?",
    ],
)
def test_other_questions_ask_for_no_topic(question: str) -> None:
    assert listing_asked(question) is None


@given(st.text(max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    found = listing_asked(text)
    assert found is None or found.topic.strip()


def named(topic: str) -> list[str]:
    found, _ = naming(topic, ALL)
    for e in found:
        assert e.paper.text(e.field)[e.start : e.end] == e.text, "the quote is the paper's own words"
    return [e.paper.title for e in found]


def test_a_paper_names_a_topic_in_other_endings_and_with_hyphens() -> None:
    assert named("peat moss") == [MOSS.title]
    assert named("auto gear") == [JOINED.title]
    assert named("autogears") == [JOINED.title]


def test_single_words_of_a_topic_are_not_the_topic() -> None:
    assert named("peat letters") == []


def test_a_short_form_and_its_words_are_one_and_case_counts() -> None:
    assert named("surrogate gear models") == [TUNING.title, SHORT.title]
    assert named("SGM") == [TUNING.title, SHORT.title]
    assert named("SGMs") == [TUNING.title, SHORT.title]


def test_a_topic_given_by_examples_is_any_of_them() -> None:
    topic = "wet places, such as peat mosses, old letters or fens"
    found, said = naming(topic, ALL)
    assert [e.paper for e in found] == [MOSS, OTHER]
    assert said == "“wet places” or “peat mosses” or “old letters” or “fens”"
    assert [part_named(topic, e.text) for e in found] == ["peat mosses", "old letters"]
    assert part_named("peat mosses", "anything") == "peat mosses"


def test_only_wordings_that_find_more_are_spoken_of() -> None:
    assert naming("surrogate gear models", ALL)[1] == "“surrogate gear models” (or “SGM”)"
    assert naming("SGM", ALL)[1] == "“SGM”"
    assert naming("letters or gearboxes", ALL)[1] == "“letters” or “gearboxes”"
    assert naming("SGM for gearboxes", ALL)[1] == "“SGM” and “gearboxes” together"


def test_a_topic_of_several_parts_is_found_part_by_part() -> None:
    assert named("surrogate gear models for noise") == [TUNING.title, SHORT.title]
    assert named("noise by drone") == [], "parts of two papers make no topic"
    assert named("letters or gearboxes") == [TUNING.title, OTHER.title]


@given(st.text(max_size=60))
def test_any_topic_can_be_looked_for(topic: str) -> None:
    named(topic)


@pytest.mark.parametrize("verb", ["use", "apply", "rely on", "study or extend"])
def test_papers_that_use_a_thing_are_asked_for_by_it(verb: str) -> None:
    found = listing_asked(f"Which papers {verb} drones?")
    assert found is not None
    assert (found.topic, found.kind) == ("drones", "which")
