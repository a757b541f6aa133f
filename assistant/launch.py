"""Start of the page: `streamlit run` with what the page needs, listening on this machine only unless told otherwise."""

from __future__ import annotations

import os
import socket
import threading
import time
import webbrowser
from pathlib import Path

from .config import Settings
from .errors import LibraryError

FLAGS = {
    "browser.gatherUsageStats": "false",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "logger.hideWelcomeMessage": "true",
    "logger.level": "error",
    # It would look through all of memory after each run of a page, for some hundred milliseconds in which nothing
    # else runs: with several people at the page, most of the time.
    "runner.postScriptGC": "false",
}
ANYWHERE = ("0.0.0.0", "::", "")


def page() -> Path:
    """The page's entry file: in the installed package, else in the checkout."""
    here = Path(__file__).resolve().parent
    for folder in (here / "_files" / "ui", here.parent / "ui"):
        if (folder / "app.py").is_file():
            return folder / "app.py"
    raise LibraryError("The page's files are missing here; your library is unharmed. Install litassist again.")


def arguments(host: str, port: int) -> list[str]:
    """What `streamlit` is told on its command line to serve the page."""
    flags = [f"--{name}={value}" for name, value in FLAGS.items()]
    return ["run", str(page()), f"--server.address={host}", f"--server.port={port}", *flags]


def environment(settings: Settings) -> dict[str, str]:
    """The variables that the page reads its settings from."""
    given = {"HOME": str(settings.folder), "BACKEND": settings.backend, "EMBEDDER": settings.embedder,
             "RERANKER": settings.reranker, "EFFORT": settings.effort}
    if settings.chroma_url:
        given["CHROMA_URL"] = settings.chroma_url
    ours = {f"LITASSIST_{name}": value for name, value in given.items()}
    # Nothing may turn usage statistics on again, not even a variable left over from another app.
    return {**ours, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}


def busy(host: str, port: int) -> bool:
    """Whether another program listens at this address already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def launch(settings: Settings, *, host: str = "127.0.0.1", port: int = 8501, browser: bool = True) -> int:
    """The exit status of the page's server, once it ends. Raises LibraryError when the port is taken.

    The server runs in this process, so that whatever ends this ends it.
    """
    if busy(host, port):
        raise LibraryError(
            f"{host}:{port} can't be listened on: another program (or another page like this one) holds it. "
            f"Nothing was started; try --port {port + 1}."
        )
    from streamlit.web import cli

    shown = f"[{host}]" if ":" in host else host
    address = f"http://{'localhost' if host in ANYWHERE else shown}:{port}"
    print(f"Literature Assistant: {address} (stop with Ctrl-C)", flush=True)
    if host in ANYWHERE:
        print("Anyone who reaches this machine can read and change this library.", flush=True)
    if browser:
        threading.Thread(target=_open, args=(address, host, port), daemon=True).start()
    os.environ.update(environment(settings))
    try:
        cli.main(arguments(host, port), prog_name="streamlit", standalone_mode=False)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:
        pass
    return 0


def _open(address: str, host: str, port: int) -> None:
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1" if host in ANYWHERE else host, port), timeout=1):
                webbrowser.open(address)
                return
        except OSError:
            time.sleep(0.1)
