"""Markers: whatever a model writes, each number is either shown evidence or reported, and text stays text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.citations import MARKER, Cited, marked, markers_moved, neutral, parse

SHOWN = range(1, 6)
WORDS = st.lists(
    st.sampled_from(["cost", "falls", "by", "3.5", "percent", "(p < 0.05)", "x2", "et", "[a]", "naïve", "[0, 1]"]),
    min_size=1, max_size=8,
)


@pytest.mark.parametrize(
    ("sentence", "text", "numbers", "unknown"),
    [
        ("It halves cost [1].", "It halves cost.", (1,), ()),
        ("It halves cost. [1]", "It halves cost.", (1,), ()),
        ("It halves [1, 3] cost [2][3].", "It halves cost.", (1, 3, 2), ()),
        ("It halves cost [2-4].", "It halves cost.", (2, 3, 4), ()),
        ("It halves cost [4–2].", "It halves cost.", (2, 3, 4), ()),
        ("It halves cost [1; 2 and 3].", "It halves cost.", (1, 2, 3), ()),
        ("It halves cost [9].", "It halves cost.", (), (9,)),
        ("It halves cost [1, 9].", "It halves cost.", (1,), (9,)),
        ("It halves cost [1", "It halves cost", (1,), ()),
        ("It halves cost【2】.", "It halves cost.", (2,), ()),
        ("It halves cost【2†source】.", "It halves cost.", (2,), ()),
        ("It halves cost ［３］.", "It halves cost.", (3,), ()),
        ("It halves cost [source 2].", "It halves cost.", (2,), ()),
        ("It halves cost [^2].", "It halves cost.", (2,), ()),
        ("Scores lie in [0, 1].", "Scores lie in [0, 1].", (), ()),
        ("It appeared in [2019].", "It appeared in [2019].", (), ()),
        ("The ratio [1.5] holds.", "The ratio [1.5] holds.", (), ()),
        ("[INST] none", "[INST] none", (), ()),
        ("No marker, at all.", "No marker, at all.", (), ()),
        ("", "", (), ()),
    ],
)
def test_markers_are_read(sentence: str, text: str, numbers: tuple[int, ...], unknown: tuple[int, ...]) -> None:
    assert parse(sentence, SHOWN) == Cited(text, numbers, unknown)


def test_a_huge_range_reports_its_ends_and_no_thousand_numbers() -> None:
    cited = parse("All of it [2-900].", SHOWN)
    assert cited.numbers == (2, 3, 4, 5)
    assert cited.unknown == (900,)


@given(WORDS, st.lists(st.integers(1, 8), unique=True, max_size=4))
def test_a_marked_sentence_reads_back_as_it_was(words: list[str], numbers: list[int]) -> None:
    text = " ".join(words) + "."
    cited = parse(marked(text, numbers), SHOWN)
    assert cited.text == text
    assert cited.numbers == tuple(n for n in numbers if n in SHOWN)
    assert cited.unknown == tuple(n for n in numbers if n not in SHOWN)


@given(st.text(alphabet="[]【】［］ab1234567890,-–;. †^#\n", max_size=40))
def test_no_number_is_lost_or_made_up(sentence: str) -> None:
    cited = parse(sentence, SHOWN)
    assert set(cited.numbers) <= set(SHOWN)
    assert not set(cited.unknown) & set(SHOWN)
    assert len(set(cited.numbers)) == len(cited.numbers)


@given(st.text(alphabet="[]【】［］(ab1234567890,-–;. †^#", max_size=40))
def test_neutral_text_holds_no_marker_and_every_digit(text: str) -> None:
    made = neutral(text)
    assert not MARKER.search(made)
    assert parse(made, SHOWN).numbers == ()
    assert [c for c in made if c.isdigit()] == [c for c in text if c.isdigit()]


def test_what_follows_a_dagger_is_kept() -> None:
    assert neutral("As shown【1†lines 10-20】.") == "As shown(1†lines 10-20)."


def test_markers_behind_a_full_stop_stay_with_their_sentence() -> None:
    assert markers_moved("It halves cost. [1] [2] Then it ends.") == "It halves cost [1] [2]. Then it ends."
    assert markers_moved('He said "no." [1] Next') == 'He said "no [1]." Next'
    assert markers_moved("No markers. Here.") == "No markers. Here."
