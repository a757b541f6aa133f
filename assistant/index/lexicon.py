"""The words of a library as its papers write them, and what its short forms stand for: kept in index.db,
brought up with every step of the index, so that no question has to read the library for them.

What each paper brought is kept with its number, packed, so that a paper that is changed or removed takes its
words with it.
"""

from __future__ import annotations

import json
import re
import sqlite3
import string
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ..errors import SearchIndexError
from ..papers import Paper
from ..text import tokens
from ..text.acronyms import Meaning, defined, grouped

LEXICON = """
CREATE TABLE IF NOT EXISTS vocabulary(word TEXT PRIMARY KEY, count INTEGER NOT NULL, lower INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people(word TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS short_forms(
    short TEXT NOT NULL, number INTEGER NOT NULL, words TEXT NOT NULL, folded TEXT NOT NULL,
    PRIMARY KEY(short, number, words)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS short_forms_folded ON short_forms(folded);
CREATE INDEX IF NOT EXISTS short_forms_number ON short_forms(number);
CREATE TABLE IF NOT EXISTS brought(number INTEGER PRIMARY KEY, words BLOB NOT NULL)
"""
_WORD = re.compile(r"[^\W\d_]{3,}")
_LETTERS = string.ascii_lowercase + "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœšžčćłńśźżğışαβγδεζηθικλμνξοπρσςτυφχψω"


def written(db: sqlite3.Connection, papers: Iterable[tuple[int, Paper]]) -> None:
    """Put down the words of these papers (number, paper) within a step of the index."""
    brought: list[tuple[int, _Brought]] = []
    short: list[tuple[str, int, str, str]] = []
    for number, paper in papers:
        text = text_of(paper)
        people = {word for author in paper.authors for word in tokens(author)}
        brought.append((number, _Brought(
            _storable(" ".join(_WORD.findall(text))), _storable(" ".join(sorted(people))),
        )))
        short += [(form, number, words, form.casefold()) for form, words in defined(text)]
    _add_counts(db, [one for _, one in brought], 1)
    db.executemany("INSERT INTO brought VALUES(?, ?)", [(number, one.packed()) for number, one in brought])
    db.executemany("INSERT OR IGNORE INTO short_forms VALUES(?, ?, ?, ?)", sorted(short))


def forgotten(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Take out what the papers of these numbers brought, within a step of the index."""
    brought = []
    for number in numbers:
        row = db.execute("DELETE FROM brought WHERE number = ? RETURNING words", (number,)).fetchone()
        brought += [_Brought.unpacked(row[0])] if row else []
        db.execute("DELETE FROM short_forms WHERE number = ?", (number,))
    _add_counts(db, brought, -1)


@dataclass(frozen=True, slots=True)
class _Brought:
    """Of one paper its words, each as often as it has it, and those of its authors' names: with spaces between."""

    words: str
    people: str

    def packed(self) -> bytes:
        """As it is kept."""
        return zlib.compress(f"{self.words}\n{self.people}".encode(), 1)

    @classmethod
    def unpacked(cls, data: bytes) -> _Brought:
        """What `packed` gave. SearchIndexError when the data is damaged."""
        try:
            words, people = zlib.decompress(data).decode().split("\n")
        except (ValueError, zlib.error):
            raise SearchIndexError("The index's list of words is damaged; rebuild it.") from None
        return cls(words, people)


def _add_counts(db: sqlite3.Connection, brought: Iterable[_Brought], sign: int) -> None:
    """Add what papers brought to the counts, or (by `sign`) take it off; a word that is in none goes."""
    count: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    people: Counter[str] = Counter()
    for one in brought:
        count.update(one.words.casefold().split(" ") if one.words else ())
        lower.update(filter(str.islower, one.words.split(" ")))
        people.update(one.people.split(" ") if one.people else ())
    words = [(word, sign * n, sign * lower[word]) for word, n in sorted(count.items())]
    names = [(word, sign * n) for word, n in sorted(people.items())]
    db.executemany(
        "INSERT INTO vocabulary VALUES(?1, ?2, ?3) ON CONFLICT(word) DO UPDATE SET count = count + ?2, "
        "lower = lower + ?3", words,
    )
    db.executemany("INSERT INTO people VALUES(?1, ?2) ON CONFLICT(word) DO UPDATE SET count = count + ?2", names)
    if sign < 0:
        db.executemany("DELETE FROM vocabulary WHERE word = ? AND count <= 0", [(word,) for word, *_ in words])
        db.executemany("DELETE FROM people WHERE word = ? AND count <= 0", [(word,) for word, _ in names])


def text_of(paper: Paper) -> str:
    """What of a paper its words are taken from."""
    return "\n".join((paper.title, paper.abstract, *paper.keywords))


class Lexicon:
    """The words as they stand in one build's index.db. `reading` gives a connection that sees one state."""

    def __init__(self, reading: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._reading = reading

    def count(self, word: str) -> int:
        """How often the word occurs in titles, abstracts and keywords, in whatever case."""
        return self._counts(word.casefold())[0]

    def lower(self, word: str) -> int:
        """How often the word is written in lower case."""
        return self._counts(word)[1]

    def is_name(self, word: str) -> bool:
        """Whether the word is one of an author's name."""
        with self._reading() as db:
            found = db.execute("SELECT 1 FROM people WHERE word = ?", (_storable(word.casefold()),)).fetchone()
        return found is not None

    def near(self, word: str) -> dict[str, int]:
        """How often each word occurs that may be one or two slips from this one: all those, and many others.

        Of words with another first letter, those that one slip at the first letter makes.
        """
        word = _storable(word.casefold())
        if not word:
            return {}
        first, rest = word[0], word[1:]
        others = {rest, *(letter + rest for letter in _LETTERS), *(letter + word for letter in _LETTERS)}
        others |= {word[i] + word[:i] + word[i + 1 :] for i in range(1, len(word))}
        others |= {rest[:i] + first + rest[i:] for i in range(1, len(word))}
        others |= {word[i] + word[1:i] + first + word[i + 1 :] for i in range(1, len(word))}
        with self._reading() as db:
            found = dict(db.execute(
                "SELECT word, count FROM vocabulary WHERE word IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(others)),),
            ))
            # Words compare by code point, so this is every word with that first letter.
            found |= dict(db.execute(
                "SELECT word, count FROM vocabulary WHERE word >= ? AND word < ? AND length(word) BETWEEN ? AND ?",
                (first, chr(min(ord(first) + 1, 0x10FFFF)), len(word) - 2, len(word) + 2),
            ))
        return found

    def short(self, form: str) -> tuple[Meaning, ...]:
        """What the short form stands for, the meaning of most papers first; nothing where no paper defines it."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT p.paper_id, s.words FROM short_forms s JOIN papers p USING(number) WHERE short = ? "
                "ORDER BY arrival", (_storable(form),),
            ).fetchall()
        return grouped((paper_id, form, words) for paper_id, words in rows).get(form, ())

    def short_folded(self, form: str) -> str:
        """The short form that reads so in lower case; empty where there is none."""
        with self._reading() as db:
            row = db.execute(
                "SELECT short FROM short_forms JOIN papers USING(number) WHERE folded = ? ORDER BY short DESC LIMIT 1",
                (_storable(form),),
            ).fetchone()
        return row[0] if row else ""

    def _counts(self, word: str) -> tuple[int, int]:
        with self._reading() as db:
            row = db.execute("SELECT count, lower FROM vocabulary WHERE word = ?", (_storable(word),)).fetchone()
        return row or (0, 0)


def _storable(word: str) -> str:
    return word if word.isascii() else word.encode("utf-8", "replace").decode()
