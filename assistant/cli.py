"""The command line: thin, one function per command, everything heavy imported where it is used."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .config import Settings
from .errors import LitassistError, UsageError
from .papers import Filters, Turn

if TYPE_CHECKING:
    from .assistant import Assistant

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def _filters(command: Callable[..., Any]) -> Callable[..., Any]:
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


def _taken(options: dict[str, Any]) -> Filters:
    return Filters(**options)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--home", type=click.Path(path_type=Path), help="The library's folder (else LITASSIST_HOME).")
@click.option("--backend", help="extractive, provider:model, openai-compatible:MODEL@URL or gguf:PATH.")
@click.version_option(package_name="litassist", prog_name="litassist")
@click.pass_context
def cli(context: click.Context, home: Path | None, backend: str | None) -> None:
    """Ask your papers. Every sentence of an answer points at the exact words of a paper."""
    context.obj = {"home": home, "backend": backend}


@contextmanager
def _assistant(context: click.Context, **more: Any) -> Iterator[Assistant]:
    from .assembly import open_assistant

    with open_assistant(settings=Settings.from_env(**{**context.obj, **more})) as assistant:
        yield assistant


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


# --------------------------------------------------------------------------- asking


@cli.command()
@click.argument("question", required=False)
@_JSON
@click.pass_context
def demo(context: click.Context, question: str | None, as_json: bool) -> None:
    """Answer a question on the built-in sample of 40 summarised papers, in a temporary library."""
    import tempfile

    from . import sample
    from .terminal import answer_lines, progress_bar

    asked = question if question is not None else sample.DEMO_QUESTION
    with (
        tempfile.TemporaryDirectory(prefix="litassist-demo-") as folder,
        _assistant(context, home=Path(folder)) as assistant,
        progress_bar() as progress,
    ):
        assistant.ingest_papers(sample.papers(), progress=progress)
        answer = assistant.ask(asked)
    if as_json:
        _print_json(answer.to_dict())
        return
    click.echo(f"{click.style('Q', bold=True)}  {asked}\n")
    for line in answer_lines(answer):
        click.echo(line)
    click.echo(
        "\nThese are summaries in our own words. Your own papers: litassist ingest FILE…, then litassist ask or ui."
    )


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--password", help="For locked PDF files.")
@_JSON
@click.pass_context
def ingest(context: click.Context, paths: tuple[str, ...], password: str | None, as_json: bool) -> None:
    """Read files and folders into the library: saved listing pages, JSONL, CSV, PDF."""
    from .terminal import progress_bar, report_lines

    with _assistant(context) as assistant, progress_bar() as progress:
        report = assistant.ingest(paths, progress=progress, password=password)
    if as_json:
        _print_json(report.to_dict())
        return
    for line in report_lines(report):
        click.echo(line)


@cli.command()
@click.argument("question")
@_filters
@_JSON
@click.pass_context
def ask(context: click.Context, question: str, as_json: bool, **options: Any) -> None:
    """Answer a question from the library, sentence by sentence, with citations."""
    from .terminal import streamed

    with _assistant(context) as assistant:
        if as_json:
            _print_json(assistant.ask(question, filters=_taken(options)).to_dict())
            return
        streamed(assistant.stream(question, filters=_taken(options)), click.echo)


@cli.command()
@_filters
@click.pass_context
def chat(context: click.Context, **options: Any) -> None:
    """Ask one question after another; follow-ups may lean on earlier ones. Ctrl-D ends."""
    from .terminal import streamed

    with _assistant(context) as assistant:
        assistant.warm()
        turns: list[Turn] = []
        count = assistant.status().papers
        click.echo(f"{count} papers. Ask away; an empty line or Ctrl-D ends." if count else assistant.obstacle())
        while question := _asked():
            try:
                answer = streamed(assistant.stream(question, history=turns, filters=_taken(options)), click.echo)
            except LitassistError as error:
                click.echo(f"{error}", err=True)
                continue
            turns.append(Turn(question, answer))


def _asked() -> str:
    try:
        return str(click.prompt("\n>", prompt_suffix=" ", default="", show_default=False)).strip()
    except (click.Abort, EOFError):
        click.echo()
        return ""


@cli.command()
@click.argument("query")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many papers.")
@click.option("--ignore", "ignored", multiple=True, help="Read these words of a limit as words, as shown.")
@click.option("--literal", is_flag=True, help="Read every word as a word: no limits, no corrections.")
@_filters
@_JSON
@click.pass_context
def search(
    context: click.Context, query: str, k: int, ignored: tuple[str, ...], literal: bool, as_json: bool, **options: Any
) -> None:
    """The papers that fit a query best, with the words that matched.

    A query may state limits: "an exact phrase", author:hopper, year:2019..2022, source:refs.bib,
    tag:read, -word, or in plain words "since 2020", "before 2017". What was understood is shown above
    the hits (with --json on standard error); --ignore "since 2020" takes a limit off again. Misspelt
    words are put right and short forms spelt out from your library's own words. A query that begins
    with - goes after --: litassist search -- "-survey retrieval".
    """
    from .terminal import hit_lines, understood_lines

    with _assistant(context) as assistant:
        asked = assistant.understood(query, _taken(options), ignored=ignored, literal=literal)
        hits = assistant.search(query, k=k, filters=_taken(options), ignored=ignored, literal=literal)
        said = (assistant.trouble(), "" if hits else assistant.obstacle(asked.filters))
    for line in filter(None, said):
        click.echo(line, err=True)
    for line in understood_lines(asked):
        click.echo(line, err=as_json)
    if as_json:
        _print_json([hit.to_dict() for hit in hits])
        return
    for line in hit_lines(hits):
        click.echo(line)


# --------------------------------------------------------------------------- papers


@cli.group()
def papers() -> None:
    """List, show, relate, merge, remove, export, tag or annotate the papers of the library."""


@papers.command("list")
@_filters
@_JSON
@click.pass_context
def papers_list(context: click.Context, as_json: bool, **options: Any) -> None:
    """Every paper, one line each: id, year, title."""
    with _assistant(context) as assistant:
        found = assistant.papers(_taken(options))
    if as_json:
        _print_json([p.to_dict() for p in found])
        return
    from .terminal import one_line

    for paper in found:
        click.echo(f"{paper.id}\t{paper.year or ''}\t{one_line(paper.title)}")
    if not found:
        click.echo("No papers. `litassist ingest PATH` reads some in.", err=True)


@papers.command("show")
@click.argument("paper_id")
@_JSON
@click.pass_context
def papers_show(context: click.Context, paper_id: str, as_json: bool) -> None:
    """One paper: its fields, where it was read, its abstract."""
    from .terminal import paper_lines

    with _assistant(context) as assistant:
        paper = assistant.paper(paper_id)
    if as_json:
        _print_json(paper.to_dict())
        return
    for line in paper_lines(paper):
        click.echo(line)


@papers.command("related")
@click.argument("paper_id")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many papers.")
@_JSON
@click.pass_context
def papers_related(context: click.Context, paper_id: str, k: int, as_json: bool) -> None:
    """The papers most like one, nearest first."""
    from .terminal import hit_lines

    with _assistant(context) as assistant:
        hits = assistant.related(paper_id, k=k)
    if as_json:
        _print_json([hit.to_dict() for hit in hits])
        return
    for line in hit_lines(hits):
        click.echo(line)


@papers.command("merge")
@click.argument("paper_ids", nargs=-1, metavar="[ID ID...]")
@click.option("--apart", is_flag=True, help="Decide that they are not one; a former id parts what was merged.")
@_JSON
@click.pass_context
def papers_merge(context: click.Context, paper_ids: tuple[str, ...], apart: bool, as_json: bool) -> None:
    """Make papers one by your decision; without ids, show the pairs that look alike.

    The decision is kept: reading the sources again does not undo it, and every former id goes on working.
    """
    from .terminal import lookalike_lines, one_line

    with _assistant(context) as assistant:
        if not paper_ids:
            pairs = assistant.lookalikes()
            lines = lookalike_lines(pairs)
            value: Any = [pair.to_dict() for pair in pairs]
        else:
            made = assistant.keep_apart(paper_ids) if apart else [assistant.merge(paper_ids)]
            lines = [f"{paper.id}\t{one_line(paper.title)}" for paper in made]
            value = [paper.to_dict() for paper in made]
    if as_json:
        _print_json(value)
        return
    for line in lines:
        click.echo(line)


@papers.command("remove")
@click.argument("paper_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@_JSON
@click.pass_context
def papers_remove(context: click.Context, paper_ids: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Remove papers, with everything made of them."""
    with _assistant(context) as assistant:
        found = [assistant.paper(paper_id) for paper_id in paper_ids]
        if not yes and not as_json:
            from .terminal import one_line

            for paper in found:
                click.echo(f"{paper.id}\t{one_line(paper.title)}")
            click.confirm("Remove for good?", abort=True)
        removed = assistant.remove(dict.fromkeys(paper.id for paper in found))
    if as_json:
        _print_json({"removed": removed})
        return
    click.echo(f"{removed} removed.")


