"""Commands that write papers and answers out: exports, and answers asked again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..errors import UsageError
from ..papers import papers_in_words
from ..papers.formats import STYLES, style_of
from .shared import JSON, filter_options, filters_taken, opened, print_json

STYLE = click.Choice(STYLES)


def written(path: Path, text: str) -> None:
    """Write a file, as UTF-8. UsageError in plain words when that can't be done."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}. The library is unharmed.") from None


def shown_export(text: str, style: str, count: int, output: Path | None, as_json: bool) -> None:
    """Print what was exported, or write it and say so."""
    if output is not None:
        written(output, text)
    if as_json:
        row = {"format": style, "papers": count, "output": str(output) if output else None}
        print_json({**row, "text": None if output else text})
    elif output is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"{papers_in_words(count)} written to {output}.")


@click.command("export")
@click.option("--format", "style", type=STYLE, help="What to write; else as the file's name ends; else bibtex.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; else standard output.")
@filter_options
@JSON
@click.pass_context
def papers_export(
    context: click.Context, style: str | None, output: Path | None, as_json: bool, **options: Any
) -> None:
    """The papers as BibTeX, RIS, CSL-JSON or Markdown, or as references in APA, IEEE or Nature style."""
    chosen = style or style_of(output)
    with opened(context) as assistant:
        found = assistant.papers(filters_taken(options))
        text = assistant.export(chosen, found)
    shown_export(text, chosen, len(found), output, as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--backend", help="Ask this backend instead of the one that answered.")
@JSON
@click.pass_context
def replay(context: click.Context, file: Path, backend: str | None, as_json: bool) -> None:
    """Ask an exported answer's question again, with the same settings, and say what differs."""
    from ..export import asked_in, settings_of
    from ..terminal import replay_lines

    text = _read(file)
    with opened(context, **settings_of(asked_in(text))) as assistant:
        again = assistant.replay(text, backend=backend or context.obj.get("backend"))
    if as_json:
        print_json(again.to_dict())
        return
    for line in replay_lines(again):
        click.echo(line)


def _read(file: Path) -> str:
    from ..export.answers import MAX_BYTES

    try:
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file} is too large to be an exported answer.")
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.") from None
