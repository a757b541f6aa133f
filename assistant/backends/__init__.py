"""Language models behind one small seam: text deltas in, one kind of error out.

The only file that names providers. `extractive` is no language model and gives None. A backend is
made for one answer and used by one thread; a local model's server is shared by the process.
"""

from __future__ import annotations

import json
import os
import queue
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from .. import errors
from ..config import Settings
from ..papers import Usage
from .failures import KEYS, InvalidRequest, plain_failure, timed_out
from .local_model import served_model

DEFAULT_CONTEXT = 8192
RETRIES = 2
"""How often a provider's own client tries again, with its own back-off, before text has come."""

_OLLAMA = "http://127.0.0.1:11434"
_NOWHERE = "http://127.0.0.1:9/v1"
_LM_STUDIO = "http://127.0.0.1:1234"


class Backend(Protocol):
    """A language model, ready for one answer."""

    name: str
    context_tokens: int
    usage: Usage
    truncated: bool
    """Whether the last stream ended because the model had no room left."""

    @property
    def constrains(self) -> bool:
        """Whether it can be held to a schema, as far as is known."""
        ...

    def stream(self, system: str, user: str, *, schema: dict[str, Any] | None = None) -> Iterator[str]:
        """The model's text as it is written. `schema` asks for JSON of that shape; a model that can't
        be held to it answers in free text. Raises BackendError."""
        ...


def open_backend(spec: str, settings: Settings) -> Backend | None:
    """The language model that `spec` names, or None for `extractive`.

    Nothing is sent. BackendUnknown for a name that can't be used, MissingExtra for a package that is not
    installed, BackendRefused for a key that is not set.
    """
    spec = spec.strip()
    if spec == "extractive":
        return None
    kind, _, rest = spec.partition(":")
    if not rest.strip():
        raise errors.BackendUnknown(
            f"'{spec}' names no backend; use extractive, openai:MODEL, anthropic:MODEL, ollama:MODEL, "
            "openai-compatible:MODEL@URL or gguf:PATH"
        )
    if kind == "gguf":
        return _local_file(rest, settings)
    if kind == "openai-compatible":
        return _compatible(rest, settings)
    return _provider(kind, rest, settings)


def warm(spec: str, settings: Settings) -> None:
    """Load the client that the model is asked through (seconds, at first), so that the first answer need not wait.

    Nothing is sent, no model file is loaded, and nothing happens for `extractive`. It raises what `open_backend` does.
    """
    if spec.strip().startswith("gguf:"):
        backend: Backend | None = _openai_like("gguf", "none", _NOWHERE, "none", settings, DEFAULT_CONTEXT)
    else:
        backend = open_backend(spec, settings)
    if isinstance(backend, _Chat):
        backend.load()


def check_backend(spec: str, settings: Settings) -> str:
    """One plain line saying that the backend works, after a word from the model itself."""
    backend = open_backend(spec, settings)
    if backend is None:
        return "extractive works: answers are the papers' own sentences, and no model is needed."
    for piece in backend.stream("You answer in one word.", "Say: ready"):
        if piece.strip():
            return f"{backend.name} works: the model answered."
    raise errors.BackendError(f"{backend.name} was reached, but the model said nothing. Try another model.")


def local_servers(timeout: float = 0.3, *, ollama: str = _OLLAMA, lm_studio: str = _LM_STUDIO) -> list[str]:
    """Backends offered by model servers on this machine, Ollama's first; none when nothing listens.

    Only these two loopback addresses are asked, and models that only embed are left out.
    """
    found = [f"ollama:{row['name']}" for row in _rows(f"{ollama}/api/tags", "models", timeout) if "name" in row]
    found += [
        f"openai-compatible:{row['id']}@{lm_studio}/v1"
        for row in _rows(f"{lm_studio}/v1/models", "data", timeout)
        if "id" in row
    ]
    return [name for name in found if "embed" not in name.lower()]


def _rows(url: str, field: str, timeout: float) -> list[dict[str, Any]]:
    import urllib.request

    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=timeout) as reply:
            rows = json.loads(reply.read(1_000_000)).get(field) or []
    except (OSError, ValueError, AttributeError):
        return []
    return [row for row in rows if isinstance(row, dict)]


# --------------------------------------------------------------------------- the kinds of backend


