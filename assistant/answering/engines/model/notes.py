"""What a model noted on the papers it read, out of its reply."""

from __future__ import annotations

from dataclasses import dataclass

from ....evidence import Evidence
from .loose_json import as_number, as_text, as_texts, under, value_in
from .pack import Pack
from .replies import without_thoughts


@dataclass(slots=True)
class Notes:
    """What the model found in one paper: how much it helps, 0 to 10, the sentences, and what it says."""

    score: int
    evidence: tuple[Evidence, ...]
    says: str = ""
    read: bool = False
    """Whether the model has read it; else the built-in score stands in."""


def notes_in(reply: str, view: Pack) -> dict[int, Notes]:
    """The notes in a reply, by paper; those on papers that were not shown are left out."""
    value = value_in(without_thoughts(reply))
    if isinstance(value, dict):
        listed = value.get("papers", value.get("notes"))
        rows = listed if isinstance(listed, list) else [value]
    else:
        rows = value if isinstance(value, list) else []
    found: dict[int, Notes] = {}
    for row in rows:
        n = as_number(under(row, "paper")) if isinstance(row, dict) else 0
        if not n and len(view.shown_numbers) == 1:
            n = view.shown_numbers[0]
        if n not in view.shown_numbers:
            continue
        ids = [
            one for written in as_texts(under(row, "cites"))
            for one in view.known(written.strip(" []()")) or view.known(view.locate(n, written)) or ()
            if one.split(".")[0] == str(n)
        ]
        evidence = view.evidence(list(dict.fromkeys(ids)), as_text(row.get("says")))
        score = min(10, as_number(row.get("score")))
        found[n] = Notes(score if evidence else 0, evidence, " ".join(as_text(row.get("says")).split()), read=True)
    return found
