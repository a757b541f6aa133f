"""The prompts: one Markdown file each, with a checked header, and the evidence as they show it.

A file starts with a header between two lines of `---`: `name`, `version`, and `placeholders` (those the
text must use, no more and no fewer). The text has the parts `# System` and `# User`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from .citations import neutral
from .errors import PromptError
from .language import either

NAMES = ("plan", "gather", "enough", "answer", "revise", "rewrite", "check", "rerank")

_HERE = Path(__file__).resolve().parent
_FILE = re.compile(r"\A---\n(?P<header>.*?)\n---\n(?P<text>.*)\Z", re.S)
_PARTS = re.compile(r"\A\s*# System\n(?P<system>.*?)\n# User\n(?P<user>.*)\Z", re.S)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as read from its file."""

    name: str
    version: str
    hash: str
    """The first 8 hex digits of the SHA-256 of the whole file."""
    system: str
    user: str
    placeholders: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """`name@version#hash`: what an answer's fingerprint holds."""
        return f"{self.name}@{self.version}#{self.hash}"

    def render(self, **values: object) -> tuple[str, str]:
        """The system and the user message. PromptError for a value missing or one too many.

        Values are put in as they are: a `$` in one is never a placeholder.
        """
        if set(values) != set(self.placeholders):
            wrong = ", ".join(sorted(set(values) ^ set(self.placeholders)))
            raise PromptError(f"The prompt '{self.name}' was filled wrongly: {wrong}.")
        return Template(self.system).substitute(values), Template(self.user).substitute(values)


def folder() -> Path:
    """Where the prompt files are: inside an installed package, else in the checkout."""
    installed = _HERE / "_files" / "prompts"
    return installed if installed.is_dir() else _HERE.parent / "prompts"


def load(name: str, where: Path | None = None) -> Prompt:
    """The prompt in `name`.md. PromptError names the file and what is wrong with it."""
    file = (where or folder()) / f"{name}.md"
    try:
        raw = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"The prompt file {file.name} can't be read from {file.parent}.") from error
    whole = _FILE.match(raw)
    if not whole:
        raise PromptError(f"{file.name} has no header: it must start with a block between two lines of ---.")
    header = _header(whole["header"], file.name)
    parts = _PARTS.match(whole["text"])
    if not parts:
        raise PromptError(f"{file.name} must have the parts '# System' and '# User', in this order.")
    if header["name"] != name:
        raise PromptError(f"{file.name} says that its name is '{header['name']}'.")
    named = tuple(header["placeholders"].replace(",", " ").split())
    _check(file.name, named, parts["system"], parts["user"])
    return Prompt(
        name=name, version=header["version"], hash=hashlib.sha256(raw.encode()).hexdigest()[:8],
        system=parts["system"].strip(), user=parts["user"].strip(), placeholders=named,
    )


def _header(text: str, file: str) -> dict[str, str]:
    rows = [line.partition(":") for line in text.splitlines() if line.strip()]
    header = {key.strip(): value.strip() for key, _, value in rows}
    for key in ("name", "version", "placeholders"):
        if key not in header or (key != "placeholders" and not header[key]):
            raise PromptError(f"The header of {file} lacks '{key}'.")
    if unknown := sorted(header.keys() - {"name", "version", "placeholders"}):
        raise PromptError(f"The header of {file} has an unknown line '{unknown[0]}'.")
    return header


def _check(file: str, named: tuple[str, ...], *texts: str) -> None:
    used: set[str] = set()
    for text in texts:
        if not Template(text).is_valid():
            raise PromptError(f"{file} holds a '$' that is no placeholder; write '$$' for the sign itself.")
        used |= set(Template(text).get_identifiers())
    if missing := sorted(set(named) - used):
        raise PromptError(f"{file} names the placeholder '{missing[0]}' but does not use it.")
    if unknown := sorted(used - set(named)):
        raise PromptError(f"{file} uses the placeholder '{unknown[0]}' but does not name it in its header.")


# --------------------------------------------------------------------------- evidence as data

_TAG = re.compile(r"<(?=[/!?|<a-zA-Z])")
_TURN = re.compile(r"\|>|\[(/?)(?=(?:INST|SYS|SYSTEM|USER|ASSISTANT)\b)", re.I)
_ROLE = re.compile(rf"(?im)^\s*(?:#+\s*)?({either('markers.roles')})\s*:")


def as_data(text: str) -> str:
    """Text of a paper (or a question) as it may stand in a prompt, on one line.

    Invisible and control characters go; markers such as `[1]` stand in round brackets; nothing in it can
    open or close a tag, a chat turn or a fence. Words and numbers stay as they are.
    """
    seen = "".join(c if c.isprintable() else " " for c in text if unicodedata.category(c) not in ("Cf", "Co", "Cn"))
    flat = _ROLE.sub(r"\1 -", seen)
    flat = " ".join(flat.split()).replace("```", "'''")
    flat = _TAG.sub("< ", flat)
    flat = _TURN.sub(lambda m: "| >" if m[0] == "|>" else f"({m[1] or ''}", flat)
    return neutral(flat)


def as_data_lines(text: str) -> str:
    """The same for a text of several lines, which stay lines."""
    return "\n".join(as_data(line) for line in text.splitlines())


def evidence_block(items: Iterable[tuple[int, str, str]]) -> str:
    """(number, title, text) as the numbered, delimited block that a prompt shows."""
    rows = [f'<evidence n="{n}" paper="{as_data(title)[:200].replace(chr(34), chr(39))}">\n{as_data(text)}\n</evidence>'
            for n, title, text in items]
    return "\n".join(rows)
