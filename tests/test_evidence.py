"""The sentences that bear on a question come first, of the papers that answer it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.answering.abstention import answerable
from assistant.evidence import Evidence, ambiguous, weighed
from assistant.evidence.asked import count_asked, holds, items
from assistant.evidence.relevance import FEATURES, features, relevance
from assistant.evidence.roles import roles
from assistant.evidence.sides import in_full, named_sides, own_name
from assistant.papers import Hit, Paper
from assistant.queries import read_question
from assistant.queries.measures import gives, unit_asked
from assistant.text import terms
from assistant.text.naming import holds_name, short_forms
from assistant.text.quantities import quantities

TABLE = Paper(
    title="Quickfit: a learned fitter for small tables",
    abstract=(
        "Fitting models to small tables takes long. We present Quickfit, a network that fits a table in one pass. "
        "It was trained once on 40 million synthetic tables. On twelve public tables it is 230 times faster than tuned "
        "trees, and 5 700 times with a GPU. The code is available at https://example.org/quickfit."
    ),
)
DOUBT = Paper(
    title="SAGE: asking before answering",
    abstract=(
        "Chat systems answer when they should ask. We propose SAGE, which asks back when a question is unclear. "
        "A study with 48 participants shows that people prefer it."
    ),
)
SEARCH = Paper(
    title="Finding failures of image generators",
    abstract=(
        "Image generators fail in odd ways. We propose SAGE, an adversarial search over prompts. "
        "It reveals four typical failure modes on five widely used models. "
        "Search takes 20% less time than random search."
    ),
)
PAPERS = [TABLE, DOUBT, SEARCH]


class Shelf:
    """A library of the papers given."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._papers = {p.id: p for p in papers}

    def papers(self, paper_ids: object = None) -> list[Paper]:
        wanted = None if paper_ids is None else set(paper_ids)  # type: ignore[call-overload]
        return [p for p in self._papers.values() if wanted is None or p.id in wanted]

    whole = papers


def similarity(one: list[str], other: list[str]) -> list[list[float]]:
    """Cosines of stemmed words: what a test can compute by hand."""

    def cosine(a: Counter[str], b: Counter[str]) -> float:
        size = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
        return sum(a[t] * b[t] for t in a) / size if size else 0.0

    rows, columns = [Counter(terms(t)) for t in one], [Counter(terms(t)) for t in other]
    return [[cosine(a, b) for b in columns] for a in rows]


def hits(question: str, papers: Sequence[Paper] = PAPERS) -> list[Hit]:
    scored = [(similarity([question], [f"{p.title} {p.abstract}"])[0][0], p) for p in papers]
    scored.sort(key=lambda row: -row[0])
    top = scored[0][0] or 1.0
    return [Hit(k + 1, p.id, p.title, s / top) for k, (s, p) in enumerate(scored)]


def evidence(text: str, papers: Sequence[Paper] = PAPERS) -> list[Evidence]:
    return weighed(read_question(text), hits(text, papers), Shelf(papers), similarity)[1]


def test_every_sentence_stands_in_its_paper_at_its_offsets() -> None:
    found = evidence("How much faster is Quickfit than tuned trees?")
    assert [e.n for e in found] == list(range(1, len(found) + 1))
    assert all(e.paper.text(e.field, e.page)[e.start : e.end] == e.text for e in found)
    assert all(e.reasons for e in found)


def test_the_sentence_with_the_asked_for_number_comes_first() -> None:
    first = evidence("By what factor is Quickfit faster than tuned trees?")[0]
    assert "230 times" in first.text
    assert first.answers == (0,)
    assert evidence("On how many tables was Quickfit trained?")[0].text.startswith("It was trained once on 40 million")
    assert "48 participants" in evidence("How many participants were in the SAGE study?")[0].text


def test_a_fact_is_answered_from_one_paper() -> None:
    found = evidence("What does Quickfit do with a table?")
    assert {e.paper.id for e in found if e.chosen} == {TABLE.id}
    assert found[0].chosen


