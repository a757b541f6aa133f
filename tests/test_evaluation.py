"""Question sets read, answers judged, figures put together, reports written: with a scripted assistant."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import evaluation
from assistant.errors import BackendTimeout, PaperNotFound, ReadError, UsageError
from assistant.evaluation import LabelledQuestion, read_questions
from assistant.evaluation.aggregates import figure, risk_coverage
from assistant.evaluation.comparison import randomisation_p
from assistant.evaluation.judgements import Judgement, judgement, key_facts, ranking, redundancy
from assistant.evaluation.questions import title_key
from assistant.evaluation.report import plain
from assistant.papers import (
    Answer,
    Block,
    Citation,
    Done,
    Event,
    Hit,
    Paper,
    Quote,
    Related,
    Retrieved,
    Sentence,
    Text,
    Turn,
)

OWLS = Paper("Owls at Night", "Owls hear mice under snow. They weigh 1,200 grams.")
BATS = Paper("Bats and $\\chi^2$ Tests", "Bats use a chi-squared test of echoes. It takes eight steps.")
FISH = Paper("Fish <script>alert(1)</script> Schools", "Fish swim in schools of forty.")
PAPERS = (OWLS, BATS, FISH)


def cite(n: int, paper: Paper, quote: str) -> Citation:
    start = paper.abstract.index(quote)
    return Citation(n, paper.id, paper.title, quote, "abstract", start, start + len(quote))


def said(question: str, *rows: tuple[str, Paper, str], confidence: float = 0.8) -> Answer:
    """An answer of sentences, each (text, paper, its quote)."""
    return Answer(
        question,
        " ".join(f"{text} [{n}]" for n, (text, _, _) in enumerate(rows, 1)),
        sentences=tuple(Sentence(text, (n,)) for n, (text, _, _) in enumerate(rows, 1)),
        citations=tuple(cite(n, paper, quote) for n, (_, paper, quote) in enumerate(rows, 1)),
        confidence=confidence,
    )


class Scripted:
    """An assistant that gives each question the answer written for it, and the papers in the order written."""

    def __init__(self, script: dict[str, tuple[Sequence[Paper], Answer | Exception]]) -> None:
        self.script = script
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[Event]:
        self.asked.append((question, tuple(history)))
        papers, answer = self.script[question]
        yield Retrieved(
            tuple(Hit(n, p.id, p.title, 1 / n, snippet=p.abstract) for n, p in enumerate(papers, 1))
        )
        if isinstance(answer, Exception):
            raise answer
        for sentence in answer.sentences:
            yield Text(sentence)
        yield Done(answer)

    def papers(self) -> list[Paper]:
        return list(PAPERS)

    def paper(self, paper_id: str) -> Paper:
        for paper in PAPERS:
            if paper.id == paper_id:
                return paper
        raise PaperNotFound(paper_id)


QUESTIONS = [
    LabelledQuestion("a", "What do owls weigh?", "fact", gold_titles=("Owls at Night",), key_facts=("1,200",)),
    LabelledQuestion(
        "b", "Which animals are studied?", "multi", gold_titles=("Owls at Night", "Bats and χ² tests"),
        key_facts=("mice", "echoes"), key_fact_variants={"echoes": ("sonar",)},
    ),
    LabelledQuestion("c", "How old do cats get?", "unanswerable", False, near_miss_titles=("Owls at Night",)),
    LabelledQuestion("d", "What do dogs eat?", "unanswerable", answerable=False),
    LabelledQuestion(
        "e", "And how many steps?", "followup", gold_titles=("Bats and χ² tests",), key_facts=("eight",),
        key_fact_variants={"eight": ("8",)}, history=(Turn("What do bats do?", "Bats use tests."),),
    ),
]  # fmt: skip


def script() -> dict[str, tuple[Sequence[Paper], Answer | Exception]]:
    return {
        "What do owls weigh?": (
            [OWLS, FISH, BATS],
            said("", ("They weigh 1,200 grams.", OWLS, "They weigh 1,200 grams.")),
        ),
        "Which animals are studied?": (
            [FISH, OWLS],
            said("", ("Owls hear mice.", OWLS, "Owls hear mice under snow."), ("Fish.", FISH, "schools of forty")),
        ),
        "How old do cats get?": (
            [OWLS],
            Answer("", "Nothing here says.", abstained=True, related=(Related(OWLS.id, OWLS.title, "Owls"),),
                   confidence=0.1),
        ),
        "What do dogs eat?": ([FISH], said("", ("Fish.", FISH, "Fish swim"), confidence=0.4)),
        "And how many steps?": ([BATS], BackendTimeout("The model did not answer in time.")),
    }  # fmt: skip


@pytest.fixture
def report() -> evaluation.Report:
    return evaluation.evaluate(Scripted(script()), QUESTIONS)


# --------------------------------------------------------------------------- question sets


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows), encoding="utf-8")
    return path


def test_a_question_set_is_read_with_its_history_and_unknown_fields(tmp_path: Path) -> None:
    path = write(
        tmp_path / "q.jsonl",
        "\ufeff" + json.dumps({"id": "x", "question": " Why? ", "type": "followup", "gold_titles": "One title",
                               "history": [{"question": "Q", "answer": "A"}], "difficulty": 3}),
        "",
        {"question": "What?", "type": "unanswerable"},
        {"id": "x", "question": "Who?", "key_facts": ["a"], "key_fact_variants": {"a": "b"}},
    )  # fmt: skip
    first, second, third = read_questions(path)
    assert (first.question, first.gold_titles, first.extra) == ("Why?", ("One title",), {"difficulty": 3})
    assert first.history == (Turn("Q", "A"),)
    assert (second.id, second.answerable) == ("line 3", False)
    assert (third.id, third.answerable, third.key_fact_variants) == ("x (2)", True, {"a": ("b",)})


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '"text"', "{}", '{"question": ""}', '{"question": 3}', '{"question": "q", "gold_titles": {"a": 1}}',
     '{"question": "q", "history": "h"}', '{"question": "q", "history": [1]}', '{"question": "q", "answerable": "no"}',
     '{"question": "q", "key_fact_variants": []}' + "x", '{"question": "q", "key_facts": [null]}', "[" * 100_000],
)  # fmt: skip
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "set.jsonl", {"question": "fine?"}, line)
    with pytest.raises(ReadError, match=r"^set\.jsonl, line 2: "):
        read_questions(path)


def test_files_that_are_no_question_set_give_one_plain_line(tmp_path: Path) -> None:
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00\x01")
    for path in (tmp_path / "none.jsonl", tmp_path, tmp_path / "binary.jsonl"):
        with pytest.raises(ReadError) as failure:
            read_questions(path)
        assert "\n" not in str(failure.value)
    (tmp_path / "empty.jsonl").write_text("\n \n")
    assert read_questions(tmp_path / "empty.jsonl") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("$\\chi^2$-Tests: a {\\em Study}", "χ²-tests — a study"), ("\\textit{latent}-GLAT", "latent-GLAT"),
     ("Fr\\'echet Means", "Fréchet means"), ("The $\\beta$-VAE", "The β-VAE")],
)  # fmt: skip
def test_titles_match_whatever_their_markup(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)
    assert title_key(one) != title_key(other + " 2")


def test_every_title_of_the_shared_set_is_a_paper_of_the_pages(shared: Path) -> None:
    pages = "\n".join(p.read_text("utf-8", errors="replace") for p in (shared / "corpora/daily_papers").iterdir())
    held = {title_key(line.removeprefix("Subscribe")) for line in pages.split("\n")}
    asked = read_questions(shared / "questions" / "daily_papers_dev.jsonl")
    assert len(asked) == 40
    for q in asked:
        for title in (*q.gold_titles, *q.acceptable_titles, *q.near_miss_titles):
            assert title_key(title) in held


# --------------------------------------------------------------------------- one judgement


def test_facts_are_looked_for_in_the_words_not_in_the_markers() -> None:
    q = LabelledQuestion("x", "?", key_facts=("8.7%", "Naive  Bayes", "four"), key_fact_variants={"four": ("4",)})
    answer = Answer("", "It gains 8.7\\% with naive\nBayes [4]. More [1, 4][2].")
    assert key_facts(q, answer) == (("8.7%", "Naive  Bayes"), ("four",))
    assert key_facts(q, Answer("", answer.answer, abstained=True))[0] == ()
    assert key_facts(q, None)[1] == q.key_facts


def test_ranking_by_hand() -> None:
    q = LabelledQuestion("x", "?", gold_titles=("A", "B"))
    row = ranking(q, ["A", "C", "B"])
    ideal = 1 + 1 / math.log2(3)
    assert row == {"hit_at_1": 1.0, "recall_at_5": 1.0, "ndcg_at_10": pytest.approx((1 + 1 / math.log2(4)) / ideal)}
    assert ranking(q, []) == {"hit_at_1": 0.0, "recall_at_5": 0.0, "ndcg_at_10": 0.0}
    assert ranking(q, ["a", "A!", "C", "D", "E", "B"])["recall_at_5"] == 0.5  # the same title twice is one paper
    assert set(ranking(LabelledQuestion("x", "?"), ["A"]).values()) == {None}


@given(st.lists(st.sampled_from("ABCDEFGHIJKLMNOP"), unique=True), st.sets(st.sampled_from("ABCDEFGH"), min_size=1))
def test_ranking_measures_stay_in_bounds_and_agree(order: list[str], gold: set[str]) -> None:
    row = ranking(LabelledQuestion("x", "?", gold_titles=tuple(sorted(gold))), order)
    assert all(0 <= v <= 1 + 1e-9 for v in row.values() if v is not None)
    assert row["hit_at_1"] == float(bool(order) and order[0] in gold)
    assert row["recall_at_5"] == pytest.approx(len(gold & set(order[:5])) / len(gold))


def test_cited_papers_shown_set_and_quotes() -> None:
    q = LabelledQuestion("x", "?", gold_titles=(OWLS.title, "Unseen"), acceptable_titles=(FISH.title,))
    good = cite(1, OWLS, "Owls hear")
    moved = Citation(2, FISH.id, FISH.title, "swim", "abstract", 0, 4)
    other = Citation(3, BATS.id, BATS.title, "", "abstract", 0, 0)
    answer = Answer(
        "", "One [1]. Two [2][3]. Three.", citations=(good, moved, other),
        sentences=(
            Sentence("One.", (1,)), Sentence("Two.", (2, 3), "partial"), Sentence("Three.", (9,), "unsupported"),
        ),
    )  # fmt: skip
    papers = {p.id: p for p in PAPERS}
    hits = [Hit(n, p.id, p.title, 0.5, snippet=p.abstract) for n, p in enumerate((FISH, BATS, OWLS), 1)]
    j = judgement(q, answer, hits, lambda i, f, n: papers[i].text(f, n))
    assert (j.citation_precision, j.citation_recall) == (pytest.approx(2 / 3), 0.5)
    assert (j.relevance, j.comprehensiveness, j.purity) == (0.5, 0.5, pytest.approx(2 / 3))
    assert (j.quotes, j.quotes_verbatim, j.sentences, j.sentences_cited) == (3, 1, 3, 2)
    assert (j.verdicts, j.words) == ((1, 1, 1), 3)
    assert (j.papers_unfound, j.papers_uncited, j.papers_wrong) == (("Unseen",), ("Unseen",), (BATS.title,))
    assert judgement(q, answer, hits, lambda *_: None, shown=1).papers_unfound == q.gold_titles


def test_redundancy_by_hand() -> None:
    assert redundancy(["a b", "a b", "c d"]) == pytest.approx(2 / 3)
    assert redundancy(["one", ""]) is None


def offer(*papers: Paper) -> Answer:
    """A shortlist of papers, each with its first sentence at its place."""
    firsts = [p.abstract[: p.abstract.index(".") + 1] for p in papers]
    return Answer(
        "", "I am not sure which of these you mean.", abstained=True, decision="shortlist", confidence=0.4,
        related=tuple(
            Related(p.id, p.title, first, (Quote(first, "abstract", None, 0, len(first)),))
            for p, first in zip(papers, firsts, strict=True)
        ),
    )


def judged(question: LabelledQuestion, answer: Answer) -> Judgement:
    papers = {p.id: p for p in PAPERS}
    return judgement(question, answer, [], lambda i, f, n: papers[i].text(f, n))


def test_a_shortlist_counts_by_what_it_shows_and_asserts_nothing() -> None:
    q = LabelledQuestion("x", "?", gold_titles=(OWLS.title, BATS.title), key_facts=("mice", "eight", "at night"))
    j = judged(q, offer(OWLS, FISH))
    assert (j.decision, j.abstained, j.abstention_right) == ("shortlist", True, False)
    assert (j.citation_precision, j.citation_recall) == (None, 0.5)
    assert j.key_facts_found == ("mice", "at night"), "quotes and titles count"
    assert (j.papers_uncited, j.papers_wrong) == ((BATS.title,), ())
    assert (j.quotes, j.quotes_verbatim) == (2, 2)
    assert (j.answered, j.shortlisted, j.declined) == (0.0, 1.0, 0.0)
    moved = replace(offer(OWLS), related=(Related(OWLS.id, OWLS.title, "x", (Quote("Owls", "abstract", None, 3, 7),)),))
    assert judged(q, moved).quotes_verbatim == 0
    none = LabelledQuestion("y", "?", answerable=False)
    j = judged(none, offer(OWLS))
    assert (j.abstention_right, j.papers_wrong, j.shortlisted) == (True, (), None)


def test_one_that_was_declined_holds_nothing() -> None:
    q = LabelledQuestion("x", "?", gold_titles=(OWLS.title,), key_facts=("mice",))
    answer = Answer("", "Nothing on mice.", abstained=True, decision="declined",
                    related=(Related(OWLS.id, OWLS.title, "Owls hear mice under snow."),))
    j = judged(q, answer)
    assert (j.decision, j.key_facts_found, j.citation_precision, j.citation_recall) == ("declined", (), 0.0, 0.0)
    assert judged(q, replace(answer, decision="answered")).decision == "declined", "one from before decisions"


def test_rows_and_cells_are_text_and_words_are_counted_by_row() -> None:
    q = LabelledQuestion("x", "?", gold_titles=(OWLS.title,), key_facts=("under snow",))
    blocks = (
        Block("link", "Two fit."), Block("row", "Owls at Night"), Block("cell", "Owls hear mice under snow.", (1,)),
        Block("row", "Bats"), Block("cell", "Echoes."),
    )  # fmt: skip
    answer = Answer("", "Two fit.\n- Owls at Night: Owls hear mice under snow [1].\n- Bats: Echoes.", form="list",
                    blocks=blocks, citations=(cite(1, OWLS, "Owls hear mice under snow."),))
    j = judged(q, answer)
    assert j.key_facts_found == ("under snow",)
    assert (j.rows, j.row_words) == (2, 10)


@pytest.mark.parametrize(("text", "right"), [
    ("Yes: it does [1].", 1.0), ("**No.** It does not.", 0.0), ("Owls hear mice.", 0.0), ("Yesterday it did.", 0.0),
])  # fmt: skip
def test_a_yes_or_no_is_read_off_the_answer(text: str, right: float) -> None:
    q = LabelledQuestion("x", "Do owls hear mice?", "yesno", polarity="yes")
    assert judged(q, Answer("", text)).polarity_right == right
    assert judged(LabelledQuestion("x", "?"), Answer("", text)).polarity_right is None
    assert judged(q, Answer("", text, abstained=True, decision="declined")).polarity_right is None


def test_the_polarity_of_a_question_is_read_under_both_names(tmp_path: Path) -> None:
    path = write(tmp_path / "q.jsonl", {"question": "a?", "polarity": True}, {"question": "b?", "decision": "No"},
                 {"question": "c?", "decision": "perhaps"}, {"question": "d?"})  # fmt: skip
    assert [q.polarity for q in read_questions(path)] == ["yes", "no", "", ""]


def test_the_three_outcomes_stand_in_figures_and_reports(tmp_path: Path) -> None:
    declined = Answer("", "Nothing.", abstained=True, decision="declined")
    yes = LabelledQuestion("f", "Do bats count?", "yesno", gold_titles=(BATS.title,), polarity="yes")
    later = script() | {
        "Which animals are studied?": ([OWLS], offer(OWLS, BATS)), "And how many steps?": ([BATS], declined),
        "What do dogs eat?": ([FISH], offer(FISH)),
        "Do bats count?": ([BATS], said("", ("No, they use echoes.", BATS, "It takes eight steps."))),
    }
    report = evaluation.evaluate(Scripted(later), [*QUESTIONS, yes])
    row = report.to_dict()
    assert (row["answered_share"], row["shortlist_share"], row["declined_share"]) == (0.5, 0.25, 0.25)
    assert (row["declined_answerable"], row["counts"]["shortlists"], row["polarity"]) == (1, 2, 0.0)
    assert row["abstention"]["recall"] == 1.0
    assert row["citations"]["precision"] == pytest.approx((1 + 0 + 1) / 3, abs=1e-4), "the shortlist takes no part"
    assert row["citations"]["recall"] == pytest.approx((1 + 1 + 0 + 1) / 4)
    assert row["items"][1]["decision"] == "shortlist"
    assert row["items"][1]["related"][0]["label"] == "gold"
    _, md, html = (p.read_text("utf-8") for p in evaluation.write_reports(report, tmp_path))
    for text in (md.replace("\\", ""), html):
        assert "offered a shortlist, though the library answers it" in text
        assert "2 of 2 papers offered" in text
        assert "Owls hear mice under snow." in text
        assert "no, where yes is right" in text


# --------------------------------------------------------------------------- figures


def test_figures_over_a_run(report: evaluation.Report) -> None:
    row = report.to_dict()
    assert row["questions"] == 5
    assert row["retrieval"]["hit@1"] == pytest.approx(2 / 3, abs=1e-4)  # the failed one found its paper first
    assert row["citations"]["precision"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert row["citations"]["recall"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert row["key_facts"] == 0.5
    assert row["key_facts_per_question"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert row["abstention"]["precision"] == 1.0
    assert row["abstention"]["recall"] == 0.5
    assert row["abstention"]["accuracy"] == pytest.approx(3 / 5)
    assert row["citations"]["quotes_verbatim"] == 1.0
    assert row["counts"] == {
        "answerable": 3, "unanswerable": 2, "abstained": 1, "abstained_rightly": 1, "abstained_wrongly": 0,
        "answered_wrongly": 1, "shortlists": 0, "declined_answerable": 0, "failed": 1,
    }  # fmt: skip
    assert row["answered_share"] == pytest.approx(2 / 3, abs=1e-4)  # the failed one is not answered
    assert (row["shortlist_share"], row["declined_answerable"], row["polarity"]) == (0.0, 0, None)
    assert list(row["by_type"]) == ["fact", "multi", "unanswerable", "followup"]
    assert row["by_type"]["fact"]["key_facts"] == 1.0
    assert row["by_type"]["fact"]["abstention"]["precision"] is None
    assert row["intervals"]["retrieval.hit@1"][2] == 3
    failed = row["items"][4]
    assert (failed["error"], failed["answer"]) == ("The model did not answer in time.", "")
    assert [h["label"] for h in row["items"][1]["hits"]] == ["other", "gold"]


def test_a_follow_up_is_asked_once_with_its_history() -> None:
    assistant = Scripted(script())
    evaluation.evaluate(assistant, QUESTIONS)
    assert len(assistant.asked) == len(QUESTIONS)
    assert assistant.asked[4] == ("And how many steps?", (Turn("What do bats do?", "Bats use tests."),))


def test_order_and_figures_do_not_depend_on_concurrency(report: evaluation.Report) -> None:
    seen: list[tuple[str, int, int | None]] = []
    other = evaluation.evaluate(Scripted(script()), QUESTIONS, concurrency=4, progress=lambda *a: seen.append(a))
    assert [i.question.id for i in other.items] == ["a", "b", "c", "d", "e"]
    assert seen == [("asking", n, 5) for n in range(6)]
    for name in ("retrieval", "citations", "key_facts", "abstention", "counts"):
        assert other.to_dict()[name] == report.to_dict()[name]


@pytest.mark.parametrize("chosen", [[], QUESTIONS[2:4], QUESTIONS[:1], QUESTIONS[4:]])
def test_small_and_one_sided_sets_make_every_report(chosen: list[LabelledQuestion], tmp_path: Path) -> None:
    report = evaluation.evaluate(Scripted(script()), chosen)
    text = json.dumps(report.to_dict(), allow_nan=False)
    assert json.loads(text)["questions"] == len(chosen)
    paths = evaluation.write_reports(report, tmp_path / "new")
    assert [p.name for p in paths] == ["report.json", "report.md", "report.html"]
    assert evaluation.summary_lines(report)


def test_wrong_calls_are_said_plainly() -> None:
    for wrong in ({"k": 0}, {"concurrency": 0}):
        with pytest.raises(UsageError):
            evaluation.evaluate(Scripted({}), [], **wrong)


def test_a_paper_that_the_library_lacks_is_pointed_out() -> None:
    q = LabelledQuestion("a", "What do owls weigh?", gold_titles=("Nowhere to be found",))
    report = evaluation.evaluate(Scripted(script()), [q])
    assert report.absent == ("Nowhere to be found",)
    assert any("Nowhere to be found" in line for line in evaluation.summary_lines(report))


def test_intervals_hold_the_value_and_repeat() -> None:
    parts = [(float(n % 3 == 0), 1.0) for n in range(60)]
    one, two = figure(parts), figure(parts)
    assert one == two
    assert one.value == pytest.approx(1 / 3)
    assert one.low is not None
    assert one.high is not None
    # The normal approximation gives .21 to .45.
    assert one.low == pytest.approx(0.214, abs=0.03)
    assert one.high == pytest.approx(0.453, abs=0.03)
    assert figure([]).value is None
    assert (figure([(1.0, 1.0)]).low, figure([(1.0, 1.0)]).value) == (None, 1.0)


def test_a_share_of_facts_weighs_every_fact_the_same() -> None:
    assert figure([(1.0, 1.0), (0.0, 3.0)]).value == 0.25


def test_risk_and_coverage_by_hand() -> None:
    rows = [(0.9, True), (0.5, False), (0.9, True), (0.1, False)]
    assert risk_coverage(rows) == [(0.9, 0.5, 0.0), (0.5, 0.75, pytest.approx(1 / 3)), (0.1, 1.0, 0.5)]
    assert risk_coverage([]) == []


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_risk_and_coverage_end_at_everything_answered(rows: list[tuple[float, bool]]) -> None:
    points = risk_coverage(rows)
    coverage = [c for _, c, _ in points]
    assert coverage == sorted(set(coverage))
    if rows:
        assert points[-1][1:] == (1.0, pytest.approx(sum(not r for _, r in rows) / len(rows)))


# --------------------------------------------------------------------------- reports


def test_the_reports_show_every_item_and_what_was_missed(report: evaluation.Report, tmp_path: Path) -> None:
    _, md, html = (p.read_text("utf-8") for p in evaluation.write_reports(report, tmp_path))
    for text in (md, html):
        for q in QUESTIONS:
            assert q.question in text.replace("\\", "")
        assert "Key facts not said: echoes" in text
        assert "The model did not answer in time." in text.replace("\\", "")
        assert "answered, though nothing answers it" in text
        assert "They weigh 1,200 grams." in text.replace("\\", "")


def test_the_page_is_self_contained_and_text_stays_text(report: evaluation.Report, tmp_path: Path) -> None:
    html = evaluation.write_reports(report, tmp_path)[2].read_text("utf-8")
    assert "<script" not in html
    assert "Fish &lt;script&gt;alert(1)&lt;/script&gt; Schools" in html
    assert not re.search(r"""(?:src|href)=["'](?!#)""", html)
    assert "url(" not in re.sub(r"url\(#", "", html)
    # A namespace is a name; nothing else may look like an address.
    assert not re.search(r"https?://(?!www\.w3\.org/(?:2000/svg|1999/xlink)\")", html)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert html.count("<svg") >= 2
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_a_type_with_markup_in_its_name_can_be_drawn(tmp_path: Path) -> None:
    odd = [LabelledQuestion("a", "What do owls weigh?", "$\\frac{<b>&", gold_titles=(OWLS.title,)),
           LabelledQuestion("b", "Which animals are studied?", "|x|", gold_titles=(OWLS.title,))]  # fmt: skip
    html = evaluation.write_reports(evaluation.evaluate(Scripted(script()), odd), tmp_path)[2].read_text("utf-8")
    assert "<b>&" not in html
    assert "$\\frac{&lt;b&gt;&amp;" in html


