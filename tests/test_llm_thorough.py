"""A language model that plans, reads and looks again; what a failing step costs; requests on the last answer."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.builder import AnswerBuilder
from assistant.answering.engines.llm import LanguageModelEngine
from assistant.backends import open_backend
from assistant.config import Settings
from assistant.papers import Answer, Fingerprint, Page, Paper, Stage, Turn
from tests.answer_material import HERON, KESTREL, LANTERN, LONG, Quoting, material, plan, searching, whole
from tests.model_answers import ALL, GOOD, LATENCY, Said, agreeing, ask, block, model, reply, step
from tests.servers import Reply, Scripted

# --------------------------------------------------------------------------- thorough


def notes(request: dict[str, Any]) -> str:
    """A reader who finds the last sentence of every abstract useful."""
    shown = request["messages"][-1]["content"]
    rows = []
    for paper in re.findall(r"<paper n=\"(\d+)\".*?</paper>", shown, re.S):
        ids = re.findall(rf"\[({paper}\.\d+)\]", shown)
        rows.append({"paper": int(paper), "score": 7, "ids": ids[-1:], "says": "It says so."})
    return json.dumps({"papers": rows})


PLANNED = json.dumps({"question": "Which bird detectors are there?", "queries": ["bird song", "species recognition"],
                      "parts": ["Which detectors?", "How many species?"]})
ENOUGH = json.dumps({"enough": True, "missing": [], "queries": []})
MORE = json.dumps({"enough": False, "missing": ["wellbeing"], "queries": ["wellbeing WHO-5", "limited sample", "x"]})


def by_ids(request: dict[str, Any]) -> str:
    """A writer that repeats the second sentence of every paper shown."""
    shown = request["messages"][-1]["content"]
    rows = re.findall(r"^\[(\d+\.2)\] (.*)$", shown, re.M)
    return reply(*(block("claim", text, cite) for cite, text in rows))


def test_thorough_plans_reads_each_paper_looks_again_and_writes(tmp_path: Path) -> None:
    said: dict[str, Said] = {"plan": PLANNED, "gather": notes, "enough": MORE, "answer": by_ids}
    run = ask(said, tmp_path, effort="thorough")
    assert run.queries[:2] == ["bird song", "species recognition"]
    assert run.queries[2:4] == ["wellbeing WHO-5", "limited sample"]
    assert "x" not in run.queries
    assert run.steps[0] == "plan"
    assert len(run.steps) <= 15
    names = [e.name for e in run.events if isinstance(e, Stage)]
    assert list(dict.fromkeys(names)) == [
        "Planning", "Reading papers", "Looking for what is missing", "Writing", "Checking",
    ]
    assert "We introduce Kestrel" in run.answer.answer
    assert LONG.title in run.shown("answer")
    assert run.answer.decision == "answered"


def test_a_thorough_run_says_first_what_it_is_likely_to_cost(tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('as_of = "2031-05"\n[openai-compatible]\n"scripted" = [10, 20]\n')
    said: dict[str, Said] = {"plan": PLANNED, "gather": notes, "enough": ENOUGH, "answer": by_ids}
    first = [
        next(e.name for e in ask(said, tmp_path, effort="thorough", settings=more).events if isinstance(e, Stage))
        for more in ({"prices": prices}, {})
    ]
    assert re.fullmatch(r"Planning \(about \d+,000 tokens, \$0\.\d\d at prices of 2031-05\)", first[0])
    assert first[1] == "Planning", "nothing is said of a price that is not known"


def test_the_order_in_which_readings_come_back_changes_nothing(tmp_path: Path) -> None:
    said: dict[str, Said] = {"plan": PLANNED, "gather": notes, "enough": ENOUGH, "answer": by_ids}
    asked = [ask(said, tmp_path, effort="thorough", papers=ALL) for _ in range(3)]
    assert len({run.shown("enough") for run in asked}) == 1
    assert len({run.shown("answer") for run in asked}) == 1


def scored(score: int, papers: str = ".*") -> Callable[[dict[str, Any]], str]:
    """A reader that gives papers whose text matches a score, and the others none."""

    def said(request: dict[str, Any]) -> str:
        rows = json.loads(notes(request))["papers"]
        shown = request["messages"][-1]["content"]
        for row in rows:
            own = re.search(rf"<paper n=\"{row['paper']}\".*?</paper>", shown, re.S)
            if not (own and re.search(papers, own[0])):
                row.update(score=0, ids=[], says="")
            else:
                row["score"] = score
        return json.dumps({"papers": rows})

    return said


MORE_WORDS = "It was tried at a lake, in a wood and in a town, over a whole year and by several people."


def birds(count: int) -> tuple[Paper, ...]:
    return tuple(
        Paper(title=f"Bird detector {n}", abstract=f"Birds are heard. Detector {n} hears bird song well. {MORE_WORDS}")
        for n in range(count)
    )


def test_reading_stops_where_a_paper_answers_every_part(tmp_path: Path) -> None:
    one = json.dumps({"question": "", "queries": [], "parts": ["Which detector hears best?"]})
    said: dict[str, Said] = {"plan": one, "gather": scored(9, "Detector 2 "), "enough": ENOUGH, "answer": by_ids}
    many = birds(12)
    run = ask(said, tmp_path, effort="thorough", papers=many, library=many, question="Which detector hears best?")
    assert run.steps == ["plan", "gather", "answer", "check"]
    assert run.shown("answer").count("<paper n=") == 1
    parts = ask({**said, "plan": PLANNED}, tmp_path, effort="thorough", papers=many, library=many)
    assert parts.steps == ["plan", "gather", "answer", "check"]
    for other in (
        ask({**said, "gather": scored(6, "Detector 2 ")}, tmp_path, effort="thorough", papers=many, library=many),
        ask(said, tmp_path, effort="thorough", papers=many, library=many, form="list"),
    ):
        assert other.steps.count("gather") == 2
        assert "enough" in other.steps


def test_abstracts_are_read_seven_to_a_call_and_full_texts_three(tmp_path: Path) -> None:
    many = birds(20)
    said: dict[str, Said] = {"plan": PLANNED, "gather": scored(0), "enough": ENOUGH, "answer": by_ids}
    run = ask(said, tmp_path, effort="thorough", papers=many, library=many)
    sizes = [run.server.shown(k).count("<paper n=") for k, name in enumerate(run.steps) if name == "gather"]
    assert sorted(sizes) == [6, 7, 7]
    long = tuple(replace(paper, pages=(Page(1, f"{paper.abstract} {MORE_WORDS}"),)) for paper in many[:6])
    run = ask(said, tmp_path, effort="thorough", papers=long, library=long)
    assert run.steps.count("gather") == 2


def test_what_the_question_itself_finds_is_read_first(tmp_path: Path) -> None:
    many = birds(30)
    planned = json.dumps({"question": "", "queries": ["bird song", "heard well", "lake wood town"], "parts": []})
    said: dict[str, Said] = {"plan": planned, "gather": scored(9), "enough": ENOUGH, "answer": by_ids}
    run = ask(said, tmp_path, effort="thorough", papers=many[::-1][:8], library=many)
    for first in many[::-1][:3]:
        assert first.title in run.shown("gather")


def test_a_paper_that_was_not_read_has_no_score(tmp_path: Path) -> None:
    page = Page(1, "The bird song detectors are all listed in this short note.")
    bare = Paper(title="Bird song detectors", pages=(page,))
    said: dict[str, Said] = {"plan": PLANNED, "gather": notes, "enough": ENOUGH, "answer": by_ids}
    run = ask(said, tmp_path, effort="thorough", papers=(bare, KESTREL), library=(bare, KESTREL))
    assert bare.title not in run.shown("gather"), "a page of few words is worth no reading"
    assert "- Bird song detectors (not read;" in run.shown("enough")
    assert f"{KESTREL.title} (7/10): It says so." in run.shown("enough")


def test_papers_that_do_not_help_are_not_shown_and_that_none_does_is_said(tmp_path: Path) -> None:
    many = birds(8)
    said: dict[str, Said] = {"plan": PLANNED, "gather": scored(6, "Detector [12] "), "enough": ENOUGH, "answer": by_ids}
    run = ask(said, tmp_path, effort="thorough", papers=many, library=many)
    assert {c.title for c in run.answer.citations} == {"Bird detector 1", "Bird detector 2"}
    poor = ask({**said, "gather": scored(2)}, tmp_path, effort="thorough", papers=many, library=many)
    assert "None of the 8 papers read was found to help" in poor.shown("answer")
    assert len({c.title for c in poor.answer.citations}) == 3


def test_enough_is_told_what_was_searched_for_and_read_and_nothing_is_read_twice(tmp_path: Path) -> None:
    many = birds(8)
    said: dict[str, Said] = {
        "plan": PLANNED, "gather": scored(6, "Detector [12] "), "answer": by_ids,
        "enough": json.dumps({"enough": False, "missing": [], "queries": ["detector song", "Bird Song"]}),
    }
    run = ask(said, tmp_path, effort="thorough", papers=many, library=many, question="Which detectors hear bird song?")
    shown = run.shown("enough")
    assert "- bird song\n- species recognition" in shown
    assert "8 papers read, 6 of them scored 0" in shown
    assert "no full text" in shown
    assert run.queries.count("bird song") == 1
    assert "Bird Song" not in run.queries
    assert run.steps.count("gather") == run.steps[: run.steps.index("enough")].count("gather")


def test_papers_without_text_are_not_read(tmp_path: Path) -> None:
    bare = Paper(title="Bird song detectors")
    said: dict[str, Said] = {"plan": PLANNED, "gather": notes, "enough": ENOUGH, "answer": by_ids}
    run = ask(said, tmp_path, effort="thorough", papers=(bare, KESTREL), library=(bare, KESTREL))
    assert bare.title not in run.shown("gather")
    assert run.answer.decision == "answered"


def test_the_planners_question_is_shown_from_then_on_where_it_keeps_names_and_numbers(tmp_path: Path) -> None:
    said: dict[str, Said] = {
        "plan": json.dumps({"question": "How many species does Kestrel recognise from 5 recordings?", "queries": [],
                            "parts": []}),
        "gather": notes, "enough": ENOUGH, "answer": by_ids,
    }
    question = "And Kestrel from 5?"
    run = ask(said, tmp_path, effort="thorough", question=question)
    full = "How many species does Kestrel recognise from 5 recordings?"
    assert f"Question: {full}" in run.shown("gather")
    assert f"Question: {full}" in run.shown("enough")
    assert f"Question as typed: {question}\nQuestion in full: {full}" in run.shown("answer")
    other = ask(said, tmp_path, effort="thorough", question="And Heron from 7?")
    assert full not in other.shown("answer")


def test_papers_are_read_four_at_once(tmp_path: Path) -> None:
    many = birds(24)
    now, most, lock = 0, 0, threading.Lock()

    def slow(request: dict[str, Any]) -> str:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.15)
        with lock:
            now -= 1
        return notes(request)

    # The script's server gives replies under its lock, so the wait is in the reply's own thread.
    with at_once(slow, {"plan": PLANNED, "enough": ENOUGH, "answer": by_ids, "check": agreeing}) as server:
        own = Settings(backend=server.spec, reply_cache=False, cache=tmp_path)
        backend = open_backend(server.spec, own)
        assert backend is not None
        engine = LanguageModelEngine(
            backend, own, fallback=Quoting(), count_tokens=lambda text: len(text) // 4, papers=whole(*many),
            effort="thorough",
        )
        builder = AnswerBuilder("q", backend.name, time.perf_counter())
        list(engine.write(material(plan("Which bird detectors?"), many), (), searching(many), builder))
    assert 2 <= most <= 4
    assert len(server.requests) <= 15
    assert len({c.paper_id for c in builder.citations}) == 20


@contextmanager
def at_once(slow: Callable[[dict[str, Any]], str], said: dict[str, Said]) -> Iterator[Scripted]:
    """A server that works on several requests at the same time."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    state = Scripted("")

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            return

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.requests.append(body)
            given = slow if step(body) == "gather" else said[step(body)]
            text = given(body) if callable(given) else given
            rows = [
                {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            ]
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for row in rows:
                whole_row = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "s", **row}
                self.wfile.write(b"data: " + json.dumps(whole_row).encode() + b"\n\n")
            self.wfile.write(b"data: [DONE]\n\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("failing", ["plan", "gather", "enough", "check", "revise"])
@pytest.mark.parametrize("how", [Reply(status=500), Reply("Lorem ipsum."), Reply("")], ids=["500", "rubbish", "empty"])
def test_a_failing_step_never_costs_the_answer(tmp_path: Path, failing: str, how: Reply) -> None:
    wrong = block("claim", "It is 99 m long.", "1.1")
    said: dict[str, Said] = {
        "plan": PLANNED, "gather": notes, "enough": ENOUGH,
        "answer": lambda request: by_ids(request)[:-2] + f", {json.dumps(wrong)}]}}",
        "revise": json.dumps({"sentences": []}),
    }
    run = ask({**said, failing: how}, tmp_path, effort="thorough")
    assert run.answer.decision == "answered"
    assert not run.kinds("backend_failed")
    assert run.answer.sentences
    assert len(run.steps) <= 15


def test_auto_is_thorough_where_several_papers_are_asked_for(tmp_path: Path) -> None:
    said: dict[str, Said] = {"plan": PLANNED, "gather": notes, "enough": ENOUGH, "answer": by_ids}
    assert "plan" not in ask(said, tmp_path, effort="auto").steps
    assert "plan" in ask(said, tmp_path, effort="auto", form="list").steps
    assert "plan" in ask(said, tmp_path, effort="auto", many=0.8).steps
    assert "plan" in ask(said, tmp_path, effort="auto", needs_model="an explanation").steps
    full_text = ask(said, tmp_path, effort="auto", papers=(LONG,), question="Is the sample representative?")
    assert "plan" in full_text.steps


def test_thorough_finds_what_the_first_search_missed(tmp_path: Path) -> None:
    said: dict[str, Said] = {"plan": PLANNED, "gather": notes, "enough": ENOUGH, "answer": by_ids}
    run = ask(said, tmp_path, effort="thorough", papers=())
    assert {c.title for c in run.answer.citations} >= {KESTREL.title, HERON.title}


# --------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Reply(status=500), "500|failure|problem"),
        (Reply("", finish="content_filter"), "filter"),
        (Reply("I'm sorry, but I can't help with that request."), "refused to answer"),
        (Reply("", finish="length"), "room|nothing"),
        (Reply(""), "nothing"),
        (Reply("Lorem ipsum dolor sit amet."), "not held|nothing"),
        (Reply("{}"), "nothing that can be read"),
        (Reply("The Moon has 12 craters [1.1]. It is 300 km wide [1.2]."), "None of the 2 sentences"),
        (Reply("<think>hm, latency [1.3]"), "nothing"),
    ],
)
def test_where_the_model_fails_the_papers_own_words_answer_and_the_reason_is_said(
    tmp_path: Path, said: Reply, told: str
) -> None:
    run = ask({"answer": said, "check": "{}"}, tmp_path)
    assert run.answer.decision == "answered"
    assert run.answer.citations[0].quote == run.answer.sentences[0].text
    assert run.answer.backend == "extractive"
    reason, = run.kinds("backend_failed")
    assert re.search(told, reason)
    assert "sk-secret" not in reason


