"""The connection of one call, watched: when bytes last came, what clients pass over, and a way to cut it at once."""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from .failures import Failure
from .names import Place

_TELLING = (b"refusal", b"reasoning", b"thinking", b"usage", b"finish_reason", b"done", b"message_stop", b"response.")
_CONNECT_S = 20


class Wire:
    """What one call's connection showed so far. `cut` ends it, whatever it is at.

    One that does not listen only sees to it that a key goes where it belongs.
    """

    def __init__(self, place: Place, *, listens: bool = True) -> None:
        self.last = time.monotonic()
        """When the last bytes came, be they only a sign of life."""
        self.ended = False
        """Whether the server said that the reply is complete."""
        self.refusal = ""
        self.thought = False
        """Whether the server sent thoughts apart from the text."""
        self.whole = False
        """Whether a reply came in one piece although a stream was asked for."""
        self.page = False
        """Whether a web page came where a model should answer."""
        self.cost: float | None = None
        """What the provider itself says the call cost."""
        self._place = place
        self._listens = listens
        self._sockets: list[Any] = []
        self.gone = False
        """Whether nobody waits for the reply any more."""
        self._left = b""

    def client(self, library: Any) -> Any:
        """An HTTP client for this call, of `httpx` or a package with the same parts."""
        return library.Client(**self.options(), timeout=library.Timeout(None, connect=_CONNECT_S))

    def options(self) -> dict[str, Any]:
        return {
            "event_hooks": {"request": [self._asked], "response": [self._answered] if self._listens else []},
            # No proxy stands between this machine and itself.
            "trust_env": not self._place.loopback,
            "verify": not self._place.loopback and _trusted(),
            "follow_redirects": True,
        }

    def cut(self) -> None:
        """End the call: the server sees the connection close, and whoever reads from it stops."""
        import socket

        self.gone = True
        for one in self._sockets:
            # Closing alone does not wake a thread that reads.
            with contextlib.suppress(OSError, ValueError):
                one.shutdown(socket.SHUT_RDWR)

    # ------------------------------------------------------------------ hooks

    def _asked(self, request: Any) -> None:
        if self.gone:
            raise Failure("died")
        if self._listens:
            request.extensions = {**request.extensions, "trace": self._traced}
            request.headers["Accept-Encoding"] = "identity"
        own = urlsplit(self._place.url).hostname
        if own and request.url.host != own:
            # Sent on to another host, which has no business with the key.
            for name in ("Authorization", "api-key", "x-api-key"):
                request.headers.pop(name, None)
        elif self._place.speaks == "openai":
            self._sign(request)

    def _sign(self, request: Any) -> None:
        """Put our own key in place of whatever the client took from OPENAI_* variables."""
        headers, place = request.headers, self._place
        login = urlsplit(place.url).netloc.rpartition("@")[0]
        if place.headers:
            headers.pop("Authorization", None)
            headers.update(dict(place.headers))
        elif login and place.key == "none":
            headers["Authorization"] = f"Basic {base64.b64encode(unquote(login).encode()).decode()}"
        else:
            headers["Authorization"] = f"Bearer {place.key}"
        if place.provider != "openai":
            for name in ("OpenAI-Organization", "OpenAI-Project"):
                headers.pop(name, None)

    def _traced(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = info.get("return_value")
            one = stream.get_extra_info("socket") if stream is not None else None
            if one is not None:
                self._sockets.append(one)
            if self.gone:
                self.cut()
        if event.endswith("receive_response_headers.complete"):
            self.last = time.monotonic()

    def _answered(self, response: Any) -> None:
        kind = response.headers.get("content-type", "")
        self.whole = response.status_code == 200 and kind.startswith("application/json")
        self.page = kind.startswith("text/html")
        if response.status_code == 200:
            response.stream = _watched(type(response.stream).__mro__, response.stream, self._saw)

    def _saw(self, piece: bytes) -> None:
        self.last = time.monotonic()
        *lines, self._left = (self._left + piece).split(b"\n")
        for line in lines:
            self._read(line)

    def finish(self) -> None:
        """Read what came after the last line's end."""
        self._read(self._left)
        self._left = b""

    def _read(self, line: bytes) -> None:
        line = line.strip().removeprefix(b"data:").strip()
        if line == b"[DONE]":
            self.ended = True
        if not line.startswith(b"{") or not any(word in line for word in _TELLING):
            return
        with contextlib.suppress(ValueError, AttributeError, TypeError):
            self._look(json.loads(line))

    def _look(self, event: dict[str, Any]) -> None:
        kind = event.get("type") or ""
        if event.get("done") is True or kind in ("message_stop", "response.completed", "response.incomplete"):
            self.ended = True
        if kind == "response.refusal.delta":
            self.refusal += event.get("delta") or ""
        if kind.startswith("response.reasoning"):
            self.thought = True
        usage = event.get("usage") or {}
        if isinstance(usage.get("cost"), int | float):
            self.cost = float(usage["cost"])
        for holder in (*(event.get("choices") or ()), event):
            if holder.get("finish_reason"):
                self.ended = True
            said = holder.get("delta") or holder.get("message") or {}
            if isinstance(said, dict):
                self.refusal += said.get("refusal") or ""
                named = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
                self.thought = self.thought or any(said.get(name) for name in named)


def _watched(kinds: tuple[type, ...], inner: Any, saw: Any) -> Any:
    """A stream of the client's own kind that shows each piece before it is read."""
    base = next(k for k in kinds if k.__name__ == "SyncByteStream")

    class Watched(base):  # type: ignore[valid-type,misc]
        def __iter__(self) -> Iterator[bytes]:
            source: Iterable[bytes] = inner
            for piece in source:
                saw(piece)
                yield piece

        def close(self) -> None:
            inner.close()

    return Watched()


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted: made once, since it takes as long as a short request."""
    import httpx

    return httpx.create_ssl_context()
