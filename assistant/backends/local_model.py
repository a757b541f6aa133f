"""A model file served inside this process, on a loopback port that only this process has the key to."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import errors
from ..machine import cores


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Where the model answers (OpenAI's protocol under `url`/v1), the key, its window in tokens, and whether its
    template speaks of thoughts."""

    server: Any
    url: str
    key: str
    window: int
    thinks: bool = False


_servers: dict[tuple[str, int], ServedModel] = {}
_servers_lock = threading.Lock()


def _free_cores() -> int:
    """The cores that nothing else uses just now, one at least.

    The model's threads wait for one another many times per token: with more threads than free cores it
    writes several times slower than with one thread alone (measured: 1.5 against 13.5 tokens/s).
    """
    every = cores()
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, min(every, round(every - busy)))


def served_model(file: Path, window: int) -> ServedModel:
    """The running server of this file with a window of `window` tokens at most; one per process.

    MissingExtra without xllamacpp, ConfigError for a file that is no model.
    """
    with _servers_lock:
        known = _servers.get((str(file), window))
        if known:
            return known
        try:
            import xllamacpp
        except ImportError as error:
            raise errors.MissingExtra("A local model file", "gguf") from error
        params = xllamacpp.CommonParams()
        params.model.path = str(file)
        params.n_ctx = window
        params.n_parallel = 1
        params.warmup = False
        params.ui = False
        params.verbosity = 0
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _free_cores()
        # Any page or program of this machine can reach a loopback port; the key keeps them out.
        key = secrets.token_urlsafe(24)
        params.api_keys = [key]
        try:
            server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise errors.ConfigError(
                f"{file.name} can't be loaded as a model: it is damaged, not a GGUF file, or too large for the memory."
            ) from error
        import urllib.request

        url = server.listening_address
        request = urllib.request.Request(f"{url}/props", headers={"Authorization": f"Bearer {key}"})
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        given, thinks = window, False
        with contextlib.suppress(OSError, ValueError, KeyError), direct.open(request, timeout=10) as reply:
            told = json.loads(reply.read())
            thinks = "think" in str(told.get("chat_template")).lower()
            given = int(told["default_generation_settings"]["n_ctx"]) or window
        served = ServedModel(server, url, key, given, thinks)
        _servers[(str(file), window)] = served
        return served