def test_markdown_makes_nothing_live_of_a_text() -> None:
    text = plain("![x](http://a.b/c) <img src=x> [l](javascript:1)\n# head | cell `code` www.a.org a@b.c $x$ & *b*")
    assert "\n" not in text
    assert "http://" not in text
    assert "<" not in text
    assert "@" not in text
    assert not re.search(r"(?<!\\)[\[\]()!#|`*$]", text.replace("&#58;", "").replace("&#46;", "").replace("&#64;", ""))


def test_the_terminal_lines_line_up(report: evaluation.Report) -> None:
    lines = evaluation.summary_lines(report)
    row = next(line for line in lines if line.startswith("Key facts found"))
    assert re.search(r"Key facts found +0\.50 ", row)
    assert any(line.startswith("Abstention: recall") and " 0.50" in line for line in lines)
    assert "1 of the questions failed; they count as wrong answers." in lines


# --------------------------------------------------------------------------- two runs


def test_two_runs_are_compared_item_by_item(report: evaluation.Report, tmp_path: Path) -> None:
    later = script()
    later["What do owls weigh?"] = ([FISH, OWLS], said("", ("Heavy.", OWLS, "Owls hear")))
    later["What do dogs eat?"] = ([FISH], Answer("", "Nothing here says.", abstained=True, confidence=0.2))
    later["Which animals are studied?"] = (
        [FISH, OWLS],
        said("", ("Owls, and mice.", OWLS, "Owls hear mice"), ("Fish.", FISH, "forty")),
    )
    earlier = evaluation.load_report(evaluation.write_reports(report, tmp_path)[0])
    second = evaluation.evaluate(Scripted(later), QUESTIONS)
    changes = evaluation.compare(earlier, second)
    paths = evaluation.write_reports(second, tmp_path / "later", changes)
    assert [p.name for p in paths[3:]] == ["comparison.json", "comparison.md"]
    row = json.loads(paths[3].read_text("utf-8"))
    assert {i["id"]: i["outcome"] for i in row["items"]} == {
        "a": "lost", "b": "changed", "c": "same", "d": "won", "e": "same",
    }  # fmt: skip
    assert row["measures"]["abstention_right"]["difference"] == pytest.approx(0.2)
    assert row["measures"]["abstention_right"]["p"] == 1.0
    assert row["items"][0]["scores"]["key_facts"] == [1.0, 0.0]
    text = paths[4].read_text("utf-8")
    assert "1 won, 1 lost, 0 mixed, 1 changed in words only, 2 the same" in text
    assert text.index("## Lost") < text.index("## Won")


