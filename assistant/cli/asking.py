"""Commands that read papers in and answer from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..errors import LitassistError
from ..papers import Turn
from ..papers.formats import REFERENCE_STYLES, style_of
from .exporting import STYLE, shown_export, written
from .shared import (
    BACKEND,
    EFFORT,
    JSON,
    filter_options,
    filters_taken,
    opened,
    print_json,
    show_report,
    while_read,
)


@click.command()
@click.argument("question", required=False)
@EFFORT
@BACKEND
@JSON
@click.pass_context
def demo(context: click.Context, question: str | None, as_json: bool) -> None:
    """Answer a question on the built-in sample of 40 summarised papers, in a temporary library."""
    import tempfile

    from .. import sample
    from ..terminal import answer_lines, progress_bar

    asked = question if question is not None else sample.DEMO_QUESTION
    with (
        tempfile.TemporaryDirectory(prefix="litassist-demo-") as folder,
        opened(context, home=Path(folder), create=True) as assistant,
        progress_bar() as progress,
    ):
        assistant.ingest_papers(sample.papers(), progress=progress)
        answer = assistant.ask(asked)
    if as_json:
        print_json(answer.to_dict())
        return
    click.echo(f"{click.style('Q', bold=True)}  {asked}\n")
    for line in answer_lines(answer):
        click.echo(line)
    click.echo(
        "\nThese are summaries in our own words. Your own papers: litassist ingest FILE…, then litassist ask or ui."
    )


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--password", help="For locked PDF files.")
@click.option("--lookup", is_flag=True, help="What follows are DOIs, arXiv ids and PMIDs: ask the services for them.")
@JSON
@click.pass_context
def ingest(
    context: click.Context, paths: tuple[str, ...], password: str | None, lookup: bool, as_json: bool
) -> None:
    """Read files and folders into the library: saved listing pages, reference exports, tables, PDF.

    With --lookup, records are asked for at arXiv, PubMed, Crossref and OpenAlex; nothing else here uses
    the network.
    """
    from ..terminal import progress_bar

    with opened(context, create=True) as assistant, progress_bar() as progress:
        if lookup:
            report = assistant.look_up(paths, progress=progress)
        else:
            report = assistant.ingest(paths, progress=progress, password=password)
    show_report(report, as_json)


@click.command()
@click.argument("question")
@click.option(
    "--export", "output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the answer to a Markdown file that `litassist replay` asks again; a name that ends in .bib, .ris or "
    ".json takes the cited papers.",
)  # fmt: skip
@click.option("--references", type=click.Choice(REFERENCE_STYLES), default="apa", help="Their style in that file.")
@EFFORT
@filter_options
@BACKEND
@JSON
@click.pass_context
def ask(
    context: click.Context, question: str, output: Path | None, references: str, as_json: bool,
    **options: Any,
) -> None:
    """Answer a question from the library, sentence by sentence, with citations."""
    from ..terminal import streamed

    filters = filters_taken(options)
    with opened(context) as assistant:
        if as_json:
            answer = assistant.ask(question, filters=filters)
            print_json(answer.to_dict())
        else:
            echo = click.echo if output is None else while_read
            answer = streamed(assistant.stream(question, filters=filters), echo)
        if output is not None:
            cited_only = output.suffix.lower() in (".bib", ".ris", ".json")
            written(output, assistant.export(style_of(output), answer) if cited_only else
                    assistant.answer_file(answer, filters=filters, style=references))  # fmt: skip
            click.echo(f"\nWritten to {output}.", err=True)


@click.command()
@EFFORT
@filter_options
@BACKEND
@click.pass_context
def chat(context: click.Context, **options: Any) -> None:
    """Ask one question after another; follow-ups may lean on earlier ones. Ctrl-D ends."""
    from ..terminal import streamed

    with opened(context) as assistant:
        assistant.warm()
        turns: list[Turn] = []
        count = assistant.status().papers
        click.echo(f"{count} papers. Ask away; an empty line or Ctrl-D ends." if count else assistant.obstacle())
        while question := _read_question():
            try:
                answer = streamed(assistant.stream(question, history=turns, filters=filters_taken(options)), click.echo)
            except LitassistError as error:
                click.echo(f"{error}", err=True)
                continue
            turns.append(Turn(question, answer))


def _read_question() -> str:
    try:
        return str(click.prompt("\n>", prompt_suffix=" ", default="", show_default=False)).strip()
    except (click.Abort, EOFError):
        click.echo()
        return ""


@click.command()
@click.argument("query")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many papers.")
@click.option("--ignore", "ignored", multiple=True, help="Read these words of a limit as words, as shown.")
@click.option("--literal", is_flag=True, help="Read every word as a word: no limits, no corrections.")
@click.option("--export", "style", type=STYLE, help="The papers found in this format instead of the list.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file for --export.")
@filter_options
@BACKEND
@JSON
@click.pass_context
def search(
    context: click.Context, query: str, k: int, ignored: tuple[str, ...], literal: bool, style: str | None,
    output: Path | None, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """The papers that fit a query best, with the words that matched.

    A query may state limits: "an exact phrase", author:hopper, year:2019..2022, source:refs.bib,
    tag:read, -word, or in plain words "since 2020", "before 2017". What was understood is shown above
    the hits (with --json on standard error); --ignore "since 2020" takes a limit off again. Misspelt
    words are put right and short forms spelt out from your library's own words. A query that begins
    with - goes after --: litassist search -- "-survey retrieval".
    """
    from ..terminal import hit_lines, understood_lines

    with opened(context) as assistant:
        hits, asked = assistant.find(query, k=k, filters=filters_taken(options), ignored=ignored, literal=literal)
        said = (assistant.trouble(), "" if hits else assistant.obstacle(asked.filters))
        style = style or (style_of(output) if output else None)
        text = assistant.export(style, hits) if style else ""
    for line in filter(None, said):
        click.echo(line, err=True)
    for line in understood_lines(asked):
        click.echo(line, err=as_json or bool(style))
    if style:
        shown_export(text, style, len(hits), output, as_json)
        return
    if as_json:
        print_json([hit.to_dict() for hit in hits])
        return
    for line in hit_lines(hits):
        click.echo(line)
