"""Model servers that run on this machine: where they listen by default, and what they offer."""

from __future__ import annotations

import json
from typing import Any

from .names import place_of

_SERVERS = ("lmstudio", "vllm", "llamacpp")


def local_servers(timeout: float = 0.3, *, ollama: str | None = None, lm_studio: str | None = None) -> list[str]:
    """Backends offered by model servers on this machine, Ollama's first; none when nothing listens.

    Asked are Ollama (where OLLAMA_HOST says), LM Studio, vLLM and llama.cpp, on this machine alone; models that only
    embed are left out.
    """
    place = place_of("ollama:any")
    address = ollama or (place.url if place.near else "")
    found = [f"ollama:{row['name']}" for row in _rows(f"{address}/api/tags", "models", timeout) if "name" in row]
    bases = [f"{lm_studio}/v1"] if lm_studio else [place_of(f"{name}:any").url for name in _SERVERS]
    for base in bases:
        found += [
            f"openai-compatible:{row['id']}@{base}" for row in _rows(f"{base}/models", "data", timeout) if "id" in row
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