def test_a_list_takes_every_paper_that_fits_and_no_other() -> None:
    found = evidence("Which papers propose SAGE for image generators or for unclear questions?")
    assert {e.paper.id for e in found if e.chosen} == {DOUBT.id, SEARCH.id}
    # One sentence of each paper before a second of any.
    assert {e.paper.id for e in found[:2]} == {DOUBT.id, SEARCH.id}


def test_sides_of_a_comparison_are_resolved_by_name() -> None:
    found = evidence("How does Quickfit differ from SAGE?")
    assert {(e.side, e.paper.id) for e in found if e.chosen} == {
        ("Quickfit", TABLE.id), ("SAGE", DOUBT.id), ("SAGE", SEARCH.id),
    }  # fmt: skip


def test_a_name_of_several_papers_is_a_finding() -> None:
    question = read_question("What is SAGE?")
    (finding,) = ambiguous(question, hits(question.text), Shelf(PAPERS))
    assert finding.kind == "ambiguous_name"
    assert DOUBT.title in finding.detail
    assert SEARCH.title in finding.detail
    assert not ambiguous(read_question("What is Quickfit?"), hits("What is Quickfit?"), Shelf(PAPERS))


def test_no_hits_give_no_evidence_and_a_paper_without_abstract_its_title() -> None:
    assert weighed(read_question("anything"), [], Shelf([]), similarity) == ([], [])
    bare = Paper(title="A note on cats")
    (only,) = evidence("Which papers are about cats?", [bare])
    assert (only.field, only.text) == ("title", bare.title)


def test_sentences_of_pages_are_evidence_with_their_page() -> None:
    from assistant.papers import Page

    paper = Paper(
        title="Long", abstract="We study cats.", pages=(Page(1, "Intro."), Page(2, "Cats sleep 15 hours a day."))
    )
    found = evidence("How many hours do cats sleep?", [paper])
    assert (found[0].page, found[0].text) == (2, "Cats sleep 15 hours a day.")


# --------------------------------------------------------------------------- abstention


def judged(text: str, papers: Sequence[Paper] = PAPERS):  # type: ignore[no-untyped-def]
    found = hits(text, papers)
    question = read_question(text)
    return answerable(question, weighed(question, found, Shelf(papers), similarity)[1], found)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("What BLEU score does Quickfit reach on WMT14?", ("BLEU", "WMT14")),
        ("How many GPUs does Quickfit need?", ("the number of GPUs",)),
        ("How does FlashTable split a table?", ("FlashTable",)),
        ("How many parameters does SAGE have?", ("the number of parameters",)),
    ],
)
def test_what_no_paper_says_is_not_answered(text: str, missing: tuple[str, ...]) -> None:
    result = judged(text)
    assert not result.answerable
    assert set(missing) <= set(result.missing)
    assert result.reason.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        "What does Quickfit do with a table?",
        "On how many tables was Quickfit trained?",
        "How many people took part in the SAGE study?",
        "By how much is search faster than random search?",
        "How many kinds of failure does the search over prompts reveal, and on how many models?",
    ],
)
def test_what_a_paper_says_is_answered(text: str) -> None:
    papers = (
        PAPERS
        if "people" not in text
        else [TABLE, Paper(title=DOUBT.title, abstract=DOUBT.abstract.replace("participants", "people"))]
    )
    result = judged(text, papers)
    assert result.answerable
    assert result.missing == ()


def test_a_question_is_answered_in_part_and_the_rest_is_named() -> None:
    result = judged("By what factor is Quickfit faster than tuned trees, and what BLEU score does it reach on WMT14?")
    assert result.answerable
    assert "WMT14" in result.missing


def test_nothing_found_is_no_answer() -> None:
    result = answerable(read_question("What are cats?"), [])
    assert not result.answerable
    assert result.confidence == 0


# --------------------------------------------------------------------------- the small parts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5 700times and 5,700× and 5.7k", [(5700, "times"), (5700, "times"), (5700, "")]),
        ("1.5B or 1.5 billion parameters", [(1.5e9, ""), (1.5e9, "")]),
        ("48.83–51.38% better", [(48.83, "%"), (51.38, "%")]),
        ("3 points, 3 percentage points, 3 percent", [(3, "points"), (3, "points"), (3, "%")]),
        ("eight sets, twenty-five runs, two hundred samples", [(8, ""), (25, ""), (200, "")]),
        ("GPT-4, NDCG@10, chi^2, v2.0 and CIFAR-10 are names", []),
        ("41.97 mus is 41.97 µs", [(41.97, "µs"), (41.97, "µs")]),
    ],
)
def test_quantities(text: str, found: list[tuple[float, str]]) -> None:
    assert [(q.value, q.unit) for q in quantities(text)] == found
    assert all(text[q.start : q.end] == q.text for q in quantities(text))


