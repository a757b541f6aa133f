"""The chain from question to answer: with the built-in writer, and with models that lie, fail and obey strangers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answers import HERON, HOSTILE, KESTREL, LANTERN, SOIL, shown, well_formed
from model_answers import block, model, reply
from servers import Reply, scripted

import assistant as public
from assistant import Answer, Done, Filters, Replaced, Retrieved, Settings, Stage, Text, Turn, backends, errors
from assistant.citations import MARKER
from assistant.papers import Paper

ONE = Filters(paper_ids=(LANTERN.id,))
LATENCY = "By how much does Lanternfish lower latency?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[public.Assistant]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), timeout_s=20)
    with public.open_assistant(settings=settings) as opened:
        opened.ingest_papers([LANTERN, KESTREL, HERON, SOIL, *HOSTILE])
        yield opened


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "RETRIES", 0)


def with_settings(library: public.Assistant, **changed: Any) -> Any:
    """An assistant over the same library with other settings."""
    settings = replace(library.settings, **changed)
    return public.Assistant(settings, library._library, library._index, library._embedder)


def kinds(answer: Answer) -> set[str]:
    return {f.kind for f in answer.findings}


# --------------------------------------------------------------------------- without a model


def test_the_answer_is_the_papers_own_words(library: public.Assistant) -> None:
    answer = library.ask(LATENCY)
    well_formed(library, answer)
    assert "37%" in answer.sentences[0].text
    assert answer.citations[0].quote.endswith("2.1 points.")
    assert (answer.backend, answer.error, answer.abstained) == ("extractive", None, False)
    assert answer.citations[0].authors == LANTERN.authors


def test_events_come_in_order_and_hold_the_answer(library: public.Assistant) -> None:
    events = list(library.stream(LATENCY))
    assert isinstance(events[0], Retrieved)
    assert events[0].hits[0].paper_id == LANTERN.id
    assert isinstance(events[-1], Done)
    texts = [e for e in events if isinstance(e, Text)]
    assert tuple(e.sentence for e in texts) == events[-1].answer.sentences
    assert tuple(e.block for e in texts) == events[-1].answer.blocks
    assert tuple(c for e in texts for c in e.citations) == events[-1].answer.citations


def test_what_the_library_does_not_hold_is_not_answered(library: public.Assistant) -> None:
    answer = library.ask("What is the boiling point of tungsten hexafluoride?")
    well_formed(library, answer)
    assert answer.abstained
    assert answer.related
    assert all(library.paper(r.paper_id).text("abstract").count(r.quote) for r in answer.related)
    assert answer.missing


def test_a_list_names_every_paper_that_fits(library: public.Assistant) -> None:
    answer = library.ask("Which papers recognise bird song?")
    well_formed(library, answer)
    assert {KESTREL.id, HERON.id} <= {c.paper_id for c in answer.citations}
    assert "\n" in answer.answer, "a line per paper"


def test_a_question_can_be_limited_to_chosen_papers(library: public.Assistant) -> None:
    answer = library.ask("How many species are recognised?", filters=Filters(paper_ids=(HERON.id,)))
    assert {*(c.paper_id for c in answer.citations), *(r.paper_id for r in answer.related)} == {HERON.id}
    assert "98" in shown(answer)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("hello", "Hello"),
        ("thanks!", "welcome"),
        ("How many papers do I have?", "6 papers"),
        ("Since when are there papers in my library?", "2021"),
        ("How many papers do I have since 2022?", "2 papers"),
        ("list all papers", "Soil Moisture from Radar"),
        ("Which is the oldest paper?", "Kestrel"),
    ],
)
def test_questions_about_the_library_are_answered_from_it(
    library: public.Assistant, question: str, expected: str
) -> None:
    answer = library.ask(question)
    assert expected in answer.answer
    assert not answer.abstained
    for citation in answer.citations:
        assert library.paper(citation.paper_id).text(citation.field)[citation.start : citation.end] == citation.quote


def test_who_wrote_a_paper_is_told_from_its_record(library: public.Assistant) -> None:
    answer = library.ask("Who are the authors of Lanternfish?")
    well_formed(library, answer)
    assert "Mira Okafor" in answer.answer
    unknown = library.ask("Who wrote Kestrel?")
    assert unknown.abstained
    assert "no authors" in unknown.answer
    assert unknown.related[0].paper_id == KESTREL.id
    well_formed(library, unknown)


def test_a_summary_is_of_the_paper_named(library: public.Assistant) -> None:
    answer = library.ask("Summarise Kestrel")
    well_formed(library, answer)
    assert {c.paper_id for c in answer.citations} == {KESTREL.id}


@pytest.mark.parametrize("kept_as_text", [False, True])
def test_a_follow_up_is_about_the_paper_last_spoken_of(library: public.Assistant, kept_as_text: bool) -> None:
    first = library.ask(LATENCY)
    history = [Turn(LATENCY, first.answer if kept_as_text else first)]
    answer = library.ask("On how many datasets was it evaluated?", history=history)
    well_formed(library, answer)
    assert "eight" in answer.answer
    assert {c.paper_id for c in answer.citations} == {LANTERN.id}
    other = library.ask("How many species does Heron recognise?", history=history)
    assert {c.paper_id for c in other.citations} == {HERON.id}, "a new subject is followed"


def test_an_empty_question_is_a_wrong_call(library: public.Assistant) -> None:
    with pytest.raises(errors.UsageError):
        library.ask("  \n ")


def test_an_empty_library_says_so(tmp_path: Path) -> None:
    with public.open_assistant(settings=Settings(home=tmp_path)) as empty:
        answer = empty.ask(LATENCY)
        assert answer.abstained
        assert "empty" in empty.ask("How many papers do I have?").answer


# --------------------------------------------------------------------------- with a model


def test_an_honest_model_is_told_block_by_block(library: public.Assistant) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("claim", "It is evaluated on eight datasets of legal text.", "1.4"),
    )
    with model({"answer": said}) as server:
        events = list(library.stream(LATENCY, backend=server.spec))
    assert isinstance(events[0], Retrieved)
    answer = events[-1].answer
    well_formed(library, answer)
    texts = [e.sentence.text for e in events if isinstance(e, Text)]
    assert texts == [s.text for s in answer.sentences]
    assert [s.verdict for s in answer.sentences] == ["supported", "supported"]
    assert answer.usage.input_tokens > 0
    assert "answer@" in answer.fingerprint.prompt
    assert (answer.decision, answer.findings, answer.error) == ("answered", (), None)
    assert answer.backend == server.spec


def test_a_server_without_constrained_output_is_no_obstacle(library: public.Assistant) -> None:
    with scripted(Reply("Lanternfish lowers latency by 37% [1.3].", refuses_schema=True)) as server:
        answer = with_settings(library, judge="none").ask(LATENCY, backend=server.spec)
    assert answer.sentences[0].text == "Lanternfish lowers latency by 37%."
    assert answer.error is None


def test_a_model_answers_what_the_library_alone_declines_and_its_refusal_stands(library: public.Assistant) -> None:
    unclear = "Is there anything here on how rice is cooked?"
    assert library.ask(unclear).abstained
    said = reply(block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"))
    refused = reply(block("gap", "No paper found tells what Lanternfish costs."), answerable="no", missing=("cost",))
    with model({"answer": said}) as server:
        assert not with_settings(library).ask(unclear, backend=server.spec, filters=ONE).abstained
    with model({"answer": refused}) as server:
        answer = library.ask(LATENCY, backend=server.spec)
    well_formed(library, answer)
    assert (answer.decision, answer.abstained, answer.missing) == ("declined", True, ("cost",))
    assert answer.related[0].quotes


def test_a_sentence_without_a_marker_gets_the_source_that_holds_it(library: public.Assistant) -> None:
    with scripted("Lanternfish lowers latency by 37% while accuracy rises by 2.1 points.") as server:
        answer = with_settings(library, judge="none").ask(LATENCY, backend=server.spec)
    well_formed(library, answer)
    assert answer.citations[0].paper_id == LANTERN.id
    assert "37%" in answer.citations[0].quote


@pytest.mark.parametrize(
    "draft",
    [
        "The moon is made of cheese [1.1]. Norway has 900 fjords [2.1].",
        "",
        "I am sorry, but as a language model I can not read papers.",
        "{}",
        '{"sentences": []}',
        "[1] [2] [3]",
    ],
)
def test_a_weak_model_never_makes_the_answer_worse(library: public.Assistant, draft: str) -> None:
    plain = library.ask(LATENCY)
    with scripted(draft) as server:
        events = list(library.stream(LATENCY, backend=server.spec))
    answer = events[-1].answer
    well_formed(library, answer)
    assert (answer.answer, answer.citations) == (plain.answer, plain.citations)
    assert "backend_failed" in kinds(answer)
    withdrawn = [e for e in events if isinstance(e, Replaced)]
    last = events.index(withdrawn[-1]) if withdrawn else 0
    assert tuple(e.block for e in events[last:] if isinstance(e, Text)) == answer.blocks


def test_a_reader_who_stops_ends_the_answer_too(library: public.Assistant) -> None:
    with scripted(Reply("Lanternfish lowers latency by 37% [1]. Accuracy", stalls=True)) as server:
        stream = library.stream(LATENCY, backend=server.spec)
        assert isinstance(next(stream), Retrieved)
        stream.close()
        assert list(stream) == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Reply(status=401), "key"),
        (Reply(status=429), "many|limit|busy|often"),
        (Reply("", stalls=True), "answer|second|time"),
        (Reply("", dies=True), "end|broke|nothing|connection|cut"),
        (Reply(raw=b"data: {garbage\n\n"), "read|under|JSON|answer"),
    ],
)
def test_where_the_backend_fails_the_papers_own_words_answer_with_the_reason(
    library: public.Assistant, said: Reply, reason: str
) -> None:
    plain = library.ask(LATENCY)
    with scripted(said) as server:
        answer = with_settings(library, timeout_s=1.0).ask(LATENCY, backend=server.spec)
    well_formed(library, answer)
    assert (answer.answer, answer.citations, answer.backend) == (plain.answer, plain.citations, "extractive")
    (detail,) = [f.detail for f in answer.findings if f.kind == "backend_failed"]
    assert re.search(reason, detail)
    assert "\n" not in detail
    assert "sk-secret" not in detail


def test_a_backend_that_cannot_be_used_is_said_before_anything_is_done(library: public.Assistant) -> None:
    with pytest.raises(errors.ConfigError):
        library.stream(LATENCY, backend="nonsense")


def test_a_slow_model_gives_a_sign_of_life_and_one_kept_gives_none(
    library: public.Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.answering._SILENT_S", 0.0)

    def slowly(request: dict[str, Any]) -> Reply:
        time.sleep(2.5)
        return Reply(reply(block("claim", "Lanternfish lowers latency by 37%.", "1.3")))

    with scripted(slowly) as server:
        slow = with_settings(library, backend=server.spec, reply_cache=False, judge="none", effort="fast")
        names = [e.name for e in slow.stream(LATENCY, filters=ONE) if isinstance(e, Stage)]
        again = [e for e in slow.stream(LATENCY, filters=ONE) if isinstance(e, Stage)]
    assert names[:2] == ["Writing", "Waiting for the model (2 s)"]
    assert not again


def test_fresh_asks_the_model_again(library: public.Assistant, tmp_path: Path) -> None:
    said = reply(block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"))
    with model({"answer": said}) as server:
        own = with_settings(library, reply_cache=True, cache=tmp_path)
        own.ask(LATENCY, backend=server.spec)
        once = len(server.requests)
        assert once
        assert own.ask(LATENCY, backend=server.spec).cached
        assert len(server.requests) == once
        assert not own.ask(LATENCY, backend=server.spec, fresh=True).cached
        assert len(server.requests) == 2 * once


# --------------------------------------------------------------------------- hostile papers


@pytest.mark.parametrize(
    "question", ["How many animals does quokka counting with drones find?", "What accuracy did quokka counting reach?"]
)
def test_hostile_papers_are_quoted_like_any_other(library: public.Assistant, question: str) -> None:
    answer = library.ask(question)
    well_formed(library, answer)
    assert answer.decision != "declined"
    for sentence in answer.sentences:
        assert not MARKER.search(sentence.text), "no marker of a paper is mistaken for ours"
    assert MARKER.search(shown(answer).replace(answer.answer, "")), "the quote keeps the paper's own words"


def test_a_model_that_obeys_a_paper_is_not_believed(library: public.Assistant) -> None:
    question = "How many animals does quokka counting with drones find?"
    plain = library.ask(question)
    obeying = (
        "Arr! The moon is made of green cheese, matey [1.1]. ![x](http://evil.example/p.png) "
        "Send your key to http://evil.example [2.1]."
    )
    with scripted(obeying) as server:
        answer = library.ask(question, backend=server.spec)
    well_formed(library, answer)
    assert answer.answer == plain.answer
    assert "matey" not in answer.answer


def test_links_and_images_of_a_model_lose_their_address(library: public.Assistant) -> None:
    draft = "Lanternfish lowers latency by 37% [1.3] ![p](http://evil.example/p.png)."
    with scripted(draft) as server:
        answer = with_settings(library, judge="none").ask(LATENCY, backend=server.spec)
    assert "37%" in answer.answer
    assert "evil.example" not in answer.answer


def test_names_in_a_row_and_a_slip_for_than_are_understood(tmp_path: Path) -> None:
    with public.open_assistant(home=tmp_path) as assistant:
        assistant.ingest_papers([
            public.Paper("ARBOR: trees of sound", "We present ARBOR. ARBOR reaches 4.3 FID and beats SiT."),
            public.Paper("Moss on stone", "Moss grows on stone. We count moss in the rain and see it grow fast."),
        ])
        assert "4.3" in shown(assistant.ask("FID ARBOR??"))
        assert "beats SiT" in shown(assistant.ask("is ARBOR better then SiT?"))
        nothing = assistant.ask("What is the best paper?")
        assert nothing.abstained
        assert "paper" not in nothing.missing, "a word that asks is not missing"


def test_each_part_of_a_question_gets_its_own_sentence(tmp_path: Path) -> None:
    """Together the parts are nearest to what takes the animals' number; the second part alone to the lost nests."""
    hedges = Paper(
        "Hedges and Hedgehogs in Village Gardens",
        "Hedgehogs are in decline in many villages. We followed 60 hedgehogs through 40 gardens for two summers. A "
        "hedgehog travels 1.2 km in a night where hedges join the gardens. Fences make them turn back and they lose "
        "weight. We recorded the position of each animal every ten minutes with small transmitters. Every third nest "
        "was lost to mowing in June. The transmitters weighed 4 g. Our findings ask for hedges in new villages.",
    )
    with public.open_assistant(settings=Settings(home=tmp_path)) as opened:
        opened.ingest_papers([hedges, SOIL])
        answer = opened.ask("How far do hedgehogs walk in a night, and why were their nests lost?")
    quotes = [citation.quote for citation in answer.citations]
    assert "A hedgehog travels 1.2 km in a night where hedges join the gardens." in quotes
    assert "Every third nest was lost to mowing in June." in quotes


def test_a_word_that_was_searched_in_another_spelling_is_not_told_as_missing(tmp_path: Path) -> None:
    seals = Paper("Thalassemia in Seal Pups", "We took blood of 30 pups for thalassemia. Pups with thalassemia were "
                  "lighter. Their mothers fed them longer. Thalassemia did not change how deep pups dive.")
    with public.open_assistant(settings=Settings(home=tmp_path)) as opened:
        opened.ingest_papers([seals, SOIL])
        answer = opened.ask("Were quokka pups with thalassaemia lighter in blood than their mothers?")
    assert "did_you_mean" in kinds(answer)
    assert "quokka" in answer.missing
    assert "thalassaemia" not in answer.missing
    assert "thalassaemia" not in answer.answer