@papers.command("export")
@click.option("--format", "style", type=click.Choice(["bibtex", "ris", "csl-json", "markdown"]), default="bibtex")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; else standard output.")
@_filters
@_JSON
@click.pass_context
def papers_export(context: click.Context, style: str, output: Path | None, as_json: bool, **options: Any) -> None:
    """The papers as BibTeX, RIS, CSL-JSON or Markdown."""
    from . import export

    with _assistant(context) as assistant:
        found = assistant.papers(_taken(options))
    text = export.exported(found, style)
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{output} can't be written: {error.strerror}. The library is unharmed.") from None
    if as_json:
        _print_json(
            {
                "format": style,
                "papers": len(found),
                "output": str(output) if output else None,
                "text": None if output else text,
            }
        )
    elif output is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"{len(found)} papers written to {output}.")


@papers.command("tag")
@click.argument("paper_id")
@click.argument("tags", nargs=-1)
@click.option("--remove", "removed", multiple=True, help="Take this tag off.")
@_JSON
@click.pass_context
def papers_tag(
    context: click.Context, paper_id: str, tags: tuple[str, ...], removed: tuple[str, ...], as_json: bool
) -> None:
    """Add tags to a paper, or take them off."""
    with _assistant(context) as assistant:
        paper = assistant.paper(paper_id)
        wanted = [t for t in dict.fromkeys((*paper.tags, *tags)) if t not in removed]
        paper = assistant.update(paper.id, tags=wanted)
    _print_json(paper.to_dict()) if as_json else click.echo(", ".join(paper.tags) or "no tags")


