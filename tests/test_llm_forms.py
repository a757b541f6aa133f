"""Text in, blocks out: every form in which models send an answer, cite in it, or fail to."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.engines.model.draft import Draft
from assistant.answering.engines.model.pack import Pack
from assistant.answering.engines.model.replies import draft_of, refusal
from tests.answer_material import KESTREL, LANTERN

S, T = "Lanternfish lowers latency by 37%", "Kestrel recognises 214 species"
BOTH = [("claim", f"{S}.", "1.3"), ("claim", f"{T}.", "2.3")]
ONE = [("claim", f"{S}.", "1.3")]
BY_PAPER = [("claim", f"{S}.", "1"), ("claim", f"{T}.", "2")]


def pack() -> Pack:
    made = Pack((LANTERN, KESTREL))
    for n in made.numbers:
        made.show(n, range(len(made.sentences(n))))
    return made


def read(text: str) -> Draft:
    return draft_of(text, pack(), {"okafor2023lanternfish": 1, "ruiz2021kestrel": 2})


def rows(draft: Draft) -> list[tuple[str, str, str]]:
    return [(p.kind, p.text, " ".join(p.cites)) for p in draft.pieces]


MARKS = {
    "brackets": (f"{S} [1.3]. {T} [2.3].", BOTH),
    "several brackets": (f"{S} [1.3][1.2].", [("claim", f"{S}.", "1.3 1.2")]),
    "a list": (f"{S} [1.2, 1.3].", [("claim", f"{S}.", "1.2 1.3")]),
    "a list of papers": (f"{S} [1, 2].", [("claim", f"{S}.", "1 2")]),
    "a range": (f"{S} [1.2-1.3].", [("claim", f"{S}.", "1.2 1.3")]),
    "a short range": (f"{S} [1.2–4].", [("claim", f"{S}.", "1.2 1.3 1.4")]),
    "a range of papers": (f"{S} [1-2].", [("claim", f"{S}.", "1 2")]),
    "after the stop": (f"{S}. [1.3] {T}. [2.3]", BOTH),
    "wide brackets": (f"{S} 【1.3】. {T} 【2.3】.", BOTH),
    "a dagger": (f"{S} 【1.3†source】.", ONE),
    "a footnote": (f"{S} [^1]. {T} [^2].", BY_PAPER),
    "a word before": (f"{S} [evidence 1.3].", ONE),
    "a word around": (f"{S} (Evidence [1.3]).", ONE),
    "round with a word": (f"{S} (evidence 1.3).", ONE),
    "round": (f"{S} (1). {T} (2).", BY_PAPER),
    "round with a sentence": (f"{S} (1.3).", ONE),
    "an attribute": (f"{S} [n=1].", [("claim", f"{S}.", "1")]),
    "a tag": (f'{S} <evidence n="1.3">.', ONE),
    "a closed tag": (f"{S} <cite>1.3</cite>.", ONE),
    "raised by a tag": (f"{S} <sup>1</sup>.", [("claim", f"{S}.", "1")]),
    "superscripts": (f"{S}¹. {T}².", BY_PAPER),
    "author and year": (f"{S} (Okafor and de Vries, 2023). {T} (Ruiz, 2021).", BY_PAPER),
    "several authors and years": (f"{S} (Okafor et al., 2023; Ruiz 2021).", [("claim", f"{S}.", "1 2")]),
    "author in brackets": (f"{S} [Okafor et al., 2023].", [("claim", f"{S}.", "1")]),
    "author in the sentence": (
        "Okafor et al. (2023) lower latency by 37%.", [("claim", "Okafor et al. (2023) lower latency by 37%.", "1")]
    ),
    "a citation key": (f"{S} \\cite{{okafor2023lanternfish}}.", [("claim", f"{S}.", "1")]),
    "paper and sentence in words": (f"{S} [paper 1, sentence 3].", ONE),
    "a colon": (f"{S} [1:3].", ONE),
    "unclosed": (f"{S} [1.3", [("claim", S, "1.3")]),
    "in the middle": (f"{S} [1.3] and {T} [2.3].", [("claim", f"{S} and {T}.", "1.3 2.3")]),
    "numbers that are no marks": (
        f"In 192 people (n = 12) over 3 km² (p = 2), {S} [1.3].",
        [("claim", f"In 192 people (n = 12) over 3 km² (p = 2), {S}.", "1.3")],
    ),
    "an interval and a year are text": (
        f"In [0, 1] and [2019], {S} [1.3].", [("claim", f"In [0, 1] and [2019], {S}.", "1.3")]
    ),
}


@pytest.mark.parametrize("name", MARKS)
def test_marks_of_every_form_are_read_and_taken_out(name: str) -> None:
    text, wanted = MARKS[name]
    draft = read(text)
    assert rows(draft) == wanted
    assert not any(p.unknown for p in draft.pieces)


def blocks(*made: tuple[str, str]) -> list[dict[str, object]]:
    return [{"kind": "claim", "text": text, "cites": [cite]} for text, cite in made]


WHOLE = json.dumps({"answerable": "yes", "missing": [], "blocks": blocks((f"{S}.", "1.3"), (f"{T}.", "2.3"))})
SHAPES = {
    "as asked": (WHOLE, BOTH),
    "pretty": (json.dumps(json.loads(WHOLE), indent=2), BOTH),
    "in a fence": (f"```json\n{WHOLE}\n```", BOTH),
    "amid prose": (f"Here is the answer in JSON: {WHOLE} I hope this helps.", BOTH),
    "fenced amid prose": (f"Here is the answer in JSON:\n```json\n{WHOLE}\n```\nDone.", BOTH),
    "a list": (json.dumps([{"text": f"{S}.", "citations": [1]}, {"text": f"{T}.", "citations": [2]}]), BY_PAPER),
    "other keys": (json.dumps({"sentences": [{"sentence": f"{S}.", "sources": "1.3"}]}), ONE),
    "objects as citations": (json.dumps({"answer": {"text": f"{S}.", "sources": [{"id": "1.3"}]}}), ONE),
    "text with marks": (json.dumps({"answer": f"{S} [1.3]. {T} [2.3]."}), BOTH),
    "quotes as citations": (
        json.dumps({"claims": [{"text": f"{S}.", "cites": ["On the LongRead suite it lowers latency by 37%"]}]}), ONE
    ),
    "figures in brackets": (
        json.dumps({"blocks": [
            {"kind": "row", "text": "Kestrel (1.2)", "paper": 2}, {"kind": "gap", "text": "Nothing on odds (1.3)."},
            {"kind": "claim", "text": f"{S} (odds ratio, 1.2) [1.3] (1.2).", "cites": ["1.3"]},
            {"kind": "claim", "text": f"{T} (1.2).", "cites": []},
        ]}),
        [("row", "Kestrel (1.2)", ""), ("gap", "Nothing on odds (1.3).", ""),
         ("claim", f"{S} (odds ratio, 1.2) (1.2).", "1.3"), ("claim", f"{T}.", "1.2")],
    ),
    "sections": (
        json.dumps({"sections": [{"title": "Speed", "sentences": blocks((f"{S}.", "1.3"))}]}),
        [("heading", "Speed", ""), *ONE],
    ),
    "several sentences in a block": (
        json.dumps({"blocks": [{"kind": "claim", "text": f"{S}. {T} [2.3].", "cites": ["1.3"]}]}),
        BOTH,
    ),
    "a trailing comma": (WHOLE.replace("]}]}", "]},]}"), BOTH),
    "cut off": (WHOLE[: WHOLE.index(T) + 8], ONE),
    "cut off in a list": (WHOLE[WHOLE.index("[{") : WHOLE.index(T) + 3], ONE),
    "nested cells": (
        json.dumps({"blocks": [{"kind": "row", "text": "Kestrel", "cites": ["2.3"], "cells": {"Species": "214"}}]}),
        [("row", "Kestrel", "2.3"), ("cell", "214", "2.3")],
    ),
    "bullets": (f"- {S} [1.3].\n- {T} [2.3].", BOTH),
    "numbered": (f"1. {S} [1.3].\n2) {T} [2.3].", BOTH),
    "headings": (f"### Speed\n{S} [1.3].\n\n**Birds**\n{T} [2.3].", [
        ("heading", "Speed", ""), BOTH[0], ("heading", "Birds", ""), BOTH[1],
    ]),
    "emphasis": (f"**{S}** [1.3].", ONE),
    "an introduction": (f"Here is the answer based on the evidence:\n\n{S} [1.3].", ONE),
    "one mark for two sentences": (f"{S}. {T} [2.3].", [("claim", f"{S}.", "2.3"), BOTH[1]]),
    "a table with sources": (
        f"| Method | Result | Source |\n|---|---|---|\n| Lanternfish | {S} | [1.3] |\n| Kestrel | {T} | [2.3] |",
        [("row", "Lanternfish", ""), ("cell", S, "1.3"), ("row", "Kestrel", ""), ("cell", T, "2.3")],
    ),
    "a table with marks in its cells": (
        f"Method | Speed\n--- | ---\nLanternfish [1.1] | {S} [1.3]\nKestrel | –",
        [("row", "Lanternfish", "")[:3], ("cell", S, "1.3"), ("row", "Kestrel", "")],
    ),
    "thoughts": (f"<think>Is it [2.1]? Yes.</think>{S} [1.3].", ONE),
    "half a thought": (f"So it performs well [2.1].</think>\n\n{S} [1.3].", ONE),
    "thinking": (f"<thinking>{T} [2.3].</thinking>{S} [1.3].", ONE),
    "marked thoughts": (f"[THINK]{T} [2.3].[/THINK]{S} [1.3].", ONE),
    "channels": (
        f"<|channel|>analysis<|message|>{T} [2.3].<|end|><|start|>assistant<|channel|>final<|message|>{S} [1.3].", ONE
    ),
    "thoughts before JSON": (f"<think>{{\"a\": 1}}</think>\n{WHOLE}", BOTH),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_a_reply_becomes_blocks(name: str) -> None:
    text, wanted = SHAPES[name]
    assert rows(read(text)) == wanted


@pytest.mark.parametrize("text", ["", "<think>hm [1.3]", "{}", "[]", "```json\n```", "<|im_end|>"])
def test_nothing_of_use_gives_no_block(text: str) -> None:
    draft = read(text)
    assert not draft.pieces
    assert draft.answerable == ""


def test_the_word_of_the_model_is_read_under_any_name() -> None:
    assert read('{"answerable": "no", "missing": ["whales"], "blocks": []}').answerable == "no"
    assert read('{"answerable": false}').answerable == "no"
    assert read('{"can_answer": "Partially", "sentences": []}').answerable == "partly"
    assert read('{"answerable": "no", "missing": ["whales"], "blocks": []}').missing == ("whales",)
    assert read("The papers do not contain anything on whales.").answerable == "no"
    assert read(f"The papers do not contain anything on whales, but {S} [1.3].").answerable == ""


def test_a_refusal_of_the_request_is_no_word_on_the_papers() -> None:
    said = read("I'm sorry, but I can't help with that.")
    assert said.answerable == ""
    assert refusal(said) == "I'm sorry, but I can't help with that."
    assert refusal(read(f"{S} [1.3].")) == ""


def test_ids_that_were_not_shown_are_told_apart() -> None:
    piece, = read(f"{S} [1.3][9.9].").pieces
    assert piece.cites == ("1.3",)
    assert piece.unknown == ("9.9",)
    assert read(f"{S} [1.99].").pieces[0].unknown == ("1.99",)


SCRAPS = [
    *"[](){}<>|\"\\:,;. -–12aé¹【】†^*_#`", "\n", "evidence", "[1.3]", "</think>", "<think>", "\\cite{",
    "(Okafor, 2023)", '{"text":', '"cites":[', "|---|", "```json\n", "<sup>",
]


@given(st.lists(st.sampled_from(SCRAPS)))
def test_whatever_a_model_writes_only_what_was_shown_is_cited(parts: list[str]) -> None:
    shown = pack()
    for piece in draft_of("".join(parts), shown).pieces:
        assert all(shown.known(cite) for cite in piece.cites)


@pytest.mark.parametrize(
    "text",
    ["[" + "1 " * 4_000, "(" + "see 1 " * 2_000, "[1" + " " * 9_000 + "x", '{"a":' * 3_000, "[" * 9_000,
     "|a|b|\n|--|--|\n" * 900, "<cite>" * 3_000, "<think>" * 3_000, "a¹," * 3_000, "**a " * 3_000, "\\cite{" * 3_000,
     "x" * 50_000],
    ids=range(12),
)
def test_a_long_reply_is_read_in_no_time(text: str) -> None:
    before = time.perf_counter()
    read(text)
    assert time.perf_counter() - before < 5


def test_columns_and_papers_of_a_table_are_kept() -> None:
    text = f"| Method | Result | Source |\n|---|---|---|\n| Kestrel | {T} | [2.3] |"
    row, cell = read(text).pieces
    assert row.paper == 2
    assert cell.column == "Result"


def test_paragraphs_are_kept() -> None:
    first, second, third = read(f"{S} [1.3]. {T} [2.3].\n\n{T} [2.3].").pieces
    assert (first.paragraph, second.paragraph, third.paragraph) == (True, False, True)
