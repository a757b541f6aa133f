"""The built-in writer answers in the papers' own sentences, the answering one first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_evidence import DOUBT, PAPERS, SEARCH, Shelf, evidence, hits, similarity

from assistant.answering.extractive import WORDS, compose
from assistant.answering.wording import dangles, readable
from assistant.papers import Paper
from assistant.queries import read_question
from assistant.verification import verdict


def test_the_answering_sentence_comes_first_and_names_its_paper() -> None:
    found = evidence("By what factor is Quickfit faster than tuned trees?")
    drafts = compose(read_question("By what factor is Quickfit faster than tuned trees?"), found)
    assert drafts[0].text.startswith("Quickfit: On twelve public tables")
    assert "230 times" in drafts[0].text
    # A quantity that is found needs nothing more.
    assert len(drafts) == 1


def test_every_draft_is_borne_by_the_evidence_it_cites() -> None:
    for text in (
        "What does Quickfit do with a table?",
        "Which papers propose SAGE?",
        "How does Quickfit differ from SAGE?",
    ):
        found = evidence(text)
        by_number = {e.n: e for e in found}
        drafts = compose(read_question(text), found)
        assert drafts
        for draft in drafts:
            sources = [by_number[n].text for n in draft.numbers] + [by_number[n].paper.title for n in draft.numbers]
            assert verdict(draft.text, sources).verdict == "supported"
            assert all(by_number[n].chosen for n in draft.numbers)


def test_an_answer_from_one_paper_is_short() -> None:
    long = Paper(
        title="Cats at length",
        abstract=" ".join(
            f"We study how cats of kind {k} sleep through long and cold winter nights." for k in range(2, 40)
        ),
    )
    drafts = compose(read_question("How do cats sleep?"), evidence("How do cats sleep?", [long]))
    assert sum(len(d.text.split()) for d in drafts) <= WORDS + 10


def test_a_list_has_a_line_for_each_paper_and_begins_with_its_title() -> None:
    text = "Which papers propose SAGE for image generators or for unclear questions?"
    drafts = compose(read_question(text), evidence(text))
    assert [d.text.startswith("In “") for d in drafts].count(True) == 2
    assert any(DOUBT.title in d.text for d in drafts)
    assert any(SEARCH.title in d.text for d in drafts)


def test_a_comparison_has_a_row_per_aspect_with_its_sides() -> None:
    text = "How does Quickfit differ from SAGE?"
    drafts = compose(read_question(text), evidence(text))
    assert {d.side for d in drafts} == {"Quickfit", "SAGE"}


def test_pointers_to_code_are_no_filler() -> None:
    drafts = compose(
        read_question("What does Quickfit do with a table?"), evidence("What does Quickfit do with a table?")
    )
    assert not any("https://" in d.text for d in drafts)
    asked = "Where is the code of Quickfit available?"
    assert "https://example.org" in compose(read_question(asked), evidence(asked))[0].text


def test_a_summary_tells_what_the_paper_does() -> None:
    question = read_question("Summarise the paper on Quickfit")
    from assistant.evidence import weighed

    drafts = compose(question, weighed(question, hits(question.text), Shelf(PAPERS), similarity)[1])
    assert "Quickfit" in drafts[0].text


def test_no_evidence_gives_no_drafts() -> None:
    assert compose(read_question("What are cats?"), []) == []


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("In this paper, we propose LOREN, an approach.", "The authors propose LOREN, an approach."),
        ("Moreover, our model wins.", "The authors’ model wins."),
        ("Here we study cats", "The authors study cats."),
        ("iLA-SDP avoids centroids.", "iLA-SDP avoids centroids."),
        ("To address this problem, we build a net.", "The authors build a net."),
        ("In response to this limitation, we build a net.", "The authors build a net."),
        ("This allows us to win.", "This allows the authors to win."),
        ("Logs that we've kept show what we’ll do.", "Logs that the authors have kept show what the authors will do."),
    ],
)
def test_sentences_are_made_readable(raw: str, shown: str) -> None:
    assert readable(raw) == shown


def test_the_paper_is_named_in_front() -> None:
    assert readable("We study cats.", "On cats") == "In “On cats”, the authors study cats."
    assert readable("It wins.", "On cats") == "In “On cats”: It wins."


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_wording_takes_any_text(text: str) -> None:
    shown = readable(text, "A title")
    assert shown.startswith("In “A title”")
    assert isinstance(readable(text), str)


RAKES = Paper(
    title="RAKE: Raking leaves by machine",
    abstract=(
        "Leaves fall every year in great numbers. We present RAKE, a machine for gardens. "
        "On twelve lawns our machine is up to 30× faster than tuned brooms. "
        "This increases to a 400× speedup when using two engines. The engines cause a drumming effect. "
        "We propose to use soft wires to mitigate this drumming effect. "
        "RAKE clearly outperforms BROOM on all twelve lawns."
    ),
)


def answer(text: str, *papers: Paper) -> list[str]:
    return [d.text for d in compose(read_question(text), evidence(text, papers or [RAKES]))]


def test_a_sentence_that_points_back_follows_the_one_it_points_to() -> None:
    told = answer("How fast is RAKE with two engines?")
    at = next(k for k, t in enumerate(told) if t.startswith("This increases"))
    assert "30× faster" in told[at - 1]


@pytest.mark.parametrize(
    ("text", "before", "points"),
    [
        ("This increases to 400×.", "", True),
        ("Instead, it defines a path.", "", True),
        ("We use wires to mitigate this drumming effect.", "Engines cause a drumming effect.", True),
        ("This paper is about rakes.", "", False),
        ("It is known that leaves fall.", "", False),
        ("Leaves fall, and these leaves are raked.", "Leaves are red.", False),
        ("We rake leaves.", "We like gardens.", False),
    ],
)
def test_which_sentences_point_back(text: str, before: str, points: bool) -> None:
    assert dangles(text, before) is points


def test_how_fast_is_answered_by_every_speed_the_paper_gives() -> None:
    told = " ".join(answer("How fast is RAKE?"))
    assert "30×" in told
    assert "400×" in told


def test_the_short_name_stands_for_the_title_and_only_where_it_is_not_said() -> None:
    assert answer("What does RAKE do with two engines?")[0].startswith(("RAKE", "The authors present RAKE"))
    assert not any("Raking leaves by machine" in t for t in answer("How fast is RAKE?"))
    assert readable("It wins.", "On cats", "CAT") == "CAT: It wins."


def test_each_count_is_taken_from_the_sentence_that_speaks_of_it() -> None:
    paper = Paper("SHELF: Papers in One Place", "We present SHELF, a collection of 812 papers. It was built in a year. "
                  "Half of it is in print, and there is full text for 93 papers.")  # fmt: skip
    text = "How many papers does SHELF hold, and for how many is there full text?"
    told = " ".join(d.text for d in compose(read_question(text), evidence(text, [paper])))
    assert "812" in told
    assert "93" in told


def test_what_a_question_writes_as_one_word_is_looked_for_as_one() -> None:
    said = "A score of 0.98 is for links of code and text. A score of 0.82 is for text-to-code links."
    paper = Paper("LINK: Links", f"We present LINK. {said}")
    text = "What score does LINK achieve for text-to-code links?"
    assert "0.82" in compose(read_question(text), evidence(text, [paper]))[0].text


def test_where_the_code_is_is_answered_by_the_link_alone() -> None:
    paper = Paper("RAKE: Raking", "We present RAKE, a rake. It rakes well. Our code is at https://example.org/rake.")
    text = "Is the code of RAKE available?"
    (draft,) = compose(read_question(text), evidence(text, [paper]))
    assert "https://example.org/rake" in draft.text


def test_sides_come_in_the_order_asked() -> None:
    other = Paper(title="BLOW: Blowing leaves away", abstract="We present BLOW, a fan for gardens. BLOW is loud.")
    for sides in (("RAKE", "BLOW"), ("BLOW", "RAKE")):
        text = f"Compare {sides[0]} and {sides[1]}"
        drafts = compose(read_question(text), evidence(text, [RAKES, other]))
        assert tuple(dict.fromkeys(d.side for d in drafts)) == sides
        rows = [d.aspect for d in drafts]
        assert rows == sorted(rows, key=rows.index), "a row is not taken up again"


def test_a_comparison_of_names_alone_tells_what_each_is() -> None:
    told = answer("How does RAKE differ from BROOM?")
    assert "present RAKE" in told[0]
    assert any("outperforms BROOM" in t for t in told)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Our study shows that our rakes win.", "The authors’ study shows that their rakes win."),
        ("(5) causal: pruning leads to loss.", "Causal: pruning leads to loss."),
        ("We name two properties:(1) soft; (2) long.", "The authors name two properties: (1) soft; (2) long."),
        ("Inspired by it, we build a net.", "The authors build a net."),
    ],
)
def test_nobody_is_spoken_of_before_being_named_and_items_read_well(raw: str, shown: str) -> None:
    assert readable(raw) == shown
    assert verdict(shown, [raw]).verdict == "supported"


def test_whether_it_is_so_stands_in_findings() -> None:
    paper = Paper(
        title="Wire against string in raking leaves",
        abstract=(
            "We present a study of wire and string for raking leaves. Wire and string are common. "
            "In all trials, wire is superior to string."
        ),
    )
    assert "superior" in answer("Is wire better than string for raking leaves?", paper)[0]


def test_a_list_is_not_cut_off_where_its_items_hold_the_number_asked_for() -> None:
    paper = Paper(
        title="Inkpack: sketches in small files",
        abstract="Sketches are large. Inkpack beats other formats at several tasks: (i) It gives a "
        "compression of 60 times over pictures. (ii) It keeps every stroke. (iii) It can be decoded in parallel.",
    )
    text = "What compression over pictures does Inkpack give?"
    drafts = compose(read_question(text), evidence(text, [paper]))
    assert any("60" in d.text for d in drafts)


def test_stages_told_one_after_the_other_are_told_to_the_end() -> None:
    paper = Paper(
        title="Plat: chat in two stages",
        abstract="Chat is hard. We present Plat. There are two stages of training in Plat. In the first stage, a coarse"
        " model is trained on pairs of lines. In the second stage, a fine model with hidden variables is trained on. "
        "Plat speaks two languages and is checked by many readers who liked it in most of the talks they had with it.",
    )
    text = "What are the two stages of training in Plat?"
    said = " ".join(d.text for d in compose(read_question(text), evidence(text, [paper])))
    assert "In the first stage" in said
    assert "In the second stage" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RESULTS: We measured 386 cases.", "The authors measured 386 cases."),
        ("Methods: Cats were weighed.", "Cats were weighed."),
        ("• Domain: cats only.", "Domain: cats only."),
    ],
)
def test_a_sentence_stands_without_the_heading_of_its_section(text: str, said: str) -> None:
    assert readable(text) == said


def test_what_is_done_about_a_problem_follows_it() -> None:
    paper = Paper(
        title="Tweets of hardship",
        abstract="We formulate hardship as a sparse problem. The proposed problem is challenging to solve due to the "
        "non-convexity of the objective. We develop an algorithm based on alternating directions to solve it.",
    )
    text = "Which technique handles non-convexity of the objective?"
    assert "alternating directions" in " ".join(d.text for d in compose(read_question(text), evidence(text, [paper])))


def test_several_things_asked_for_are_named_where_the_next_sentence_names_them() -> None:
    paper = Paper(
        title="Traces of code",
        abstract="We recover traces. This benchmark comprises five open projects, each of its own size. The projects "
        "are Mead, Tea, Team, Big, and Jab. Readers score them. Most of the traces are found by our approach.",
    )
    text = "Which five open projects does the benchmark comprise?"
    assert "Jab" in " ".join(d.text for d in compose(read_question(text), evidence(text, [paper])))


def test_what_says_nothing_to_the_question_is_not_added() -> None:
    paper = Paper(
        title="Masks and faces",
        abstract="We study explanations. Experiments show that it beats others on two face datasets (Celeb and Vigee). "
        "Gardens were wet in most of the long and cold years. Soup was eaten by all of the sailors at noon.",
    )
    text = "On which two face datasets was it shown in experiments?"
    said = " ".join(d.text for d in compose(read_question(text), evidence(text, [paper])))
    assert "Celeb" in said
    assert "Soup" not in said


def test_how_well_a_thing_works_is_told_by_a_result_with_a_number() -> None:
    paper = Paper(
        title="Guarding pictures",
        abstract="We study guards. We propose a protection that works inside the sampler of pictures. The protection "
        "can achieve 0.90 accuracy in practice. It is easy to put into other samplers of pictures.",
    )
    text = "How well does the protection work?"
    assert "0.90" in compose(read_question(text), evidence(text, [paper]))[0].text


def test_steps_that_are_announced_are_told_to_the_last() -> None:
    paper = Paper(
        title="Motifs of nerves",
        abstract="We find motifs of nerves. The inference occurs in two major steps. First, affinities are organised "
        "by tensors. Each factor names a group of nerves. Finally, communities are found by a model of weights.",
    )
    text = "What two steps does the inference occur in?"
    said = " ".join(d.text for d in compose(read_question(text), evidence(text, [paper])))
    assert "tensors" in said
    assert "model of weights" in said
