"""The learned interaction: what the words of a question look for in a sentence that answers them."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.models import arrays
from assistant.retrieval.interaction import covering, plain, probes
from tests.fit import interaction

ENCODER = "all-MiniLM-L6-v2@weights/mean512"


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def lesson(seed: int = 3, width: int = 64) -> interaction.Lesson:
    chance = np.random.default_rng(seed)
    papers = []
    for sentences in (3, 4):
        owner = np.sort(np.r_[np.arange(sentences + 1), chance.integers(0, sentences + 1, 20)])
        papers.append((chance.integers(0, 256, (len(owner), width // 8)).astype(np.uint8), owner, sentences))
    right = np.zeros(7)
    right[[1, 5]] = 1
    return interaction.Lesson(unit(chance.standard_normal((5, width))), chance.random(5).astype(np.float32),
                              tuple(papers), right, 0.7)


def loss(weights: dict[str, np.ndarray], one: interaction.Lesson) -> float:
    values = np.concatenate(interaction.scores(weights, one))
    chance = values - values.max() - np.log(np.exp(values - values.max()).sum())
    return float(-one.weight * (chance * one.right).sum() / one.right.sum())


@pytest.mark.parametrize("name", sorted(interaction.start(8)))
def test_the_gradient_is_that_of_the_loss(name: str) -> None:
    one, step = lesson(), 1e-3
    chance = np.random.default_rng(5)
    weights = {k: v.astype(np.float64) for k, v in interaction.start(64).items()}
    weights["up"] += chance.standard_normal(weights["up"].shape) * 0.05
    place = tuple(int(chance.integers(0, n)) for n in weights[name].shape)
    more, less = ({**weights, name: weights[name].copy()} for _ in range(2))
    more[name][place] += step
    less[name][place] -= step
    expected = (loss(more, one) - loss(less, one)) / (2 * step)
    assert interaction.gradient(weights, one)[name][place] == pytest.approx(expected, rel=0.05, abs=2e-4)


def test_what_is_learned_puts_the_right_sentences_first() -> None:
    lessons = [lesson(seed) for seed in range(6)]
    before = interaction.start(64)
    after = interaction.fit(lessons * 20)
    assert sum(loss(after, one) for one in lessons) < 0.7 * sum(loss(before, one) for one in lessons)


def test_an_encoder_that_it_was_not_fitted_to_compares_words_as_they_are() -> None:
    rows = unit(np.random.default_rng(0).standard_normal((4, 384)))
    rarity = np.array([1.0, 0.0, 2.0, 1.0])
    foreign, own = probes(rows, rarity, "another-encoder@x"), probes(rows, rarity, ENCODER)
    assert foreign.rows.shape == (4, 384)
    assert np.array_equal(foreign.rows, rows)
    assert foreign.weights == pytest.approx(rarity / 4)
    assert own.rows.shape == (4 + len(arrays("interaction")["kinds"]), 384)
    assert own.weights.sum() == pytest.approx(1, abs=1e-5)


def test_a_width_that_it_was_not_fitted_to_compares_words_as_they_are() -> None:
    rows = unit(np.random.default_rng(0).standard_normal((4, 256)))
    assert np.array_equal(probes(rows, np.ones(4), ENCODER).rows, rows)


def test_a_nearer_sentence_scores_higher_without_vectors() -> None:
    near = np.array([[0.1, 0.1], [0.85, 0.1], [0.85, 0.85], [0.1, 0.1]])
    scores = plain(np.array([1.0, 1.0]), None).scores(near)
    assert scores.argsort().tolist() == [2, 0, 1]


def test_for_another_encoder_cover_speaks_neither_for_nor_against_an_answer() -> None:
    rows = unit(np.random.default_rng(0).standard_normal((4, 384)))
    _, cover = covering(rows, np.ones(4), "another-encoder@x")
    near, far = np.full((3, 4), 0.9), np.full((3, 4), 0.1)
    assert cover.terms(near, (0,)) == cover.terms(far, (0,))
    _, own = covering(rows, np.ones(4), ENCODER)
    assert min(a - b for a, b in zip(own.terms(near, (0,)), own.terms(far, (0,)), strict=True)) > 0
