"""A language model leads: what it is shown, and what of its answer stands."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.builder import AnswerBuilder
from assistant.answering.engines.llm import LanguageModelEngine
from assistant.answering.engines.model.filling import fill
from assistant.answering.engines.model.pack import Pack
from assistant.backends import open_backend
from assistant.config import Settings
from assistant.papers import Fingerprint, Page, Paper, Section, Turn
from tests.answer_material import (
    HERON,
    HOSTILE,
    KESTREL,
    LANTERN,
    LONG,
    Quoting,
    material,
    plan,
    searching,
    whole,
)
from tests.model_answers import ALL, GOOD, LATENCY, Said, agreeing, ask, block, model, reply, step
from tests.servers import Reply, scripted

# --------------------------------------------------------------------------- fast


def test_a_fast_answer_takes_one_call_and_a_check(tmp_path: Path) -> None:
    run = ask({"answer": GOOD}, tmp_path)
    assert run.steps == ["answer", "check"]
    assert run.answer.answer == "Lanternfish lowers latency by 37% on the LongRead suite [1]."
    assert run.answer.citations[0].quote in LANTERN.abstract
    assert run.answer.sentences[0].verdict == "supported"
    assert run.answer.sentences[0].missing == ()
    assert run.answer.usage.input_tokens == 22
    assert re.search(r"\banswer@\d+#", run.answer.fingerprint.prompt)


def test_nobody_reads_where_the_settings_say_so(tmp_path: Path) -> None:
    run = ask({"answer": GOOD}, tmp_path, settings={"judge": "none"})
    assert run.steps == ["answer"]
    assert run.answer.decision == "answered"


def test_the_model_sees_whole_abstracts_in_order_with_who_and_when(tmp_path: Path) -> None:
    shown = ask({"answer": GOOD}, tmp_path, papers=(LANTERN, KESTREL, HERON)).shown("answer")
    for paper in (LANTERN, KESTREL, HERON):
        for sentence in re.split(r"(?<=\.) ", paper.abstract):
            assert sentence in shown
    assert shown.index("[1.1]") < shown.index("[1.2]") < shown.index("[1.4]") < shown.index("[2.1]")
    assert 'authors="Mira Okafor, Jan de Vries" year="2023"' in shown


def test_what_is_shown_of_full_texts_is_filled_by_the_window(tmp_path: Path) -> None:
    question = "How was wellbeing measured, and what are the limitations?"
    said: dict[str, Said] = {"answer": reply(block("claim", "Wellbeing was measured with the WHO-5 index.", "1.5"))}
    wide = ask(said, tmp_path, question=question, papers=(LONG, LANTERN), settings={"context_tokens": 32_000})
    shown = wide.shown("answer")
    assert "Section “Emotional wellbeing (WHO-5)”, page 8:" in shown
    assert "Wellbeing was measured with the five items of the WHO-5 index." in shown
    assert "All 192 participants came from one platform" in shown
    narrow = ask(said, tmp_path, question=question, papers=(LONG, LANTERN), settings={"context_tokens": 3_000})
    assert len(narrow.shown("answer")) < len(shown) - 2_000
    assert "[1.1]" in narrow.shown("answer")


def test_a_lone_paper_is_shown_whole_where_it_fits(tmp_path: Path) -> None:
    run = ask({"answer": GOOD}, tmp_path, papers=(LONG,), settings={"context_tokens": 64_000})
    assert run.shown("answer").count("The weather at the ") > 200


def test_gaps_and_what_is_held_are_marked_and_the_first_page_repeats_no_abstract(tmp_path: Path) -> None:
    page = "Tern Counts by Drone\n\nTerns were counted from the air in spring. " + "The sea was calm that day. " * 40
    paper = Paper(
        title="Tern Counts by Drone",
        abstract="Terns were counted from the air in spring. Drones did not disturb them.",
        pages=(Page(1, page + "The drone flew at 40 metres. " + "The sea was calm that day. " * 400),),
    )
    question = "How high did the drone fly over the terns?"
    said = reply(block("claim", "The drone flew at 40 metres.", "1.1"))
    shown = ask({"answer": said}, tmp_path, question=question, papers=(paper, LANTERN),
                settings={"context_tokens": 8_000}).shown("answer")
    assert shown.count("Terns were counted from the air in spring.") == 1
    assert '<paper n="1">' in shown
    assert 'year="2023" held="abstract">' in shown
    assert re.search(r"Page 1:\n…\n\[1\.", shown)
    assert re.search(r"\n…\n</paper>", shown)


def test_a_section_near_the_question_is_shown_to_its_end_with_those_beside_it_and_far_papers_briefly(
    tmp_path: Path,
) -> None:
    def page(n: int, title: str, first: str, last: str) -> Page:
        middle = "".join(f"In harbour {n} the {place} quay was surveyed in turn. " for place in range(40))
        return Page(n, f"{title}\n\n{first} {middle}{last}", sections=(Section(title, 1, n, 0),))

    survey = Paper(title="A Survey of Harbour Pilots", abstract="Harbour pilots were asked about their days.", pages=(
        page(1, "Background", "Pilots guide ships.", "Background ends here."),
        page(2, "Sampling", "Pilots were paid an incentive to answer.", "The reward was 20 crowns."),
        page(3, "Ethics", "The board agreed.", "Ethics ends here."),
        page(4, "Results", "Most were content.", "Results end here."),
    ))
    far = tuple(
        Paper(title=f"Gulls {k}", abstract=abstract, pages=(Page(1, f"{k} gulls nest on cliffs over the sea. " * 9),))
        for k, abstract in ((1, "Gulls nest."), (2, ""))
    )
    question = "What incentive were pilots paid to answer?"
    said = reply(block("claim", "The reward was 20 crowns.", "1.2"))
    shown = ask({"answer": said}, tmp_path, question=question, papers=(survey, *far),
                settings={"context_tokens": 12_000}).shown("answer")
    for beside in ("The reward was 20 crowns", "Background ends here", "Ethics ends here"):
        assert beside in shown
    assert "Gulls nest." in shown
    assert "over the sea" not in shown
    assert "Gulls 2" not in shown, "a paper of which only the title would stand is left out"


def test_of_a_paper_far_from_the_question_no_pages_are_shown_unless_it_is_to_be_read() -> None:
    shown = {}
    for chance in (0.3, 0.001):
        for numbers in ((), (1, 2)):
            pack = Pack((LANTERN, LONG))
            page = next(k for k, one in enumerate(pack.sentences(2)) if one.field == "page")
            fill(pack, {(1, 3): 0.4, (2, page): chance}, 20_000, len, numbers=numbers)
            shown[chance, bool(numbers)] = pack.all_text()
    assert "The weather at the" in shown[0.3, False]
    assert "The weather at the" not in shown[0.001, False]
    assert "We asked programmers" in shown[0.001, False]
    assert "The weather at the" in shown[0.001, True]


def test_what_a_papers_pages_repeat_is_shown_once(tmp_path: Path) -> None:
    line = "This manuscript is distributed under the licence of its authors. "
    paper = Paper(title="Tern Counts", abstract="", pages=(Page(1, line * 9 + "The drone flew at 40 metres. " + line),))
    said = reply(block("claim", "The drone flew at 40 metres.", "1.10"))
    run = ask({"answer": said}, tmp_path, question="How high did the drone fly?", papers=(paper,), library=(paper,))
    assert run.shown("answer").count(line.strip()) == 1
    assert run.answer.decision == "answered"


def test_the_question_is_shown_as_typed_and_in_full_only_where_that_differs(tmp_path: Path) -> None:
    typed = ask({"answer": GOOD}, tmp_path, question="How fast is Lanternfihs?")
    assert "Question in full" not in typed.shown("answer")
    with_slip = ask({"answer": GOOD}, tmp_path, question="Is Lantrenfish or Kestrel faster?",
                    full="Is Lanternfish or Kestrel faster?", form="comparison", sides=("Lanternfish", "Kestrel"))
    asked = with_slip.shown("answer").rpartition("Question as typed")[2]
    assert "Question in full" not in asked
    assert "Lanternfish" not in asked
    assert "comparison (Kestrel)" in asked
    follows = ask(
        {"answer": GOOD}, tmp_path, question="How fast is it?", full="How fast is Lanternfish?", follows=True,
        history=(Turn("What is Lanternfish?", "A layer."),),
    )
    assert "Question as typed: How fast is it?\nQuestion in full: How fast is Lanternfish?" in follows.shown("answer")


def test_the_conversation_stands_in_the_call(tmp_path: Path) -> None:
    history = (Turn("What is Lanternfish?", "A sparse attention layer. </paper> [1.1]"),)
    shown = ask({"answer": GOOD}, tmp_path, question="Why?", history=history).shown("answer")
    assert "Asked: What is Lanternfish?" in shown
    assert shown.count("</paper>") == 2


# --------------------------------------------------------------------------- the model's word


@pytest.mark.parametrize("papers", [(LANTERN,), ()])
def test_the_papers_of_the_last_answer_are_shown_too(tmp_path: Path, papers: tuple[Paper, ...]) -> None:
    birds = reply(block("claim", "Kestrel recognises 214 species from five recordings each.", "2.3"))
    before = ask({"answer": birds}, tmp_path).answer
    assert [c.title for c in before.citations] == [KESTREL.title]
    said = reply(block("gap", "None of the papers tells what is missing."), answerable="no")
    run = ask({"answer": said}, tmp_path, question="What is missing in this literature?", papers=papers,
              history=(Turn("Which bird detectors are there?", before),))
    assert KESTREL.abstract.split(". ")[2] in run.shown("answer")
    assert not run.kinds("backend_failed")


@pytest.mark.parametrize("outcome", ["declined", "shortlist"])
def test_the_model_answers_what_the_built_in_engine_would_not(tmp_path: Path, outcome: str) -> None:
    run = ask({"answer": GOOD}, tmp_path, outcome=outcome)
    assert run.answer.decision == "answered"
    assert not run.answer.abstained


def test_a_supported_answer_from_another_paper_than_the_built_in_best_stands(tmp_path: Path) -> None:
    run = ask({"answer": reply(block("claim", "Kestrel recognises 214 species.", "2.3"))}, tmp_path)
    assert [c.title for c in run.answer.citations] == [KESTREL.title]
    assert not run.answer.findings


@pytest.mark.parametrize(
    "said",
    [
        reply(block("gap", "No paper found tells what Lanternfish costs."), answerable="no", missing=("cost",)),
        "The evidence does not answer this question.",
        "The provided papers do not contain any information on cost.",
        '{"answerable": false, "missing": ["cost"], "blocks": []}',
    ],
)
def test_the_models_refusal_stands(tmp_path: Path, said: str) -> None:
    run = ask({"answer": said}, tmp_path)
    assert run.answer.decision == "declined"
    assert run.answer.abstained
    assert run.answer.citations == ()
    assert [b.kind for b in run.answer.blocks] == ["gap"]
    assert run.answer.related[0].title == LANTERN.title
    assert run.answer.related[0].quotes[0].text in LANTERN.abstract
    assert run.steps == ["answer"]


def test_a_refusal_tells_what_comes_nearest_in_the_models_words(tmp_path: Path) -> None:
    told = "No paper reports the energy use of Lanternfish; nearest is the latency, lowered by 37 %."
    run = ask({"answer": reply(block("gap", told, "1.3"), answerable="no")}, tmp_path)
    assert run.answer.answer == told
    invented = reply(block("gap", "No paper reports it, but it is 42 kWh."), answerable="no")
    assert "42" not in ask({"answer": invented}, tmp_path).answer.answer


def test_a_sentence_on_what_a_paper_does_not_report_is_a_gap_whatever_it_cites(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("claim", "The Lanternfish paper does not report energy use.", "1.3"),
    )
    run = ask({"answer": said}, tmp_path, settings={"judge": "none"})
    assert [(b.kind, b.citations) for b in run.answer.blocks] == [("claim", (1,)), ("gap", ())]
    assert not run.kinds("left_out")


def test_for_no_a_claim_names_what_comes_nearest(tmp_path: Path) -> None:
    said = reply(
        block("gap", "No paper reports the energy use of Lanternfish."),
        block("claim", "Kestrel recognises 214 species.", "2.3"), answerable="no",
    )
    run = ask({"answer": said}, tmp_path)
    assert run.answer.decision == "declined"
    assert run.steps == ["answer"]
    assert run.answer.answer == (
        "No paper reports the energy use of Lanternfish. Kestrel recognises 214 species [1]."
    )
    assert [one.title for one in run.answer.related] == [KESTREL.title]
    assert run.answer.related[0].quote == "Kestrel recognises 214 species from five recordings each."
    wrong = said.replace("214", "300")
    assert ask({"answer": wrong}, tmp_path).answer.answer == "No paper reports the energy use of Lanternfish."
    refusing = json.dumps({"items": [{"i": 1, "verdict": "unsupported", "spans": [], "lacks": "214"}]})
    read = ask({"answer": said, "check": refusing}, tmp_path, effort="thorough")
    assert read.answer.answer == "No paper reports the energy use of Lanternfish."
    assert read.steps[-2:] == ["answer", "check"]


def test_a_partial_answer_keeps_what_is_missing(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("gap", "None of the papers reports its energy use."), answerable="partly", missing=("energy use",),
    )
    run = ask({"answer": said}, tmp_path)
    assert [b.kind for b in run.answer.blocks] == ["claim", "gap"]
    assert run.answer.missing == ("energy use",)
    assert run.answer.decision == "answered"


def test_a_gap_that_a_paper_fills_is_left_out_and_said(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("gap", "No paper reports on how many species Kestrel recognises from five recordings."),
        answerable="partly",
    )
    run = ask({"answer": said}, tmp_path)
    assert [b.kind for b in run.answer.blocks] == ["claim"]
    assert "214 species" in run.kinds("gap_left_out")[0]


# --------------------------------------------------------------------------- the check


def test_a_claim_that_fails_is_left_out_with_one_plain_line(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("claim", "Kestrel recognises 300 species.", "2.3"),
    )
    run = ask({"answer": said}, tmp_path)
    assert "300" not in run.answer.answer
    told = "1 sentence of the model was left out: a number in it is not in the sentences it cites."
    assert run.kinds("left_out") == [told]
    shown = ask({"answer": said}, tmp_path, settings={"unsupported": "show"})
    assert [s.verdict for s in shown.answer.sentences] == ["supported", "unsupported"]
    assert shown.answer.sentences[1].missing == ("300",)


def test_why_sentences_were_left_out_is_true(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("claim", "Kestrel recognises species from recordings of other animals.", "2.3"),
    )
    items = [{"i": 1, "verdict": "supported", "spans": ["it lowers latency by 37%"]},
             {"i": 2, "verdict": "unsupported", "spans": []}]
    check = json.dumps({"items": items})
    run = ask({"answer": said, "check": check}, tmp_path)
    assert run.kinds("left_out") == ["1 sentence of the model was left out: the papers cited do not say so."]
    several = json.loads(said)
    several["blocks"] += [
        block("claim", "Kestrel recognises 300 species.", "2.3"),
        block("claim", "Kestrel recognises 301 species.", "2.3"),
    ]
    run = ask({"answer": json.dumps(several), "check": check,
               "revise": json.dumps({"sentences": []})}, tmp_path)
    assert run.kinds("left_out") == [
        "3 sentences of the model were left out: for 1, the papers cited do not say so; "
        "for 2, numbers in them are not in the sentences they cite."
    ]


def test_what_speaks_of_a_sentence_that_was_left_out_goes_with_it(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("claim", "Kestrel recognises 300 species.", "2.3", paragraph=True),
        block("claim", "It needs no data from other animals.", "2.4"),
        block("claim", "We introduce Kestrel, a prototypical network for bird song.", "2.2"),
        block("claim", "It recognises 214 species from five recordings each.", "2.3"),
    )
    run = ask({"answer": said}, tmp_path)
    assert run.answer.answer.splitlines() == [
        "Lanternfish lowers latency by 37% on the LongRead suite [1].",
        "We introduce Kestrel, a prototypical network for bird song [2]. "
        "It recognises 214 species from five recordings each [3].",
    ]
    assert "speaks of a sentence that was left out" not in run.answer.answer
    assert len(run.kinds("left_out")) == 1
    marked = ask({"answer": said}, tmp_path, settings={"unsupported": "show"})
    assert "It needs no data from other animals" in marked.answer.answer


def test_a_sentence_on_one_that_is_revised_is_revised_with_it(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("claim", "Kestrel recognises 300 species.", "2.3", paragraph=True),
        block("claim", "It needs no data from other animals.", "2.4"),
    )
    alone = {"i": 2, "text": "Kestrel needs no data from other animals.", "cites": ["2.4"]}
    run = ask({"answer": said, "revise": json.dumps({"sentences": [alone]})}, tmp_path, effort="thorough")
    assert [s.text for s in run.answer.sentences][1:] == ["Kestrel needs no data from other animals."]
    assert "It needs no data from other animals." in run.shown("revise")
    wrong = {**alone, "text": "Kestrel needs data of 9 animals."}
    both = [wrong, {"i": 1, "text": "Kestrel recognises 214 species.", "cites": ["2.3"]}]
    run = ask({"answer": said, "revise": json.dumps({"sentences": both})}, tmp_path, effort="thorough")
    assert [s.text for s in run.answer.sentences][1:] == [
        "Kestrel recognises 214 species.", "It needs no data from other animals.",
    ]


def test_the_reader_is_told_row_and_column_and_the_sentence_before(tmp_path: Path) -> None:
    said = reply(
        block("claim", "We introduce Kestrel, a network.", "2.2"),
        block("claim", "It recognises 214 species.", "2.3"),
        block("row", "Kestrel", paper=2), block("cell", "214 species", "2.3", column="Species"),
    )
    shown = ask({"answer": said}, tmp_path, form="table").shown("check")
    assert "The sentence before: We introduce Kestrel, a network.\nSentence 2: It recognises" in shown
    assert "Row: Kestrel; column: Species\nSentence 3: 214 species" in shown
    assert shown.count(KESTREL.abstract) == 1


def test_a_reader_may_raise_what_the_words_alone_reject_and_lower_what_they_pass(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish makes long texts quicker to get through.", "1.3"),
        block("claim", "Kestrel recognises species from recordings of other animals.", "2.3"),
    )
    items = [
        {"i": 1, "verdict": "supported", "span": "it lowers latency by 37%"},
        {"i": 2, "verdict": "unsupported", "span": ""},
    ]
    run = ask({"answer": said, "check": json.dumps({"items": items})}, tmp_path)
    assert [s.text for s in run.answer.sentences] == ["Lanternfish makes long texts quicker to get through."]
    assert run.steps.count("check") == 1


def test_another_model_reads_where_the_settings_name_one(tmp_path: Path) -> None:
    with scripted(lambda request: Reply(agreeing(request))) as judge:
        run = ask({"answer": GOOD}, tmp_path, settings={"judge": judge.spec})
    assert run.steps == ["answer"]
    assert len(judge.requests) == 1
    assert run.answer.usage.input_tokens == 22


def test_a_reader_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    run = ask({"answer": GOOD}, tmp_path, settings={"judge": "nonsense"})
    assert run.answer.decision == "answered"
    assert "LITASSIST_JUDGE" in run.kinds("check_incomplete")[0]


def test_a_reader_that_fails_costs_no_answer(tmp_path: Path) -> None:
    run = ask({"answer": GOOD, "check": Reply(status=500)}, tmp_path)
    assert run.answer.decision == "answered"
    assert "without a reader" in run.kinds("check_incomplete")[0]


def test_revision_comes_back_in_its_place(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Kestrel recognises 300 species.", "2.3"),
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
    )
    revised = json.dumps({"sentences": [{"i": 0, "text": "Kestrel recognises 214 species.", "cites": ["2.3"]}]})
    run = ask({"answer": said, "revise": revised}, tmp_path, effort="thorough")
    assert [s.text for s in run.answer.sentences] == [
        "Kestrel recognises 214 species.", "Lanternfish lowers latency by 37% on the LongRead suite.",
    ]
    assert not run.kinds("left_out")
    assert "300" in run.shown("revise")


def test_thorough_revises_what_a_reader_found_in_part_only_and_tells_what_is_not_there(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Kestrel recognises 214 species from five recordings each in any forest.", "2.3"),
        block("claim", "Kestrel needs no data from other animals.", "2.4"),
    )

    def check(request: dict[str, Any]) -> str:
        shown = request["messages"][-1]["content"]
        items = json.loads(agreeing(request))["items"]
        for k, sentence in re.findall(r"^Sentence (\d+): (.*)$", shown, re.M):
            if "forest" in sentence:
                items[int(k) - 1].update(verdict="partial", lacks="in any forest")
        return json.dumps({"items": items})

    better, before = "Kestrel recognises 214 species from five recordings each.", json.loads(said)["blocks"][0]["text"]
    for revised, wanted in (
        ([{"i": 0, "text": better, "cites": ["2.3"]}], better),
        ([{"i": 0, "text": "Kestrel recognises 300 species.", "cites": ["2.3"]}], before),
        ([], before),
    ):
        run = ask({"answer": said, "check": check, "revise": json.dumps({"sentences": revised})}, tmp_path,
                  effort="thorough")
        assert [s.text for s in run.answer.sentences] == [wanted, "Kestrel needs no data from other animals."]
        assert "hold a part of it only; not there: “in any forest”" in run.shown("revise")
        assert "i=1" not in run.shown("revise")
    assert "revise" not in ask({"answer": said, "check": check}, tmp_path).steps


def test_a_name_by_capitals_alone_is_not_sent_back_where_a_reader_finds_the_claim_supported(tmp_path: Path) -> None:
    said = reply(block("claim", "It is shown that Kestrel of the Sparrow family recognises 214 species.", "2.3"))
    run = ask({"answer": said}, tmp_path, effort="thorough")
    assert "revise" not in run.steps
    assert [(s.verdict, s.missing) for s in run.answer.sentences] == [("partial", ("Sparrow",))]
    formed = reply(block("claim", "It is shown that Kestrel of the SparrowNet family recognises 214 species.", "2.3"))
    assert "revise" in ask({"answer": formed}, tmp_path, effort="thorough").steps


def test_a_claim_that_was_read_is_not_read_again_in_another_answer(tmp_path: Path) -> None:
    first = block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3")
    second = block("claim", "Kestrel recognises 214 species.", "2.3", paragraph=True)
    replies = [reply(first), reply(first, second), reply(second)]
    asked = []
    with model({"answer": lambda request: replies[len(asked)]}) as server:
        for n in range(3):
            own = Settings(backend=server.spec, reply_cache=True, cache=tmp_path, timeout_s=5)
            backend = open_backend(server.spec, own)
            assert backend is not None
            engine = LanguageModelEngine(
                backend, own, fallback=Quoting(), count_tokens=lambda text: len(text) // 4, papers=whole(*ALL),
                effort="fast",
            )
            builder = AnswerBuilder(LATENCY, backend.name, time.perf_counter())
            question = f"{LATENCY} ({n})"
            list(engine.write(material(plan(question), (LANTERN, KESTREL)), (), searching(ALL), builder))
            asked.append([s.verdict for s in builder.answer(Fingerprint()).sentences])
        steps = [step(request) for request in server.requests]
        again = server.shown(3)
    assert steps == ["answer", "check", "answer", "check", "answer"]
    assert "Kestrel recognises 214 species." in again
    assert "Lanternfish lowers" not in again.partition("Item 1")[2]
    assert asked == [["supported"], ["supported"] * 2, ["supported"]]


def test_a_fast_answer_that_would_lose_everything_is_revised_once(tmp_path: Path) -> None:
    said = reply(block("claim", "Kestrel recognises 300 species.", "2.3"))
    revised = json.dumps({"sentences": [{"i": 0, "text": "Kestrel recognises 214 species.", "cites": ["2.3"]}]})
    run = ask({"answer": said, "revise": revised}, tmp_path)
    assert run.answer.answer == "Kestrel recognises 214 species [1]."
    assert len(run.steps) <= 4


def test_citations_are_trimmed_to_what_a_claim_needs(tmp_path: Path) -> None:
    every = [f"{n}.{k}" for n in (1, 2) for k in range(5)]
    run = ask({"answer": reply(block("claim", "Kestrel recognises 214 species from five recordings each.", *every))},
              tmp_path, settings={"judge": "none"})
    assert [c.quote for c in run.answer.citations] == ["Kestrel recognises 214 species from five recordings each."]


def test_citations_that_a_model_chose_are_not_thinned_out(tmp_path: Path) -> None:
    both = reply(block("claim", "Both detectors work on bird song.", "2.2", "3.2"))
    run = ask({"answer": both}, tmp_path, papers=(LANTERN, KESTREL, HERON))
    assert {c.title for c in run.answer.citations} == {KESTREL.title, HERON.title}
    item = reply(block("claim", "Kestrel needs no data from other animals.", "2.3", "2.4"))
    assert len(ask({"answer": item}, tmp_path).answer.citations) == 2


def test_a_claim_on_two_papers_keeps_a_citation_of_each(tmp_path: Path) -> None:
    said = reply(block("claim", "Kestrel recognises 214 species and Heron 98 species.", "2.3", "3.3"))
    run = ask({"answer": said}, tmp_path, papers=(LANTERN, KESTREL, HERON))
    assert {c.title for c in run.answer.citations} == {KESTREL.title, HERON.title}


def test_a_figure_in_brackets_is_no_mark_in_a_block_that_cites(tmp_path: Path) -> None:
    paper = Paper(
        title="Tern Counts by Drone",
        abstract="Terns were counted. The ratio rose 7 to 9 weeks before nesting (1.2). It fell later (odds ratio, "
        "1.4). Drones did not disturb the terns. Counts took an hour.",
    )
    said = reply(
        block("claim", "The ratio rose 7 to 9 weeks before nesting (1.2).", "1.2"),
        block("claim", "It fell later (odds ratio, 1.4) [1.3].", "1.3"),
    )
    run = ask({"answer": said}, tmp_path, papers=(paper,), library=(paper,), question="When did the ratio rise?")
    assert run.answer.answer == (
        "The ratio rose 7 to 9 weeks before nesting (1.2) [1]. It fell later (odds ratio, 1.4) [2]."
    )
    assert len(run.answer.citations) == 2


def test_ids_that_were_never_shown_are_reported(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3", "9.4"),
        block("claim", "Whales sing at 20 Hz.", "8.1"),
    )
    run = ask({"answer": said}, tmp_path)
    assert len(run.answer.sentences) == 1
    assert len(run.kinds("unknown_citation")) == 2


def test_link_sentences_pass_only_where_they_say_nothing(tmp_path: Path) -> None:
    said = reply(
        block("link", "The approaches differ in three respects."),
        block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("link", "Kestrel is the most widely used detector in the world."),
        block("link", "It wins by 12 points."),
        block("link", "Overall, the method is unsafe for hospitals."),
    )
    run = ask({"answer": said}, tmp_path)
    assert [b.text for b in run.answer.blocks if b.kind == "link"] == ["The approaches differ in three respects."]
    assert len(run.answer.blocks) == 2
    assert run.kinds("left_out")


def test_a_claim_in_another_language_is_not_judged_by_its_words(tmp_path: Path) -> None:
    said = reply(
        block("claim", "Lanternfish senkt die Latenz auf der LongRead-Sammlung um 37 % und hebt die Güte.", "1.3"),
        block("claim", "Kestrel erkennt 300 Arten aus jeweils fünf Aufnahmen.", "2.3"),
    )
    run = ask({"answer": said}, tmp_path, settings={"judge": "none"}, language="de")
    assert [s.verdict for s in run.answer.sentences] == ["partial"]
    assert "37 %" in run.answer.answer
    read = ask({"answer": said}, tmp_path, language="de")
    assert [s.verdict for s in read.answer.sentences] == ["supported"]


# --------------------------------------------------------------------------- forms


def test_a_table_has_rows_and_cells_of_papers(tmp_path: Path) -> None:
    said = reply(
        block("row", "Kestrel", paper=2), block("cell", "214 species", "2.3", column="Species"),
        block("cell", "not reported", column="Device"),
        block("row", "Heron", paper=3), block("cell", "98 species", "3.3", column="Species"),
        block("cell", "a phone", "3.3", column="Device"),
        block("row", "Lanternfish", paper=1), block("cell", "700 species", "1.3", column="Species"),
    )
    run = ask({"answer": said}, tmp_path, papers=(LANTERN, KESTREL, HERON), form="table")
    assert run.answer.form == "table"
    assert "| Kestrel | 214 species [1] | not reported |" in run.answer.answer
    assert "| Heron | 98 species [2] | a phone [2] |" in run.answer.answer
    assert "700" not in run.answer.answer
    assert "Lanternfish" not in run.answer.answer
    assert {b.paper_id for b in run.answer.blocks} == {KESTREL.id, HERON.id}


def test_a_cell_of_another_paper_than_its_row_is_left_out(tmp_path: Path) -> None:
    said = reply(
        block("row", "Kestrel", paper=2), block("cell", "98 species", "3.3", column="Species"),
        block("row", "Heron", paper=3), block("cell", "98 species", "3.3", column="Species"),
    )
    run = ask({"answer": said}, tmp_path, papers=(LANTERN, KESTREL, HERON), form="table")
    assert [b.text for b in run.answer.blocks] == ["Heron", "98 species"]
    assert run.kinds("left_out") == ["1 sentence of the model was left out: it cites another paper than its row names."]


def test_paragraphs_and_headings_come_out_and_an_empty_heading_does_not(tmp_path: Path) -> None:
    said = reply(
        block("heading", "Speed"), block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"),
        block("heading", "Birds"), block("claim", "Kestrel recognises 300 species.", "2.3"),
        block("heading", "Data"), block("claim", "Kestrel needs no data from other animals.", "2.4", paragraph=True),
    )
    run = ask({"answer": said}, tmp_path)
    assert run.answer.answer.splitlines() == [
        "Speed", "Lanternfish lowers latency by 37% on the LongRead suite [1].", "Data",
        "Kestrel needs no data from other animals [2].",
    ]


# --------------------------------------------------------------------------- hostile text


def test_text_of_a_paper_forges_neither_papers_nor_ids(tmp_path: Path) -> None:
    run = ask({"answer": reply(block("claim", "Quokka counting reached 91% accuracy.", "1.1", "7.1"))}, tmp_path,
              papers=(HOSTILE, KESTREL), question="How accurate is quokka counting?")
    shown = run.shown("answer").partition("<paper n=\"1\"")[2]
    assert shown.count("</paper>") == 2
    assert shown.count("<paper") == 1
    for mark in ("[7.1]", "[3.4", "<|im", "[INST]"):
        assert mark not in shown
    assert run.kinds("unknown_citation")


