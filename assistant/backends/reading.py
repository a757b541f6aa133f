"""One request read: its text as it comes, in a thread of its own so that silence can be measured and ended."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from ..config import Settings
from .clients import Wish, chat_model
from .failures import Failure, failure_of
from .names import Place
from .thoughts import Thoughts, marks
from .wire import Wire

_SIGN_OF_LIFE_S = 2.0
_TICK_S = 0.25


@dataclass(slots=True)
class Counts:
    """What one request took and how it ended; filled while it is read."""

    read: int = 0
    written: int = 0
    read_again: int = 0
    characters: int = 0
    """What was seen of the reply, thoughts included."""
    cost: float | None = None
    """As the provider says itself, where it does."""
    stop_reason: str = ""
    refusal: str = ""
    thought: bool = False
    half: bool = False
    waited: bool = False
    """Whether the text was kept back to see whether it begins with thoughts."""

    def add(self, chunk: Any) -> None:
        used = getattr(chunk, "usage_metadata", None) or {}
        # Some servers say with each piece what it was so far.
        self.read = max(self.read, int(used.get("input_tokens") or 0))
        self.written = max(self.written, int(used.get("output_tokens") or 0))
        self.read_again = max(self.read_again, int((used.get("input_token_details") or {}).get("cache_read") or 0))
        self.thought = self.thought or bool((used.get("output_token_details") or {}).get("reasoning"))
        content = getattr(chunk, "content", None)
        if isinstance(content, list):
            kinds = {block.get("type") for block in content if isinstance(block, dict)}
            self.thought = self.thought or bool(kinds & {"thinking", "reasoning", "reasoning_content"})
        told = getattr(chunk, "response_metadata", None) or {}
        reason = (told.get("incomplete_details") or {}).get("reason") if told.get("status") == "incomplete" else None
        for name in ("finish_reason", "stop_reason", "done_reason", "stopReason", "status"):
            reason = reason or told.get(name)
        if reason:
            self.stop_reason = marks()["stops"].get(str(reason).lower(), self.stop_reason or "stop")


def pieces(
    place: Place, wish: Wish, settings: Settings, messages: list[tuple[str, str]], counts: Counts, *,
    silence: float, on_wait: Callable[[float], None] | None, most: int,
) -> Generator[str, None, None]:
    """The text without thoughts. Raises Failure; given up (closed), the request ends at once."""
    wire = Wire(place)
    inbox: queue.Queue[tuple[str, Any]] = queue.Queue()
    # Made here: what is wrong with the set-up is no failure of the request.
    model = chat_model(place, wish, settings, wire)
    threading.Thread(target=_read, args=(model, messages, wish.record.streams, wire, inbox), daemon=True).start()
    half, constrained = wish.record.half_thoughts, "form" in wish.parts
    # A server not known yet may leave thoughts in the text with their end alone marked.
    waits = half if half is not None else place.templates and place.thinks is not False
    thoughts = Thoughts(waits=waits, constrained=constrained)
    counts.waited = waits and not constrained
    shown = 0
    try:
        for chunk in _chunks(inbox, wire, settings, silence, on_wait):
            counts.add(chunk)
            text = str(chunk.text)
            counts.characters += len(text)
            for piece in thoughts.feed(text):
                shown += len(piece)
                yield piece
            if shown > most or counts.characters > most + 40 * wish.tokens:
                break
        else:
            wire.finish()
        if shown > most or counts.characters > most + 40 * wish.tokens:
            counts.stop_reason = "length"
            return
        odd = wire.page or (wire.whole and wish.record.streams and place.speaks == "openai")
        if odd or not (wire.ended or counts.stop_reason or place.speaks == "langchain"):
            raise Failure("died")
        if not (half and counts.stop_reason == "length"):
            yield from _cut(thoughts.end(), most - shown, counts)
        counts.stop_reason = counts.stop_reason or "stop"
    except Failure as failure:
        if failure.kind in ("unread", "died"):
            if wire.page:
                raise Failure("unread", "a web page came, so the address is not a model's") from failure
            if wire.whole and wish.record.streams and place.speaks == "openai":
                raise Failure("whole") from failure
        if not shown and not half:
            yield from thoughts.end()
        raise
    finally:
        wire.cut()
        if wire.refusal:
            counts.stop_reason, counts.refusal = "refusal", wire.refusal
        counts.thought = counts.thought or wire.thought or thoughts.thought
        counts.half, counts.cost = thoughts.half, wire.cost


def _chunks(
    inbox: queue.Queue[tuple[str, Any]], wire: Wire, settings: Settings, silence: float,
    on_wait: Callable[[float], None] | None,
) -> Generator[Any, None, None]:
    """What the reading thread hands over; Failure("timeout") once nothing came for too long.

    A server's signs of life count as words, but not for ever.
    """
    start = since = told = time.monotonic()
    patience, longest = silence, max(silence, settings.first_token_s or 5 * settings.timeout_s)
    while True:
        try:
            what, value = inbox.get(timeout=min(_TICK_S, patience / 4))
        except queue.Empty:
            now = time.monotonic()
            if now - max(since, wire.last) > patience or now - since > longest:
                raise Failure("timeout") from None
            if on_wait and now - told >= _SIGN_OF_LIFE_S:
                told = now
                on_wait(now - start)
            continue
        if what == "failed":
            raise failure_of(value) from value
        if what == "ended":
            return
        if str(value.text):
            patience = settings.timeout_s
        since = start = time.monotonic()
        yield value


def _read(
    model: Any, messages: list[tuple[str, str]], streams: bool, wire: Wire, inbox: queue.Queue[tuple[str, Any]]
) -> None:
    import langsmith

    try:
        # Tracing would send the papers' text to another host.
        with langsmith.tracing_context(enabled=False):
            if streams:
                for chunk in model.stream(messages):
                    if wire.gone:
                        return
                    inbox.put(("chunk", chunk))
            else:
                inbox.put(("chunk", model.invoke(messages)))
    except Exception as error:  # noqa: BLE001 - handed to the asking thread, which raises it by its type
        inbox.put(("failed", error))
    else:
        inbox.put(("ended", None))


def _cut(text: Iterator[str], most: int, counts: Counts) -> Iterator[str]:
    """The text up to so many characters."""
    for piece in text:
        if len(piece) > most:
            counts.stop_reason = "length"
        yield piece[:most]
