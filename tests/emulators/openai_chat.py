"""OpenAI's chat protocol, and what the many servers that speak it make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import Exchange, halves

OPENAI_FIELDS = {
    "model", "messages", "stream", "stream_options", "temperature", "max_tokens", "max_completion_tokens",
    "response_format", "reasoning_effort", "n", "stop",
}


@dataclass
class Chat:
    """A server of this protocol. What it says, and what it is particular about."""

    text: str = "It works [1]."
    thinking: int = 0
    """Tokens that it thinks before it writes: a reply with no more room than that stays empty."""
    reasoning_field: str = ""
    """Where thoughts are sent: reasoning_content, reasoning; nowhere when empty."""
    fields: frozenset[str] = frozenset(OPENAI_FIELDS)
    refuses: frozenset[str] = frozenset()
    """Fields refused as OpenAI's reasoning models do, with `param`."""
    extra_forbidden: bool = False
    """Unknown fields are refused as FastAPI does (Mistral)."""
    forms: frozenset[str] = frozenset({"json_schema", "json_object"})
    streams: bool = True
    """Else `stream` is ignored, and the reply comes in one piece."""
    unverified: bool = False
    """The organisation must be verified to stream."""
    finish: str | None = "stop"
    done: bool = True
    refusal: str = ""
    window: int = 0
    """Tokens that prompt and reply may take together (vLLM)."""
    alive: int = 0
    """Comments sent as signs of life before the first word."""
    error: dict[str, Any] | None = None
    """An error in the middle of the stream."""
    dies: bool = False
    counts_each: bool = False
    """Each piece says what was used so far (Perplexity)."""

    def __call__(self, exchange: Exchange) -> Any:
        body = exchange.body
        if not exchange.path.split("?")[0].endswith("/chat/completions"):
            return exchange.json(404, {"error": {"message": f"Invalid URL (POST {exchange.path})",
                                                 "type": "invalid_request_error", "param": None, "code": None}})
        if refusal := self._refusal(body):
            return exchange.json(*refusal)
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        usage = {"prompt_tokens": 11, "completion_tokens": 5 + self.thinking, "total_tokens": 16 + self.thinking,
                 "completion_tokens_details": {"reasoning_tokens": self.thinking}}
        full = limit is not None and self.thinking >= limit
        text, finish = ("", "length") if full else (self.text, self.finish)
        if not body.get("stream") or not self.streams:
            message = {"role": "assistant", "content": text, "refusal": self.refusal or None}
            return exchange.json(200, {
                "id": "x", "object": "chat.completion", "created": 1, "model": body["model"], "usage": usage,
                "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            })
        exchange.begin()
        for _ in range(self.alive):
            exchange.send(": OPENROUTER PROCESSING\n\n")
            if exchange.silence(0.3):
                return True
        if self.reasoning_field:
            self._chunk(exchange, {self.reasoning_field: "hm, let me see"})
        if self.refusal:
            self._chunk(exchange, {"refusal": self.refusal})
        else:
            for piece in halves(text):
                self._chunk(exchange, {"content": piece}, usage=usage if self.counts_each else None)
        if self.error:
            exchange.event({"error": self.error})
            return exchange.end()
        if self.dies:
            return None
        if finish:
            self._chunk(exchange, {}, finish)
        if (body.get("stream_options") or {}).get("include_usage") or "stream_options" not in self.fields:
            exchange.event({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [],
                            "usage": usage})
        if self.done:
            exchange.send("data: [DONE]\n\n")
        return exchange.end()

    @staticmethod
    def _chunk(
        exchange: Exchange, delta: dict[str, Any], finish: str | None = None, usage: dict[str, Any] | None = None
    ) -> None:
        exchange.event({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "usage": usage,
                        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _refusal(self, body: dict[str, Any]) -> tuple[int, Any] | None:
        unknown = [name for name in body if name not in self.fields]
        if unknown and self.extra_forbidden:
            return 422, {"object": "error", "message": {"detail": [
                {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted",
                 "input": body[name]} for name in unknown
            ]}, "type": "invalid_request_error", "param": None, "code": None}
        if unknown:
            return 400, openai_error(f"Unknown parameter: '{unknown[0]}'.", unknown[0], "unknown_parameter")
        for name in ("max_tokens", "temperature"):
            if name in self.refuses and name in body:
                kind = "unsupported_value" if name == "temperature" else "unsupported_parameter"
                return 400, openai_error(REFUSED[name], name, kind)
        form = (body.get("response_format") or {}).get("type")
        if form and form not in self.forms:
            said = f"This response_format type is unavailable now: {form}"
            return 400, openai_error(said, None, "invalid_request_error")
        if self.unverified and body.get("stream"):
            return 400, openai_error(
                "Your organization must be verified to stream this model. Please go to: "
                "https://platform.openai.com/settings/organization/general and click on Verify Organization.",
                "stream", "unsupported_value",
            )
        limit = body.get("max_completion_tokens", body.get("max_tokens", 16))
        if self.window and limit + 11 > self.window:
            return 400, {"object": "error", "message": (
                f"This model's maximum context length is {self.window} tokens. However, you requested {limit + 11} "
                f"tokens (11 in the messages, {limit} in the completion). Please reduce the length of the messages or "
                "completion."
            ), "type": "BadRequestError", "param": None, "code": 400}
        return None


REFUSED = {
    "max_tokens": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
                  "instead.",
    "temperature": "Unsupported value: 'temperature' does not support 0.0 with this model. Only the default (1) value "
                   "is supported.",
}


def openai_error(message: str, param: str | None = None, code: str | None = None, kind: str = "") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind or "invalid_request_error", "param": param, "code": code}}


MISTRAL_FIELDS = frozenset({"model", "messages", "stream", "temperature", "max_tokens", "response_format", "stop"})


def failing(status: int, body: Any, *, times: int = 99, then: Chat | None = None, **headers: str) -> Any:
    """A server that fails so often, and then answers."""

    def answer(exchange: Exchange) -> Any:
        if exchange.at < times:
            return exchange.html(status, body) if isinstance(body, str) else exchange.json(status, body, **headers)
        return (then or Chat())(exchange)

    return answer
