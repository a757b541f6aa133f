"""Questions made from a library, and the threshold measured on them."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.calibration import (
    Calibration,
    Probe,
    Result,
    best_threshold,
    calibrate,
    calibration,
    probes,
    result,
    threshold_of,
)
from assistant.calibration.distant import ATTRIBUTES, DISTANT, STRANGERS
from assistant.errors import BackendTimeout, UsageError
from assistant.papers import Answer, Citation, Fingerprint, Paper
from assistant.text import terms

_THINGS = (
    "lanterns", "kettles", "ladders", "pebbles", "ribbons",
    "anchors", "barrels", "candles", "buttons", "saddles",
)  # fmt: skip
_MAKERS = (
    "weavers", "porters", "sailors", "tinkers", "bakers",
    "coopers", "farriers", "glaziers", "joiners", "millers",
)  # fmt: skip


def spell(n: int) -> str:
    return "brak" + "".join("aeioumnrst"[int(d)] for d in f"{n:03}")


def paper(n: int) -> Paper:
    """An invented paper: its own name, two counts, a share, a data set and a deed."""
    thing, maker = _THINGS[n % 10], _MAKERS[(n // 10) % 10]
    return Paper(
        f"QuX{n}Z: sorting {thing} for {maker}",
        f"Sorting {thing} by hand is slow. We introduce QuX{n}Z, a method that orders {thing} by weight alone for busy "
        f"{maker}. We study {n + 3} {thing} and {n + 120} {maker} in one winter. Errors among {maker} with {thing} "
        f"fall by {n % 40 + 11}%. We propose a slow and careful comparison of {thing} made by {maker} number {n}. "
        f"It is tested on the Bench{n}A dataset. Our {spell(n)}oka, {spell(n)}umi and {spell(n)}ebo shape winter.",
    )


KINDS = {"count", "share", "name", "dataset", "gist", "reworded", "deed", "about"}
LIBRARY = [paper(n) for n in range(90)]


def test_half_have_an_answer_and_half_of_the_others_are_near() -> None:
    made = probes(LIBRARY, 200)
    assert len(made) == 200
    assert sum(p.answerable for p in made) == 100
    assert sum(p.near for p in made) == 50
    assert len({p.question for p in made}) == 200
    assert {p.kind for p in made if p.answerable} == KINDS
    assert {p.kind for p in made if p.near} >= {"count", "measure", "attribute", "other", "stranger"}


def test_the_questions_depend_on_the_papers_and_the_seed_alone() -> None:
    turned = list(LIBRARY)
    random.Random(1).shuffle(turned)
    assert probes(turned, 120) == probes(LIBRARY, 120)
    assert probes(LIBRARY, 120, seed=2) != probes(LIBRARY, 120)


def test_what_an_answerable_question_asks_for_stands_in_its_paper() -> None:
    papers = {p.id: p for p in LIBRARY}
    for probe in probes(LIBRARY, 240):
        if probe.answerable:
            own = papers[probe.paper_id or ""]
            assert bool(probe.fact) == (probe.kind not in ("gist", "reworded"))
            assert probe.fact in f"{own.title} {own.abstract}"
            if probe.kind in ("count", "share", "name", "dataset"):
                assert probe.fact not in probe.question


def test_what_a_near_miss_asks_for_does_not_stand_in_its_paper() -> None:
    papers = {p.id: p for p in LIBRARY}
    names = {p.title.partition(":")[0] for p in LIBRARY}
    near = [p for p in probes(LIBRARY, 240) if p.near]
    assert near
    for probe in near:
        own = papers[probe.paper_id or ""]
        text = f"{own.title} {own.abstract}"
        name = own.title.partition(":")[0]
        assert name in probe.question
        if probe.kind == "other":
            assert sum(n in probe.question.replace("?", "").split() for n in names) == 2
        if probe.kind == "count":
            noun = probe.question.split(" does ")[0].split(" are there ")[0].removeprefix("How many ")
            assert not set(terms(noun)) & set(terms(text))
        if probe.kind == "stranger":
            assert not any(s in text for s in STRANGERS if s in probe.question)


def test_what_a_library_does_hold_is_never_asked_as_missing() -> None:
    """A library about bread, beetles and learning rates answers such questions, so they are left out."""
    first = DISTANT[0]
    also = f" Also {first[1]}, MS MARCO, learning rate, batch, cost and country of survey."
    rich = [replace(p, abstract=p.abstract + also) for p in LIBRARY]
    made = probes(rich, 400)
    assert first[0] not in {p.question for p in made}
    assert any(first[0] == p.question for p in probes(LIBRARY, 400))
    asked = " ".join(p.question for p in made if p.near)
    assert "MS MARCO" not in asked
    for form, words in ATTRIBUTES:
        if words in ("learning rate", "batch", "cost dollar", "country survey"):
            assert form.split("{")[0].strip() not in asked


def test_a_name_that_two_papers_hold_stands_for_neither() -> None:
    twice = [*LIBRARY, replace(LIBRARY[0], title="Against QuX0Z", abstract=LIBRARY[0].abstract)]
    about = [p.question for p in probes(twice, 400) if p.paper_id == LIBRARY[0].id]
    assert about
    assert all(f'the paper "{LIBRARY[0].title}"' in q or "QuX0Z" not in q.split(":")[0] for q in about)


def test_small_libraries_give_fewer_questions_and_a_plain_line() -> None:
    assert probes([], 400) == []
    assert probes([Paper("No abstract")], 400) == []
    assert len(probes(LIBRARY[:5], 400)) < 60
    with pytest.raises(UsageError, match="too small to calibrate"):
        calibrate(lambda q: Answer(q), LIBRARY[:5])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=60), st.text(min_size=40, max_size=400)), max_size=5))
def test_any_text_is_material(rows: list[tuple[str, str]]) -> None:
    papers = [Paper(title, f"{text} We propose 12 new things here. " * 4) for title, text in rows]
    made = probes(papers, 100)
    assert sum(p.answerable for p in made) * 2 == len(made)


# --------------------------------------------------------------------------- the threshold


def row(confidence: float | None, answerable: bool, n: int = 0, abstained: bool = False) -> Result:
    return Result(Probe(f"q{n}", answerable, "count", f"p{n}"), abstained, confidence)


def test_the_threshold_parts_what_can_be_parted() -> None:
    rows = [row(0.2, False), row(0.3, False), row(0.5, True), row(0.9, True)]
    assert best_threshold(rows) == pytest.approx(0.4)
    # One question without an answer looks sure: giving it up costs less than refusing what has one.
    assert best_threshold([*rows, row(0.95, False)]) == pytest.approx(0.4)
    assert best_threshold([row(0.4, False), row(0.4, True)]) > 0.4
    assert best_threshold([]) == 0.0
    assert best_threshold([row(0.2, True), row(0.3, True)]) == 0.0
    assert best_threshold([row(None, False), row(0.3, True)]) == 0.0


@given(st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), max_size=30))
def test_no_other_threshold_has_a_larger_f1(rows: list[tuple[float, bool]]) -> None:
    results = [row(c, a, n) for n, (c, a) in enumerate(rows)]

    def f1(threshold: float) -> float:
        abstained = [a for c, a in rows if c < threshold]
        total = len(abstained) + sum(not a for _, a in rows)
        return 2 * sum(not a for a in abstained) / total if total else 0.0

    assert f1(best_threshold(results)) == pytest.approx(max(f1(n / 40 + 0.0125) for n in range(-1, 41)))


def test_rates_by_hand_and_held_out_ones_apart() -> None:
    rows = [row(0.1 + n / 1000, False, n, abstained=n < 20) for n in range(40)]
    rows += [row(0.6 + n / 1000, True, 100 + n, abstained=n < 5) for n in range(40)]
    found = calibration(rows)
    assert 0.139 < found.threshold < 0.6
    assert (found.as_run.precision, found.as_run.recall) == (0.8, 0.5)
    assert found.as_run.coverage == pytest.approx(55 / 80, abs=1e-4)
    assert (found.chosen.precision, found.chosen.recall, found.chosen.near_recall) == (1.0, 1.0, 1.0)
    assert (found.held_out.precision, found.held_out.recall) == (1.0, 1.0)
    assert found.curve[-1] == (0.1, 1.0, 0.5)


def test_a_threshold_that_would_not_decide_is_not_worth_storing() -> None:
    ruled = [row(n / 40, n >= 20, n, abstained=n % 2 == 0) for n in range(40)]
    found = calibration(ruled)
    assert found.follows == pytest.approx(21 / 40, abs=1e-4)
    assert not found.worth_storing
    assert any("made by rules" in line for line in found.summary_lines())
    followed = calibration([row(n / 40, n >= 20, n, abstained=n < 14) for n in range(40)])
    # Of the 6 that were answered wrongly, the one at the border is lost to its own fold.
    assert (followed.follows, followed.gained, followed.lost, followed.worth_storing) == (1.0, 5, 0, True)
    by_chance = calibration([row(n / 40, n >= 20, n, abstained=n < 18) for n in range(40)])
    assert not by_chance.worth_storing
    assert "which may be chance" in by_chance.summary_lines()[-1]
    right_already = calibration([row(n / 40, n >= 20 or n == 5, n, abstained=n < 20 and n != 5) for n in range(40)])
    assert right_already.follows >= 0.95
    assert not right_already.worth_storing


def test_a_choice_that_only_fits_chance_is_not_flattered() -> None:
    dice = random.Random(3)
    rows = [row(dice.random(), n % 2 == 0, n) for n in range(200)]
    found = calibration(rows)
    assert found.held_out.f1 < found.chosen.f1
    assert (found.held_out.precision or 0) < 0.65


def test_what_is_stored_is_read_again_and_nonsense_is_none() -> None:
    found = calibration([row(0.2, False, 1), row(0.8, True, 2)], settings="abc")
    assert threshold_of(found.stored()) == found.threshold
    assert threshold_of(found.stored(), "abc") == found.threshold
    assert threshold_of(found.stored(), "other settings") is None
    for nonsense in (None, "", "{", "[]", "{}", '{"threshold": "x"}', '{"threshold": true}', '{"threshold": NaN}'):
        assert threshold_of(nonsense) is None


MADE = {p.question: p for p in probes(LIBRARY, 120)}


def scripted(question: str) -> Answer:
    """Sure of everything that names an invented paper, unless it asks about something foreign."""
    made = MADE[question]
    if question.endswith("7?"):
        raise BackendTimeout("The model did not answer in time.")
    if not made.answerable:
        return Answer(question, "Nothing.", abstained=True, confidence=0.2, fingerprint=Fingerprint(settings="s1"))
    cited = Citation(1, made.paper_id or "", "", "quote")
    return Answer(question, f"It is  {made.fact.upper()} [1].", citations=(cited,), confidence=0.7)


def test_a_whole_calibration() -> None:
    seen: list[tuple[str, int, int | None]] = []
    found = calibrate(scripted, LIBRARY, n=120, progress=lambda *a: seen.append(a))
    assert isinstance(found, Calibration)
    assert found.threshold == pytest.approx(0.45)
    assert found.settings == "s1"
    assert seen[0] == ("asking", 0, 120)
    assert seen[-1] == ("asking", 120, 120)
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["questions"] == 120
    assert told["by_kind"]["answerable: count"]["abstained"] == 0
    failed = sum(i["error"] is not None for i in told["items"])
    assert all(i["cites_paper"] for i in told["items"] if i["answerable"] and not i["error"])
    assert all(i["holds_fact"] for i in told["items"] if i["fact"] and not i["error"])
    lines = found.summary_lines()
    assert lines[0] == "120 questions made from the library: 60 with an answer, 30 near misses, 30 far from it."
    assert any(f"{60 - failed} cite the paper" in line for line in lines)


def test_the_calibration_is_written_for_readers(tmp_path: Path) -> None:
    from assistant.evaluation import write_calibration

    rows = [row(n / 20, n >= 8, n, abstained=n < 10) for n in range(20)]
    rows.append(Result(Probe("Is <b>this</b> safe?", True, "count", "p"), True, 0.01))
    found = calibration([*rows, Result(Probe("Why?", True, "count", "p"), False, error="It <failed>.")])
    data, page = write_calibration(found, tmp_path / "new")
    assert json.loads(data.read_text("utf-8"))["threshold"] == found.threshold
    html = page.read_text("utf-8")
    assert "Not answered, though the library answers it (3)" in html
    assert "Is &lt;b&gt;this&lt;/b&gt; safe?" in html
    assert "It &lt;failed&gt;." in html
    assert "<svg" in html
    assert "<script" not in html


def test_answers_without_a_confidence_are_said_plainly() -> None:
    with pytest.raises(UsageError, match="must carry a confidence"):
        calibrate(lambda q: Answer(q, abstained=True), LIBRARY, n=80)


def test_an_abstention_holds_no_fact() -> None:
    probe = Probe("q", True, "count", "p", "eight")
    assert not result(probe, Answer("q", "It is eight.", abstained=True)).holds_fact
    assert result(probe, Answer("q", "It is Eight.")).holds_fact


@pytest.mark.long
def test_the_shared_pages_give_enough_questions(shared: Path) -> None:
    from assistant.readers import daily_papers

    found: dict[str, Paper] = {}
    for path in sorted((shared / "corpora" / "daily_papers").iterdir()):
        lines = path.read_text("utf-8", errors="replace").splitlines()
        for entry in daily_papers.papers(enumerate(lines, 1), path.name):
            if isinstance(entry, Paper):
                found.setdefault(entry.id, entry)
    made = probes(list(found.values()))
    assert len(made) >= 380
    assert sum(p.near for p in made) == len(made) // 4