def test_a_count_must_stand_by_what_is_counted() -> None:
    (asked,) = read_question("How many layers does it have?").asks
    assert holds(asked, "The network has 48 layers and 2 heads.") == 1
    assert holds(asked, "The network has many layers.") == 0
    assert holds(asked, "It took 48 hours.") < 0.8
    (asked,) = read_question("How many personal name compounds were modelled?").asks
    shorts = short_forms("We study personal name compounds (PNCs) in German.")
    assert holds(asked, "We model 321 PNCs.", shorts) == 1


@pytest.mark.parametrize(
    ("text", "name", "held"),
    [
        ("Australian daily cases", "Australia", True),
        ("large language models (LLMs)", "LLM", True),
        ("large language models", "LLMs", True),
        ("GP-VAEs and others", "GP VAE", True),
        ("on the BEIR benchmark", "MS MARCO", False),
        ("RAGE and others", "RAG", False),
    ],
)
def test_names_are_held_however_they_are_written(text: str, name: str, held: bool) -> None:
    assert holds_name(text, name) is held


def test_own_names_and_sides() -> None:
    assert own_name(TABLE) == "Quickfit"
    assert own_name(SEARCH) == "SAGE"
    (side,) = named_sides(["the learned fitter for tables"], PAPERS)
    assert side.papers == (TABLE,)
    assert not side.by_name
    assert named_sides(["quantum gravity"], PAPERS)[0].papers == ()


def test_roles_of_sentences() -> None:
    told = [
        "Data are dear.",
        "We propose X, a net.",
        "X uses two nets.",
        "Results improve.",
        "Why?",
        "Code is at https://x.org.",
    ]
    assert roles(told) == ["background", "contribution", "method", "result", "question", "code"]


def test_features_have_one_row_for_each_sentence() -> None:
    rows = features("cats sleep", "Cats", ["Cats sleep.", "Dogs bark loudly."], [0.9, 0.1])
    assert [len(r) for r in rows] == [len(FEATURES)] * 2
    first, second = relevance("cats sleep", "Cats", ["Cats sleep.", "Dogs bark loudly."], [0.9, 0.1])
    assert first > second
    assert features("x", "", [], []) == []


def test_a_name_of_several_papers_asked_about_alone_shows_them_all() -> None:
    chosen = {e.paper.id for e in evidence("What does SAGE do?") if e.chosen}
    assert chosen == {DOUBT.id, SEARCH.id}
    assert {e.paper.id for e in evidence("Which failure modes of image generators does SAGE find?") if e.chosen} == {
        SEARCH.id
    }


def test_a_comparison_with_something_that_is_not_there_is_not_made() -> None:
    result = judged("How does Quickfit differ from FlashTable?")
    assert not result.answerable
    assert "FlashTable" in result.missing


def test_counts_are_found_by_meaning_where_the_paper_uses_another_word() -> None:
    def meaning(one: list[str], other: list[str]) -> list[list[float]]:
        return similarity([t.replace("people", "participants") for t in one], other)

    question = read_question("How many people were in the SAGE study?")
    found = hits(question.text, [DOUBT])
    assert answerable(question, weighed(question, found, Shelf([DOUBT]), meaning)[1], found).answerable


@pytest.mark.parametrize(
    ("measure", "sentence", "given"),
    [
        ("speed", "It sorts a shelf in less than a second.", True),
        ("speed", "It is on par with others at up to 230× speedup.", True),
        ("speed", "It was also run on 67 other shelves.", False),
        ("size", "The larger one has 48 layers with 1.5 billion parameters.", True),
        ("size", "It gains 0.9% on the first task.", False),
        ("accuracy", "It reaches an accuracy of 91%.", True),
        ("accuracy", "We see 37.1% variation in decisions.", False),
        ("length", "Inputs have up to 32,000 tokens.", True),
        ("length", "Only a small portion (less than 5%) of the heads is needed for long inputs.", False),
    ],
)
def test_a_measure_is_given_by_its_own_units_and_words(measure: str, sentence: str, given: bool) -> None:
    assert (gives(measure, sentence) == 1) is given


