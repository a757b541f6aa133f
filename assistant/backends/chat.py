"""A language model asked: one reply at a time, each with its own state, however many are asked for at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from typing import Any

from .. import errors
from ..config import Settings
from ..papers import Usage
from .budget import Budget
from .capabilities import Record, guesses, keep, learned_from, record_of
from .clients import DEFAULT_CONTEXT, Wish, chat_model, known_window
from .failures import Failure
from .names import Place
from .prices import price_of
from .reading import Counts, pieces
from .replies import Kept, Replies, key_of
from .telling import plain

_CHARACTERS = 3
"""Characters of a token at least; what is about to be sent is counted by them."""
_LONGEST = 40
"""Characters of a token at most: a model that never stops is stopped."""
_MORE_ROOM = 4
_SPARE = 64
"""Tokens of the window that a template may take beside what is sent."""
_LEARNING = 6
"""Requests at most in which a call learns what its model takes."""


@dataclass(slots=True)
class Outcome:
    """How one reply ended, and what it took."""

    stop_reason: str = ""
    """stop, length, refusal, filter or empty; nothing while it is being written."""
    refusal: str = ""
    usage: Usage = field(default_factory=Usage)

    @property
    def truncated(self) -> bool:
        return self.stop_reason == "length"


class Reply(Iterator[str]):
    """The text of one reply as it is written; its `outcome` is its own, whatever else the model is asked."""

    def __init__(self, text: Generator[str, None, None], outcome: Outcome) -> None:
        self._text = text
        self.outcome = outcome

    def __next__(self) -> str:
        return next(self._text)

    def close(self) -> None:
        """Give the reply up: the request ends at once."""
        self._text.close()


class Chat:
    """A model at a place. Threads may ask it at once; `usage` is the sum of all it was asked."""

    def __init__(self, place: Place, settings: Settings, retries: int) -> None:
        self.name = place.name
        self.room = settings.max_answer_tokens
        self.on_wait: Callable[[float], None] | None = None
        """Called with the seconds waited since the last word, again and again while nothing comes."""
        self.remembers = settings.reply_cache
        """Whether replies are kept, and taken from those kept."""
        self.place = place
        self._settings = settings
        self._retries = retries
        self._record = record_of(place, settings.cache_folder)
        self._price = price_of(place.provider, place.model, settings.prices)
        self._budget = Budget(settings, place.provider, place.model)
        self._replies = Replies(settings.cache_folder)
        self._lock = threading.Lock()
        self._usage = Usage()
        self._last = threading.local()

    # ------------------------------------------------------------------ what is known

    @property
    def context_tokens(self) -> int:
        known = self.place.window or self._settings.context_tokens or self._record.window
        return known or known_window(self.place) or DEFAULT_CONTEXT

    @property
    def constrains(self) -> bool:
        return self._record.form in ("schema", "object")

    @property
    def record(self) -> Record:
        """What was learned of the model so far."""
        return self._record

    @property
    def usage(self) -> Usage:
        with self._lock:
            return self._usage

    @property
    def outcome(self) -> Outcome:
        """How the reply that this thread asked for last ended."""
        return getattr(self._last, "outcome", Outcome())

    def load(self) -> None:
        """Import what the first answer would."""
        import langsmith  # noqa: F401

        from .wire import Wire

        chat_model(self.place, Wish(self._record, self.room), self._settings, Wire(self.place))

    # ------------------------------------------------------------------ asking

    def complete(self, system: str, user: str, *, schema: dict[str, Any] | None = None) -> str:
        """The whole reply. BackendError where the model fails, declines, or writes nothing."""
        return "".join(self.stream(system, user, schema=schema))

    def stream(self, system: str, user: str, *, schema: dict[str, Any] | None = None) -> Reply:
        """The reply as it is written. BackendError where the model fails, declines, or writes nothing."""
        outcome = self._last.outcome = Outcome()
        return Reply(self._written(system, user, schema, outcome), outcome)

    def recalled(self, **asked: Any) -> str:
        """What was kept of the model's words for the same; "" for nothing."""
        kept = self._replies.get(key_of(model=self.place.known_as, asked=asked)) if self.remembers else None
        return kept.text if kept else ""

    def keep(self, text: str, **asked: Any) -> None:
        """Keep a part of what the model said, for another time it is `asked` the same, where replies are kept."""
        if self.remembers:
            self._replies.put(key_of(model=self.place.known_as, asked=asked), Kept(text))

    def _written(
        self, system: str, user: str, schema: dict[str, Any] | None, outcome: Outcome
    ) -> Generator[str, None, None]:
        key = key_of(
            model=self.place.known_as, system=system, user=user, schema=schema, room=self.room,
            temperature=self._settings.temperature, thinking=self._settings.thinking_tokens,
        )
        kept = self._replies.get(key) if self.remembers else None
        if kept is not None:
            outcome.stop_reason = "stop"
            self._count(outcome, Usage(cost_usd=0.0, cached_tokens=kept.input_tokens + kept.output_tokens))
            yield kept.text
            return
        said: list[str] = []
        for last in (False, True):
            before = self._record
            with closing(self._met(system, user, schema, outcome, last or before.thinks_long)) as text:
                for piece in text:
                    said.append(piece)
                    yield piece
            whole = "".join(said)
            if whole.strip() or outcome.stop_reason != "length" or before.thinks_long:
                break
            roomy = bool(before.thinks) or self.place.templates
            self._learn(replace(before, thinks=True, thinks_long=roomy), before)
        self._judge(whole, outcome)
        if self.remembers and outcome.stop_reason == "stop":
            self._replies.put(key, Kept(whole, outcome.usage.input_tokens, outcome.usage.output_tokens))

    def _judge(self, whole: str, outcome: Outcome) -> None:
        """Raise what speaks against taking this reply for an answer."""
        if outcome.stop_reason == "refusal":
            words = outcome.refusal or whole
            told = f": “{' '.join(words.split())[:300].rstrip('.')}”" if words.strip() else ""
            raise errors.BackendDeclined(f"{self.name} refused to answer{told}.", words)
        if outcome.stop_reason == "filter":
            raise errors.BackendDeclined(f"{self.name} held its answer back by its content filter.", outcome.refusal)
        if not whole.strip():
            length, outcome.stop_reason = outcome.stop_reason == "length", "empty"
            if length:
                raise errors.BackendError(
                    f"{self.name} used all its room for thinking ({outcome.usage.output_tokens:,} tokens) and wrote "
                    "nothing. Raise LITASSIST_THINKING_TOKENS, or choose another model."
                )
            raise errors.BackendError(f"{self.name} was reached, but the model wrote nothing. Try another model.")

    def _met(
        self, system: str, user: str, schema: dict[str, Any] | None, outcome: Outcome, more_room: bool
    ) -> Generator[str, None, None]:
        """One reply, asked for as the model takes it; again where it was refused, busy, or can't be streamed."""
        patience = time.monotonic() + self._settings.timeout_s
        record, fewer = self._record, guesses(schema is not None)
        untested: Record | None = None
        busy, sent = 0, (len(system) + len(user)) // _CHARACTERS
        for _ in range(_LEARNING + self._retries):
            wish = self._wish(untested or record, schema, more_room, sent)
            said = False
            try:
                with closing(self._once(wish, system, user, sent, outcome)) as text:
                    for piece in text:
                        said = True
                        yield piece
                if untested:
                    self._learn(untested, record)
                return
            except Failure as failure:
                if said:
                    raise plain(failure, self.place, self._settings.timeout_s, begun=True) from failure
                broken = failure.status == 500 and not self.place.templates
                if (failure.kind in ("rate", "overload") or broken) and busy < self._retries:
                    wait = failure.retry_after if failure.retry_after is not None else 0.5 * 2**busy
                    if time.monotonic() + wait < patience:
                        busy += 1
                        self._wait(wait)
                        continue
                learned, again = learned_from(failure, record, wish.parts, wish.tokens)
                # Said in so many words: kept at once, whatever comes of the rest.
                self._learn(learned, record)
                record, untested = learned, None
                if again:
                    continue
                if failure.kind == "invalid" and fewer and not failure.parameter:
                    untested = record.without([p for p in fewer.pop(0) if p in Wish(record, 0, schema).parts])
                    continue
                raise plain(failure, self.place, self._silence(wish)) from failure
        raise errors.BackendError(f"{self.name} turned every form of the request down.")

    def _once(
        self, wish: Wish, system: str, user: str, sent: int, outcome: Outcome
    ) -> Generator[str, None, None]:
        """One request, of about `sent` tokens."""
        self._budget.before(sent)
        counts = Counts()
        try:
            yield from pieces(
                self.place, wish, self._settings, [("system", system), ("user", user)], counts,
                silence=self._silence(wish), on_wait=self.on_wait, most=_LONGEST * self.room,
            )
        finally:
            outcome.stop_reason, outcome.refusal = counts.stop_reason, counts.refusal
            usd, as_of = counts.cost, ""
            if usd is None and self._price:
                usd, as_of = self._price.of(counts.read, counts.written, counts.read_again), self._price.as_of
            if counts.read or counts.written:
                self._count(outcome, Usage(counts.read, counts.written, usd, prices_of=as_of))
            self._budget.after(sent, counts)
        new = wish.record
        if counts.thought:
            new = replace(new, thinks=True)
        if counts.half or (counts.waited and counts.stop_reason == "stop"):
            new = replace(new, half_thoughts=counts.half)
        self._learn(new, wish.record)

    # ------------------------------------------------------------------ small matters

    def _wish(self, record: Record, schema: dict[str, Any] | None, more_room: bool, sent: int) -> Wish:
        """What is asked for: the limit counts thinking too where the model thinks, or may."""
        unknown = record.thinks is None and self.place.templates
        thinking = self._settings.thinking_tokens * (_MORE_ROOM if more_room else 1)
        tokens = self.room + (thinking if record.thinks or unknown or more_room else 0)
        window = self.context_tokens if self.place.templates else record.window
        if window:
            tokens = min(tokens, max(window - sent - _SPARE, min(self.room, window // 4)))
        return Wish(record, min(tokens, record.most_tokens or tokens), schema)

    def _silence(self, wish: Wish) -> float:
        """Seconds without a word that are borne at the start."""
        patient = self.place.near or wish.record.thinks or not wish.record.streams
        longer = self._settings.first_token_s or 5 * self._settings.timeout_s
        return longer if patient else self._settings.timeout_s

    def _learn(self, new: Record, before: Record) -> None:
        """Keep what is new in a record; what other threads learned meanwhile stays."""
        values = {f.name: getattr(new, f.name) for f in fields(Record)}
        changed = {name: value for name, value in values.items() if value != getattr(before, name)}
        with self._lock:
            if changed:
                self._record = replace(self._record, **changed)
                keep(self._record, self.place, self._settings.cache_folder)

    def _count(self, outcome: Outcome, used: Usage) -> None:
        outcome.usage = outcome.usage + used
        with self._lock:
            self._usage = self._usage + used

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
            if self.on_wait and left > 1:
                self.on_wait(seconds - left)
