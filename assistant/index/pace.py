"""How many papers a step takes whose vectors are written."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

FIRST, FEWEST, MOST = 64, 8, 1024
_QUICK_S, _LONG_S = 0.5, 2.0


class Pace:
    """`papers` for the next step. A step waits for the disk several times, so one that was over at once, as where the
    vectors are known already, is followed by a larger one; and one that took long by a smaller, so that it can be
    stopped."""

    def __init__(self) -> None:
        self.papers = FIRST

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """A step is taken within the block."""
        began = time.monotonic()
        yield
        self.took(time.monotonic() - began)

    def took(self, seconds: float) -> None:
        """The last step took so long."""
        if seconds < _QUICK_S:
            self.papers = min(2 * self.papers, MOST)
        elif seconds > _LONG_S:
            self.papers = max(self.papers // 2, FEWEST)
