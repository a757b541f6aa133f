"""How the blocks of an answer stand together, and what is said about it."""

from __future__ import annotations

import pytest

from assistant import Answer, Block, Citation, Sentence, Stage
from assistant.papers import Finding, Related
from assistant.shapes import blocks_of, care, groups, stage_words, sureness, unsure


def kinds(*blocks: Block) -> list[str]:
    return [g.kind for g in groups(blocks)]


def row(title: str, *cells: tuple[str, str]) -> list[Block]:
    return [Block("row", title), *(Block("cell", text, column=column) for column, text in cells)]


def test_sentences_run_on_until_a_new_paragraph_begins() -> None:
    one, two, three = groups([
        Block("claim", "A."), Block("link", "So."), Block("claim", "B.", breaks=True), Block("gap", "No C."),
    ])  # fmt: skip
    assert [b.text for b in one.blocks] == ["A.", "So."]
    assert [b.text for b in two.blocks] == ["B."]
    assert three.kind == "gap"
    assert kinds(Block("heading", "H"), Block("claim", "A."), *row("P"), *row("Q"), Block("claim", "B.")) == [
        "heading", "paragraph", "rows", "paragraph",
    ]  # fmt: skip


@pytest.mark.parametrize(("rows", "look"), [
    ([row("P", ("", "x")), row("Q")], "list"),
    ([row("P", ("a", "x"), ("b", "y")), row("Q", ("a", "z"))], "table"),
    ([row("P", ("a", "x")), row("Q", ("a", "z"))], "table"),
    ([row("P", ("a", "x")), row("Q", ("b", "z"))], "sides"),
    ([[Block("cell", "alone", column="a")]], "table"),
])  # fmt: skip
def test_rows_are_drawn_by_where_their_cells_stand(rows: list[list[Block]], look: str) -> None:
    (group,) = groups([b for one in rows for b in one])
    assert group.look == look
    assert len(group.rows) == len(rows)


def test_an_answer_without_blocks_is_its_sentences_or_its_lines() -> None:
    old = Answer("q", "A [1]. B [1].\n- C.", sentences=(Sentence("A.", (1,)), Sentence("B."), Sentence("C.")))
    assert [(b.text, b.breaks) for b in blocks_of(old)] == [("A.", False), ("B.", False), ("C.", True)]
    assert [b.text for b in blocks_of(Answer("q", "Nothing.\n\nAt all."))] == ["Nothing.", "At all."]
    assert blocks_of(Answer("q")) == ()


def test_a_shortlist_says_that_it_is_unsure_in_its_own_words_or_ours() -> None:
    two = (Related("a", "A", "x"), Related("b", "B", "y"))
    shortlist = {"abstained": True, "decision": "shortlist"}
    assert unsure(Answer("q", related=two, **shortlist)) == "I am not sure which of these you mean."
    assert "the paper you mean" in unsure(Answer("q", related=two[:1], **shortlist))
    assert unsure(Answer("q", "Hard to say.\n1. A", related=two, **shortlist)) == "Hard to say."
    blocks = (Block("link", "Hard to say."), Block("row", "A"))
    assert unsure(Answer("q", "x", blocks=blocks, related=two, **shortlist)) == "Hard to say."


def test_how_sure_and_how_checked_are_said_in_words() -> None:
    assert sureness(Answer("q", confidence=0.61)) == "about 60\u00a0% sure"
    assert not any(map(sureness, (Answer("q"), Answer("q", confidence=0.8),
                                  Answer("q", abstained=True, decision="declined", confidence=0.1))))
    cited = (Citation(1, "x", "T", "w"),)
    assert care(Answer("q", citations=cited)) == "quoted word for word"
    assert care(Answer("q", citations=cited, backend="ollama:x")) == "numbers and names checked, read for meaning"
    unread = Answer("q", citations=cited, backend="ollama:x", findings=(Finding("not_read", "", ""),))
    assert care(unread) == "numbers and names checked, not read for meaning"
    assert care(Answer("q")) == ""


def test_a_stage_is_said_in_words_whoever_names_it() -> None:
    assert stage_words(Stage("gather", 3, 8)) == "reading papers 3 of 8"
    assert stage_words(Stage("plan")) == "understanding the question"
    assert stage_words(Stage("second_look", 0, 1)) == "second look"
