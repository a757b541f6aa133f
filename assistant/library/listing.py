"""The library as a list of ids: limited, by what text is held, and in one of several orders."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from ..papers import Filters, normalised_title
from .limits import passing

_KIND = "coalesce(json_extract(data, '$.kind'), '')"
# It is cut before the pages.
_ABSTRACT = "EXISTS (SELECT 1 FROM passages s WHERE s.pid = papers.pid AND s.place = 0 AND s.field = 'abstract')"
TEXTS = {
    "full text": "pages_of IS NOT NULL",
    "abstract": f"pages_of IS NULL AND {_ABSTRACT} AND {_KIND} <> 'summary'",
    "summary": f"pages_of IS NULL AND {_KIND} = 'summary'",
    "title only": f"pages_of IS NULL AND NOT {_ABSTRACT} AND {_KIND} <> 'summary'",
}
"""What of a paper can be quoted, in a word, as SQL."""
NO_ABSTRACT = "no abstract"
_READ = "EXISTS (SELECT 1 FROM facets f WHERE f.pid = papers.pid AND f.kind = 'mark' AND f.value = 'read')"
_BY_SQL = {
    "arrival": "+pid", "last": "+pid DESC", "newest": "coalesce(year, 0) DESC, +pid",
    "oldest": "coalesce(nullif(year, 0), 9999), +pid", "unread": f"{_READ}, +pid",
}
_BY_WORDS = {"title": "$.title", "author": "$.authors[0]"}
ORDERS = (*_BY_SQL, *_BY_WORDS)


def listed(db: sqlite3.Connection, filters: Filters, text: str, order: str) -> list[str]:
    """The ids of the papers that pass and of which this text (a word of `TEXTS`, or `NO_ABSTRACT`) is held, in order.

    Any text where it is empty. Of equals, what came in first stands first; papers without an author stand last by it.
    """
    clause, values = passing(db, filters)
    if text:
        held = f"NOT {_ABSTRACT}" if text == NO_ABSTRACT else TEXTS[text]
        clause = f"{clause} AND {held}" if clause else f"WHERE {held}"
    if order in _BY_SQL:
        return [row[0] for row in db.execute(f"SELECT id FROM papers {clause} ORDER BY {_BY_SQL[order]}", values)]
    query = f"SELECT json_extract(data, '{_BY_WORDS[order]}'), id FROM papers {clause} ORDER BY +pid"
    key = normalised_title if order == "title" else _family_name
    rows = [(words is None, key(words or ""), paper_id) for words, paper_id in db.execute(query, values)]
    return [paper_id for _, _, paper_id in sorted(rows, key=lambda row: row[:2])]


def texts(db: sqlite3.Connection, paper_ids: Iterable[str]) -> dict[str, str]:
    """Of each of these papers that are here what can be quoted, in a word of `TEXTS`."""
    word = " ".join(f"WHEN {held} THEN '{text}'" for text, held in TEXTS.items())
    query = f"SELECT id, CASE {word} END FROM papers WHERE id IN (SELECT value FROM json_each(?))"
    return dict(db.execute(query, (json.dumps(list(paper_ids)),)).fetchall())


def _family_name(author: str) -> str:
    return normalised_title(author.split(",")[0] if "," in author else (author.split() or [""])[-1])
