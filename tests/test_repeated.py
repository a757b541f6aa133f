"""A question asked again: its answer again, as long as nothing that shaped it has changed; and models asked ahead."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answers import HERON, KESTREL, LANTERN, SOIL
from servers import quoted_evidence, scripted

import assistant as public
from assistant import Answer, Done, Filters, Retrieved, Settings, Text, Turn, backends
from assistant.answering.prefetch import prefetched
from assistant.answering.repeated import MOST, Repeated, key_of
from assistant.papers import Finding

LATENCY = "By how much does Lanternfish lower latency?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[public.Assistant]:
    with public.open_assistant(settings=Settings(home=tmp_path / "home", timeout_s=20)) as opened:
        opened.ingest_papers([LANTERN, KESTREL, HERON])
        yield opened


def told_alike(one: Answer, other: Answer) -> bool:
    without = {"timings": None, "usage": None, "cached": False}
    return {**one.to_dict(), **without} == {**other.to_dict(), **without}


def test_the_same_question_gets_the_same_events_again(library: public.Assistant) -> None:
    first, second = list(library.stream(LATENCY)), list(library.stream(f"  {LATENCY} "))
    assert first[:-1] == second[:-1]
    assert isinstance(first[-1], Done)
    assert isinstance(second[-1], Done)
    assert told_alike(first[-1].answer, second[-1].answer)
    assert (first[-1].answer.cached, second[-1].answer.cached) == (False, True)
    assert Answer.from_dict(second[-1].answer.to_dict()) == second[-1].answer


def test_a_fresh_answer_is_made_anew_and_kept(library: public.Assistant) -> None:
    library.ask(LATENCY)
    assert not library.ask(LATENCY, fresh=True).cached
    assert library.ask(LATENCY).cached


def test_any_change_in_the_library_has_it_made_anew(library: public.Assistant) -> None:
    changes: list[Callable[[], Any]] = [
        lambda: library.ingest_papers([SOIL]),
        lambda: library.update(LANTERN.id, tags=["read"]),
        lambda: library.remove([SOIL.id]),
        lambda: library.merge([KESTREL.id, HERON.id]),
    ]
    for change in changes:
        library.ask(LATENCY)
        assert library.ask(LATENCY).cached
        change()
        assert not library.ask(LATENCY).cached


def test_what_another_process_adds_counts_too(library: public.Assistant) -> None:
    library.ask(LATENCY)
    with public.open_assistant(settings=library.settings) as other:
        other.ingest_papers([SOIL])
    assert not library.ask(LATENCY).cached


def test_no_answer_of_a_removed_paper_stays_in_memory(library: public.Assistant) -> None:
    library.ask(LATENCY)
    library.remove([LANTERN.id])
    assert not library._answering.repeated._kept


@pytest.mark.parametrize("other", [
    {"filters": Filters(year_from=1990)},
    {"history": [Turn("What is Lanternfish?", "A cache.")]},
])
def test_other_limits_or_another_conversation_are_another_question(
    library: public.Assistant, other: dict[str, Any]
) -> None:
    library.ask(LATENCY)
    assert not library.ask(LATENCY, **other).cached


def test_a_models_answer_costs_nothing_the_second_time(
    library: public.Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "RETRIES", 0)
    with scripted(quoted_evidence) as server:
        first = library.ask(LATENCY, backend=server.spec)
        asked = len(server.requests)
        second = library.ask(LATENCY, backend=server.spec)
        assert len(server.requests) == asked
        assert not library.ask(LATENCY).cached
    assert first.usage.input_tokens > 0
    assert (second.usage.input_tokens, second.usage.output_tokens, second.cached) == (0, 0, True)
    assert told_alike(first, second)


def test_prompts_and_settings_are_part_of_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant import prompts

    def key(settings: str = "s", backend: str = "openai:gpt") -> str:
        return key_of("Q?", [], Filters(), backend, settings)

    before = key()
    assert len({before, key("t"), key(backend="openai:other")}) == 3
    assert Settings(effort="fast").fingerprint != Settings(effort="thorough").fingerprint
    load = prompts.load
    monkeypatch.setattr(prompts, "load", lambda name: replace(load(name), hash="0" * 8))
    assert key() != before


def test_the_prompt_of_a_second_look_is_part_of_a_question_that_no_model_answers(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant import prompts

    def key(reranker: str) -> str:
        return key_of("Q?", [], Filters(), "extractive", "s", reranker=reranker)

    looked, plain = key("llm:ollama:some"), key("cross-encoder:folder")
    load = prompts.load
    monkeypatch.setattr(prompts, "load", lambda name: replace(load(name), hash="0" * 8))
    assert key("llm:ollama:some") != looked
    assert key("cross-encoder:folder") == plain


def test_limits_in_another_order_are_the_same_question(library: public.Assistant) -> None:
    one, other = Filters(paper_ids=(LANTERN.id, HERON.id)), Filters(paper_ids=(HERON.id, LANTERN.id, HERON.id))
    library.ask(LATENCY, filters=one)
    assert library.ask(LATENCY, filters=other).cached
    assert not library.ask(LATENCY, filters=Filters(paper_ids=(LANTERN.id,))).cached


def answered(**more: Any) -> Answer:
    return Answer("Q?", "A.", **more)


def test_what_failed_or_was_left_is_not_kept() -> None:
    kept = Repeated(lambda: 1)
    failed = [answered(error="cut off"), answered(findings=(Finding("vectors_unavailable", "", "no Chroma"),))]
    for answer in failed:
        list(kept.keeping("a", iter([Retrieved(()), Done(answer)])))
        assert kept.events("a") is None
    left = kept.keeping("a", iter([Retrieved(()), Done(answered())]))
    next(left)
    left.close()
    assert kept.events("a") is None


def test_an_answer_during_which_the_library_changed_is_not_kept() -> None:
    states = iter([1, 1, 2, 2, 2])
    kept = Repeated(lambda: next(states))
    assert kept.events("a") is None
    list(kept.keeping("a", iter([Done(answered())])))
    assert kept.events("a") is None


def test_the_latest_used_are_kept() -> None:
    kept = Repeated(lambda: 1)
    for n in range(MOST + 1):
        list(kept.keeping(str(n), iter([Done(answered())])))
        assert kept.events("0") is not None
    assert kept.events("1") is None


def test_a_model_is_asked_before_the_papers_are_shown() -> None:
    began = threading.Event()

    def events() -> Iterator[int]:
        began.set()
        yield from range(3)

    told = prefetched(events())
    assert began.wait(5)
    assert list(told) == [0, 1, 2]


def test_what_goes_wrong_ahead_is_raised_where_it_is_read() -> None:
    def events() -> Iterator[int]:
        yield 1
        raise public.BackendError("gone")

    told = prefetched(events())
    assert next(told) == 1
    with pytest.raises(public.BackendError, match="gone"):
        next(told)


def test_nothing_is_made_for_a_reader_who_left() -> None:
    made: list[int] = []
    go_on, over = threading.Event(), threading.Event()

    def events() -> Iterator[int]:
        try:
            for n in range(100):
                made.append(n)
                yield n
                go_on.wait(5)
        finally:
            over.set()

    told = prefetched(events())
    assert next(told) == 0
    told.close()
    go_on.set()
    assert over.wait(5)
    assert len(made) <= 2


def test_a_models_request_goes_out_before_the_papers_are_taken(
    library: public.Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "RETRIES", 0)
    with scripted(quoted_evidence) as server:
        events = library.stream(LATENCY, backend=server.spec)
        assert isinstance(next(events), Retrieved)
        for _ in range(500):
            if server.requests:
                break
            threading.Event().wait(0.02)
        assert server.requests
        assert any(isinstance(e, Text) for e in events)
