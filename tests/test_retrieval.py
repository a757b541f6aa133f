"""Search: exact filters that reorder nothing, reasons that add up, and no string that breaks it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from word_vectors import WordTokens

from assistant import open_assistant, retrieval
from assistant.errors import PaperNotFound, UsageError
from assistant.index import Index
from assistant.library import Library
from assistant.papers import Appearance, Filters, Hit, Paper
from assistant.retrieval import related, search

SUBJECTS = ["kidney", "language", "graph", "protein", "causal", "speech", "retrieval", "malaria", "quantum", "teaching"]
SAYINGS = ["grows with age", "is hard to measure", "was found in mice", "beats the baseline", "needs more data"]


def paper(i: int) -> Paper:
    rng = random.Random(i)
    a, b = rng.sample(SUBJECTS, 2)
    said = " ".join(f"The {rng.choice([a, b])} model {rng.choice(SAYINGS)}." for _ in range(4))
    return Paper(
        title=f"{a.title()} and {b} number{i}", abstract=f"{said} We report case{i}.",
        year=rng.choice([None, *range(2005, 2025)]),
        authors=(rng.choice(["Ada Lovelace", "Grace Hopper", "Kurt Gödel"]),),
        tags=tuple(rng.sample(["read", "later", "key"], rng.randint(0, 2))),
        appearances=(Appearance(rng.choice(["refs.bib", "page.txt", "zotero.ris"]), i + 1),),
    )


class Shelf:
    def __init__(self, home: Path) -> None:
        self.embedder = WordTokens()
        self.library = Library.open(home)
        self.index = Index.open(home, self.library, self.embedder)
        self.library.add([paper(i) for i in range(150)])
        self.index.update()

    def search(self, question: str, k: int = 10, **more: object) -> list[Hit]:
        return search(self.library, self.index, self.embedder, question, k=k, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    made = Shelf(tmp_path_factory.mktemp("shelf"))
    yield made
    made.index.close()
    made.library.close()


def test_the_paper_that_says_it_comes_first(shelf: Shelf) -> None:
    hits = shelf.search("what does case77 report")
    assert hits[0].title.endswith("number77")
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert 0 < hits[-1].score <= hits[0].score <= 1


def test_the_snippet_is_the_papers_own_words(shelf: Shelf) -> None:
    for hit in shelf.search("protein model found in mice"):
        assert hit.passage is not None
        whole = shelf.library.paper(hit.paper_id).text(hit.passage.field, hit.passage.page)
        assert whole[hit.passage.start : hit.passage.end] == hit.snippet == hit.passage.text


def test_the_reasons_add_up(shelf: Shelf) -> None:
    question = "Which malaria models need more data?"
    for hit in shelf.search(question):
        assert sum(term.share for term in hit.terms) + hit.dense_share == pytest.approx(1, abs=1e-3)
        assert set(hit.matched) <= set(question.replace("?", "").split())
        assert "Which" not in hit.matched
        text = (hit.title + shelf.library.paper(hit.paper_id).abstract).lower()
        assert all(word.lower().rstrip("s") in text for word in hit.matched)


def some_filters(rng: random.Random, ids: list[str]) -> Filters:
    return Filters(
        year_from=rng.choice([None, 2008, 2015, 2024, 2030]), year_to=rng.choice([None, 2004, 2012, 2020]),
        authors=tuple(rng.sample(["hopper", "godel", "Ada Lovelace", "Nobody"], rng.choice([0, 0, 1, 2]))),
        sources=tuple(rng.sample(["refs.bib", "page", "zotero.ris"], rng.choice([0, 0, 1]))),
        tags=tuple(rng.sample(["READ", "later", "key"], rng.choice([0, 0, 1, 2]))),
        paper_ids=tuple(rng.sample(ids, 20)) if rng.random() < 0.15 else (),
    )


def filtered_searches_are_exact(shelf: Shelf, count: int) -> None:
    rng = random.Random(7)
    ids = shelf.library.ids()
    everything = {p.id: p for p in shelf.library.papers()}
    wordings = range(max(1, count // 20))
    questions = [f"{rng.choice(SUBJECTS)} {rng.choice(SAYINGS)} {rng.choice(SUBJECTS)}" for _ in wordings]
    complete = {q: [(h.paper_id, h.score) for h in shelf.search(q, k=len(ids))] for q in questions}
    for _ in range(count):
        question, filters, k = rng.choice(questions), some_filters(rng, ids), rng.choice([1, 5, 10, 150])
        found = [(h.paper_id, h.score) for h in shelf.search(question, k=k, filters=filters)]
        expected = [(p, s) for p, s in complete[question] if filters.allows(everything[p])][:k]
        assert [p for p, _ in found] == [p for p, _ in expected]
        assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=1e-6)


def test_filters_are_exact_and_reorder_nothing(shelf: Shelf) -> None:
    filtered_searches_are_exact(shelf, 150)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_filters_are_exact_and_reorder_nothing_10000_times(shelf: Shelf) -> None:
    filtered_searches_are_exact(shelf, 10_000)


def test_phrases_and_exclusions_hold_word_for_word(shelf: Shelf) -> None:
    def text(hit: Hit) -> str:
        return (hit.title + ". " + shelf.library.paper(hit.paper_id).abstract).lower()

    hits = shelf.search("mice", k=150, phrases=["was found in mice"])
    assert hits
    assert all("was found in mice" in text(hit) for hit in hits)
    assert len(hits) == sum("was found in mice" in (p.title + p.abstract).lower() for p in shelf.library.papers())
    without = shelf.search("protein", k=150, excluded=["mice", "needs more"])
    assert without
    assert not any("mice" in text(hit) or "needs more" in text(hit) for hit in without)
    assert shelf.search("protein", phrases=["was finding in mice"]) == []
    both = shelf.search("anything", k=150, phrases=["kidney"], excluded=["kidney"])
    assert both == []


def test_equal_papers_keep_the_librarys_order(tmp_path: Path) -> None:
    embedder = WordTokens()
    with Library.open(tmp_path) as library:
        index = Index.open(tmp_path, library, embedder)
        same = Paper(title="The same words", abstract="And the same text.")
        library.add([replace(same, doi=f"10.1000/{i}") for i in (3, 1, 2, 9, 5)])
        hits = search(library, index, embedder, "same words", k=5)
        assert [hit.paper_id for hit in hits] == library.ids()
        assert len({hit.score for hit in hits}) == 1
        index.close()


SIGNS = '"()[]{}:-+*/\\^~?!&|<>=@#$% AND OR NOT author: year:2019..2022 a1\x00\x07\n\t\u202e\u200f'
PIECES = ["kidney", '"', "-", "author:", "year:..", "🙂", "مرحبا", "汉字", "\ud800", "NEAR/3", "*"]
ODD = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=SIGNS, max_size=120),
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.integers(1, 100_000).map(lambda n: "retrieval " * (n // 10)),
)


def any_string_is_a_query(shelf: Shelf, text: str) -> None:
    for hit in shelf.search(text, k=3):
        assert 0 < hit.score <= 1 + 1e-6


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=ODD)
def test_any_string_is_a_query(shelf: Shelf, text: str) -> None:
    any_string_is_a_query(shelf, text)
    shelf.search("kidney", phrases=[text[:50]], excluded=[text[50:60]])


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=ODD)
def test_any_string_is_a_query_20000_times(shelf: Shelf, text: str) -> None:
    any_string_is_a_query(shelf, text)


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_question_gives_nothing(shelf: Shelf, text: str) -> None:
    assert shelf.search(text) == []


def test_k_below_one_is_refused(shelf: Shelf) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        shelf.search("kidney", k=0)


def test_more_like_this(shelf: Shelf) -> None:
    one = shelf.library.papers()[0]
    found = related(shelf.library, shelf.index, one.id, k=5)
    assert len(found) == 5
    assert one.id not in [name for name, _ in found]
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    subjects = {word for word in SUBJECTS if word in one.title.lower()}
    assert any(word in shelf.library.paper(found[0][0]).title.lower() for word in subjects)
    with pytest.raises(PaperNotFound):
        related(shelf.library, shelf.index, "doi:10.1/none", k=5)


def test_a_question_of_several_sentences_is_read_whole_and_in_parts(shelf: Shelf) -> None:
    whole, parts = "Kidney disease. Graph retrieval of passages.", ["Kidney disease.", "Graph retrieval of passages."]
    vector = retrieval.question_vector(shelf.embedder, whole)
    assert vector @ vector == pytest.approx(1, abs=1e-5)
    for part in shelf.embedder.encode(parts):
        assert vector @ part > 0.4


def test_a_langchain_retriever(shelf: Shelf) -> None:
    retriever = retrieval.langchain_retriever(lambda question: shelf.search(question, k=2), shelf.library.paper)
    documents = retriever.invoke("case77 about a speech model")
    assert len(documents) == 2
    assert documents[0].metadata.keys() == {"paper_id", "title", "year", "url", "score"}
    assert documents[0].metadata["title"].endswith("number77")
    assert "case77" in documents[0].page_content


def test_a_paper_that_holds_the_one_word_asked_for_comes_before_those_that_do_not(tmp_path: Path) -> None:
    named = Paper("WOUAF: Weight Modulation for User Attribution", "Models are tied to users.")
    others = [Paper(title) for title in ("Wiskunde", "Entwurf…", "JabRef", "Longshot", "Wolf", "Waffle", "Ouaf")]
    with open_assistant(home=tmp_path) as assistant:
        assistant.ingest_papers([*others, named])
        hits = assistant.search("WOUAF", k=9)
        assert hits[0].title == named.title
        assert [h.rank for h in hits] == list(range(1, len(hits) + 1))
        kept = Filters(paper_ids=tuple(h.paper_id for h in hits[1:6]))
        assert [h.paper_id for h in assistant.search("WOUAF", k=9, filters=kept)] == [h.paper_id for h in hits[1:6]]


def test_what_holds_the_one_word_stays_ahead_however_near_the_others_lie() -> None:
    import numpy as np

    from assistant.retrieval.scoring import _after_its_holders as after

    words, vectors = np.array([0.4, 0.0, 0.0, 0.3]), np.array([0.1, 0.9, 0.6, 0.0])
    found = words + after(words, vectors, np.ones(4, bool))
    assert np.argsort(-found).tolist() == [0, 3, 1, 2]
    # Nothing is moved where no paper holds it, and none that only passes a limit moves another.
    assert after(np.zeros(4), vectors, np.ones(4, bool)).tolist() == vectors.tolist()
    leading = np.array([True, True, True, False])
    assert after(words, vectors, leading)[1] == after(words[:3], vectors[:3], leading[:3])[1]
