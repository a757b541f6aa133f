"""When Chroma can't be used: it is said, and papers are found all the same; and a real Chroma server at work."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import shown

import assistant as public
from assistant import Answer, Paper, Settings
from assistant.index import view
from assistant.index.failures import CachesUnwritable

FERN = Paper(title="Ferns on Basalt", abstract="Ferns settle on basalt within 14 months. Moss comes first.")
REEF = Paper(title="Reefs in Cold Water", abstract="Cold water reefs grow 2 mm a year. They need currents.")
ASKED = "How soon do ferns settle on basalt?"
DEAD = "http://127.0.0.1:9"


def said(answer: Answer) -> list[str]:
    return [f.detail for f in answer.findings if f.kind == "vectors_unavailable"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with public.open_assistant(settings=Settings(home=tmp_path)) as opened:
        opened.ingest_papers([FERN, REEF])
        assert said(opened.ask(ASKED)) == []
    return tmp_path


def test_a_dead_server_is_said_and_the_answer_is_right(home: Path) -> None:
    with public.open_assistant(settings=Settings(home=home, chroma_url=DEAD)) as opened:
        answer = opened.ask(ASKED)
        assert "14 months" in answer.answer
        assert len(said(answer)) == 1
        assert DEAD in said(answer)[0]
        assert opened.trouble() == said(answer)[0]
        assert opened.search("ferns basalt")[0].paper_id == FERN.id


def test_papers_stored_while_the_server_is_dead_are_found_by_their_words(home: Path) -> None:
    new = Paper(title="Lichens of Slate", abstract="Lichens cover slate in 31 years.")
    with public.open_assistant(settings=Settings(home=home, chroma_url=DEAD)) as opened:
        with contextlib.suppress(public.SearchIndexError):
            opened.ingest_papers([new])
        answer = opened.ask("In how many years do lichens cover slate?")
        assert "31 years" in shown(answer)
        assert said(answer)


def test_damaged_files_are_said(home: Path) -> None:
    (home / "index" / "build-1" / "chroma" / "chroma.sqlite3").write_bytes(b"no database " * 500)
    with public.open_assistant(settings=Settings(home=home)) as opened:
        answer = opened.ask(ASKED)
        assert "14 months" in answer.answer
        assert "litassist rebuild" in said(answer)[0]
        opened.rebuild()
        assert said(opened.ask(ASKED)) == []


def test_a_large_library_is_searched_without_chroma(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "EXACT_ROWS", 0)
    with public.open_assistant(settings=Settings(home=home, chroma_url=DEAD)) as opened:
        assert opened.search("frond plants on volcanic rock")[0].paper_id == FERN.id


def test_an_abstention_says_that_not_all_papers_could_be_searched(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise CachesUnwritable("The disk is full.")

    new = Paper(title="Who Made the First Telephone", abstract="The telephone was invented by Meucci in 1849.")
    with public.open_assistant(settings=Settings(home=home)) as opened:
        opened._library.add([new])
        with monkeypatch.context() as patch:
            patch.setattr(opened._index._writing, "updated", full)
            for asked in ("Who invented the telephone?", "Which papers are about quantum chess?"):
                answer = opened.ask(asked)
                assert answer.abstained
                assert "1 paper that is stored can't be found yet" in answer.blocks[-1].text
                assert said(answer) == ["The disk is full."]
            assert "14 months" in opened.ask(ASKED).answer
        assert "Meucci" in shown(opened.ask("Who invented the telephone?"))
        told = opened.ask("Which drug lowers blood pressure best?")
        assert told.abstained
        assert "can't be found yet" not in told.answer


# --------------------------------------------------------------------------- a server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = Path(sys.executable).with_name("chroma")
    if not command.exists():
        pytest.skip("the chroma command is not installed")
    folder = tmp_path_factory.mktemp("server")
    started = subprocess.Popen(
        [command, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )
    try:
        for _ in range(150):
            if started.poll() is not None:
                pytest.skip("the Chroma server does not start here")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.1)
        else:
            pytest.skip("the Chroma server does not start here")
        yield f"http://127.0.0.1:{port}"
    finally:
        started.terminate()
        started.wait(20)


def test_vectors_live_behind_a_server(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "EXACT_ROWS", 0)
    settings = Settings(home=tmp_path, chroma_url=server)
    with public.open_assistant(settings=settings) as opened:
        opened.ingest_papers([FERN, REEF])
        assert opened.search("frond plants on volcanic rock")[0].paper_id == FERN.id
        answer = opened.ask(ASKED)
        assert "14 months" in answer.answer
        assert said(answer) == []
        assert opened.doctor().problems == ()
        opened.remove([REEF.id])
        assert opened.doctor().problems == ()
    assert not (tmp_path / "index" / "build-1" / "chroma").exists(), "nothing of Chroma here"


def test_vectors_that_the_server_lost_are_said(server: str, home: Path) -> None:
    with public.open_assistant(settings=Settings(home=home, chroma_url=server)) as opened:
        assert "holds 0 of 2 vectors" in said(opened.ask(ASKED))[0]
        opened.rebuild()
        assert said(opened.ask(ASKED)) == []
