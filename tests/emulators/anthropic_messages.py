"""Anthropic's Messages protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import Exchange, halves

FIELDS = {
    "model", "messages", "system", "max_tokens", "stream", "temperature", "thinking", "output_config", "metadata",
    "stop_sequences",
}


def anthropic_error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


@dataclass
class Messages:
    text: str = "It works [1]."
    thoughts: str = ""
    stop_reason: str = "end_turn"
    takes_temperature: bool = True
    takes_form: bool = True
    most_tokens: int = 64_000
    error: dict[str, Any] | None = None

    def __call__(self, exchange: Exchange) -> Any:
        body = exchange.body
        unknown = [name for name in body if name not in FIELDS]
        if unknown:
            return self._refuse(exchange, f"{unknown[0]}: Extra inputs are not permitted")
        if not self.takes_temperature and "temperature" in body:
            return self._refuse(exchange, "`temperature` is deprecated for this model.")
        if not self.takes_form and "output_config" in body:
            return self._refuse(exchange, "output_config.format: 'claude-3-haiku' does not support output format.")
        if body["max_tokens"] > self.most_tokens:
            return self._refuse(
                exchange, f"max_tokens: {body['max_tokens']} > {self.most_tokens}, which is the maximum allowed number "
                f"of output tokens for {body['model']}",
            )
        usage = {"input_tokens": 11, "output_tokens": 1, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
        exchange.begin()
        exchange.event({"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": usage}}, "message_start")
        exchange.event({"type": "ping"}, "ping")
        at = 0
        for kind, text in (("thinking", self.thoughts), ("text", self.text)):
            if not text:
                continue
            block = {"type": kind, kind: "", **({"signature": ""} if kind == "thinking" else {})}
            exchange.event({"type": "content_block_start", "index": at, "content_block": block}, "content_block_start")
            for piece in halves(text):
                delta = {"type": f"{kind}_delta", kind: piece}
                exchange.event({"type": "content_block_delta", "index": at, "delta": delta}, "content_block_delta")
            exchange.event({"type": "content_block_stop", "index": at}, "content_block_stop")
            at += 1
        if self.error:
            exchange.event(self.error, "error")
            return exchange.end()
        exchange.event({"type": "message_delta", "delta": {"stop_reason": self.stop_reason, "stop_sequence": None},
                        "usage": {**usage, "output_tokens": 5}}, "message_delta")
        exchange.event({"type": "message_stop"}, "message_stop")
        return exchange.end()

    @staticmethod
    def _refuse(exchange: Exchange, message: str) -> None:
        exchange.json(400, anthropic_error("invalid_request_error", message))
