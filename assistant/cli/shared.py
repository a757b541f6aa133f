"""What commands share: the option `--json`, the limits on papers, an open assistant."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ..config import Settings
from ..papers import Filters

if TYPE_CHECKING:
    from ..assistant import Assistant

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--from", "year_from", type=int, metavar="YEAR", help="Only papers of this year or later."),
        click.option("--to", "year_to", type=int, metavar="YEAR", help="Only papers of this year or earlier."),
        click.option("--author", "authors", multiple=True, help="Only papers by this author (part of the name)."),
        click.option("--source", "sources", multiple=True, help="Only papers read from this source."),
        click.option("--tag", "tags", multiple=True, help="Only papers with this tag."),
        click.option("--collection", "collections", multiple=True, help="Only papers in this collection."),
        click.option("--paper", "paper_ids", multiple=True, help="Only this paper (its id); may be repeated."),
    ):
        command = option(command)
    return command


def filters_taken(options: dict[str, Any]) -> Filters:
    return Filters(**options)


@contextmanager
def opened(context: click.Context, **more: Any) -> Iterator[Assistant]:
    from ..assembly import open_assistant

    with open_assistant(settings=Settings.from_env(**{**context.obj, **more})) as assistant:
        yield assistant


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


