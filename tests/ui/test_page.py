"""What a reader does on the page, over a scripted assistant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from standin import APP, HOSTILE, PAPERS, Standin
from streamlit.testing.v1 import AppTest

from assistant import Answer, Filters, LibraryBusy, LibraryTooNew, Paper, Turn

Settled = Callable[[AppTest], AppTest]
DPR = PAPERS[0].id


def said(at: AppTest) -> str:
    """All HTML on the page, without its style sheets."""
    return "\n".join(h.value for h in at.get("html") if not h.value.startswith("<style>"))


def ask(at: AppTest, question: str) -> AppTest:
    return at.chat_input(key="question").set_value(question).run()


# --------------------------------------------------------------------------- asking


def test_a_question_is_answered_with_sources(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = settled(ask(page.run(), "How much does DPR gain?"))
    assert not at.exception
    assert "outperforms BM25 by 9% to 19%" in said(at)
    assert '<mark id="s1-1">Our retriever' in said(at)
    assert 'href="#s1-1"' in said(at)
    assert "12 GPUs</u>" in said(at)
    assert "Quoted word for word · 1 of 2 sentences not fully supported" in said(at)
    assert "✓" not in said(at), "a mark stands only where something is wrong"
    assert "https://arxiv.org/abs/2004.04906" in said(at)
    assert "Karpukhin, Barlas" in at.code[0].value


def test_the_question_is_stored_before_its_answer(page: AppTest, scripted: Standin, settled: Settled) -> None:
    scripted.stepwise = True
    at = ask(page.run(), "What does it need?")
    turns = scripted.conversation("c1")
    assert turns[0].question == "What does it need?"
    assert turns[0].answer is None
    assert "writing" in said(at)
    scripted.step.release(2)
    settled(at)
    assert scripted.conversation("c1")[0].answer.citations


def test_sentences_show_as_they_come_and_stop_keeps_them(page: AppTest, scripted: Standin, settled: Settled) -> None:
    scripted.stepwise = True
    at = ask(page.run(), "Long story?")
    scripted.step.release()
    wait(lambda: scripted.conversation("c1")[0].answer)
    at.run()
    assert "outperforms BM25" in said(at)
    assert "12 GPUs" not in said(at)
    at = settled(at.button(key="stop-1").click().run())
    scripted.step.release()
    time.sleep(0.1)
    kept = scripted.conversation("c1")[0].answer
    assert [s.citations for s in kept.sentences] == [(1,)]
    assert "You stopped this answer" in said(at.run())
    assert "12 GPUs" not in said(at)


def test_a_click_elsewhere_does_not_lose_the_answer(page: AppTest, scripted: Standin, settled: Settled) -> None:
    scripted.stepwise = True
    at = ask(page.run(), "Long story?")
    at = at.switch_page("views/library.py").run()
    assert "writing" not in said(at)
    scripted.step.release(2)
    wait(lambda: scripted.conversation("c1")[0].answer and len(scripted.conversation("c1")[0].answer.sentences) == 2)
    at = settled(at.switch_page("views/chat.py").run())
    assert "12 GPUs" in said(at)


def test_an_interrupted_turn_can_be_asked_again(page: AppTest, scripted: Standin, settled: Settled) -> None:
    talk = scripted.new_conversation("Left over")
    scripted.add_turn(talk, "What does it need?", None)
    page.query_params["c"] = talk
    at = page.run()
    assert "interrupted before its first sentence" in said(at)
    at = settled(at.button(key="retry-1").click().run())
    assert "12 GPUs" in said(at)
    assert len(scripted.conversation(talk)) == 1


def test_follow_ups_carry_the_history(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = settled(ask(page.run(), "First?"))
    settled(ask(at, "And then?"))
    assert [t.question for t in scripted.asked[1]["history"]] == ["First?"]
    assert isinstance(scripted.asked[1]["history"][0].answer, Answer)
    assert len(scripted.conversations()) == 1


def test_retry_leaves_the_turn_itself_out_of_its_history(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = settled(ask(page.run(), "First?"))
    at = settled(ask(at, "Second?"))
    settled(at.button(key="retry-2").click().run())
    assert [t.question for t in scripted.asked[2]["history"]] == ["First?"]


def test_an_answer_is_saved_with_the_turns_before_it(page: AppTest, scripted: Standin, settled: Settled) -> None:
    from assistant.export import asked_in

    at = settled(ask(page.run(), "First?"))
    at = settled(ask(at, "How much does DPR gain?"))
    assert [w.proto.label for w in at.get("download_button")].count("Save") == 2
    (talk,) = scripted.talks
    answer = scripted.conversation(talk)[1].answer
    text = scripted.answer_file(answer, history=[Turn("First?", "x")])
    assert asked_in(text).answer == answer
    assert [t.question for t in asked_in(text).history] == ["First?"]
    at = at.radio(key="save-as-2").set_value("References, APA").run()
    assert not at.exception


def test_a_suggestion_asks(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = page.run()
    settled(at.button(key="suggest-0").click().run())
    assert scripted.asked[0]["question"] == "How much does DPR gain over BM25?"


def test_the_conversation_of_a_large_library_reads_only_the_papers_it_shows(
    page: AppTest, scripted: Standin, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3100):
        paper = Paper(f"Harvest {n}", "Kelp.", authors=(f"Author {n}",), year=2000)
        scripted.held[paper.id] = paper
    asked_for: list[str] = []
    present = scripted.present
    monkeypatch.setattr(scripted, "present", lambda ids: asked_for.extend(ids := list(ids)) or present(ids))
    monkeypatch.setattr(scripted, "papers", lambda filters=None: pytest.fail("every paper was read"))
    at = page.run()
    assert "3,103 papers" in said(at)
    told = " ".join(c.value for c in at.caption)
    assert "Authors: more than 3,000, too many for a list" in told
    assert "choose them in the library" in told
    at.multiselect(key="sources")
    monkeypatch.setattr(scripted, "stream", Standin(PAPERS).stream)
    at = settled(ask(at, "How much does DPR gain?"))
    assert "Karpukhin, Barlas" in at.code[0].value
    assert set(asked_for) <= {p.id for p in PAPERS}


def test_an_answer_leads_on_to_other_questions(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = settled(ask(page.run(), "How much does DPR gain?"))
    offered = [b.key for b in at.button if str(b.key).startswith("next-")]
    assert 2 <= len(offered) <= 3
    settled(at.button(key="next-0").click().run())
    assert scripted.asked[1]["question"] == f"Summarise the paper “{PAPERS[0].title}”"


def test_an_abstention_names_near_misses(page: AppTest, settled: Settled) -> None:
    at = settled(ask(page.run(), "What is the weather?"))
    assert "Not answered" in said(at)
    assert "The nearest papers" in said(at)
    assert "Open-domain question answering" in said(at)


@pytest.mark.parametrize(
    ("question", "line"),
    [("refuse", "OPENAI_API_KEY. &lt;b&gt;Nothing"), ("It dies", "closed the connection in mid-answer")],
)
def test_a_failure_is_one_plain_line(page: AppTest, settled: Settled, question: str, line: str) -> None:
    at = settled(ask(page.run(), question))
    assert line in said(at)
    assert "Traceback" not in said(at)
    assert not at.exception
    if question == "It dies":
        assert "outperforms BM25" in said(at)
        assert "What was written is kept" in said(at)


def test_a_withdrawn_draft_is_gone(page: AppTest, settled: Settled) -> None:
    at = settled(ask(page.run(), "draft"))
    assert "A draft that is withdrawn" not in said(at)


def test_a_surprise_is_a_sentence_too(page: AppTest, scripted: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "papers", lambda: 1 / 0)
    at = page.run()
    assert "Something unexpected went wrong" in said(at)
    assert not at.exception


def test_a_library_that_cannot_open_is_said_plainly(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    import assistant

    def refuse(**_: object) -> None:
        raise LibraryTooNew("This library was written by a newer version; it is unharmed.")

    monkeypatch.setitem(vars(assistant), "open_assistant", refuse)
    at = page.run()
    assert "written by a newer version" in said(at)
    assert not at.exception


def test_a_failing_click_is_a_sentence(
    page: AppTest, scripted: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(name: str) -> str:
        raise LibraryBusy("Another program holds the library; try again in a moment.")

    monkeypatch.setattr(scripted, "new_conversation", busy)
    at = page.run()
    at = at.button(key="suggest-0").click().run()
    assert "Another program holds the library" in said(at)
    assert not at.exception


def test_hostile_text_is_escaped_everywhere(page: AppTest, settled: Settled) -> None:
    at = settled(ask(page.run(), "hostile"))
    assert "<img" not in said(at)
    assert "&lt;script&gt;" in said(at)
    assert not [m for m in at.markdown if "evil" in m.value]
    assert HOSTILE.split("!")[0] in at.code[0].value


# --------------------------------------------------------------------------- the shapes of an answer


def test_a_shortlist_is_asked_about_one_of_its_papers(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = settled(ask(page.run(), "And which of them?"))
    assert "I am not sure which of these you mean." in said(at)
    assert said(at).count('class="la-near la-choice"') == 2
    assert "“Open-domain question answering relies on retrieval.”" in said(at)
    assert not [b for b in at.button if str(b.key).startswith("next-")]
    at = settled(at.button(key="only-1-0").click().run())
    assert (scripted.asked[1]["question"], scripted.asked[1]["history"]) == ("And which of them?", [])
    assert scripted.asked[1]["filters"] == Filters(paper_ids=(DPR,))
    assert f"Only in “{PAPERS[0].title}”" in said(at)
    assert "outperforms BM25" in said(at)
    settled(at.button(key="retry-2").click().run())
    assert scripted.asked[2]["filters"] == Filters(paper_ids=(DPR,)), "once more, of the same paper"
    settled(ask(at, "And another?"))
    assert not scripted.asked[3]["filters"], "the limit was for that question alone"


def test_what_is_being_done_is_shown_while_one_waits(page: AppTest, scripted: Standin, settled: Settled) -> None:
    scripted.stepwise = True
    at = ask(page.run(), "A list, staged")
    wait(lambda: any("understanding the question …" in h.value for h in at.run().get("html")))
    scripted.step.release()
    wait(lambda: any("reading papers 3 of 8 …" in h.value for h in at.run().get("html")))
    scripted.step.release(20)
    at = settled(at)
    assert said(at).count("<li>") == 2
    assert "class=\"la-writing\"" not in said(at)


def test_an_interrupted_table_keeps_its_rows(page: AppTest, scripted: Standin, settled: Settled) -> None:
    scripted.stepwise = True
    at = ask(page.run(), "A table")
    scripted.step.release(4)
    wait(lambda: scripted.conversation("c1")[0].answer and len(scripted.conversation("c1")[0].answer.blocks) == 4)
    at = settled(at.run().button(key="stop-1").click().run())
    scripted.step.release(20)
    kept = scripted.conversation("c1")[0].answer
    assert [b.kind for b in kept.blocks] == ["heading", "row", "cell", "row"]
    assert [s.citations for s in kept.sentences] == [(1,)]
    assert said(at).count('<th scope="row">') == 2


def test_an_unsure_answer_says_how_sure_it_is(page: AppTest, settled: Settled) -> None:
    at = settled(ask(page.run(), "A value, unsure"))
    assert "About 60\u00a0% sure" in said(at)
    assert '<p class="la-value">' in said(at)
    assert "About" not in said(settled(ask(at, "A value"))).rpartition('id="q2"')[2]


def test_the_effort_chosen_reaches_the_question_and_is_kept(page: AppTest, scripted: Standin, settled: Settled) -> None:
    scripted.settings = replace(scripted.settings, backend="ollama:llama3")
    at = page.run().switch_page("views/models.py").run()
    (choice,) = at.get("button_group")
    at = choice.set_value("thorough").run()
    assert "reads each paper by itself" in " ".join(c.value for c in at.caption)
    at = at.switch_page("views/chat.py").run()
    assert any(link.proto.label.replace("\\", "").endswith("llama3, thorough") for link in at.get("page_link"))
    settled(ask(at, "Who writes?"))
    assert scripted.asked[0]["effort"] == "thorough"


# --------------------------------------------------------------------------- conversations


def test_conversations_are_renamed_reopened_and_deleted(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = settled(ask(page.run(), "First?"))
    at.text_input[0].set_value("Dense $x$ retrieval")
    at = next(b for b in at.button if b.label == "Rename").click().run()
    assert scripted.conversations()[0].name == "Dense $x$ retrieval"
    at = at.button(key="new").click().run()
    assert "Ask your papers" in said(at)
    at = settled(ask(at, "Second?"))
    assert len(scripted.conversations()) == 2
    at = at.button(key="open-c1").click().run()
    assert "First?" in said(at)
    assert at.query_params["c"] == "c1"
    at = at.checkbox(key="sure-c1").check().run()
    at = at.button(key="delete-conversation").click().run()
    assert [c.id for c in scripted.conversations()] == ["c2"]
    assert "Ask your papers" in said(at)


def test_an_address_reopens_a_conversation(page: AppTest, scripted: Standin, settled: Settled) -> None:
    settled(ask(page.run(), "First?"))
    again = AppTest.from_file(str(APP), default_timeout=30)
    again.query_params["c"] = "c1"
    assert "outperforms BM25" in said(again.run())


# --------------------------------------------------------------------------- limits and backend


def test_limits_reach_the_question_and_are_taken_away(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = page.run()
    at = at.number_input(key="year_from").set_value(2020).run()
    at = at.multiselect(key="tags").set_value(["retrieval"]).run()
    at.session_state["read"] = False
    at.session_state.filters = replace(at.session_state.filters, read=False)
    at = at.multiselect(key="paper_ids").set_value([DPR]).run()
    at = settled(ask(at, "Limited?"))
    assert scripted.asked[0]["filters"] == Filters(year_from=2020, tags=("retrieval",), paper_ids=(DPR,), read=False)
    for _ in range(4):
        at = next(b for b in at.button if b.label.endswith("✕")).click().run()
    assert not [b for b in at.button if b.label.endswith("✕")]
    at = settled(ask(at, "Free?"))
    assert not scripted.asked[1]["filters"]


def test_limits_survive_another_page(page: AppTest, scripted: Standin) -> None:
    at = page.run()
    at = at.multiselect(key="sources").set_value(["refs.bib"]).run()
    at = at.switch_page("views/models.py").run()
    at = at.switch_page("views/chat.py").run()
    assert at.multiselect(key="sources").value == ["refs.bib"]


def test_a_backend_is_checked_before_it_is_used(page: AppTest, scripted: Standin, settled: Settled) -> None:
    scripted.servers = ["ollama:llama3"]
    at = page.run().switch_page("views/models.py").run()
    at = at.radio[0].set_value("ollama:llama3").run()
    at = at.button(key="use").click().run()
    assert "works" in at.success[0].value
    at = at.switch_page("views/chat.py").run()
    settled(ask(at, "Who writes?"))
    assert scripted.asked[0]["backend"] == "ollama:llama3"


def test_a_refused_backend_says_which_key_and_changes_nothing(page: AppTest, scripted: Standin) -> None:
    at = page.run().switch_page("views/models.py").run()
    at = at.radio[0].set_value("another").run()
    at = at.text_input[0].set_value("openai:gpt-x").run()
    at = at.button(key="use").click().run()
    assert "set OPENAI_API_KEY" in said(at)
    assert at.session_state.backend == "extractive"
    assert not at.success


# --------------------------------------------------------------------------- the library


def test_an_empty_library_says_what_to_do_and_takes_the_sample(
    page: AppTest, scripted: Standin, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant import sample

    scripted.held.clear()
    monkeypatch.setattr(sample, "papers", lambda: PAPERS)
    at = page.run()
    assert "Your library is empty" in said(at)
    at = settled(at.button(key="sample").click().run())
    assert "3 added" in at.success[0].value
    at = settled(ask(at, "Now?"))
    assert scripted.asked


def test_the_table_is_searched_and_filtered(page: AppTest) -> None:
    at = page.run().switch_page("views/library.py").run()
    assert list(at.dataframe[0].value["Title"]) == [p.title for p in PAPERS]
    assert "" in list(at.dataframe[0].value["Year"]) or all(p.year for p in PAPERS), "no grey None"
    at = at.text_input(key="lib-search").set_value("karpukhin DENSE").run()
    assert len(at.dataframe[0].value) == 1
    at = at.text_input(key="lib-search").set_value("").run()
    at = at.selectbox(key="lib-text").set_value("title only").run()
    assert list(at.dataframe[0].value["Year"]) == ["2019"]
    at = at.button(key="drop-lib-text").click().run()
    at = at.number_input(key="lib-from").set_value(2021).run()
    assert list(at.dataframe[0].value["Year"]) == ["2024"]
    at = at.number_input(key="lib-from").set_value(None).run()
    at = at.text_input(key="lib-venue").set_value("emnlp").run()
    assert list(at.dataframe[0].value["Title"]) == [PAPERS[0].title]
    at = at.button(key="drop-lib-venue").click().run()
    assert len(at.dataframe[0].value) == 3
    at = at.text_input(key="lib-search").set_value("no such word").run()
    assert "No paper passes" in said(at)


def test_a_search_shows_its_limits_and_why_papers_match(page: AppTest, scripted: Standin) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = at.text_input(key="lib-search").set_value("dens retrieval since 2021 author:karpukhin").run()
    shown = said(at)
    assert "No paper passes" in shown
    assert "Did you mean “dense &lt;b&gt;”?" in shown
    chips = [b.label for b in at.button if str(b.key).startswith("drop-limit-")]
    assert len(chips) == 2
    dated = next(b for b in at.button if str(b.key).startswith("drop-limit-") and "year" in b.label)
    at = dated.click().run()
    assert scripted.searched[-1][1] == ["since 2021"]
    shown = said(at)
    assert "retrieval 25%, meaning 75%" in shown
    assert "<mark>retrieval</mark>" in shown
    assert [b for b in at.button if "year" in b.label] == []
    at = at.text_input(key="lib-search").set_value("retrieval since 2021").run()
    assert scripted.searched[-1][1] == [], "another query starts anew"


def test_a_papers_page_shows_others_like_it(page: AppTest) -> None:
    at = page.run().switch_page("views/paper.py")
    at.query_params["id"] = PAPERS[0].id
    at = at.run()
    assert "50% alike in meaning" in said(at)
    assert "A Title Without an Abstract" in said(at)


@pytest.mark.parametrize(("key", "left"), [("one-0", 2), ("two-0", 3)])
def test_papers_that_look_alike_are_made_one_or_kept_apart(
    page: AppTest, scripted: Standin, key: str, left: int
) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = at.toggle(key="look-alike").set_value(True).run()
    at = at.button(key=key).click().run()
    assert scripted.decided == [((PAPERS[0].id, PAPERS[1].id), key == "one-0")]
    assert len(at.dataframe[0].value) == left
    assert "No two papers look like one work" in " ".join(c.value for c in at.caption)


def select(at: AppTest, *rows: int, cell: int | None = None) -> AppTest:
    cells = [] if cell is None else [(cell, "Title")]
    key = f"table-{at.session_state.table}"
    at.session_state[key] = {"selection": {"rows": list(rows), "columns": [], "cells": cells}}
    return at.run()


def test_papers_leave_only_after_confirmation(page: AppTest, scripted: Standin) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = select(at, 0)
    at = at.button(key="remove").click().run()
    assert scripted.removed == []
    at = at.button(key="remove-sure").click().run()
    assert scripted.removed == [DPR]
    assert "1 paper removed" in at.success[0].value


def test_selected_papers_are_tagged_and_asked_about(page: AppTest, scripted: Standin) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = select(at, 0, 1)
    at.text_input(key="tag-add-0").set_value("to read, core")
    at = next(b for b in at.button if b.label == "Save").click().run()
    assert scripted.paper(DPR).tags == ("retrieval", "to read", "core")
    assert "2 papers now have the tag “to read” and “core”" in at.success[0].value.replace("\\", "")
    assert not at.text_input(key="tag-add-1").value, "the form is a new one"
    at = at.button(key="undo-last").click().run()
    assert scripted.paper(DPR).tags == ("retrieval",)
    assert "2 papers as before" in at.success[0].value
    assert [b for b in at.button if b.key == "undo-last"] == []
    at = select(at, 0, 1)
    at = at.button(key="ask-about").click().run()
    assert len(at.session_state.filters.paper_ids) == 2
    assert "Ask your papers" in said(at)


def test_papers_are_marked_read_put_into_collections_and_filtered_by_both(page: AppTest, scripted: Standin) -> None:
    at = page.run().switch_page("views/library.py").run()
    assert "Read" not in at.dataframe[0].value
    at = select(at, 0)
    at = at.button(key="mark-read").click().run()
    assert list(at.dataframe[0].value["Read"]) == ["✓", "", ""]
    at = select(at, 0, 1)
    at.text_input(key="collection-add-0").set_value("Thesis")
    at = [b for b in at.button if b.label == "Save"][1].click().run()
    assert scripted.paper(PAPERS[1].id).collections == ("Thesis",)
    at = at.selectbox(key="lib-collection").set_value("Thesis").run()
    at = at.selectbox(key="lib-read").set_value("unread").run()
    assert list(at.dataframe[0].value["Title"]) == [PAPERS[1].title]
    at = at.button(key="drop-lib-collection").click().run()
    at = at.button(key="drop-lib-read").click().run()
    at = at.text_input(key="lib-search").set_value("is:read").run()
    assert list(at.dataframe[0].value["Title"]) == [PAPERS[0].title]
    assert "Best matches" not in {e.label for e in at.expander}, "limits alone rank nothing"


def test_ticks_never_pass_to_other_papers(page: AppTest) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = select(at, 0)
    assert PAPERS[0].title in said(at)
    at = at.number_input(key="lib-from").set_value(2021).run()
    assert len(at.dataframe[0].value) == 1
    assert "1 paper</b>" not in said(at), "another paper stands in that row now"
    at = at.toggle(key="lib-all").set_value(True).run() if [t for t in at.toggle if t.key == "lib-all"] else at
    at = at.number_input(key="lib-from").set_value(None).run()
    assert not at.toggle(key="lib-all").value


def test_all_that_pass_are_changed_at_once(page: AppTest, scripted: Standin) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = at.toggle(key="lib-all").set_value(True).run()
    assert "<b>3 papers</b>" in said(at)
    at = at.button(key="mark-read").click().run()
    assert all(p.read for p in scripted.papers())
    assert "3 papers marked as read" in at.success[0].value
    at = at.button(key="undo-last").click().run()
    assert not any(p.read for p in scripted.papers())


def test_a_clicked_row_shows_its_paper(page: AppTest) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = select(at, cell=1)
    assert "Η μέθοδος" in said(at)
    assert "&lt;script&gt;" in said(at)
    at = at.button(key="open").click().run()
    assert "entry 2" in said(at)


def test_the_library_is_as_it_was_left(page: AppTest) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = at.text_input(key="lib-search").set_value("retrieval").run()
    at = at.number_input(key="lib-to").set_value(2020).run()
    at = at.selectbox(key="lib-order").set_value("By title").run()
    at = at.switch_page("views/chat.py").run()
    at = at.switch_page("views/library.py").run()
    assert at.text_input(key="lib-search").value == "retrieval"
    assert at.number_input(key="lib-to").value == 2020
    assert at.selectbox(key="lib-order").value == "By title"
    assert len(at.dataframe[0].value) == 1


@pytest.mark.parametrize(("order", "years"), [
    ("Newest first", ["2024", "2020", "2019"]), ("Oldest first", ["2019", "2020", "2024"]),
    ("Last added first", ["2019", "2024", "2020"]), ("By title", ["2019", "2024", "2020"]),
])
def test_the_table_is_put_in_order(page: AppTest, order: str, years: list[str]) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = at.selectbox(key="lib-order").set_value(order).run()
    assert list(at.dataframe[0].value["Year"]) == years


def test_the_table_reads_only_the_papers_on_its_page(
    page: AppTest, scripted: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shelf import PAGE

    for n in range(2 * PAGE):
        paper = Paper(f"Harvest {n:04}", "Kelp.", year=1900 + n % 90)
        scripted.held[paper.id] = paper
    present, most = scripted.present, [0]
    monkeypatch.setattr(scripted, "present", lambda ids: most.append(len(ids := list(ids))) or present(ids))
    at = page.run()
    monkeypatch.setattr(scripted, "papers", lambda filters=None: pytest.fail("every paper was read"))
    listed = [p.id for p in sorted(scripted.held.values(), key=lambda p: -(p.year or 0))]
    monkeypatch.setattr(scripted, "listed", lambda *_, **more: [] if more["text"] else listed)
    at = at.switch_page("views/library.py").run()
    at = at.selectbox(key="lib-order").set_value("Newest first").run()
    assert list(at.dataframe[0].value["Year"])[:2] == ["2024", "2020"]
    assert f"1 to {PAGE} of {2 * PAGE + 3}" in " ".join(c.value for c in at.caption)
    assert max(most) == PAGE


def test_a_large_library_comes_in_pages(page: AppTest, scripted: Standin) -> None:
    from shelf import PAGE

    scripted.held = {p.id: p for p in (Paper(f"Paper {n:04d}", doi=f"10.5555/{n}") for n in range(2 * PAGE + 10))}
    at = page.run().switch_page("views/library.py").run()
    assert len(at.dataframe[0].value) == PAGE
    at.session_state["lib-page"] = 3
    at = at.run()
    assert list(at.dataframe[0].value["Title"]) == [f"Paper {n:04d}" for n in range(2 * PAGE, 2 * PAGE + 10)]
    at = at.text_input(key="lib-search").set_value("0003").run()
    assert list(at.dataframe[0].value["Title"]) == ["Paper 0003"], "a page that is no more is none"


def test_identifiers_and_missing_abstracts_are_looked_up(page: AppTest, scripted: Standin, settled: Settled) -> None:
    at = page.run().switch_page("views/library.py").run()
    assert scripted.looked_up == []
    at.text_area[0].set_value("10.5555/a, pmid:12")
    at = settled(next(b for b in at.button if b.label == "Look up").click().run())
    assert scripted.looked_up == ["10.5555/a, pmid:12"]
    assert "can&#x27;t be reached from here" in said(at)
    assert not at.text_area[0].value
    at = settled(at.button(key="look-up-missing").click().run())
    assert scripted.looked_up[1] == [PAPERS[2].id]
    assert scripted.paper(PAPERS[2].id).abstract
    assert [b for b in at.button if b.key == "look-up-missing"] == []


def test_an_upload_reports_what_was_rejected_and_what_lacks_an_abstract(
    page: AppTest, scripted: Standin, settled: Settled
) -> None:
    at = page.run().switch_page("views/library.py").run()
    at.file_uploader[0].set_value([("../../empty.csv", b"", "text/csv"), ("empty.csv", b"x", "text/csv")])
    at = at.run()
    at = settled(at.button(key="add").click().run())
    assert scripted.ingested == [["empty.csv", "empty.csv"]]
    assert "line 1" in said(at)
    assert "the file is empty &lt;b&gt;really&lt;/b&gt;" in said(at)
    assert "letters to look over" in said(at)
    assert {e.label for e in at.expander} >= {"Not read: 1", "Read, but look it over: 1"}
    assert "found by their title only" in said(at)
    assert any("1 unchanged" in s.value.replace("\\", "") for s in at.success)


def upload(at: AppTest, name: str) -> AppTest:
    at.file_uploader[0].set_value([(name, b"x", "text/csv")])
    return at.run()


def test_a_reading_is_stopped_and_says_what_is_kept(page: AppTest, scripted: Standin, settled: Settled) -> None:
    scripted.stepwise = True
    at = upload(page.run().switch_page("views/library.py").run(), "long.csv")
    at = at.button(key="add").click().run()
    at = at.button(key="stop-reading").click().run()
    assert at.button(key="stop-reading").disabled
    scripted.step.release(1)
    at = settled(at)
    assert "What was read until then is kept" in at.info[0].value
    assert scripted.step.acquire(blocking=False) is False, "it did not go on"
    assert scripted.papers()


def test_two_visitors_who_add_papers_are_served_one_after_the_other(
    page: AppTest, scripted: Standin, settled: Settled
) -> None:
    scripted.stepwise = True
    other = AppTest.from_file(str(APP), default_timeout=30)
    libraries = [at.run().switch_page("views/library.py").run() for at in (page, other)]
    one, two = (upload(at, f"{n}.csv") for n, at in enumerate(libraries))
    one = one.button(key="add").click().run()
    wait(lambda: scripted.ingested)
    two = two.button(key="add").click().run()  # as that page was drawn, nothing was being read
    wait(lambda: "Waiting until" in two.run().get("progress")[0].proto.text)
    assert scripted.ingested == [["0.csv"]]
    assert "Waiting until" not in one.run().get("progress")[0].proto.text
    scripted.step.release(6)
    one, two = settled(one), settled(two)
    assert scripted.ingested == [["0.csv"], ["1.csv"]]
    assert "3 added" in one.success[0].value
    assert "3 added" in two.success[0].value


def test_two_visitors_ask_in_one_conversation_and_both_are_answered(
    page: AppTest, scripted: Standin, settled: Settled
) -> None:
    scripted.stepwise = True
    import resources

    talk = scripted.new_conversation("Of two")
    page.query_params["c"] = talk
    other = AppTest.from_file(str(APP), default_timeout=30)
    other.query_params["c"] = talk
    other.run()
    ask(page.run(), "First?")
    ask(other, "Second?")  # as that page was drawn, nothing was being written
    assert [t.question for t in scripted.conversation(talk)] == ["First?", "Second?"]
    assert sum("writing …" in h.value for h in other.run().get("html")) == 2
    scripted.step.release(6)
    settled(other)
    assert [len(t.answer.sentences) for t in scripted.conversation(talk)] == [2, 2]
    settled(ask(other, "Third?"))
    assert len(resources.desk().asking) == 1, "what is finished is put away"


def open_paper(page: AppTest, paper_id: str) -> AppTest:
    at = page.run().switch_page("views/paper.py")
    at.query_params["id"] = paper_id
    return at.run()


def test_one_paper_has_its_page(page: AppTest, scripted: Standin) -> None:
    at = open_paper(page, DPR)
    assert "refs.bib, entry 1" in said(at)
    assert "page.html, entry 7" in said(at)
    assert "We show that retrieval" in said(at)
    assert "title:0123" in said(at), "what else it is known as"
    at.text_input[0].set_value("a, b")
    at.text_input[1].set_value("Thesis")
    at.text_area[0].set_value("mine")
    at = at.button(key="save-own").click().run()
    assert "Saved" in at.success[0].value
    at.toggle(key=f"read-{DPR}").set_value(True).run()
    assert scripted.paper(DPR) == replace(PAPERS[0], tags=("a", "b"), collections=("Thesis",), note="mine", read=True)


def test_a_papers_page_offers_its_twin_and_says_where_fields_came_from(page: AppTest, scripted: Standin) -> None:
    at = open_paper(page, DPR)
    assert "Said by" in said(at)
    at = at.toggle(key="look-alike-one").set_value(True).run()
    at = at.button(key="one-0").click().run()
    assert scripted.decided == [((PAPERS[0].id, PAPERS[1].id), True)]
    assert "Made one" in at.success[0].value
    assert "We show that retrieval" in said(at)


def test_a_paper_is_removed_from_its_page_and_the_page_says_so(page: AppTest, scripted: Standin) -> None:
    at = open_paper(page, DPR)
    at = at.button(key="remove").click().run()
    at = at.button(key="remove-sure").click().run()
    assert scripted.removed == [DPR]
    assert "No such paper" in said(at)
    assert "1 paper removed" in at.success[0].value


def test_a_paper_without_abstract_says_what_that_costs_and_can_be_looked_up(page: AppTest, settled: Settled) -> None:
    at = open_paper(page, PAPERS[2].id)
    assert "found by its title only" in said(at)
    assert "javascript" not in said(at)
    at = settled(at.button(key="look-up").click().run())
    assert "An abstract that was looked up." in said(at)


def test_a_paper_that_is_gone_says_so(page: AppTest) -> None:
    assert "No such paper" in said(open_paper(page, "doi:10.1/none"))


def test_a_change_by_another_program_is_noticed(page: AppTest, scripted: Standin) -> None:
    at = page.run()
    assert "another window or program" not in said(at)
    scripted.generation += 1
    at = at.run()
    assert "another window or program" in said(at)
    at = at.button(key="show-changed").click().run()
    assert "another window or program" not in said(at)


def test_the_index_is_checked_and_rebuilt(page: AppTest, settled: Settled) -> None:
    at = page.run().switch_page("views/library.py").run()
    at = at.button(key="doctor").click().run()
    assert "agree" in said(at)
    at = settled(at.button(key="rebuild").click().run())
    assert "agree" in at.info[0].value


def wait(ready: Callable[[], object], seconds: float = 10.0) -> None:
    """Returns once `ready` holds."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if ready():
            return
        pause.wait(0.02)
    raise AssertionError("it never came")