def test_half_the_parameters_is_a_share_of_them() -> None:
    (asked,) = read_question("What share of the parameters does it need?").asks
    assert holds(asked, "It converges faster while requiring half the parameters.") == 1
    assert holds(asked, "It converges faster in half the time.") < 0.8


def test_a_count_in_a_unit_is_a_quantity_in_that_unit() -> None:
    assert unit_asked("hours") == ("h", "min", "d")
    assert unit_asked("nurses") == ()
    (asked,) = read_question("How many hours of speech was it trained on?").asks
    assert holds(asked, "We scale the data up to 650k hours and 3 voices.") == 1
    assert holds(asked, "We use 12 voices.") < 0.8


def test_the_number_of_a_list_item_is_no_quantity() -> None:
    assert quantities("Heads are (1) universal and (2) sparse.") == []
    assert [q.value for q in quantities("a share (5%) of (12)")] == [5, 12]


def test_a_name_belongs_to_the_paper_that_puts_it_forward() -> None:
    from assistant.evidence.sides import owns

    built_on = Paper(
        title="CLAMP: Better grips",
        abstract="We present CLAMP, a gripper that integrates GRIP into a robot arm. GRIP is older.",
    )
    against = Paper(title="CLAMP: Grips that outperform GRIP", abstract="Grips matter. GRIP slips.")
    own = Paper(title="Gripping well", abstract="We propose the Gentle Robot Item Picker (GRIP), a gripper.")
    last = Paper(title="Keep CALM and grip", abstract="The resulting model, or CALM, is trained on grips.")
    assert [owns(p, "GRIP") for p in (built_on, against, own)] == [False, False, True]
    assert owns(built_on, "CLAMP")
    assert owns(last, "CALM")


def test_short_forms_are_held_by_words_written_as_one_and_by_those_they_are_named_for() -> None:
    assert holds_name("training objectives for variational autoencoders", "VAEs")
    assert not holds_name("various animals eat", "VATs")
    assert holds_name("joint Shapley values", "SHAP")
    assert not holds_name("in any shape", "SHAP")


def test_the_own_name_of_a_paper_does_not_draw_to_the_sentences_that_repeat_it() -> None:
    paper = Paper(
        title="RAKE: Raking leaves by machine",
        abstract=(
            "We present RAKE, a machine for gardens. RAKE wins a prize. "
            "Wet leaves are lifted by a comb of soft wires. RAKE is sold in three sizes."
        ),
    )
    assert "soft wires" in evidence("How does RAKE handle wet leaves?", [paper])[0].text


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Which programming language is Quickfit written in?", "programming language"),
        ("How accurate is Quickfit?", "how accurate Quickfit is"),
        ("Does Quickfit support sonnets?", "an answer to “Does Quickfit support sonnets?”"),
        ("Under which licence is Quickfit sold?", "licence"),
    ],
)
def test_what_a_named_paper_holds_nothing_of_is_not_answered(text: str, missing: str) -> None:
    result = judged(text)
    assert not result.answerable
    assert missing in result.missing


def test_what_no_sentence_comes_near_is_not_answered_though_one_paper_shares_a_word() -> None:
    near = Paper(title="Online bows of words", abstract="We present bows of words for image search, a way of counting.")
    result = judged("What wood are violin bows made of?", [*PAPERS, near])
    assert not result.answerable


def test_a_list_of_all_that_lacks_something_is_said_to_be_impossible() -> None:
    result = judged("Which papers do not use trees?")
    assert not result.answerable
    assert "trees" in result.reason


def test_problems_and_hopes_are_no_findings_of_a_paper() -> None:
    told = ["We propose X.", "Rakes are still limited in reach.", "X improves the reach.", "We hope to help rakers."]
    assert roles(told) == ["contribution", "background", "result", "background"]


