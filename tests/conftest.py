"""Fixtures that several test files share."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The suite gives the same verdict each time; HYPOTHESIS_PROFILE=wild searches anew, with ten times the examples.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.register_profile("wild", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# Verdicts must not depend on what lies in the user's cache; the quick form and vectors there have tests of their own.
os.environ["LITASSIST_ENCODER"] = "plain"
os.environ["LITASSIST_VECTOR_CACHE_MB"] = "0"
# What was learned of a model at a port, and its replies, must not reach another test whose server has the same port.
os.environ["LITASSIST_REPLY_CACHE"] = "off"
os.environ["LITASSIST_CACHE"] = tempfile.mkdtemp(prefix="litassist-cache-")
atexit.register(shutil.rmtree, os.environ["LITASSIST_CACHE"], ignore_errors=True)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real test data; tests that need it are skipped, with a reason, where it is absent."""
    folder = Path(os.environ.get("LITASSIST_TEST_DATA") or ROOT.parent / "shared")
    if not (folder / "corpora").is_dir():
        pytest.skip(f"no test data at {folder} (set LITASSIST_TEST_DATA)")
    return folder


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(autouse=True)
def _nothing_learned_of_models() -> None:
    shutil.rmtree(Path(os.environ["LITASSIST_CACHE"]) / "models", ignore_errors=True)
