"""`litassist papers page`: a page of a paper's PDF as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import UsageError
from .shared import JSON, opened, print_json


@click.command("page")
@click.argument("paper_id")
@click.argument("page", type=click.IntRange(1))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The PNG file.")
@click.option("--quote", default="", help="Words of the page to box.")
@click.option("--around", is_flag=True, help="Only the part of the page around the quote, larger.")
@click.option("--width", default=1240, show_default=True, type=click.IntRange(100, 4000), help="In pixels.")
@click.option("--password", help="For a locked PDF.")
@JSON
@click.pass_context
def papers_page(
    context: click.Context, paper_id: str, page: int, output: Path, quote: str, around: bool, width: int,
    password: str | None, as_json: bool,
) -> None:
    """Write the picture of a page of a paper's PDF, with the words of --quote boxed."""
    with opened(context) as assistant:
        picture = assistant.page_picture(paper_id, page, quote=quote, width=width, password=password, around=around)
    try:
        output.write_bytes(picture)
    except OSError as error:
        raise UsageError(f"{output} can't be written ({error.strerror}). Choose another file.") from error
    if as_json:
        print_json({"file": str(output), "page": page, "boxes": [[round(v, 1) for v in box] for box in picture.boxes]})
        return
    click.echo(f"{output} written.")
    if quote and not picture.boxes:
        click.echo("The words were not found on this page, so nothing is boxed.", err=True)
