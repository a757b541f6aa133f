"""Tokens compared one by one: packed signs that keep what is near near, stored, checked and made again like vectors."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant import open_assistant, retrieval, sample
from assistant.config import Settings
from assistant.embeddings import TokenEmbedder, open_embedder, showing_tokens, tokens
from assistant.embeddings.batches import Batches
from assistant.index import Index
from assistant.index.products import of_signs
from assistant.library import Library
from assistant.papers import Filters, Paper

DOGS = Paper(title="On dogs", abstract="Dogs bark at night. The puppy of our study slept.")
CATS = Paper(title="On cats", abstract="Cats sleep all day. The kitten of our study purred.")
STOCKS = Paper(title="On markets", abstract="Stocks fell in autumn. The market of our study shrank.")
ONLY_MARKS = Paper(title="?!", abstract="")


class Shelf:
    def __init__(self, home: Path, papers: list[Paper], embedder: TokenEmbedder) -> None:
        self.embedder = embedder
        self.library = Library.open(home)
        self.index = Index.open(home, self.library, embedder)
        self.library.add(papers)
        self.index.update()

    def nearness(self, question: str) -> dict[str, float]:
        """Of each paper, by title, how near it comes to the question token by token."""
        view, asked = self.index.view(), self.embedder.asked(question)
        every = view.living()
        near = view.by_tokens(asked.rows, np.ones(len(asked.words)), self.embedder.encode([question])[0], every)
        titles = {paper.id: paper.title for paper in self.library.papers(view.names(every))}
        return {titles[name]: float(value) for name, value in zip(view.names(every), near, strict=True)}

    def close(self) -> None:
        self.index.close()
        self.library.close()


@pytest.fixture(scope="module")
def embedder() -> TokenEmbedder:
    found = showing_tokens(open_embedder(Settings(encoder="plain")))
    assert found is not None
    return found


@pytest.fixture
def shelf(tmp_path: Path, embedder: TokenEmbedder) -> Iterator[Shelf]:
    made = Shelf(tmp_path, [DOGS, CATS, STOCKS, ONLY_MARKS], embedder)
    yield made
    made.close()


# --------------------------------------------------------------------------- packing


@pytest.mark.parametrize("width", [384, 768, 40, 6])
def test_signs_tell_about_how_near_two_rows_are(width: int) -> None:
    rng = np.random.default_rng(7)
    asked = rng.standard_normal((5, width)).astype(np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    rows = np.concatenate([asked + rng.standard_normal((5, width)) * s / np.sqrt(width) for s in (0, 0.3, 1, 3)])
    rows = rows.astype(np.float32) * 17  # of whatever length
    right = rows @ asked.T / np.linalg.norm(rows, axis=1, keepdims=True)
    packed = tokens.packed(rows)
    assert packed.shape == (20, -(-width // 8))
    found = of_signs(packed, np.arange(len(packed)), tokens.turned(asked))
    if width >= 40:
        assert abs(found - right).mean() < 1 / np.sqrt(width)
        assert np.corrcoef(found.ravel(), right.ravel())[0, 1] > 0.8
    np.testing.assert_allclose(np.linalg.norm(tokens.turned(asked), axis=1), 1, atol=1e-5)


def test_what_one_machine_packed_another_reads() -> None:
    rows = (np.arange(8 * 384) * 7919 % 1009 - 504).reshape(8, 384).astype(np.float32)  # whole numbers: no rounding
    assert hashlib.sha256(tokens.packed(rows).tobytes()).hexdigest()[:16] == "f638c3a6d8c5b663"


def test_marks_and_stop_words_are_stored_only_where_there_is_nothing_else() -> None:
    vocabulary = {"[CLS]": 0, "<s>": 1, "the": 2, "▁the": 3, "Ġof": 4, ".": 5, "##ing": 6, "##a": 7, "dog": 8, "": 9}
    worth = tokens.counting(vocabulary)
    assert worth.tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2, 0]
    assert tokens.kept(worth, [0, 2, 8, 6, 5, 0]).tolist() == [2, 3]
    assert tokens.kept(worth, [0, 2, 5, 0]).tolist() == [1, 2]
    assert tokens.kept(worth, [0, 1]).tolist() == []


# --------------------------------------------------------------------------- the encoder's


def test_each_token_of_a_question_is_of_one_of_its_words(embedder: TokenEmbedder) -> None:
    found = embedder.asked("Do naïve hyperparameters, (re)tuned, matter?")
    assert list(dict.fromkeys(found.words)) == ["Do", "naïve", "hyperparameters", "re", "tuned", "matter"]
    assert found.rows.shape == (len(found.words), embedder.dimension)
    np.testing.assert_allclose(np.linalg.norm(found.rows, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize(
    "question", ["", "?!", "\ud800", "\x00", "מה זה כלב", "a" * 100_000, "dog " * 30_000, "🐕" * 50]
)
def test_any_string_has_tokens_or_none(embedder: TokenEmbedder, question: str) -> None:
    found = embedder.asked(question)
    assert len(found.rows) == len(found.words) <= tokens.MOST_ASKED
    assert np.isfinite(found.rows).all()


def test_texts_have_the_same_tokens_and_vectors_whoever_stands_beside_them(embedder: TokenEmbedder) -> None:
    texts = [f"{p.title}. {p.abstract}" for p in sample.papers()[:9]]
    vectors, codes = embedder.coded(texts)
    np.testing.assert_allclose(vectors, embedder.encode(texts), atol=1e-6)
    width = embedder.dimension // 8
    fresh = showing_tokens(open_embedder(Settings(encoder="plain", encoder_threads=1)))
    assert fresh is not None
    for text, code in zip(texts, codes, strict=True):
        (_, (alone,)) = fresh.coded([text])
        assert len(code) == len(alone) > 10 * width
        differing = np.unpackbits(np.frombuffer(code, np.uint8) ^ np.frombuffer(alone, np.uint8)).mean()
        assert differing < 0.02, "rounding alone parts them"


# --------------------------------------------------------------------------- in the library


def test_papers_are_nearer_whose_words_mean_what_is_asked(shelf: Shelf) -> None:
    near = shelf.nearness("hound")
    assert near["On dogs"] > near["On cats"] > near["On markets"] > 0
    assert shelf.nearness("dogs bark at night")["On dogs"] > 0.75
    assert set(shelf.nearness("?!").values()) == {0.0}


def test_a_search_weighs_them_and_a_filter_leaves_the_order(tmp_path: Path, embedder: TokenEmbedder) -> None:
    shelf = Shelf(tmp_path, list(sample.papers()), embedder)
    moved = 0
    for question in ("retrieval for language models", "graph of protein in mice", "how are answers evaluated"):
        view = shelf.index.view()
        without = retrieval.ranking(view, embedder, question, 40, retrieval.Recipe(tokens=0.0))
        everything = [h.paper_id for h in retrieval.search(shelf.library, shelf.index, embedder, question, k=50)]
        moved += without != everything
        for passing in (everything[::2], everything[5:], everything[3:12]):
            filters = Filters(paper_ids=tuple(passing))
            found = retrieval.search(shelf.library, shelf.index, embedder, question, k=50, filters=filters)
            assert [hit.paper_id for hit in found] == passing
            assert all(0 < hit.score <= 1 and 0 <= (hit.dense_share or 0) <= 1 for hit in found)
    assert moved
    shelf.close()


def test_a_query_that_is_read_and_searched_is_encoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []
    own = Batches.encoded
    monkeypatch.setattr(Batches, "encoded", lambda self, coded, **how: (
        encoded.append(len(coded)), own(self, coded, **how))[1])
    with open_assistant(settings=Settings(home=tmp_path, encoder="plain")) as assistant:
        assistant.ingest_papers([DOGS, CATS, STOCKS])
        encoded.clear()
        hits, _ = assistant.find("which puppy slept at noon", k=1)
        assert hits[0].title == DOGS.title
    assert encoded == [1]


def test_damaged_tokens_are_told_and_made_again_without_encoding(shelf: Shelf) -> None:
    before = shelf.nearness("puppy")
    assert shelf.index.verify() == []
    (file,) = (shelf.index._folder).glob("build-*/tokens")
    whole = file.read_bytes()
    file.write_bytes(bytes([whole[0] ^ 0xFF]) + whole[1:])
    (told,) = shelf.index.verify()
    assert told.endswith("has tokens in the copy that are not those of its text.")
    assert shelf.index.rebuild() == 0
    assert shelf.index.verify() == []
    assert shelf.nearness("puppy") == before


def test_a_library_from_before_gets_its_tokens(shelf: Shelf, tmp_path: Path) -> None:
    before = shelf.nearness("puppy")
    shelf.close()
    library = Library.open(tmp_path)
    with library._store.write() as db:
        db.execute("DELETE FROM vectors WHERE fingerprint LIKE '%+tokens%'")
    library.close()
    shutil.rmtree(tmp_path / "index")
    again = Shelf(tmp_path, [], shelf.embedder)
    assert again.nearness("puppy") == pytest.approx(before, abs=0.05)
    assert again.index.verify() == []
    again.close()


def test_what_is_removed_leaves_no_token(shelf: Shelf, tmp_path: Path) -> None:
    (gone,) = (i for i in shelf.library.ids() if shelf.library.paper(i).title == "On dogs")
    _, (code,) = shelf.embedder.coded([f"{DOGS.title}. {DOGS.abstract}"])
    holding = [f for f in tmp_path.rglob("*") if f.is_file() and code[:48] in f.read_bytes()]
    assert {f.name for f in holding} >= {"tokens"}
    assert shelf.library.remove([gone]) == 1
    shelf.index.clear()
    shelf.close()
    assert not [f for f in tmp_path.rglob("*") if f.is_file() and code[:48] in f.read_bytes()]
