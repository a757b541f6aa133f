"""A question put to the language model engine over a real server, step by step as scripted."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.answering.builder import AnswerBuilder
from assistant.answering.engines import Material
from assistant.answering.engines.llm import LanguageModelEngine
from assistant.backends import open_backend
from assistant.config import Settings
from assistant.papers import Answer, Event, Fingerprint, Paper, Turn
from tests.answer_material import (
    HERON,
    HOSTILE,
    KESTREL,
    LANTERN,
    LONG,
    Quoting,
    material,
    plan,
    searching,
    whole,
)
from tests.servers import Reply, Scripted, scripted

ALL = (LANTERN, KESTREL, HERON, HOSTILE, LONG)
LATENCY = "How much does Lanternfish lower latency?"
STEPS = {
    "plan": "You plan a search", "gather": "You read papers", "enough": "You judge whether",
    "revise": "You correct sentences", "rewrite": "You rework an answer", "answer": "You answer a researcher",
    "rerank": "You put papers in order",
}


def step(request: dict[str, Any]) -> str:
    """Which step of an answer a request belongs to."""
    system = request["messages"][0]["content"]
    return next((name for name, words in STEPS.items() if words in system), "check")


def block(
    kind: str, text: str, *cites: str, paragraph: bool = False, column: str = "", paper: int = 0
) -> dict[str, Any]:
    return {
        "kind": kind, "text": text, "cites": list(cites), "paragraph": paragraph, "column": column, "paper": paper,
    }


def reply(*blocks: dict[str, Any], answerable: str = "yes", missing: tuple[str, ...] = ()) -> str:
    return json.dumps({"answerable": answerable, "missing": list(missing), "blocks": list(blocks)})


def agreeing(request: dict[str, Any]) -> str:
    """A reader that finds every claim supported by the first source it is shown."""
    shown = request["messages"][-1]["content"]
    items = re.findall(r"Item (\d+)\n<evidence[^>]*>\n(.*?)\n</evidence>", shown, re.S)
    return json.dumps({"items": [{"i": int(n), "verdict": "supported", "span": text} for n, text in items]})


Said = str | Reply | Callable[[dict[str, Any]], str | Reply]


@dataclass
class Run:
    answer: Answer
    events: list[Event]
    server: Scripted
    queries: list[str] = field(default_factory=list)

    @property
    def steps(self) -> list[str]:
        return [step(request) for request in self.server.requests]

    def shown(self, name: str) -> str:
        """What the model was shown in the first call of a step."""
        return self.server.shown(self.steps.index(name))

    def kinds(self, kind: str) -> list[str]:
        return [f.detail for f in self.answer.findings if f.kind == kind]


@contextmanager
def model(said: dict[str, Said]) -> Iterator[Scripted]:
    """A server that answers each step as said; a step that is not said gets an agreeing reader or nothing of use."""

    def script(request: dict[str, Any]) -> Reply:
        name = step(request)
        given = said.get(name, agreeing if name == "check" else "{}")
        made = given(request) if callable(given) else given
        return Reply(made) if isinstance(made, str) else made

    with scripted(script) as server:
        yield server


def ask(
    said: dict[str, Said], tmp_path: Path, *, question: str = LATENCY, papers: tuple[Paper, ...] = (LANTERN, KESTREL),
    history: tuple[Turn, ...] = (), library: tuple[Paper, ...] = ALL, outcome: str = "answered",
    settings: dict[str, Any] | None = None, effort: str = "fast", full: str = "", **planned: Any,
) -> Run:
    """What comes of a question; `full` is how it was completed or corrected for the search."""
    queries: list[str] = []
    with model(said) as server:
        given = {"reply_cache": False, "cache": tmp_path, "timeout_s": 5.0, **(settings or {})}
        own = Settings(backend=server.spec, **given)
        backend = open_backend(server.spec, own)
        assert backend is not None
        engine = LanguageModelEngine(
            backend, own, fallback=Quoting(), count_tokens=lambda text: len(text) // 4, papers=whole(*library),
            effort=effort,
        )
        builder = AnswerBuilder(question, backend.name, time.perf_counter())
        read = replace(plan(question, **planned), question=full or question)
        found: Material = material(read, papers, outcome=outcome)
        events = list(engine.write(found, history, searching(library, queries), builder))
        return Run(builder.answer(Fingerprint()), events, server, queries)


GOOD = reply(block("claim", "Lanternfish lowers latency by 37% on the LongRead suite.", "1.3"))
