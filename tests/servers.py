"""A scripted server that speaks OpenAI's chat protocol, for everything a real one does wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One scripted reply: the text and what goes wrong with it."""

    text: str = ""
    status: int = 200
    dies: bool = False
    """The connection closes after the text, with no end of the stream."""
    stalls: bool = False
    """Silence after the text, until the asker has gone."""
    raw: bytes | None = None
    """Sent as the stream's body, word for word."""
    finish: str = "stop"
    code: str = ""
    """The error's code, where `status` is one."""
    refuses_schema: bool = False
    """400 when the request asks for constrained output (then the next request gets this same reply)."""


@dataclass
class Scripted:
    """The running server: its address, and every request it got."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def spec(self) -> str:
        """The backend's name."""
        return f"openai-compatible:scripted@{self.url}"

    def shown(self, at: int = -1) -> str:
        """Everything the model was shown in one request."""
        return "\n".join(m["content"] for m in self.requests[at]["messages"])


Script = Callable[[dict[str, Any]], Reply]


@contextmanager
def scripted(*replies: Reply | str | Script) -> Iterator[Scripted]:
    """A server that gives `replies` in order, the last one again and again.

    A reply is a `Reply`, its text, or a function of the request.
    """
    state = Scripted("")
    left = list(replies)
    lock = threading.Lock()
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            return

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                state.requests.append(body)
                state.headers.append({k.lower(): v for k, v in self.headers.items()})
                reply = left[0]
                reply = reply(body) if callable(reply) else Reply(reply) if isinstance(reply, str) else reply
                refused = reply.refuses_schema and "response_format" in body
                if len(left) > 1 and not refused:
                    left.pop(0)
            self._answer(reply, 400 if refused else reply.status)

        def _answer(self, reply: Reply, status: int) -> None:
            self.close_connection = True
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if status != 200 else "text/event-stream")
            self.send_header("Connection", "close")
            if status != 200:
                told = {"message": "scripted refusal of key sk-secret", "type": "scripted", "code": reply.code or None}
                error = json.dumps({"error": told}).encode()
                self.send_header("Content-Length", str(len(error)))
                self.end_headers()
                self.wfile.write(error)
                return
            self.end_headers()
            try:
                self._stream(reply)
            except OSError:
                return

        def _stream(self, reply: Reply) -> None:
            if reply.raw is not None:
                self.wfile.write(reply.raw)
                return
            for at in range(0, len(reply.text), 7):
                delta = {"content": reply.text[at : at + 7]}
                self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            if reply.stalls:
                closing.wait(30)
                return
            if reply.dies:
                return
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish}]})
            self._event({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}})
            self.wfile.write(b"data: [DONE]\n\n")

        def _event(self, more: dict[str, Any]) -> None:
            row = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "scripted", **more}
            self.wfile.write(b"data: " + json.dumps(row).encode() + b"\n\n")
            self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        closing.set()
        server.shutdown()
        server.server_close()


def quoted_evidence(request: dict[str, Any], sentences: int = 2) -> Reply:
    """A script: an honest model, which repeats the evidence it was shown, with its numbers."""
    import re

    shown = "\n".join(m["content"] for m in request["messages"])
    rows = re.findall(r"^\[(\d+\.\d+)\] (.+)$", shown, re.M)
    return Reply(" ".join(f"{text} [{n}]" for n, text in rows[:sentences]))