@papers.command("note")
@click.argument("paper_id")
@click.argument("text")
@_JSON
@click.pass_context
def papers_note(context: click.Context, paper_id: str, text: str, as_json: bool) -> None:
    """Write a note on a paper; an empty text takes it off."""
    with _assistant(context) as assistant:
        paper = assistant.update(assistant.paper(paper_id).id, note=text)
    _print_json(paper.to_dict()) if as_json else click.echo(paper.note or "no note")


# --------------------------------------------------------------------------- measuring


@cli.command("eval")
@click.argument("questions", type=click.Path(path_type=Path))
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write report.md, report.html and report.json into this folder.",
)
@click.option(
    "--compare",
    "earlier",
    type=click.Path(path_type=Path, dir_okay=False),
    help="An earlier report.json (or --json output): show what changed, item by item.",
)
@_JSON
@click.pass_context
def evaluate(context: click.Context, questions: Path, folder: Path | None, earlier: Path | None, as_json: bool) -> None:
    """Measure answers over a question set (JSONL), with the library and backend in use."""
    from . import evaluation
    from .terminal import progress_bar

    # Read first: a mistyped name should not cost a whole run.
    before = evaluation.load_report(earlier) if earlier else None
    with _assistant(context) as assistant, progress_bar() as progress:
        report = evaluation.evaluate(assistant, questions, progress=progress)
    compared = evaluation.compare(before, report) if before else None
    if folder:
        evaluation.write_reports(report, folder, compared)
    if as_json:
        _print_json(report.to_dict() | ({"comparison": compared.to_dict()} if compared else {}))
        return
    for line in evaluation.summary_lines(report):
        click.echo(line)
    if compared:
        click.echo("\n" + compared.to_markdown())


