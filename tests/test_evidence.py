"""Sentences compete by one score: where they stand, which words they hold, what they are, and what nothing holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from terns import PAPERS, shelf
from word_vectors import WordVectors

from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.evidence import (
    DECISION_FEATURES,
    NEXT_FEATURES,
    PAPER_FEATURES,
    SENTENCE_FEATURES,
    SEVERAL_FEATURES,
    Gathered,
    Matches,
    PaperMatch,
    answer_quantity,
    answer_type_score,
    candidates,
    decision_features,
    gather,
    missing_terms,
    next_features,
    paper_features,
    sentence_features,
    several_features,
)
from assistant.evidence.features import cohesion
from assistant.index import Index
from assistant.library import Library
from assistant.models import values
from assistant.papers import Page, Paper
from assistant.question import parse
from assistant.retrieval.interaction import cover_by_words, plain_cover
from assistant.text import terms

TEXTS = st.text(max_size=200) | st.lists(
    st.sampled_from(["Terns fly.", "It rose by 14%.", "e.g. 3.5", "\n\n", "(n = 12)", "Nothing was seen!", "鸟。"]),
    max_size=12,
).map(" ".join)
QUIET = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with shelf(tmp_path_factory.mktemp("shelf")) as made:
        yield made


def evidence(assistant: Assistant, question: str) -> Gathered:
    """What the library has on a question."""
    return assistant._answering.material(assistant._answering.plan(question)).gathered


# --------------------------------------------------------------------------- where sentences stand


@given(TEXTS, st.lists(TEXTS, max_size=3), TEXTS)
def test_a_candidate_is_the_papers_own_words_at_its_place(abstract: str, pages: list[str], question: str) -> None:
    paper = Paper("A title", abstract, pages=tuple(Page(n, text) for n, text in enumerate(pages, 1)))
    found = candidates(paper, question)
    assert found
    for one in found:
        assert paper.text(one.field, one.page)[one.start : one.end] == one.text
        assert 0 <= one.place <= 1
    assert len({(c.field, c.page, c.start) for c in found}) == len(found)


def test_every_sentence_of_an_abstract_competes_and_a_lone_title_does() -> None:
    assert next(c.text for c in candidates(PAPERS[0], "terns")) == "Terns leave when people come near."
    assert len(candidates(PAPERS[0], "terns")) == 4
    assert [(c.field, c.text) for c in candidates(Paper("Alone"), "x")] == [("title", "Alone")]


def test_of_many_pages_the_sentence_with_the_questions_words_competes() -> None:
    dull = " ".join(f"Nothing was seen on day {n} of the voyage." for n in range(200))
    pages = [Page(n, f"{dull} The keel was of larch wood." if n == 40 else dull) for n in range(1, 60)]
    found = candidates(Paper("A voyage", pages=tuple(pages)), "Of which wood was the keel?")
    assert ("The keel was of larch wood.", 40) in [(c.text, c.page) for c in found]
    assert len(found) < 80


# --------------------------------------------------------------------------- which words they hold


@pytest.mark.parametrize(
    ("question", "word", "sentence"),
    [
        ("What did 300 spraints show of otters?", "spraint", "We read 300 spraints from six streams."),
        ("What did wind do to the pictures?", "wind", "Strong wind blurred a fifth of the pictures."),
        ("Who slept longer?", "longer", "They slept half an hour longer."),
    ],
)
def test_the_sentence_that_has_a_word_comes_nearest_to_it(
    assistant: Assistant, question: str, word: str, sentence: str
) -> None:
    found = evidence(assistant, question).matches
    column = next(k for k, w in enumerate(found.words) if w.lower().startswith(word))
    rows = {c.text: float(one.matches[k + 1][column]) for one in found.papers for k, c in enumerate(one.sentences)}
    assert max(rows, key=lambda text: rows[text]) == sentence
    assert rows[sentence] > sorted(rows.values())[-2]


def test_an_embedder_without_tokens_tells_held_words_from_others(tmp_path: Path) -> None:
    embedder = WordVectors()
    library = Library.open(tmp_path)
    with Assistant(Settings(home=tmp_path), library, Index.open(tmp_path, library, embedder), embedder) as made:
        made.ingest_papers(PAPERS)
        found = evidence(made, "What did spraints show?").matches
    column = found.words.index("spraints")
    held = [c.text for one in found.papers for k, c in enumerate(one.sentences) if one.matches[k + 1][column] > 0.5]
    assert held == ["We read 300 spraints from six streams."]


# --------------------------------------------------------------------------- as numbers


def finite(gathered: Gathered) -> None:
    """Every feature is a number, and every chance one between 0 and 1."""
    found, chances = gathered.matches, gathered.chances
    members = [p.member for p in gathered.papers]
    tables = [
        (SENTENCE_FEATURES, sentence_features(found)[1]),
        (PAPER_FEATURES, paper_features(found, chances)), (DECISION_FEATURES, [decision_features(found, chances)]),
        (SEVERAL_FEATURES, [several_features(found, chances, members)]),
    ]
    best = gathered.sentences
    if len(best) > 1:
        tables.append((NEXT_FEATURES, [next_features(gathered, best[:1], one) for one in best[1:4]]))
    for names, rows in tables:
        for row in rows:
            assert len(row) == len(names)
            assert np.isfinite(row).all(), [n for n, v in zip(names, row, strict=True) if not np.isfinite(v)]
    assert all(0 <= s.chance <= 1 for s in best)
    assert all(0 <= m <= 1 for m in members)


@QUIET
@given(st.text(max_size=300) | TEXTS)
def test_any_question_has_numbers(assistant: Assistant, question: str) -> None:
    if question.strip():
        finite(evidence(assistant, question))


@QUIET
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3), TEXTS, st.integers(0, 2**31))
def test_any_paper_has_numbers(papers: list[tuple[str, str]], question: str, seed: int) -> None:
    chance = np.random.default_rng(seed)
    words = tuple(question.split()[:8])
    matched = []
    for n, (title, abstract) in enumerate(papers):
        paper = Paper(f"{n} {title}", abstract)
        own = candidates(paper, question)
        matched.append(PaperMatch(paper, float(chance.random()), tuple(own), 0.2, chance.uniform(-1, 1, len(own)),
                                  chance.uniform(-0.2, 1, (len(own) + 1, len(words))),
                                  chance.uniform(-20, 20, len(own)), chance.uniform(-20, 20, (2, len(own))),
                                  chance.uniform(-0.2, 1, (len(own) + 1, len(words))),
                                  chance.uniform(-1, 1, 4) * (n % 2)))
    found = Matches(parse(question), words, chance.random(len(words)), (True,) * len(words), tuple(matched),
                    cover_by_words(chance.random(len(words))))
    finite(gather(found))


def test_the_columns_of_a_fitted_decision_are_those_computed() -> None:
    for name, features in (
        ("sentence", SENTENCE_FEATURES), ("member", PAPER_FEATURES), ("answer", DECISION_FEATURES),
        ("answerable", DECISION_FEATURES), ("several", SEVERAL_FEATURES), ("next_sentence", NEXT_FEATURES),
    ):
        assert tuple(values(name)["features"]) == features, name


def test_no_paper_no_evidence() -> None:
    gathered = gather(Matches(parse("What?"), (), np.zeros(0), (), (), plain_cover()))
    assert (gathered.papers, gathered.sentences) == ((), [])
    assert missing_terms(gathered.matches) == ()


# --------------------------------------------------------------------------- the kind of answer


@pytest.mark.parametrize(
    ("question", "holding", "without", "value"),
    [
        ("How many species does it tell apart?", "It tells 214 species apart.", "It tells species apart.", "214"),
        ("How many boats were tested?", "In 2019 nine boats were tested.", "Boats were tested in 2019.", "nine"),
        ("By what percentage did nests fall?", "Nests fell by 37%.", "Nests fell on 37 roads.", "37%"),
        ("What share of nests failed?", "Of the nests 75%-95% failed.", "Many of the nests failed.", "75%-95%"),
        ("By how much do the odds rise?", "The odds rise by 19% (P = 6.93 × 10(-10)).", "The odds rise.", "19%"),
        ("How many terns drown?", "Each year 5 to 10 terns drown.", "Each year terns drown.", "5 to 10"),
        ("How many times faster is it?", "It is 12 times faster.", "It is faster than before.", "12 times"),
        ("When was the dam built?", "The dam was built in March 1911.", "The dam was built of stone.", ""),
    ],
)
def test_a_sentence_that_holds_the_kind_of_answer_is_worth_more(
    question: str, holding: str, without: str, value: str
) -> None:
    part = parse(question).parts[0]
    assert answer_type_score(part, holding) > answer_type_score(part, without)
    found = answer_quantity(part, holding) if value else None
    assert (found.text if found else "") == value


def test_a_count_stands_by_the_noun_that_is_counted() -> None:
    part = parse("How many islands were visited?").parts[0]
    sentence = "It counted 410 terns on nine islands."
    found = answer_quantity(part, sentence)
    assert found is not None
    assert found.text == "nine"
    other = "It counted 410 terns by means of the lamp that they had brought along for it to the islands."
    assert answer_type_score(part, sentence) > answer_type_score(part, other)


def test_a_paper_s_own_short_form_is_the_noun() -> None:
    part = parse("How many convolutional filters are left?").parts[0]
    short = {"CF": "convolutional filters"}
    assert answer_type_score(part, "Only 12 CFs are left.", short) > answer_type_score(part, "Only 12 CFs are left.")


# --------------------------------------------------------------------------- what nothing holds

HELD = sorted({word.strip(".,").lower() for p in PAPERS for word in f"{p.title} {p.abstract}".split()})


@QUIET
@given(st.lists(st.sampled_from([*HELD, "zorbit", "Quagga-7", "GLIMFAX", "nine"]), min_size=1, max_size=12))
def test_what_is_missing_is_in_no_paper_found(assistant: Assistant, some: list[str]) -> None:
    gathered = evidence(assistant, f"What is known of {' '.join(some)}?")
    held = {term for p in gathered.papers for term in terms(f"{p.paper.title} {p.paper.abstract}")}
    for word in missing_terms(gathered.matches):
        assert not set(terms(word)) <= held, word


def test_a_name_that_no_paper_has_is_missing_once_and_words_that_ask_never_are(assistant: Assistant) -> None:
    question = "How much does GLIMFAX-2 present of terns, and why does GLIMFAX-2?"
    missing = missing_terms(evidence(assistant, question).matches)
    assert missing == ("GLIMFAX-2",)


def test_a_paper_unlike_the_others_that_may_answer_fits_a_list_less() -> None:
    vectors = np.array([[1, 0.1, 0], [1, -0.1, 0.1], [0.9, 0, 0.2], [0, 1, 0]], np.float32)
    alike = cohesion(vectors, np.array([0.9, 0.8, 0.4, 0.5]))
    assert alike.argmin() == 3
    told = cohesion(vectors, np.array([0.1, 0.1, 0.1, 0.9]))
    assert (told[:3] < alike[:3]).all(), "those likelier to answer count more"
    assert cohesion(vectors[:1], np.array([0.9])).tolist() == [0.0]
    assert np.isfinite(cohesion(np.zeros((3, 4), np.float32), np.zeros(3))).all()
