"""`litassist papers tag|collect|mark|tags|collections`: putting papers in order, one or many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from ..papers import Filters, Paper, papers_in_words
from .shared import JSON, filter_options, filters_taken, opened, print_json

if TYPE_CHECKING:
    from ..assistant import Assistant

CHOOSING = ("all_matching", "query", "k")


def choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that choose papers without naming them: by a search, or all that pass the limits."""
    command = filter_options(command)
    for option in (
        click.option("-k", default=10, show_default=True, type=click.IntRange(1, 100_000), help="With --search."),
        click.option("--search", "query", help="The best papers for this query; it may state limits (is:unread …)."),
        click.option("--all-matching", is_flag=True, help="All papers that pass the limits below; all papers if none."),
    ):
        command = option(command)
    return command


def chosen(assistant: Assistant, paper_ids: Iterable[str], options: dict[str, Any]) -> list[str]:
    """The ids of the papers named, searched for, or passing the limits. UsageError unless one way is taken."""
    ids = list(paper_ids)
    everything, query, k = (options.pop(name) for name in CHOOSING)
    limits = filters_taken(options)
    if bool(ids) + bool(everything) + bool(query) != 1:
        raise UsageError("Say which papers: their ids, or --search QUERY, or --all-matching with limits.")
    if ids:
        if limits:
            raise UsageError("Limits go with --all-matching or --search, not with ids.")
        return list(dict.fromkeys(assistant.paper(i).id for i in ids))
    if query:
        return [hit.paper_id for hit in assistant.search(query, k=k, filters=limits)]
    return [paper.id for paper in assistant.papers(limits)]


def is_choice(options: dict[str, Any]) -> bool:
    """Whether papers are chosen by a search or by limits."""
    return bool(options["all_matching"] or options["query"])


def done(assistant: Assistant, ids: list[str], as_json: bool, what: str, **changes: Any) -> None:
    """Change these papers, and say how many that were."""
    count = assistant.organise(ids, **changes).count
    if as_json:
        print_json({"papers": len(ids), "changed": count, "paper_ids": ids})
    elif not ids:
        click.echo("No paper passes; nothing was changed.", err=True)
    else:
        left = f"; {len(ids) - count} had that already" if count < len(ids) else ""
        click.echo(f"{papers_in_words(count)} {what}{left}.")


@click.command("tag")
@click.argument("words", nargs=-1, metavar="[ID TAG... | ID...]")
@click.option("--add", "added", multiple=True, metavar="TAG", help="Add this tag; every word is then an id.")
@click.option("--remove", "removed", multiple=True, metavar="TAG", help="Take this tag off.")
@choosing
@JSON
@click.pass_context
def papers_tag(
    context: click.Context, words: tuple[str, ...], added: tuple[str, ...], removed: tuple[str, ...], as_json: bool,
    **options: Any,
) -> None:
    """Add tags to papers, or take them off.

    \b
    litassist papers tag ID read-first method            one paper, two tags
    litassist papers tag ID ID ID --add method           three papers
    litassist papers tag --search "is:unread graphs" --add graphs
    litassist papers tag --all-matching --author hopper --add hopper --remove todo
    """
    with opened(context) as assistant:
        if is_choice(options) or added:
            ids = words if added and not is_choice(options) else ()
            tags = added if ids else (*words, *added)
            if not tags and not removed:
                raise UsageError("Say which tags: --add TAG or --remove TAG.")
            found = chosen(assistant, ids, options)
            done(assistant, found, as_json, "tagged" if tags else "changed", add_tags=tags, drop_tags=removed)
            return
        (paper_id,) = chosen(assistant, words[:1], options)
        assistant.organise([paper_id], add_tags=words[1:], drop_tags=removed)
        paper = assistant.paper(paper_id)
    print_json(paper.to_dict()) if as_json else click.echo(", ".join(paper.tags) or "no tags")


@click.command("collect")
@click.argument("collection")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--out", is_flag=True, help="Take them out of the collection.")
@choosing
@JSON
@click.pass_context
def papers_collect(
    context: click.Context, collection: str, ids: tuple[str, ...], out: bool, as_json: bool, **options: Any
) -> None:
    """Put papers into a collection, or take them out of it."""
    if not collection.strip():
        raise UsageError("The collection needs a name.")
    change = {"drop_collections" if out else "add_collections": [collection]}
    what = f"{'taken out of' if out else 'put into'} “{collection}”"
    with opened(context) as assistant:
        done(assistant, chosen(assistant, ids, options), as_json, what, **change)


@click.command("mark")
@click.argument("mark", type=click.Choice(["read", "unread"]))
@click.argument("ids", nargs=-1, metavar="[ID...]")
@choosing
@JSON
@click.pass_context
def papers_mark(
    context: click.Context, mark: str, ids: tuple[str, ...], as_json: bool, **options: Any
) -> None:
    """Mark papers as read or unread."""
    with opened(context) as assistant:
        done(assistant, chosen(assistant, ids, options), as_json, f"marked as {mark}", read=mark == "read")


@click.command("tags")
@filter_options
@JSON
@click.pass_context
def papers_tags(context: click.Context, as_json: bool, **options: Any) -> None:
    """The tags in use, and how many papers have each."""
    _counts(context, as_json, filters_taken(options), lambda paper: paper.tags, "tags")


@click.command("collections")
@filter_options
@JSON
@click.pass_context
def papers_collections(context: click.Context, as_json: bool, **options: Any) -> None:
    """The collections, and how many papers are in each."""
    _counts(context, as_json, filters_taken(options), lambda paper: paper.collections, "collections")


def _counts(
    context: click.Context, as_json: bool, limits: Filters, names: Callable[[Paper], tuple[str, ...]], what: str
) -> None:
    from ..terminal import one_line

    with opened(context) as assistant:
        count = Counter(name for paper in assistant.papers(limits) for name in names(paper))
    if as_json:
        print_json([{"name": name, "papers": n} for name, n in sorted(count.items())])
        return
    for name, n in sorted(count.items(), key=lambda row: (-row[1], row[0].casefold())):
        click.echo(f"{n:>6}  {one_line(name)}")
    if not count:
        click.echo(f"No {what} yet.", err=True)
