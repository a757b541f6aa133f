"""A provider's failure: what kind it is, and the provider's own words, keys masked."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_LONGEST = 300
_KEYLIKE = re.compile(
    r"\bBearer\s+\S+|\b(?:sk|pk|gsk|xai|hf|r8|nvapi|pplx|fw|csk|tgp)[-_][\w*.\-]{3,}(?<![.\-])"
    r"|\bAIza[\w\-]{8,}|\bAKIA\w{8,}|\b(?=\w*\d)(?=\w*[A-Za-z])\w{28,}\b"
)
_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD")


@dataclass(eq=False)
class Failure(Exception):
    """What a call failed of. `kind` is a table of `failures.toml`, or timeout, died, unreachable, unread, other."""

    kind: str
    words: str = ""
    status: int | None = None
    parameter: str = ""
    retry_after: float | None = None
    text: str = ""
    """All that the provider sent, for reading what it names."""

    def numbers(self) -> tuple[int | None, int | None]:
        """Of an overflow: the model's window, and what was asked of it, where they are said."""
        both = re.search(r"(\d{3,}) tokens? ?> ?(\d{3,})", self.text)
        if both:
            return int(both[2]), int(both[1])
        return (
            self._number(r"(?:context (?:length|window|size)|maximum|limit|n_ctx)\D{0,40}?(\d[\d,]{2,})"),
            self._number(r"(?:requested|resulted in|request \(|n_prompt_tokens\D+|input \w+ ?\()\D{0,20}(\d[\d,]{2,})"),
        )

    def counts_the_reply(self) -> bool:
        """Of an overflow: whether the limit of the reply was part of what did not fit."""
        return re.search(r"completion|output|max_tokens|max_new", self.text) is not None

    def most_tokens(self) -> int | None:
        """The longest reply that may be asked for, where it is said."""
        return self._number(r"(?:> |at most |less than or equal to |maximum \D{0,40}?)(\d[\d,]{2,})")

    def _number(self, pattern: str) -> int | None:
        found = re.search(pattern, self.text, re.I)
        return int(found[1].replace(",", "")) if found else None


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception of a client stands for."""
    if isinstance(error, Failure):
        return error
    chain = list(_causes(error))
    told = next((e for e in chain if _status(e) is not None or _body(e) is not None), None)
    names = " ".join(f"{type(e).__name__} {type(e).__mro__[1].__name__}" for e in chain)
    if told is None:
        text = " ".join(str(e) for e in chain)
        if "407" in text:
            return Failure("proxy", masked(str(chain[-1])), 407)
        if "Timeout" in names:
            return Failure("timeout")
        if any(word in names for word in ("RemoteProtocolError", "ReadError", "IncompleteRead")):
            return Failure("died")
        if "Connect" in names or any(isinstance(e, OSError) for e in chain):
            return Failure("unreachable", "" if "Connection error" in str(error) else masked(_line(str(chain[-1]))))
        # A body that breaks off or is no JSON says nothing that is fit to be shown.
        return Failure("unread", "" if "JSON" in names or "Value" in names else masked(_line(str(error))), text=text)
    return _told(told)


def _told(error: BaseException) -> Failure:
    status, body = _status(error), _body(error)
    response = getattr(error, "response", None)
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders") if isinstance(response, dict) else None
    headers = headers or getattr(response, "headers", None) or {}
    words = _line(_message(body) or str(error))
    text = f"{words} {body if isinstance(body, str) else json.dumps(body, default=str)}"
    named = _named(body)
    return Failure(
        kind_of(status, named, text), masked(words), status, parameter=str(named.get("param") or ""),
        retry_after=_wait(headers, text), text=text,
    )


def kind_of(status: int | None, named: Mapping[str, Any], text: str) -> str:
    """The kind of failure by the provider's codes, then its words, then the status."""
    codes = {str(named.get(k)).lower() for k in ("code", "type", "status", "__type") if named.get(k) is not None}
    lower = text.lower()
    table = _kinds()
    exact = next((k for k, row in table.items() if k != "invalid" and codes & set(row.get("codes", ()))), None)
    spoken = next((
        k for k, row in table.items()
        if any(w in lower for w in row.get("words", ()))
        # Too many tokens a minute are not too many for the window.
        and not (k == "overflow" and (status == 429 or exact == "rate"))
    ), None)
    # The words of a refusal say more than a code that many refusals share.
    order = list(table)
    both = sorted((k for k in (exact, spoken) if k), key=order.index)
    if both:
        return both[0]
    by_status = next((k for k, row in table.items() if status in row.get("status", ())), None)
    return by_status or ("invalid" if codes & set(table["invalid"]["codes"]) else "other")