def test_a_model_that_says_nothing_for_too_long_is_given_up(tmp_path: Path) -> None:
    run = ask({"answer": Reply(stalls=True)}, tmp_path, settings={"timeout_s": 0.4, "first_token_s": 0.4})
    assert run.answer.decision == "answered"
    assert "silent" in run.kinds("backend_failed")[0]


def test_a_server_that_is_gone_costs_only_the_model(tmp_path: Path) -> None:
    own = Settings(cache=tmp_path, reply_cache=False, timeout_s=2)
    backend = open_backend("openai-compatible:gone@http://127.0.0.1:9/v1", own)
    assert backend is not None
    engine = LanguageModelEngine(
        backend, own, fallback=Quoting(), count_tokens=lambda text: len(text) // 4, papers=whole(*ALL),
        effort="thorough",
    )
    builder = AnswerBuilder(LATENCY, backend.name, time.perf_counter())
    list(engine.write(material(plan(LATENCY), (LANTERN, KESTREL)), (), searching(ALL), builder))
    assert builder.answer(Fingerprint()).decision == "answered"
    assert any(f.kind == "backend_failed" for f in builder.findings)


def test_a_window_smaller_than_thought_is_met_with_half_the_papers(tmp_path: Path) -> None:
    left = [Reply(status=400, code="context_length_exceeded"), Reply(GOOD)]
    run = ask({"answer": lambda request: left.pop(0)}, tmp_path, papers=(LANTERN, KESTREL, LONG),
              settings={"context_tokens": 6_000})
    assert run.answer.decision == "answered"
    assert run.steps == ["answer", "answer", "check"]
    assert len(run.server.shown(1)) < len(run.server.shown(0))


