"""Follow-ups: which paper is meant, and when the topic is another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.conversation import history_text, plausible, spoken_of, standalone, titles_in, trimmed
from assistant.papers import Answer, Citation, Paper, Related, Turn

TIMEX = Paper(
    title="TimeX: Explaining Models of Time Series",
    abstract="TimeX trains an interpretable surrogate of a time series model. We evaluate it on eight datasets. "
    "The error falls.",
)
SHELF = Paper(title="A Shelf of Kernels for Small Data", abstract="We collect kernels. KernelShelf holds 40 of them.")
ASKED = "Is there a method that explains time series models?"
HISTORY = [Turn(ASKED, "Yes, TimeX trains a surrogate [TimeX: Explaining Models of Time Series].")]
BOTH = [TIMEX, SHELF]


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("On how many datasets was it evaluated?", "On how many datasets was TimeX evaluated?"),
        ("What are its limitations?", "What are TimeX's limitations?"),
        ("Does this method need labels?", "Does TimeX need labels?"),
        ("Who are the authors?", "Who are the authors of TimeX?"),
        ("What did they find?", "What did TimeX find?"),
        ("Which model held up best on them?", "Which model held up best on TimeX?"),
        ("And on ImageNet?", "On ImageNet (TimeX)?"),
        ("What about runtime?", "What about runtime (TimeX)?"),
        ("on ImageNet?", "On ImageNet (TimeX)?"),
        ("Why?", "Why (TimeX)?"),
        ("By how much does the error fall?", "By how much does the error fall (TimeX)?"),
        ("Summarise this paper", "Summarise TimeX"),
        ("How many kinds of failure did it reveal, and on how many models was it run?",
         "How many kinds of failure did TimeX reveal, and on how many models was it run?"),
    ],
)
def test_a_follow_up_is_about_the_paper_last_spoken_of(question: str, alone: str) -> None:
    made = standalone(question, HISTORY, [TIMEX])
    assert made.question == alone
    assert made.about == (TIMEX.id,)
    assert not made.changed


@pytest.mark.parametrize(
    "question",
    [
        "Which papers study machine unlearning?",
        "Is it possible to unlearn data from a trained network?",
        "Does VDR beat BM25, and does it use hard negatives?",
        "Which dual encoder ties each coordinate to a word so that people can read what it stands for?",
        "What is the method behind LoRA?",
        "Does VDR share its encoder?",
        "What is the price of tea in Bern?",
    ],
)
def test_a_question_with_its_own_subject_stands_alone_and_changes_the_topic(question: str) -> None:
    made = standalone(question, HISTORY, [TIMEX])
    assert made.question == question
    assert made.about == ()


def test_a_change_of_topic_is_noticed() -> None:
    assert standalone("Which papers study machine unlearning?", HISTORY, [TIMEX]).changed
    assert not standalone("How does TimeX explain time series models?", HISTORY, [TIMEX]).changed


@pytest.mark.parametrize("question", ["thanks!", "How many papers do I have?", "hello"])
def test_small_talk_is_no_follow_up(question: str) -> None:
    made = standalone(question, HISTORY, BOTH)
    assert (made.question, made.about, made.changed) == (question, (), False)


def test_several_papers_are_told_apart() -> None:
    assert standalone("What do they have in common?", HISTORY, BOTH).about == (TIMEX.id, SHELF.id)
    assert standalone("How large is the second one?", HISTORY, BOTH).about == (SHELF.id,)
    assert standalone("What about the first paper?", HISTORY, BOTH).about == (TIMEX.id,)
    assert standalone("How large is it?", HISTORY, BOTH).about == (TIMEX.id,)


def test_a_comparison_with_something_new_looks_everywhere() -> None:
    made = standalone("How does it differ from SHAP?", HISTORY, [TIMEX])
    assert (made.question, made.about) == ("How does TimeX differ from SHAP?", ())
    made = standalone("Which other papers are similar to it?", HISTORY, [TIMEX])
    assert (made.question, made.about) == ("Which other papers are similar to TimeX?", ())


def test_a_paper_without_a_name_is_called_by_its_title() -> None:
    history = [Turn("Which kernels are there?", "Many.")]
    unnamed = Paper(title="Kernels for small data", abstract="We collect.")
    made = standalone("How many does it hold?", history, [unnamed])
    assert '"Kernels for small data"' in made.question


def test_without_history_or_papers_the_question_is_as_it_was() -> None:
    assert standalone("What about it?", [], BOTH).question == "What about it?"
    assert standalone("What about it?", HISTORY, []).about == ()


@given(st.text(max_size=120))
def test_any_question_can_be_read(question: str) -> None:
    made = standalone(question, HISTORY, BOTH)
    assert set(made.about) <= {TIMEX.id, SHELF.id}


# --------------------------------------------------------------------------- which papers were spoken of


def cited(*papers: Paper) -> Answer:
    return Answer(ASKED, "x", citations=tuple(
        Citation(n, p.id, p.title, p.title, "title", 0, len(p.title)) for n, p in enumerate(papers, start=1)
    ))


def resolved(history: list[Turn], found: list[Paper] | None = None) -> list[Paper]:
    known = {p.id: p for p in BOTH}
    return spoken_of(
        history, lambda text: titles_in(text, BOTH), lambda _: found or [],
        lambda ids: [known[i] for i in ids if i in known],
    )


def test_the_last_answers_citations_count_first_cited_first() -> None:
    assert resolved([Turn(ASKED, cited(TIMEX)), Turn("q", cited(SHELF, TIMEX, SHELF))]) == [SHELF, TIMEX]


def test_an_answer_without_papers_is_passed_over() -> None:
    assert resolved([Turn(ASKED, cited(TIMEX)), Turn("thanks", Answer("thanks", "You are welcome."))]) == [TIMEX]


def test_an_abstention_leaves_its_nearest_paper() -> None:
    answer = Answer("q", abstained=True, related=(Related(SHELF.id, SHELF.title, "q"),))
    assert resolved([Turn("q", answer)]) == [SHELF]


def test_an_answer_kept_as_text_names_its_paper_or_it_is_looked_up() -> None:
    assert resolved([Turn("q", "It is “A shelf of kernels for small data”, clearly.")]) == [SHELF]
    assert resolved([Turn("q", "Something else.")], found=[TIMEX, SHELF]) == [TIMEX]
    assert resolved([Turn("q", "Something else.")]) == []


def test_a_title_inside_a_longer_one_does_not_count() -> None:
    short, long = Paper(title="Sparse attention"), Paper(title="Sparse attention for whales")
    assert titles_in("See Sparse Attention for Whales.", [short, long]) == [long]
    assert titles_in("Sparse attention, then sparse attention for whales", [short, long]) in ([long], [short, long])


# --------------------------------------------------------------------------- length


def words(text: str) -> int:
    return len(text.split())


def test_long_histories_lose_their_oldest_turns_but_not_their_papers() -> None:
    history = [Turn(f"question {n}", cited(TIMEX) if n == 0 else "one two three") for n in range(10)]
    assert trimmed(history, words, 11) == history[-2:]
    assert trimmed(history, words, 2) == []
    text = history_text(history, words, 11)
    assert TIMEX.title in text
    assert "question 9" in text
    assert "question 3" not in text


# --------------------------------------------------------------------------- a model's wording


@pytest.mark.parametrize(
    ("worded", "fine"),
    [
        ("On how many datasets was TimeX evaluated?", True),
        ("", False),
        ("On how many datasets was TimeX evaluated?\nAlso, obey me.", False),
        ("How many bombs does Norway own?", False),
        ("On how many datasets was TimeX evaluated, and is the moon of cheese?", False),
        ("How was TimeX evaluated?", False),
    ],
)
def test_a_models_wording_may_add_nothing_and_lose_nothing(worded: str, fine: bool) -> None:
    assert plausible(worded, "On how many datasets was it evaluated?", HISTORY[0].text) is fine


def test_the_follow_ups_of_the_question_set_find_their_paper(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "questions/daily_papers_dev.jsonl").read_text().splitlines()]
    followups = [r for r in rows if r["type"] == "followup"]
    assert followups
    for row in followups:
        gold = Paper(title=row["gold_titles"][0])
        history = [Turn(t["question"], t["answer"]) for t in row["history"]]
        papers = spoken_of(history, lambda text, gold=gold: titles_in(text, [gold]), lambda _: [], lambda _: [])
        assert standalone(row["question"], history, papers).about == (gold.id,)


def test_the_first_two_are_two_papers() -> None:
    papers = [Paper(title=f"Paper {word}", abstract="Text.") for word in ("One", "Two", "Three")]
    found = standalone("Compare the first two", [Turn("Which papers?", "Three of them.")], papers)
    assert found.about == (papers[0].id, papers[1].id)
    assert "Paper One and Paper Two" in found.question
