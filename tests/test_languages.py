"""Questions in other languages: what asks becomes English, names stay, and English is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Paper, open_assistant
from assistant.language.questions import in_english, vocabulary, worded_languages

BOATS = Paper("SAILFIN: Drift of Paper Boats", "We present SAILFIN, a planner of drift. It was tried on 12 ponds.")
MOSS = Paper("Moose in Torfmooren", "Die Moose sind klein. Wie viele Arten es sind, ist nicht bekannt.")


@pytest.mark.parametrize(
    ("text", "english", "language"),
    [
        ("Was ist SAILFIN?", "What is SAILFIN?", "German"),
        ("Wie viele Modelle nutzt SAILFIN?", "How many models use SAILFIN?", "German"),
        ("Qu'est-ce que SAILFIN ?", "What is SAILFIN ?", "French"),
        ("Quels articles traitent de l'alignement ?", "Which papers study of alignement ?", "French"),
        ("¿Cuántos parámetros tiene SAILFIN?", "How many parameters has SAILFIN?", "Spanish"),
        ("Che cos'è SAILFIN?", "What is SAILFIN?", "Italian"),
        ("O que é SAILFIN?", "What is SAILFIN?", "Portuguese"),
        ("Hoeveel modellen heeft SAILFIN?", "How many models has SAILFIN?", "Dutch"),
        ("Что такое SAILFIN?", "what is SAILFIN?", "Russian"),
        ("SAILFIN 是什么？", "what is SAILFIN?", "Chinese"),
        ("SAILFINとは何ですか？", "what is SAILFIN?", "Japanese"),
        ('Was sagt "die Moose sind klein" über Boote?', 'What say "die Moose sind klein" about Boote?', "German"),
    ],
)
def test_what_asks_becomes_english_and_names_stay(text: str, english: str, language: str) -> None:
    worded = in_english(text)
    assert (worded.text, worded.language) == (english, language)


@pytest.mark.parametrize(
    "text",
    ["Was BERT trained on Wikipedia?", "Which papers study de novo design?", "What is El Nino?", "An die Freude",
     "How does Die Hard use van der Waals forces?", "per se rules in la liga", "author:la tag:die -war", ""],
)
def test_english_and_names_are_left_alone(text: str) -> None:
    assert in_english(text) == in_english(text).__class__(text)


PIECES = ["was", "ist", "qué", "的", "是什么", "\"", "l'", "?", "X"]


@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_can_be_read(text: str) -> None:
    worded = in_english(text)
    assert worded.language or worded.text == text


def test_a_question_in_another_language_is_answered_from_what_it_names_and_that_is_said(tmp_path: Path) -> None:
    with open_assistant(home=tmp_path) as assistant:
        assistant.ingest_papers([BOATS, MOSS])
        answer = assistant.ask("Was ist SAILFIN?")
        assert not answer.abstained
        assert answer.citations[0].title == BOATS.title
        (told,) = [f for f in answer.findings if f.kind == "other_language"]
        assert "German" in told.detail
        assert answer.question == "Was ist SAILFIN?"
        answer = assistant.ask("¿En cuántos ordenadores fue entrenado SAILFIN?")
        assert answer.abstained
        assert any("ordenadores" in f.detail for f in answer.findings)
        answer = assistant.ask("Wie schnell können Schiffe auf Teichen mit Segeln fahren?")
        assert answer.abstained
        hits = assistant.search("Welche Arbeiten behandeln SAILFIN?", k=1)
        assert hits[0].title == BOATS.title


@pytest.mark.parametrize("language", worded_languages())
def test_every_word_of_a_table_is_read_in_any_case(language: str) -> None:
    for own in vocabulary(language):
        for written in (own, own.upper(), own.capitalize()):
            in_english(f"{written} SAILFIN?")


def test_what_a_list_is_asked_for_stays_though_no_paper_has_it(tmp_path: Path) -> None:
    with open_assistant(home=tmp_path) as assistant:
        assistant.ingest_papers([BOATS, MOSS])
        assert assistant.ask("Welche Arbeiten untersuchen Wissensdestillation?").abstained
        assert not assistant.ask("Wie groß ist SAILFIN?").error
