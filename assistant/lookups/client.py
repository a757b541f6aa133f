"""What a service answers over HTTP, or in plain words why it doesn't. Bounded in time, size, tries and redirects."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from .politeness import Pace, seconds_to_wait

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

MAX_BYTES = 16 << 20
TRIES = 3
LONGEST_WAIT_S = 30.0
"""A service that asks to wait longer than this is left alone for the rest of the run."""
_REDIRECTS = 4


class Unanswered(Exception):
    """Why a service gave nothing. `lasting` when asking it for something else now would be no better."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting


class NotFound(Unanswered):
    """The service answered that it has no such record."""


class _Again(Unanswered):
    """A failure that may pass: worth another try, after so many seconds if the service says so."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason, lasting=True)
        self.after_s = after_s


class Client:
    """Asks services politely, one request at a time. Use it as a context manager."""

    def __init__(self, timeout_s: float, mailto: str = "", *, sleep: Callable[[float], None] = time.sleep) -> None:
        import httpx

        self.timeout_s = timeout_s
        self._sleep = sleep
        self._http = httpx.Client(
            timeout=timeout_s, follow_redirects=False,
            # Unpacked here, a small answer could become a huge one before its size is known.
            headers={"User-Agent": user_agent(mailto), "Accept-Encoding": "identity"},
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def body(self, address: str, params: Mapping[str, str], pace: Pace) -> bytes:
        """The body of the answer. Unanswered says why there is none; failures that may pass are tried again."""
        import tenacity

        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(TRIES), retry=tenacity.retry_if_exception_type(_Again),
            wait=_wait, sleep=self._sleep, reraise=True,
        )
        return tries(self._once, address, params, pace)

    def _once(self, address: str, params: Mapping[str, str], pace: Pace) -> bytes:
        import httpx

        try:
            url = httpx.URL(address, params=dict(params)) if params else httpx.URL(address)
            for _ in range(_REDIRECTS):
                pace.wait()
                until = time.monotonic() + self.timeout_s
                with self._http.stream("GET", url) as response:
                    pace.learn(response.headers)
                    if response.is_redirect:
                        url = _followed(url, response.headers.get("location", ""))
                        continue
                    _accepted(response)
                    return self._read(response, until)
        except httpx.InvalidURL:
            raise Unanswered("its address can't be read; check the setting", lasting=True) from None
        except httpx.TimeoutException:
            raise _Again(f"no answer within {self.timeout_s:g} s") from None
        except httpx.TransportError as error:
            raise _Again(_unreachable(error)) from None
        raise Unanswered(f"it sends from one address to another, more than {_REDIRECTS - 1} times")

    def _read(self, response: httpx.Response, until: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_raw():
            size += len(part)
            if size > MAX_BYTES:
                raise Unanswered(f"its answer is larger than {MAX_BYTES >> 20} MB and was not read")
            # A server that sends a byte now and then never runs into the time-out of a single read.
            if time.monotonic() > until:
                raise _Again(f"no whole answer within {self.timeout_s:g} s")
            parts.append(part)
        return b"".join(parts)


def user_agent(mailto: str) -> str:
    """The name this program gives itself, with the address of a person where one is set: services then are kinder."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("litassist")
    except PackageNotFoundError:
        number = "0"
    kept = "".join(c for c in mailto if c.isascii() and c.isprintable() and c not in "() ")
    return f"litassist/{number}" + (f" (mailto:{kept})" if kept else "")


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after_s if isinstance(error, _Again) else None
    return asked if asked is not None else float(2 ** (state.attempt_number - 1))


def _accepted(response: httpx.Response) -> None:
    """Returns for an answer that holds a record; raises what any other means."""
    status = response.status_code
    if status in (404, 410):
        raise NotFound("it knows no such record")
    if status == 429 or status >= 500:
        said = "it asks for a pause (429)" if status == 429 else f"it failed ({status})"
        after = seconds_to_wait(response.headers.get("retry-after"))
        if after is not None and after > LONGEST_WAIT_S:
            raise Unanswered(f"{said} of {after:.0f} s; try again later", lasting=True)
        raise _Again(said, after)
    if status in (401, 403):
        raise Unanswered(f"it refused the request ({status})", lasting=True)
    if status != 200:
        raise Unanswered(f"it could not use the request ({status})")
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise Unanswered("its answer is compressed though that was not asked for, and was not read")
    stated = response.headers.get("content-length", "")
    if stated.isdigit() and len(stated) < 16 and int(stated) > MAX_BYTES:
        raise Unanswered(f"its answer is larger than {MAX_BYTES >> 20} MB and was not read")


def _unreachable(error: httpx.TransportError) -> str:
    import httpx

    if isinstance(error, httpx.ConnectError):
        secure = "certificate" in str(error).lower() or "ssl" in str(error).lower()
        return "no secure connection could be made" if secure else "it can't be reached from here"
    return "the connection broke off"


# --------------------------------------------------------------------------- redirects


def _followed(at: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads, if it may be followed: within one site, or to a public site over https."""
    import httpx

    try:
        to = at.join(location)
    except (httpx.InvalidURL, ValueError):
        raise Unanswered("it sends on to an address that can't be read") from None
    if not location or not (_origin(to) == _origin(at) or (to.scheme == "https" and _is_public(to.host))):
        raise Unanswered("it sends on to another kind of address, which is not followed")
    return to


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _is_public(host: str) -> bool:
    """Whether a host is none of this machine and its network; one whose name can't be resolved counts as public."""
    bare = host.strip("[]").rstrip(".").lower()
    if not bare or bare == "localhost" or bare.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return ipaddress.ip_address(bare).is_global
    except ValueError:
        pass
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(bare, 443, type=socket.SOCK_STREAM)}
    except OSError:
        # Behind a proxy names are resolved elsewhere; what can't be reached fails by itself.
        return True
    return all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in found)