def _provider(provider: str, model: str, settings: Settings) -> Backend:
    from langchain.chat_models import init_chat_model

    variable = KEYS.get(provider)
    gateway = os.environ.get("LANGSMITH_GATEWAY_API_KEY") or os.environ.get("LANGSMITH_API_KEY")
    if variable and not os.environ.get(variable) and not gateway:
        raise errors.BackendRefused(f"No key for {provider}: set {variable} in the environment and ask again.")
    given: dict[str, Any] = {"temperature": settings.temperature, "max_tokens": settings.max_answer_tokens}
    if provider == "ollama":
        # Ollama cuts the prompt in silence at a small default window, so the window is always said.
        given = {
            "temperature": settings.temperature,
            "num_predict": settings.max_answer_tokens,
            "num_ctx": settings.context_tokens or DEFAULT_CONTEXT,
            "client_kwargs": {"timeout": settings.timeout_s},
        }
    else:
        given |= {"timeout": settings.timeout_s, "max_retries": RETRIES}
    if provider == "openai":
        given["stream_usage"] = True
    name = f"{provider}:{model}"

    def chat(**changed: Any) -> Any:
        kept = {k: v for k, v in (given | changed).items() if v is not None}
        try:
            return init_chat_model(model, model_provider=provider, **kept)
        except ImportError as error:
            raise errors.ConfigError(
                f"'{name}' needs a package that is not installed: pip install langchain-{provider.replace('_', '-')}"
            ) from error
        except ValueError as error:
            raise errors.BackendUnknown(f"'{name}' names no backend that is known here.") from error
        except Exception as error:
            raise plain_failure(error, name) from error

    first = chat()
    profile = getattr(first, "profile", None) or {}
    window = settings.context_tokens or profile.get("max_input_tokens") or DEFAULT_CONTEXT
    constrained = {"openai": _openai_schema, "ollama": _ollama_schema}.get(provider)
    return _Chat(name, int(window), chat, settings, constrained, first=first)


_ADDRESS = re.compile(r"(?P<model>.+?)@(?P<url>https?://\S+)")


def _compatible(rest: str, settings: Settings) -> Backend:
    found = _ADDRESS.fullmatch(rest.strip())
    if not found:
        raise errors.BackendUnknown(
            "openai-compatible needs a model and an address: openai-compatible:MODEL@http://127.0.0.1:1234/v1"
        )
    model, url = found["model"], found["url"].rstrip("/")
    key = os.environ.get("LITASSIST_API_KEY") or "none"
    name = f"openai-compatible:{model}@{_without_login(url)}"
    return _openai_like(name, model, url, key, settings, settings.context_tokens or DEFAULT_CONTEXT)


def _openai_like(name: str, model: str, url: str, key: str, settings: Settings, window: int) -> Backend:
    def chat(**changed: Any) -> Any:
        import httpx
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        def only_our_key(request: httpx.Request) -> None:
            # The client adds whatever OPENAI_* variables it finds; none of them is this host's business.
            request.headers["Authorization"] = f"Bearer {key}"
            for header in ("OpenAI-Organization", "OpenAI-Project"):
                request.headers.pop(header, None)

        host = httpx.URL(url).host
        client = httpx.Client(
            timeout=settings.timeout_s,
            event_hooks={"request": [only_our_key]},
            trust_env=host not in ("127.0.0.1", "localhost", "::1"),
        )
        given = {"temperature": settings.temperature, "max_tokens": settings.max_answer_tokens} | changed
        return ChatOpenAI(
            model=model, base_url=url, api_key=SecretStr(key), timeout=settings.timeout_s, max_retries=RETRIES,
            stream_usage=True, http_client=client, openai_proxy=None, use_responses_api=False,
            **{k: v for k, v in given.items() if v is not None},
        )

    return _Chat(name, window, chat, settings, _openai_schema, finish_expected=True)


def _without_login(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)


def _local_file(path: str, settings: Settings) -> Backend:
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise errors.ConfigError(f"There is no model file at {path}. Nothing was changed; check the path.")
    served = served_model(file, settings.context_tokens or DEFAULT_CONTEXT)
    name = f"gguf:{file.name}"
    return _openai_like(name, file.stem, f"{served.url}/v1", served.key, settings, served.window)


# --------------------------------------------------------------------------- streaming

_refused_schema: set[str] = set()
"""Names of the backends that turned constrained output down; asked once per process."""


def _openai_schema(model: Any, schema: dict[str, Any]) -> Any:
    wanted = {"name": "answer", "schema": schema, "strict": True}
    # As a plain field of the request: LangChain's own parameter parses the whole reply and fails on a cut one.
    return model.bind(extra_body={"response_format": {"type": "json_schema", "json_schema": wanted}})


def _ollama_schema(model: Any, schema: dict[str, Any]) -> Any:
    return model.bind(format=schema)


