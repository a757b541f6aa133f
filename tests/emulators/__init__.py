"""Providers' servers on the loopback, each with the habits of the real one: what it takes, refuses, and says."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Emulator:
    """A running server: where it is, what it was asked, and which askers went away before the end."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    given_up: int = 0

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [one.body for one in self.asked]


class Exchange:
    """A request being answered."""

    def __init__(self, handler: BaseHTTPRequestHandler, asked: Asked, at: int, closing: threading.Event) -> None:
        self.path, self.body, self.headers = asked.path, asked.body, asked.headers
        self.at = at
        """How many requests came before."""
        self._handler = handler
        self._closing = closing

    def json(self, status: int, value: Any, **headers: str) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self._head(status, "application/json", {"Content-Length": str(len(body)), **headers})
        self._handler.wfile.write(body)

    def html(self, status: int, text: str) -> None:
        self._head(status, "text/html", {"Content-Length": str(len(text))})
        self._handler.wfile.write(text.encode())

    def begin(self, kind: str = "text/event-stream") -> None:
        self._head(200, kind, {"Transfer-Encoding": "chunked"})

    def send(self, text: str) -> None:
        """A piece of a stream."""
        self.raw(text.encode())

    def raw(self, raw: bytes) -> None:
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
        self._handler.wfile.flush()

    def event(self, value: Any, name: str = "") -> None:
        self.send((f"event: {name}\n" if name else "") + f"data: {json.dumps(value)}\n\n")

    def end(self) -> None:
        self._handler.wfile.write(b"0\r\n\r\n")

    def silence(self, seconds: float = 30.0) -> bool:
        """Say nothing; True once the asker has gone."""
        import select

        end = time.monotonic() + seconds
        connection = self._handler.connection
        while time.monotonic() < end and not self._closing.is_set():
            ready = select.select([connection], [], [], 0.05)[0]
            if ready and not connection.recv(1):
                return True
        return False

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        handler = self._handler
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Connection": "close", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()


@contextmanager
def serving(answer: Callable[[Exchange], Any]) -> Iterator[Emulator]:
    """A server that answers each request by `answer`; one that returns True says that its asker had gone."""
    state, lock, closing = Emulator(), threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            return

        def do_CONNECT(self) -> None:
            self.do_POST()

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            self.close_connection = True
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.path, json.loads(raw or b"{}"), {k.lower(): v for k, v in self.headers.items()})
            with lock:
                at = len(state.asked)
                state.asked.append(asked)
            try:
                gone = answer(Exchange(self, asked, at, closing)) is True
            except OSError:
                gone = True
            with lock:
                state.given_up += gone

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield state
    finally:
        closing.set()
        server.shutdown()
        server.server_close()


def halves(text: str) -> list[str]:
    """The text in small pieces, as a stream brings it."""
    return [text[i : i + 7] for i in range(0, len(text), 7)]
