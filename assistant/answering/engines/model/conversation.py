"""The conversation so far as a model is shown it: data, the newest turns whole, as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....papers import Turn
from ....prompts import as_data, as_data_lines

_NONE = "(none)"


def conversation(history: Sequence[Turn], room: int, count: Callable[[str], int]) -> str:
    """The turns in order; the oldest are left out where `room` tokens do not hold them, the last is cut."""
    told: list[str] = []
    for turn in reversed(history):
        text = f"Asked: {as_data(turn.question)}\nAnswered: {as_data_lines(turn.text)}"
        price = count(text)
        if price > room:
            if not told:
                told.append(text[: 3 * room] + " …")
            break
        told.append(text)
        room -= price
    return "\n\n".join(reversed(told)) or _NONE
