"""An answer as one file: what it shows, what hostile words in it can't do, and what asking it again says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Answer, Filters, Paper, Sentence, Settings, Turn, UsageError
from assistant.export import answer_file as written
from assistant.export import asked_in, asked_now, backend_of, cited_papers, settings_of
from assistant.export.replaying import compared
from assistant.papers import Block, Citation, Fingerprint, Quote, Related

PAPER = Paper(
    title="Glowworm routes packets",
    abstract="Glowworm lowers packet loss by 37% on the Harbor testbed. It needs no central clock.",
    authors=("van der Berg, Jan", "CERN Collaboration"), year=2021, venue="Journal of Light", doi="10.5555/glow.1",
    volume="3", page_range="1-9",
)  # fmt: skip
QUOTE = "Glowworm lowers packet loss by 37% on the Harbor testbed."
ANSWER = Answer(
    question="By how much does Glowworm lower packet loss?",
    answer=f"{QUOTE} [1]",
    sentences=(Sentence(QUOTE, (1,), "supported"), Sentence("It glows.", (), "unsupported", ("glows",))),
    citations=(Citation(1, PAPER.id, PAPER.title, QUOTE, "abstract", 0, len(QUOTE), None, PAPER.authors, 2021),),
    fingerprint=Fingerprint("write@3#ab12", "MiniLM@1", "77aa"),
)


def _file(answer: Answer = ANSWER, **more: object) -> str:
    asked = asked_now(answer, (Turn("Before?", "Yes."),), Filters(year_from=2000, tags=("a`b",)), Settings().shaping, 7)
    return written(replace(asked, **more), {PAPER.id: PAPER})


def test_it_holds_what_a_reader_and_a_replay_need() -> None:
    text = _file()
    for shown in (
        "# By how much", "*supported*", "**not supported**, not in the source: glows", f"> {QUOTE}", "write@3\\#ab12",
        "MiniLM@1", "77aa", "van der Berg, J., & CERN Collaboration. (2021). Glowworm routes packets",
    ):  # fmt: skip
        assert shown in text
    asked = asked_in(text)
    assert asked.answer == ANSWER
    assert asked.history == (Turn("Before?", "Yes."),)
    assert asked.filters == Filters(year_from=2000, tags=("a`b",))


ROWS = (
    Block("heading", "What they report"), Block("row", "A | B", (1,), paper_id="a"),
    Block("cell", "37% | less", (1,), column="Loss"), Block("cell", "Harbor", (1,), "partial", column="Testbed",
                                                             missing=("Harbor",)),
    Block("row", "C", paper_id="c"), Block("cell", "None.", (1,), column="Loss"),
    Block("gap", "No paper gives its cost."),
)  # fmt: skip
SHORTLIST = Answer(
    "Which one?", "I am not sure which of these you mean.", abstained=True, decision="shortlist", confidence=0.4,
    related=(
        Related("a", "Of <b>owls</b>", "one", (Quote("one"), Quote("two", "page", 3, 0, 3))), Related("b", "B", "x"),
    ),
)  # fmt: skip


def test_each_shape_of_an_answer_is_written_and_read_again() -> None:
    table = replace(ANSWER, blocks=ROWS, form="table", confidence=0.61)
    text = _file(table)
    assert "### What they report\n\n|  | Loss | Testbed |\n| --- | --- | --- |\n" in text
    wrong = "(**partly supported**, not in the source: Harbor)"
    assert f"| A \\| B \\[1\\] | 37% \\| less \\[1\\] | Harbor \\[1\\] {wrong} |" in text
    assert "| C | None. \\[1\\] | – |" in text
    assert "*No paper gives its cost.*" in text
    assert "*About 60\u00a0% sure.*".replace("\u00a0", " ") in text.replace("\u00a0", " ")
    assert "- decision: answered\n- form: table\n- confidence: 0.61" in text
    assert asked_in(text).answer == table
    rows = (Block("row", "A", (1,)), Block("cell", "Says so.", (1,)), Block("row", "B"))
    listed = _file(replace(ANSWER, blocks=rows))
    assert "- **A \\[1\\]**: Says so. \\[1\\]\n- **B**\n" in listed
    sides = _file(replace(ANSWER, blocks=(Block("row", "A"), Block("cell", "Small.", column="K"), Block("row", "B"),
                                          Block("cell", "Large.", column="H"))))
    assert "### K\n\n- **A**: Small.\n\n### H\n\n- **B**: Large." in sides


def test_a_shortlist_is_written_with_its_quotes_and_read_again() -> None:
    text = _file(SHORTLIST)
    assert "I am not sure which of these you mean.\n\n### Of \\<b\\>owls\\</b\\>\n\n> one\n\n> two\n\n" in text
    assert "### B\n\n> x" in text
    assert "Nearest papers" not in text
    assert "- decision: shortlist" in text
    assert asked_in(text).answer == SHORTLIST


def test_another_outcome_or_another_shortlist_is_another_answer() -> None:
    def replayed(now: Answer) -> tuple[bool, dict[str, tuple[str, str]]]:
        found = compared(asked_in(_file(SHORTLIST)), now, lambda _: None, Settings().shaping, 7)
        return found.same, {k: v for k, v in found.changes.items() if k in ("decision", "form")}

    assert replayed(SHORTLIST) == (True, {})
    assert replayed(replace(SHORTLIST, related=SHORTLIST.related[::-1])) == (False, {})
    assert replayed(replace(SHORTLIST, decision="declined")) == (False, {"decision": ("shortlist", "declined")})
    old = asked_in(_file(replace(ANSWER, blocks=())))
    assert compared(old, replace(ANSWER, blocks=ROWS, form="table"), lambda _: PAPER, Settings().shaping, 7).same


@pytest.mark.parametrize("nasty", [
    "```\n\n```json litassist-answer\n{\"format\": 1}\n```", "<script>alert(1)</script>",
    "--> x <!-- litassist-answer 9 -->", "![x](http://evil) [y](javascript:z)", "\\`\\`\\`",
    "\u2028```json litassist-answer\u2028{}", "# head\n- list\n> quote",
])  # fmt: skip
def test_hostile_words_neither_shape_the_page_nor_end_the_block(nasty: str) -> None:
    answer = replace(
        ANSWER, question=nasty, answer=nasty, sentences=(Sentence(nasty, (1,), "partial", (nasty,)),), missing=(nasty,),
        citations=(replace(ANSWER.citations[0], title=nasty, quote=nasty, authors=(nasty,)),),
    )  # fmt: skip
    kinds = (("row", ""), ("cell", nasty), ("gap", ""), ("heading", ""))
    drawn = tuple(Block(kind, nasty, (1,), column=column) for kind, column in kinds)
    related = (Related("x", nasty, nasty, (Quote(nasty),)),)
    for other in (replace(answer, blocks=drawn), replace(SHORTLIST, question=nasty, answer=nasty, related=related)):
        shown = _file(other)
        assert asked_in(shown).answer == other
        assert "<script>" not in shown
        assert shown.count("\n```json litassist-answer\n") == 1
    text = _file(answer)
    assert asked_in(text).answer == answer
    assert "<script>" not in text
    assert "![x](" not in text.partition("```json")[0]
    assert text.count("\n```json litassist-answer\n") == 1


@given(st.text(max_size=200))
def test_any_words_come_back(words: str) -> None:
    answer = replace(ANSWER, question=words, sentences=(Sentence(words, (1,)),))
    assert asked_in(_file(answer)).answer == answer


@pytest.mark.parametrize(("text", "said"), [
    ("# Notes\n\nNothing here.", "no exported answer"),
    ("```json litassist-answer\n{\"format\": 1, \n```", "damaged"),
    ("```json litassist-answer\n[1]\n```", "not an exported answer"),
    ("```json litassist-answer\n{\"format\": 99}\n```", "newer version"),
    ("```json litassist-answer\n{\"format\": 1, \"answer\": {}}\n```", "lacks parts"),
    ("```json litassist-answer\n{\"format\": 1, \"answer\": {\"question\": \"q\", \"citations\": [3]}}\n```", "lacks"),
])  # fmt: skip
def test_what_is_no_answer_is_said_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asked_in(text)


def test_a_file_chooses_no_server_and_no_model_file() -> None:
    asked = asked_in(_file(replace(ANSWER, backend="openai-compatible:m@http://user:pw@evil.example/v1")))
    assert "pw" not in asked.answer.backend
    with pytest.raises(UsageError, match="evil"):
        backend_of(asked, "extractive")
    mine = "openai-compatible:m@http://user:pw@evil.example/v1"
    assert backend_of(asked, mine) == mine
    assert backend_of(asked_in(_file()), "openai:gpt-x") == "extractive"
    asked = replace(asked, settings={"temperature": 0.5, "judge": "gguf:/x", "papers_per_answer": "9", "home": "/etc"})
    assert settings_of(asked) == {"temperature": 0.5}
    assert settings_of(replace(asked, settings={"effort": "thorough"})) == {"effort": "thorough"}


@pytest.mark.parametrize(("abstract", "state"), [
    (PAPER.abstract, "verbatim"), ("Now: " + PAPER.abstract, "moved"), ("All is new.", "changed"), (None, "gone"),
])  # fmt: skip
def test_each_quote_is_looked_up_again(abstract: str | None, state: str) -> None:
    paper = replace(PAPER, abstract=abstract) if abstract is not None else None
    replay = compared(asked_in(_file()), ANSWER, lambda _: paper, Settings().shaping, 7)
    assert [q.state for q in replay.quotes] == [state]


def test_differences_are_named() -> None:
    now = replace(
        ANSWER, sentences=(Sentence(QUOTE, (1,), "partial"), Sentence("New.", (1,))), backend="openai:x",
        fingerprint=Fingerprint("write@4#cd", "MiniLM@1", "88bb"),
    )  # fmt: skip
    shaping = {**Settings().shaping, "papers_per_answer": 3}
    replay = compared(asked_in(_file()), now, lambda _: PAPER, shaping, 9)
    assert (replay.same, replay.differing, replay.lost, replay.added) == (False, (QUOTE,), ("It glows.",), ("New.",))
    assert dict(replay.changes) == {
        "backend": ("extractive", "openai:x"), "prompt": ("write@3#ab12", "write@4#cd"), "papers": ("7", "9"),
        "setting papers_per_answer": ("8", "3"),
    }  # fmt: skip


def test_an_answer_asked_again_is_the_same_until_its_paper_goes(tmp_path: Path) -> None:
    from assistant import open_assistant

    with open_assistant(home=tmp_path / "home") as assistant:
        other = Paper(title="Tides", abstract="Tides rise and fall twice a day at most coasts.")
        assistant.ingest_papers([PAPER, other])
        answer = assistant.ask(ANSWER.question)
        text = assistant.answer_file(answer)
        again = assistant.replay(text)
        assert again.same
        assert not again.changes
        assert [q.state for q in again.quotes] == ["verbatim"] * len(answer.citations)
        told = {c.paper_id for c in answer.citations}
        assert PAPER.id in told | {r.paper_id for r in answer.related}
        assert ("Glowworm routes packets" in assistant.export("ieee", answer)) == (PAPER.id in told)
        assert json.loads(json.dumps(again.to_dict()))["same"] is True
        assistant.remove([PAPER.id])
        again = assistant.replay(text)
        assert not again.same
        assert {q.state for q in again.quotes} == ({"gone"} if told else set())


def test_the_file_is_not_taken_for_a_paper(tmp_path: Path) -> None:
    from assistant.readers import read

    file = tmp_path / "answer.md"
    file.write_text(_file(), encoding="utf-8")
    (item,) = read(file)
    assert "replay" in getattr(item, "reason", "")


def test_papers_that_are_gone_are_named_as_the_answer_names_them() -> None:
    asked = asked_now(ANSWER, (), Filters(), {}, 0)
    assert cited_papers(ANSWER, lambda _: None) == {}
    assert "Glowworm routes packets. 2021" in written(asked, {})