def test_after_a_rate_limit_the_same_question_goes_on_where_it_stopped(tmp_path: Path) -> None:
    limited = True

    def writes(request: dict[str, Any]) -> Reply:
        return Reply(status=429, code="rate_limit_exceeded") if limited else Reply(by_ids(request))

    with model({"plan": PLANNED, "gather": notes, "enough": ENOUGH, "answer": writes}) as server:
        own = Settings(cache=tmp_path, reply_cache=True, timeout_s=0.2)

        def asked() -> tuple[AnswerBuilder, list[str]]:
            backend, before = open_backend(server.spec, own), len(server.requests)
            assert backend is not None
            engine = LanguageModelEngine(
                backend, own, fallback=Quoting(), count_tokens=lambda text: len(text) // 4, papers=whole(*ALL),
                effort="thorough",
            )
            builder = AnswerBuilder(LATENCY, backend.name, time.perf_counter())
            list(engine.write(material(plan(LATENCY), (LANTERN, KESTREL)), (), searching(ALL), builder))
            return builder, [step(request) for request in server.requests[before:]]

        stopped, steps = asked()
        assert "plan" in steps
        assert stopped.backend == "extractive"
        assert "rate limit" in next(f.detail for f in stopped.findings if f.kind == "backend_failed")
        limited = False
        resumed, steps = asked()
    assert resumed.backend == server.spec
    assert steps == ["answer", "check"], "plan, readings and the look for more were paid once"