@cli.command()
@click.option("--report", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write the report here.")
@_JSON
@click.pass_context
def calibrate(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """Measure when to abstain, on questions made from your own library, and keep what was learnt."""
    from . import evaluation
    from .terminal import progress_bar

    with _assistant(context) as assistant, progress_bar() as progress:
        found = assistant.calibrate(progress=progress)
    if folder:
        evaluation.write_calibration(found, folder)
    if as_json:
        _print_json(found.to_dict())
        return
    for line in found.summary_lines():
        click.echo(line)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--ablate", is_flag=True, help="Each part's worth, with intervals and paired tests.")
@click.option(
    "--chart", type=click.Path(path_type=Path, dir_okay=False), help="With --ablate: write a chart (PNG or SVG)."
)
@_JSON
@click.pass_context
def bench(context: click.Context, folder: Path, ablate: bool, chart: Path | None, as_json: bool) -> None:
    """Measure retrieval alone over a benchmark folder: corpus.jsonl, queries.jsonl, qrels.tsv."""
    from .evaluation import benchmark
    from .terminal import progress_bar

    with progress_bar() as progress:
        report = benchmark.bench(folder, settings=Settings.from_env(**context.obj), ablate=ablate, progress=progress)
    if chart:
        benchmark.write_chart(report, chart)
    if as_json:
        _print_json(report.to_dict())
        return
    for line in benchmark.summary_lines(report):
        click.echo(line)


# --------------------------------------------------------------------------- the rest


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
@click.pass_context
def ui(context: click.Context, host: str, port: int, browser: bool) -> None:
    """Open the chat and library page in the browser."""
    from .launch import launch

    context.exit(launch(Settings.from_env(**context.obj), host=host, port=port, browser=browser))


@cli.command()
@_JSON
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check library, vectors and words against each other, paper by paper."""
    with _assistant(context) as assistant:
        report = assistant.doctor()
    _show_health(report, as_json)
    context.exit(0 if report.ok else 1)


@cli.command()
@_JSON
@click.pass_context
def rebuild(context: click.Context, as_json: bool) -> None:
    """Make vectors and words again from the library."""
    from .terminal import progress_bar

    with _assistant(context) as assistant, progress_bar() as progress:
        report = assistant.rebuild(progress=progress)
    _show_health(report, as_json)
    context.exit(0 if report.ok else 1)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_JSON
@click.pass_context
def backup(context: click.Context, file: Path, as_json: bool) -> None:
    """Write the whole library into one file. Vectors and words are made again when it is restored."""
    with _assistant(context) as assistant:
        size = assistant.backup(file)
    _print_json({"file": str(file), "bytes": size}) if as_json else click.echo(f"{file}: {size:,} bytes.")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_JSON
@click.pass_context
def restore(context: click.Context, file: Path, as_json: bool) -> None:
    """Make a library from a backup, in a home that has none yet."""
    from .upkeep import restore as restored

    settings = Settings.from_env(**context.obj)
    count = restored(file, settings.folder)
    if as_json:
        _print_json({"papers": count, "home": str(settings.folder)})
    else:
        click.echo(f"{count} papers in {settings.folder}. `litassist rebuild` makes their vectors now.")


def _show_health(report: Any, as_json: bool) -> None:
    if as_json:
        if report.ok:
            _print_json(report.to_dict())
        else:
            click.echo("; ".join(report.problems), err=True)
        return
    for line in report.lines():
        click.echo(line, err=not report.ok)


def main() -> None:
    """Run the command line. Exit 0 done, 1 failed with one plain line, 2 wrong usage."""
    _load_env_file()
    try:
        code = cli.main(prog_name="litassist", standalone_mode=False)
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.UsageError as error:
        error.show()
        code = 2
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What was finished is kept.", err=True)
        code = 1
    except UsageError as error:
        click.echo(f"litassist: {error}", err=True)
        code = 2
    except LitassistError as error:
        click.echo(f"litassist: {error}", err=True)
        code = 1
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:  # the last line of defence: no traceback reaches a researcher
        if os.environ.get("LITASSIST_DEBUG"):
            raise
        what = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        click.echo(
            f"litassist: something unforeseen went wrong ({what}). What was stored is unharmed; "
            "LITASSIST_DEBUG=1 shows the details for a report.",
            err=True,
        )
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _load_env_file() -> None:
    """Take settings from a `.env` in the current folder; the environment itself wins."""
    if Path(".env").is_file():
        from dotenv import load_dotenv

        load_dotenv(Path(".env"), override=False)


if __name__ == "__main__":
    main()
