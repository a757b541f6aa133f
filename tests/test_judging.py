"""A second opinion lowers a verdict and never raises one; a judge that fails changes nothing."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from servers import Reply, scripted

from assistant import Settings, backends, open_assistant
from assistant.answering.judging import Judge, lowered
from assistant.papers import VERDICTS, Answer, Paper
from assistant.verification import Verdict

FERRY = Paper(
    title="Ferrylight: Timetables from Tides",
    abstract="Ferrylight plans ferries by the tide. It cuts waiting times by 31% on the Sound line.",
)
ASKED = "By how much does Ferrylight cut waiting times on the Sound line?"
SOURCES = [(FERRY.title, FERRY.abstract)]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "RETRIES", 0)


@pytest.mark.parametrize(("had", "opinion"), product(VERDICTS, (*VERDICTS, None)))
def test_a_verdict_only_ever_falls(had: str, opinion: str | None) -> None:
    after = lowered(Verdict(had, ("31%",)), opinion)
    worst = max(VERDICTS.index(had), VERDICTS.index(opinion) if opinion else 0)
    assert after == Verdict(VERDICTS[worst], ("31%",))


@pytest.mark.parametrize(
    ("said", "opinion"),
    [
        ('{"verdict": "unsupported"}', "unsupported"),
        ("The sentence is not supported.", "unsupported"),
        ("Partially.", "partial"),
        ("Supported", "supported"),
        ("As a ferry, I like the tide.", None),
        ("", None),
    ],
)
def test_what_the_judge_says_is_read_however_it_is_put(said: str, opinion: str | None) -> None:
    with scripted(said) as server:
        backend = backends.open_backend(server.spec, Settings(timeout_s=5))
        assert backend is not None
        judge = Judge(backend)
        assert judge.opinion("Ferrylight cuts waiting times by 31%.", SOURCES) == opinion
        assert (judge.asked, judge.silent) == (1, int(opinion is None and bool(judge.error is None)))
        assert FERRY.abstract in server.shown()


def test_a_judge_that_fails_is_not_asked_again() -> None:
    with scripted(Reply(status=500)) as server:
        backend = backends.open_backend(server.spec, Settings(timeout_s=5))
        assert backend is not None
        judge = Judge(backend)
        assert judge.opinion("One.", SOURCES) is None
        sent = len(server.requests)
        assert judge.opinion("Two.", SOURCES) is None
        assert judge.error is not None
        assert len(server.requests) == sent


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_assistant(home=tmp_path) as assistant:
        assistant.ingest_papers([FERRY])
    return tmp_path


def answered(home: Path, writer: str, judge: str) -> Answer:
    settings = Settings(home=home, backend=writer, judge=judge, timeout_s=10)
    with open_assistant(settings=settings) as assistant:
        return assistant.ask(ASKED)


def test_a_sentence_that_the_judge_refuses_is_not_shown_as_the_models(home: Path) -> None:
    with scripted("Ferrylight cuts waiting times by 31% on the Sound line [1].") as writer:
        with scripted("supported") as kind:
            assert not answered(home, writer.spec, kind.spec).findings
        with scripted("unsupported") as strict:
            answer = answered(home, writer.spec, strict.spec)
        assert "draft_replaced" in {f.kind for f in answer.findings}
        assert "31%" in answer.answer, "the papers' own sentence stands"
        assert "judge@" in answer.fingerprint.prompt


def test_a_kind_judge_does_not_save_a_changed_number(home: Path) -> None:
    lie = "Ferrylight cuts waiting times by 64% on the Sound line [1]."
    with scripted(lie) as writer, scripted("supported") as kind:
        answer = answered(home, writer.spec, kind.spec)
    assert "64%" not in answer.answer


def test_a_dead_judge_is_said_and_the_answer_stands(home: Path) -> None:
    with scripted("Ferrylight cuts waiting times by 31% on the Sound line [1].") as writer:
        answer = answered(home, writer.spec, "openai-compatible:x@http://127.0.0.1:9/v1")
    assert "31%" in answer.answer
    assert "judge_failed" in {f.kind for f in answer.findings}