@cache
def _kinds() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "failures.toml").read_text(encoding="utf-8"))


# --------------------------------------------------------------------------- what was sent


def _causes(error: BaseException) -> Iterable[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    response = getattr(error, "response", None)
    if status is None and isinstance(response, dict):  # botocore's
        status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode")
    return status if isinstance(status, int) and status > 0 else None


def _body(error: BaseException) -> Any:
    """What the server sent as an error, parsed where it is JSON; None where it sent none."""
    for name in ("body", "error", "response"):
        body = getattr(error, name, None)
        if name == "response" and isinstance(body, dict) and "Error" in body:
            return {"message": body["Error"].get("Message"), "code": body["Error"].get("Code")}
        if name != "response" and body:
            if isinstance(body, str) and body.lstrip().startswith(("{", "[")):
                try:
                    return json.loads(body)
                except ValueError:
                    return body
            return body
    # LangChain's, for an error in a reply that was said to be none.
    return error.args[0] if error.args and isinstance(error.args[0], dict) else None


def _named(body: Any) -> dict[str, Any]:
    """The error's own fields: code, type, param …"""
    if isinstance(body, list):
        return _named(body[0]) if body else {}
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    own = inner if isinstance(inner, dict) else body
    deeper = own.get("innererror") or {}
    code = deeper.get("code") if isinstance(deeper, dict) else None
    return {**own, "code": code or own.get("code")}


def _message(body: Any) -> str:
    if isinstance(body, str):
        return re.sub(r"<[^>]*>", " ", body)
    if isinstance(body, list):
        return "; ".join(filter(None, map(_message, body[:3])))
    if not isinstance(body, dict):
        return ""
    raw = (body.get("metadata") or {}).get("raw") if isinstance(body.get("metadata"), dict) else None
    place = body.get("loc")
    for name in ("error", "message", "detail", "msg", "error_msg", "title"):
        said = _message(body.get(name))
        if said:
            where = f"{'.'.join(str(p) for p in place if p != 'body')}: " if isinstance(place, list) else ""
            return f"{where}{said}" + (f" ({_message(raw)})" if isinstance(raw, str) else "")
    return ""


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def masked(text: str) -> str:
    """The text without anything that is or looks like a key."""
    for name, value in os.environ.items():
        if len(value) >= 6 and name.endswith(_SECRET_NAMES):
            text = text.replace(value, "•••")
    return _KEYLIKE.sub("•••", re.sub(r"//[^/@\s]*@", "//", text))


def _wait(headers: Mapping[str, str], text: str) -> float | None:
    """Seconds that the server asks to be waited for."""
    from email.utils import parsedate_to_datetime
    from time import time

    for name, share in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        raw = headers.get(name)
        if not raw:
            continue
        try:
            return float(raw) / share
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(raw).timestamp() - time())
        except (ValueError, TypeError):
            continue
    in_words = r"(?:retry|try again) in (?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)(ms|s))?"
    said = re.search(in_words + r"|\"retryDelay\": ?\"([\d.]+)s", text)
    if not said:
        return None
    hours, minutes, seconds, unit, delay = said.groups()
    total = 3600 * float(hours or 0) + 60 * float(minutes or 0) + float(seconds or 0) / (1000 if unit == "ms" else 1)
    return float(delay) if delay else total or None
