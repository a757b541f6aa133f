"""Questions over several things: what each asks about, and papers on all of them among the first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from word_vectors import WordVectors

from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.index import Index
from assistant.library import Library
from assistant.papers import Filters, Paper, Retrieved
from assistant.queries.aspects import MOST, aspects_of


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Compare dense retrieval and BM25 for question answering",
         ("dense retrieval question answering", "BM25 question answering")),
        ("how do A, B and C differ", ("A", "B", "C")),
        ("How do VAEs, GANs and diffusion models differ?", ("VAEs", "GANs", "diffusion models")),
        ("BERT vs. GPT vs T5", ("BERT", "GPT", "T5")),
        ("What do topic models and word embeddings have in common?", ("topic models", "word embeddings")),
        ("What is machine unlearning and how do sparse autoencoders work?",
         ("machine unlearning", "how do sparse autoencoders work")),
        ("What is dense retrieval? And what is causal inference?", ("dense retrieval", "causal inference")),
        ("papers on machine unlearning and also on sparse autoencoders",
         ("machine unlearning", "sparse autoencoders")),
        ("protein folding as well as speech recognition", ("protein folding", "speech recognition")),
        ("I need papers about protein folding and about speech recognition",
         ("protein folding", "speech recognition")),
    ],
)
def test_a_question_over_several_things_is_taken_apart(question: str, found: tuple[str, ...]) -> None:
    assert aspects_of(question) == found


@pytest.mark.parametrize(
    "question",
    [
        "", "?", "compare", "vs", "and also", "What is machine unlearning?", "hallucination detection and mitigation",
        # Later parts that ask more of the same paper.
        "Which tool draws treemaps, and which layout did they like less?",
        "How does attention work and why is it useful?",
        "Does mood forecast cases, and by how much is the error lower?",
        "Who wrote BERT and when was the paper published?",
        # One thing that does both.
        "Which method offers short codes and also tells senses apart?",
        "The cells were compared with controls and patients under stress.", "word " * 200 + "vs other",
    ],
)
def test_one_question_stays_whole(question: str) -> None:
    assert aspects_of(question) == ()


@given(st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(["compare", "A", "B", ",", "and", "also", "vs", "?", "what is", "how", "on", "it", "cells",
                              "differ", "between", ";", "as well as"]), max_size=30).map(" ".join),
))
def test_whatever_is_asked_the_aspects_are_some_or_none(text: str) -> None:
    found = aspects_of(text)
    assert len(found) != 1
    assert len(found) <= MOST
    assert all(any(c.isalnum() for c in part) for part in found)


# --------------------------------------------------------------------------- searching by them

KIDNEYS = [Paper(f"Kidney stones {i}", f"Kidney stones and kidney pain, kidney case{i}.", year=2000 + i,
                 doi=f"10.5555/k{i}") for i in range(12)]
OTHERS = [
    Paper("Malaria vaccine", "A vaccine of malaria.", year=2005, doi="10.5555/m"),
    Paper("Quantum teaching", "Teaching of quantum things.", year=2006, doi="10.5555/q"),
    Paper("Roses", "Roses are red.", year=2007, doi="10.5555/r"),
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("shelf")
    embedder, library = WordVectors(), Library.open(home)
    made = Assistant(Settings(home=home), library, Index.open(home, library, embedder), embedder)
    made.ingest_papers([*KIDNEYS, *OTHERS])
    yield made
    made.close()


def test_the_first_papers_cover_every_aspect(shelf: Assistant) -> None:
    hits, asked = shelf.find("How do kidney stones, malaria vaccine and quantum teaching differ?", 4)
    assert asked.aspects == ("kidney stones", "malaria vaccine", "quantum teaching")
    assert asked.to_dict()["aspects"] == list(asked.aspects)
    assert {h.title.split()[0] for h in hits} == {"Kidney", "Malaria", "Quantum"}
    for_part = {h.title.split()[0]: h.aspect for h in hits}
    assert for_part["Quantum"] == "quantum teaching"
    assert for_part["Malaria"] in ("", "malaria vaccine"), "it may fit the whole as well"
    assert hits[0].to_dict()["aspect"] == hits[0].aspect
    plain = shelf.search("How do kidney stones, malaria vaccine and quantum teaching differ?", 4, literal=True)
    assert all(h.aspect == "" for h in plain)


def test_aspects_keep_what_holds_for_any_search(shelf: Assistant) -> None:
    question = "What is a malaria vaccine and how do kidney stones form?"
    everything = shelf.search(question, 100)
    assert [h.score for h in everything] == sorted((h.score for h in everything), reverse=True)
    assert all(0 < h.score <= 1 for h in everything)
    for hit in everything:
        assert sum(t.share for t in hit.terms) + hit.dense_share == pytest.approx(1, abs=1e-3)
    for low in (2003, 2005, 2006, 2010):
        passing = shelf.search(question, 100, Filters(year_from=low))
        expected = [(h.paper_id, h.score) for h in everything if (h.year or 0) >= low]
        assert [h.paper_id for h in passing] == [i for i, _ in expected]
        assert [h.score for h in passing] == pytest.approx([s for _, s in expected], abs=1e-6)


def test_an_answer_looks_at_papers_of_every_aspect(shelf: Assistant) -> None:
    events = list(shelf.stream("What is a vaccine of malaria? What is the teaching of quantum things?"))
    assert isinstance(events[0], Retrieved)
    assert {hit.title for hit in events[0].hits[:3]} >= {"Malaria vaccine", "Quantum teaching"}
