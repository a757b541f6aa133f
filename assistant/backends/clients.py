"""LangChain's chat model for one call: the client, the fields of the request, and no retries of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from .. import errors
from ..config import Settings
from .capabilities import Record
from .failures import failure_of
from .names import Place, providers
from .wire import Wire

DEFAULT_CONTEXT = 8192
_KEEP_ALIVE = "15m"
"""How long Ollama keeps a model loaded after a question: loading takes longer than an answer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a call asks for, beside its messages."""

    record: Record
    tokens: int
    """The longest reply, thoughts included."""
    schema: dict[str, Any] | None = None

    @property
    def parts(self) -> list[str]:
        """The parts of the request that a server may refuse."""
        record = self.record
        have = {
            "form": self.schema is not None and record.form in ("schema", "object"),
            "temperature": record.temperature, "limit": bool(record.limit), "counts": bool(record.counts),
            "streams": record.streams, "keep_alive": record.keep_alive,
        }
        return [name for name, there in have.items() if there]


def chat_model(place: Place, wish: Wish, settings: Settings, wire: Wire) -> Any:
    """A model that can be streamed or invoked once. ConfigError where its package is not installed."""
    make = {"openai": _openai, "anthropic": _anthropic, "ollama": _ollama}.get(place.speaks, _langchain)
    return make(place, wish, settings, wire)


def _openai(place: Place, wish: Wish, settings: Settings, wire: Wire) -> Any:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    record, parts = wish.record, wish.parts
    # Fields of the request as they are: LangChain renames the limit, and reads a whole reply where a form is asked for.
    body: dict[str, Any] = {}
    if "temperature" in parts:
        body["temperature"] = settings.temperature
    if "limit" in parts:
        body["max_output_tokens" if place.responses else str(record.limit)] = wish.tokens
    if "form" in parts:
        held: dict[str, Any] = {"type": "json_object"}
        if record.form == "schema":
            named = {"name": "answer", "schema": wish.schema, "strict": True}
            held = {"type": "json_schema", **(named if place.responses else {"json_schema": named})}
        body["text" if place.responses else "response_format"] = {"format": held} if place.responses else held
    if place.responses:
        body["store"] = False  # the provider would keep the papers' text
    if "counts" in parts and "streams" in parts and not place.responses:
        body["stream_options"] = {"include_usage": True}
    return ChatOpenAI(
        model=place.model, base_url=place.url, api_key=SecretStr(place.key), max_retries=0, stream_usage=False,
        http_client=wire.client(http_library("openai")), openai_proxy=None, use_responses_api=place.responses,
        extra_body=body, default_query=dict(place.query) or None,
    )


def http_library(package: str) -> Any:
    """The HTTP library that a provider's package is made with: it takes a client of no other."""
    from importlib import import_module

    kinds = (kind.__module__.partition(".")[0] for kind in import_module(package).DefaultHttpxClient.__mro__)
    return import_module(next(name for name in kinds if name.startswith("httpx")))


def _anthropic(place: Place, wish: Wish, settings: Settings, wire: Wire) -> Any:
    import anthropic
    from langchain_anthropic import ChatAnthropic
    from pydantic import SecretStr

    given: dict[str, Any] = {"temperature": settings.temperature} if "temperature" in wish.parts else {}
    model = ChatAnthropic(
        model_name=place.model, base_url=place.url, api_key=SecretStr(place.key), max_retries=0,
        max_tokens_to_sample=wish.tokens, timeout=None, stop=None, **given,
    )
    # In place of the client that all calls of a process share: this one can be cut.
    model.__dict__["_client"] = anthropic.Client(
        api_key=place.key, base_url=place.url, max_retries=0, http_client=wire.client(http_library("anthropic"))
    )
    if "form" in wish.parts:
        return model.bind(output_config={"format": {"type": "json_schema", "schema": wish.schema}})
    return model


def _ollama(place: Place, wish: Wish, settings: Settings, wire: Wire) -> Any:
    import httpx
    from langchain_ollama import ChatOllama

    parts = wish.parts
    given: dict[str, Any] = {}
    if "temperature" in parts:
        given["temperature"] = settings.temperature
    if "limit" in parts:
        given["num_predict"] = wish.tokens
    if "keep_alive" in parts:
        given["keep_alive"] = _KEEP_ALIVE
    if "form" in parts:
        given["format"] = wish.schema if wish.record.form == "schema" else "json"
    # Ollama cuts the prompt in silence at a small default window, so the window is always said.
    return ChatOllama(
        model=place.model, base_url=place.url, num_ctx=settings.context_tokens or wish.record.window or DEFAULT_CONTEXT,
        client_kwargs={**wire.options(), "timeout": httpx.Timeout(None, connect=10)}, **given,
    )


def _langchain(place: Place, wish: Wish, settings: Settings, wire: Wire) -> Any:
    from langchain.chat_models import init_chat_model

    given: dict[str, Any] = {"temperature": settings.temperature} if "temperature" in wish.parts else {}
    # What such a package logs as a warning goes to the screen where no log is kept: nothing for a researcher.
    logging.getLogger(providers()[place.provider]["package"].replace("-", "_")).setLevel(logging.ERROR)
    try:
        if "bedrock" in place.provider:
            from botocore.config import Config

            # It would ask again by itself, and wait for ever.
            given["config"] = Config(retries={"total_max_attempts": 1}, read_timeout=5 * settings.timeout_s)
        return init_chat_model(place.model, model_provider=place.provider, max_tokens=wish.tokens, **given)
    except ImportError as error:
        package = providers()[place.provider]["package"]
        raise errors.ConfigError(
            f"'{place.name}' needs a package that is not installed: pip install {package} (and {place.variable} in the "
            "environment)."
        ) from error
    except Exception as error:
        said = failure_of(error).words
        raise errors.BackendRefused(
            f"{place.name} can't be used as it is set up: set {place.variable} in the environment"
            + (f" (“{said}”)." if said else ".")
        ) from error


def known_window(place: Place) -> int | None:
    """The window that LangChain knows of a model."""
    if place.provider == "anthropic":
        from langchain_anthropic.data._profiles import _PROFILES as profiles
    elif place.provider in ("openai", "azure_openai"):
        from langchain_openai.data._profiles import _PROFILES as profiles
    else:
        return None
    rows: dict[str, Any] = profiles
    return (rows.get(place.model) or {}).get("max_input_tokens")
