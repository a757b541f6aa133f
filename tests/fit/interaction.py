"""Fits the learned late interaction (`assistant/retrieval/interaction.py`) to labelled questions, in plain numpy.

For each question all sentences of the papers found compete (softmax); the loss is the cross-entropy to those that an
ideal answer rests on. What a paper must cover is learned from whether the library answers at all (logistic loss).
AdamW with a falling rate (Loshchilov & Hutter 2019, "Decoupled weight decay regularization").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.evidence.features import COVERED, SHARPNESS
from assistant.retrieval.interaction import learned_cover, learned_probes

ENCODER = "all-MiniLM-L6-v2"
RANK, KINDS = 32, 4
ROUNDS, BATCH, RATE, DECAY = 2, 16, 2e-3, 0.02
COVER_RANK, COVER_ROUNDS = 16, 4
_NEAR = 3.0
_KIND = 10.0
_COUNTS = np.array([5.0, 5.0, 0.5], np.float32)
"""How fast token weights, kinds of answer, and what counts of a cover are learned beside the rest."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One question: its tokens, the packed tokens of each paper with the row that each is of, and what is right."""

    rows: np.ndarray
    rarity: np.ndarray
    papers: tuple[tuple[np.ndarray, np.ndarray, int], ...]
    """(packed tokens, row of each, sentences): row 0 is the title."""
    right: np.ndarray
    """For each sentence of all papers."""
    weight: float


def start(width: int) -> dict[str, np.ndarray]:
    """The weights before anything is learned: words look for themselves."""
    chance = np.random.default_rng(1)
    draw = lambda *shape: chance.standard_normal(shape).astype(np.float32)  # noqa: E731
    return {
        "down": draw(width, RANK) * 0.05, "up": np.zeros((RANK, width), np.float32),
        "counts": np.zeros(width, np.float32), "rarity": np.zeros((), np.float32),
        "kind_down": draw(width, RANK) * 0.05, "kind_up": draw(RANK, KINDS * width) * 0.02,
        "kinds": np.ones(KINDS, np.float32), "scale": np.array(20.0, np.float32), "title": np.array(0.3, np.float32),
    }


