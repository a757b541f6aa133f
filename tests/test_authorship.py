"""Whose papers a question asks for, and that only theirs are then looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import shown
from hypothesis import given
from hypothesis import strategies as st

import assistant as public
from assistant import Paper
from assistant.question.authors import authorships


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("Which papers by Okafor study birds?", "Okafor", "Which papers study birds?"),
        ("papers written by Mira Okafor and Jan de Vries on birds", "Mira Okafor", "papers written on birds"),
        ("What did de Vries find?", "de Vries", "What did the authors find?"),
        ("What does Okafor et al. say about song?", "Okafor", "What does the authors say about song?"),
        ("What did Okafor and colleagues show?", "Okafor", "What did the authors show?"),
        ("How fast is Okafor's paper on song?", "Okafor", "How fast is the paper on song?"),
        ("Does Okafor et al. (2019) hold?", "Okafor", "Does the authors hold?"),
    ],
)
def test_a_name_is_an_authors_by_how_the_question_says_it(text: str, name: str, rest: str) -> None:
    found = authorships(text)
    assert found[0].name == name
    assert found[0].rest == rest


@pytest.mark.parametrize(
    "text",
    ["How is it optimised by Adam?", "Which papers propose SAGE?", "What does the BERT model show?", "bird song", ""],
)
def test_other_names_are_not(text: str) -> None:
    assert authorships(text) == []


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for one in authorships(text):
        assert one.name in text


SONG = "Bird song is hard to label. We introduce a network for bird song. It recognises 214 species by their song."
OTHER = "Song of birds is recorded. We propose a transformer for bird song, and it recognises 98 species by their song."


@pytest.fixture
def library(tmp_path: Path) -> public.Assistant:
    opened = public.open_assistant(home=tmp_path)
    opened.ingest_papers([
        Paper("Bird song by prototypes", SONG, authors=("Mira Okafor",), year=2021),
        Paper("Bird song by attention", OTHER, authors=("Jan de Vries",), year=2022),
    ])
    return opened


def test_only_papers_by_the_author_are_answered_from(library: public.Assistant) -> None:
    with library:
        for name, title, count in (("Okafor", "prototypes", "214"), ("de Vries", "attention", "98")):
            answer = library.ask(f"How many species of bird song did {name} and colleagues recognise?")
            assert {title} == {t.title.rsplit(" ", 1)[-1] for t in (*answer.citations, *answer.related)}
            assert count in shown(answer)
            assert any(name in f.detail for f in answer.findings if f.kind == "limit")
        answer = library.ask("Which papers by Okafor study bird song?")
        assert {t.title for t in (*answer.citations, *answer.related)} == {"Bird song by prototypes"}


def test_a_name_that_nobody_here_has_limits_nothing(library: public.Assistant) -> None:
    with library:
        answer = library.ask("What did Oka and colleagues find on bird song?")
        assert not [f for f in answer.findings if f.kind == "limit"]
