"""A failure as an error of ours: one sentence that says what to do, with the provider's own words in it."""

from __future__ import annotations

from typing import Any

from .. import errors
from .failures import Failure
from .names import Place

_SENTENCES: dict[str, tuple[type[errors.BackendError], str]] = {
    "timeout": (
        errors.BackendTimeout,
        "{name} stayed silent for {seconds:g} seconds and was given up. Ask again, or raise {patience}.",
    ),
    "died": (
        errors.BackendUnreachable, "{name} closed the connection before the answer was complete{said}. Ask again."
    ),
    "unreachable": (errors.BackendUnreachable, "{name} can't be reached{said}. {start}, then ask again."),
    "proxy": (
        errors.BackendUnreachable,
        "The proxy between here and {name} wants a login{said}. Put it into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT.",
    ),
    "rate": (errors.BackendBusy, "The rate limit of {name} is reached{said}. {wait}."),
    "overload": (errors.BackendBusy, "{name} is busy or still loading{said}. {wait}."),
    "quota": (
        errors.BackendQuota,
        "The account behind {name} has nothing left to spend{said}. Waiting does not help: add credit with the "
        "provider, or choose another backend.",
    ),
    "overflow": (
        errors.ContextOverflow,
        "The question and its evidence{sizes} are too long for {name}{window}{said}. Set LITASSIST_CONTEXT_TOKENS to "
        "the model's window.",
    ),
    "filter": (errors.BackendDeclined, "{name} held this back by its content filter{said}."),
    "memory": (
        errors.BackendError,
        "There is not enough memory for {name}{said}. Choose a smaller model or a smaller LITASSIST_CONTEXT_TOKENS.",
    ),
    "model": (errors.BackendError, "{name} was reached, but has no such model or address{said}. {fetch}."),
    "key": (errors.BackendRefused, "{name} refused the key{said}. {check}."),
    "permission": (errors.BackendRefused, "{name} does not allow this key to use the model{said}. {check}."),
    "invalid": (errors.BackendError, "{name} turned the request down (status {status}){said}."),
    "unread": (
        errors.BackendError, "{name} sent something that can't be read{said}. Ask again, or choose another backend."
    ),
    "other": (
        errors.BackendError, "{name} reported a failure (status {status}){said}. Ask again, or choose another backend."
    ),
}
_LIKE = {"address": "model", "verify": "invalid", "too_much_room": "invalid", "whole": "unread"}


def plain(failure: Failure, place: Place, seconds: float, *, begun: bool = False) -> errors.BackendError:
    """The failure as an error of ours. `seconds` of silence were borne; `begun`: after text had come."""
    kind, sentence = _SENTENCES.get(_LIKE.get(failure.kind, failure.kind), _SENTENCES["other"])
    words = failure.words.strip().rstrip(".").replace("“", "'").replace("”", "'")
    window, asked = failure.numbers()
    again = f"It asks to wait {_lasting(failure.retry_after)}" if failure.retry_after else "Wait a little and ask again"
    told = sentence.format(
        name=place.name, seconds=seconds, status=failure.status or "unknown", start=_start(place),
        said=f": “{words}”" if words else "",
        patience="LITASSIST_FIRST_TOKEN_S" if place.near and not begun else "LITASSIST_TIMEOUT_S",
        wait=again, sizes=f" ({asked:,} tokens)" if asked else "",
        window=f" for its window of {window:,} tokens" if window else "",
        fetch=f"Fetch it first: ollama pull {place.model}" if place.speaks == "ollama" else "Check the name",
        check=f"Check {place.variable} in the environment" if place.variable else "Check its key in the environment",
    )
    more: dict[type[errors.BackendError], tuple[Any, ...]] = {
        errors.BackendBusy: (failure.retry_after,), errors.BackendDeclined: (failure.words,),
    }
    return kind(told, *more.get(kind, ()))


def _start(place: Place) -> str:
    if place.speaks == "ollama":
        return f"Start Ollama (ollama serve) at {place.url}"
    return f"Check that it runs at {place.url}" if place.near or place.templates else "Check the network"


def _lasting(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
