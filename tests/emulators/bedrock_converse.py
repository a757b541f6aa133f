"""Amazon Bedrock's Converse protocol, with its binary stream of events."""

from __future__ import annotations

import json
import struct
from binascii import crc32
from dataclasses import dataclass
from typing import Any

from . import Exchange, halves


def _message(kind: str, payload: dict[str, Any], of: str = "event") -> bytes:
    names = {f":{of}-type": kind, ":content-type": "application/json", ":message-type": of}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in names.items()
    )
    body = json.dumps(payload).encode()
    head = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    whole = head + struct.pack(">I", crc32(head)) + headers + body
    return whole + struct.pack(">I", crc32(whole))


@dataclass
class Converse:
    text: str = "It works [1]."
    thoughts: str = ""
    stop_reason: str = "end_turn"
    throttled: str = ""
    """An exception in the middle of the stream."""
    takes_temperature: bool = True

    def __call__(self, exchange: Exchange) -> Any:
        if not self.takes_temperature and "temperature" in exchange.body.get("inferenceConfig", {}):
            said = "The model returned the following errors: `temperature` is deprecated for this model."
            return exchange.json(400, {"message": said}, x_amzn_errortype="ValidationException")
        exchange.begin("application/vnd.amazon.eventstream")

        def event(kind: str, of: str = "event", **payload: Any) -> None:
            exchange.raw(_message(kind, payload, of))

        event("messageStart", role="assistant")
        if self.thoughts:
            event("contentBlockDelta", contentBlockIndex=0, delta={"reasoningContent": {"text": self.thoughts}})
            event("contentBlockStop", contentBlockIndex=0)
        for piece in halves(self.text):
            event("contentBlockDelta", contentBlockIndex=1, delta={"text": piece})
        event("contentBlockStop", contentBlockIndex=1)
        if self.throttled:
            event("throttlingException", "exception", message=self.throttled)
            return exchange.end()
        event("messageStop", stopReason=self.stop_reason)
        event("metadata", usage={"inputTokens": 11, "outputTokens": 5, "totalTokens": 16}, metrics={"latencyMs": 1})
        return exchange.end()
