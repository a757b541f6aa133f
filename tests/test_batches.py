"""Batches: each text gets its own vector whoever asks beside it; questions first; nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.embeddings import ProviderEmbedder
from assistant.embeddings.batches import Batches, answering_elsewhere, patiently, urgent, waiting_in
from assistant.embeddings.runtimes import Forward, Running
from assistant.errors import EmbeddingError

Seen = list[np.ndarray]


def telling(ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A vector that says which text it is of: its sum, its length, its first token; and each token itself."""
    rows = np.stack([(ids * mask).sum(1), mask.sum(1), ids[:, 0]], axis=1).astype(np.float32)
    return rows, ids[..., None].astype(np.float32)


def expected(coded: Sequence[Sequence[int]]) -> np.ndarray:
    return np.array([[sum(c), len(c), c[0]] for c in coded], np.float32)


class Gated:
    """A forward that waits at a gate, and keeps what it was given."""

    def __init__(self) -> None:
        self.seen: Seen = []
        self.began, self.gate = threading.Event(), threading.Event()

    def __call__(self, ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.seen.append(mask.sum(1))
        self.began.set()
        assert self.gate.wait(20)
        return telling(ids, mask)


def line(*forwards: Forward, max_tokens: int = 512) -> Batches:
    return Batches(lambda: Running(forwards, "test"), max_tokens)


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came about")


@settings(max_examples=30)
@given(st.lists(st.lists(st.lists(st.integers(1, 999), min_size=1, max_size=90), min_size=1, max_size=40), min_size=1,
                max_size=5))
def test_each_text_gets_its_own_vector(requests: list[list[list[int]]]) -> None:
    batches = line(telling, telling)
    try:
        with ThreadPoolExecutor(len(requests)) as pool:
            found = list(pool.map(lambda r: batches.encoded(r, short=len(r) < 20), requests))
    finally:
        batches.close()
    for coded, vectors in zip(requests, found, strict=True):
        np.testing.assert_array_equal(vectors, expected(coded))


def test_each_asker_sees_the_tokens_of_its_own_texts() -> None:
    batches = line(telling, telling)
    seen: dict[int, list[float]] = {}
    coded = [[n] * (3 * n) for n in range(1, 30)]
    try:
        with ThreadPoolExecutor(2) as pool:
            other = pool.submit(batches.encoded, [[77] * 20] * 9, short=True)
            batches.encoded(coded, short=True, read=lambda i, rows: seen.update({i: rows[:, 0].tolist()}))
            other.result()
    finally:
        batches.close()
    assert seen == dict(enumerate(coded))


def test_several_askers_share_a_batch() -> None:
    forward = Gated()
    batches = line(forward)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batches.encoded, [[9] * 40], short=True)
        assert forward.began.wait(10)
        others = [pool.submit(batches.encoded, [[n] * 20], short=True) for n in range(1, 7)]
        until(lambda: len(batches._short) == 6)
        forward.gate.set()
        for n, other in enumerate(others, start=1):
            np.testing.assert_array_equal(other.result(), expected([[n] * 20]))
        first.result()
    batches.close()
    assert [len(seen) for seen in forward.seen] == [1, 6]


def test_a_question_waits_for_no_import_and_the_import_goes_on() -> None:
    forward = Gated()
    batches = line(forward)
    with ThreadPoolExecutor(4) as pool:
        reading = pool.submit(batches.encoded, [[7] * 400] * 40, short=False)
        assert forward.began.wait(10)
        asked = [pool.submit(batches.encoded, [[n] * 12, [n] * 90], short=True) for n in (1, 2, 3)]
        until(lambda: len(batches._short) == 3)
        forward.gate.set()
        for one in asked:
            one.result()
        reading.result()
    batches.close()
    of_questions = [i for i, seen in enumerate(forward.seen) if seen.max() < 100]
    assert of_questions[0] == 1
    assert of_questions[-1] <= 3
    assert len(forward.seen) > 10


