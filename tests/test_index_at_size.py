"""A large library: candidates instead of every paper, and caches that grow by what is new."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from word_vectors import WordVectors

from assistant.answering.forms import library as forms
from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.index import Index, products, view
from assistant.index.following import Following
from assistant.index.products import exact, in_bytes, scanned
from assistant.ingest import ingest_papers
from assistant.library import Library
from assistant.papers import Filters, Paper
from assistant.retrieval import ranking, rows, search

THINGS = ["kidney", "graph", "protein", "speech", "malaria", "quantum", "teaching", "retrieval", "whale", "enzyme"]


def paper(n: int) -> Paper:
    chance = random.Random(n)
    a, b, c = chance.sample(THINGS, 3)
    return Paper(
        f"The {a} and the {b} number{n}",
        f"We study {a} with {c}. A {b} was seen in case{n}. {c.title()} may explain it.",
        year=1990 + n % 40, tags=("read",) if n % 3 == 0 else (), authors=(f"Ada Writer{n % 7}",),
    )


class Shelf:
    def __init__(self, home: Path, count: int) -> None:
        self.embedder = WordVectors()
        self.library = Library.open(home)
        self.index = Index.open(home, self.library, self.embedder)
        self.library.add([paper(n) for n in range(count)])
        self.index.update()

    def ids(self, question: str, k: int = 10, **more: object) -> list[str]:
        return [hit.paper_id for hit in search(
            self.library, self.index, self.embedder, question, k=k, **more)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    made = Shelf(tmp_path_factory.mktemp("large"), 400)
    yield made
    made.index.close()
    made.library.close()


@pytest.fixture
def candidates(monkeypatch: pytest.MonkeyPatch, shelf: Shelf) -> None:
    """Every library counts as large, and few papers are looked at closely."""
    monkeypatch.setattr(view, "EXACT_ROWS", 0)
    monkeypatch.setattr(view, "CANDIDATES", 100)
    monkeypatch.setattr(view, "_WORDS_READ", 300)
    monkeypatch.setattr(view, "_SAMPLE", 64)
    shelf.index.close()


QUESTIONS = ["Does a whale explain malaria?", "enzyme and protein in teaching", "quantum graph retrieval", "case77"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_candidates_hold_the_first_ten(shelf: Shelf, candidates: None, question: str) -> None:
    found = shelf.index.view()
    assert not found.exact
    near = ranking(found, shelf.embedder, question, 10)
    found.exact = True
    right = ranking(found, shelf.embedder, question, 10)
    found.exact = False
    assert len(set(near) & set(right)) >= 0.9 * len(right)
    assert near[0] == right[0]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("filters", [
    Filters(year_from=2028), Filters(year_from=2010), Filters(tags=("read",)), Filters(authors=("Writer3",)),
])
def test_a_filter_changes_no_score_of_a_large_library(
    shelf: Shelf, candidates: None, question: str, filters: Filters
) -> None:
    every = {h.paper_id: h.score for h in search(shelf.library, shelf.index, shelf.embedder, question, k=10)}
    passing = set(shelf.library.matching(filters))
    hits = search(shelf.library, shelf.index, shelf.embedder, question, k=10, filters=filters)
    assert hits or question == "case77"
    assert {h.paper_id for h in hits} <= passing
    assert all(abs(every[h.paper_id] - h.score) < 1e-4 for h in hits if h.paper_id in every)
    # What the unlimited list shows of those that pass comes first, in the same order.
    expected = [i for i in every if i in passing][:10]
    assert [h.paper_id for h in hits][: len(expected)] == expected


@pytest.mark.parametrize("question", QUESTIONS[:3])
def test_a_narrow_limit_loses_nothing_where_chroma_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch, shelf: Shelf, candidates: None, question: str
) -> None:
    monkeypatch.setattr(view, "SCANNED_PASSAGES", 0)
    monkeypatch.setattr(view, "CANDIDATES", 16)
    found = shelf.index.view()
    allowed = shelf.index.passing(found, Filters(year_from=2028))
    vector = shelf.embedder.encode([question])[0]
    named, every = found.near(vector), found.near(vector, every=True)
    assert np.count_nonzero(named[allowed]) < np.count_nonzero(every[allowed]) / 2
    right = set(allowed[np.argsort(-every[allowed])][:4].tolist())
    assert right <= set(found.candidates(vector, np.zeros(found.size, np.float32), allowed).tolist())


def test_what_is_added_later_is_scored_as_if_it_had_been_there(tmp_path: Path) -> None:
    grown, whole = Shelf(tmp_path / "grown", 60), Shelf(tmp_path / "whole", 90)
    grown.ids("whale")  # a view is there, and goes on from here
    gone = grown.library.ids()[5]
    for start in range(60, 90, 10):
        grown.library.add([paper(n) for n in range(start, start + 10)])
        grown.ids("whale")
    grown.library.remove([gone])
    whole.library.remove([gone])
    for question in QUESTIONS:
        assert grown.ids(question) == whole.ids(question)
        assert gone not in grown.ids(question, k=100)
    for made in (grown, whole):
        made.index.close()
        made.library.close()


def test_a_tag_given_later_counts_at_once(tmp_path: Path) -> None:
    made = Shelf(tmp_path, 30)
    assert made.ids("whale", filters=Filters(tags=("new",))) == []
    chosen = made.library.ids()[4]
    made.library.update(chosen, tags=["new"])
    assert made.ids("whale kidney protein graph", filters=Filters(tags=("new",))) == [chosen]
    made.index.close()
    made.library.close()


def test_passages_come_before_sentences(tmp_path: Path) -> None:
    library, embedder = Library.open(tmp_path), WordVectors()
    library.add([paper(n) for n in range(200)])
    index = Index.open(tmp_path, library, embedder)
    stages: list[str] = []
    index.update(lambda stage, done, total: stages.append(stage))
    assert stages == sorted(stages, key=["vectors", "sentences"].index)
    assert set(stages) == {"vectors", "sentences"}
    index.close()
    library.close()


def test_stopped_between_two_steps_the_rest_is_done_next_time(tmp_path: Path) -> None:
    library, embedder = Library.open(tmp_path), WordVectors()
    library.add([paper(n) for n in range(200)])
    index = Index.open(tmp_path, library, embedder)
    stop = threading.Event()
    index.update(lambda *_: stop.set(), stop=stop)
    assert library.pending()
    assert paper(150).title in [h.title for h in search(library, index, embedder, "case150", k=20)]
    index.update()
    assert not library.pending()
    assert index.verify() == []
    assert len(embedder.encoded) == len(set(embedder.encoded))
    index.close()
    library.close()


def test_an_index_of_another_layout_is_made_again_without_encoding(tmp_path: Path) -> None:
    made = Shelf(tmp_path, 30)
    made.index.close()
    for first in ("state", "trouble", "update", "view"):
        (folder,) = (tmp_path / "index").glob("build-*")
        with contextlib.closing(sqlite3.connect(folder / "index.db")) as db:
            db.execute("PRAGMA user_version = 1")
        index = Index.open(tmp_path, made.library, made.embedder)
        before = len(made.embedder.encoded)
        asked = getattr(index, first)
        if callable(asked):
            asked()
        assert search(made.library, index, made.embedder, "whale", k=3)
        assert made.embedder.encoded[before:] == ["whale"]
        assert index.verify() == []
        index.close()
    made.library.close()


def test_what_fails_beside_reading_is_raised_where_it_is_waited_for(tmp_path: Path) -> None:
    class Broken(WordVectors):
        def encode(self, texts: object) -> np.ndarray:
            raise RuntimeError("the encoder broke")

    library = Library.open(tmp_path)
    index = Index.open(tmp_path, library, Broken())
    with Following(index, None) as following:
        library.add([paper(1)])
        following.news()
        with pytest.raises(RuntimeError, match="broke"):
            following.finished()
    index.close()
    library.close()


@pytest.mark.parametrize(("question", "phrases", "excluded"), [
    ("whale in malaria", ("whale was seen",), ()), ("whale in malaria", (), ("whale",)),
    ("protein", ("was seen in",), ()),
    ("whale and protein", ("the whale",), ("malaria", "graph")), ("graph", ("studies graph",), ()),
    ("whale", (), ("study",)),
])
def test_rows_of_words_hold_where_few_papers_are_read(
    monkeypatch: pytest.MonkeyPatch, shelf: Shelf, candidates: None, question: str, phrases: tuple[str, ...],
    excluded: tuple[str, ...],
) -> None:
    asked = {"phrases": phrases, "excluded": excluded}
    every = {p.id: p for p in shelf.library.papers()}
    right = shelf.ids(question, **asked)
    monkeypatch.setattr(rows, "READ", 0)
    monkeypatch.setattr(rows, "_BLOCK", 3)
    shelf.index.close()  # what was read is not known any more
    found = shelf.ids(question, **asked)
    for paper_id in found:
        assert all(rows.holds(every[paper_id], phrase.split()) for phrase in phrases)
        assert not any(rows.holds(every[paper_id], [word]) for word in excluded)
    assert len(found) == len(right)
    assert len(set(found) & set(right)) >= 0.7 * len(right)
    assert found[:1] == right[:1]


def test_a_row_that_only_other_forms_of_its_words_make_is_not_found(
    monkeypatch: pytest.MonkeyPatch, shelf: Shelf, candidates: None
) -> None:
    monkeypatch.setattr(rows, "READ", 0)
    assert shelf.ids("whale", phrases=("whales",)) == [], "every paper writes it in the singular"
    assert shelf.ids("whale", excluded=("whales",)) == shelf.ids("whale")
    assert shelf.ids("whale", excluded=("the",)) == [], "every title holds it"


def test_of_many_papers_that_name_a_topic_few_are_read_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch, shelf: Shelf
) -> None:
    chain = Assistant(Settings(), shelf.library, shelf.index, shelf.embedder)
    true = [p for p in shelf.library.papers() if "whale" in f"{p.title} {p.abstract}".lower()]
    whole = chain.ask("How many papers are about whale?").blocks
    assert whole[0].text == f"{len(true)} papers have “whale” in title or abstract."
    monkeypatch.setattr(forms, "READ", 10)
    monkeypatch.setattr(forms, "LISTED", 8)
    some = chain.ask("How many papers are about a whale?").blocks
    assert some[0].text.startswith(f"{len(true)} papers have “whale” or another form")
    listed = [b.text for b in some[1:]]
    assert all("whale" in line for line in listed[:8]), "titles that name it come first"
    assert listed[8].startswith(f"{len(true) - 8} papers more stand")
    since = chain.ask("How many papers since 2020 are about the whale?").blocks
    later = sum((p.year or 0) >= 2020 for p in true)
    assert since[0].text.startswith(f"{later} papers have “whale”")


@pytest.mark.usefixtures("switching")
def test_many_threads_look_into_one_view_and_each_finds_its_own(shelf: Shelf) -> None:
    found = shelf.index.view()
    vectors = shelf.embedder.encode(THINGS)
    right = [found.near(vector) for vector in vectors]

    def work(seed: int) -> None:
        for n in range(300):
            at = (seed + 3 * n) % len(THINGS)
            np.testing.assert_array_equal(found.near(vectors[at]), right[at])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


def test_two_cores_go_through_all_rows_and_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(4)
    small, scales = in_bytes(chance.standard_normal((1003, 384)).astype(np.float32))
    vector = chance.standard_normal(384).astype(np.float32)
    alone = scanned(small, scales, vector)
    monkeypatch.setattr(products, "_BLOCK", 100)
    monkeypatch.setattr(products, "_SHARED", 1)
    for count in (1, 99, 100, 101, 1003):
        np.testing.assert_array_equal(scanned(small[:count], scales[:count], vector), alone[:count])


def test_products_in_bytes_and_halves_are_near_the_true_ones() -> None:
    chance = np.random.default_rng(3)
    rows = chance.standard_normal((300, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    true = rows @ rows[7]
    small, scales = in_bytes(rows)
    assert abs(scanned(small, scales, rows[7]) - true).max() < 0.005
    assert abs(exact(rows.astype(np.float16), rows[7]) - true).max() < 0.0005
    chosen = np.array([5, 9, 200])
    assert exact(rows.astype(np.float16), rows[7], chosen) == pytest.approx(true[chosen], abs=5e-4)
    assert len(scanned(small[:0], scales[:0], rows[7])) == 0


class Stuck(WordVectors):
    """Encodes questions at once, and what is read in when it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if len(texts) > 1:
            assert self.go.wait(60)
        return super().encode(texts)


