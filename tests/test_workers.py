"""Several questions at once are answered by processes of their own, as they would be answered here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from answers import HERON, KESTREL, LANTERN, SOIL
from hypothesis import given
from hypothesis import strategies as st
from servers import quoted_evidence, scripted

import assistant as public
from assistant import (
    Answer,
    Done,
    EmbedderChanged,
    Filters,
    LitassistError,
    Replaced,
    Retrieved,
    Sentence,
    Settings,
    Text,
    Turn,
)
from assistant.papers import Event
from assistant.workers import Workers, _continued, suitable
from assistant.workers.process import Process, Stopped, environment

LATENCY = "What does Lanternfish do to latency and accuracy on the LongRead suite?"
PAPERS = [LANTERN, KESTREL, HERON]
proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system has no /proc")


def until(what: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it came about in time."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def workers(library: public.Assistant) -> Workers:
    assert library._workers is not None
    return library._workers


def started(library: public.Assistant) -> list[int]:
    """The process ids of its workers, all ready to answer."""
    workers(library).start()
    assert until(lambda: workers(library).ready == workers(library).count)
    return [process.number for process in workers(library)._processes]


def alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def alike(one: Answer, other: Answer) -> bool:
    passing = {"timings": None, "usage": None, "cached": False}
    return {**one.to_dict(), **passing} == {**other.to_dict(), **passing}


def cited(answer: public.Answer) -> set[str]:
    """The papers that an answer cites; none for a shortlist."""
    return {c.paper_id for c in answer.citations}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[public.Assistant]:
    """Three papers, and two workers that are ready."""
    home = tmp_path_factory.mktemp("workers") / "home"
    with public.open_assistant(settings=Settings(home=home, workers=2)) as opened:
        opened.ingest_papers(PAPERS)
        started(opened)
        yield opened


@pytest.fixture
def here(library: public.Assistant) -> Iterator[public.Assistant]:
    """The same library without workers."""
    with public.open_assistant(settings=Settings(home=library.settings.home)) as opened:
        yield opened


def test_a_worker_tells_what_would_be_told_here(library: public.Assistant, here: public.Assistant) -> None:
    earlier = [Turn("What is Lanternfish?", here.ask("What is Lanternfish?"))]
    for question, more in (
        (LATENCY, {}),
        ("How much faster is it?", {"history": earlier}),
        ("Which papers are about birds?", {"filters": Filters(paper_ids=(KESTREL.id, HERON.id))}),
        ("Who won the chess championship?", {}),
    ):
        told, own = (list(one.stream(question, fresh=True, **more)) for one in (library, here))  # type: ignore[arg-type]
        assert told[:-1] == own[:-1], question
        assert isinstance(told[-1], Done)
        assert isinstance(own[-1], Done)
        assert alike(told[-1].answer, own[-1].answer)
    assert [type(e) for e in library.stream(LATENCY, fresh=True)][:2] == [Retrieved, Text]


def test_many_at_once_each_get_their_own_answer(library: public.Assistant, here: public.Assistant) -> None:
    questions = [f"{start} {paper.title}?" for paper in PAPERS for start in ("What is shown in", "How was it done in")]
    right = {question: here.ask(question, fresh=True) for question in questions}
    wrong: list[object] = []

    def ask(question: str) -> None:
        try:
            wrong.extend(q for q in [question] if not alike(library.ask(q, fresh=True), right[q]))
        except LitassistError as error:
            wrong.append(error)

    threads = [threading.Thread(target=ask, args=(q,)) for q in questions * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong


def test_an_answer_of_a_worker_is_kept_until_the_library_changes(library: public.Assistant) -> None:
    library.ask(LATENCY)
    assert library.ask(LATENCY).cached
    library.ingest_papers([SOIL])
    answer = library.ask("What does the paper on soil measure?")
    assert not library.ask(LATENCY).cached
    assert SOIL.id in cited(answer) | {r.paper_id for r in answer.related}
    library.remove([SOIL.id])


def test_a_worker_leaves_writing_to_the_process_that_asks(tmp_path: Path) -> None:
    with public.open_assistant(settings=Settings(home=tmp_path, workers=1)) as opened:
        opened.ingest_papers([LANTERN])
        started(opened)
        # As a run leaves it that was cut short: stored, and no more.
        opened._library.add([KESTREL])
        with public.open_assistant(settings=Settings(home=tmp_path)) as reader:
            reader.only_read()
            reader.ask(LATENCY)
            assert reader.status().pending == 1
        answer = opened.ask("How many species does Kestrel recognise?")
        assert KESTREL.id in cited(answer)
        assert not opened.status().pending


def test_what_a_worker_cannot_answer_is_said_as_here(
    library: public.Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Process, asked: object) -> Iterator[tuple[str, object]]:
        yield "error", ("EmbedderChanged", "This library's vectors were made by another.")

    monkeypatch.setattr(Process, "told", refused)
    with pytest.raises(EmbedderChanged, match="made by another"):
        library.ask(LATENCY, fresh=True)
    monkeypatch.setattr(Process, "told", lambda self, asked: iter([("unexpected", "Traceback: secret")]))
    with pytest.raises(LitassistError, match="unharmed") as failure:
        library.ask(LATENCY, fresh=True)
    assert "secret" not in str(failure.value)


def test_who_stops_reading_holds_up_nobody(library: public.Assistant) -> None:
    left = [library.stream(LATENCY, fresh=True) for _ in range(6)]
    for events in left:
        next(events)
    assert LANTERN.id in cited(library.ask(LATENCY, fresh=True))
    for events in left:
        events.close()  # type: ignore[attr-defined]
    assert LANTERN.id in cited(library.ask(LATENCY, fresh=True))


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_killed_worker_costs_no_answer_and_another_takes_its_place(library: public.Assistant) -> None:
    before = started(library)
    for number in before:
        os.kill(number, signal.SIGKILL)
    answers = [library.ask(LATENCY, fresh=True) for _ in range(3)]
    assert all(LANTERN.id in cited(answer) for answer in answers)
    assert not set(started(library)) & set(before)
    os.kill(started(library)[0], signal.SIGKILL)
    threads = [threading.Thread(target=library.ask, args=(LATENCY,), kwargs={"fresh": True}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert until(lambda: workers(library).ready == 2), "the one that is missing was not started"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_what_a_killed_worker_had_begun_to_tell_is_told_to_its_end(
    library: public.Assistant, here: public.Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Process.told

    def dying(self: Process, asked: object) -> Iterator[tuple[str, object]]:
        for kind, event in told(self, asked):
            yield kind, event
            if isinstance(event, Text):
                os.kill(self.number, signal.SIGKILL)
                raise Stopped("killed")

    started(library)
    question = "What is shown in the papers on Kestrel and Lanternfish?"
    monkeypatch.setattr(Process, "told", dying)
    got, own = (list(one.stream(question, fresh=True)) for one in (library, here))
    assert sum(isinstance(event, Text) for event in own) > 1
    assert got[:-1] == own[:-1]
    assert isinstance(got[-1], Done)
    assert isinstance(own[-1], Done)
    assert alike(got[-1].answer, own[-1].answer)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_worker_that_dies_while_nobody_asks_is_replaced(library: public.Assistant) -> None:
    before = started(library)
    os.kill(before[0], signal.SIGKILL)
    assert until(lambda: not alive(before[0]) and workers(library).ready == 2)
    assert before[0] not in started(library)


def seen(events: Sequence[Event]) -> list[str]:
    """The sentences that stand on the page once these events have come."""
    shown: list[str] = []
    for event in events:
        if isinstance(event, Replaced):
            shown.clear()
        elif isinstance(event, Text):
            shown.append(event.sentence.text)
    return shown


@given(st.lists(st.sampled_from("abc"), max_size=4), st.lists(st.sampled_from("abc"), max_size=4))
def test_an_answer_begun_by_one_and_ended_by_another_reads_as_the_other_s(before: list[str], after: list[str]) -> None:
    texts = [[Text(Sentence(word, ()), ()) for word in words] for words in (before, after)]
    told = [Retrieved(()), *texts[0]]
    anew = [Retrieved(()), *texts[1], Done(Answer("q", " ".join(after)))]
    rest = list(_continued(told, iter(anew)))
    assert seen([*told, *rest]) == after
    assert rest[-1] == anew[-1]
    assert sum(isinstance(event, Retrieved) for event in rest) == 0
    withdrawn = sum(isinstance(event, Replaced) for event in rest)
    assert withdrawn == (before != after[: len(before)])


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_worker_that_hangs_is_ended_and_its_question_answered_here(library: public.Assistant) -> None:
    with public.open_assistant(settings=Settings(home=library.settings.home)) as opened:
        opened._workers = opened._asking._workers = Workers(replace(opened.settings, workers=2), 2, patience_s=4)
        hanging = started(opened)
        for number in hanging:
            os.kill(number, signal.SIGSTOP)
        threads = [threading.Thread(target=opened.ask, args=(LATENCY,), kwargs={"fresh": True}) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        assert LANTERN.id in cited(opened.ask(LATENCY, fresh=True))
        assert until(lambda: workers(opened).ready == 2)
        others = started(opened)
        assert not set(others) & set(hanging)
        assert not any(alive(number) for number in hanging)
        os.kill(others[0], signal.SIGSTOP)
    assert not any(alive(number) for number in others), "an end of the page waits for nobody"


def test_what_was_removed_a_worker_forgets_before_its_next_answer(
    library: public.Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    forget, answer = Process.forget, Process.told
    monkeypatch.setattr(Process, "forget", lambda self: (told.append("forget"), forget(self))[1])
    monkeypatch.setattr(Process, "told", lambda self, asked: (told.append("question"), answer(self, asked))[1])
    started(library)
    library.ingest_papers([SOIL])
    library.remove([SOIL.id])
    assert LANTERN.id in cited(library.ask(LATENCY, fresh=True))
    assert told == ["forget", "question"]


@proc
def test_a_worker_is_told_no_key(library: public.Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"OPENAI_API_KEY": "sk-hidden", "LITASSIST_API_KEY": "hidden-too", "DB_PASSWORD": "hidden-as-well"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    assert not set(environment()) & set(secrets)
    process = Process()
    try:
        for file in ("environ", "cmdline"):
            assert b"hidden" not in Path(f"/proc/{process.number}/{file}").read_bytes()
    finally:
        process.stop()


def test_one_asker_starts_no_worker_and_two_at_once_do(tmp_path: Path) -> None:
    with public.open_assistant(settings=Settings(home=tmp_path, workers=1)) as opened:
        opened.ingest_papers(PAPERS)
        for _ in range(3):
            opened.ask(LATENCY, fresh=True)
        assert not workers(opened)._starting
        assert not workers(opened).ready
        with opened._asking.turns.taken():  # somebody's question is being worked on
            assert LANTERN.id in cited(opened.ask(LATENCY, fresh=True))
        assert until(lambda: workers(opened).ready == 1)
        (number,) = started(opened)
    assert not alive(number)


def test_where_no_worker_starts_questions_are_answered_here(
    library: public.Assistant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried: list[object] = []

    def fails(self: Process, settings: Settings) -> None:
        tried.append(settings)
        raise Stopped("too little memory")

    monkeypatch.setattr(Process, "begin", fails)
    with public.open_assistant(settings=Settings(home=library.settings.home, workers=1)) as opened:
        workers(opened).start()
        assert until(lambda: bool(tried) and not workers(opened)._starting)
        assert LANTERN.id in cited(opened.ask(LATENCY, fresh=True))
        workers(opened).start()  # not again so soon
        assert len(tried) == 1


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("hanging", [False, True])
def test_when_the_server_is_killed_no_worker_is_left(library: public.Assistant, hanging: bool) -> None:
    if hanging and sys.platform != "linux":
        pytest.skip("only Linux ends a process with its parent")
    code = (
        "import sys, time; from pathlib import Path\n"
        "from assistant import Settings, open_assistant\n"
        "opened = open_assistant(settings=Settings(home=Path(sys.argv[1]), workers=1)); opened._workers.start()\n"
        "while not opened._workers.ready: time.sleep(.05)\n"
        "print(*(p.number for p in opened._workers._processes), flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(library.settings.home)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    number = int(server.stdout.readline())
    assert alive(number)
    if hanging:
        os.kill(number, signal.SIGSTOP)
    server.kill()
    server.wait()
    server.stdout.close()
    assert until(lambda: not alive(number) or "Z" in _state(number), 10)


def _state(number: int) -> str:
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def test_a_question_to_a_model_is_no_worker_s(library: public.Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Process, "told", lambda self, asked: pytest.fail("a worker was asked"))
    with scripted(quoted_evidence) as server:
        answer = library.ask(LATENCY, backend=server.spec, fresh=True)
    assert answer.backend.startswith("openai-compatible")


def test_where_another_server_does_the_work_there_are_no_workers(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, workers=2)
    for other in (replace(settings, workers=0), replace(settings, workers=None), replace(settings, reranker="llm")):
        with public.open_assistant(settings=other) as opened:
            assert opened._workers is None


def test_what_suits_the_machine_is_bounded_by_cores_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for memory, wanted in ((64 << 30, 8), (8 << 30, 6), (2 << 30, 0)):
        monkeypatch.setattr(f"{Workers.__module__}._memory", lambda memory=memory: memory)
        assert suitable() == wanted
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert suitable() == 0
