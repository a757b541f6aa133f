"""What tests in a real browser share: where Chromium is, how it is started, and a page's server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

CHROMIUM = os.environ.get("LITASSIST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
BROWSER_OWN = ("data", "blob", "about", "chrome", "chrome-extension")


def chromium() -> Iterator[Any]:
    """An open browser, closed afterwards; the test is skipped where there is none."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (or set LITASSIST_CHROMIUM)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        opened = p.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield opened
        opened.close()


@contextmanager
def serving(command: list[str], port: int, folder: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A page's server, ended afterwards; `more` goes into its environment. What it says is in `folder`/server.log."""
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **more})
        try:
            for _ in range(300):
                with suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                    break
                time.sleep(0.1)
            yield server
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


@contextmanager
def served(command: list[str], port: int, folder: Path) -> Iterator[str]:
    """The address of a page's server, ended afterwards."""
    with serving(command, port, folder):
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def hosts(asked: list[str]) -> set[str | None]:
    """The hosts among the addresses, the browser's own kinds left out."""
    return {urlsplit(u).hostname for u in asked if urlsplit(u).scheme not in BROWSER_OWN}


def at_rest(page: Any) -> None:
    """Waits until the page is drawn to its end: what comes late moves what stands below it."""
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("!document.querySelector('[data-stale=true]')")


def table_at(page: Any) -> dict[str, float]:
    """Where the library's table stands, once its cells are drawn and nothing moves any more."""
    page.locator("#glide-cell-1-0").wait_for(state="attached")
    table, before = page.get_by_test_id("stDataFrame"), None
    for _ in range(50):
        at_rest(page)
        if before == (before := table.bounding_box()):
            break
        page.wait_for_timeout(200)
    assert before is not None
    return dict(before)


def ask(page: Any, question: str) -> None:
    """Type the question into the page and send it."""
    page.get_by_test_id("stChatInputTextArea").fill(question)
    page.keyboard.press("Enter")