def test_an_answer_that_is_cut_off_keeps_its_whole_sentences(tmp_path: Path) -> None:
    cut = GOOD[: GOOD.rindex("]")] + ', {"kind": "claim", "text": "Kestrel recognises 214'
    run = ask({"answer": Reply(cut, finish="length")}, tmp_path)
    assert len(run.answer.sentences) == 1
    assert run.kinds("cut_off")


# --------------------------------------------------------------------------- on the last answer


def first(tmp_path: Path) -> Answer:
    said = reply(
        block("claim", "Kestrel recognises 214 species from five recordings each.", "2.3"),
        block("claim", "Heron recognises 98 species and runs on a phone.", "3.3"),
    )
    return ask({"answer": said}, tmp_path, papers=(LANTERN, KESTREL, HERON)).answer


def test_the_last_answer_becomes_a_table(tmp_path: Path) -> None:
    history = (Turn("Which bird detectors are there?", first(tmp_path)),)
    said = reply(
        block("row", "Kestrel", paper=1), block("cell", "214 species", "1.3", column="Species"),
        block("row", "Heron", paper=2), block("cell", "98 species", "2.3", column="Species"),
    )
    run = ask({"rewrite": said}, tmp_path, question="Put that in a table", history=history, on_answer="table")
    assert run.steps == ["rewrite", "check"]
    assert run.answer.form == "table"
    assert "| Heron | 98 species [2] |" in run.answer.answer
    shown = run.shown("rewrite")
    assert "Heron recognises 98 species and runs on a phone. [2.3]" in shown
    assert "Put that in a table" in shown


