"""Printed pages in the page: a quoted page is shown with its quote, or a line says why it can't be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from standin import APP
from streamlit.testing.v1 import AppTest

import assistant

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pdfs import line, one_page

FACT = "The waxed boats crossed the pond in 437 seconds."


@pytest.fixture
def boats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[assistant.Assistant]:
    """A library that holds one PDF, behind the page."""
    path = tmp_path / "boats.pdf"
    path.write_bytes(one_page(lambda page: line(page, 60, 300, FACT, 11)))
    with assistant.open_assistant(home=tmp_path / "home", backend="extractive") as opened:
        opened.ingest(path)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setitem(vars(assistant), "open_assistant", lambda **_: opened)
        st.cache_resource.clear()
        st.cache_data.clear()
        yield opened
    st.cache_resource.clear()
    st.cache_data.clear()


def _paper_page(boats: assistant.Assistant, **query: object) -> AppTest:
    (paper,) = boats.papers()
    at = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("views/paper.py")
    for name, value in {"id": paper.id, **query}.items():
        at.query_params[name] = str(value)
    return at.run()


def _said(at: AppTest) -> str:
    return "\n".join(h.value for h in at.get("html"))


def test_an_address_that_names_a_quote_shows_its_page(boats: assistant.Assistant) -> None:
    text = boats.paper(boats.papers()[0].id).text("page", 1)
    start = text.index(FACT)
    at = _paper_page(boats, page=1, start=start, end=start + len(FACT))
    assert not at.exception
    assert len(at.get("image")) == 2  # around the quote, and the whole page
    at = at.get("button_group")[0].set_value("Text").run()
    assert at.get("image") == []
    assert f"<mark id=\"quoted\">{FACT}" in _said(at)
    # What an address says is not to be relied on.
    for odd in ({"page": 99}, {"page": "x", "start": "-1"}, {"page": 1, "start": 5, "end": 10**7}):
        assert not _paper_page(boats, **odd).exception


def test_a_file_that_was_moved_is_said_to_be_gone(boats: assistant.Assistant, tmp_path: Path) -> None:
    (tmp_path / "boats.pdf").unlink()
    at = _paper_page(boats, page=1)
    assert not at.exception
    assert "no longer at" in _said(at)
    assert at.get("image") == []


def test_an_answer_offers_the_pages_that_it_quotes(boats: assistant.Assistant) -> None:
    at = AppTest.from_file(str(APP), default_timeout=60).run()
    at = at.chat_input[0].set_value("In how many seconds did the waxed boats cross the pond?").run()
    import resources

    for _ in range(100):
        if any("see page 1" in b.label for b in at.button):
            break
        for asking in resources.desk().asking.values():
            asking.wait(0.2)
        at.run()
    button = next(b for b in at.button if "see page 1" in b.label)
    at = button.click().run()
    assert not at.exception
    assert len(at.get("image")) == 2
    assert "See it on page 1" in _said(at)


def test_a_locked_pdf_asks_for_its_password(boats: assistant.Assistant, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(one_page(lambda page: line(page, 60, 300, "Locked boats stay at home.", 11), password="pond"))
    boats.remove([p.id for p in boats.papers()])
    boats.ingest(path, password="pond")
    at = _paper_page(boats, page=1)
    assert "locked; give its password" in _said(at)
    at = at.text_input(key=f"password-of-{boats.papers()[0].id}").set_value("pond").run()
    assert not at.exception
    assert len(at.get("image")) == 1
    assert len(at.run().get("image")) == 1


def test_the_table_tells_a_paper_with_its_full_text_from_one_with_a_title_only(boats: assistant.Assistant) -> None:
    boats.ingest_papers([assistant.Paper("A Title Alone")])
    at = AppTest.from_file(str(APP), default_timeout=60).run().switch_page("views/library.py").run()
    assert list(at.dataframe[0].value["Text"]) == ["full text", "title only"]
    assert "1 with a title only" in " ".join(c.value for c in at.caption)
    at = at.selectbox(key="lib-text").set_value("full text").run()
    assert list(at.dataframe[0].value["Text"]) == ["full text"]