def test_reading_never_stands_still() -> None:
    taken: list[int] = []
    batches = line(lambda ids, mask: (taken.append(int(mask.sum(1).max())), telling(ids, mask))[1])
    stop = threading.Event()

    def ask_on() -> None:
        while not stop.is_set():
            batches.encoded([[1] * 10], short=True)

    with ThreadPoolExecutor(5) as pool:
        for _ in range(4):
            pool.submit(ask_on)
        found = batches.encoded([[3] * 300] * 30, short=False)
        stop.set()
    batches.close()
    assert len(found) == 30
    assert 10 in taken


def test_little_is_padded_and_no_batch_is_wider_than_the_model() -> None:
    shapes: list[tuple[int, np.ndarray]] = []

    def forward(ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shapes.append((ids.shape[1], mask.sum(1)))
        return telling(ids, mask)

    batches = line(forward, max_tokens=510)
    coded = [[1] * n for n in (1, 2, 3, 30, 33, 35, 100, 250, 255, 300, 505, 510, 510)]
    np.testing.assert_array_equal(batches.encoded(coded, short=False), expected(coded))
    batches.close()
    for width, lengths in shapes:
        assert width <= 510
        assert width - lengths.min() <= max(15, 0.25 * lengths.min() + 7)


def test_a_failure_is_told_to_those_it_meets_and_to_no_other() -> None:
    def forward(ids: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if (ids == 13).any():
            raise RuntimeError("no memory left\nwith a traceback")
        return telling(ids, mask)

    batches = line(forward)
    with pytest.raises(EmbeddingError, match=r"no memory left$"):
        batches.encoded([[13] * 5, [1] * 200], short=True)
    assert len(batches.encoded([[1, 2]], short=True)) == 1
    batches.close()


def test_closed_it_ends_its_threads_and_fails_who_waits() -> None:
    forward = Gated()
    batches = line(forward)
    with ThreadPoolExecutor(3) as pool:
        taken = pool.submit(batches.encoded, [[1] * 5], short=True)
        assert forward.began.wait(10)
        waiting = pool.submit(batches.encoded, [[2] * 5], short=True)
        until(lambda: len(batches._short) == 1)
        closing = pool.submit(batches.close)
        with pytest.raises(EmbeddingError, match="closed"):
            waiting.result(10)
        forward.gate.set()
        closing.result(10)
        assert len(taken.result(10)) == 1
    batches.close()
    assert not any(w.is_alive() for w in batches._workers)
    with pytest.raises(EmbeddingError, match="closed"):
        batches.encoded([[1]], short=True)


def test_what_is_encoded_patiently_or_is_very_much_is_not_urgent() -> None:
    assert urgent(1)
    assert urgent(200)
    assert not urgent(5000)
    with patiently():
        with patiently():
            assert not urgent(1)
        assert not urgent(1)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(urgent, 1).result()
    assert urgent(1)


def test_papers_that_are_read_leave_room_while_another_process_answers() -> None:
    first, second = Gated(), Gated()
    batches = line(first, second)
    with ThreadPoolExecutor(2) as pool:
        with answering_elsewhere():
            reading = pool.submit(batches.encoded, [[5] * 60] * 100, short=False)
            assert first.began.wait(10)
            assert not second.began.wait(0.3)
            question = pool.submit(batches.encoded, [[7] * 8], short=True)  # one asked here is not held up
            assert second.began.wait(10)
            second.gate.set()
            assert len(question.result()) == 1
        until(lambda: len(second.seen) > 1)
        first.gate.set()
        assert len(reading.result()) == 100
    batches.close()


def test_what_an_asker_holds_others_may_have_while_the_vectors_are_waited_for() -> None:
    told: list[str] = []

    @contextmanager
    def outside() -> Iterator[None]:
        told.append("left")
        yield
        told.append("back")

    class Provider:
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            told.append("waiting")
            return [[1.0, 0.0] for _ in texts]

    embedder = ProviderEmbedder("provider:model")
    embedder._model = Provider()
    forward = Gated()
    forward.gate.set()
    batches = line(forward)
    with waiting_in(outside):
        batches.encoded([[3, 4]], short=True)
        assert told == ["left", "back"]
        embedder.encode(["a text"])
    embedder.encode(["another"])
    batches.close()
    assert told == ["left", "back", "left", "waiting", "back", "waiting"]
