"""On the page over a real library: what came with one file is taken out again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assistant import open_assistant
from assistant.papers import Appearance, Paper

APP = Path(__file__).resolve().parents[2] / "ui" / "app.py"


def test_a_source_is_removed_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: Callable[[AppTest], AppTest]
) -> None:
    home = tmp_path / "home"
    papers = [Paper(f"Of {what}", f"{what} are told of here.", appearances=(Appearance(f"{where}.bib", 1),))
              for what, where in (("numbats", "gone"), ("kakapos", "kept"))]
    with open_assistant(home=home) as assistant:
        assistant.ingest_papers(papers)
    monkeypatch.setenv("LITASSIST_HOME", str(home))
    st.cache_resource.clear()
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    page = settled(page.switch_page("views/library.py").run())
    page = settled(page.toggle(key="source-look").set_value(True).run())
    page = settled(page.selectbox(key="source-name").set_value("gone.bib").run())
    assert any("1 go for good" in caption.value for caption in page.caption)
    page = settled(page.button(key="source-sure").click().run())
    assert not page.exception
    st.cache_resource.clear()
    with open_assistant(home=home) as assistant:
        assert [p.title for p in assistant.papers()] == ["Of kakapos"]