def learned(weights: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The weights as the product reads them."""
    return {**weights, "counts": weights["counts"] * _NEAR, "kinds": weights["kinds"] * _KIND,
            "encoder": np.array(ENCODER)}


_SIGNS: dict[int, tuple[np.ndarray, np.ndarray]] = {}
"""By identity the packed tokens, so that they live on, and their rows."""


def signs(codes: np.ndarray, width: int) -> np.ndarray:
    """Packed tokens as rows whose product with a unit row is about the cosine; kept while the process lives."""
    if id(codes) not in _SIGNS:
        bits = np.unpackbits(codes, axis=1, count=width).astype(np.float32)
        _SIGNS[id(codes)] = codes, (2 * bits - 1) * np.float32(np.sqrt(np.pi / 2 / width))
    return _SIGNS[id(codes)][1]


def nearness(paper: tuple[np.ndarray, np.ndarray, int], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For a paper's title and sentences the nearest token to each row, and which it is; -1 where there is none."""
    codes, owner, count = paper
    near = np.full((count + 1, len(rows)), -0.2, np.float32)
    which = np.full((count + 1, len(rows)), -1, np.int64)
    if len(codes):
        product = signs(codes, rows.shape[1]) @ rows.T
        starts = np.flatnonzero(np.r_[True, np.diff(owner) > 0])
        for row, a, b in zip(owner[starts], starts, [*starts[1:], len(owner)], strict=True):
            place = product[a:b].argmax(axis=0)
            near[row] = product[a + place, np.arange(len(rows))]
            which[row] = a + place
    return near, which


def scores(weights: Mapping[str, np.ndarray], lesson: Lesson) -> list[np.ndarray]:
    """The scores of the sentences of each paper."""
    asked = learned_probes(learned(weights), lesson.rows, lesson.rarity)
    return [asked.scores(nearness(paper, asked.rows)[0]) for paper in lesson.papers]


def gradient(weights: Mapping[str, np.ndarray], lesson: Lesson) -> dict[str, np.ndarray]:
    """The gradient of a question's loss, by hand."""
    rows = lesson.rows
    asked = learned_probes(learned(weights), rows, lesson.rarity)
    count, share = len(rows), asked.weights
    compared = [nearness(paper, asked.rows) for paper in lesson.papers]
    own = np.vstack([near[1:, :count] for near, _ in compared])
    kinds = np.vstack([near[1:, count:] for near, _ in compared])
    both = np.vstack([np.maximum(near[1:, :count], near[0, :count]) for near, _ in compared])
    words = own @ share + asked.title * (both @ share)
    values = asked.scale * words + kinds @ asked.kinds
    chance = np.exp(values - values.max())
    error = (chance / chance.sum() - lesson.right / lesson.right.sum()) * lesson.weight
    on_rows = np.zeros_like(asked.rows)
    at = 0
    for (codes, _, size), (near, which) in zip(lesson.papers, compared, strict=True):
        part = error[at : at + size]
        at += size
        if not len(codes):
            continue
        better = near[1:, :count] >= near[0, :count]
        on_near = np.empty_like(near)
        on_near[1:, :count] = asked.scale * part[:, None] * share * (1 + asked.title * better)
        on_near[0, :count] = asked.scale * asked.title * (part @ ~better) * share
        on_near[1:, count:] = part[:, None] * asked.kinds
        on_near[0, count:] = 0
        # Each token is of one sentence, so each place is written once; without a token nothing is learned.
        on_product = np.zeros((len(codes), len(asked.rows)), np.float32)
        i, k = np.nonzero(which >= 0)
        on_product[which[i, k], k] = on_near[i, k]
        on_rows += on_product.T @ signs(codes, rows.shape[1])
    on_kind = on_rows[count:].ravel()
    mean = share @ rows
    hidden = mean @ weights["kind_down"]
    on_hidden = weights["kind_up"] @ on_kind
    on_mean = weights["kind_down"] @ on_hidden
    on_share = asked.scale * (error @ (own + asked.title * both)) + rows @ on_mean
    on_logits = share * (on_share - share @ on_share)
    rare = lesson.rarity / max(float(lesson.rarity.sum()), 1e-9) * np.exp(weights["rarity"])
    turned = rows @ weights["down"]
    return {
        "down": rows.T @ (on_rows[:count] @ weights["up"].T), "up": turned.T @ on_rows[:count],
        "counts": _NEAR * (rows.T @ on_logits), "rarity": np.array(on_logits @ (rare / (rare + 1e-3))),
        "kind_down": np.outer(mean, on_hidden), "kind_up": np.outer(hidden, on_kind),
        "kinds": _KIND * (error @ kinds), "scale": np.array(error @ words),
        "title": np.array(asked.scale * (error @ (both @ share))),
    }


def fit(lessons: Sequence[Lesson]) -> dict[str, np.ndarray]:
    """The weights learned from all lessons that have something right."""
    lessons = [one for one in lessons if one.right.sum() and sum(len(codes) for codes, _, _ in one.papers)]
    return _descend(start(lessons[0].rows.shape[1]), lessons, gradient, ROUNDS)


def _descend(
    weights: dict[str, np.ndarray], lessons: Sequence[Any], gradient_of: Callable[..., dict[str, np.ndarray]],
    rounds: int,
) -> dict[str, np.ndarray]:
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    chance = np.random.default_rng(0)
    steps = rounds * -(-len(lessons) // BATCH)
    step = 0
    for _ in range(rounds):
        order = chance.permutation(len(lessons))
        for at in range(0, len(order), BATCH):
            total = {name: np.zeros_like(value) for name, value in weights.items()}
            for k in order[at : at + BATCH]:
                for name, value in gradient_of(weights, lessons[k]).items():
                    total[name] += (value / BATCH).astype(np.float32)
            step += 1
            rate = RATE * (1 - (step - 1) / steps)
            for name, value in total.items():
                first[name] = 0.9 * first[name] + 0.1 * value
                second[name] = 0.999 * second[name] + 0.001 * value**2
                move = (first[name] / (1 - 0.9**step)) / (np.sqrt(second[name] / (1 - 0.999**step)) + 1e-8)
                weights[name] = (weights[name] * (1 - rate * DECAY) - rate * move).astype(np.float32)
    return weights


# --------------------------------------------------------------------------- cover


@dataclass(frozen=True, slots=True)
class CoverLesson:
    """A question, the paper that answers it best, the sentences that would be told, and whether the library answers."""

    rows: np.ndarray
    rarity: np.ndarray
    paper: tuple[np.ndarray, np.ndarray, int]
    told: tuple[int, ...]
    answerable: float
    weight: float


def start_cover(width: int) -> dict[str, np.ndarray]:
    """The weights before anything is learned: words must be covered as they are."""
    chance = np.random.default_rng(1)
    return {
        "down": (chance.standard_normal((width, COVER_RANK)) * 0.05).astype(np.float32),
        "up": np.zeros((COVER_RANK, width), np.float32), "weight": np.zeros(width, np.float32),
        "slack": np.zeros(width, np.float32), "counts": np.array([2.0, 2.0, 2.0], np.float32),
        "bias": np.zeros((), np.float32),
    }


def learned_as_cover(weights: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """The weights as the product reads them."""
    return {"down": weights["down"], "up": weights["up"], "weight": weights["weight"] * _NEAR,
            "slack": weights["slack"], "counts": weights["counts"] * _COUNTS, "encoder": np.array(ENCODER)}


def cover_of(weights: Mapping[str, np.ndarray], rows: np.ndarray, rarity: np.ndarray, paper: Any) -> tuple[Any, Any]:
    """How a paper covers a question: the cover and the nearness of its rows."""
    turned, cover = learned_cover(learned_as_cover(weights), rows, rarity)
    return cover, nearness(paper, turned)


def cover_gradient(weights: Mapping[str, np.ndarray], lesson: CoverLesson) -> dict[str, np.ndarray]:
    """The gradient of a question's loss, by hand."""
    rows = lesson.rows
    cover, (near, which) = cover_of(weights, rows, lesson.rarity, lesson.paper)
    share, counts = cover.weights, np.array(cover.counts)
    terms = np.array(cover.terms(near, lesson.told))
    value = float(counts @ terms) + float(weights["bias"])
    error = (1 / (1 + np.exp(-value)) - lesson.answerable) * lesson.weight
    some = np.array([0, *(k + 1 for k in lesson.told)])
    of_paper, of_told = near.argmax(axis=0), some[near[some].argmax(axis=0)]
    place = np.arange(len(rows))
    whole, best = near[of_paper, place] - COVERED, near[of_told, place] - COVERED
    lack = np.log(share + 1e-6) - SHARPNESS * (whole + cover.slack)
    least = np.exp(lack - lack.max())
    least /= least.sum()
    on_whole = error * (counts[0] * share + counts[2] * SHARPNESS * least)
    on_best = error * counts[1] * share
    tokens = signs(lesson.paper[0], rows.shape[1])

    def gather(of: np.ndarray) -> np.ndarray:
        nearest = which[of, place]
        return np.asarray(tokens[np.maximum(nearest, 0)] * (nearest >= 0)[:, None])

    on_rows = on_whole[:, None] * gather(of_paper) + on_best[:, None] * gather(of_told)
    on_share = error * (counts[0] * whole + counts[1] * best - counts[2] * least / (share + 1e-6))
    on_logits = share * (on_share - share @ on_share)
    return {
        "down": rows.T @ (on_rows @ weights["up"].T), "up": (rows @ weights["down"]).T @ on_rows,
        "weight": _NEAR * (rows.T @ on_logits), "slack": rows.T @ (error * counts[2] * SHARPNESS * least),
        "counts": error * terms * _COUNTS, "bias": np.array(error),
    }


def fit_cover(lessons: Sequence[CoverLesson]) -> dict[str, np.ndarray]:
    """The weights learned from all lessons whose paper has tokens."""
    lessons = [one for one in lessons if len(one.paper[0])]
    return _descend(start_cover(lessons[0].rows.shape[1]), lessons, cover_gradient, COVER_ROUNDS)
