"""Several people at one page, each in a browser of their own, while papers are read in: each gets an answer."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browsers import CHROMIUM, ask, chromium, free_port, serving

from assistant import Paper, open_assistant

if not CHROMIUM:
    pytest.skip("no Chromium on this machine (or set LITASSIST_CHROMIUM)", allow_module_level=True)
if not Path("/proc/self/stat").exists():
    pytest.skip("this system has no /proc to tell a server's processes by", allow_module_level=True)

BIRDS = ("Avocet", "Bittern", "Curlew", "Dunlin", "Egret", "Fulmar", "Gannet", "Hoopoe")
PATIENCE_MS = 60_000


def paper(number: int) -> Paper:
    bird = BIRDS[number]
    return Paper(
        f"{bird}: Sparse Attention for Long Documents",
        f"Reading long documents is slow. We present {bird}, a sparse attention layer. On the LongRead suite {bird} "
        f"lowers latency by {number + 31}% while accuracy rises. We evaluate {bird} on legal text.",
        year=2020 + number % 4, doi=f"10.5555/bird.{number}",
    )


def question(number: int) -> str:
    return f"By how much does {BIRDS[number]} lower latency?"


def more(count: int) -> bytes:
    """So many other papers as BibTeX."""
    return "".join(
        f"@article{{stone{n}, title={{Of stone number {n}}}, year={{{1990 + n % 30}}}, doi={{10.5555/stone.{n}}},\n"
        f"  abstract={{Stone {n} was found in valley {n * 7}. It weighs {n + 3} grams, and rings when struck.}}}}\n"
        for n in range(count)
    ).encode()


@dataclass
class Server:
    """A page's server: its process, its address, and where it writes what it has to say."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def workers(self) -> list[int]:
        """The ids of its workers that are alive."""
        return [number for number, words in _children(self.process.pid) if "assistant.worker" in words]


def _children(parent: int) -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                state, above = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
                if int(above) == parent and state != "Z":
                    yield int(folder.name), (folder / "cmdline").read_text().replace("\0", " ")


def until(what: Callable[[], object], seconds: float = 60.0) -> bool:
    """Whether it came about in time."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(what())


@pytest.fixture
def browser() -> Iterator[Any]:
    yield from chromium()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The page over a library of eight papers, with two workers once people meet."""
    with open_assistant(tmp_path / "home") as assistant:
        assistant.ingest_papers([paper(n) for n in range(len(BIRDS))])
    port = free_port()
    command = [sys.executable, "-m", "assistant.cli", "--home", str(tmp_path / "home"), "ui", "--no-browser"]
    with serving([*command, "--port", str(port)], port, tmp_path, LITASSIST_WORKERS="2") as process:
        yield Server(process, f"http://127.0.0.1:{port}", tmp_path / "server.log")


def opened(browser: Any, address: str, stack: ExitStack) -> Any:
    """The page, opened by one more visitor."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    stack.callback(context.close)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    page.locator(".stMain h1").first.wait_for()
    return page


def answered(page: Any, number: int, times: int = 1) -> None:
    """Waits until the page shows so many whole answers, and looks whether the last is to its own question."""
    page.wait_for_function(f"document.querySelectorAll('.la-foot').length == {times}")
    last = page.locator(".la-answer").last.inner_text()
    assert f"{number + 31}%" in last, f"{BIRDS[number]}: {last}"
    assert not page.locator(".la-error, .stException").count()


def all_ask(pages: Sequence[Any], times: int) -> None:
    for number, page in enumerate(pages):
        ask(page, question(number))
    for number, page in enumerate(pages):
        answered(page, number, times)


def met(server: Server, pages: Sequence[Any], times: int) -> int:
    """Has all ask until there are two workers; how many answers each page shows then."""
    end = time.monotonic() + 120
    while len(server.workers()) < 2 and time.monotonic() < end:
        times += 1
        all_ask(pages, times)
    assert len(server.workers()) == 2, "people who meet are answered by workers"
    return times


def together(browser: Any, server: Server, visitors: int, papers: int, kills: int) -> None:
    with ExitStack() as stack:
        pages = [opened(browser, server.address, stack) for _ in range(visitors)]
        reader = opened(browser, f"{server.address}/library", stack)
        reader.get_by_text("Add papers", exact=True).first.click()
        file = {"name": "stones.bib", "mimeType": "text/plain", "buffer": more(papers)}
        reader.locator("input[type=file]").set_input_files(file)
        reader.get_by_role("button", name="Add to the library").click()
        reader.get_by_text("You can go on using the page").wait_for()

        # One closes the page and one loads it anew in the middle of an answer: neither is lost, and nobody waits.
        for number, page in enumerate(pages):
            ask(page, question(number))
        closed, reloaded, *others = pages
        closed.wait_for_function("location.search.includes('c=')")
        left = closed.url
        closed.close()
        reloaded.get_by_text(question(1)).last.wait_for()
        reloaded.reload()
        answered(reloaded, 1)
        for number, page in enumerate(others, 2):
            answered(page, number)
        pages[0] = opened(browser, left, stack)
        answered(pages[0], 0)

        times = met(server, pages, 1)
        for kill in range(kills):
            times += 1
            for number, page in enumerate(pages):
                ask(page, question(number))
                if number == kill % len(pages) and (workers := server.workers()):
                    os.kill(workers[0], signal.SIGKILL)
            for number, page in enumerate(pages):
                answered(page, number, times)

        reader.get_by_text(re.compile(f"Your library holds {papers + len(BIRDS)} papers")).wait_for()
        assert not reader.locator(".la-error, .stException").count()


def nothing_left(server: Server, end: signal.Signals) -> None:
    """Ends the server, and looks whether it and its workers go, without a word of what went wrong."""
    workers = server.workers()
    server.process.send_signal(end)
    assert until(lambda: server.process.poll() is not None, 20)
    assert until(lambda: not any(Path(f"/proc/{number}").exists() for number in workers), 20), "a worker is left"
    assert "Traceback" not in server.log.read_text()


@pytest.mark.timeout(300)
def test_each_is_answered_whatever_the_others_do(browser: Any, server: Server) -> None:
    together(browser, server, visitors=3, papers=24, kills=1)
    nothing_left(server, signal.SIGINT)


@pytest.mark.timeout(300)
def test_a_server_that_is_killed_leaves_no_process(browser: Any, server: Server) -> None:
    with ExitStack() as stack:
        pages = [opened(browser, server.address, stack) for _ in range(2)]
        met(server, pages, 0)
        for number, page in enumerate(pages):
            ask(page, question(number))
        nothing_left(server, signal.SIGKILL)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_eight_at_once_for_long(browser: Any, server: Server) -> None:
    together(browser, server, visitors=8, papers=600, kills=20)
    nothing_left(server, signal.SIGTERM)
