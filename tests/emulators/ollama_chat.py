"""Ollama's own protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from . import Exchange, halves


@dataclass
class Ollama:
    text: str = "It works [1]."
    thinking: str = ""
    """Thoughts in a field of their own."""
    thinking_tokens: int = 0
    installed: tuple[str, ...] = ("llama3.2",)
    error: str = ""
    """A line in the middle of the stream."""
    memory: bool = True
    loads_s: float = 0.0
    done: bool = True

    def __call__(self, exchange: Exchange) -> Any:
        body = exchange.body
        if exchange.path == "/api/tags":
            return exchange.json(200, {"models": [{"name": name} for name in self.installed]})
        if exchange.path != "/api/chat":
            return exchange.html(404, "404 page not found")
        if body["model"] not in self.installed:
            return exchange.json(404, {"error": f"model '{body['model']}' not found"})
        if not self.memory:
            said = "model requires more system memory (42.1 GiB) than is available (15.2 GiB)"
            return exchange.json(500, {"error": said})
        if self.loads_s and exchange.silence(self.loads_s):
            return True
        exchange.begin("application/x-ndjson")
        full = self.thinking_tokens >= body["options"].get("num_predict", 10**9)
        for name, text in (("thinking", self.thinking), ("content", "" if full else self.text)):
            for piece in halves(text):
                message = {"role": "assistant", "content": "", name: piece}
                self._line(exchange, body, message=message, done=False)
        if self.error:
            exchange.send(json.dumps({"error": self.error}) + "\n")
            return exchange.end()
        if self.done:
            self._line(exchange, body, message={"role": "assistant", "content": ""}, done=True, eval_count=5,
                       done_reason="length" if full else "stop", prompt_eval_count=11, total_duration=1)
        return exchange.end()

    @staticmethod
    def _line(exchange: Exchange, body: dict[str, Any], **more: Any) -> None:
        exchange.send(json.dumps({"model": body["model"], "created_at": "2026-01-01T00:00:00Z", **more}) + "\n")
