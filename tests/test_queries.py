"""What was asked is read out of plain language, and no string is an error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.papers import Filters
from assistant.queries import KINDS, WANTS, read_question


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("sparse attention year:2019..2022", Filters(year_from=2019, year_to=2022)),
        ("sparse attention year:2022..2019", Filters(year_from=2019, year_to=2022)),
        ("sparse attention year:2019..", Filters(year_from=2019)),
        ("sparse attention year:2021", Filters(year_from=2021, year_to=2021)),
        ('attention author:"Jane Smith" source:refs.bib', Filters(authors=("Jane Smith",), sources=("refs.bib",))),
        ("attention tag:reading tag:core", Filters(tags=("reading", "core"))),
        ("Which papers since 2020 use attention?", Filters(year_from=2020)),
        ("Which papers before 2017 use attention?", Filters(year_to=2016)),
        ("Which papers after 2017 use attention?", Filters(year_from=2018)),
        ("papers on attention between 2018 and 2020", Filters(year_from=2018, year_to=2020)),
        ("papers on attention from 2018 to 2020", Filters(year_from=2018, year_to=2020)),
        ("What papers were published in 2019?", Filters(year_from=2019, year_to=2019)),
        ("What happened to the leaderboard in January 2021?", Filters()),
        ("How does BERT tell 2 from 1900 words?", Filters()),
    ],
)
def test_limits_become_filters(text: str, filters: Filters) -> None:
    assert read_question(text).filters == filters


def test_a_limit_is_shown_with_its_words_and_can_be_taken_off() -> None:
    question = read_question("Which papers since 2020 use attention?")
    (limit,) = question.limits
    assert (limit.text, limit.kind, limit.value, limit.plain) == ("since 2020", "year", "2020..", True)
    assert "2020" not in question.search_text
    without = read_question(question.text, ignored=[limit.text])
    assert not without.filters
    assert not without.limits
    assert "since 2020" in without.search_text


def test_phrases_and_excluded_words() -> None:
    question = read_question('"machine unlearning" for language models -survey -"image data"')
    assert question.phrases == ("machine unlearning",)
    assert question.excluded == ("image data", "survey")
    assert "machine unlearning" in question.search_text
    assert "survey" not in question.search_text


@pytest.mark.parametrize(
    "text", ["year:soon attention", "author: attention", "tag:", 'say "', "- -", "year:..", "a-b c"]
)
def test_operators_that_do_not_parse_are_words(text: str) -> None:
    question = read_question(text)
    assert not question.filters
    assert not question.limits
    assert question.excluded == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hello!", "greeting"),
        ("thank you very much", "greeting"),
        ("How many papers are there?", "library"),
        ("what is in my library?", "library"),
        ("List all papers", "library"),
        ("Which papers in the collection study machine unlearning?", "list"),
        ("List all papers on causality", "list"),
        ("How does CEBRA differ from GP-VAE?", "compare"),
        ("Compare BERT and GPT-2", "compare"),
        ("Wich papers study machine unlearning?", "list"),
        ("hwo can a network forget some samples", "howto"),
        ("how dose a network forget", "howto"),
        ("Summarise the LOREN paper", "summary"),
        ("How can a network forget some samples?", "howto"),
        ("What speedup does TabPFN report?", "fact"),
        ("To which two pretrained models was it applied?", "fact"),
        ("", "empty"),
    ],
)
def test_the_kind_of_question(text: str, kind: str) -> None:
    assert read_question(text).kind == kind


@pytest.mark.parametrize(
    ("text", "wants", "focus"),
    [
        ("How many German name compounds were modelled?", "number", "German name compounds"),
        ("What share of hallucinations is removed?", "percentage", "hallucinations"),
        ("By what factor is inference faster?", "factor", ""),
        ("What MRR@10 does it reach?", "amount", "MRR@10"),
        ("What inference latency does it achieve?", "amount", "inference latency"),
        ("What average F1-score does it achieve?", "amount", "average F1-score"),
        ("¿How many wares were fired?", "number", "wares"),
        ("On which benchmark can it be used?", "name", "benchmark"),
        ("Who proposed it?", "person", ""),
        ("When was it released?", "date", ""),
        ("Is the picture linear?", "yesno", ""),
        ("How does it decide?", "manner", ""),
    ],
)
def test_what_is_wanted(text: str, wants: str, focus: str) -> None:
    (asked,) = read_question(text).asks
    assert (asked.wants, asked.focus) == (wants, focus)


def test_a_question_in_two_parts_is_split() -> None:
    question = read_question("What latency does LFADS on FPGA achieve, and on which board?")
    assert question.wants == ("amount", "name")
    assert question.asks[1].focus == "board"
    assert question.asks[0].names == ("LFADS", "FPGA")


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("What are the differences between TELL and iLA-SDP as clustering methods?", ("TELL", "iLA-SDP")),
        ("How does CEBRA differ from the multi-modal GP-VAE in its use of data?", ("CEBRA", "multi-modal GP-VAE")),
        ("Which metrics are proposed by the A-VAE paper and by the flow paper?", ("A-VAE", "flow")),
        ("How large were the models, in the comparison of architectures and objectives?", ()),
        ("How is CEBRA different from other latent methods?", ()),
    ],
)
def test_the_sides_of_a_comparison(text: str, sides: tuple[str, ...]) -> None:
    assert read_question(text).sides == sides


def test_names_are_found_by_form_and_place() -> None:
    question = read_question("What MRR@10 does VDR reach on the MS MARCO task, and does Self-RAG help in Australia?")
    assert question.names == ("MRR@10", "VDR", "MS MARCO", "Self-RAG", "Australia")
    assert read_question("Which method is linear?").names == ()


def test_furniture_is_not_searched_for() -> None:
    assert read_question("Which papers in the collection study machine unlearning?").search_text == "machine unlearning"
    assert (
        read_question("Is there a method that explains time series models?").search_text
        == "explains time series models"
    )
    assert read_question("papers").search_text == "papers"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_string_is_a_question(text: str) -> None:
    question = read_question(text)
    assert question.text == text
    assert question.kind in KINDS
    assert question.asks
    assert set(question.wants) <= set(WANTS)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
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
                "how many",
                "?",
                "\x00",
                "\u202e",
                "😀",
                "vs",
                "compare",
                "the",
                "papers",
                "A",
                "(",
                ")",
                "[1]",
                "\n",
                "بحث",
                "in 2019",
                "-word",
                'source:"',
            ]
        ),
        max_size=40,
    ).map(" ".join)
)
def test_any_mixture_of_operators_is_a_question(text: str) -> None:
    question = read_question(text)
    assert question.kind in KINDS
    low, high = question.filters.year_from, question.filters.year_to
    assert all(year is None or 1000 <= year <= 9999 for year in (low, high))


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
        "1 000 " * 16_000,
        "\x00\x1f" * 50_000,
        "😀" * 30_000,
        " " * 100_000 + "x",
    ],
    ids=range(12),
)
def test_a_huge_string_is_a_question_soon(text: str) -> None:
    assert read_question(text).kind in KINDS


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("How fast is it?", "speed"),
        ("How long does training take?", "duration"),
        ("How long is the input?", "length"),
        ("How large is the network?", "size"),
        ("How accurately does it sort?", "accuracy"),
        ("How much faster is it?", ""),
        ("How well does it sort?", ""),
    ],
)
def test_an_adjective_asks_for_a_measure(text: str, measure: str) -> None:
    assert read_question(text).asks[0].measure == measure


def test_a_count_without_a_noun_counts_what_was_counted_before() -> None:
    first, second = read_question("How many papers does it hold, and for how many is there full text?").asks
    assert (first.focus, second.focus) == ("papers", "papers")


def test_a_count_ends_with_its_plural() -> None:
    assert read_question("How many nurses took part?").asks[0].focus == "nurses"
    assert read_question("How many German name compounds were modelled?").asks[0].focus == "German name compounds"


def test_what_a_thing_is_asks_for_no_value() -> None:
    assert read_question("What is intrinsic dimension?").wants == ("any",)
    assert read_question("What is the intrinsic dimension of the task?").wants == ("amount",)


@pytest.mark.parametrize(
    ("text", "lacking", "excluded"),
    [
        ("Which papers on bridges do not use steel?", "steel", ("steel",)),
        ("Which bridge papers are not about steel methods?", "steel", ("steel",)),
        ("Which papers on bridges don't mention rope?", "rope", ("rope",)),
        ("Which papers do not use steel?", "steel", ()),
        # A paper that needs no labels says so in these words.
        ("Which papers do not need labels?", "", ()),
        ("Which papers use steel?", "", ()),
    ],
)
def test_a_list_may_leave_something_out(text: str, lacking: str, excluded: tuple[str, ...]) -> None:
    question = read_question(text)
    assert (question.lacking, question.excluded) == (lacking, excluded)
    assert not lacking or not excluded or lacking not in question.search_text


def test_an_ordinary_word_with_a_short_form_is_no_name() -> None:
    assert read_question("Can people tell AI-written from GPT-4 text?").names == ("GPT-4",)


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("When is squashed entanglement positive?", "any"),
        ("When do clocks drift?", "any"),
        ("When was it founded?", "date"),
        ("When did the flood happen?", "date"),
        ("When is it to be published?", "date"),
    ],
)
def test_when_asks_for_a_date_or_for_a_condition(text: str, wants: str) -> None:
    assert read_question(text).wants == (wants,)


@pytest.mark.parametrize("text", ["What work is there on moss?", "Which recent research exists on moss?"])
def test_work_on_a_topic_is_a_list(text: str) -> None:
    assert read_question(text).kind == "list"


def test_what_about_a_thing_asks_for_the_thing() -> None:
    asked = read_question("And what about its training time?").asks[0]
    assert (asked.wants, asked.focus) == ("amount", "training time")


@pytest.mark.parametrize(
    ("text", "focus"),
    [
        ("How many replies came, and how many remained after cleaning?", "replies"),
        ("How many of the clips did people judge?", "clips"),
        ("How many labelled examples are there?", "labelled examples"),
    ],
)
def test_what_is_counted_is_a_noun_and_may_have_been_named_before(text: str, focus: str) -> None:
    assert read_question(text).asks[-1].focus.split()[: len(focus.split())] == focus.split()


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("Who works out how much each part is to blame?", "person"),
        ("Does a network know how far away things are?", "yesno"),
        ("In the study, how many clips were there?", "number"),
        ("How big is the gain in similarity?", "amount"),
        ("What loss and optimizer did it take?", "name"),
        ("What loss does it reach?", "amount"),
    ],
)
def test_a_part_asks_by_the_word_that_opens_it(text: str, wants: str) -> None:
    assert read_question(text).asks[-1].wants == wants


@pytest.mark.parametrize("text", ["In the study, how many took part?", "On PondSet, what share of frogs is found?"])
def test_where_a_thing_is_asked_of_is_no_question_of_its_own(text: str) -> None:
    assert len(read_question(text).asks) == 1