def test_questions_of_one_run_only_take_no_part(report: evaluation.Report) -> None:
    fewer = evaluation.evaluate(Scripted(script()), QUESTIONS[:2])
    row = evaluation.compare(report, fewer)
    assert (row.questions, row.only_in_a, row.only_in_b) == (2, ["c", "d", "e"], [])
    with pytest.raises(UsageError):
        evaluation.compare(fewer, evaluation.evaluate(Scripted(script()), QUESTIONS[2:]))


def test_the_paired_test_by_hand() -> None:
    assert randomisation_p([]) == 1.0
    assert randomisation_p([0.0, 0.0]) == 1.0
    assert randomisation_p([1.0] * 5) == 2 / 32  # all signs equal: 2 of the 32
    assert randomisation_p([1.0, -1.0]) == 1.0
    assert randomisation_p([1.0] * 30) < 0.001
    assert randomisation_p([1.0, -1.0] * 20) > 0.9


def test_what_is_no_report_is_said_plainly(tmp_path: Path) -> None:
    for name, text in (("a.json", "{"), ("b.json", "[]"), ("c.json", '{"items": [1]}'), ("d.json", "[" * 100_000)):
        (tmp_path / name).write_text(text)
        with pytest.raises(ReadError, match=name):
            evaluation.load_report(tmp_path / name)
    with pytest.raises(ReadError, match="no file"):
        evaluation.load_report(tmp_path / "none.json")
