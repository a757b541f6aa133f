"""Fits the weights by which a question's form is told: `python -m tests.fit.forms DATA_FOLDER [FILE.jsonl …]`.

Reads the labelled questions of a data folder (`questions/*.jsonl`), further files of the same kind, and `forms.jsonl`
beside this file; prints how well the weights do on questions that they were not fitted to, and writes
`assistant/models/form.json`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from assistant.question.form import features
from assistant.question.parts import parts_of
from assistant.question.sides import compared
from assistant.question.words import tidy

SETS = ("ml_A", "bio_B", "daily_papers_dev")
FORM_OF = {
    "single": "text",
    "howto": "text",
    "limits": "text",
    "fact": "value",
    "yesno": "yesno",
    "multi": "list",
    "summary": "list",
    "compare": "comparison",
    "table": "table",
    "define": "definition",
}
CLASSES = ("text", "list", "table", "comparison", "yesno", "value", "definition")
PENALTY = 16.0
ROUNDS = 400
Row = tuple[str, str, str]
"""A question, its form, and the set it comes from."""


def rows_of(folder: Path, more: list[Path]) -> list[Row]:
    """The labelled questions; those about the library's records are told otherwise and left out."""
    found: list[Row] = []
    for file in [*(folder / "questions" / f"{name}.jsonl" for name in SETS), *more]:
        for line in file.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            if one["type"] in FORM_OF:
                found.append((one["question"], FORM_OF[one["type"]], file.stem))
    for line in (Path(__file__).parent / "forms.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["form"] in CLASSES:
            found.append((one["question"], one["form"], "forms"))
    return found


def matrix(rows: list[Row]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The features of each question, and their names."""
    made = [features(text := tidy(question), parts_of(text), compared(text)) for question, _, _ in rows]
    names = tuple(made[0])
    return np.array([[one[n] for n in names] for one in made]), names


def fitted(x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """The weights of a multinomial logistic regression with a ridge penalty, by Newton-like steps with momentum."""
    mean, spread = x.mean(0), x.std(0)
    spread[spread < 1e-9] = 1.0
    z = (x - mean) / spread
    hot = np.eye(len(CLASSES))[y]
    # Rare forms count more, by the root of how rare they are.
    share = hot.mean(0)
    weight = (1 / np.sqrt(np.maximum(share, 1e-9)))[y]
    weight = weight / weight.mean()
    w, b = np.zeros((len(CLASSES), x.shape[1])), np.zeros(len(CLASSES))
    fast_w, fast_b = w.copy(), b.copy()
    rate = 1.0 / (0.5 * np.linalg.norm(z, 2) ** 2 * weight.max() / len(z) + PENALTY / len(z))
    for k in range(ROUNDS * 5):
        logits = z @ fast_w.T + fast_b
        p = np.exp(logits - logits.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        error = (p - hot) * weight[:, None] / len(z)
        new_w, new_b = fast_w - rate * (error.T @ z + PENALTY / len(z) * fast_w), fast_b - rate * error.sum(0)
        step = k / (k + 3)
        fast_w, fast_b = new_w + step * (new_w - w), new_b + step * (new_b - b)
        w, b = new_w, new_b
    return {"mean": mean, "spread": spread, "weights": w, "bias": b}


def guesses(model: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """The form of each row, as its place in `CLASSES`."""
    return np.argmax((x - model["mean"]) / model["spread"] @ model["weights"].T + model["bias"], axis=1)


def crossed(x: np.ndarray, y: np.ndarray, folds: int = 10) -> np.ndarray:
    """The form guessed for each question by weights that were fitted without it."""
    order = np.random.default_rng(7).permutation(len(y))
    out = np.zeros(len(y), int)
    for k in range(folds):
        kept = order[k::folds]
        rest = np.setdiff1d(order, kept)
        out[kept] = guesses(fitted(x[rest], y[rest]), x[kept])
    return out


def report(title: str, rows: list[Row], y: np.ndarray, guess: np.ndarray) -> None:
    """Prints the share that is right, for each form and for several papers or not, and each error with `--errors`."""
    several = [CLASSES.index(name) for name in ("list", "table", "comparison")]
    alike = np.isin(y, several) == np.isin(guess, several)
    print(f"{title}: {np.mean(y == guess):.3f} of {len(y)}; several papers or not {np.mean(alike):.3f}")
    for k, name in enumerate(CLASSES):
        there = y == k
        if there.any():
            wrong = Counter(CLASSES[g] for g in guess[there & (guess != y)])
            print(f"  {name:10} {np.mean(guess[there] == k):.2f} of {there.sum():3}  {dict(wrong)}")
    if "--errors" in sys.argv:
        for (question, form, source), g, right in zip(rows, guess, y, strict=True):
            if g != right:
                print(f"    {source:8} {form:10} as {CLASSES[g]:10} {question[:150]}")


def main() -> None:
    given = [a for a in sys.argv[1:] if not a.startswith("--")]
    rows = rows_of(Path(given[0]), [Path(a) for a in given[1:]])
    x, names = matrix(rows)
    y = np.array([CLASSES.index(form) for _, form, _ in rows])
    cross = crossed(x, y)
    report("ten folds", rows, y, cross)
    for name in dict.fromkeys(source for _, _, source in rows):
        own = np.array([source == name for _, _, source in rows])
        print(f"  in {name}: {np.mean(cross[own] == y[own]):.3f} of {own.sum()}")
    bio = np.array([source.startswith("bio") for _, _, source in rows])
    guess = guesses(fitted(x[~bio], y[~bio]), x[bio])
    report(
        "fitted without the biomedical questions, tried on them",
        [r for r, b in zip(rows, bio, strict=True) if b],
        y[bio],
        guess,
    )
    model = {"classes": CLASSES, "features": names} | {k: np.round(v, 4).tolist() for k, v in fitted(x, y).items()}
    target = Path(__file__).parents[2] / "assistant" / "models" / "form.json"
    target.write_text(json.dumps(model, indent=1).replace("\n   ", " ").replace("\n  ]", "]") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