class _Chat:
    """A LangChain chat model, read in a thread of its own so that silence can be measured."""

    def __init__(
        self, name: str, context_tokens: int, chat: Callable[..., Any], settings: Settings,
        constrained: Callable[[Any, dict[str, Any]], Any] | None, *, first: Any = None, finish_expected: bool = False,
    ) -> None:
        self.name = name
        self.context_tokens = context_tokens
        self.usage = Usage()
        self.truncated = False
        self._chat = chat
        self._settings = settings
        self._constrained = constrained
        self._first = first
        self._finish_expected = finish_expected

    @property
    def constrains(self) -> bool:
        return self._constrained is not None and self.name not in _refused_schema

    def load(self) -> None:
        """Import what the first answer would."""
        import langsmith  # noqa: F401

        if self._first is None:
            self._chat()

    def stream(self, system: str, user: str, *, schema: dict[str, Any] | None = None) -> Iterator[str]:
        messages = [("system", system), ("user", user)]
        attempts = self._attempts(schema)
        for attempt, (make, constrained) in enumerate(attempts, start=1):
            said = False
            try:
                for piece in _without_thoughts(self._pieces(make(), messages)):
                    said = True
                    yield piece
                return
            except InvalidRequest as refusal:
                if said or attempt == len(attempts):
                    raise refusal.plain from refusal.__cause__
                if constrained:
                    _refused_schema.add(self.name)

    def _attempts(self, schema: dict[str, Any] | None) -> list[tuple[Callable[[], Any], bool]]:
        """The ways to ask, the best first; a further one is tried only if the request itself is refused."""
        model = self._first or self._chat()
        constrained = self._constrained
        ways: list[tuple[Callable[[], Any], bool]] = [(lambda: model, False)]
        if schema and constrained and self.constrains:
            ways.insert(0, (lambda: constrained(model, schema), True))
        # Some models take no temperature; one more try without it is cheaper than a table of names.
        return [*ways, (lambda: self._chat(temperature=None), False)]

    def _pieces(self, model: Any, messages: list[tuple[str, str]]) -> Iterator[str]:
        """Text deltas; BackendTimeout after `timeout_s` of silence, other failures by their type."""
        inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
        stop = threading.Event()
        threading.Thread(target=_read, args=(model, messages, inbox, stop), daemon=True).start()
        self.truncated = finished = False
        written, most = 0, 40 * self._settings.max_answer_tokens
        try:
            while True:
                try:
                    what, value = inbox.get(timeout=self._settings.timeout_s)
                except queue.Empty:
                    raise timed_out(self.name, self._settings.timeout_s) from None
                if what == "failed":
                    raise plain_failure(value, self.name) from value
                if what == "ended":
                    break
                self._count(value)
                reason = _finish(value)
                finished = finished or reason is not None
                self.truncated = self.truncated or reason in ("length", "max_tokens")
                text = str(value.text)
                written += len(text)
                if text:
                    yield text
                if written > most:
                    self.truncated = True
                    return
        finally:
            stop.set()
        if self._finish_expected and not finished:
            raise errors.BackendUnreachable(
                f"{self.name} closed the connection before the answer was complete. Ask again."
            )

    def _count(self, chunk: Any) -> None:
        used = getattr(chunk, "usage_metadata", None)
        if used:
            self.usage = Usage(
                self.usage.input_tokens + int(used.get("input_tokens") or 0),
                self.usage.output_tokens + int(used.get("output_tokens") or 0),
            )


def _read(
    model: Any, messages: list[tuple[str, str]], inbox: queue.Queue[tuple[str, Any]], stop: threading.Event
) -> None:
    import langsmith

    try:
        # Tracing would send the papers' text to another host.
        with langsmith.tracing_context(enabled=False):
            for chunk in model.stream(messages):
                if stop.is_set():
                    return
                inbox.put(("chunk", chunk))
    except Exception as error:  # noqa: BLE001 - handed to the asking thread, which raises it by its type
        inbox.put(("failed", error))
    else:
        inbox.put(("ended", None))


def _finish(chunk: Any) -> str | None:
    told = getattr(chunk, "response_metadata", None) or {}
    return told.get("finish_reason") or told.get("stop_reason") or told.get("done_reason")


_THINK, _THOUGHT = "<think>", "</think>"


def _without_thoughts(pieces: Iterator[str]) -> Iterator[str]:
    """The text without a reasoning model's leading `<think>…</think>`."""
    held, state = "", "start"
    for piece in pieces:
        if state == "text":
            yield piece
            continue
        held += piece
        if state == "start":
            opening = held.lstrip()
            if opening.startswith(_THINK):
                state = "thinking"
            elif not _THINK.startswith(opening):
                state = "text"
                yield held
                held = ""
        if state == "thinking" and _THOUGHT in held:
            state, held = "text", held.split(_THOUGHT, 1)[1]
            if held:
                yield held
            held = ""
    if state == "start" and held:
        yield held
