"""The forms of an answer in the papers' own words, whatever was decided: lists, tables, sides, values, shortlists."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from answers import HERON, HOSTILE, KESTREL, LANTERN, SOIL, well_formed
from hypothesis import given
from hypothesis import strategies as st
from word_vectors import WordTokens

from assistant.answering.builder import AnswerBuilder
from assistant.answering.decision import Decision
from assistant.answering.engines.extractive import ExtractiveEngine
from assistant.answering.forms import comparison
from assistant.answering.forms.rows import best_sentences
from assistant.answering.polarity import polarity
from assistant.answering.quoting import leans, quote, quoted, short_title, stretch
from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.evidence import Evidence, PaperEvidence
from assistant.index import Index
from assistant.library import Library
from assistant.papers import Answer, Block, Fingerprint, Paper
from assistant.text import sentences

BARN = Paper(
    "Warm Barns: Lamps against the Cold",
    "Barns are cold in winter. We built Fyrlight, a lamp for barns. This lowers the heating bill of barns by 40%. "
    "However, cows sleep less under Fyrlight.",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("home")
    embedder, store = WordTokens(dimension=2048), Library.open(home)
    with Assistant(Settings(home=home), store, Index.open(home, store, embedder), embedder) as made:
        made.ingest_papers([LANTERN, KESTREL, HERON, SOIL, BARN, *HOSTILE])
        yield made


def ask(
    library: Assistant, question: str, outcome: str = "answered", *, several: bool = False, rows: int = 8
) -> Answer:
    """The built-in engine's answer where this is decided."""
    road = library._answering
    material = road.material(road.plan(question))
    decided = Decision(outcome, 0.9, 0.9, several=several, missing=material.decision.missing)
    builder = AnswerBuilder(question, "extractive", time.perf_counter())
    engine = ExtractiveEngine(lambda: "", replace(library.settings, papers_per_answer=rows))
    list(engine.write(replace(material, decision=decided), (), road._search, builder))
    answer = builder.answer(Fingerprint())
    well_formed(library, answer)
    for block in answer.blocks:
        for n in block.citations:
            told = answer.citations[n - 1].quote
            assert told.translate(str.maketrans("“”", "‘’")) in block.text or "[" in told, "a quote is word for word"
    return answer


def under(answer: Answer) -> list[tuple[Block, list[Block]]]:
    """The rows with their cells."""
    found: list[tuple[Block, list[Block]]] = []
    for block in answer.blocks:
        if block.kind == "row":
            found.append((block, []))
        elif block.kind == "cell":
            found[-1][1].append(block)
    return found


def cited(answer: Answer, block: Block) -> set[str]:
    return {answer.citations[n - 1].paper_id for n in block.citations}


# --------------------------------------------------------------------------- several papers


def test_a_list_is_one_row_for_each_paper_that_fits_and_counts_them(library: Assistant) -> None:
    answer = ask(library, "Which papers recognise bird song?", several=True)
    listed = under(answer)
    assert answer.form == "list"
    assert [row.paper_id for row, _ in listed] == list(dict.fromkeys(row.paper_id for row, _ in listed))
    assert {KESTREL.id, HERON.id} == {row.paper_id for row, _ in listed[:2]}
    for row, cells in listed:
        assert 1 <= len(cells) <= 2, "of few papers more is told"
        assert all(cited(answer, cell) == {row.paper_id} for cell in cells)
    assert answer.blocks[0].kind == "link"
    assert answer.blocks[0].text.startswith(f"{len(listed)} papers on ")
    assert answer.answer.count("\n- ") == len(listed)


def test_of_many_rows_the_first_are_shown_and_all_are_counted(library: Assistant) -> None:
    answer = ask(library, "Which papers recognise bird song?", several=True, rows=1)
    assert len(under(answer)) == 1
    assert answer.blocks[0].text.startswith("2 papers on ")
    assert "1 shown" in answer.blocks[0].text


def test_a_table_has_the_columns_asked_for(library: Assistant) -> None:
    answer = ask(library, "Make a table of papers on bird song with columns: species, recordings", several=True)
    assert answer.form == "table"
    for row, cells in under(answer):
        assert [cell.column for cell in cells] == ["species", "recordings"]
        assert all(cited(answer, cell) <= {row.paper_id} for cell in cells)
    assert "| Paper | species | recordings |" in answer.answer
    species = {row.paper_id: cells[0].text for row, cells in under(answer)}
    assert "214 species" in species[KESTREL.id]
    assert "98 species" in species[HERON.id]


