"""Fitted numbers stand in assistant/models/ alone, and each file says where its numbers come from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant import models
from assistant.retrieval import RECIPE

HERE = Path(models.__file__).parent


@pytest.mark.parametrize("path", sorted(HERE.glob("*.json")), ids=lambda p: p.stem)
def test_a_model_has_a_card_that_says_what_it_rests_on(path: Path) -> None:
    card = path.with_suffix(".md").read_text(encoding="utf-8").lower()
    for part in ("data", "command", "figures"):
        assert part in card, f"{path.with_suffix('.md').name} says nothing of {part}"


@pytest.mark.parametrize("path", sorted(HERE.glob("*.json")), ids=lambda p: p.stem)
def test_the_card_of_a_model_names_its_thresholds(path: Path) -> None:
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    for name in json.loads(path.read_text(encoding="utf-8")).get("thresholds", {}):
        assert f"`{name}`" in card or "claim.md" in card, f"{path.with_suffix('.md').name} says nothing of {name}"


def test_the_card_of_the_search_names_every_number() -> None:
    card = (HERE / "search.md").read_text(encoding="utf-8")
    for group, numbers in json.loads((HERE / "search.json").read_text(encoding="utf-8")).items():
        for name in numbers:
            assert f"`{group}.{name}`" in card or f"`.{name}`" in card, f"{group}.{name}"


def test_a_search_ranks_by_the_numbers_of_its_file() -> None:
    recipe = models.values("search")["recipe"]
    assert {name: getattr(RECIPE, name) for name in recipe} == recipe
