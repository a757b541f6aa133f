"""Killed, or its power cut, at random moments: a sample of what `python -m tests.kills` does at length."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(module: str, *words: str) -> None:
    command = [sys.executable, "-m", f"tests.{module}", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.timeout(300)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_kills_while_reading_removing_and_rebuilding() -> None:
    run("kills", "--times", "3", "--seed", "21")


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_200_kills() -> None:
    run("kills", "--times", "200", "--seed", "11")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_kills_with_the_real_encoder() -> None:
    run("kills", "--times", "20", "--seed", "12", "--embedder", "builtin")


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_power_cuts() -> None:
    if os.name != "posix" or os.geteuid() or not shutil.which("mkfs.ext4"):
        pytest.skip("a disk whose power can be cut needs root and mkfs.ext4")
    run("kills", "--times", "60", "--seed", "13", "--power")


def test_threads_ask_while_threads_read_in() -> None:
    run("at_once", "--seconds", "4")


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("words", [(), ("--process",), ("--process", "--workers", "2")])
def test_a_minute_at_once(words: tuple[str, ...]) -> None:
    run("at_once", "--seconds", "60", *words)
