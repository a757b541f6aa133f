"""Papers as a model is shown them: numbered, each sentence with an id, and every id with its exact place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ....evidence import Evidence
from ....papers import Paper
from ....prompts import as_data
from ....text import sentences, term_set

_ID = re.compile(r"(\d{1,3})(?:\.(\d{1,5}))?")
_FORGED = re.compile(r"[\[［【〔]([^\[\]［］【】〔〕]{0,12}\d{1,3}[.:]\d{1,5}[^\[\]［］【】〔〕]{0,60})[\]］】〕]")
_FORGED_OPEN = re.compile(r"[\[［【〔](?=\s*\d{1,3}[.:]\d)")
_AUTHORS = 4
_WIDEST = 12
"""Sentences that a range of ids may span."""
_LONG = 30
"""Letters from which a line that comes again on the pages is the same line."""
_CHOSEN = 3
"""Sentences at most that stand for a paper cited as a whole."""


class Pack:
    """Numbered papers. Sentence 0 of a paper is its title; its abstract follows, then its pages, in order."""

    def __init__(self, papers: Iterable[Paper] = ()) -> None:
        self._papers: list[Paper] = []
        self._numbers: dict[str, int] = {}
        self._shown: dict[int, set[int]] = {}
        self._sentences: dict[int, tuple[Evidence, ...]] = {}
        self._places: dict[int, dict[tuple[str, int | None, int], int]] = {}
        for paper in papers:
            self.add(paper)

    def add(self, paper: Paper) -> int:
        """The paper's number, from 1; a paper that is there keeps its own."""
        if paper.id not in self._numbers:
            self._papers.append(paper)
            self._numbers[paper.id] = len(self._papers)
        return self._numbers[paper.id]

    def unshown(self) -> Pack:
        """The same papers under the same numbers, nothing shown yet."""
        other = Pack()
        other._papers, other._numbers = self._papers, self._numbers
        other._sentences, other._places = self._sentences, self._places
        return other

    @property
    def numbers(self) -> range:
        return range(1, len(self._papers) + 1)

    def paper(self, n: int) -> Paper | None:
        """The paper of a number; None where there is none."""
        return self._papers[n - 1] if 1 <= n <= len(self._papers) else None

    def sentences(self, n: int) -> tuple[Evidence, ...]:
        """All sentences of a paper, in the order of their ids."""
        if n not in self._sentences:
            self._sentences[n] = _sentences(self._papers[n - 1])
        return self._sentences[n]

    def show(self, n: int, which: Iterable[int]) -> None:
        """Count these sentences of a paper, and its title, as shown: they may be cited."""
        self._shown.setdefault(n, {0}).update(which)

    def shown(self, n: int) -> list[int]:
        """Which sentences of a paper were shown, in order."""
        return sorted(self._shown.get(n, ()))

    @property
    def shown_numbers(self) -> list[int]:
        """The papers of which anything was shown."""
        return sorted(self._shown)

    def at(self, evidence: Evidence) -> tuple[int, int] | None:
        """The numbers of a sentence's paper and of the sentence; None where it is not in the pack."""
        n = self._numbers.get(evidence.paper.id)
        if n is None:
            return None
        if n not in self._places:
            self._places[n] = {(one.field, one.page, one.start): k for k, one in enumerate(self.sentences(n))}
        k = self._places[n].get((evidence.field, evidence.page, evidence.start))
        return None if k is None else (n, k)

    # ------------------------------------------------------------------ ids

    def known(self, written: str) -> tuple[str, ...]:
        """The ids that were shown among those that `written` names: "3.7", "3.7-3.9", "3.7-9", "3"; () for none."""
        parts = re.split(r"\s*[-‐‑–—−]\s*", written.strip())
        ends = [found for part in parts if (found := _ID.fullmatch(part.strip()))]
        if not ends or len(ends) != len(parts) or len(ends) > 2:
            return ()
        first, last = ends[0], ends[-1]
        n = int(first[1])
        if first[2] is None:
            every = range(n, int(last[1]) + 1) if last[2] is None else range(n, n + 1)
            return tuple(str(m) for m in every if m in self._shown and len(every) <= _WIDEST)
        low = int(first[2])
        high = low if len(ends) == 1 else int(last[2]) if last[2] is not None and int(last[1]) == n else int(last[1])
        if not low <= high < low + _WIDEST:
            return ()
        return tuple(f"{n}.{k}" for k in range(low, high + 1) if k in self._shown.get(n, ()))

    def evidence(self, cites: Sequence[str], text: str) -> tuple[Evidence, ...]:
        """The sentences that ids name, each once; of a paper named as a whole those nearest in words to `text`."""
        found: dict[tuple[int, int], Evidence] = {}
        for cite in cites:
            match = _ID.fullmatch(cite)
            n = int(match[1]) if match else 0
            if not match or n not in self._shown:
                continue
            which = [int(match[2])] if match[2] is not None else self._nearest(n, text)
            for k in which:
                if k in self._shown[n]:
                    found[n, k] = self.sentences(n)[k]
        return tuple(found.values())

    def _nearest(self, n: int, text: str) -> list[int]:
        wanted = term_set(text)
        rows = [(len(wanted & term_set(self.sentences(n)[k].text)), -k) for k in self.shown(n)]
        best = [(count, k) for count, k in sorted(rows, reverse=True)[:_CHOSEN] if count]
        return [-k for _, k in best] or [0]

    def repeats(self, n: int) -> frozenset[int]:
        """The sentences of a paper's pages that stand above them word for word, in title, abstract or pages."""
        above: set[str] = set()
        again: set[int] = set()
        for k, one in enumerate(self.sentences(n)):
            words = _flat(one.text)
            if one.field == "page" and words in above:
                again.add(k)
            # A short line in the pages ("Yes.", "n = 12") may mean something else each time.
            if one.field != "page" or len(words) >= _LONG:
                above.add(words)
        return frozenset(again)

    def locate(self, n: int, quote: str) -> str:
        """The id of the sentence of a paper that holds a quote, white space and case aside; "" where none does."""
        wanted = " ".join(quote.split()).casefold().strip(" .\"'“”")
        if len(wanted) < 12 or self.paper(n) is None:
            return ""
        for k, one in enumerate(self.sentences(n)):
            if wanted in " ".join(one.text.split()).casefold():
                return f"{n}.{k}"
        return ""

    # ------------------------------------------------------------------ as text

    def line(self, n: int, k: int) -> str:
        """One sentence with its id, as data."""
        return f"[{n}.{k}] {plain(self.sentences(n)[k].text)}"

    def text(self, n: int, *, key: str = "") -> str:
        """A paper as shown: who, when, its title, and its sentences under their places."""
        paper = self._papers[n - 1]
        who = ", ".join(paper.authors[:_AUTHORS]) + (" et al." if len(paper.authors) > _AUTHORS else "")
        head = "".join(
            f' {name}="{plain(str(value)).replace(chr(34), chr(39))}"'
            for name, value in (("authors", who), ("year", paper.year or ""), ("key", key), ("held", held(paper)))
            if value
        )
        lines, place, last = [f'<paper n="{n}"{head}>'], "", 0
        every = self.sentences(n)
        for k in self.shown(n):
            here = "" if k == 0 else place_of(paper, every[k])
            if here != place:
                # What is missing at the end of the place before, and at the beginning of this one.
                if place and place_of(paper, every[last + 1]) == place:
                    lines.append("…")
                lines.append(f"{here}:")
                if k > last + 1 and place_of(paper, every[k - 1]) == here:
                    lines.append("…")
            elif k > last + 1:
                lines.append("…")
            lines.append(self.line(n, k))
            place, last = here, k
        if last + 1 < len(every):
            lines.append("…")
        return "\n".join([*lines, "</paper>"])

    def all_text(self, numbers: Iterable[int] | None = None) -> str:
        """The papers of which anything was shown, in order."""
        wanted = self.shown_numbers if numbers is None else [n for n in numbers if n in self._shown]
        return "\n\n".join(self.text(n) for n in wanted)


