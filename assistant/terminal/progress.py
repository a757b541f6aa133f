"""How far work is, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from ..headway import Headway
from .lines import WIDTH, one_line

if TYPE_CHECKING:
    from rich.progress import TaskID

_STAGES = {"sentences": "vectors of sentences", "clearing": "clearing the files", "Chroma": "filling Chroma"}
"""What some stages of work are called; others by their own names."""
_SILENT_S = 10.0
"""Where no one looks at a terminal, a line comes after so many seconds, and not oftener."""


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """A callable (stage, done, total) that shows on standard error how far work is, how fast, and what is left.

    On a terminal a line per stage that goes away at the end; elsewhere a plain line now and then, and none for
    what is done soon.
    """
    headway = Headway()
    if not sys.stderr.isatty():
        yield partial(_said, headway, [monotonic()])
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            headway.told(stage, done, total)
            if stage not in tasks:
                tasks[stage] = bar.add_task(_STAGES.get(stage, stage), total=total, said="")
            bar.update(tasks[stage], completed=done, total=total, said=headway.words(stage))

        yield show


def _said(headway: Headway, last: list[float], stage: str, done: int, total: int | None) -> None:
    headway.told(stage, done, total)
    if monotonic() - last[0] >= _SILENT_S:
        last[0] = monotonic()
        print(f"{_STAGES.get(stage, stage)}: {headway.words(stage)}", file=sys.stderr, flush=True)


def waiting_for(text: str) -> None:
    """Show on the last line of standard error what is being done, in place of what stood there ("" for nothing).

    Only on a terminal: elsewhere nobody waits.
    """
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{one_line(text)[: WIDTH - 1]}")
        sys.stderr.flush()
