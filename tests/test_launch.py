"""The page starts where and as it should."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from assistant import LibraryError, Settings, launch


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_a_busy_port_is_one_plain_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LibraryError) as error:
            launch.launch(Settings(), port=port, browser=False)
    assert str(port) in str(error.value)
    assert "\n" not in str(error.value)


def test_nothing_reports_home_and_nothing_opens_by_default() -> None:
    line = launch.arguments("127.0.0.1", 8600)
    assert "--browser.gatherUsageStats=false" in line
    assert "--server.address=127.0.0.1" in line
    assert Path(line[line.index("run") + 1]).name == "app.py"


def test_the_settings_reach_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = launch.environment(Settings(home=tmp_path / "x", backend="ollama:tiny", reranker="llm"))
    assert given["LITASSIST_HOME"] == str(tmp_path / "x")
    assert given["LITASSIST_BACKEND"] == "ollama:tiny"
    assert given["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] == "false"
    monkeypatch.setattr(os, "environ", given)
    assert (Settings.from_env().backend, Settings.from_env().reranker) == ("ollama:tiny", "llm")


@pytest.mark.parametrize("folder", ["checkout", "elsewhere"])
def test_usage_statistics_are_off_even_when_streamlit_is_started_by_hand(folder: str, tmp_path: Path) -> None:
    app = launch.page()
    where = app.parent.parent if folder == "checkout" else tmp_path
    code = (
        "import sys; from streamlit import config; config._main_script_path = sys.argv[1]; "
        "config.get_config_options(force_reparse=True); "
        "print(config.get_option('browser.gatherUsageStats'), config.get_option('server.address'))"
    )
    env = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT")}
    said = subprocess.run(
        [sys.executable, "-c", code, str(app)], cwd=where, env=env, capture_output=True, text=True, check=True
    )
    assert said.stdout.split()[-2:] == ["False", "127.0.0.1"]


def test_the_page_answers_and_ends_with_its_server(tmp_path: Path) -> None:
    port = free_port()
    line = [sys.executable, "-m", "assistant.cli", "--home", str(tmp_path), "ui", "--no-browser", "--port", str(port)]
    server = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for _ in range(100):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as reply:
                    assert reply.read() == b"ok"
                    break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("the page never answered")
    finally:
        server.terminate()
        said, _ = server.communicate(timeout=20)
    assert said.startswith(f"Literature Assistant: http://127.0.0.1:{port}")
    assert "Traceback" not in said
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))  # nothing is left behind that listens
