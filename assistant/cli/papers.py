"""`litassist papers …`: what is in the library."""

from __future__ import annotations

from typing import Any

import click

from ..errors import UsageError
from ..papers import Filters
from . import organising
from .exporting import papers_export
from .lookups import papers_lookup
from .pages import papers_page
from .shared import JSON, filter_options, filters_taken, opened, print_json


@click.group()
def papers() -> None:
    """List, show, relate, merge, look up, organise, export or remove the papers of the library."""


for command in (
    papers_lookup, organising.papers_tag, organising.papers_collect, organising.papers_mark, organising.papers_tags,
    organising.papers_collections, papers_export, papers_page,
):
    papers.add_command(command)


@papers.command("list")
@filter_options
@JSON
@click.pass_context
def papers_list(context: click.Context, as_json: bool, **options: Any) -> None:
    """Every paper, one line each: id, year, title."""
    with opened(context) as assistant:
        found = assistant.papers(filters_taken(options))
    if as_json:
        print_json([p.to_dict() for p in found])
        return
    from ..terminal import one_line

    for paper in found:
        click.echo(f"{paper.id}\t{paper.year or ''}\t{one_line(paper.title)}")
    if not found:
        click.echo("No papers. `litassist ingest PATH` reads some in.", err=True)


@papers.command("show")
@click.argument("paper_id")
@JSON
@click.pass_context
def papers_show(context: click.Context, paper_id: str, as_json: bool) -> None:
    """One paper: its fields, where it was read, its abstract."""
    from ..terminal import paper_lines

    with opened(context) as assistant:
        paper = assistant.paper(paper_id)
        former, origins = assistant.former_ids(paper_id), assistant.origins(paper_id)
    if as_json:
        print_json(paper.to_dict() | {"former_ids": former, "origins": origins})
        return
    for line in paper_lines(paper, former):
        click.echo(line)


@papers.command("related")
@click.argument("paper_id")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many papers.")
@JSON
@click.pass_context
def papers_related(context: click.Context, paper_id: str, k: int, as_json: bool) -> None:
    """The papers most like one, nearest first."""
    from ..terminal import hit_lines

    with opened(context) as assistant:
        hits = assistant.related(paper_id, k=k)
    if as_json:
        print_json([hit.to_dict() for hit in hits])
        return
    for line in hit_lines(hits):
        click.echo(line)


@papers.command("merge")
@click.argument("paper_ids", nargs=-1, metavar="[ID ID...]")
@click.option("--apart", is_flag=True, help="Decide that they are not one; a former id parts what was merged.")
@JSON
@click.pass_context
def papers_merge(context: click.Context, paper_ids: tuple[str, ...], apart: bool, as_json: bool) -> None:
    """Make papers one by your decision; without ids, show the pairs that look alike.

    The decision is kept: reading the sources again does not undo it, and every former id goes on working.
    """
    from ..terminal import lookalike_lines, one_line

    with opened(context) as assistant:
        if not paper_ids:
            pairs = assistant.lookalikes()
            lines = lookalike_lines(pairs)
            value: Any = [pair.to_dict() for pair in pairs]
        else:
            made = assistant.keep_apart(paper_ids) if apart else [assistant.merge(paper_ids)]
            lines = [f"{paper.id}\t{one_line(paper.title)}" for paper in made]
            value = [paper.to_dict() for paper in made]
    if as_json:
        print_json(value)
        return
    for line in lines:
        click.echo(line)


@papers.command("remove")
@click.argument("paper_ids", nargs=-1, metavar="[ID...]")
@click.option("--tag", "tags", multiple=True, help="All papers with this tag.")
@click.option("--source", "sources", multiple=True, help="What was read from this source; other sources' words stay.")
@click.option("--search", "query", help="The best papers for this query, which may state limits (author:hopper).")
@click.option("-k", default=10, show_default=True, type=click.IntRange(1, 100_000), help="With --search.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON
@click.pass_context
def papers_remove(
    context: click.Context, paper_ids: tuple[str, ...], tags: tuple[str, ...], sources: tuple[str, ...],
    query: str | None, k: int, yes: bool, as_json: bool,
) -> None:
    """Remove papers, with everything made of them: no file of the library holds a sentence of theirs afterwards.

    Answers that used them are taken out of conversations; the questions stay. Backups are outside the
    library and stay as they are.
    """
    from ..terminal import one_line, progress_bar

    if not (paper_ids or tags or sources or query):
        raise UsageError("Say what to remove: ids, --tag, --source or --search.")
    if query and as_json and not yes:
        raise UsageError("What a search finds is removed unseen only with --yes.")
    with opened(context) as assistant:
        if query:
            paper_ids = (*paper_ids, *(hit.paper_id for hit in assistant.search(query, k=k)))
        plan = assistant.removal(paper_ids, tags=tags, sources=sources)
        if not yes and not as_json:
            for paper in assistant.papers(Filters(paper_ids=plan.gone)) if plan.gone else ():
                click.echo(f"{paper.id}\t{one_line(paper.title)}")
            if plan.kept:
                click.echo(f"{len(plan.kept)} more were read elsewhere too: they stay, with what was said there.")
            click.confirm("Remove for good?", abort=True)
        removed = assistant.remove(paper_ids, tags=tags, sources=sources, clear=False)
        if not as_json:
            click.echo(f"{removed} removed.")
        with progress_bar() as progress:
            cleared = assistant.clear_traces(progress, wait=False)
    if not cleared:
        click.echo(
            "The last traces of what was removed could not be taken out of the library's files yet: another program "
            "is at work there, or the disk is full. That program does it at its end, or the next start of this one.",
            err=True,
        )  # fmt: skip
    if as_json:
        print_json({"removed": removed, "cleared": cleared})


@papers.command("note")
@click.argument("paper_id")
@click.argument("text")
@JSON
@click.pass_context
def papers_note(context: click.Context, paper_id: str, text: str, as_json: bool) -> None:
    """Write a note on a paper; an empty text takes it off."""
    with opened(context) as assistant:
        paper = assistant.update(paper_id, note=text)
    print_json(paper.to_dict()) if as_json else click.echo(paper.note or "no note")
