"""Fixtures of the page's tests: the page's modules on the path, and the page over a scripted assistant."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import assistant

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "ui")]

from standin import APP, Standin  # noqa: E402


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Standin]:
    """The scripted assistant that the page will open."""
    made = Standin()
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    monkeypatch.setitem(vars(assistant), "open_assistant", lambda **_: made)
    _forget()
    yield made
    _forget()


@pytest.fixture
def page(scripted: Standin) -> AppTest:
    """The page, not yet run."""
    return AppTest.from_file(str(APP), default_timeout=30)


def _forget() -> None:
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def settled() -> Callable[[AppTest], AppTest]:
    """Runs a page until no answer is being written and nothing is being read."""

    def run(at: AppTest) -> AppTest:
        import resources

        for _ in range(100):
            desk = resources.desk()
            shown = any('class="la-writing"' in h.value for h in at.get("html")) or at.get("progress")
            if not shown and not desk.busy and all(a.finished for a in desk.asking.values()):
                return at
            time.sleep(0.05)
            at.run()
        raise AssertionError("the page never came to rest")

    return run
