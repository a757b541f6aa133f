"""A follow-up means the papers that the answers showed, in their order; anything else stands alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from terns import PAPERS, known, shelf

from assistant.answering.known import LibraryKnown
from assistant.papers import Answer, Citation, Paper, Related, Turn
from assistant.question import QuestionPlan, parse

KITE, STONES, TIDES, OTTERS, NET, LANTERNS = PAPERS


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibraryKnown]:
    with shelf(tmp_path_factory.mktemp("shelf")) as assistant:
        yield known(assistant)


def turn(question: str, *papers: Paper) -> Turn:
    cited = tuple(Citation(n, p.id, p.title, "") for n, p in enumerate(papers, 1))
    return Turn(question, Answer(question, "It says so.", citations=cited))


def refusal(question: str, *near: Paper) -> Turn:
    related = tuple(Related(p.id, p.title, "") for p in near)
    return Turn(question, Answer(question, "Your library does not say.", abstained=True, related=related))


LIST = turn("Which papers study terns?", TIDES, KITE, STONES)
ONE = turn("How does KiteCam count terns?", KITE)


def titles(plan: QuestionPlan) -> list[str]:
    return [p.title for i in plan.about for p in PAPERS if p.id == i]


@pytest.mark.parametrize(
    ("asked", "paper"),
    [
        ("What did the second one find?", KITE),
        ("And the first?", TIDES),
        ("what about the third paper", STONES),
        ("the last one, how big was it?", STONES),
        ("Who wrote paper 2?", KITE),
        ("[3] in more detail please", STONES),
    ],
)
def test_an_ordinal_counts_in_the_order_of_the_answer(here: LibraryKnown, asked: str, paper: Paper) -> None:
    plan = parse(asked, [LIST], known=here)
    assert plan.follows
    assert titles(plan) == [paper.title]


def test_a_list_stays_meant_while_only_its_papers_are_spoken_of(here: LibraryKnown) -> None:
    history = [LIST, turn("What did the second one find?", KITE), turn("And the first?", TIDES)]
    plan = parse("And the third one?", history, known=here)
    assert titles(plan) == [STONES.title]
    assert plan.question == f"What did {STONES.title} find?"
    elsewhere = [LIST, turn("What do otters eat?", OTTERS)]
    assert parse("And the third one?", elsewhere, known=here).about == ()


def test_a_refusal_between_leaves_the_list_but_is_spoken_of_by_no_pronoun(here: LibraryKnown) -> None:
    history = [LIST, refusal("Which lens did they use?", NET)]
    assert titles(parse("And the first one?", history, known=here)) == [TIDES.title]
    plan = parse("Does it need power?", history, known=here)
    assert (plan.about, plan.follows, plan.question) == ((), False, "Does it need power?")


def test_former_and_latter_are_those_of_the_last_answer_with_several(here: LibraryKnown) -> None:
    two = turn("Which are about water?", NET, OTTERS)
    assert titles(parse("Who wrote the latter?", [two], known=here)) == [OTTERS.title]
    history = [two, turn("Who wrote the latter?", OTTERS)]
    assert titles(parse("When was the former published?", history, known=here)) == [NET.title]
    assert titles(parse("And the other one?", history, known=here)) == [NET.title]


def test_several_of_a_list_are_meant_together(here: LibraryKnown) -> None:
    assert titles(parse("What do the first two say on nests?", [LIST], known=here)) == [TIDES.title, KITE.title]
    plan = parse("Which of them is the oldest?", [LIST], known=here)
    assert plan.request is not None
    assert (plan.request.about, plan.request.paper_ids) == ("oldest", tuple(p.id for p in (TIDES, KITE, STONES)))
    assert parse("Which of these use a camera?", [LIST], known=here).form == "list"


@pytest.mark.parametrize(
    "asked",
    [
        "Does it work in wind?",
        "What do the authors conclude?",
        "Thanks! And on how many islands was that?",
        "why?",
        "and in strong wind?",
        "How many terns did they count",
        "Does that hold in wind too?",
        "What about the pictures?",
    ],
)
def test_a_follow_up_is_about_the_paper_last_spoken_of(here: LibraryKnown, asked: str) -> None:
    plan = parse(asked, [ONE], known=here)
    assert plan.follows
    assert titles(plan) == [KITE.title]


def test_thanks_alone_are_no_follow_up_and_do_not_end_one(here: LibraryKnown) -> None:
    thanks = parse("Thanks a lot!", [ONE], known=here)
    assert thanks.request is not None
    assert (thanks.request.about, thanks.about) == ("greeting", ())
    history = [ONE, Turn("Thanks a lot!", Answer("Thanks a lot!", "You are welcome."))]
    assert titles(parse("Does it work in wind?", history, known=here)) == [KITE.title]


@pytest.mark.parametrize("asked", ["What about otters?", "And otters?"])
def test_a_fragment_that_only_another_paper_speaks_of_is_a_new_topic(here: LibraryKnown, asked: str) -> None:
    plan = parse(asked, [ONE], known=here)
    assert (plan.about, plan.follows, plan.topic) == ((), False, "otters")


def test_a_fragment_that_names_another_paper_asks_the_same_of_that(here: LibraryKnown) -> None:
    plan = parse("And TideNet?", [turn("What error has KiteCam?", KITE)], known=here)
    assert (titles(plan), plan.question) == ([NET.title], "What error has TideNet?")
    after = parse("What about TideNet?", [refusal("Who sells kites?", KITE)], known=here)
    assert (titles(after), after.question) == ([NET.title], "TideNet")


@pytest.mark.parametrize(
    "asked",
    [
        "What do otters eat in upland streams?",
        "Is it possible to keep terns off roads?",
        "List all papers",
        "Which model forecasts floods, and does it need sensors?",
        "TideNet vs KiteCam",
    ],
)
def test_a_question_that_names_its_subject_stands_alone(here: LibraryKnown, asked: str) -> None:
    plan = parse(asked, [turn("How long did teenagers sleep?", LANTERNS)], known=here)
    assert (plan.about, plan.follows, plan.question) == ((), False, asked)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("Put that in a table", "table"),
        ("shorter please", "shorter"),
        ("in German", "translate"),
        ("translate it", "translate"),
        ("as a related-work paragraph with \\cite keys", "related_work"),
        ("Can you say that in simpler terms?", "simpler"),
        ("as bullet points", "list"),
        ("Can you put that in a table?", "table"),
        ("Translate your answer into German.", "translate"),
        ("Auf Deutsch bitte", "translate"),
        ("Make it shorter.", "shorter"),
        ("Summarise that in two sentences", "shorter"),
        ("Write this as a related-work paragraph with citations.", "related_work"),
        ("Turn this into a paragraph for my thesis", "prose"),
        ("Rewrite it more formally", "style"),
    ],
)
def test_a_request_on_the_answer_itself(here: LibraryKnown, asked: str, wanted: str) -> None:
    plan = parse(asked, [LIST], known=here)
    assert (plan.on_answer, len(plan.about)) == (wanted, 3)
    assert parse(asked, known=here).on_answer == ""


@pytest.mark.parametrize(
    "asked", ["Write a paragraph on otter diets", "Which of these papers are in German?", "Is this paper in English?"]
)
def test_what_names_something_else_is_no_request_on_the_answer(here: LibraryKnown, asked: str) -> None:
    assert parse(asked, [LIST], known=here).on_answer == ""


def test_a_table_of_something_else_is_no_request_on_the_answer(here: LibraryKnown) -> None:
    plan = parse("Make a table of otter diets", [LIST], known=here)
    assert (plan.on_answer, plan.form) == ("", "table")


def test_what_is_similar_is_similar_to_the_paper_last_spoken_of(here: LibraryKnown) -> None:
    plan = parse("Which other papers in my library are similar?", [ONE], known=here)
    assert plan.request is not None
    assert (plan.request.about, plan.request.paper_ids) == ("similar", (KITE.id,))


def test_an_answer_kept_as_text_names_its_papers(here: LibraryKnown) -> None:
    told = Turn("Which papers forecast or count?", f"Two: TideNet reads tide tables, and {KITE.title} counts.")
    assert titles(parse("What does the second one need?", [told], known=here)) == [KITE.title]
    nameless = Turn("Do lantern walks help?", "Yes, teenagers slept half an hour longer after walks with lanterns.")
    assert titles(parse("Did their mood change?", [nameless], known=here)) == [LANTERNS.title]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "it",
                "the",
                "second",
                "one",
                "first",
                "latter",
                "what",
                "about",
                "and",
                "why",
                "this",
                "paper",
                "otters",
                "TideNet",
                "?",
                ",",
                "in",
                "2",
                "them",
            ]
        ),
        max_size=12,
    ).map(" ".join),
    st.lists(
        st.sampled_from([LIST, ONE, refusal("x", NET), Turn("x", ""), Turn("", "KiteCam"), Turn("?", "!")]), max_size=4
    ),
)
def test_any_follow_up_has_a_plan(here: LibraryKnown, asked: str, history: list[Turn]) -> None:
    plan = parse(asked, history, known=here)
    assert plan == parse(asked, history, known=here)
    assert plan.follows or not plan.on_answer
    assert set(plan.about) <= {p.id for p in PAPERS}
