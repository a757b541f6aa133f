"""Stored conversations: what was asked, when, and the answer that came."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import LibraryError
from ..papers import Answer, Finding, Sentence
from .intake import present
from .store import Store

REMOVED = (
    "This answer used a paper that has since been removed from the library, so it was removed with it. "
    "Ask again to get a new one."
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation: its name, when it was begun and last used (UTC), and how many turns it has."""

    id: str
    name: str
    created: datetime
    updated: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question and its answer; None where the answer never came."""

    id: int
    question: str
    answer: Answer | None
    asked_at: datetime


class Conversations:
    """The conversations in a library file."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Conversation]:
        """Every conversation, the last used first."""
        with self._store.read() as db:
            rows = db.execute(
                "SELECT c.id, name, created, updated, count(t.id) FROM conversations c "
                "LEFT JOIN turns t ON t.conversation = c.id GROUP BY c.id "
                "ORDER BY updated DESC, created DESC, c.rowid DESC"
            ).fetchall()
        return [Conversation(i, name, _when(created), _when(updated), n) for i, name, created, updated, n in rows]

    def turns(self, conversation_id: str) -> list[StoredTurn]:
        """Its turns in the order they were asked."""
        with self._store.read() as db:
            _must_exist(db, conversation_id)
            rows = db.execute(
                "SELECT id, question, answer, asked_at FROM turns WHERE conversation = ? ORDER BY id",
                (conversation_id,),
            ).fetchall()
        return [StoredTurn(i, question, _answer(answer), _when(at)) for i, question, answer, at in rows]

    def new(self, name: str) -> str:
        """The id of a new, empty conversation."""
        conversation_id, now = uuid.uuid4().hex[:12], time.time()
        with self._store.write() as db:
            db.execute("INSERT INTO conversations VALUES(?, ?, ?, ?)", (conversation_id, _clean(name), now, now))
        return conversation_id

    def rename(self, conversation_id: str, name: str) -> None:
        """Give it another name."""
        with self._store.write() as db:
            _must_exist(db, conversation_id)
            db.execute("UPDATE conversations SET name = ? WHERE id = ?", (_clean(name), conversation_id))

    def delete(self, conversation_id: str) -> None:
        """Delete it and its turns; one that is not there is no error."""
        with self._store.write() as db:
            db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
            db.execute("UPDATE state SET scrub = 1")
        self._store.scrub()

    def add_turn(self, conversation_id: str, question: str, answer: Answer | None = None) -> int:
        """The id of the new turn."""
        now = time.time()
        with self._store.write() as db:
            _must_exist(db, conversation_id)
            turn = db.execute(
                "INSERT INTO turns(conversation, question, asked_at) VALUES(?, ?, ?)",
                (conversation_id, _clean(question), now),
            ).lastrowid
            db.execute("UPDATE conversations SET updated = ? WHERE id = ?", (now, conversation_id))
            if answer is not None and turn is not None:
                _put_answer(db, turn, answer)
        return turn or 0

    def set_answer(self, turn_id: int, answer: Answer) -> None:
        """Store the answer of a turn, in place of the one it had."""
        with self._store.write() as db:
            row = db.execute("SELECT conversation FROM turns WHERE id = ?", (turn_id,)).fetchone()
            if row is None:
                raise LibraryError("This conversation has been deleted, so the answer was not stored.")
            _put_answer(db, turn_id, answer)
            db.execute("UPDATE conversations SET updated = ? WHERE id = ?", (time.time(), row[0]))


def forget_answers(db: sqlite3.Connection, paper_ids: Collection[str], words: Iterable[str]) -> int:
    """How many answers were replaced by a note: those that name one of the papers or hold any of its words."""
    marks = ",".join("?" * len(paper_ids))
    turns = {r[0] for r in db.execute(f"SELECT turn FROM cited WHERE paper_id IN ({marks})", tuple(paper_ids))}
    telling = [json.dumps(w, ensure_ascii=False)[1:-1] for w in words if len(w) > 20]
    for turn, answer in db.execute("SELECT id, answer FROM turns WHERE answer IS NOT NULL"):
        if turn not in turns and any(w in answer for w in telling):
            turns.add(turn)
    for turn in turns:
        question = db.execute("SELECT question FROM turns WHERE id = ?", (turn,)).fetchone()[0]
        _write_answer(db, turn, without_answer(question))
    return len(turns)


def without_answer(question: str) -> Answer:
    """What stands in a conversation for an answer that went with a removed paper."""
    return Answer(
        question, answer=REMOVED, sentences=(Sentence(REMOVED),), findings=(Finding("paper_removed", "", REMOVED),)
    )


def _put_answer(db: sqlite3.Connection, turn: int, answer: Answer) -> None:
    # A paper may be removed while an answer that cites it is being written.
    named = _named(answer)
    if named != present(db, named):
        answer = without_answer(answer.question)
    _write_answer(db, turn, answer)


def _write_answer(db: sqlite3.Connection, turn: int, answer: Answer) -> None:
    try:
        data = json.dumps(answer.to_dict(), ensure_ascii=False)
        data.encode()
    except UnicodeEncodeError:
        data = json.dumps(answer.to_dict())
    db.execute("UPDATE turns SET answer = ? WHERE id = ?", (data, turn))
    db.execute("DELETE FROM cited WHERE turn = ?", (turn,))
    db.executemany("INSERT INTO cited VALUES(?, ?)", [(turn, i) for i in _named(answer)])


def _named(answer: Answer) -> set[str]:
    return {c.paper_id for c in answer.citations} | {r.paper_id for r in answer.related}


def _answer(data: str | None) -> Answer | None:
    return None if data is None else Answer.from_dict(json.loads(data))


def _must_exist(db: sqlite3.Connection, conversation_id: str) -> None:
    if db.execute("SELECT 1 FROM conversations WHERE id = ?", (conversation_id,)).fetchone() is None:
        raise LibraryError("There is no such conversation; it may have been deleted in another window.")


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
