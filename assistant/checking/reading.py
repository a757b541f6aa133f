"""Verdicts by a model that reads: one batched question, and each answer only as good as the words it points at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from typing import Any

from .. import prompts
from ..text import sentences
from . import Source, Verdict
from .facts import is_soft

_WORDS = ("supported", "partial", "unsupported")
_SPANS = {"type": "array", "items": {"type": "string"}}
_ITEM = {
    "i": {"type": "integer"}, "verdict": {"type": "string", "enum": list(_WORDS)}, "spans": _SPANS,
    "lacks": {"type": "string"},
}
SCHEMA: dict[str, Any] = {
    "title": "verdicts", "type": "object", "required": ["items"], "additionalProperties": False,
    "properties": {"items": {"type": "array", "items": {
        "type": "object", "properties": _ITEM, "required": list(_ITEM), "additionalProperties": False,
    }}},
}  # fmt: skip
_FORM = (
    '- Answer with JSON only, one entry for each item: '
    '{"items": [{"i": number, "verdict": word, "spans": [text], "lacks": text}]}'
)
_ABOUT = 2400
"""Characters of an abstract that are shown to tell what names stand for, to the end of a sentence."""
_MOST_SPANS = 3
_LONGEST = 3000
_LEAST = 3
"""Words that a span must have to carry anything; a shorter one must be a whole sentence of the source."""


def read_claims(
    backend: Any, claims: Sequence[tuple[str, Sequence[Source], Verdict]], beside: Sequence[str] = ()
) -> tuple[list[Verdict], list[str]]:
    """The verdicts after one reading of all claims, and the label of the prompt. BackendError as the backend raises it.

    The model sees sentence and sources, what stands `beside` each sentence (the one before it, its row and column), and
    of every paper once its title and abstract. A number or a name that is one by its form is a veto that stays; one for
    words that seem turned round yields to a reader who points at the words, and one for a name by its capitals alone
    makes the claim partial then. A span that the sources do not hold makes a claim unsupported; a claim the model says
    nothing usable about keeps its verdict with `read` False. What a backend has judged before, and keeps, is not asked
    again.
    """
    if not claims:
        return [], []
    prompt = prompts.load("check")
    notes = [*beside, *[""] * len(claims)]
    keys, rows = list[str](), dict[str, tuple[str, Sequence[Source], str, dict[str, Any]]]()
    for (claim, sources, _), note in zip(claims, notes, strict=False):
        ask = {"prompt": prompt.label, "claim": claim, "beside": note, "sources": [astuple(s) for s in sources]}
        keys.append(json.dumps(ask))
        rows[keys[-1]] = claim, sources, note, ask
    recall = getattr(backend, "recalled", None)
    judged = {key: one for key, (*_, ask) in rows.items() if recall for _, one in _answers(recall(**ask))}
    new = [key for key in rows if key not in judged]
    if new:
        items = [_item(k, *rows[key][:3]) for k, key in enumerate(new, start=1)]
        about = _abouts(source for key in new for source in rows[key][1])
        system, user = prompt.render(items="\n\n".join([*about, *items]), form=_FORM)
        for number, one in _answers("".join(backend.stream(system, user, schema=SCHEMA))):
            if 1 <= number <= len(new):
                judged[new[number - 1]] = one
                if recall:
                    backend.keep(json.dumps({"i": 1, **asdict(one)}), **rows[new[number - 1]][3])
    return [
        _after(verdict, sources, judged[key]) if key in judged else verdict
        for key, (_, sources, verdict) in zip(keys, claims, strict=True)
    ], [prompt.label]


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What a model said to one claim: its verdict, the words it points at, and those it found nowhere."""

    verdict: str
    spans: list[str]
    lacks: str = ""


def _abouts(sources: Iterable[Source]) -> list[str]:
    """Of each paper that has one its abstract, once, to tell what names stand for."""
    every = list(sources)
    whole = {s.text for s in every}
    shown = {s.abstract: s.title for s in reversed(every) if s.abstract and s.abstract not in whole}
    rows = []
    for abstract, title in reversed(shown.items()):
        ends = [b for _, b in sentences(abstract) if b <= _ABOUT] or [_ABOUT]
        name = prompts.as_data(title)[:200].replace(chr(34), chr(39))
        rows.append(f'<evidence for="names" paper="{name}">\n{prompts.as_data(abstract[: ends[-1]])}\n</evidence>')
    return rows


def _item(number: int, claim: str, sources: Sequence[Source], beside: str) -> str:
    passages = prompts.evidence_block((n, s.title, s.text) for n, s in enumerate(sources, start=1))
    note = f"\n{prompts.as_data(beside)}" if beside else ""
    return f"Item {number}\n{passages}{note}\nSentence {number}: {prompts.as_data(claim)}"


def _after(verdict: Verdict, sources: Sequence[Source], said: _Judgement) -> Verdict:
    texts = [s.text for s in sources]
    found = [located(span, texts) for span in said.spans] if said.verdict != "unsupported" else []
    where = [one for one in found if one is not None]
    read = said.verdict if where else "unsupported"
    if len(where) < len(found) and read == "supported":
        read = "partial"
    # Words may seem turned round and not be, and a name may be known in other words: who reads sees it. A number, or a
    # name by its form, is there or it is not.
    turned = bool(verdict.contradiction) and not verdict.missing
    soft = bool(verdict.missing) and not verdict.contradiction and all(map(is_soft, verdict.missing))
    yields = read == "supported" and (turned or soft)
    if verdict.vetoed and not yields:
        return replace(verdict, read=True, lacks=said.lacks)
    if not where:
        return replace(verdict, verdict=read, read=True, lacks=said.lacks)
    at = {k for k, _ in where}
    needed = tuple(sorted({*verdict.needed, *at} if len(verdict.needed) != 1 else at))
    carried = tuple(dict.fromkeys(words for _, words in where))
    return replace(
        verdict, verdict="partial" if yields and soft else read, carried_by=carried, needed=needed, read=True,
        vetoed=False, contradiction="" if yields else verdict.contradiction,
        lacks="" if read == "supported" else said.lacks,
    )


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


def _answers(said: str) -> Iterator[tuple[int, _Judgement]]:
    """Each usable number and what is said under it in a reply, also in a fence, amid prose, in a list or cut short."""
    decoder = json.JSONDecoder()
    at = 0
    seen: set[int] = set()
    while (at := said.find("{", at)) >= 0:
        try:
            row, end = decoder.raw_decode(said, at)
        except (ValueError, RecursionError):
            row, end = {}, at + 1
        # What is no row may hold rows.
        at = end if "verdict" in row else at + 1
        number, verdict, pointed = row.get("i"), row.get("verdict"), row.get("spans", row.get("span"))
        if isinstance(number, str) and number.strip().isdigit() and len(number) < 9:
            number = int(number)
        word = " ".join(verdict.lower().split()) if isinstance(verdict, str) else ""
        word = {"not supported": "unsupported", "partially supported": "partial"}.get(word, word)
        if type(number) is int and word in _WORDS and number not in seen:
            seen.add(number)
            every = pointed if isinstance(pointed, list) else [pointed]
            spans = [one for one in every if isinstance(one, str) and one.strip()][:_MOST_SPANS]
            lacks = row.get("lacks")
            yield number, _Judgement(word, spans, " ".join(lacks.split())[:300] if isinstance(lacks, str) else "")