def test_the_last_answer_becomes_related_work_with_keys(tmp_path: Path) -> None:
    history = (Turn("Which bird detectors are there?", first(tmp_path)),)
    said = reply(block("claim", "Kestrel \\cite{whatever} recognises 214 species from five recordings each.", "1.3"))
    run = ask({"rewrite": said}, tmp_path, question="As related work with \\cite keys", history=history,
              on_answer="related_work")
    assert "each~\\cite{ruiz2021kestrel} [1]." in run.answer.answer
    assert "whatever" not in run.answer.answer


def test_the_last_answer_is_translated_and_keeps_its_citations(tmp_path: Path) -> None:
    history = (Turn("Which bird detectors are there?", first(tmp_path)),)
    said = reply(block("claim", "Kestrel erkennt 214 Arten aus jeweils fünf Aufnahmen.", "1.3"))
    run = ask({"rewrite": said}, tmp_path, question="In German, please", history=history, on_answer="translate")
    assert run.answer.answer == "Kestrel erkennt 214 Arten aus jeweils fünf Aufnahmen [1]."
    assert run.answer.citations[0].quote == "Kestrel recognises 214 species from five recordings each."


def test_a_request_on_an_answer_that_is_not_there_is_answered_as_a_question(tmp_path: Path) -> None:
    run = ask({"answer": GOOD}, tmp_path, question="Make it shorter", on_answer="shorter", history=(Turn("q", "text"),))
    assert run.steps[0] == "answer"
    assert run.answer.decision == "answered"
