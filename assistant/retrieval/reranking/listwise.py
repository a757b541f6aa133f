"""Papers put in order by a language model that sees them as one numbered list.

After Sun et al. 2023, "Is ChatGPT Good at Search?" (RankGPT). What a paper says is data, never an
instruction; whatever the model answers, every paper has one place afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ... import prompts
from ...backends import Backend, open_backend
from ...config import Settings
from ...embeddings import count_tokens
from ...errors import BackendError, ConfigError
from . import Candidate

_TEXT, _QUESTION = 500, 2000
"""Characters of a paper's text, and of the question, that are shown."""
_SPARE = 1.25
"""Another model's tokens beside those counted here."""
_PER_NUMBER = 4
_IN_JSON = '- Answer with a JSON object of all the numbers, the best first: {"order": [3, 1, 2]}.'
_IN_TEXT = "- Answer with all the numbers, the best first, as in: [3] > [1] > [2]."


def backend_for(spec: str, model: Backend | None, settings: Settings) -> Backend:
    """The language model that `spec` names; without a name the one at hand, else the settings' own.

    ConfigError when that is none.
    """
    found = open_backend(spec, settings) if spec else model or open_backend(settings.backend, settings)
    if found is None:
        raise ConfigError(
            "the reranker 'llm' needs a language model, and the backend is extractive. Name a model as the backend, "
            "or in the reranker itself (llm:ollama:MODEL)."
        )
    return found


class Listwise:
    """A language model as a reranker."""

    # A model's order is taken as it is; what it does not name follows as it was.
    weight = 1.0

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.name = f"llm ({backend.name})"

    def scores(self, question: str, papers: Sequence[Candidate]) -> list[float]:
        """1 for the paper named first, falling to above 0 for the last one named, 0 for those not named.

        BackendError when the model fails, names no paper, or has no room for two.
        """
        held = self._backend.constrains
        form = _IN_JSON if held else _IN_TEXT
        asked = prompts.as_data(question[:_QUESTION])
        shown = self._fitting(papers, asked, form)
        system, user = self._rendered(papers[:shown], asked, form)
        said = "".join(self._backend.stream(system, user, schema=order_schema(shown) if held else None))
        named = numbers_named(said, shown)
        if not named:
            raise BackendError(f"{self._backend.name} named no paper when it was asked for their order.")
        found = [0.0] * len(papers)
        for place, number in enumerate(named):
            found[number - 1] = 1 - place / (len(papers) + 1)
        return found

    def _rendered(self, papers: Sequence[Candidate], asked: str, form: str) -> tuple[str, str]:
        rows = ((n, p.title, (p.snippet or p.text)[:_TEXT]) for n, p in enumerate(papers, 1))
        return prompts.load("rerank").render(question=asked, papers=prompts.evidence_block(rows), form=form)

    def _fitting(self, papers: Sequence[Candidate], asked: str, form: str) -> int:
        """How many of the papers, from the first on, the model's window holds."""
        for count in range(len(papers), 1, -1):
            both = sum(count_tokens(text) for text in self._rendered(papers[:count], asked, form))
            if _SPARE * both + _PER_NUMBER * count + 20 <= self._backend.context_tokens:
                return count
        if len(papers) == 1:
            return 1
        raise BackendError(f"{self._backend.name} has too small a window to be shown two papers.")


def order_schema(count: int) -> dict[str, Any]:
    """A JSON schema in which only the papers shown can be named."""
    number = {"type": "integer", "enum": list(range(1, count + 1))}
    return {
        "title": "order", "type": "object", "properties": {"order": {"type": "array", "items": number}},
        "required": ["order"], "additionalProperties": False,
    }


_LIST = re.compile(r"\[[\d,\s]*\d[\d,\s]*\]?")


def numbers_named(said: str, count: int) -> list[int]:
    """The numbers from 1 to `count` in a model's reply, each once, in the order of their first naming.

    A JSON object or list is read as such; else `[3] > [1]`, or a list that was cut short; else bare numbers.
    """
    found: list[Any] = []
    try:
        read = json.loads(said)
        found = read.get("order", []) if isinstance(read, dict) else read
    except ValueError:
        lists = [match[0] for match in _LIST.finditer(said)]
        text = " ".join(lists) if lists else said
        found = [int(digits) for digits in re.findall(r"(?<![\d.])\d{1,4}(?![\d]|\.\d)", text)]
    numbers = [n for n in found if isinstance(n, int) and not isinstance(n, bool)] if isinstance(found, list) else []
    return [n for n in dict.fromkeys(numbers) if 1 <= n <= count]
