"""Any question gets an answer: no exception, nothing that is not in a paper, within two seconds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from assistant import Assistant
from tests import any_question

COUNT = 300


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with any_question.library(tmp_path_factory.mktemp("any")) as opened:
        yield opened


def test_any_question_gets_a_whole_answer_soon(assistant: Assistant) -> None:
    seen = any_question.run(assistant, COUNT, seed=7)
    assert seen.asked == COUNT
    assert not seen.wrong, "\n".join(seen.wrong)


@pytest.mark.parametrize("question", [
    "GPT vs BERT " * 400, "What is Generative AI?", "Was ist maschinelles Lernen?", "什么是机器学习？", "?",
    "\ud800", "“" * 3_000, "compare a and b and " * 400, "x" * 20_000, "who what why " * 400,
    "by X and by Y and by Z " * 300,
])  # fmt: skip
def test_these_do_too(assistant: Assistant, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(any_question, "questions", lambda *_: iter([question, ""]))
    seen = any_question.run(assistant, 1)
    assert not seen.wrong


def test_the_same_seed_asks_the_same(assistant: Assistant) -> None:
    one, same, other = (list(islice(any_question.questions(assistant, seed), 40)) for seed in (3, 3, 4))
    assert one == same
    assert one != other
    assert all(question.strip() and len(question) <= any_question.LONGEST for question in one)


def test_what_is_wrong_is_seen(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(any_question, "SOON_S", 0.0)
    assert len(any_question.run(assistant, 2).wrong) == 2
