"""Question sets: labelled questions, one JSON object a line.

    {"id": "S01", "type": "single", "question": "…", "answerable": true, "gold_titles": ["…"], "key_facts": ["…"]}

Optional: `history` (earlier turns), `acceptable_titles`, `near_miss_titles`, `key_fact_variants`,
`polarity` (yes, no or maybe), `answer` (a reference). Fields of other names are kept in `extra`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ReadError
from ..papers import Turn, normalised_title

POLARITIES = ("yes", "no", "maybe")


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question and what a right answer to it holds."""

    id: str
    question: str
    type: str = "unlabelled"
    answerable: bool = True
    """False: nothing in the library answers it, so a right answer says so."""
    gold_titles: tuple[str, ...] = ()
    """The papers a right answer cites, all of them."""
    acceptable_titles: tuple[str, ...] = ()
    """May be cited without harm; not required."""
    near_miss_titles: tuple[str, ...] = ()
    """For a question without an answer: the closest papers."""
    answer: str = ""
    """A reference answer, for the reader of a report; nothing is scored against it."""
    key_facts: tuple[str, ...] = ()
    key_fact_variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other wordings by key fact; any of them counts as the fact."""
    polarity: str = ""
    """For a yes-or-no question: `yes`, `no` or `maybe`; also read from a field named `decision`."""
    history: tuple[Turn, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def title_key(title: str) -> str:
    r"""The title for matching: LaTeX commands, case, punctuation and all white space dropped.

    A Greek letter equals its name. White space goes too, because a repaired title may hold "χ²"
    where a labelled one holds "$\chi^2$".
    """
    return normalised_title(title).replace(" ", "")


def read_questions(path: str | Path) -> list[LabelledQuestion]:
    """The questions of a JSONL file, in its order; blank lines are passed over.

    A file without questions gives the empty list. A line that can't be used raises ReadError and
    is named: leaving it out in silence would change every figure. A question without an id is
    called by its line, and an id used twice gets " (2)", so that runs can be compared by id.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ReadError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise ReadError(f"{path} is a folder; a question set is one .jsonl file.") from None
    except UnicodeDecodeError:
        raise ReadError(f"{path} is not UTF-8 text, so it can't be read as a question set.") from None
    except OSError as error:
        raise ReadError(f"{path} could not be read: {error.strerror or error}.") from None
    found: list[LabelledQuestion] = []
    used: dict[str, int] = {}
    # split("\n") and not splitlines(): U+2028 inside a JSON string does not end a line.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path.name}, line {number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ReadError(f"{where}: not a JSON object ({error.msg}, column {error.colno}).") from None
        except RecursionError:
            raise ReadError(f"{where}: nested too deeply to be a question.") from None
        if not isinstance(row, dict):
            raise ReadError(f"{where}: a question is a JSON object, this is {_kind(row)}.")
        question = question_from(row, where, f"line {number}")
        used[question.id] = used.get(question.id, 0) + 1
        if used[question.id] > 1:
            question = question_from({**row, "id": f"{question.id} ({used[question.id]})"}, where, "")
        found.append(question)
    return found


def question_from(row: Mapping[str, Any], where: str = "question", name: str = "question") -> LabelledQuestion:
    """The question in one JSON object; ReadError says `where` a field is wrong. `name` is its id if it has none."""
    text = row.get("question")
    if not isinstance(text, str) or not text.strip():
        raise ReadError(f'{where}: "question" should be a sentence, this is {_kind(text)}.')
    kind = str(row.get("type") or "unlabelled")
    answerable = row.get("answerable")
    if answerable is None:
        answerable = kind != "unanswerable"
    if not isinstance(answerable, bool):
        raise ReadError(f'{where}: "answerable" should be true or false, this is {_kind(answerable)}.')
    variants = row.get("key_fact_variants") or {}
    if not isinstance(variants, dict):
        raise ReadError(f'{where}: "key_fact_variants" should map a key fact to a list, this is {_kind(variants)}.')
    known = {*LabelledQuestion.__dataclass_fields__, "decision"} - {"extra"}
    return LabelledQuestion(
        id=str(row["id"]) if row.get("id") not in (None, "") else name,
        question=text.strip(),
        type=kind,
        answerable=answerable,
        gold_titles=_strings(row, "gold_titles", where),
        acceptable_titles=_strings(row, "acceptable_titles", where),
        near_miss_titles=_strings(row, "near_miss_titles", where),
        answer=str(row.get("answer") or ""),
        key_facts=_strings(row, "key_facts", where),
        key_fact_variants={str(fact): _strings(variants, fact, where) for fact in variants},
        polarity=_polarity(row),
        history=_turns(row.get("history"), where),
        extra={k: v for k, v in row.items() if k not in known},
    )


def _polarity(row: Mapping[str, Any]) -> str:
    value = row["polarity"] if row.get("polarity") is not None else row.get("decision")
    if isinstance(value, bool):
        return POLARITIES[0] if value else POLARITIES[1]
    said = value.strip().casefold() if isinstance(value, str) else ""
    return said if said in POLARITIES else ""


def _strings(row: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = row.get(name)
    if value is None:
        return ()
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(v, str | int | float) for v in value):
        raise ReadError(f'{where}: "{name}" should be a list of strings, this is {_kind(value)}.')
    return tuple(dict.fromkeys(str(v) for v in value if str(v).strip()))


def _turns(value: Any, where: str) -> tuple[Turn, ...]:
    if value is None:
        return ()
    wrong = f'{where}: "history" should be a list of objects with "question" and "answer".'
    if not isinstance(value, list):
        raise ReadError(wrong)
    turns = []
    for turn in value:
        if not isinstance(turn, dict) or not isinstance(turn.get("question"), str):
            raise ReadError(wrong)
        turns.append(Turn(turn["question"], str(turn.get("answer") or "")))
    return tuple(turns)


def _kind(value: Any) -> str:
    names: Iterable[tuple[Any, str]] = (
        (bool, "true or false"), (str, "text"), (int | float, "a number"), (list, "a list"), (dict, "an object"),
    )
    if value is None:
        return "missing"
    if isinstance(value, str) and not value.strip():
        return "empty"
    return next((name for kind, name in names if isinstance(value, kind)), "something else")