def test_a_sample_size_counts_the_people_of_a_study() -> None:
    (asked,) = read_question("How many participants were asked?").asks
    assert holds(asked, "We asked gardeners (n = 335) about leaves.") == 1


def test_plain_words_in_many_titles_are_no_name_and_two_papers_speak_for_them() -> None:
    kinds = ("old", "new", "long", "short")
    rakes = [Paper(title=f"Wooden rakes {k}", abstract="We study wooden rakes.") for k in kinds]
    (side,) = named_sides(["wooden rakes"], rakes)
    assert side.papers == tuple(rakes[:2])
    assert not side.by_name


def test_a_name_that_only_qualifies_is_not_introduced() -> None:
    told = "We release the ROSE-19 specific set of rakes. We present RAKE, a tool."
    paper = Paper(title="Rakes of the year", abstract=told)
    assert own_name(paper) == "RAKE"


def test_what_the_one_paper_looked_into_holds_nothing_of_is_not_answered() -> None:
    result = judged("Under which licence is it sold?", [TABLE])
    assert not result.answerable
    assert "licence" in result.missing
    assert judged("What is it trained on?", [TABLE]).answerable


def test_headings_of_a_structured_abstract_say_what_stands_under_them() -> None:
    found = roles([
        "BACKGROUND: We present dull things about shorter ends.", "METHODS: Cases were drawn from five groups.",
        "Lengths were taken.", "RESULTS: Shorter ends went with more cases.", "AVAILABILITY: The code is free.",
    ])
    assert found == ["background", "method", "method", "result", "code"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Beltz et al. (2019) report that 82% of it is medicine.",
        "In Section 5.3, we describe the baseline approaches used for comparison.",
        "We present the detailed results of our evaluation in Section 5.4, with a comparison to the baselines.",
        "This section outlines what was compared.",
    ],
)
def test_other_peoples_work_and_signposts_are_background(sentence: str) -> None:
    assert roles(["We propose a corpus.", sentence]) == ["contribution", "background"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We tried spheres, tori, projective spaces, and a torus embedded in space.", 4),
        ("The projects are Mead (MS), Tea (TS), Team (TM), Big (BB), and Jab (JR).", 5),
        ("It was tested on three sets (Ada, Bob and Cleo).", 3),
        ("Cats sleep.", 1),
    ],
)
def test_things_set_side_by_side_are_counted(text: str, count: int) -> None:
    assert items(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [("Which two trials were used?", 2), ("Which datasets are used?", 3), ("Which dataset is used?", 0), ("Why?", 0)],
)
def test_a_plural_asks_for_several_things(text: str, count: int) -> None:
    assert count_asked(read_question(text).asks[0]) == count


def test_a_side_is_read_to_the_end_of_the_title_it_begins() -> None:
    papers = [Paper("A kiln for salt glaze", "x"), Paper("Kilns", "y")]
    assert in_full("kiln", "Compare Ash and the kiln for salt glaze.", papers) == "kiln for salt glaze"
    assert in_full("kiln", "Compare Ash and the kiln for soda.", papers) == "kiln"


def test_a_title_alone_does_not_fit_better_than_a_paper_that_tells() -> None:
    told = Paper("Noise and keys", "We show that noise helps to share keys. Noise makes keys safer. Keys last longer.")
    untold = Paper("Keys beyond the sharing of keys", "")
    found = evidence("Does noise help to share keys?", [untold, told])
    assert next(e.paper.title for e in found if e.chosen) == told.title


def test_a_short_form_of_a_statistic_is_what_it_stands_for() -> None:
    asked = read_question("What was the odds ratio for cancer?").asks[0]
    assert holds(asked, "Shorter ends went with more cancer (OR 1.72; 95% CI 1.07 to 2.78).") >= 0.8
    assert holds(asked, "Shorter ends or 12 cases of cancer were seen.") < 0.8


def test_people_of_any_kind_are_people_and_women_are_women() -> None:
    sentence = "Labels were given by 403 participants."
    assert holds(read_question("How many people labelled them?").asks[0], sentence) >= 0.8
    assert holds(read_question("How many women labelled them?").asks[0], sentence) < 0.8
