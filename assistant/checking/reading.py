"""Verdicts by a model that reads: one batched question, and each answer only as good as the words it points at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from .. import prompts
from . import Source, Verdict

_WORDS = ("supported", "partial", "unsupported")
_ITEM = {"i": {"type": "integer"}, "verdict": {"type": "string", "enum": list(_WORDS)}, "span": {"type": "string"}}
SCHEMA: dict[str, Any] = {
    "title": "verdicts", "type": "object", "required": ["items"], "additionalProperties": False,
    "properties": {"items": {"type": "array", "items": {
        "type": "object", "properties": _ITEM, "required": list(_ITEM), "additionalProperties": False,
    }}},
}  # fmt: skip
_FORM = '- Answer with JSON only, one entry for each item: {"items": [{"i": number, "verdict": word, "span": text}]}'
_AROUND = 600
"""Characters of an abstract that are shown to tell what names stand for."""
_LONGEST = 3000
_LEAST = 3
"""Words that a span must have to carry anything; a shorter one must be a whole sentence of the source."""


def read_claims(
    backend: Any, claims: Sequence[tuple[str, Sequence[Source], Verdict]]
) -> tuple[list[Verdict], list[str]]:
    """The verdicts after one reading of all claims, and the label of the prompt. BackendError as the backend raises it.

    The model sees sentence and sources alone. A veto stands; a span that the sources do not hold makes a claim
    unsupported; a claim the model says nothing usable about keeps its verdict with `read` False.
    """
    if not claims:
        return [], []
    prompt = prompts.load("check")
    items = "\n\n".join(_item(k, claim, sources) for k, (claim, sources, _) in enumerate(claims, start=1))
    system, user = prompt.render(items=items, form=_FORM)
    said = "".join(backend.stream(system, user, schema=SCHEMA))
    answers = {number: (verdict, span) for number, verdict, span in _answers(said)}
    return [
        _after(verdict, sources, *answers[k]) if k in answers else verdict
        for k, (_, sources, verdict) in enumerate(claims, start=1)
    ], [prompt.label]


def _item(number: int, claim: str, sources: Sequence[Source]) -> str:
    passages = prompts.evidence_block((n, s.title, s.text) for n, s in enumerate(sources, start=1))
    about = " ".join(prompts.as_data(s.abstract)[:_AROUND] for s in sources if s.abstract and s.abstract != s.text)
    names = f"\n<evidence for=\"names\">\n{about}\n</evidence>" if about else ""
    return f"Item {number}\n{passages}{names}\nSentence {number}: {prompts.as_data(claim)}"


def _after(verdict: Verdict, sources: Sequence[Source], said: str, span: str) -> Verdict:
    where = located(span, [s.text for s in sources]) if said != "unsupported" else None
    read = said if where is not None else "unsupported"
    if verdict.vetoed:
        return replace(verdict, read=True)
    if where is None:
        return replace(verdict, verdict=read, read=True)
    k, words = where
    needed = tuple(sorted({*verdict.needed, k})) if len(verdict.needed) != 1 else (k,)
    return replace(verdict, verdict=read, carried_by=(words,), needed=needed, read=True)


def located(span: str, texts: Sequence[str]) -> tuple[int, str] | None:
    """Which of the texts holds the span, and its words as they stand there; None where none does.

    Word for word, else with other spaces, case, dashes and quotation marks; "…" in it may stand for words left out.
    """
    parts = [words for part in re.split(r"…|\.\.\.", span[:_LONGEST]) if (words := re.findall(r"\w+", part))]
    if not 1 <= len(parts) <= 4:
        return None
    pattern = re.compile(
        r"(?<!\w)" + r"\b.{0,400}?\b".join(r"[\W_]*?".join(map(re.escape, p)) for p in parts) + r"(?!\w)", re.I | re.S
    )
    for k, text in enumerate(texts):
        found = pattern.search(text)
        if found and (sum(map(len, parts)) >= _LEAST or len(found[0]) >= 0.8 * len(text.strip())):
            return k, found[0]
    return None


def _answers(said: str) -> Iterator[tuple[int, str, str]]:
    """Each usable (number, verdict, span) in a reply, also in a fence, amid prose, in a list or cut short."""
    decoder = json.JSONDecoder()
    at = 0
    seen: set[int] = set()
    while (at := said.find("{", at)) >= 0:
        try:
            value, end = decoder.raw_decode(said, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        at = end
        for row in _rows(value):
            number, verdict, span = row.get("i"), row.get("verdict"), row.get("span")
            if isinstance(number, str) and number.strip().isdigit() and len(number) < 9:
                number = int(number)
            word = " ".join(verdict.lower().split()) if isinstance(verdict, str) else ""
            word = {"not supported": "unsupported", "partially supported": "partial"}.get(word, word)
            if type(number) is int and word in _WORDS and number not in seen:
                seen.add(number)
                yield number, word, span if isinstance(span, str) else ""


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    """The rows in a value: itself, or those of any list in it."""
    if isinstance(value, dict):
        if "verdict" in value:
            yield value
        else:
            for inner in value.values():
                yield from _rows(inner) if isinstance(inner, (list, dict)) else ()
    elif isinstance(value, list):
        for inner in value:
            yield from _rows(inner) if isinstance(inner, dict) else ()