_ELSEWHERE = """
import sys; from pathlib import Path
from assistant.library import Library; from assistant.index import Index; from assistant.retrieval import search
from word_vectors import WordVectors
home = Path(sys.argv[1]); library = Library.open(home)
print([hit.title for hit in search(library, Index.open(home, library, WordVectors()), WordVectors(), "case77")][0])
"""


def test_papers_are_found_by_words_here_and_elsewhere_while_their_vectors_are_made(tmp_path: Path) -> None:
    library, embedder = Library.open(tmp_path), Stuck()
    index = Index.open(tmp_path, library, embedder)
    done = threading.Event()

    def read_in() -> None:
        ingest_papers((paper(n) for n in range(120)), library, index)
        done.set()

    thread = threading.Thread(target=read_in)
    thread.start()
    try:
        until = time.monotonic() + 30
        while not (here := search(library, index, embedder, "case77", k=1)) and time.monotonic() < until:
            time.sleep(0.01)
        assert here[0].title == paper(77).title
        there = subprocess.run([sys.executable, "-c", _ELSEWHERE, str(tmp_path)], capture_output=True, text=True,
                               check=False, cwd=Path(__file__).parent)
        assert there.stdout.strip() == paper(77).title, there.stderr
        assert not done.is_set()
    finally:
        embedder.go.set()
        thread.join()
    assert not library.waiting()
    assert index.verify() == []
    index.close()
    library.close()
