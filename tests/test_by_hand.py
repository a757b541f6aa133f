"""The whole way with replies by hand: fast, thorough, a refusal, requests on an answer, over a real server.

A change of a prompt, of the form asked for or of what is shown fails here with the reply that no longer fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, sample
from assistant.papers import Turn
from tests.by_hand import Play, library, play, written
from tests.model_answers import GOOD, model, step


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with library(tmp_path_factory.mktemp("by-hand")) as opened:
        yield opened


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    return written()


def played(here: Assistant, name: str, kept: dict[str, Any]) -> Play:
    done = play(here, name, kept)
    assert not done.misfits, "\n".join(done.misfits)
    assert not [f for f in done.answer.findings if f.kind in ("backend_failed", "step_failed", "check_incomplete")]
    known = {paper.id for paper in sample.papers()}
    for citation in done.answer.citations:
        assert citation.paper_id in known
        paper = here.paper(citation.paper_id)
        assert paper.abstract[citation.start : citation.end] == citation.quote
    return done


def test_fast_takes_one_call_and_a_check_and_leaves_out_what_the_reader_finds_wrong(
    here: Assistant, kept: dict[str, Any]
) -> None:
    done = played(here, "fast", kept)
    assert done.steps == ["answer", "check"]
    answer = done.answer
    for fact in ("9 to 19 percentage points", "59.1 percent", "78.4 percent", "1,000 training examples", "SQuAD",
                 "fall behind BM25", "penalise models", "None of the papers tells how much memory"):
        assert fact in answer.answer
    assert "nothing of BM25" not in answer.answer
    assert [f.kind for f in answer.findings] == ["left_out"]
    assert {c.title[:4] for c in answer.citations} == {"Dens", "BEIR"}
    assert [s.verdict for s in answer.sentences if s.citations] == ["supported"] * 5
    assert "answer@" in answer.fingerprint.prompt
    assert "check@" in answer.fingerprint.prompt


def test_the_answer_becomes_a_table(here: Assistant, kept: dict[str, Any]) -> None:
    done = played(here, "table", kept)
    assert done.steps == ["rewrite", "check"]
    assert done.answer.form == "table"
    assert "| BEIR | On MS MARCO [3] | On many of the other data sets [3] |" in done.answer.answer


def test_the_answer_becomes_related_work_with_keys(here: Assistant, kept: dict[str, Any]) -> None:
    done = played(here, "related work", kept)
    assert done.steps == ["rewrite", "check"]
    assert "as the exception~\\cite{karpukhin2020dense} [1][2]." in done.answer.answer
    assert "~\\cite{thakur2021beir} [3]." in done.answer.answer


def test_a_refusal_stands_with_what_comes_nearest(here: Assistant, kept: dict[str, Any]) -> None:
    done = played(here, "refusal", kept)
    assert done.steps == ["answer"]
    assert done.answer.abstained
    gap, nearest = (block.text for block in done.answer.blocks)
    assert gap == "None of the papers tells what training LoRA on GPT-3 cost in US dollars."
    assert nearest.startswith("LoRA reduces the GPU memory needed by a factor of three")
    assert done.answer.answer.startswith(gap)
    assert done.answer.missing == ("the cost in US dollars",)
    assert [one.title[:4] for one in done.answer.related] == ["LoRA"]


def test_thorough_plans_reads_looks_again_writes_and_revises_in_place(here: Assistant, kept: dict[str, Any]) -> None:
    done = played(here, "thorough", kept)
    assert len(done.steps) <= 10
    assert list(dict.fromkeys(done.steps)) == ["plan", "gather", "enough", "answer", "check", "revise"]
    answer = done.answer.answer
    assert "With only 10 steps the FID of DDIM rises to 13.36" in answer
    assert answer.index("4.67 with 50") < answer.index("13.36") < answer.index("probability flow")
    assert "as good as with 100" not in answer
    assert done.answer.missing == ("what the probability flow ODE costs in image quality",)
    assert [b.text for b in done.answer.blocks if b.kind == "heading"] == ["Fewer steps", "Smaller images"]
    assert not done.answer.findings


def test_a_reply_that_fits_no_longer_is_named_with_what_to_do(tmp_path: Path, kept: dict[str, Any]) -> None:
    with library(tmp_path) as fewer:
        fewer.remove([paper.id for paper in sample.papers() if paper.title.startswith("BEIR")])
        (lost,) = play(fewer, "fast", kept).misfits
        assert "“BM25 is a robust baseline” stands in 0 of the sentences shown" in lost
        assert "python -m tests.by_hand --requests" in lost
        changed = {**kept, "written_to": {**kept["written_to"], "answer": "another"}}
        assert "the prompt, or the form it asks for, is not the one" in play(fewer, "refusal", changed).misfits[0]


@pytest.mark.parametrize("planner", ["", "{}", '{"question": "", "queries": [], "parts": []}'])
def test_no_step_is_shown_words_that_were_corrected_for_the_search(here: Assistant, planner: str) -> None:
    before = here.ask("What is ColBERT?", backend="extractive")
    with model({"plan": planner, "answer": GOOD}) as server:
        answer = here.ask("And how does it rank documants, and what is its inedx?", backend=server.spec,
                          history=[Turn("What is ColBERT?", before)], effort="thorough")
    assert {f.sentence for f in answer.findings if f.kind == "did_you_mean"} == {"documants", "inedx"}
    steps = [step(request) for request in server.requests]
    assert {"plan", "gather", "enough", "answer"} <= set(steps)
    for name, request in zip(steps, server.requests, strict=True):
        words = request["messages"][-1]["content"].rpartition("Question")[2]
        if name in ("plan", "gather", "enough", "answer"):
            assert not re.search(r"\b(?:documents|index)\b", words.partition("Searches made")[0]), words
