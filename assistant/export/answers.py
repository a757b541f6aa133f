"""An answer as one Markdown file: to be read, to be cited from, and to be asked again.

For the reader: question, sentences with their verdicts, quotes, references, and how it was made. For
`litassist replay`: a block of JSON at the end, which holds all of it. Text from papers is escaped, so
that it can neither shape the page nor end the block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UsageError
from ..papers import Answer, Block, Citation, Filters, Paper, Turn
from ..readers.markdown import ANSWER_MARK
from ..shapes import NO_VALUE, SHORTLISTED, Group, Row, blocks_of, groups, quotes_of, sureness, unsure
from .markdown import escaped
from .references import references

FORMAT = 1
MAX_BYTES = 16 << 20
_FENCE = "```json litassist-answer"
_BLOCK = re.compile(rf"^{_FENCE}[ \t]*\r?\n(.*?)\r?\n```[ \t]*\r?$", re.M | re.S)
_PASSWORD = re.compile(r"//[^/@\s]*@")
_VERDICTS = {"supported": "supported", "partial": "**partly supported**", "unsupported": "**not supported**"}


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and what it takes to ask for it again."""

    answer: Answer
    filters: Filters = field(default_factory=Filters)
    history: tuple[Turn, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The settings that shape an answer, nothing secret."""
    when: str = ""
    """`YYYY-MM-DD HH:MM` with the zone."""
    version: str = ""
    papers: int = 0
    """How many papers the library held."""


def asked_now(
    answer: Answer, history: Sequence[Turn], filters: Filters, settings: Mapping[str, Any], papers: int
) -> Asked:
    """The answer with what it was asked with, dated now; addresses in it lose user names and passwords."""
    from datetime import datetime
    from importlib.metadata import PackageNotFoundError, version

    try:
        own = version("litassist")
    except PackageNotFoundError:
        own = ""
    shown = {k: _PASSWORD.sub("//", v) if isinstance(v, str) else v for k, v in settings.items()}
    answer = replace(answer, backend=_PASSWORD.sub("//", answer.backend))
    when = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")
    return Asked(answer, filters, tuple(history), {**shown, "backend": answer.backend}, when, own, papers)


def cited_papers(answer: Answer, paper: Callable[[str], Paper | None]) -> dict[str, Paper]:
    """The papers that an answer cites, by id, in the order of its citations; those that are gone are left out."""
    ids = dict.fromkeys(c.paper_id for c in answer.citations)
    return {i: found for i in ids if (found := paper(i)) is not None}


def answer_file(asked: Asked, cited: Mapping[str, Paper], style: str = "apa") -> str:
    """The file. `cited` holds the cited papers by id; those that are gone are named as the citations name them."""
    answer = asked.answer
    parts = [
        f"{ANSWER_MARK}{FORMAT} -->",
        f"# {escaped(answer.question) or 'A question'}",
        *(_shortlist(answer) if answer.decision == "shortlist" else _text(answer)),
        *_section("Quotes", [_quote(c) for c in answer.citations]),
        *_section("References", _references(answer.citations, cited, style)),
        *_section("Not found in the library", [f"- {escaped(m)}" for m in answer.missing], "\n"),
        *_section("Nearest papers", _nearest(answer), "\n"),
        *_section("Notes", [f"- {escaped(f.detail)}" for f in answer.findings if f.detail], "\n"),
        *_section("How it was made", _origin_lines(asked), "\n"),
        "`litassist replay FILE` asks this again and says what differs. The block below is what it reads.",
        f"{_FENCE}\n{_json(asked)}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _text(answer: Answer) -> list[str]:
    parts = [part for group in groups(blocks_of(answer)) for part in _group(group)]
    if said := sureness(answer):
        parts.append(f"*{escaped(said[0].upper() + said[1:])}.*")
    if answer.error:
        parts.append(f"The answer is incomplete: {escaped(answer.error)}")
    return parts


def _group(group: Group) -> list[str]:
    if group.kind == "heading":
        return [f"### {escaped(group.blocks[0].text)}"]
    if group.kind == "rows":
        if group.look == "list":
            return ["\n".join(_item(row, row.cells) for row in group.rows)]
        return _table(group) if group.look == "table" else _sides(group)
    return [_sentence(block) for block in group.blocks]


def _sentence(block: Block) -> str:
    if block.kind == "gap":
        return f"*{escaped(block.text)}*"
    if not block.citations and block.verdict == "supported":
        return escaped(block.text)
    said = _VERDICTS.get(block.verdict, _VERDICTS["unsupported"])
    said = said if "**" in said else f"*{said}*"
    return f"{_marked(block)} — {said}{_lacking(block)}"


def _marked(block: Block) -> str:
    return escaped(block.text) + "".join(f" \\[{n}\\]" for n in block.citations)


def _lacking(block: Block) -> str:
    lacking = "; ".join(map(escaped, block.missing))
    return f", not in the source: {lacking}" if lacking else ""


def _brief(block: Block) -> str:
    """A row's head or a cell: its verdict only where something is wrong."""
    said = "" if block.verdict == "supported" else f" ({_VERDICTS.get(block.verdict, '')}{_lacking(block)})"
    return _marked(block) + said


def _item(row: Row, cells: Sequence[Block]) -> str:
    text = " ".join(map(_brief, cells))
    return "- " + (f"**{_brief(row.head)}**" + (f": {text}" if text else "") if row.head else text)


def _table(group: Group) -> list[str]:
    columns = [*group.columns, *([""] if any(row.under("") for row in group.rows) else [])]
    rows = [["", *map(escaped, columns)], ["---"] * (len(columns) + 1)]
    for row in group.rows:
        cells = [" ".join(map(_brief, row.under(name))) or NO_VALUE for name in columns]
        rows.append([_brief(row.head) if row.head else "", *cells])
    return ["\n".join("| " + " | ".join(row) + " |" for row in rows)]


def _sides(group: Group) -> list[str]:
    parts = []
    for name in group.columns:
        lines = [_item(row, row.under(name)) for row in group.rows if row.under(name)]
        parts += [f"### {escaped(name)}", "\n".join(lines)]
    return parts + [_sentence(block) for row in group.rows for block in row.under("")]


def _shortlist(answer: Answer) -> list[str]:
    parts = [escaped(unsure(answer))]
    for related in answer.related[:SHORTLISTED]:
        shown = quotes_of(related.quote, [q.text for q in related.quotes], 3)
        parts += [f"### {escaped(related.title)}", *(f"> {escaped(quote)}" for quote in shown)]
    return parts


def _nearest(answer: Answer) -> list[str]:
    if answer.decision == "shortlist":
        return []
    return [f"- {escaped(r.title)}: “{escaped(r.quote)}”" for r in answer.related]


def _section(head: str, lines: Sequence[str], gap: str = "\n\n") -> list[str]:
    return [f"## {head}", gap.join(lines)] if lines else []


def _quote(c: Citation) -> str:
    where = f"page {c.page}" if c.page else c.field
    about = ", ".join(x for x in ("; ".join(c.authors[:3]) + (" et al." if len(c.authors) > 3 else ""),
                                  str(c.year or ""), where) if x)  # fmt: skip
    return f"**\\[{c.n}\\]** {escaped(c.title)} ({escaped(about)}):\n\n> {escaped(c.quote)}"


def _references(citations: Sequence[Citation], cited: Mapping[str, Paper], style: str) -> list[str]:
    numbers: dict[str, list[int]] = {}
    for c in citations:
        numbers.setdefault(c.paper_id, []).append(c.n)
    lines = []
    for paper_id, given in numbers.items():
        if paper := cited.get(paper_id):
            text = re.sub(r"^(?:\[1\]|1\.) ", "", references([paper], style)[0])
        else:
            c = next(c for c in citations if c.paper_id == paper_id)
            text = ". ".join(x for x in (", ".join(c.authors), c.title, str(c.year or ""), c.url or "") if x)
        marks = "".join(f"\\[{n}\\]" for n in given)
        lines.append(f"**{marks}** {escaped(text)}")
    return lines


def _origin_lines(asked: Asked) -> list[str]:
    answer, stamps = asked.answer, asked.answer.fingerprint
    rows = {
        "asked": asked.when,
        "backend": answer.backend,
        "prompt": stamps.prompt,
        "index": stamps.index,
        "settings": stamps.settings,
        "papers in the library": asked.papers or "",
        "limits": json.dumps(asked.filters.to_dict(), ensure_ascii=False) if asked.filters else "",
        "earlier turns": len(asked.history) or "",
        "decision": answer.decision,
        "form": answer.form,
        "confidence": f"{answer.confidence:.2f}" if answer.confidence is not None else "",
        "litassist": asked.version,
    }
    return [f"- {name}: {escaped(str(value))}" for name, value in rows.items() if value]


def _json(asked: Asked) -> str:
    row = {
        "format": FORMAT,
        "litassist": asked.version,
        "asked": asked.when,
        "papers": asked.papers,
        "settings": dict(asked.settings),
        "filters": asked.filters.to_dict(),
        "history": [{"question": t.question, "answer": t.text} for t in asked.history],
        "answer": asked.answer.to_dict(),
    }
    # One line per field, with nothing in it that Markdown or HTML would take as its own.
    data = json.dumps(row, ensure_ascii=False, indent=1)
    return re.sub(r"[<>&`~\u2028\u2029\x7f-\x9f]", lambda m: f"\\u{ord(m[0]):04x}", data)


def asked_in(text: str) -> Asked:
    """What an exported answer holds; UsageError in plain words when it holds none, or a damaged one."""
    blocks = _BLOCK.findall(text)
    if not blocks:
        raise UsageError(
            "This file holds no exported answer (the block at its end is missing). "
            "`litassist ask QUESTION --export FILE.md` writes one."
        )
    try:
        row = json.loads(blocks[-1])
    except (ValueError, RecursionError):
        raise UsageError("The block at the end of this file is damaged, so the answer can't be asked again.") from None
    if not isinstance(row, dict) or not isinstance(row.get("format"), int):
        raise UsageError("The block at the end of this file is not an exported answer.")
    if row["format"] > FORMAT:
        raise UsageError("This answer was exported by a newer version of this program; update to ask it again.")
    try:
        return Asked(
            answer=Answer.from_dict(row["answer"]),
            filters=_filters(row.get("filters") or {}),
            history=tuple(Turn(str(t["question"]), str(t.get("answer", ""))) for t in row.get("history") or ()),
            settings={str(k): v for k, v in (row.get("settings") or {}).items()},
            when=str(row.get("asked", "")),
            version=str(row.get("litassist", "")),
            papers=int(row.get("papers") or 0),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError("The block at the end of this file lacks parts of the answer.") from None


def backend_of(asked: Asked, own: str) -> str:
    """The backend to ask again: the one that answered. UsageError where the file alone says where it is.

    A file is something one is sent: it must not choose a server for one's papers, or a file to be run.
    """
    named = str(asked.settings.get("backend") or asked.answer.backend or own)
    if named in (own, _PASSWORD.sub("//", own)):
        return own
    if re.match(r"(?:openai-compatible|gguf):", named) or re.search(r"[/@\\]", named):
        raise UsageError(
            f"This answer was written by {named}, which is not the backend in your settings. "
            "Name one to ask it again: --backend extractive, or that one if you trust it."
        )
    return named


def settings_of(asked: Asked) -> dict[str, Any]:
    """The recorded settings that may be taken over: numbers and choices, nothing that names a model or a place."""
    kinds = {"context_tokens": int, "max_answer_tokens": int, "papers_per_answer": int, "unsupported": str,
             "temperature": float, "effort": str}  # fmt: skip
    given = {k: asked.settings.get(k) for k in kinds}
    return {k: v for k, v in given.items() if isinstance(v, kinds[k]) and not isinstance(v, bool)}


def _filters(row: Mapping[str, Any]) -> Filters:
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("year_from", "year_to"):
            values[name] = int(value)
        elif isinstance(value, list):
            values[name] = tuple(map(str, value))
    return Filters(**values)
