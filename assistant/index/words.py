"""The lexical index: which papers hold which words, scored by BM25 over title and body.

A cache in one folder, made with tantivy. Papers are known here by number. A paper is one document
(title, abstract, keywords), and each passage of its full text is one more, so that a long text has
no advantage; a paper scores as its best document.
"""

from __future__ import annotations

import contextlib
import copy
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SearchIndexError, first_line
from ..models import values
from . import word_files

if TYPE_CHECKING:
    import numpy as np

TITLE_BOOST: float = values("search")["words"]["title"]
"""What a word in the title counts beside one in the body."""
MAX_QUERY_TERMS = 256
"""Of a longer question the rarest terms are taken: a pasted book is a query too."""
_ANALYZER = "paper"
_HEAP_BYTES = 64_000_000
_LOCK_WAIT_S, _CLOSING_S = 120.0, 2.0
_LOOKED_OVER = 64_000_000
_PANIC = "PanicException"


class Words:
    """The words of papers by number. One writer at a time (the caller holds the lock); many readers."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        # Signed: tantivy's Python documents can't carry unsigned values; indexed, or deletion finds nothing.
        builder.add_integer_field("number", indexed=True, fast=True)
        builder.add_text_field("title", tokenizer_name=_ANALYZER)
        builder.add_text_field("body", tokenizer_name=_ANALYZER)
        self._schema = builder.build()
        self._analyzer = _analyzer()
        self._lock = threading.Lock()
        self._folder = folder = self._writable(folder)
        with _legibly():
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)
        self._index.register_tokenizer(_ANALYZER, self._analyzer)
        self._searcher: Any = None
        self._looked_over = False
        self._writer: Any = None
        self._merging: threading.Thread | None = None

    def _writable(self, folder: Path) -> Path:
        """The folder; where it may only be read, a passing copy, since tantivy lays a lock in what it reads."""
        if folder.is_dir() and not os.access(folder, os.W_OK):
            self._lent = tempfile.TemporaryDirectory(prefix="litassist-")
            return Path(shutil.copytree(folder, Path(self._lent.name) / "words"))
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    # ------------------------------------------------------------------ writing

    def write(self, papers: Iterable[tuple[int, str, Sequence[str]]], gone: Sequence[int], first_free: int) -> None:
        """Add papers (number, title, bodies), forget the numbers in `gone`, as one step.

        Numbers from `first_free` on are of a step that was cut short, and are forgotten first.
        """
        try:
            with _legibly():
                self._write(papers, gone, first_free)
        except SearchIndexError:
            self._let_go()
            raise

    def _let_go(self) -> None:
        """Give up the right to write after a failure, at once: the error may keep the writer alive for long."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(SearchIndexError), _legibly():
                writer.wait_merging_threads()

    def _write(self, papers: Iterable[tuple[int, str, Sequence[str]]], gone: Sequence[int], first_free: int) -> None:
        import tantivy

        writer = self._opened_writer()
        stale = tantivy.Query.range_query(self._schema, "number", tantivy.FieldType.Integer, first_free, 2**62)
        writer.delete_documents_by_query(stale)
        for number in gone:
            writer.delete_documents_by_term("number", number)
        for number, title, bodies in papers:
            for place, body in enumerate(bodies or [""]):
                document = tantivy.Document(number=number, body=_clean(body))
                if place == 0:
                    document.add_text("title", _clean(title))
                writer.add_document(document)
        writer.commit()
        self._searcher = None

    def _opened_writer(self) -> Any:
        """The writer, which goes on merging small parts into larger ones behind what is written."""
        if self._merging is not None:
            self._merging.join()
            self._merging = None
        until = time.monotonic() + _LOCK_WAIT_S
        while self._writer is None:
            try:
                self._writer = self._index.writer(_HEAP_BYTES, 1)
                # A step that was cut short leaves files whose names this one may want.
                self._writer.garbage_collect_files()
            except ValueError as error:
                # Another process that has written may still be merging.
                if time.monotonic() > until:
                    raise SearchIndexError(
                        f"The word index is being written by another process ({first_line(error)})."
                    ) from None
                time.sleep(0.05)
        return self._writer

    def sweep(self) -> None:
        """Delete the files that the index is no longer made of."""
        with _legibly():
            self._opened_writer()
        self.settle(wait=True)

    def settle(self, *, wait: bool = False) -> None:
        """Let go of the right to write once all is merged: in the background, unless `wait`.

        Where the process ends before, what was written stays and is merged another time.
        """
        writer, self._writer = self._writer, None
        if writer is not None:
            self._merging = threading.Thread(target=writer.wait_merging_threads, daemon=True)
            self._merging.start()
        if wait and self._merging is not None:
            self._merging.join()
            self._merging = None

    def close(self) -> None:
        """Let go of the files; what is being merged gets a moment for it."""
        self.settle()
        if self._merging is not None:
            self._merging.join(_CLOSING_S)
            self._merging = None
        self._searcher = None

    # ------------------------------------------------------------------ reading

    def reload(self) -> None:
        """See what another process has written."""
        self._searcher = None

    def fixed(self) -> Words:
        """The words as they are now, for readers alone; they stay so, whatever is written."""
        found = copy.copy(self)
        found._searcher = self._reader()
        found._writer = found._merging = None
        return found

    def terms(self, text: str) -> list[str]:
        """The index terms of a text in order, repeated as often as they occur."""
        return self._analyzer.analyze(_clean(text))

    def frequency(self, term: str) -> int:
        """In how many documents' bodies or titles the index term occurs (the greater of the two)."""
        searcher = self._reader()
        with _legibly():
            return max(searcher.doc_freq("body", term), searcher.doc_freq("title", term))

    def known(self, terms: Iterable[str]) -> dict[str, int]:
        """The frequency of each term that occurs at all; of very many, the rarest."""
        found = {term: n for term in dict.fromkeys(terms) if (n := self.frequency(term))}
        if len(found) > MAX_QUERY_TERMS:
            found = dict(sorted(found.items(), key=lambda pair: pair[1])[:MAX_QUERY_TERMS])
        return found

    def ceiling(self, weights: Mapping[str, float]) -> float:
        """The score that a document would near if it held every term, and often (BM25 with k1 = 1.2)."""
        from math import log1p

        count = self._reader().num_docs
        found = 0.0
        for term, weight in weights.items():
            n = self.frequency(term)
            found += weight * log1p(max(0.0, count - n + 0.5) / (n + 0.5))
        return 2.2 * (1 + TITLE_BOOST) * found

    def scores(self, weights: Mapping[str, float], limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and scores of the papers that hold any of the terms, each paper as its best document.

        `limit` bounds the documents looked at, best first; None takes all.
        """
        import numpy as np

        query = self._any_of(weights)
        return self._collected(query, limit) if query else (np.zeros(0, np.int64), np.zeros(0, np.float32))

    def _any_of(self, weights: Mapping[str, float]) -> Any:
        import tantivy

        parts = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(query, weight * boost))
            for term, weight in weights.items()
            for field, boost in (("body", 1.0), ("title", TITLE_BOOST))
            for query in (tantivy.Query.term_query(self._schema, field, term, index_option="freq"),)
        ]
        return tantivy.Query.boolean_query(parts) if parts else None

    def scores_among(
        self, weights: Mapping[str, float], numbers: Sequence[int], limit: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same for these papers, which are few; `limit` bounds their documents."""
        import numpy as np
        import tantivy

        query = self._any_of(weights)
        if query is None or not numbers:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        wanted = tantivy.Query.term_set_query(self._schema, "number", list(numbers))
        both = [(tantivy.Occur.Must, tantivy.Query.const_score_query(wanted, 0.0)), (tantivy.Occur.Must, query)]
        return self._collected(tantivy.Query.boolean_query(both), limit or _documents(numbers))

    def count(self) -> int:
        """How many documents there are."""
        return int(self._reader().num_docs)

    def shares(self, weights: Mapping[str, float], numbers: Sequence[int]) -> dict[int, dict[str, float]]:
        """For each paper, what each term adds to the score of its best document."""
        found: dict[int, dict[str, float]] = {number: {} for number in numbers}
        for term, weight in weights.items():
            among = self.scores_among({term: weight}, numbers)
            for number, score in zip(*(a.tolist() for a in among), strict=True):
                found[number][term] = score
        return found

    def holding(self, words: Sequence[str]) -> set[int]:
        """Numbers of the papers in which these words follow one another, by stems, in title or body."""
        import tantivy

        stems = self.terms(" ".join(words))
        if not stems:
            return set()
        found: set[int] = set()
        for field in ("title", "body"):
            if len(stems) == 1:
                query = tantivy.Query.term_query(self._schema, field, stems[0])
            else:
                query = tantivy.Query.phrase_query(self._schema, field, list(stems))
            numbers, _ = self._collected(query, None)
            found.update(numbers.tolist())
        return found

    def documents(self) -> dict[int, int]:
        """Of every paper in the index, by number, how many documents it has."""
        import numpy as np
        import tantivy

        numbers, _ = self._best_documents(tantivy.Query.all_query(), None)
        return dict(zip(*(a.tolist() for a in np.unique(numbers, return_counts=True)), strict=True))

    def damaged(self) -> list[str]:
        """The files of the index that are missing or not as they were written, by the checksum each ends with."""
        with _legibly():
            found = {path for path in word_files.files(self._folder) if not word_files.whole(path)}
            # What was merged into another meanwhile is not missing.
            there = sorted(found & word_files.files(self._folder))
            return [f"The word index is damaged ({path.name}); rebuild it." for path in there]

    def with_deleted(self) -> dict[str, list[int]]:
        """The parts of the index that still hold the words of something deleted, with the numbers of the papers
        that are there beside it."""
        import numpy as np
        import tantivy

        with _legibly():
            told = word_files.segments(self._folder)
        if not any(segment["deletes"] for segment in told):
            return {}
        searcher = self._reader()
        with _legibly():
            hits = searcher.search(tantivy.Query.all_query(), limit=max(1, searcher.num_docs), count=False).hits
            addresses = list(map(itemgetter(1), hits))
            numbers = np.asarray(searcher.fast_field_values("number", addresses), np.int64)
        # Parts are numbered as they are listed.
        part = np.fromiter((address.segment_ord for address in addresses), np.int64, len(addresses))
        return {segment["segment_id"]: np.unique(numbers[part == place]).tolist()
                for place, segment in enumerate(told) if segment["deletes"]}

    def parts(self) -> set[str]:
        """The parts that the index is made of now."""
        with _legibly():
            return {segment["segment_id"] for segment in word_files.segments(self._folder)}

    def _reader(self) -> Any:
        with self._lock, _legibly():
            if self._searcher is None:
                self._look_over()
                self._index.reload()
                self._searcher = self._index.searcher()
            return self._searcher

    def _look_over(self) -> None:
        """Once, and where it takes no time: damage is met here in words, not in the middle of a search."""
        if not self._looked_over and sum(
            f.stat().st_size for f in word_files.files(self._folder) if f.exists()
        ) <= _LOOKED_OVER:
            for line in self.damaged():
                raise SearchIndexError(line)
        self._looked_over = True

    def beginning(self, parts: Sequence[str]) -> np.ndarray:
        """Numbers of the papers in which each of these strings begins some word of the title or body."""
        import tantivy

        every = [(tantivy.Occur.Must, tantivy.Query.regex_query(self._schema, "body", f"{part.lower()}.*"))
                 for part in dict.fromkeys(parts)]
        return self._collected(tantivy.Query.boolean_query(every), None)[0]

    def _collected(self, query: Any, limit: int | None) -> tuple[np.ndarray, np.ndarray]:
        import numpy as np

        numbers, scores = self._best_documents(query, limit)
        # Best first, so the first document of a paper is its best.
        unique, first = np.unique(numbers, return_index=True)
        return unique, scores[first]

    def _best_documents(self, query: Any, limit: int | None) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and scores of documents, best first."""
        import numpy as np

        searcher = self._reader()
        with _legibly():
            hits = searcher.search(query, limit=max(1, limit or searcher.num_docs), count=False).hits
            numbers = np.asarray(searcher.fast_field_values("number", list(map(itemgetter(1), hits))), np.int64)
        return numbers, np.fromiter(map(itemgetter(0), hits), np.float32, len(hits))


@contextlib.contextmanager
def _legibly() -> Iterator[None]:
    """Turns what tantivy raises over files that it can't read into SearchIndexError; on some it panics."""
    try:
        yield
    except SearchIndexError:
        raise
    except BaseException as error:
        if not isinstance(error, ValueError | OSError | KeyError | TypeError) and type(error).__name__ != _PANIC:
            raise
        raise SearchIndexError(f"The word index can't be read ({first_line(error)}); rebuild it.") from None


def _documents(numbers: Sequence[int]) -> int:
    """How many documents are looked at for so many papers: a paper with a full text has many."""
    return 1000 + 64 * len(numbers)


def _analyzer() -> Any:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (tantivy.Filter.remove_long(64), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold(),
                 tantivy.Filter.stemmer("english")):
        builder = builder.filter(step)
    return builder.build()


_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def _clean(text: str) -> str:
    # Chinese, Japanese and Korean have no spaces to part words at, so each character is a word.
    return text if text.isascii() else _WIDE.sub(r" \g<0> ", text.encode("utf-8", "replace").decode())
