"""Answers on a terminal: each shape as plain lines, and as they come."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest

from assistant import Answer, Block, Citation, Done, Quote, Replaced, Sentence, Stage, Text
from assistant.papers import Event, Related
from assistant.terminal import answer_lines, streamed
from assistant.terminal.tables import table_lines

LONG = "A Paper with a Rather Long Title about Sparse Attention and Everything that Belongs to It"
TABLE = tuple(
    block
    for n in range(3)
    for block in (
        Block("row", f"{LONG} {n}", paper_id="x"),
        Block("cell", "37 % lower latency on the LongRead suite", (n + 1,), column="Result"),
        *((Block("cell", "日本語の論文", (n + 1,), column="Data"),) if n else ()),
    )
)


def lines(*blocks: Block, **more: object) -> list[str]:
    return answer_lines(Answer("q", blocks=blocks, **more))  # type: ignore[arg-type]


def test_prose_keeps_its_paragraphs_gaps_and_marks() -> None:
    assert lines(
        Block("heading", "Latency"), Block("claim", "It falls.", (1, 2)), Block("claim", "So it is.", (1,), "partial",
        missing=("so",)), Block("claim", "Apart.", breaks=True), Block("gap", "No paper says why."), confidence=0.62,
    ) == [
        "Latency", "───────", "", "It falls. [1] [2]", "So it is. [1] (partly supported)", "    not in the source: so",
        "", "Apart.", "", "○ No paper says why.", "", "(About 60\u00a0% sure.)",
    ]  # fmt: skip


def test_a_table_aligns_within_its_width_and_says_where_nothing_is_said() -> None:
    shown = lines(*TABLE)
    starts = {line.index("37 %") for line in shown if "37 %" in line}
    assert len(starts) == 1
    assert shown[0].startswith("Paper")
    assert any(line.rstrip().endswith("–") for line in shown)
    assert max(map(len, shown)) <= 96


def test_a_table_of_too_many_columns_is_told_row_by_row() -> None:
    cells = [Block("cell", f"value {n} of the many values", column=f"Column number {n}") for n in range(12)]
    shown = lines(Block("row", "Paper A"), *cells)
    assert shown[0] == "- Paper A"
    assert "    Column number 11: value 11 of the many values" in shown
    assert table_lines(["a" * 30] * 12, [["b" * 30] * 12], 96) == []


def test_words_longer_than_a_column_are_broken_and_nothing_is_lost() -> None:
    word = "x" * 120
    shown = table_lines(["Paper", "Said"], [["P", f"{word} end"], ["日" * 60, "short"]], 60)
    assert "".join(shown).count("x") == 120
    assert "".join(shown).count("日") == 60
    assert all(len(line) <= 60 for line in shown)


def test_sides_stand_one_after_the_other_with_their_papers() -> None:
    assert lines(Block("row", "A"), Block("cell", "Small.", (1,), column="Kestrel"), Block("row", "B"),
                 Block("cell", "Large.", (2,), column="Heron")) == [
        "Kestrel:", "- A", "    Small. [1]", "", "Heron:", "- B", "    Large. [2]",
    ]  # fmt: skip


def test_a_shortlist_names_its_papers_with_their_words_and_how_to_ask_of_one() -> None:
    quotes = (Quote("one"), Quote("two"), Quote("three"))
    shown = answer_lines(Answer(
        "q", abstained=True, decision="shortlist", confidence=0.3,
        related=tuple(Related(f"id:{n}", f"Title {n}", "one", quotes) for n in range(5)),
    ))  # fmt: skip
    assert shown[0] == "I am not sure which of these you mean."
    assert shown[2:6] == ["1. Title 0", "    “one”", "    “two”", "    --paper id:0"]
    assert not any("Title 3" in line or "% sure" in line or "Nearest" in line for line in shown)


def test_one_that_was_declined_names_what_came_near() -> None:
    shown = answer_lines(Answer("q", "Your library does not say.", abstained=True, decision="declined",
                                missing=("zebras",), related=(Related("x", "Of horses", "Horses run."),)))
    assert shown[0] == "Your library does not say."
    assert "Not found in the library: zebras" in shown
    assert shown[-2:] == ["- Of horses", "    “Horses run.”"]


def events(*blocks: Block, answer: Answer | None = None) -> Iterator[Event]:
    yield Stage("gather", 2, 8)
    for block in blocks:
        yield Text(Sentence(block.text, block.citations, block.verdict), (), block)
    yield Done(answer or Answer("q", blocks=blocks))


@pytest.mark.parametrize("blocks", [
    TABLE, (Block("link", "Three."), *TABLE, Block("claim", "Then this.", (1,)), Block("claim", "And that.")),
    (Block("row", "A"), Block("cell", "Says.", (1,)), Block("row", "B"), Block("gap", "No."), Block("claim", "C.")),
    (Block("heading", "H"), Block("claim", "A."), Block("link", "B."), Block("claim", "C.", breaks=True)),
])  # fmt: skip
def test_what_comes_piece_by_piece_looks_like_the_whole(blocks: tuple[Block, ...]) -> None:
    told: list[str] = []
    streamed(events(*blocks), told.append)
    assert told == lines(*blocks)


def test_a_shortlist_that_comes_block_by_block_is_told_once() -> None:
    unsure = Block("gap", "I am not sure which you mean.")
    related = (Related("x", "T", "words"),)
    answer = Answer("q", abstained=True, decision="shortlist", related=related, blocks=(unsure,))
    told: list[str] = []
    streamed(events(unsure, answer=answer), told.append)
    assert sum("I am not sure" in line for line in told) == 1
    assert any("1. T" in line for line in told)


def test_a_withdrawn_draft_and_a_shortlist_are_told_whole() -> None:
    told: list[str] = []
    shortlist = Answer("q", abstained=True, decision="shortlist", related=(Related("x", "T", "words"),))

    def withdrawn() -> Iterator[Event]:
        yield Text(Sentence("A draft."))
        yield Replaced("It was not supported.")
        yield Done(shortlist)

    streamed(withdrawn(), told.append)
    assert told[0] == "A draft."
    assert "\n(It was not supported.)\n" in told
    assert told[2:] == answer_lines(shortlist)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_stage_stands_on_a_terminals_last_line_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    streamed(events(Block("claim", "It falls.")), lambda _: None)
    assert "\r\x1b[2Kreading papers 2 of 8 …" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[2K"), "nothing is left of it"
    elsewhere = io.StringIO()
    monkeypatch.setattr(sys, "stderr", elsewhere)
    streamed(events(Block("claim", "It falls.")), lambda _: None)
    assert elsewhere.getvalue() == ""


def test_words_of_papers_steer_no_terminal() -> None:
    nasty = "red \x1b[31m\u202e text\n| cell"
    kinds = (("row", ""), ("cell", nasty), ("gap", ""), ("claim", ""))
    blocks = [Block(kind, nasty, (1,), column=column) for kind, column in kinds]
    citation = Citation(1, "x", nasty, nasty, url=nasty)
    related = (Related("x", nasty, nasty, (Quote(nasty),)),)
    shortlist = Answer("q", abstained=True, decision="shortlist", related=related)
    for shown in (lines(*blocks, citations=(citation,), related=related), answer_lines(shortlist)):
        assert not any(c in line for line in shown for c in "\x1b\u202e\n")
