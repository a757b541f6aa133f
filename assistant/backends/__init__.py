"""Language models behind one small seam: text in pieces out, one kind of error.

The only room that names providers. `extractive` is no language model and gives None. A backend is made for one answer
and may be asked by several threads at once; a local model's server is shared by the process.

    names, providers.toml     a backend's name → which server, protocol, model, key
    capabilities              what was learned of a model, on disk
    clients                   LangChain's chat model for one call
    wire                      the call's connection, watched and cut
    reading, thoughts         the text as it comes, without what the model thinks
    failures, telling         a provider's failure: its kind and words, and one sentence of ours
    chat                      one reply: refusals met, retries, more room, budget, replies kept
    prices, budget, replies   what it costs, what may be spent, what was paid already
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from .. import errors
from ..config import Settings
from ..papers import Usage
from . import capabilities
from .chat import Chat, Outcome, Reply
from .clients import DEFAULT_CONTEXT
from .local_model import served_model
from .names import Place, place_of, provider_and_model
from .prices import price_of
from .replies import Replies
from .servers import local_servers

__all__ = [
    "DEFAULT_CONTEXT", "RETRIES", "Backend", "Outcome", "Reply", "check_backend", "estimate", "forget_replies",
    "local_servers", "open_backend", "warm",
]

RETRIES = 3
"""How often a busy model is asked again, as far as `timeout_s` allows, before text has come."""
_NOWHERE = "http://127.0.0.1:9/v1"


class Backend(Protocol):
    """A language model, ready for one answer; threads may ask it at once."""

    name: str
    room: int
    """The longest answer asked for, in tokens, without what the model thinks."""
    on_wait: Callable[[float], None] | None
    """Called with the seconds since the last word while nothing comes."""

    @property
    def context_tokens(self) -> int: ...

    @property
    def usage(self) -> Usage:
        """What all replies so far took."""
        ...

    def recalled(self, **asked: Any) -> str:
        """What `keep` was given for the same, in this run or an earlier one; "" for nothing."""
        ...

    def keep(self, text: str, **asked: Any) -> None:
        """Keep a part of what the model said for another time it is `asked` the same, where replies are kept."""
        ...

    @property
    def outcome(self) -> Outcome:
        """How the last reply ended that the asking thread asked for."""
        ...

    @property
    def constrains(self) -> bool:
        """Whether it can be held to a schema, as far as is known."""
        ...

    def stream(self, system: str, user: str, *, schema: dict[str, Any] | None = None) -> Iterator[str]:
        """The model's text as it is written. `schema` asks for JSON of that shape; a model that can't
        be held to it answers in free text. Raises BackendError; given up (closed), the request ends."""
        ...

    def complete(self, system: str, user: str, *, schema: dict[str, Any] | None = None) -> str:
        """The model's whole text. Raises BackendError."""
        ...


def open_backend(spec: str, settings: Settings) -> Backend | None:
    """The language model that `spec` names, or None for `extractive`.

    Nothing is sent. BackendUnknown for a name that can't be used, MissingExtra for a package that is not
    installed, BackendRefused for a key that is not set.
    """
    return _chat(spec, settings)


def _chat(spec: str, settings: Settings) -> Chat | None:
    spec = spec.strip()
    if spec.lower() == "extractive":
        return None
    place = _local_file(spec[5:].strip(), settings) if spec.startswith("gguf:") and spec[5:].strip() else place_of(spec)
    chat = Chat(place, settings, RETRIES)
    if place.speaks == "langchain":
        chat.load()  # says now which package or variable is missing
    return chat


def warm(spec: str, settings: Settings) -> None:
    """Load the client that the model is asked through (seconds, at first), so that the first answer need not wait.

    Nothing is sent, no model file is loaded, and nothing happens for `extractive`. It raises what `open_backend` does.
    """
    if spec.strip().startswith("gguf:"):
        Chat(Place("gguf", "gguf", "none", "openai", _NOWHERE, "none"), settings, 0).load()
    elif chat := _chat(spec, settings):
        chat.load()


def check_backend(spec: str, settings: Settings) -> str:
    """One plain line saying that the backend works, after a word from the model itself, and what was learned of it."""
    chat = _chat(spec, settings)
    if chat is None:
        return "extractive works: answers are the papers' own sentences, and no model is needed."
    capabilities.forget(chat.place, settings.cache_folder)
    chat = Chat(chat.place, settings, RETRIES)
    chat.remembers = False
    schema = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"],
              "additionalProperties": False}
    chat.complete("You answer with a JSON object.", 'Say ready, as JSON: {"word": "ready"}', schema=schema)
    record = chat.record
    learned = [
        "it streams" if record.streams else "it can't stream, so answers come in one piece",
        "it can be held to a form" if chat.constrains else "it can't be held to a form",
        *(["it thinks before it writes"] if record.thinks else []),
        *(["it takes no temperature"] if not record.temperature else []),
    ]
    if (settings.budget_usd or settings.daily_budget_usd) and chat.usage.cost_usd is None:
        learned.append("its price is not known here, so budgets in dollars can't stop it")
    return f"{chat.name} works: the model answered. Learned: {', '.join(learned)}."


def forget_replies(settings: Settings) -> None:
    """Delete the replies that are kept: they may quote what is to be forgotten."""
    Replies(settings.cache_folder).clear()


def estimate(spec: str, settings: Settings, input_tokens: int, output_tokens: int) -> Usage:
    """So many tokens, with what they would cost in US dollars with this backend where the price is known."""
    price = price_of(*provider_and_model(spec), settings.prices)
    usd = price.of(input_tokens, output_tokens) if price else 0.0 if spec.strip().lower() == "extractive" else None
    return Usage(input_tokens, output_tokens, usd, prices_of=price.as_of if price else "")


def _local_file(path: str, settings: Settings) -> Place:
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise errors.ConfigError(f"There is no model file at {path}. Nothing was changed; check the path.")
    stat = file.stat()
    served = served_model(file, settings.context_tokens or DEFAULT_CONTEXT)
    return Place(
        f"gguf:{file.name}", "gguf", file.stem, "openai", f"{served.url}/v1", served.key, window=served.window,
        thinks=served.thinks, file=f"{file} {stat.st_size} {stat.st_mtime_ns}",
    )