def test_a_table_without_columns_has_some(library: Assistant) -> None:
    answer = ask(library, "Show the papers on bird song as a table", several=True)
    columns = {tuple(cell.column for cell in cells) for _, cells in under(answer)}
    assert len(columns) == 1
    assert all(columns.pop())


def test_a_comparison_is_a_row_for_each_side_with_its_own_words(library: Assistant) -> None:
    answer = ask(library, "Compare Kestrel and Heron")
    assert [(row.text, row.paper_id) for row, _ in under(answer)] == [("Kestrel", KESTREL.id), ("Heron", HERON.id)]
    for row, cells in under(answer):
        assert cells
        assert all(cited(answer, cell) == {row.paper_id} for cell in cells)


def test_a_side_without_a_paper_is_said(library: Assistant) -> None:
    road = library._answering
    material = road.material(road.plan("Compare Kestrel and Zorbit"))
    builder = AnswerBuilder("", "extractive", time.perf_counter())
    list(comparison.compare(material, road._search, builder))
    assert [(b.kind, b.text) for b in builder.blocks if b.kind != "cell"] == [
        ("row", "Kestrel"), ("gap", "No paper found is about Zorbit."),
    ]
    assert "Zorbit" in builder.missing


# --------------------------------------------------------------------------- a few sentences


@pytest.mark.parametrize(
    ("question", "value", "paper"),
    [
        ("How many species does Kestrel recognise?", "214. ", KESTREL),
        ("How many species does Heron recognise?", "98. ", HERON),
        ("On how many datasets is Lanternfish evaluated?", "eight. ", LANTERN),
    ],
)
def test_the_value_asked_for_stands_first(library: Assistant, question: str, value: str, paper: Paper) -> None:
    answer = ask(library, question)
    assert answer.blocks[0].text.startswith(f"{value}In “{short_title(paper)}”: “")
    assert cited(answer, answer.blocks[0]) == {paper.id}


def test_a_question_for_yes_or_no_is_answered_so_or_not_at_all(library: Assistant) -> None:
    leads = []
    for question in (
        "Does Heron run on a phone?", "Is soil moisture measured by radar?", "Do cows sleep less under Fyrlight?",
        "Does Kestrel need data from other animals?", "Is bird song hard to label?", "Are barns cold in winter?",
    ):
        answer = ask(library, question)
        word, chance = polarity(question, [c.quote for c in answer.citations])
        assert answer.answer.startswith(f"{word}: " if word else ("In “", "“")), question
        assert not word.startswith("Yes" if chance < 0.5 else "No")
        leads.append(word)
    assert any(leads), "some are sure"
    assert not ask(library, "What is Heron?").answer.startswith(("Yes", "No"))


def test_the_paper_is_named_once_while_it_is_quoted(library: Assistant) -> None:
    answer = ask(library, "What lowers the heating bill of barns?")
    of_one = [b for b in answer.blocks if cited(answer, b) == {BARN.id}]
    assert "In “Warm Barns”: " in of_one[0].text
    assert len(of_one) > 1
    assert not any("In “Warm Barns”" in b.text for b in of_one[1:])


def test_a_sentence_that_leans_on_another_does_not_stand_without_it(library: Assistant) -> None:
    answer = ask(library, "What lowers the heating bill of barns?")
    quotes = [c.quote for c in answer.citations]
    assert not leans(quotes[0])
    for before, one in zip(["", *quotes], quotes, strict=False):
        if leans(one):
            assert BARN.abstract.index(before) + len(before) + 1 == BARN.abstract.index(one)


def test_an_opening_connective_is_cut_and_the_place_with_it(library: Assistant) -> None:
    answer = ask(library, "How do cows sleep?")
    assert answer.citations[0].quote == "cows sleep less under Fyrlight."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("However, the lamp was dear to all.", "the lamp was dear to all."),
        ("Moreover: the lamp was dear to all.", "the lamp was dear to all."),
        ("RESULTS: The lamp was dear to all.", "The lamp was dear to all."),
        ("(2) The lamp was dear to all.", "The lamp was dear to all."),
        ("However dear the lamp is, it sells.", "However dear the lamp is, it sells."),
        ("However, no.", "However, no."),
    ],
)
def test_what_hangs_in_front_of_a_sentence_is_no_part_of_the_quote(text: str, left: str) -> None:
    paper = Paper("Lamps", f"Lamps shine. {text}")
    one = quote(Evidence(paper, "abstract", None, 13, 13 + len(text), text))
    assert one.text == left
    assert paper.abstract[one.start : one.end] == left


