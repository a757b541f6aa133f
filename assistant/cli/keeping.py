"""Commands that keep the library well, and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..config import Settings
from ..papers import papers_in_words
from .shared import BACKEND, EFFORT, JSON, opened, print_json


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
@EFFORT
@BACKEND
@click.pass_context
def ui(context: click.Context, host: str, port: int, browser: bool) -> None:
    """Open the chat and library page in the browser."""
    from ..launch import launch

    context.exit(launch(Settings.from_env(**context.obj), host=host, port=port, browser=browser))


@click.command()
@JSON
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check library, vectors and words against each other, paper by paper."""
    with opened(context) as assistant:
        report, encoder = assistant.doctor(), assistant.encoder()
    show_health(report, as_json)
    click.echo(encoder, err=True)
    context.exit(0 if report.ok else 1)


@click.command()
@JSON
@click.pass_context
def rebuild(context: click.Context, as_json: bool) -> None:
    """Make vectors and words again from the library."""
    from ..terminal import progress_bar

    with opened(context) as assistant, progress_bar() as progress:
        report = assistant.rebuild(progress=progress)
    show_health(report, as_json)
    context.exit(0 if report.ok else 1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@JSON
@click.pass_context
def backup(context: click.Context, file: Path, as_json: bool) -> None:
    """Write the whole library into one file: papers, notes, tags, conversations, vectors."""
    with opened(context) as assistant:
        size = assistant.backup(file)
    print_json({"file": str(file), "bytes": size}) if as_json else click.echo(f"{file}: {size:,} bytes.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@JSON
@click.pass_context
def restore(context: click.Context, file: Path, as_json: bool) -> None:
    """Make a library from a backup, in a home that has none yet."""
    from ..assembly import open_assistant
    from ..terminal import progress_bar
    from ..upkeep import restore as restored

    settings = Settings.from_env(**context.obj)
    count = restored(file, settings.folder)
    if not as_json:
        click.echo(f"{papers_in_words(count)} restored in {settings.folder}.")
    with open_assistant(settings=settings, create=False) as assistant, progress_bar() as progress:
        encoded = assistant.catch_up(progress)
    if as_json:
        print_json({"papers": count, "home": str(settings.folder), "embedded": encoded})
    else:
        click.echo("Words and vectors are made; ask away.")


def show_health(report: Any, as_json: bool) -> None:
    if as_json:
        if report.ok:
            print_json(report.to_dict())
        else:
            click.echo("; ".join(report.problems), err=True)
        return
    for line in report.lines():
        click.echo(line, err=not report.ok)
