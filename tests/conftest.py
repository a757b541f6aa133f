"""Fixtures that several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real test data; tests that need it are skipped, with a reason, where it is absent."""
    folder = Path(os.environ.get("LITASSIST_TEST_DATA") or ROOT.parent / "shared")
    if not (folder / "corpora").is_dir():
        pytest.skip(f"no test data at {folder} (set LITASSIST_TEST_DATA)")
    return folder