PIECES = st.lists(
    st.sampled_from([
        "However, ", "Moreover: ", "RESULTS ", "• ", "(ii) ", "the lamp is dear", ", which sells well", "; it glows",
        " – and cows sleep", " because of “light” ", "This ", "37% (n = 4)", ". ", " …", "牛は眠る", "\n",
    ]), min_size=1, max_size=20,
).map("".join)  # fmt: skip


@given(PIECES | st.text(min_size=1, max_size=300), st.integers(1, 40), st.lists(st.sampled_from(["cows", "37%"])))
def test_a_quote_is_the_papers_own_words_however_it_is_cut(text: str, most: int, keep: list[str]) -> None:
    paper = Paper("Lamps", text)
    for a, b in sentences(paper.abstract):
        whole = quote(Evidence(paper, "abstract", None, a, b, paper.abstract[a:b]))
        cut = stretch(whole, most, keep)
        for one in (whole, cut):
            assert paper.abstract[one.start : one.end] == one.text
            assert one.text.strip()
        assert whole.start <= cut.start < cut.end <= whole.end
        said = quoted(cut, whole)
        assert cut.text.translate(str.maketrans("“”", "‘’")) in said
        assert said.count("“") == said.count("”") == 1


# --------------------------------------------------------------------------- nothing asserted


def test_a_shortlist_shows_three_papers_at_most_with_their_words_and_asserts_nothing(library: Assistant) -> None:
    for question in ("Is Kestrel good?", "Which papers are on bird song?", "Compare Kestrel and Heron"):
        answer = ask(library, question, "shortlist", several="Which" in question)
        assert (answer.decision, answer.abstained) == ("shortlist", True)
        assert {b.kind for b in answer.blocks} == {"gap"}
        assert (answer.citations, answer.sentences) == ((), ())
        assert 1 <= len(answer.related) <= 3
        for near in answer.related:
            assert near.quotes
            assert near.quote == near.quotes[0].text
        assert "not sure" in answer.answer


def test_where_nothing_answers_that_and_what_is_missing_is_said(library: Assistant) -> None:
    answer = ask(library, "How old is the Zorbit of Quagga?", "declined")
    assert (answer.decision, answer.citations, answer.sentences) == ("declined", (), ())
    assert answer.answer.startswith("Your library does not answer this.")
    assert "Zorbit" in answer.missing
    assert "Zorbit" in answer.answer
    assert 1 <= len(answer.related) <= 3


def test_what_needs_a_model_is_said_and_the_passages_are_shown(library: Assistant) -> None:
    answer = ask(library, "Explain Kestrel to a child")
    assert "needs a language model" in answer.blocks[0].text
    assert answer.blocks[0].kind == "link"
    assert KESTREL.id in {row.paper_id for row, _ in under(answer)}


def test_what_can_not_be_searched_yet_is_said_where_nothing_answers(library: Assistant, tmp_path: Path) -> None:
    road = library._answering
    material = road.material(road.plan("Is Kestrel good?"))
    for outcome in ("shortlist", "declined"):
        builder = AnswerBuilder("", "extractive", time.perf_counter())
        decided = replace(material, decision=Decision(outcome, 0.1, 0.1))
        list(ExtractiveEngine(lambda: "2 papers wait.", library.settings).write(decided, (), road._search, builder))
        assert builder.blocks[-1].text == "2 papers wait."


def test_no_yes_or_no_stands_before_the_answer_to_a_negated_question() -> None:
    evidence = ["The lamp significantly lowers the bill, and is effective and safe."]
    assert polarity("Does the lamp lower the bill?", evidence)[0].startswith("Yes")
    assert polarity("Does the lamp not lower the bill?", evidence)[0] == ""


def test_where_the_code_lies_tells_nothing_of_a_paper_in_a_list() -> None:
    paper = Paper("Kelp", "We map kelp from boats. Our code for mapping kelp is at https://example.org/kelp now.")
    told = [Evidence(paper, "abstract", None, a, b, paper.abstract[a:b], 0.5 + 0.1 * k, k)
            for k, (a, b) in enumerate(sentences(paper.abstract))]
    found = PaperEvidence(paper, tuple(sorted(told, key=lambda s: -s.chance)), 0.9, 0)
    assert [s.text for s in best_sentences(found, 1)] == ["We map kelp from boats."]
