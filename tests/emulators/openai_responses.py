"""OpenAI's Responses protocol, for the models that speak nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import Exchange, halves
from .openai_chat import openai_error


@dataclass
class Responses:
    text: str = "It works [1]."
    thinking: int = 0
    refusal: str = ""

    def __call__(self, exchange: Exchange) -> Any:
        body = exchange.body
        if not exchange.path.endswith("/responses"):
            return exchange.json(404, openai_error(
                "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to "
                "use v1/completions?", "model",
            ))
        if "temperature" in body:
            return exchange.json(400, openai_error(
                "Unsupported parameter: 'temperature' is not supported with this model.", "temperature",
            ))
        for name in ("max_tokens", "max_completion_tokens", "response_format", "messages"):
            if name in body:
                return exchange.json(400, openai_error(f"Unknown parameter: '{name}'.", name, "unknown_parameter"))
        assert body["store"] is False, "nothing is to be kept"
        full = self.thinking >= body.get("max_output_tokens", 10**9)
        base = {
            "id": "resp_1", "object": "response", "created_at": 1, "model": body["model"], "output": [],
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None, "instructions": None,
            "metadata": {}, "temperature": 1.0, "top_p": 1.0, "incomplete_details": None, "usage": None,
        }
        number = iter(range(100))

        def event(kind: str, **more: Any) -> None:
            exchange.event({"type": kind, "sequence_number": next(number), **more}, kind)

        exchange.begin()
        event("response.created", response={**base, "status": "in_progress"})
        thought = {"id": "rs_1", "type": "reasoning", "summary": []}
        event("response.output_item.added", output_index=0, item=thought)
        event("response.output_item.done", output_index=0, item=thought)
        if not full:
            message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
            event("response.output_item.added", output_index=1, item=message)
            place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
            if self.refusal:
                event("response.refusal.delta", **place, delta=self.refusal)
                event("response.refusal.done", **place, refusal=self.refusal)
            else:
                part = {"type": "output_text", "text": "", "annotations": []}
                event("response.content_part.added", **place, part=part)
                for piece in halves(self.text):
                    event("response.output_text.delta", **place, delta=piece, logprobs=[])
                event("response.output_text.done", **place, text=self.text, logprobs=[])
        usage = {
            "input_tokens": 11, "output_tokens": 5 + self.thinking, "total_tokens": 16 + self.thinking,
            "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": self.thinking},
        }
        if full:
            why = {"incomplete_details": {"reason": "max_output_tokens"}}
            event("response.incomplete", response={**base, **why, "status": "incomplete", "usage": usage})
        else:
            event("response.completed", response={**base, "status": "completed", "usage": usage})
        return exchange.end()
