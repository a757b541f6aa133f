"""On the page over a real library: all with a tag, or what came with one file, is taken out again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assistant import open_assistant
from assistant.papers import Appearance, Paper

APP = Path(__file__).resolve().parents[2] / "ui" / "app.py"
Settled = Callable[[AppTest], AppTest]


def paper(what: str, *sources: str, tags: tuple[str, ...] = ()) -> Paper:
    return Paper(f"Of {what}", f"{what} are told of here.", tags=tags,
                 appearances=tuple(Appearance(f"{name}.bib", 1) for name in sources))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of three papers: one of gone.bib, one of that and kept.bib, one tagged and of kept.bib."""
    folder = tmp_path / "home"
    with open_assistant(home=folder) as assistant:
        assistant.ingest_papers([paper("numbats", "gone"), paper("quolls", "gone"), paper("quolls", "kept"),
                                 paper("kakapos", "kept", tags=("birds",))])
    monkeypatch.setenv("LITASSIST_HOME", str(folder))
    st.cache_resource.clear()
    return folder


def left(home: Path) -> list[str]:
    st.cache_resource.clear()
    with open_assistant(home=home) as assistant:
        return [p.title for p in assistant.papers()]


@pytest.mark.parametrize(
    ("way", "name", "told", "stay"),
    [
        ("sources", "gone.bib", "1 paper would go. 1 paper was read elsewhere too", ["Of quolls", "Of kakapos"]),
        ("tags", "birds", "1 paper would go.", ["Of numbats", "Of quolls"]),
    ],
)
def test_papers_leave_by_tag_and_by_source_once_confirmed(
    home: Path, settled: Settled, way: str, name: str, told: str, stay: list[str]
) -> None:
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    page = settled(page.switch_page("views/library.py").run())
    page = settled(page.radio(key="remove-way").set_value(way).run())
    page = settled(page.multiselect(key=f"remove-{way}").set_value([name]).run())
    assert any(told in caption.value for caption in page.caption)
    page = page.button(key="remove-them").click().run()
    with open_assistant(home=home) as assistant:
        assert len(assistant.papers()) == 3
    page = settled(page.button(key="remove-sure").click().run())
    assert not page.exception
    assert "1 paper removed" in page.success[0].value
    assert left(home) == stay
