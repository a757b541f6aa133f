"""How far long work is: rate and time left, on a terminal, in plain lines, and after an interrupt."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import terminal
from assistant.headway import Headway, duration


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def headway(clock: Clock) -> Headway:
    return Headway(clock)


def steadily(headway: Headway, clock: Clock, per_second: int, seconds: int, total: int | None, begun: int = 0) -> int:
    done = begun
    for _ in range(seconds):
        headway.told("vectors", done, total)
        clock.now += 1
        done += per_second
    headway.told("vectors", done, total)
    return done


def test_rate_and_time_left_are_told(headway: Headway, clock: Clock) -> None:
    steadily(headway, clock, 80, 10, 20_000)
    assert headway.words() == "800 of 20,000, 80 papers/s, about 4 min left"


def test_without_a_total_the_rate_alone_is_told(headway: Headway, clock: Clock) -> None:
    steadily(headway, clock, 3, 10, None)
    assert headway.words() == "30, 3.0 papers/s"


def test_nothing_is_made_up_at_the_beginning(headway: Headway, clock: Clock) -> None:
    assert headway.words() == ""
    headway.told("vectors", 64, 342)
    assert headway.words() == "64 of 342"
    clock.now += 0.1
    headway.told("vectors", 128, 342)
    assert headway.words() == "128 of 342"


def test_the_rate_is_that_of_late(headway: Headway, clock: Clock) -> None:
    done = steadily(headway, clock, 1000, 60, 200_000)
    steadily(headway, clock, 10, 40, 200_000, done)
    assert headway.rate("vectors") == pytest.approx(10, rel=0.1)


def test_what_stands_still_gets_slower(headway: Headway, clock: Clock) -> None:
    steadily(headway, clock, 100, 10, 2000)
    before = headway.left("vectors")
    clock.now += 60
    after = headway.left("vectors")
    assert before is not None
    assert after is not None
    assert after > 3 * before


def test_stages_have_rates_of_their_own_and_may_begin_anew(headway: Headway, clock: Clock) -> None:
    steadily(headway, clock, 100, 5, 1000)
    headway.told("stored", 200)
    assert headway.now == "stored"
    assert headway.rate("stored") is None
    assert headway.rate("vectors") == pytest.approx(100)
    headway.told("vectors", 1, 50)
    assert headway.words() == "1 of 50"


@given(st.lists(st.tuples(st.integers(0, 10**7), st.none() | st.integers(0, 10**7), st.floats(0, 1e5))))
def test_whatever_is_told_there_is_a_line(told: list[tuple[int, int | None, float]]) -> None:
    clock = Clock()
    headway = Headway(clock)
    for done, total, seconds in told:
        clock.now += seconds
        headway.told("vectors", done, total)
        assert headway.words().startswith(f"{done:,}")
        assert (headway.left("vectors") or 0) >= 0


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "1 s"), (7.6, "8 s"), (44, "45 s"), (89, "90 s"), (200, "3 min"),
                                               (5000, "83 min"), (7300, "2 h")])
def test_times_are_said_as_one_says_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def worked(show: object, clock: Clock) -> None:
    for done in range(0, 1001, 100):
        show("stored", done, None)  # type: ignore[operator]
        show("vectors", done // 2, 1000)  # type: ignore[operator]
        clock.now += 2


def test_a_terminal_shows_each_stage_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(terminal.progress, "Headway", lambda: Headway(clock))
    with terminal.progress_bar() as show:
        worked(show, clock)
    assert "500 of 1,000, 25 papers/s, about 20 s left" in screen.getvalue()
    assert "1,000, 50 papers/s" in screen.getvalue()


def test_elsewhere_there_are_few_plain_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: Clock
) -> None:
    monkeypatch.setattr(terminal.progress, "Headway", lambda: Headway(clock))
    monkeypatch.setattr(terminal.progress, "monotonic", clock)
    with terminal.progress_bar() as show:
        worked(show, clock)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["stored: 500, 50 papers/s", "stored: 1,000, 50 papers/s"]


def test_what_is_done_soon_says_nothing_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress_bar() as show:
        for done in range(100):
            show("vectors", done, 100)
    assert capsys.readouterr() == ("", "")


def _stored(home: Path) -> int:
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(home / "library.db")) as db:
        return int(db.execute("SELECT count(*) FROM papers").fetchone()[0])
    return 0


def test_an_interrupted_import_ends_cleanly_and_is_gone_on_with(tmp_path: Path) -> None:
    home, source = tmp_path / "home", tmp_path / "many.jsonl"
    rows = [{"title": f"Of marker{n}"} for n in range(2500)]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [sys.executable, "-m", "assistant.cli", "--home", str(home)]
    process = subprocess.Popen([*command, "ingest", str(source)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env={**os.environ, "LITASSIST_HOME": ""},
                               # A suite that runs in the background has interrupts ignored, and so would this.
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    while process.poll() is None and not _stored(home):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.splitlines()[-1] == "Stopped. What was finished is kept."
    assert "Traceback" not in err
    kept = _stored(home)
    assert kept
    done = subprocess.run([*command, "ingest", str(source), "--json"], capture_output=True, text=True, timeout=90,
                          check=True)
    report = json.loads(done.stdout)
    assert (report["papers"], report["unchanged"]) == (2500, kept)
    health = subprocess.run([*command, "doctor", "--json"], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(health.stdout)["pending"] == 0
