"""A backend's name read: which server, which protocol, which model, whose key."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import errors

_COMPATIBLE = "openai-compatible"
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "0.0.0.0")
_ADDRESS = re.compile(r"(?P<model>.+?)@(?P<url>https?://\S+|[\w.\-]+:\d+\S*)")
_ENDPOINT = re.compile(r"(?:/chat/completions|/completions|/responses|/models|/messages)/*$")
USAGE = (
    "use extractive, openai:MODEL, anthropic:MODEL, gemini:MODEL, ollama:MODEL, openai-compatible:MODEL@URL or "
    "gguf:PATH"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is asked, and how."""

    name: str
    """As a user sees it; no login and no key in it."""
    provider: str
    model: str
    speaks: str
    url: str = ""
    key: str = ""
    variable: str = ""
    """The variable that holds the key, for advice."""
    limit: str = "max_tokens"
    form: str = "schema"
    counts: bool = True
    responses: bool = False
    thinks: bool | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    window: int | None = None
    file: str = ""
    """What tells a model file from all others."""

    @property
    def loopback(self) -> bool:
        return (urlsplit(self.url).hostname or "") in _LOOPBACK

    @property
    def near(self) -> bool:
        """Whether it is on this machine or this network, where a model may be slow and may have to be loaded first."""
        host = urlsplit(self.url).hostname or ""
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(host).is_private
        return self.loopback or "." not in host or host.endswith((".local", ".lan", ".internal"))

    @property
    def templates(self) -> bool:
        """Whether it is a server that anyone may run with any model and template: what it sends can't be foretold."""
        return self.provider in (_COMPATIBLE, "gguf") or bool(providers().get(self.provider, {}).get("local"))

    @property
    def known_as(self) -> str:
        """What tells this model from all others: its name, and its address or file."""
        return f"{self.name} {self.file or without_login(self.url)}"


@cache
def providers() -> dict[str, dict[str, Any]]:
    """The table of providers, by name."""
    return tomllib.loads((Path(__file__).parent / "providers.toml").read_text(encoding="utf-8"))


@cache
def _by_alias() -> dict[str, str]:
    return {alias: name for name, row in providers().items() for alias in (name, *row.get("aliases", ()))}


def place_of(spec: str) -> Place:
    """The place that `spec` names. BackendUnknown for a name that can't be used, BackendRefused for a missing key."""
    kind, _, rest = (part.strip() for part in spec.partition(":"))
    if not rest or spec.startswith(("http:", "https:")):
        raise errors.BackendUnknown(f"'{spec}' names no backend{_meant(spec.strip())}; {USAGE}.")
    provider = provider_and_model(spec)[0]
    if provider == _COMPATIBLE:
        return _compatible(rest)
    if not provider:
        raise errors.BackendUnknown(f"'{spec}' names no backend that is known here{_nearest(kind)}; {USAGE}.")
    row = providers()[provider]
    at = _ADDRESS.fullmatch(rest) if row.get("local") else None
    model = at["model"] if at else rest
    shared: dict[str, Any] = {
        "name": f"{kind}:{model}", "provider": provider, "model": model, "speaks": row.get("speaks", "openai"),
        "limit": row.get("limit", "max_tokens"), "form": row.get("form", "schema"), "counts": row.get("counts", True),
        "responses": _any(model, row.get("responses", ())), "thinks": _any(model, row.get("thinks", ())) or None,
    }
    if shared["speaks"] == "langchain":
        return Place(**shared, variable=row["needs"])
    url = at["url"] if at else _address(provider, row)
    if row.get("local"):
        url = _with_scheme(url) if provider == "ollama" else repaired(url)
        return Place(**shared, url=url, key=_own_key() if provider != "ollama" else "", variable="LITASSIST_API_KEY")
    variable = next((v for v in row["keys"] if os.environ.get(v)), row["keys"][0])
    key = os.environ.get(variable, "").strip()
    if not key:
        wanted = " or ".join(row["keys"])
        raise errors.BackendRefused(f"No key for {kind}: set {wanted} in the environment and ask again.")
    if provider == "azure_openai":
        return _azure(shared, url, key, variable)
    return Place(**shared, url=url.rstrip("/"), key=key, variable=variable)


