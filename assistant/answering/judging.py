"""A second opinion on a verdict, from a language model. It can lower a verdict, never raise one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import prompts
from ..backends import Backend
from ..errors import BackendError
from ..papers import VERDICTS
from ..verification import Verdict

SCHEMA: dict[str, Any] = {
    "title": "verdict",
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": list(VERDICTS)}},
    "required": ["verdict"],
    "additionalProperties": False,
}
_IN_JSON = 'Answer with a JSON object: {"verdict": "supported"}, or "partial", or "unsupported".'
_IN_TEXT = "Answer with one word: supported, partial or unsupported."
_WORD = re.compile(r"\b(unsupported|not\s+supported|partial(?:ly)?|supported)\b", re.I)


@dataclass(slots=True)
class Judge:
    """A language model asked about one sentence at a time.

    `asked` counts the questions put to it, `silent` those it gave no usable answer to; after a failure
    (kept in `error`) it is not asked again.
    """

    backend: Backend
    asked: int = 0
    silent: int = 0
    error: BackendError | None = None

    def opinion(self, claim: str, sources: Sequence[tuple[str, str]]) -> str | None:
        """One of `VERDICTS` on `claim` from its (title, text) sources; None when the model gives none."""
        if self.error is not None or not sources:
            return None
        held = self.backend.constrains
        evidence = prompts.evidence_block((n, title, text) for n, (title, text) in enumerate(sources, start=1))
        system, user = prompts.load("judge").render(
            claim=prompts.as_data(claim), evidence=evidence, form=_IN_JSON if held else _IN_TEXT
        )
        self.asked += 1
        try:
            said = "".join(self.backend.stream(system, user, schema=SCHEMA if held else None))
        except BackendError as error:
            self.error = error
            return None
        found = _WORD.search(said)
        if found is None:
            self.silent += 1
            return None
        word = " ".join(found[1].lower().split())
        return "unsupported" if word == "not supported" else "partial" if word.startswith("partial") else word


def lowered(judged: Verdict, opinion: str | None) -> Verdict:
    """The verdict, or the judge's where that is worse; what was missing stays missing."""
    if opinion is None or VERDICTS.index(opinion) <= VERDICTS.index(judged.verdict):
        return judged
    return replace(judged, verdict=opinion)
