"""What was asked is read out of plain language into one plan, and no text is an error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from terns import PAPERS, known, shelf

from assistant.answering.forms.library import library_rows
from assistant.answering.known import LibraryKnown
from assistant.assistant import Assistant
from assistant.papers import Filters
from assistant.question import FORMS, WANTS, parse

SOON = 0.05
"""Seconds in which any question of usual length is read."""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with shelf(tmp_path_factory.mktemp("shelf")) as made:
        yield made


@pytest.fixture(scope="module")
def here(assistant: Assistant) -> LibraryKnown:
    return known(assistant)


# --------------------------------------------------------------------------- form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("What do I have on drift wood?", "list"),
        ("overview of sea fog research", "list"),
        ("pebble sorting", "list"),
        ("who works on salt pans", "list"),
        ("papers using the DuneBirds dataset", "list"),
        ("summarise what my library says about jetties", "list"),
        ("main approaches to dating driftwood", "list"),
        ("Which papers study sand martins?", "list"),
        ("is there any work on reed cutting", "list"),
        ("Make a table of the jetty papers: wood, age", "table"),
        ("table please: rope tests | load | result", "table"),
        ("SandNet vs DuneFormer: what is predicted in each?", "comparison"),
        ("How do SandNet and DuneFormer differ?", "comparison"),
        ("Compare larch with oak for jetties", "comparison"),
        ("Is there evidence that reeds stop salt?", "yesno"),
        ("can jetties stop erosion", "yesno"),
        ("Did the fence help?", "yesno"),
        ("How many jetties were surveyed?", "value"),
        ("SandNet, DuneBench, accuracy at night?", "value"),
        ("what percentage of piles rotted", "value"),
        ("What is a tombolo?", "definition"),
        ("SBW definition", "definition"),
        ("What is meant by wave fetch?", "definition"),
        ("Why do the piles rot at the water line?", "text"),
        ("How does SandNet tell sand from snow?", "text"),
        ("limitations of SandNet", "text"),
        ("What is Generative AI?", "definition"),
    ],
)
def test_the_form_is_what_is_asked_for(text: str, form: str) -> None:
    plan = parse(text)
    assert plan.form == form
    assert (plan.many > 0.5) == (form in ("list", "table", "comparison"))


def test_a_question_about_one_named_paper_is_no_list(here: LibraryKnown) -> None:
    assert parse("Summarise TideNet", known=here).form == "text"
    assert parse("Summarise the papers on tide models", known=here).form == "list"


# --------------------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("text", "wants", "noun"),
    [
        ("How many wooden jetties were surveyed?", "number", "wooden jetties"),
        ("What share of piles is rotten?", "percentage", "piles"),
        ("By what factor is SandNet faster?", "factor", ""),
        ("What inference latency does it achieve?", "amount", "inference latency"),
        ("On which benchmark can it be used?", "name", "benchmark"),
        ("Who proposed it?", "person", ""),
        ("When was it built?", "date", ""),
        ("When do jetties fail?", "any", ""),
        ("Where was the fence put up?", "place", ""),
        ("Is the slope linear?", "yesno", ""),
        ("old jetties: do they lose strength?", "yesno", ""),
        ("How does it decide?", "manner", ""),
        ("Why does it lean?", "reason", ""),
        ("What is wave fetch?", "definition", ""),
        ("SBW definition", "definition", ""),
        ("limitations of SandNet", "limits", ""),
        ("SandNet, DuneBench, accuracy at night?", "amount", "accuracy"),
        ("In the study, how many took part?", "number", ""),
        ("Who works out how much each part is to blame?", "person", ""),
    ],
)
def test_what_a_part_wants(text: str, wants: str, noun: str) -> None:
    (part,) = parse(text).parts
    assert part.wants == wants
    assert not noun or part.noun == noun


def test_parts_are_read_each_for_itself() -> None:
    first, second = parse("What latency does WaveBox on FPGA achieve, and on which board?").parts
    assert (first.wants, first.noun, first.names, second.wants, second.noun) == (
        "amount",
        "latency",
        ("WaveBox", "FPGA"),
        "name",
        "board",
    )
    fragment = parse("number of jetties behind the pile model + size of the set they gave away").parts
    assert [(p.wants, p.noun) for p in fragment] == [("number", "jetties"), ("amount", "size")]
    counted = parse("How many piles does it hold, and for how many is there an age?").parts
    assert [p.noun for p in counted] == ["piles", "piles"]


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("What are the differences between SELL and iLA-SDP as methods?", ("SELL", "iLA-SDP")),
        ("How does WAVRA differ from the multi-modal GP-SEA in its use of data?", ("WAVRA", "multi-modal GP-SEA")),
        ("Which metrics are proposed by the A-SEA paper and by the flow paper?", ("A-SEA", "flow")),
        ("peat vs bark vs straw", ("peat", "bark", "straw")),
        ("DuneSim or SandSim: how does each treat wind?", ("DuneSim", "SandSim")),
        ("what do otters and mink have in common", ("otters", "mink")),
        ("What is OPAL and how does it compare to RUBY?", ("OPAL", "RUBY")),
        ("How large were the models, in the comparison of designs and aims?", ()),
        ("How is WAVRA different from other methods?", ()),
    ],
)
def test_the_sides_of_a_comparison(text: str, sides: tuple[str, ...]) -> None:
    plan = parse(text)
    assert plan.sides == sides
    assert len(plan.queries) == 1 + len(sides)


def test_the_columns_of_a_table_are_no_part_of_its_topic() -> None:
    plan = parse("Make a table of the otter studies: species eaten, place and number of spraints")
    assert plan.columns == ("species eaten", "place", "number of spraints")
    assert plan.topic == "otter studies"
    bars = parse("Table please: every fog study here | people or nets | n | main result")
    assert bars.columns == ("people or nets", "n", "main result")
    assert parse("table of rope tests, columns: load, result").columns == ("load", "result")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Which papers in the collection study machine hearing?", "machine hearing"),
        ("what do I have on sea fog", "sea fog"),
        ("papers on fog and bats", "fog and bats"),
        ("pebbles", "pebbles"),
        ("please summarise the literature on salt pans", "salt pans"),
    ],
)
def test_the_topic_is_without_the_words_that_ask(text: str, topic: str) -> None:
    assert parse(text).topic == topic


def test_what_a_list_leaves_out_is_excluded_and_not_searched_for() -> None:
    plan = parse("Which papers on bridges do not use steel?")
    assert (plan.excluded, plan.topic) == (("steel",), "bridges")
    assert parse("Which papers do not need labels?").excluded == ()


# --------------------------------------------------------------------------- limits


def test_limits_are_taken_out_and_can_be_taken_off() -> None:
    plan = parse('Which papers since 2020 use "sea fog" tag:core -survey')
    assert plan.filters == Filters(year_from=2020, tags=("core",))
    assert (plan.phrases, plan.excluded) == (("sea fog",), ("survey",))
    assert "2020" not in plan.question
    without = parse("Which papers since 2020 use fog?", ignored=["since 2020"])
    assert not without.filters
    assert "since 2020" in without.question


def test_authors_and_venues_are_limits_where_the_library_has_them(here: LibraryKnown) -> None:
    assert parse("papers by Brook", known=here).filters == Filters(authors=("Brook",))
    assert parse("What did Brook find about tides?", known=here).filters == Filters(authors=("Brook",))
    assert parse("papers by Nobody", known=here).filters == Filters()
    plan = parse("What was published in Shore Notes after 2018?", known=here)
    assert plan.filters == Filters(year_from=2019, venues=("Shore Notes",))
    assert parse("papers by Brook", filters=Filters(year_from=2020), known=here).filters == Filters(
        year_from=2020, authors=("Brook",)
    )


# --------------------------------------------------------------------------- requests of the library


@pytest.mark.parametrize(
    ("text", "about", "topic"),
    [
        ("How many papers are there?", "count", ""),
        ("how many papers do I have on sea fog", "count", "sea fog"),
        ("How many of my papers mention otters?", "count", "otters"),
        ("List all papers", "papers", ""),
        ("what is in my library?", "topics", ""),
        ("oldest paper on terns", "oldest", "terns"),
        ("which paper is the newest", "newest", ""),
        ("which journals do I have", "venues", ""),
        ("which years do my papers cover", "years", ""),
        ("what should I read first on tides?", "read_first", "tides"),
        ("Hello!", "greeting", ""),
        ("thank you very much", "greeting", ""),
        ("What can you do?", "help", ""),
        ("?!", "empty", ""),
        ("", "empty", ""),
        ("who wrote TideNet", "authors", ""),
        ("when was it published?", "year", ""),
        ("papers since 2018", "papers", ""),
    ],
)
def test_what_is_asked_of_the_records(here: LibraryKnown, text: str, about: str, topic: str) -> None:
    plan = parse(text, known=here)
    assert plan.form == "library"
    assert plan.request is not None
    assert (plan.request.about, plan.request.topic) == (about, topic)


@pytest.mark.parametrize(
    "text",
    [
        "How many papers does the tool hold, and for how many is there full text?",
        "How many studies were included?",
        "When did the trial start?",
        "What does the paper say about wind?",
        "Who first described sea fog?",
        "Which paper is about lantern walks?",
        "which authors work on terns",
        "Thanks to which trick is it fast?",
    ],
)
def test_what_papers_say_is_not_asked_of_the_records(here: LibraryKnown, text: str) -> None:
    assert parse(text, known=here).form != "library"


@pytest.mark.parametrize(
    ("text", "lines", "titles"),
    [
        ("How many papers are there?", ["6 papers", "2015 to 2022"], []),
        ("How many papers are about terns?", ["3 papers"], [0, 1, 2]),
        ("How many papers are about tidal waves?", ["No paper"], []),
        ("papers by Brook", ["2 papers"], [0, 2]),
        ("What was published in Shore Notes after 2018?", ["2 papers"], [2, 3]),
        ("oldest paper on terns", ["2015"], [0]),
        ("What is the newest paper?", ["2022"], [4]),
        ("who wrote TideNet?", ["Ines Roy"], [4]),
        ("In which year was TideNet published?", ["2022"], [4]),
        ("Which authors are in my library?", ["Ada Brook (2)"], []),
        ("who wrote it?", ["Which paper do you mean?"], [5, 4, 3]),
    ],
)
def test_rows_say_what_the_records_hold(
    assistant: Assistant, here: LibraryKnown, text: str, lines: list[str], titles: list[int]
) -> None:
    rows = library_rows(parse(text, known=here), assistant._library, assistant._index)
    said = "\n".join(row.text for row in rows)
    assert all(line in said for line in lines)
    shown = {p.title for row in rows for p in row.papers}
    assert shown == {PAPERS[k].title for k in titles}


def test_a_count_says_which_words_were_counted(assistant: Assistant, here: LibraryKnown) -> None:
    rows = library_rows(parse("How many papers are about tide?", known=here), assistant._library, assistant._index)
    assert "“tide”" in rows[0].text


def test_a_plan_is_completed_by_the_words_of_the_library(assistant: Assistant, here: LibraryKnown) -> None:
    understanding = assistant._understanding
    plan = understanding.complete(parse("What do ottters eat in streams?", known=here))
    assert "ottters" in plan.question, "what was typed may be right"
    assert ("otters", 1.0) in plan.also
    assert [f.kind for f in plan.findings] == ["did_you_mean"]
    late = understanding.complete(parse("What was found on terns since 2024?", known=here))
    assert (late.filters, late.limits) == (Filters(), ())
    assert "Searched without that limit" in late.findings[0].detail
    exact = understanding.complete(parse("terns year:2024", known=here))
    assert exact.filters == Filters(year_from=2024, year_to=2024)
    assert exact.findings[0].kind == "limit"


# --------------------------------------------------------------------------- what needs a model


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("Explain how TideNet works", "an explanation"),
        ("What is the strongest counter-argument to fog nets?", "a counter-argument"),
        ("Write the related work section on terns", "a related-work text"),
        ("What do you think of kites?", "an opinion"),
        ("Can you please explain how TideNet works?", "an explanation"),
        ("Draft an essay on terns", "a text of its own"),
        ("How does TideNet work?", ""),
        ("Which papers study terns?", ""),
        ("Which of my papers explain the calls of terns?", ""),
        ("speech of terns", ""),
    ],
)
def test_what_only_a_model_can_write_is_said(text: str, needs: str) -> None:
    assert parse(text).needs_model == needs


# --------------------------------------------------------------------------- any text


def test_a_question_in_another_language_is_read_and_that_is_said(here: LibraryKnown) -> None:
    plan = parse("¿Cuántos artículos hay?", known=here)
    assert plan.request is not None
    assert (plan.language, plan.request.about, plan.findings[0].kind) == ("Spanish", "count", "other_language")


def test_a_plan_cannot_be_changed_and_is_a_key() -> None:
    plan = parse("Which papers study fog?")
    assert plan in {plan}
    with pytest.raises(FrozenInstanceError):
        plan.form = "text"  # type: ignore[misc]


PIECES = [
    '"',
    "“",
    "”",
    "-",
    "author:",
    "year:",
    "2019",
    "..",
    "tag:x",
    "since",
    "between",
    "and",
    "which",
    "how",
    "many",
    "?",
    "vs",
    "compare",
    "the",
    "papers",
    "A",
    "(",
    ")",
    "[1]",
    "|",
    "+",
    ":",
    "in",
    "not",
    "what",
    "is",
    "table",
    "of",
    "my",
    "library",
    "it",
    "who",
    "wrote",
    "😀",
    "بحث",
    "什么",
    "é",
    "-word",
    "by",
    "Okafor",
    "columns",
    "define",
]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)))
def test_any_text_is_a_question_and_its_plan_keeps_its_form(here: LibraryKnown, text: str) -> None:
    plan = parse(text, known=here)
    assert plan.form in FORMS
    assert plan.parts
    assert {p.wants for p in plan.parts} <= set(WANTS)
    assert hash(plan) == hash(parse(text, known=here))
    assert parse(plan.question, known=here).form == plan.form


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(" ".join), st.integers(1, 60))
def test_any_text_is_read_soon(piece: str, times: int) -> None:
    text = f"{piece} " * times
    assert min(_seconds(text) for _ in range(3)) < SOON


def _seconds(text: str) -> float:
    start = time.process_time()
    parse(text)
    return time.process_time() - start


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        '"' * 100_000,
        "-" * 100_000,
        "year:" * 20_000,
        "how many " * 11_000,
        "A, and which " * 8_000,
        "(" * 100_000,
        "compare a and " * 7_000,
        "GPT vs BERT " * 400,
        "1 000 " * 16_000,
        "\x00\x1f" * 50_000,
        "😀" * 30_000,
        "What is Generative AI? " * 2_000,
        "by Anna Bell Coe " * 3_000,
        " " * 100_000 + "x",
    ],
    ids=range(15),
)
def test_a_huge_text_is_read_soon(text: str) -> None:
    assert _seconds(text) < 1
