"""What the user lays over papers: tags, collections, a note, the read mark; for one paper or thousands in one step."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from . import intake, records


def changed(db: sqlite3.Connection, changes: Mapping[str, Mapping[str, Any]]) -> list[str] | None:
    """The ids of the papers that are other than before, each given what it shall have; None when none is there.

    Ids are present ones; those without a paper are passed over. All changes are of one generation.
    """
    out: list[str] = []
    known = False
    generation = 0
    for paper_id, wanted in changes.items():
        row = db.execute("SELECT pid, own FROM papers WHERE id = ?", (paper_id,)).fetchone()
        if row is None:
            continue
        known = True
        pid, before = row
        base = intake.base_of(db, pid)
        own = records.changed_own(base, json.loads(before) if before else {}, **wanted)
        now = json.dumps(own) if own else ""
        if now == before:
            continue
        generation = generation or intake.next_generation(db)
        paper = records.with_own(base, own)
        intake.keep_words(db, pid)
        db.execute(
            "UPDATE papers SET data = ?, own = ?, changed = ? WHERE pid = ?",
            (records.packed(paper), now, generation, pid),
        )
        intake.write_facets(db, pid, paper)
        out.append(paper_id)
    return out if known else None
