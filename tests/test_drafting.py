"""A model's draft read piece by piece: the same sentences however it is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.drafting import Draft, answer_schema

SHOWN = range(1, 4)
PROSE = (
    "Lanternfish halves cost (Smith et al. 2020) by 3.5 points. [1] [2] The second, e.g. Heron, says no [9]. "
    "A third has 1.5B weights [3].\n- **Bold** claim [1].\n2. Numbered claim [2].\n\nReferences:\n[1] A paper. Another."
)
SENTENCES = [
    ("Lanternfish halves cost (Smith et al. 2020) by 3.5 points.", (1, 2), ()),
    ("The second, e.g. Heron, says no.", (), (9,)),
    ("A third has 1.5B weights.", (3,), ()),
    ("Bold claim.", (1,), ()),
    ("Numbered claim.", (2,), ()),
]
JSON = json.dumps({"sentences": [
    {"text": 'It says "half" {really}.', "citations": [1]}, {"text": "One. Two [3].", "citations": [2, 7]},
]})


def read(text: str, size: int, truncated: bool = False) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    draft = Draft(SHOWN)
    out = [c for at in range(0, len(text), size) for c in draft.feed(text[at : at + size])]
    return [(c.text, c.numbers, c.unknown) for c in [*out, *draft.end(truncated)]]


@given(st.integers(1, 60))
def test_prose_gives_the_same_sentences_however_it_is_cut(size: int) -> None:
    assert read(PROSE, size) == SENTENCES


@given(st.integers(1, 60))
def test_json_gives_the_same_sentences_however_it_is_cut(size: int) -> None:
    assert read(JSON, size) == [
        ('It says "half" {really}.', (1,), ()), ("One.", (2,), (7,)), ("Two.", (2, 3), (7,)),
    ]


def test_a_sentence_comes_out_as_soon_as_it_is_whole() -> None:
    draft = Draft(SHOWN)
    assert draft.feed("It halves cost. ") == []
    assert draft.feed("[1] ") == []
    assert [c.text for c in draft.feed("Then ")] == ["It halves cost."]


def test_an_unfinished_last_sentence_of_a_cut_draft_is_dropped() -> None:
    assert [s[0] for s in read("It halves cost [1]. And then it", 5, truncated=True)] == ["It halves cost."]
    assert [s[0] for s in read("It halves cost [1]. And then it", 5)] == ["It halves cost.", "And then it"]
    cut = JSON[: JSON.index("One")]
    assert [s[0] for s in read(cut, 5, truncated=True)] == ['It says "half" {really}.']


@pytest.mark.parametrize(
    "other", ['{"answer": "It halves cost [1]."}', '```json\n{"sentences": ["It halves cost [1]."]}\n```']
)
def test_json_of_another_shape_is_read_by_its_strings(other: str) -> None:
    assert read(other, 4) == [("It halves cost.", (1,), ())]


@pytest.mark.parametrize("nothing", ["", "   \n", "{", '{"sentences": []}', "[1][2]", "```json", "- \n- \n"])
def test_a_draft_of_nothing_gives_nothing(nothing: str) -> None:
    assert read(nothing, 3) == []


def test_links_and_images_lose_their_address() -> None:
    assert read("See [here](http://x.example/a) and ![p](http://x.example/b.png) now [1].", 9) == [
        ("See here and p now.", (1,), ()),
    ]


@given(st.text(max_size=200), st.integers(1, 50))
def test_any_text_can_be_read(text: str, size: int) -> None:
    for _, numbers, unknown in read(text, size):
        assert set(numbers) <= set(SHOWN)
        assert not set(unknown) & set(SHOWN)


def test_the_schema_allows_only_numbers_that_were_shown() -> None:
    row = answer_schema([2, 1])["properties"]["sentences"]["items"]
    assert row["properties"]["citations"]["items"]["enum"] == [1, 2]
