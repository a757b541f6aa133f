"""Commands that measure."""

from __future__ import annotations

from pathlib import Path

import click

from ..config import Settings
from .shared import BACKEND, EFFORT, JSON, opened, print_json


@click.command("eval")
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
@EFFORT
@BACKEND
@JSON
@click.pass_context
def evaluate(context: click.Context, questions: Path, folder: Path | None, earlier: Path | None, as_json: bool) -> None:
    """Measure answers over a question set (JSONL), with the library and backend in use."""
    from .. import evaluation
    from ..terminal import progress_bar

    # Read first: a mistyped name should not cost a whole run.
    before = evaluation.load_report(earlier) if earlier else None
    with opened(context) as assistant, progress_bar() as progress:
        report = evaluation.evaluate(assistant, questions, progress=progress)
    compared = evaluation.compare(before, report) if before else None
    if folder:
        evaluation.write_reports(report, folder, compared)
    if as_json:
        print_json(report.to_dict() | ({"comparison": compared.to_dict()} if compared else {}))
        return
    for line in evaluation.summary_lines(report):
        click.echo(line)
    if compared:
        click.echo("\n" + compared.to_markdown())


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--ablate", is_flag=True, help="Each part's worth, with intervals and paired tests.")
@click.option(
    "--chart", type=click.Path(path_type=Path, dir_okay=False), help="With --ablate: write a chart (PNG or SVG)."
)
@JSON
@click.pass_context
def bench(context: click.Context, folder: Path, ablate: bool, chart: Path | None, as_json: bool) -> None:
    """Measure retrieval alone over a benchmark folder: corpus.jsonl, queries.jsonl, qrels.tsv."""
    from ..evaluation import benchmark
    from ..terminal import progress_bar

    with progress_bar() as progress:
        report = benchmark.bench(folder, settings=Settings.from_env(**context.obj), ablate=ablate, progress=progress)
    if chart:
        benchmark.write_chart(report, chart)
    if as_json:
        print_json(report.to_dict())
        return
    for line in benchmark.summary_lines(report):
        click.echo(line)
