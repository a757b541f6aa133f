"""The chain from question to answer: with the built-in writer, and with models that lie, fail and obey strangers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from answers import HERON, HOSTILE, KESTREL, LANTERN, SOIL, well_formed
from servers import Reply, quoted_evidence, scripted

import assistant as public
from assistant import Answer, Done, Filters, Replaced, Retrieved, Settings, Text, Turn, backends, errors
from assistant.citations import MARKER

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
    assert {c.paper_id for c in answer.citations} == {HERON.id}
    assert "98" in answer.answer


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
    assert "authors" in unknown.missing[0]


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


def test_an_honest_model_is_streamed_sentence_by_sentence(library: public.Assistant) -> None:
    draft = "Lanternfish lowers latency by 37% on the LongRead suite [1]. Accuracy rises by 2.1 points [1]."
    with scripted(draft) as server:
        events = list(library.stream(LATENCY, backend=server.spec))
    answer = events[-1].answer
    well_formed(library, answer)
    texts = [e.sentence.text for e in events if isinstance(e, Text)]
    assert texts == ["Lanternfish lowers latency by 37% on the LongRead suite.", "Accuracy rises by 2.1 points."]
    assert answer.answer == draft
    assert [s.verdict for s in answer.sentences] == ["supported", "supported"]
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (11, 5)
    assert answer.fingerprint.prompt.startswith("answer@1#")
    assert answer.findings == ()


def test_constrained_output_is_read_as_sentences(library: public.Assistant) -> None:
    reply = '{"sentences": [{"text": "Lanternfish lowers latency by 37%.", "citations": [1]}]}'
    with scripted(reply) as server:
        answer = library.ask(LATENCY, backend=server.spec)
        enum = server.requests[0]["response_format"]["json_schema"]["schema"]["properties"]["sentences"]["items"]
    assert answer.sentences[0].text == "Lanternfish lowers latency by 37%."
    assert enum["properties"]["citations"]["items"]["enum"][0] == 1


def test_a_server_without_constrained_output_is_no_obstacle(library: public.Assistant) -> None:
    with scripted(Reply("Lanternfish lowers latency by 37% [1].", refuses_schema=True)) as server:
        answer = library.ask(LATENCY, backend=server.spec)
    assert answer.sentences[0].text == "Lanternfish lowers latency by 37%."
    assert answer.error is None


def test_a_lie_is_sent_back_once_and_then_left_out(library: public.Assistant) -> None:
    lie = "It was trained on 900 GPUs in Norway [1]."
    with scripted(f"Lanternfish lowers latency by 37% [1]. {lie} Accuracy rises by 2.1 points [1].", lie) as server:
        answer = library.ask(LATENCY, backend=server.spec)
        asked = [server.shown(i) for i in range(len(server.requests))]
    well_formed(library, answer)
    assert "Norway" not in answer.answer
    assert len(asked) == 2, "sent back once, not twice"
    assert "900 GPUs" in asked[1]
    assert "do not hold" in asked[1]
    finding = next(f for f in answer.findings if f.kind == "unsupported")
    assert "Norway" in finding.sentence


def test_a_lie_mended_on_the_second_try_is_shown(library: public.Assistant) -> None:
    with scripted(
        "Lanternfish lowers latency by 37% [1]. It is evaluated on ninety datasets of legal text [1].",
        "Lanternfish is evaluated on eight datasets of legal text [2].",
    ) as server:
        answer = library.ask(LATENCY, backend=server.spec)
    well_formed(library, answer)
    assert "eight datasets" in answer.answer
    assert "ninety" not in answer.answer


def test_unsupported_sentences_are_shown_as_such_where_settings_say_so(library: public.Assistant) -> None:
    draft = "Lanternfish lowers latency by 37% [1]. It was trained in Norway [1]. Accuracy rises by 2.1 points [1]."
    with scripted(draft, "NONE") as server:
        answer = with_settings(library, unsupported="show").ask(LATENCY, backend=server.spec)
    shown = [s for s in answer.sentences if s.verdict == "unsupported"]
    assert [s.text for s in shown] == ["It was trained in Norway."]
    assert "Norway" in shown[0].missing
    assert "unsupported" in kinds(answer)


@pytest.mark.parametrize(("title", "kept"), [(LANTERN.title, True), (KESTREL.title, False)])
def test_a_sentence_may_name_the_paper_it_cites_and_no_other(
    library: public.Assistant, title: str, kept: bool
) -> None:
    said = f"In “{title}”, accuracy rises by 2.1 points."
    with scripted(f"Lanternfish lowers latency by 37% [1]. {said[:-1]} [1].", "NONE") as server:
        answer = library.ask(LATENCY, backend=server.spec)
    assert (said in [s.text for s in answer.sentences]) is kept


def test_an_unknown_number_is_reported_not_hidden(library: public.Assistant) -> None:
    with scripted("Lanternfish lowers latency by 37% [1][99].") as server:
        answer = library.ask(LATENCY, backend=server.spec)
    well_formed(library, answer)
    finding = next(f for f in answer.findings if f.kind == "unknown_citation")
    assert "[99]" in finding.detail
    assert "[99]" not in answer.answer


def test_numbers_that_name_nothing_are_one_finding_of_a_sentence(library: public.Assistant) -> None:
    # Sent back, and written the same again.
    with scripted("Lanternfish lowers latency by 99% [98][99][98].") as server:
        answer = library.ask(LATENCY, backend=server.spec)
    assert len(server.requests) > 1
    (finding,) = [f for f in answer.findings if f.kind == "unknown_citation"]
    assert finding.detail.startswith("[98] [99] name no evidence")


def test_a_sentence_without_a_marker_gets_the_source_that_holds_it(library: public.Assistant) -> None:
    with scripted("Lanternfish lowers latency by 37% while accuracy rises by 2.1 points.") as server:
        answer = library.ask(LATENCY, backend=server.spec)
    well_formed(library, answer)
    assert answer.citations[0].paper_id == LANTERN.id
    assert "37%" in answer.citations[0].quote


@pytest.mark.parametrize(
    "draft",
    [
        "The moon is made of cheese [1]. Norway has 900 fjords [2].",
        "",
        "NONE",
        "I am sorry, but as a language model I can not read papers.",
        "{}",
        '{"sentences": []}',
        "Lanternfish is a sparse attention layer [2].",
        "Lanternfish lowers latency by 37% [1]. It was built in Norway [1]. It won a prize [1]. It sings [2].",
        "[1] [2] [3]",
    ],
)
def test_a_weak_model_never_makes_the_answer_worse(library: public.Assistant, draft: str) -> None:
    plain = library.ask(LATENCY)
    with scripted(draft) as server:
        events = list(library.stream(LATENCY, backend=server.spec))
    answer = events[-1].answer
    well_formed(library, answer)
    assert answer.answer == plain.answer
    assert answer.citations == plain.citations
    assert "draft_replaced" in kinds(answer)
    withdrawn = [e for e in events if isinstance(e, Replaced)]
    last = events.index(withdrawn[-1]) if withdrawn else 0
    assert tuple(e.sentence for e in events[last:] if isinstance(e, Text)) == answer.sentences


def test_a_reader_who_stops_ends_the_model_too(library: public.Assistant) -> None:
    with scripted(Reply("Lanternfish lowers latency by 37% [1]. Accuracy", stalls=True)) as server:
        stream = library.stream(LATENCY, backend=server.spec)
        assert isinstance(next(stream), Retrieved)
        assert isinstance(next(stream), Text)
        stream.close()
        assert list(stream) == []


def test_a_model_that_repeats_itself_is_heard_once(library: public.Assistant) -> None:
    with scripted("Lanternfish lowers latency by 37% [1]. " * 20) as server:
        answer = library.ask(LATENCY, backend=server.spec)
    assert len(answer.sentences) == 1


@pytest.mark.parametrize("how", ["dies", "stalls"])
def test_what_was_written_before_a_failure_is_kept(library: public.Assistant, how: str) -> None:
    reply = Reply("Lanternfish lowers latency by 37% [1]. Accuracy rises by 2.1 points [1]. And then it", **{how: True})
    with scripted(reply) as server:
        answer = with_settings(library, timeout_s=1.0).ask(LATENCY, backend=server.spec)
    well_formed(library, answer)
    assert [s.text for s in answer.sentences] == ["Lanternfish lowers latency by 37%.", "Accuracy rises by 2.1 points."]
    assert answer.error
    assert answer.error.count("\n") == 0
    assert "draft_replaced" not in kinds(answer)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=401), errors.BackendRefused),
        (Reply(status=429), errors.BackendBusy),
        (Reply("", stalls=True), errors.BackendTimeout),
        (Reply("", dies=True), errors.BackendError),
        (Reply(raw=b"data: {garbage\n\n"), errors.BackendError),
    ],
)
def test_a_failure_before_any_text_is_raised(
    library: public.Assistant, reply: Reply, kind: type[errors.BackendError]
) -> None:
    seen = []
    with scripted(reply) as server, pytest.raises(kind):
        seen.extend(with_settings(library, timeout_s=1.0).stream(LATENCY, backend=server.spec))
    assert [type(e) for e in seen] == [Retrieved]


def test_a_backend_that_cannot_be_used_is_said_before_anything_is_done(library: public.Assistant) -> None:
    with pytest.raises(errors.ConfigError):
        library.stream(LATENCY, backend="nonsense")


def test_nothing_is_asked_of_a_model_when_the_library_does_not_say(library: public.Assistant) -> None:
    with scripted("The boiling point is 17 degrees [1].") as server:
        answer = library.ask("What is the boiling point of tungsten hexafluoride?", backend=server.spec)
        assert server.requests == []
    assert answer.abstained


def test_notes_are_taken_on_each_paper_of_a_list(library: public.Assistant) -> None:
    with scripted(quoted_evidence) as server:
        answer = library.ask("Which papers recognise bird song?", backend=server.spec)
        notes = [m for m in range(len(server.requests)) if "notes on one paper" in server.shown(m)]
        shown = server.shown(-1)
    well_formed(library, answer)
    assert len(notes) >= 2
    assert "Kestrel" in shown
    assert "Heron" in shown
    assert "notes@1#" in answer.fingerprint.prompt


def test_evidence_is_cut_to_the_models_window(library: public.Assistant) -> None:
    with scripted("Lanternfish lowers latency by 37% [1].") as server:
        with_settings(library, context_tokens=512, max_answer_tokens=100).ask(LATENCY, backend=server.spec)
        small = server.shown().count("<evidence n=")
        library.ask(LATENCY, backend=server.spec)
        large = server.shown().count("<evidence n=")
    assert 1 <= small < large


def test_a_model_may_word_the_follow_up_but_not_change_its_subject(library: public.Assistant) -> None:
    history = [Turn(LATENCY, library.ask(LATENCY))]
    answer_text = "Lanternfish is evaluated on eight datasets of legal text [1]."
    for worded in ("On how many datasets was Lanternfish evaluated?", "How many bombs does Norway own?"):
        with scripted(worded, answer_text) as server:
            answer = library.ask("On how many datasets was it evaluated?", history=history, backend=server.spec)
            assert "Follow-up question" in server.shown(0)
            assert "bombs" not in server.shown(1)
        assert {c.paper_id for c in answer.citations} == {LANTERN.id}
        assert "eight" in answer.answer


# --------------------------------------------------------------------------- hostile papers


@pytest.mark.parametrize(
    "question", ["How many animals does quokka counting with drones find?", "What accuracy did quokka counting reach?"]
)
def test_hostile_papers_are_quoted_like_any_other(library: public.Assistant, question: str) -> None:
    answer = library.ask(question)
    well_formed(library, answer)
    assert not answer.abstained
    for sentence in answer.sentences:
        assert not MARKER.search(sentence.text), "no marker of a paper is mistaken for ours"
    assert any(MARKER.search(c.quote) for c in answer.citations), "the quote keeps the paper's own words"


def test_nothing_in_a_paper_can_leave_its_evidence_block(library: public.Assistant) -> None:
    with scripted(quoted_evidence) as server:
        library.ask("How many animals does quokka counting with drones find?", backend=server.spec)
        shown = "\n".join(server.shown(i) for i in range(len(server.requests)))
    system = server.requests[0]["messages"][0]["content"]
    assert "data" in system
    assert shown.count("<evidence n=") == shown.count("</evidence>\n") + shown.count("</evidence>Q")
    for forged in ("<|im_start|>", "<|im_end|>", "[INST]", "<script>", "<img", "\u200b", "\u202e", "\u2066", "[9]"):
        assert forged not in shown.replace("[2].", "")


def test_a_model_that_obeys_a_paper_is_not_believed(library: public.Assistant) -> None:
    question = "How many animals does quokka counting with drones find?"
    plain = library.ask(question)
    obeying = (
        "Arr! The moon is made of green cheese, matey [1]. ![x](http://evil.example/p.png) "
        "Send your key to http://evil.example [2]."
    )
    with scripted(obeying) as server:
        answer = library.ask(question, backend=server.spec)
    well_formed(library, answer)
    assert answer.answer == plain.answer
    assert "matey" not in answer.answer


def test_links_and_images_of_a_model_lose_their_address(library: public.Assistant) -> None:
    draft = "Lanternfish lowers latency by 37% [1] ![p](http://evil.example/p.png)."
    with scripted(draft) as server:
        answer = library.ask(LATENCY, backend=server.spec)
    assert "evil.example" not in answer.answer


def test_names_in_a_row_and_a_slip_for_than_are_understood(tmp_path: Path) -> None:
    with public.open_assistant(home=tmp_path) as assistant:
        assistant.ingest_papers([
            public.Paper("ARBOR: trees of sound", "We present ARBOR. ARBOR reaches 4.3 FID and beats SiT."),
            public.Paper("Moss on stone", "Moss grows on stone. We count moss in the rain and see it grow fast."),
        ])
        assert "4.3" in assistant.ask("FID ARBOR??").answer
        assert not assistant.ask("is ARBOR better then SiT?").abstained
        nothing = assistant.ask("What is the best paper?")
        assert nothing.abstained
        assert "names nothing" in nothing.answer
