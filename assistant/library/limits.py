"""Limits on papers as SQL."""

from __future__ import annotations

import json
import re
import sqlite3

from ..papers import Filters, normalised_title
from .schema import VENUES


def venues(db: sqlite3.Connection) -> list[str]:
    """The names of the venues that papers are in, long and short; some twice."""
    query = "SELECT DISTINCT {0} FROM papers WHERE {0} IS NOT NULL"
    return [row[0] for name in VENUES for row in db.execute(query.format(name)) if row[0]]


def passing(db: sqlite3.Connection, filters: Filters) -> tuple[str, list[str | int]]:
    """The clause that exactly the papers pass which `filters.allows`, and its values; empty for no limits."""
    where: list[str] = []
    values: list[str | int] = []
    if filters.paper_ids:
        where.append("id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(filters.paper_ids)))
    for limit, sign in ((filters.year_from, ">="), (filters.year_to, "<=")):
        if limit is not None:
            where.append(f"year {sign} ?")
            values.append(max(-(2**62), min(2**62, limit)))
    for kind, wanted in (("author", filters.authors), ("source", filters.sources)):
        if wanted:
            part = " OR ".join(["instr(value, ?) > 0"] * len(wanted))
            where.append(f"pid IN (SELECT pid FROM facets WHERE kind = '{kind}' AND ({part}))")
            # What no file can hold stands in no paper; NUL is never stored.
            values += [re.sub("[\ud800-\udfff]", "\0", f" {normalised_title(w)} ") for w in wanted]
    for kind, wanted in (("tag", filters.tags), ("collection", filters.collections)):
        if wanted:
            equal = f"kind = '{kind}' AND value IN (SELECT value FROM json_each(?))"
            where.append(f"pid IN (SELECT pid FROM facets WHERE {equal})")
            values.append(json.dumps([w.casefold() for w in wanted]))
    if filters.venues:
        asked = [f" {normalised_title(w)} " for w in filters.venues]
        # Venues are few, so that their names are gone through rather than the papers.
        named = [name for name in venues(db) if any(w in f" {normalised_title(name)} " for w in asked)]
        where.append("(" + " OR ".join(f"{name} IN (SELECT value FROM json_each(?))" for name in VENUES) + ")")
        values += [json.dumps(named)] * len(VENUES)
    if filters.read is not None:
        marked = "pid IN (SELECT pid FROM facets WHERE kind = 'mark' AND value = 'read')"
        where.append(marked if filters.read else f"NOT {marked}")
    clause = f"WHERE {' AND '.join(where)}" if where else ""
    return clause, values
