"""The command line: thin, one function per command, everything heavy imported where it is used."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from ..errors import LitassistError, UsageError
from . import asking, exporting, keeping, measuring
from .papers import papers
from .shared import BACKEND, EFFORT


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--home", type=click.Path(path_type=Path), help="The library's folder (else LITASSIST_HOME).")
@BACKEND
@EFFORT
@click.option("--reranker", help="A second look at the papers found: cross-encoder:PLACE, llm or none.")
@click.version_option(package_name="litassist", prog_name="litassist")
@click.pass_context
def cli(context: click.Context, home: Path | None, reranker: str | None) -> None:
    """Ask your papers. Every sentence of an answer points at the exact words of a paper."""
    context.obj = {**(context.obj or {}), "home": home, "reranker": reranker}


for command in (
    asking.demo, asking.ingest, asking.ask, asking.chat, asking.search, exporting.replay, papers,
    measuring.evaluate, measuring.bench,
    keeping.ui, keeping.doctor, keeping.rebuild, keeping.backup, keeping.restore,
):
    cli.add_command(command)


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


