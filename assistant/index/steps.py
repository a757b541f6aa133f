"""The steps by which the caches follow the library: words of some papers, vectors of some papers.

A step writes words, copy or Chroma first and is then committed in index.db; whatever is killed between is
done again by the next, and what it left half written is not looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..embeddings import Embedder, TokenEmbedder, showing_tokens
from ..embeddings.batches import patiently
from ..library import Library
from ..papers import Paper, Passage
from . import lexicon
from .build import Build
from .columns import NO_YEAR
from .texts import bodies, digest, texts_of
from .vectors import PASSAGE, SENTENCE
from .words import Words

if TYPE_CHECKING:
    import numpy as np

WORDS_AT_ONCE = 1000
KINDS = {PASSAGE: "passages", SENTENCE: "sentences"}


class Steps:
    """Writes into builds what the library holds, encoding what is new. The caller is the only writer."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self._library = library
        self._embedder = embedder

    def write_words(self, build: Build, names: Sequence[str]) -> None:
        """Bring the words of these papers up with the library; those that it does not hold are taken out."""
        papers = self._present(names)
        known = build.known(names)
        passages = self._passages_of(papers.values())
        arrivals = self._library.arrivals(list(papers))
        digests = {name: digest(paper, passages.get(name, [])) for name, paper in papers.items()}
        same = {
            name for name, held in known.items()
            if name in papers and (held.digest, held.arrival) == (digests[name], arrivals.get(name))
        }
        # What is removed while this step is at it has a message of its own.
        fresh = [name for name in papers if name not in same and name in arrivals]
        stale = [name for name in known if name not in same]
        if not fresh and not stale:
            return
        with build.step() as db:
            build.forget(db, stale)
            first = build.first_free(db)
            numbered = list(enumerate(fresh, first))
            db.executemany(
                "INSERT INTO papers(number, paper_id, digest, arrival, year) VALUES(?, ?, ?, ?, ?)",
                [(number, name, digests[name], arrivals[name], _year(papers[name])) for number, name in numbered],
            )
            lexicon.written(db, ((number, papers[name]) for number, name in numbered))
            build.words.write(
                ((n, papers[name].title, bodies(papers[name], passages.get(name, []))) for n, name in numbered),
                [known[name].number for name in stale], first,
            )

    def write_vectors(self, build: Build, waiting: dict[str, int], kind: int) -> int:
        """How many texts had to be encoded for the passages or sentences of these papers (by id: the number)."""
        import numpy as np

        papers = self._present(list(waiting))
        by_paper = self._passages_of(papers.values())
        rows: list[tuple[int, int, int, int, int]] = []
        texts: list[str] = []
        owners: list[str] = []
        counts = dict.fromkeys(waiting.values(), 0)
        for name, paper in papers.items():
            for start, end, page, text in texts_of(kind, paper, by_paper.get(name, [])):
                rows.append((waiting[name], start, end, page, kind))
                texts.append(text)
                owners.append(name)
                counts[waiting[name]] += 1
        showing = showing_tokens(self._embedder) if kind == PASSAGE else None
        vectors, codes, encoded = self._vectors(texts, owners, showing)
        self.forget_in_chroma(build)
        copy = build.copy(self._embedder.dimension if rows else None)
        if rows:
            if kind == PASSAGE and build.behind() is None:
                ids = [f"{number}.{i}" for number, count in counts.items() for i in range(count)]
                build.neighbours.put(ids, np.asarray(vectors, np.float32))
            copy.append(rows, vectors, codes)
        with build.step() as db:
            build.say(db, "rows", copy.count)
            build.say(db, "scanned", copy.scanned)
            build.say(db, "coded", copy.coded)
            build.say(db, "dimension", copy.dimension)
            if rows:
                build.say(db, "embedder", self._embedder.fingerprint)
            db.executemany(
                f"UPDATE papers SET {KINDS[kind]} = ? WHERE number = ?",
                [(count, number) for number, count in counts.items()],
            )
        return encoded

    def rewrite_words(self, build: Build, words: Words, numbers: Sequence[int]) -> None:
        """Write the words of the papers of these numbers anew, in one step; of a number that no paper has they go."""
        names = {name: number for number, name in build.names(numbers).items()}
        papers = self._present(list(names))
        passages = self._passages_of(papers.values())
        words.write(
            ((names[name], paper.title, bodies(paper, passages.get(name, []))) for name, paper in papers.items()),
            numbers, build.next_number(),
        )

    def forget_in_chroma(self, build: Build) -> None:
        """Take out of Chroma what papers that are gone had there."""
        gone = build.left()
        if gone:
            build.neighbours.remove([f"{number}.{i}" for number, passages in gone for i in range(passages)])
            with build.step() as db:
                db.executemany("DELETE FROM state WHERE key = ?", [(f"left:{number}",) for number, _ in gone])

    def _vectors(
        self, texts: Sequence[str], owners: Sequence[str], showing: TokenEmbedder | None
    ) -> tuple[np.ndarray, list[bytes], int]:
        """One half-precision row per text, their packed tokens where they are shown, and how many were encoded."""
        import numpy as np

        if not texts:
            return np.zeros((0, 0), np.float16), [], 0
        fingerprint = self._embedder.fingerprint
        hashes = [vector_hash(text) for text in texts]
        of = dict(zip(hashes, owners, strict=True))
        known = self._known(fingerprint, of)
        codes = self._known(tokens_of(fingerprint), of) if showing else {}
        new = {h: i for i, h in enumerate(hashes) if h not in known or (showing and h not in codes)}
        if new:
            fresh_texts, whose = [texts[i] for i in new.values()], {h: of[h] for h in new}
            with patiently():
                made, shown = showing.coded(fresh_texts) if showing else (self._embedder.encode(fresh_texts), [])
            fresh = {h: row.tobytes() for h, row in zip(new, made.astype(np.float16), strict=True) if h not in known}
            self._library.put_vectors(fingerprint, fresh, whose)
            known |= fresh
            if showing:
                coded = dict(zip(new, shown, strict=True))
                self._library.put_vectors(tokens_of(fingerprint), coded, whose)
                codes |= coded
        rows = np.frombuffer(b"".join(known[h] for h in hashes), "<f2").reshape(len(texts), -1)
        return rows, [codes[h] for h in hashes] if showing else [], len(new)

    def _known(self, fingerprint: str, of: Mapping[str, str]) -> dict[str, bytes]:
        """What is kept of these texts (by content hash: whose it is), here or by another library of this machine."""
        found = self._library.vectors(fingerprint, of)
        return found | self._library.adopted_vectors(fingerprint, {h: name for h, name in of.items() if h not in found})

    def _present(self, names: Iterable[str]) -> dict[str, Paper]:
        """Those of the papers that the library holds under these very ids, without their pages."""
        wanted = list(names)
        found = {paper.id: paper for paper in self._library.papers(wanted, keep=False)} if wanted else {}
        return {name: found[name] for name in wanted if name in found}

    def _passages_of(self, papers: Iterable[Paper]) -> dict[str, list[Passage]]:
        found: dict[str, list[Passage]] = {}
        for passage in self._library.passages_of(papers):
            found.setdefault(passage.paper_id, []).append(passage)
        return found


def tokens_of(fingerprint: str) -> str:
    """What the packed tokens of an embedder's texts are kept under in the library, beside its vectors."""
    return f"{fingerprint}+tokens1"


def vector_hash(text: str) -> str:
    """What a text's vector is kept under in the library."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _year(paper: Paper) -> int:
    return NO_YEAR if paper.year is None or abs(paper.year) >= 2**62 else paper.year
