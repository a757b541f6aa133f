"""What is asked for and stands in no paper is not answered, however close the topic; what stands there otherwise is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_evidence import similarity

import assistant as public
from assistant.answering.conversation import without_title
from assistant.evidence.classes import instance_of, says_little
from assistant.evidence.rating import rivals, tells_of_both
from assistant.evidence.unheld import family, noun_asked, unheld
from assistant.papers import Paper
from assistant.queries import read_question
from assistant.queries.measures import gives, measure_of
from assistant.sample import papers as sample_papers

KILN = Paper(
    title="Kilnwright: firing plans for potters",
    abstract=(
        "Potters fire by habit. We present Kilnwright, a planner that draws firing curves for stoneware. It was "
        "optimized with Adam on logs from Peru, and outperforms Glazer on 12 wares. Annotations were made by potters."
    ),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[public.Assistant]:
    settings = public.Settings(home=tmp_path_factory.mktemp("home"))
    with public.open_assistant(settings=settings) as opened:
        opened.ingest_papers(sample_papers())
        yield opened


@pytest.mark.parametrize(
    ("question", "looked_for"),
    [
        ("Which optimiser did BERT use?", "optimiser"),
        ("Which programming language is ColBERT written in?", "programming language"),
        ("What learning rate was used to train VQ-VAE?", "learning rate"),
        ("Which tokenizer does T5 rely on?", "tokenizer"),
        ("How much did training GPT-3 cost?", "cost"),
        ("Under which licence is HNSW released?", "licence"),
        ("At which university was DPR developed?", "university"),
        ("Which country do the authors of BEIR come from?", "country"),
        ("Does LoRA outperform prefix tuning?", "prefix tuning"),
        ("Is DPR better than ColBERT?", "ColBERT"),
        ("Which paper applies diffusion models to earthquakes?", "earthquakes"),
        ("Who funded BM25?", "funded"),
        ("What does the BEIR paper say about earthquakes?", "earthquakes"),
    ],
)
def test_a_thing_that_no_paper_holds_is_not_answered(
    library: public.Assistant, question: str, looked_for: str
) -> None:
    answer = library.ask(question)
    assert answer.abstained
    assert not answer.citations
    assert answer.related
    assert any(looked_for in m for m in answer.missing)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Which benchmark unites 18 public collections?", "BEIR"),
        ("What lets users of InstructGPT get what they ask for?", "follow instructions"),
        ("Does latent semantic indexing help with synonyms?", "Latent Semantic"),
        ("Which formula do keyword search engines weight terms with?", "BM25"),
        ("How long did word2vec vectors take to learn?", "Word Representations"),
        ("Which company's first search engine is described?", "Hypertextual"),
        ("Can denoising images be sped up without new training?", "Implicit"),
        ("Which distance do Wasserstein GANs minimise?", "Wasserstein"),
        ("How many contractors wrote data for InstructGPT?", "follow instructions"),
    ],
)
def test_what_a_paper_says_in_other_words_is_answered(library: public.Assistant, question: str, title: str) -> None:
    answer = library.ask(question)
    assert not answer.abstained
    assert title in answer.citations[0].title


def test_a_question_of_two_parts_is_answered_where_it_can_be(library: public.Assistant) -> None:
    answer = library.ask("How many data sets does BEIR unite, and which optimiser was used?")
    assert not answer.abstained
    assert "18" in answer.answer
    assert any("optimiser" in m for m in answer.missing)


def test_what_is_named_and_there_is_not_called_missing(library: public.Assistant) -> None:
    answer = library.ask("What accuracy does word2vec reach on ImageNet?")
    assert answer.abstained
    assert "ImageNet" in answer.missing
    assert "word2vec" not in answer.missing


def test_whose_paper_is_meant_is_told_by_its_name_whatever_else_is_asked(library: public.Assistant) -> None:
    with public.open_assistant(home=library.settings.folder.parent / "named") as other:
        other.ingest_papers([
            Paper("KILNS: pots by the hundred", "We present KILNS, a planner. It was tried on 8 tasks and 16 ovens."),
            Paper("Kilns of the Moche", "Kilns had tasks and ovens of many kinds. Kilns were lit by many."),
            Paper("On hallucination", "Hallucination is rated. A paper says what hallucination is about."),
        ])
        answer = other.ask("How many tasks and how many ovens were used to evaluate KILNS?")
        assert "8 tasks and 16 ovens" in answer.answer
        answer = other.ask("What does the KILNS paper say about hallucination?")
        assert answer.abstained
        assert "KILNS" not in answer.missing
        assert "hallucination" in answer.missing
        assert "KILNS: pots" in answer.answer


def test_a_paper_named_by_its_title_is_the_only_one_asked(library: public.Assistant) -> None:
    title = "Attention Is All You Need"
    answer = library.ask(f'How many heads are there in the paper "{title}"?')
    assert {c.title for c in answer.citations} == {title}
    answer = library.ask(f"Which optimiser is used in {title}?")
    assert answer.abstained
    assert [r.title for r in answer.related] == [title]


# --------------------------------------------------------------------------- by hand


def words_lacking(text: str, papers: Sequence[Paper] = (KILN,)) -> list[str]:
    return [u.words for u in unheld(read_question(text), papers, similarity)]


@pytest.mark.parametrize(
    "text",
    [
        "Which optimiser does Kilnwright use?",
        "Which optimization was used for Kilnwright?",
        "Which country do the logs of Kilnwright come from?",
        "Which annotators worked for Kilnwright?",
        "Which method does Kilnwright use?",
        "What does Kilnwright draw?",
    ],
)
def test_a_word_its_family_or_an_instance_holds_what_is_asked_for(text: str) -> None:
    assert words_lacking(text) == []


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("Which licence does Kilnwright have?", "licence"),
        ("Which programming language is Kilnwright written in?", "programming language"),
        ("Which thermometer does Kilnwright need?", "thermometer"),
        ("What tokenizer does Kilnwright use?", "tokenizer"),
    ],
)
def test_the_noun_asked_for_must_stand_there(text: str, lacking: str) -> None:
    assert words_lacking(text) == [lacking]


def test_long_questions_and_comparisons_speak_in_their_own_words() -> None:
    assert words_lacking(
        "Which software lets craftsmen heat clay vessels evenly overnight so that fewer of them crack while cooling?"
    ) == []
    assert words_lacking("How does Kilnwright differ from Thermometrics?") == []
    assert unheld(read_question("Which optimiser is it?"), [], similarity) == []


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("Which programming language is it written in?", ("programming", "language")),
        ("On which board does it run?", ("board",)),
        ("What is the learning rate of the model?", ("learning", "rate")),
        ("Which company developed it?", ("company",)),
        ("What makes it fast?", ()),
        ("How does it work?", ()),
    ],
)
def test_the_noun_asked_for_is_read_as_far_as_it_is_sure(text: str, noun: tuple[str, ...]) -> None:
    assert noun_asked(text) == noun


def test_words_of_one_family_are_one() -> None:
    for one, other in (("optimiser", "optimization"), ("annotators", "annotation"), ("licence", "license"),
                       ("behaviour", "behavior"), ("trained", "trains")):  # fmt: skip
        assert family(one) == family(other)
    assert family("tokenizer") != family("tokens")


@given(st.text(max_size=40))
def test_any_word_has_a_family_and_says_little_or_not(word: str) -> None:
    assert family(word) == family(word)
    assert says_little(word) in (True, False)
    assert instance_of(word, "", word) in (None, True, False)


def test_a_class_is_told_by_its_instances() -> None:
    assert instance_of("countries", "", "surveys in Uganda")
    assert instance_of("language", "programming", "a natural language statement") is False
    assert instance_of("language", "", "Chinese and English data")
    assert instance_of("method", "", "anything") is None


@pytest.mark.parametrize(
    ("text", "two"),
    [
        ("Does Kilnwright outperform Glazer on bowls?", ("Kilnwright", "Glazer")),
        ("Is the planner faster than a thermometer?", ("planner", "thermometer")),
        ("Is it preferred over other planners?", None),
        ("Does it outperform existing methods?", None),
        ("Does it work?", None),
    ],
)
def test_what_is_held_against_what(text: str, two: tuple[str, str] | None) -> None:
    assert rivals(text) == two


def test_a_sentence_must_tell_of_both() -> None:
    sentences = [KILN.title, *KILN.abstract.split(". ")]
    assert tells_of_both("Kilnwright", "Glazer", KILN, sentences)
    assert not tells_of_both("Kilnwright", "Thermometrics", KILN, sentences)
    assert not tells_of_both("Glazer", "potters", KILN, sentences)


@pytest.mark.parametrize(
    ("question", "measure"),
    [
        ("How much did training it cost?", "price"),
        ("What does a firing cost?", "price"),
        ("How much were the potters paid?", "price"),
        ("How long does it take to train?", "duration"),
        ("How much money was paid to potters?", "price"),
        ("How much faster is it?", ""),
    ],
)
def test_what_is_paid_and_what_is_waited_are_measures(question: str, measure: str) -> None:
    assert measure_of(question) == measure


def test_hours_of_data_are_a_size_and_no_duration() -> None:
    heard = "It was trained on 14,000 hours of video."
    assert gives("size", heard) == 1
    assert gives("speed", heard) < 1
    assert gives("speed", "It was trained in 14 hours of compute.") == 1
    assert gives("price", "At similar training costs it gains 8.7%.") == 0


def test_a_month_is_not_a_year_and_a_record_tells_no_funder(library: public.Assistant) -> None:
    answer = library.ask("In which month were the sentences of BERT collected?")
    assert answer.abstained
    answer = library.ask("Who paid for the work on LoRA?")
    assert not any("Hu" in s.text for s in answer.sentences) or answer.abstained


def test_a_title_gives_way_to_the_paper() -> None:
    title = "Can Pots Be Read? Let's See"
    assert without_title(f'Which glaze is used in the paper "{title}"?', title) == "Which glaze is used in the paper?"
    assert without_title(title, title) == title


@pytest.mark.parametrize(
    "question",
    [
        "Which papers treat the docking of ligands?",
        "How long does BM25 take to train?",
        "What recall does DPR reach over 200 km of fibre?",
    ],
)
def test_a_topic_a_time_and_a_setting_that_no_paper_has_are_not_answered(
    library: public.Assistant, question: str
) -> None:
    assert library.ask(question).abstained


def test_who_labelled_a_thing_is_told_where_somebody_is_told_of(library: public.Assistant) -> None:
    with public.open_assistant(home=library.settings.folder.parent / "labelled") as other:
        other.ingest_papers([
            Paper("WARES: pots", "We present WARES, a set of 900 pots. The pots were labelled by six volunteers."),
            Paper("GLAZES: colours", "We present GLAZES, a set of 40 glazes. The glazes are labelled by their colour."),
        ])
        assert "volunteers" in other.ask("Who labelled the pots of WARES?").answer
        assert other.ask("Who labelled the glazes of GLAZES?").abstained


def test_a_thing_whose_instance_is_there_is_not_missed_for_its_verb() -> None:
    plots = Paper("Plots of one person at a time", "We show curves of one case. It is in the R package Curvebox.")
    assert words_lacking("Which R package draws curves?", [plots]) == []
    assert words_lacking("Which optimiser draws curves?", [plots]) == ["optimiser"]


def test_a_language_model_asked_for_is_one_with_a_name() -> None:
    assert words_lacking("Which language model draws the curves of Kilnwright?") == ["language model"]
    drawn = replace(KILN, abstract=f"{KILN.abstract} Curves were drawn by a language model, GPT-4.")
    assert words_lacking("Which language model draws the curves of Kilnwright?", [drawn]) == []
