"""`litassist papers lookup`: what services know of papers, asked on request."""

from __future__ import annotations

from typing import Any

import click

from ..errors import UsageError
from .shared import JSON, filter_options, filters_taken, opened, show_report


@click.command("lookup")
@click.argument("identifiers", nargs=-1, metavar="[ID...]")
@click.option("--missing-abstracts", is_flag=True, help="Ask for every paper in the library that has no abstract.")
@filter_options
@JSON
@click.pass_context
def papers_lookup(
    context: click.Context, identifiers: tuple[str, ...], missing_abstracts: bool, as_json: bool, **options: Any
) -> None:
    """Ask arXiv, PubMed, Crossref and OpenAlex for DOIs, arXiv ids and PMIDs, or for missing abstracts.

    Nothing is asked of them otherwise. LITASSIST_MAILTO names an address of yours, which they like to know.
    A service that fails costs what it would have said, and one line.
    """
    from ..terminal import progress_bar

    limits = filters_taken(options)
    if missing_abstracts == bool(identifiers) or (identifiers and limits):
        raise UsageError("Give identifiers to look up, or --missing-abstracts (with limits, if you like).")
    with opened(context) as assistant, progress_bar() as progress:
        if identifiers:
            report = assistant.look_up(identifiers, progress=progress)
        else:
            chosen = [p.id for p in assistant.papers(limits) if not p.abstract]
            if not chosen and not as_json:
                click.echo("Every paper there has an abstract; nothing was asked.")
                return
            report = assistant.look_up_abstracts(chosen, progress=progress)
    show_report(report, as_json)
