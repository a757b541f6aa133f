"""What all visitors of the page share: the open assistant, its papers, and the work in progress."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from work import AS_IT_WAS, STOPPED, Asking, Work

from assistant import Filters, Hit, Paper, PaperNotFound, Settings
from assistant.library import CHOICES, Choices
from assistant.papers import normalised_title
from assistant.workers import suitable

if TYPE_CHECKING:
    from assistant import Assistant
    from assistant.retrieval.lookalikes import Lookalike
    from assistant.upkeep import Report

SHOWN_PROBLEMS = 5
ANY = Filters()
MANY = CHOICES
"""Above this, there is no list of choices: it would be slow."""


@st.cache_resource(show_spinner="Opening your library …")
def assistant() -> Assistant:
    """The assistant over the library that the environment names, opened once per process."""
    import assistant as package

    if Path(".env").is_file():
        from dotenv import load_dotenv

        load_dotenv(Path(".env"), override=False)
    settings = Settings.from_env()
    if settings.workers is None:
        # Several people may ask this page at once; until they do, no worker is started.
        settings = replace(settings, workers=suitable())
    opened = package.open_assistant(settings=settings)
    opened.warm()
    return opened


@dataclass
class Desk:
    """The work in progress: answers, each for a turn of a conversation, and readings of papers, one after another."""

    asking: dict[tuple[str, int], Asking] = field(default_factory=dict)
    line: list[Work] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def busy(self) -> Work | None:
        """The reading in progress, if any."""
        return next((work for work in self.line if not work.finished), None)

    def begin(self, do: Callable[[Work], Any], if_stopped: str = STOPPED) -> None:
        """Start a reading, once those begun before are over; this visitor is shown how far it is, and its report."""

        def in_turn(work: Work) -> Any:
            while not self._turn.acquire(timeout=0.2):
                work.report("waiting")
            try:
                return do(work)
            finally:
                self._turn.release()

        work = st.session_state.watched = Work(in_turn, if_stopped)
        with self._guard:
            self.line = [*(w for w in self.line if not w.finished), work]
        work.start()

    def answer(self, conversation_id: str, job: Asking) -> None:
        """Start an answer; those that are finished are put away."""
        with self._guard:
            running = {key: one for key, one in self.asking.items() if not one.finished}
            self.asking = {**running, (conversation_id, job.turn_id): job}
        job.start()


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """The one desk of this process."""
    return Desk()


@st.cache_resource(show_spinner=False, max_entries=2)
def _papers(home: str, generation: int) -> dict[str, Paper]:
    return {p.id: p for p in assistant().papers()}


def papers() -> dict[str, Paper]:
    """Every paper by id, in order of arrival, as the library stands now (without page texts)."""
    opened = assistant()
    return _papers(str(opened.settings.folder), opened.generation)


def count() -> int:
    """How many papers there are."""
    return assistant().count()


def present(paper_ids: Iterable[str]) -> dict[str, Paper]:
    """Those of these papers that are there, by id, without page texts."""
    wanted = list(paper_ids)
    return {p.id: p for p in assistant().present(wanted)} if wanted else {}


@st.cache_resource(show_spinner=False, max_entries=2)
def _choices(home: str, generation: int) -> Choices:
    return assistant().choices()


def choices() -> Choices:
    """What the papers can be limited to, as the library stands now."""
    opened = assistant()
    return _choices(str(opened.settings.folder), opened.generation)


@st.cache_resource(show_spinner=False, max_entries=4)
def _listed(home: str, generation: int, limits: str, _filters: Filters, text: str, order: str) -> list[str]:
    return assistant().listed(_filters, text=text, order=order)


def listed(filters: Filters = ANY, *, text: str = "", order: str = "arrival") -> list[str]:
    """The ids of the papers that pass, as `Assistant.listed` gives them; not to be changed."""
    opened = assistant()
    return _listed(str(opened.settings.folder), opened.generation, repr(filters), filters, text, order)


@st.cache_resource(show_spinner=False)
def _folds(home: str) -> dict[str, tuple[int, str]]:
    return {}


@st.cache_resource(show_spinner="Reading your papers' words …", max_entries=1)
def _folded(home: str, generation: int) -> dict[str, str]:
    known = _folds(home)
    found = {}
    for paper in assistant().papers():
        words = (paper.title, paper.abstract, *paper.authors)
        had = known.get(paper.id)
        if had is None or had[0] != hash(words):
            had = known[paper.id] = (hash(words), normalised_title(" ".join(words)))
        found[paper.id] = had[1]
    return found


def folded() -> dict[str, str]:
    """Title, abstract and authors of every paper, folded for comparison; folded anew only where these change."""
    opened = assistant()
    return _folded(str(opened.settings.folder), opened.generation)


def texts(paper_ids: Iterable[str]) -> dict[str, str]:
    """What of each of these papers can be quoted, in a word."""
    return assistant().texts(paper_ids)


@st.cache_resource(show_spinner=False, max_entries=2)
def _suggestions(home: str, generation: int, n: int) -> list[str]:
    return assistant().suggestions(n)


def suggestions(n: int = 4) -> list[str]:
    """Questions that this library can be asked."""
    opened = assistant()
    return _suggestions(str(opened.settings.folder), opened.generation, n)


def whole(paper_id: str) -> Paper | None:
    """The paper with its page texts; None when it is no longer there."""
    try:
        return assistant().paper(paper_id)
    except PaperNotFound:
        return None


@st.cache_resource(show_spinner=False, max_entries=64)
def _related(home: str, generation: int, paper_id: str, k: int) -> list[Hit]:
    return assistant().related(paper_id, k)


def related(paper_id: str, k: int = 5) -> list[Hit]:
    """The papers most like one, as the library stands now."""
    opened = assistant()
    return _related(str(opened.settings.folder), opened.generation, paper_id, k)


@st.cache_resource(show_spinner="Comparing papers …", max_entries=2)
def _lookalikes(home: str, generation: int) -> list[Lookalike]:
    return assistant().lookalikes()


def lookalikes() -> list[Lookalike]:
    """Pairs of papers that may be one work, as the library stands now."""
    opened = assistant()
    return _lookalikes(str(opened.settings.folder), opened.generation)


@st.cache_data(show_spinner=False, ttl=20)
def local_servers() -> list[str]:
    """Backends that model servers on this machine offer; looked up again after 20 seconds."""
    return assistant().local_servers()


def read_sample() -> None:
    """Start reading the built-in sample into the library."""
    opened = assistant()

    def do(work: Work) -> Any:
        from assistant import sample

        work.report("Reading the built-in sample")
        return opened.ingest_papers(sample.papers(), progress=work.report)

    desk().begin(do)


def read_files(files: Iterable[tuple[str, bytes]], password: str = "") -> None:
    """Start reading uploaded files (name, content) into the library; the password is for those that are locked."""
    opened, given = assistant(), list(files)
    secret = {"password": password} if password else {}

    def do(work: Work) -> Any:
        with tempfile.TemporaryDirectory(prefix="litassist-upload-") as folder:
            paths = []
            for number, (name, content) in enumerate(given):
                # Each in its own folder: two uploads may have one name, and the name is what a
                # paper's appearances show. Only the last part counts, whatever the browser sent.
                path = Path(folder) / str(number) / (Path(name.replace("\\", "/")).name or "file")
                path.parent.mkdir()
                path.write_bytes(content)
                paths.append(path)
            work.report("Reading your files")
            return opened.ingest(paths, progress=work.report, **secret)

    desk().begin(do)


def look_up(pasted: str) -> None:
    """Start looking up the identifiers in this text."""
    opened = assistant()

    def do(work: Work) -> Any:
        work.report("Asking the services")
        return opened.look_up(pasted, progress=work.report)

    desk().begin(do)


def look_up_abstracts(paper_ids: list[str]) -> None:
    """Start looking up the abstracts that these papers lack."""
    opened = assistant()

    def do(work: Work) -> Any:
        work.report("Asking the services")
        return opened.look_up_abstracts(paper_ids, progress=work.report)

    desk().begin(do)


def remove(ids: Sequence[str], tags: Sequence[str], sources: Sequence[str]) -> int:
    """How many papers were removed. What is left of them in the library's files is cleared behind the page."""
    opened = assistant()
    gone = opened.remove(ids, tags=tags, sources=sources, clear=False)
    Work(lambda _: opened.clear_traces() and opened.catch_up()).start()
    return gone


def rebuild() -> None:
    """Start making the index again from the library."""
    opened = assistant()

    def do(work: Work) -> str:
        work.report("Rebuilding the index")
        return health(opened.rebuild(progress=work.report))

    desk().begin(do, AS_IT_WAS)


def health(report: Report) -> str:
    """What a check of library and index found, in some sentences."""
    if report.ok:
        return " ".join([*report.waiting, report.agreement, report.unfinished]).strip()
    told = [*report.problems[:SHOWN_PROBLEMS]]
    if more := len(report.problems) - len(told):
        told.append(f"And {more:,} more: `litassist doctor` in a terminal shows all.")
    if report.rebuild:
        told.append("Rebuild the index to repair it; your library is unharmed.")
    return " ".join(told)
