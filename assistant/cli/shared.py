"""What commands share: the option `--json`, the limits on papers, an open assistant."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..config import EFFORTS, Settings
from ..papers import Filters, IngestReport

if TYPE_CHECKING:
    from ..assistant import Assistant

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def _into_settings(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.obj = {**(context.obj or {}), str(parameter.name): value}


# Both stand before the command's name and after it: people write them where they think of them.
BACKEND = click.option(
    "--backend", callback=_into_settings, expose_value=False,
    help="Who writes: extractive, provider:model, openai-compatible:MODEL@URL or gguf:PATH.",
)  # fmt: skip
EFFORT = click.option(
    "--effort", type=click.Choice(EFFORTS), callback=_into_settings, expose_value=False,
    help="How much work a language model puts into the answer.",
)  # fmt: skip


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--from", "year_from", type=int, metavar="YEAR", help="Only papers of this year or later."),
        click.option("--to", "year_to", type=int, metavar="YEAR", help="Only papers of this year or earlier."),
        click.option("--author", "authors", multiple=True, help="Only papers by this author (part of the name)."),
        click.option("--source", "sources", multiple=True, help="Only papers read from this source."),
        click.option("--venue", "venues", multiple=True, help="Only papers in this journal or at this meeting."),
        click.option("--tag", "tags", multiple=True, help="Only papers with this tag."),
        click.option("--collection", "collections", multiple=True, help="Only papers in this collection."),
        click.option("--read/--unread", "read", default=None, help="Only papers marked as read, or not."),
        click.option("--paper", "paper_ids", multiple=True, help="Only this paper (its id); may be repeated."),
    ):
        command = option(command)
    return command


def filters_taken(options: dict[str, Any]) -> Filters:
    return Filters(**options)


@contextmanager
def opened(context: click.Context, *, create: bool = False, **more: Any) -> Iterator[Assistant]:
    """The assistant over the home in use, which only some commands make. What it notices goes to standard error."""
    from ..assembly import open_assistant

    with open_assistant(settings=Settings.from_env(**{**context.obj, **more}), create=create) as assistant:
        said = assistant.notices
        for line in said:
            click.echo(line, err=True)
        yield assistant
        for line in assistant.notices[len(said) :]:
            click.echo(line, err=True)


def show_report(report: IngestReport, as_json: bool) -> None:
    from ..terminal import report_lines

    if as_json:
        print_json(report.to_dict())
        return
    for line in report_lines(report):
        click.echo(line)


def while_read(line: str) -> None:
    """Print a line for as long as somebody reads: a file that is still to be written must not be lost to `| head`."""
    try:
        click.echo(line)
    except BrokenPipeError:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