def provider_and_model(spec: str) -> tuple[str, str]:
    """What `spec` names, without a look at keys; the provider is empty where it is not known."""
    kind, _, rest = (part.strip() for part in spec.partition(":"))
    name = kind.lower().replace("-", "_")
    if name == _COMPATIBLE.replace("-", "_"):
        return _COMPATIBLE, rest.partition("@")[0]
    return _by_alias().get(name, ""), rest


def _compatible(rest: str) -> Place:
    at = _ADDRESS.fullmatch(rest)
    if not at:
        raise errors.BackendUnknown(
            "openai-compatible needs a model and an address: openai-compatible:MODEL@http://127.0.0.1:1234/v1"
        )
    url = repaired(at["url"])
    return Place(
        f"{_COMPATIBLE}:{at['model']}@{without_login(url)}", _COMPATIBLE, at["model"], "openai", url,
        _own_key(), "LITASSIST_API_KEY",
    )


def _azure(shared: dict[str, Any], url: str, key: str, variable: str) -> Place:
    if not url:
        raise errors.BackendRefused("No address for azure: set AZURE_OPENAI_ENDPOINT (https://NAME.openai.azure.com).")
    root, version = url.rstrip("/").removesuffix("/openai/v1"), os.environ.get("OPENAI_API_VERSION", "").strip()
    # Without a version the newer protocol is spoken, which needs none.
    path = f"/openai/deployments/{shared['model']}" if version else "/openai/v1"
    return Place(**shared, url=root + path, key=key, variable=variable, headers=(("api-key", key),),
                 query=(("api-version", version),) if version else ())


def _address(provider: str, row: dict[str, Any]) -> str:
    named = provider.upper()
    variables = (*row.get("base_from", ()), f"{named}_BASE_URL", f"{named}_API_BASE")
    return next((v for v in map(os.environ.get, variables) if v and v.strip()), row.get("base", "")).strip()


def _own_key() -> str:
    return os.environ.get("LITASSIST_API_KEY", "").strip() or "none"


def repaired(url: str) -> str:
    """The base address that was meant: without an endpoint at its end, with /v1 where no path is given."""
    url = _ENDPOINT.sub("", _with_scheme(url).rstrip("/")).rstrip("/")
    return url if urlsplit(url).path else f"{url}/v1"


def _with_scheme(url: str) -> str:
    """A whole address; 0.0.0.0, where a server may listen, is no place to call."""
    whole = url if "://" in url else f"http://{url}"
    whole = whole.replace("//0.0.0.0", "//127.0.0.1").rstrip("/")
    if urlsplit(whole).port is None and "://" not in url:
        whole += ":11434"  # OLLAMA_HOST may be a bare host
    return whole


def without_login(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)


def _any(model: str, patterns: list[str] | tuple[str, ...]) -> bool:
    return any(fnmatchcase(model.lower(), p) for p in patterns)


def _nearest(kind: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(kind.lower(), _by_alias(), 1)
    return f" (did you mean {near[0]}: ?)" if near else ""


def _meant(spec: str) -> str:
    """What a name without a colon was likely meant to be: a provider or an address, or a model alone."""
    first, slash, model = spec.partition("/")
    name = spec.strip(":").lower()
    if spec.startswith(("http:", "https:")):
        return f" without a model (did you mean openai-compatible:MODEL@{without_login(spec)} ?)"
    if name.replace("-", "_") in _by_alias():
        return f" without a model (did you mean {name}:MODEL ?)"
    if slash and first.lower() in _by_alias():
        return f" (did you mean {first.lower()}:{model} ?)"
    whose = next((p for p, row in providers().items() if _any(name, row.get("models", ()))), "")
    return f" (did you mean {whose}:{spec} ?)" if whose and name else ""
