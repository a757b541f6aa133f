"""The weights that choose papers, measured on labelled questions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import assistant as public
from assistant.embeddings import open_embedder
from assistant.evaluation.fitting import Rows, first_right, fitted, main, mean_f1, report, rows_of
from assistant.evaluation.questions import read_questions
from assistant.evidence.fit import FIT, MEMBER
from assistant.sample import papers as sample_papers

QUESTIONS = [
    ("Which distance lets a critic judge the generator?", "Wasserstein Generative Adversarial Networks"),
    ("How are passages found with two BERT encoders?", "Dense Passage Retrieval for Open-Domain Question Answering"),
    ("What does LoRA freeze?", "LoRA: Low-Rank Adaptation of Large Language Models"),
    ("How are rankings of several systems added up?",
     "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods"),
]  # fmt: skip


def rows(seed: int, several: bool) -> Rows:
    """Six papers of which the right ones stand out in the first two values."""
    dice = np.random.default_rng(seed)
    right = np.arange(6) < (3 if several else 1)
    values = dice.normal(0, 0.2, (6, len(MEMBER if several else FIT)))
    values[:, :2] += right[:, None]
    return Rows(str(seed), values, right, dice.normal(0, 1, 6))


@pytest.mark.parametrize("several", [False, True])
def test_weights_fitted_to_some_questions_hold_for_others(several: bool) -> None:
    train, other = [rows(k, several) for k in range(12)], [rows(k, several) for k in range(50, 60)]
    weights, bar = fitted(train, 1.0, several=several)
    assert np.argmax(weights) in (0, 1)
    if several:
        assert mean_f1(other, [r.values @ weights >= bar for r in other]) > 0.85
    else:
        assert first_right(other, [r.values @ weights for r in other]) > 0.85
    again, _ = fitted(train, 1.0, several=several)
    assert (again == weights).all()


def test_the_report_says_what_each_way_finds_and_when_there_is_too_little() -> None:
    lines = report([rows(k, False) for k in range(5)], [])
    assert lines[0].startswith("one paper: 5 questions, right paper first: by the search ")
    assert lines[1].strip().startswith('"retrieval"')
    assert lines[-1] == "lists: 0 questions, too few to say anything."


def test_a_right_paper_that_was_not_found_counts_against_a_list() -> None:
    one = Rows("q", np.zeros((2, 4)), np.array([True, False]), np.zeros(2), missed=1)
    assert mean_f1([one], [np.array([True, False])]) == pytest.approx(2 / 3)


def test_questions_are_measured_over_a_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "questions.jsonl"
    made = [{"id": f"Q{k}", "question": q, "gold_titles": [t]} for k, (q, t) in enumerate(QUESTIONS)]
    made.append({"id": "U", "question": "What is bread?", "answerable": False})
    made.append({"id": "M", "question": "Which papers train a diffusion model?", "gold_titles": [
        "Denoising Diffusion Probabilistic Models", "Denoising Diffusion Implicit Models"]})
    path.write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    settings = public.Settings(home=tmp_path / "home")
    with public.open_assistant(settings=settings) as library:
        library.ingest_papers(sample_papers())
        single, lists = rows_of(library, open_embedder(settings), read_questions(path))
    assert [r.id for r in single] == ["Q0", "Q1", "Q2", "Q3"]
    assert [r.id for r in lists] == ["M"]
    assert all(r.right.sum() == 1 for r in single)
    assert main([str(path), str(tmp_path / "home")]) == 0
    assert "one paper: 4 questions" in capsys.readouterr().out


def test_what_cannot_be_read_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(tmp_path / "none.jsonl"), str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("fitting: There is no file")
