"""The public object: every call a user makes, forwarded to the room that does it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import backends, ingest, organising, pictures, retrieval, upkeep
from .answering import Answering, scope
from .asking import Asking
from .config import EFFORTS, Settings
from .embeddings import Embedder, described, forget, warm
from .embeddings.lenient import lenient
from .errors import LitassistError, PaperNotFound, UsageError
from .index import Index
from .library import Choices, Conversation, Library, Removal, StoredTurn
from .library.listing import NO_ABSTRACT, ORDERS, TEXTS
from .organising import Organised
from .papers import Answer, Done, Event, Filters, Hit, IngestReport, Paper, Turn, origins
from .retrieval.finding import found, more_like
from .retrieval.lookalikes import Lookalike, lookalikes
from .retrieval.reranking import Reranking
from .retrieval.understanding import Understood

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

    from .export import Replay
    from .workers import Workers

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Status:
    """What the library holds now, and with what it is read."""

    papers: int
    with_abstract: int
    with_full_text: int
    pending: int
    """Papers found by their words whose vectors are still to come."""
    generation: int
    backend: str
    embedder: str
    home: str

    def to_dict(self) -> dict[str, Any]:
        """The status as JSON values."""
        return asdict(self)


class Assistant:
    """A library of papers that answers questions. Safe to use from several threads.

    Made by `open_assistant`; close it, or use it as a context manager.
    """

    def __init__(
        self, settings: Settings, library: Library, index: Index, embedder: Embedder, workers: Workers | None = None
    ) -> None:
        self.settings = settings
        self._workers = workers
        self._library = library
        self._index = index
        self._embedder = embedder
        self._reranking = Reranking(settings)
        self._asked_by = lenient(embedder, lambda: index.width)
        self._answering = Answering(library, index, self._asked_by, settings, self._reranking)
        self._asking = Asking(settings, library, index, self._answering, workers)
        self._understanding = self._answering.understanding
        behind = index.standing().told()
        self._leftovers = (behind,) if behind else ()

    # ------------------------------------------------------------------ asking

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        backend: str | None = None,
        fresh: bool = False,
        effort: str | None = None,
    ) -> Answer:
        """The answer. Raises BackendError only when the backend failed before any text was written.

        The same question gets its answer again, marked `cached`, as long as nothing that shaped it has
        changed; `fresh` has it made anew. `effort` is `fast`, `thorough` or `auto`; None takes the setting.
        """
        events = self.stream(question, history=history, filters=filters, backend=backend, fresh=fresh, effort=effort)
        for event in events:
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream ends with Done")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        backend: str | None = None,
        fresh: bool = False,
        effort: str | None = None,
    ) -> Iterator[Event]:
        """The events of an answer: `Retrieved`, `Stage`, `Text` per checked block, `Replaced`, last `Done`."""
        if effort is not None and effort not in EFFORTS:
            raise UsageError(f"effort must be one of {', '.join(EFFORTS)}, not '{effort}'")
        return self._asking.stream(question, history, filters or Filters(), backend, fresh, effort)

    def only_read(self) -> None:
        """Leave to another process what waits for the index: a search here does not see to it."""
        self._index.catches_up = False

    def search(
        self, query: str, k: int = 10, filters: Filters | None = None, *, ignored: Collection[str] = (),
        literal: bool = False,
    ) -> list[Hit]:
        """The `k` best papers, best first; ties keep the library's order. An empty query gives none.

        Limits that the query states ("phrase", author:, year:2019..2022, source:, tag:, -word, "since
        2020") hold beside `filters`; `understood` says which, `ignored` takes some off, and with
        `literal` every word is a word.
        """
        return self._found(query, k, filters, ignored, literal, far=False)[0]

    def find(
        self, query: str, k: int = 10, filters: Filters | None = None, *, ignored: Collection[str] = (),
        literal: bool = False,
    ) -> tuple[list[Hit], Understood]:
        """The same hits, and how the query was read, with what the asker should know of both."""
        return self._found(query, k, filters, ignored, literal, far=True)

    def _found(
        self, query: str, k: int, filters: Filters | None, ignored: Collection[str], literal: bool, far: bool
    ) -> tuple[list[Hit], Understood]:
        if k < 1:
            raise UsageError(f"k must be at least 1, not {k}")
        if not isinstance(query, str):
            raise UsageError("The query must be text.")
        with self._asking.at_one_moment() as state, state.here():
            filters = scope.filters_given(filters, self._library)
            asked = self._understanding.read(query, filters, ignored=ignored, literal=literal, far=far)
            hits, findings = found(self._library, self._index, self._asked_by, asked, k, self._reranking)
        return hits, replace(asked, findings=(*asked.findings, *findings)) if findings else asked

    def understood(
        self, query: str, filters: Filters | None = None, *, ignored: Collection[str] = (), literal: bool = False
    ) -> Understood:
        """How `search` reads a query: its limits, corrected words, short forms spelt out, and notes."""
        filters = scope.filters_given(filters, self._library)
        return self._understanding.read(query, filters, ignored=ignored, literal=literal)

    def obstacle(self, filters: Filters | None = None) -> str:
        """Why nothing can be found, in a sentence: the library is empty, or which limits leave no paper; else ""."""
        return scope.nothing_to_use(self._library, scope.filters_given(filters, self._library))

    def trouble(self) -> str:
        """Why vectors, or Chroma's, could not be used, in a sentence, though papers are found without them; else ""."""
        return self._index.trouble() or self._asked_by.trouble

    def related(self, paper_id: str, k: int = 10) -> list[Hit]:
        """The papers most like one, nearest first; `score` is their cosine, `matched` the title words they share.

        PaperNotFound when there is none of this id.
        """
        return more_like(self._library, self._index, paper_id, k)

    def as_retriever(self, k: int = 10, filters: Filters | None = None) -> BaseRetriever:
        """A LangChain retriever over this library: Documents with paper_id, title, year, url and score."""
        return retrieval.langchain_retriever(lambda query: self.search(query, k=k, filters=filters), self.paper)

    # ------------------------------------------------------------------ out again

    def export(
        self, style: str = "bibtex", papers: Iterable[Paper | Hit | str] | Answer | None = None, *,
        filters: Filters | None = None,
    ) -> str:
        """Papers as text in `style`: bibtex, ris, csl-json, markdown, or references as apa, ieee, nature.

        `papers` are papers, hits or ids, or an answer, whose cited papers are meant; None is every paper
        that passes `filters`.
        """
        from . import export

        if isinstance(papers, Answer):
            papers = export.cited_papers(papers, self._paper_or_none).values()
        found = self.papers(filters) if papers is None else [self._one(p) for p in papers]
        return export.exported(found, style)

    def answer_file(
        self, answer: Answer, *, history: Sequence[Turn] = (), filters: Filters | None = None, style: str = "apa"
    ) -> str:
        """The answer as one Markdown file: to be read, and to be asked again by `replay`.

        `history` and `filters` are what it was asked with; `style` is that of its references.
        """
        from . import export

        asked = export.asked_now(answer, history, filters or Filters(), self.settings.shaping, self._library.count())
        return export.answer_file(asked, export.cited_papers(answer, self._paper_or_none), style)

    def replay(self, text: str, *, backend: str | None = None) -> Replay:
        """An exported answer (the file's text) asked again, compared with what was answered then.

        It is asked of the backend that answered, or of `backend`. UsageError when the text holds no such answer,
        or names a backend by an address or a file that are not in your settings.
        """
        from . import export

        then = export.asked_in(text)
        wanted = backend or export.backend_of(then, self.settings.backend)
        answer = self.ask(then.answer.question, history=then.history, filters=then.filters, backend=wanted, fresh=True)
        return export.compared(then, answer, self._paper_or_none, self.settings.shaping, self._library.count())

    def _paper_or_none(self, paper_id: str) -> Paper | None:
        try:
            return self._library.paper(paper_id)
        except PaperNotFound:
            return None

    def _one(self, paper: Paper | Hit | str) -> Paper:
        if isinstance(paper, Paper):
            return paper
        return self._library.paper(paper.paper_id if isinstance(paper, Hit) else paper)

    # ------------------------------------------------------------------ the papers

    def ingest(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        progress: Progress | None = None,
        password: str | None = None,
    ) -> IngestReport:
        """What was read into the library, from one file or folder or several. What can't be read is a
        line in the report, not an error; ReadError only when nothing at all could be read."""
        # A lone string is a path, not a series of letters ("/" among them).
        several = [paths] if isinstance(paths, str | Path) else list(paths)
        if any(isinstance(path, str) and not path.strip() for path in several):
            raise UsageError("A path is empty; name a file or a folder. Nothing was read.")
        return ingest.ingest(several, self._library, self._index, progress=progress, password=password)

    def ingest_papers(self, papers: Iterable[Paper], *, progress: Progress | None = None) -> IngestReport:
        """The same for papers already at hand, such as the built-in sample's."""
        return ingest.ingest_papers(papers, self._library, self._index, progress=progress)

    def look_up(self, identifiers: str | Iterable[str], *, progress: Progress | None = None) -> IngestReport:
        """What arXiv, PubMed, Crossref and OpenAlex know of these DOIs, arXiv ids and PMIDs, read into the library.

        The only calls that ask these services are this and `look_up_abstracts`. A service that fails is a line in
        the report; ReadError only when nothing at all was found.
        """
        texts = [identifiers] if isinstance(identifiers, str) else list(identifiers)
        return ingest.look_up(texts, self.settings, self._library, self._index, progress=progress)

    def look_up_abstracts(
        self, paper_ids: Iterable[str] | None = None, *, progress: Progress | None = None
    ) -> IngestReport:
        """The same for those of these papers (None: of all papers) that have no abstract; none found is no error."""
        ids = [paper_ids] if isinstance(paper_ids, str) else paper_ids
        return ingest.look_up_abstracts(ids, self.settings, self._library, self._index, progress=progress)

    def papers(self, filters: Filters | None = None) -> list[Paper]:
        """Every paper (that passes `filters`), in order of arrival; page texts come with `paper()`."""
        if not filters:
            return self._library.papers()
        return self._library.papers(self._library.matching(scope.filters_given(filters, self._library)))

    def count(self) -> int:
        """How many papers there are."""
        return self._library.count()

    def present(self, paper_ids: Iterable[str]) -> list[Paper]:
        """Those of these papers that are here, in order of arrival, without page texts; former ids work too."""
        return self._library.papers(paper_ids)

    def listed(self, filters: Filters | None = None, *, text: str = "", order: str = "arrival") -> list[str]:
        """The ids of the papers that pass `filters`, in order: by "arrival", "last" in first, "newest", "oldest",
        "unread" first, "title" or first "author".

        With `text` those of which no more is held than that: "full text", "abstract", "summary", "title only"; or
        those with "no abstract". UsageError for any other.
        """
        if text and text != NO_ABSTRACT and text not in TEXTS:
            raise UsageError(f"There is no text called '{text}': choose among {', '.join([*TEXTS, NO_ABSTRACT])}.")
        if order not in ORDERS:
            raise UsageError(f"There is no order called '{order}': choose among {', '.join(ORDERS)}.")
        return self._library.holdings.listed(filters or Filters(), text, order)

    def texts(self, paper_ids: Iterable[str]) -> dict[str, str]:
        """What of each of these papers can be quoted: "full text", "abstract", "summary" or "title only"."""
        return self._library.holdings.texts(paper_ids)

    def choices(self) -> Choices:
        """What the papers can be limited to: sources, authors, venues, tags, collections, the first and last year."""
        return self._library.holdings.choices()

    def paper(self, paper_id: str) -> Paper:
        """One paper, whole; former ids work too. PaperNotFound when there is none."""
        return self._library.paper(paper_id)

    def page_picture(
        self, paper_id: str, page: int, *, quote: str = "", start: int | None = None, end: int | None = None,
        width: int = pictures.WIDTH, password: str | None = None, around: bool = False,
    ) -> pictures.PagePicture:
        """The page of the paper's PDF as PNG bytes, with the quote (or its text from `start` to `end`) boxed.

        With `around` only the part of the page that the quote stands in, larger. Its `boxes` are empty when the
        words were not found on the page. PictureMissing says why there is no picture: the text came from no PDF,
        the file was moved or changed, it is locked (give `password`).
        """
        return pictures.page_picture(self._library, paper_id, page, quote=quote, start=start, end=end, width=width,
                                     password=password, around=around)  # fmt: skip

    def former_ids(self, paper_id: str) -> list[str]:
        """The other ids that lead to this paper: of the records it was merged from, and those it had before."""
        return self._library.former_ids(paper_id)

    def origins(self, paper_id: str) -> dict[str, tuple[str, ...]]:
        """For each field of the paper, the sources that say the same; what the user set has none."""
        return origins(self._library.paper(paper_id), self._library.records_of(paper_id))

    def sources(self) -> dict[str, int]:
        """How many papers were read from each source, by its name."""
        return self._library.sources()

    def removal(
        self, paper_ids: Iterable[str] = (), *, tags: Sequence[str] = (), sources: Sequence[str] = ()
    ) -> Removal:
        """What `remove` would take: the ids of the papers that go, and of those that stay because they were
        read elsewhere too. PaperNotFound, UsageError for an id, tag or source that no paper has."""
        ids = self._library.present_ids(paper_ids)
        for tag in tags:
            if not self._library.matching(Filters(tags=(tag,))):
                raise UsageError(f"No paper has the tag '{tag}'. Nothing was removed.")
        there = self._library.sources() if sources else {}
        for source in sources:
            if source.casefold() not in {name.casefold() for name in there}:
                names = ", ".join(list(there)[:8]) + (" …" if len(there) > 8 else "")
                raise UsageError(f"No paper was read from '{source}'. Nothing was removed. The sources are: {names}.")
        return self._library.removal(ids, tags=tags, sources=sources)

    def remove(
        self, paper_ids: Iterable[str] = (), *, tags: Sequence[str] = (), sources: Sequence[str] = (),
        progress: Progress | None = None, clear: bool = True,
    ) -> int:
        """How many papers were removed, with every text, vector and answer made of them.

        These papers, all with one of these tags, and all that were read from these sources alone; of a
        paper that was read elsewhere too, what these sources say of it goes. Unknown ids are passed over.
        No file of the library holds a sentence of theirs afterwards. Without `clear` this comes back as soon as
        nothing finds them any more, and `clear_traces` does the rest.
        """
        removed = self._library.remove(list(paper_ids), tags=tags, sources=sources, scrub=False)
        self.forget()
        if removed:
            backends.forget_replies(self.settings)
        if clear:
            self.clear_traces(progress)
        return removed

    def clear_traces(self, progress: Progress | None = None, *, wait: bool = True) -> bool:
        """Whether nothing of what was removed is left in any file of the library: what is, is cleared now.

        Cut short, it is gone on with by whatever next brings words and vectors up. False where the disk is full,
        or where another process is at work and, without `wait`, is not waited for: it clears them at its end.
        """
        cleared = self._index.clear(progress, wait=wait)
        if self._library.waiting():
            # Of papers that stay, and lost what a source had said.
            self._index.update(progress, wait=wait, compact=False)
        return self._library.scrubbed and cleared

    def catch_up(self, progress: Progress | None = None) -> int:
        """How many texts were encoded to finish all that words and vectors still lack.

        Searches and answers do without, or see to what they need; this is for when there is time.
        """
        return self._index.update(progress)

    def update(
        self,
        paper_id: str,
        *,
        tags: Sequence[str] | None = None,
        collections: Sequence[str] | None = None,
        note: str | None = None,
        read: bool | None = None,
    ) -> Paper:
        """The paper with its tags, collections, note or read mark replaced; None leaves a field as it is."""
        return self._library.update(paper_id, tags=tags, collections=collections, note=note, read=read)

    def organise(
        self, paper_ids: Iterable[str], *, add_tags: Iterable[str] = (), drop_tags: Iterable[str] = (),
        add_collections: Iterable[str] = (), drop_collections: Iterable[str] = (), read: bool | None = None,
    ) -> Organised:
        """What changed: these papers tagged, put into and taken out of collections, marked (un)read, in one step.

        Hand the result to `undo` to have it as it was. PaperNotFound, with nothing changed, for an unknown id.
        """
        ids = [paper_ids] if isinstance(paper_ids, str) else list(paper_ids)
        return organising.organised(
            self._library, ids, add_tags=add_tags, drop_tags=drop_tags, add_collections=add_collections,
            drop_collections=drop_collections, read=read,
        )

    def undo(self, done: Organised) -> int:
        """How many papers have their tags, collections and marks of before again."""
        return organising.undone(self._library, done)

    def lookalikes(self) -> list[Lookalike]:
        """Pairs of papers that may be one work, likeliest first; those decided on are left out."""
        return lookalikes(self._library.papers(), self._library.kept_apart())

    def merge(self, paper_ids: Sequence[str]) -> Paper:
        """These papers made one, by your decision; it is kept, and their ids go on working."""
        return self._decided(paper_ids, same=True)[0]

    def keep_apart(self, paper_ids: Sequence[str]) -> list[Paper]:
        """These papers as they are once it is decided that they are not one; former ids part what was merged.

        Papers that share an identifier stay one.
        """
        return self._decided(paper_ids, same=False)

    def _decided(self, paper_ids: Sequence[str], *, same: bool) -> list[Paper]:
        ids = list(dict.fromkeys(paper_ids))
        if len(ids) < 2:
            raise UsageError("Two papers at least are needed: give their ids.")
        self._library.present_ids(ids)
        pairs = [(ids[0], other) for other in ids[1:]] if same else list(combinations(ids, 2))
        for one, other in pairs:
            self._library.decide(one, other, same=same)
        self._index.update()
        return list({p.id: p for p in (self._library.paper(i) for i in ids)}.values())

    def suggestions(self, n: int = 4) -> list[str]:
        """Questions this library can be asked, at most `n`; none for an empty library."""
        papers = self._library.papers(self._library.holdings.spread(ingest.ASKED_OF))
        if not papers:
            return []
        if all(p.kind == "summary" for p in papers):
            from . import sample

            return sample.questions()[:n]
        return ingest.suggested_questions(papers, n)

    # ------------------------------------------------------------------ conversations

    def conversations(self) -> list[Conversation]:
        """The stored conversations, the last used first."""
        return self._library.conversations.all()

    def conversation(self, conversation_id: str) -> list[StoredTurn]:
        """Its turns in order; a turn whose answer never came has None for it."""
        return self._library.conversations.turns(conversation_id)

    def new_conversation(self, name: str) -> str:
        """The id of a new, empty conversation."""
        return self._library.conversations.new(name)

    def rename_conversation(self, conversation_id: str, name: str) -> None:
        """Give it another name."""
        self._library.conversations.rename(conversation_id, name)

    def delete_conversation(self, conversation_id: str) -> None:
        """Delete it and its turns."""
        self._library.conversations.delete(conversation_id)

    def add_turn(self, conversation_id: str, question: str, answer: Answer | None = None) -> int:
        """The id of a new turn; store the question before the answer, so that nothing asked is lost."""
        return self._library.conversations.add_turn(conversation_id, question, answer)

    def set_turn_answer(self, turn_id: int, answer: Answer) -> None:
        """Store the answer of a turn."""
        self._library.conversations.set_answer(turn_id, answer)

    # ------------------------------------------------------------------ upkeep

    @property
    def generation(self) -> int:
        """A number that moves whenever a paper is added, changed or removed, by any process."""
        return self._library.generation

    def status(self) -> Status:
        """What the library holds now."""
        return Status(
            papers=self._library.count(),
            with_abstract=self._library.with_abstract(),
            with_full_text=self._library.with_pages(),
            pending=self._library.waiting(),
            generation=self._library.generation,
            backend=self.settings.backend,
            embedder=self._embedder.fingerprint,
            home=str(self.settings.folder),
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What was being done or left undone when this was opened, or was found broken, and what became of it."""
        return (*self._library.notices, *self._leftovers, *self._index.notices)

    def encoder(self) -> str:
        """What computes the vectors on this machine, in a sentence."""
        return described(self._embedder)

    def doctor(self) -> upkeep.Report:
        """Library, vectors and words compared paper by paper."""
        return upkeep.doctor(self._library, self._index)

    def rebuild(self, *, progress: Progress | None = None) -> upkeep.Report:
        """Vectors and words made again from the library; the state afterwards."""
        upkeep.rebuild(self._library, self._index, progress=progress)
        return self.doctor()

    def backup(self, path: str | Path) -> int:
        """The size in bytes of `path`, now one file that holds the whole library; nothing is overwritten."""
        return upkeep.backup(self._library, Path(path))

    def check_backend(self, spec: str) -> str:
        """One plain line saying that the backend works; BackendError or ConfigError says why not."""
        return backends.check_backend(spec, self.settings)

    def local_servers(self) -> list[str]:
        """Backends offered by model servers that run on this machine now."""
        return backends.local_servers()

    def warm(self, *, wait: bool = False, client: bool = True) -> None:
        """Load the encoder, the caches and (with `client`) what a language model is asked through, in the background
        unless `wait`, so that the first question is quick."""
        if wait:
            self._warmed(client)
        else:
            threading.Thread(target=self._warmed, args=(client,), daemon=True, name="warming").start()

    def _warmed(self, client: bool) -> None:
        # Whatever is wrong is said to the first question. One after another: what cannot be had keeps nothing back.
        with contextlib.suppress(LitassistError):
            warm(self._embedder)
        with contextlib.suppress(LitassistError):
            self._index.view()
        with contextlib.suppress(LitassistError):
            if client:
                backends.warm(self.settings.backend, self.settings)
        with contextlib.suppress(LitassistError):
            self._index.update(wait=False)

    def forget(self) -> None:
        """Drop the answers and vectors that are kept in memory, here and in the workers."""
        self._answering.forget()
        forget(self._embedder)
        if self._workers is not None:
            self._workers.forget()

    def close(self) -> None:
        """Release the files, and end the workers. Closing twice is harmless."""
        if self._workers is not None:
            self._workers.close()
        self._index.close()
        self._library.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