def held(paper: Paper) -> str:
    """What there is of a paper where that is not its full text: "abstract" or "title", else ""."""
    return "" if paper.pages else "abstract" if paper.abstract.strip() else "title"


def plain(text: str) -> str:
    """Text of a paper as data: nothing in it opens a tag, a turn, or reads as one of our ids."""
    previous, text = None, as_data(text)
    while previous != text:
        previous, text = text, _FORGED.sub(r"(\1)", text)
    return _FORGED_OPEN.sub("(", text)


def place_of(paper: Paper, one: Evidence) -> str:
    """Where a sentence stands, in words: "Abstract", or its section and page."""
    if one.field != "page":
        return one.field.capitalize()
    section = ""
    for heading in paper.sections:
        if (heading.page, heading.start) > (one.page or 0, one.start):
            break
        section = heading.title
    return f"Section “{plain(section)[:80]}”, page {one.page}" if section else f"Page {one.page}"


def _flat(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _sentences(paper: Paper) -> tuple[Evidence, ...]:
    found = [Evidence(paper, "title", None, 0, len(paper.title), paper.title)]
    texts = [("abstract", None, paper.abstract), *(("page", p.number, p.text) for p in paper.pages)]
    for field, page, text in texts:
        for a, b in sentences(text):
            found.append(Evidence(paper, field, page, a, b, text[a:b], order=len(found)))
    return tuple(found)
