"""Answers of every shape, made by hand, each found by a word of the question; and papers for them to rest on."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import Answer, Block, Citation, Paper, Quote
from assistant.papers import Finding, Related, Sentence, Timings, Usage

MORE = tuple(
    Paper(title=title, abstract=abstract, authors=authors, year=year, doi=f"10.5555/more.{n}")
    for n, (title, abstract, authors, year) in enumerate([
        ("Lanternfish: Sparse Attention for Long Documents", "On the LongRead suite it lowers latency by 37%. We "
         "evaluate Lanternfish on eight datasets of legal text.", ("Mira Okafor", "Jan de Vries"), 2023),
        ("Kestrel: Recognising Bird Song from Few Recordings", "Kestrel recognises 214 species from five recordings "
         "each. It needs no data from other animals.", ("Ada Lindqvist",), 2021),
        ("Heron: Bird Song Recognition with Transformers", "Heron recognises 98 species and runs on a phone. It was "
         "trained on 1,200 hours of song.", ("Bo Chen", "Ida Roth", "Kim Park"), 2022),
        ("Ταχεία ανάκτηση: $\\mathcal{O}(\\log n)$ Nearest Neighbours under $\\ell_2$ and $\\chi^2$ Distances, with a "
         "Study of Everything that Can Be Said about Quantisation, Pruning, Hashing and their Many Combinations on "
         "Graphs of Billions of Nodes", "The graph answers in $O(\\log n)$ and keeps 0.95 recall@10 at β = 0.7.",
         ("Ἑλένη Παπαδοπούλου", "Jürgen Müller"), 2024),
        ("Otter: A Benchmark", "Otter has 12 tasks. Models reach 61.3 on average.", ("T. Ng",), 2020),
    ])
)


class Making:
    """Numbers the citations of an answer as its blocks are made."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []

    def cite(self, paper: Paper, quote: str) -> int:
        start = paper.abstract.index(quote)
        n = len(self.citations) + 1
        self.citations.append(Citation(n, paper.id, paper.title, quote, "abstract", start, start + len(quote), None,
                                       paper.authors, paper.year, paper.link, paper.kind))
        return n

    def block(self, kind: str, text: str, *quoted: tuple[Paper, str], **more: object) -> Block:
        return Block(kind, text, tuple(self.cite(*one) for one in quoted), **more)  # type: ignore[arg-type]


def first_words(paper: Paper) -> str:
    return paper.abstract.split(". ")[0]


def made(question: str, papers: Sequence[Paper]) -> Answer | None:
    """The hand-made answer that a word of the question asks for; None where none does."""
    q, with_words = question.lower(), [p for p in papers if p.abstract]
    making = Making()
    for word, blocks in {"list": _list, "table": _table, "compare": _sides, "value": _value, "prose": _prose}.items():
        if word in q:
            drawn = tuple(blocks(making, with_words))
            form = {"compare": "comparison", "prose": "text"}.get(word, word)
            return Answer(
                question, " ".join(b.text for b in drawn), form=form, blocks=drawn,
                sentences=tuple(Sentence(b.text, b.citations, b.verdict, b.missing) for b in drawn
                                if b.kind in ("claim", "cell") and b.citations),
                citations=tuple(making.citations), confidence=0.62 if "unsure" in q else 0.93,
                backend="openai:gpt-x" if "model" in q else "extractive", timings=Timings(total_s=1.4),
                usage=Usage(5210, 640, 0.0123) if "model" in q else Usage(),
                findings=(Finding("not_read", "", ""),) * ("unread" in q),
            )  # fmt: skip
    if "which" in q:
        several = with_words[:3] if "one" not in q else with_words[:1]
        return Answer(question, abstained=True, decision="shortlist", confidence=0.4, timings=Timings(total_s=0.3),
                      related=tuple(_choice(p) for p in several))  # fmt: skip
    return None


def _choice(paper: Paper) -> Related:
    quotes = [s if s.endswith(".") else s + "." for s in paper.abstract.split(". ")[:2]]
    quoted = tuple(Quote(s, "abstract", None, at := paper.abstract.index(s), at + len(s)) for s in quotes)
    return Related(paper.id, paper.title, quotes[0], quoted)


def _list(making: Making, papers: Sequence[Paper]) -> list[Block]:
    out = [making.block("link", f"{len(papers)} papers of your library fit.")]
    for number, paper in enumerate(papers):
        out.append(making.block("row", paper.title, paper_id=paper.id))
        wrong = {"verdict": "partial", "missing": ("said",)} if number == 1 else {}
        out.append(making.block("cell", first_words(paper) + (", it is said." if wrong else "."),
                                (paper, first_words(paper)), **wrong))
    return [*out, making.block("gap", "No paper says which of them is in use.")]


def _table(making: Making, papers: Sequence[Paper]) -> list[Block]:
    out = [making.block("heading", "What they report")]
    for number in range(8):
        paper = papers[number % len(papers)]
        out.append(making.block("row", paper.title, paper_id=paper.id))
        out.append(making.block("cell", first_words(paper) + ".", (paper, first_words(paper)), column="Main result"))
        if number % 3:
            out.append(making.block("cell", f"{paper.year}, β = 0.{number}", (paper, first_words(paper)),
                                    column="Year and <b>β</b>"))
        if number == 5:
            out.append(making.block("cell", "All of them.", (paper, first_words(paper)), column="Datasets",
                                    verdict="unsupported"))
    return out


def _sides(making: Making, papers: Sequence[Paper]) -> list[Block]:
    out = []
    for side, chosen in (("Sparse attention", papers[:2]), ("Dense retrieval with $\\alpha$-weights", papers[2:4])):
        for paper in chosen:
            out.append(making.block("row", paper.title, paper_id=paper.id))
            out.append(making.block("cell", first_words(paper) + ".", (paper, first_words(paper)), column=side))
    return [*out, making.block("gap", "No paper compares them directly.")]


def _value(making: Making, papers: Sequence[Paper]) -> list[Block]:
    words = first_words(papers[0])
    return [making.block("claim", "9% to 19% absolute, in top-20 accuracy", (papers[0], words)),
            making.block("claim", words + ".", (papers[0], words), breaks=True)]


def _prose(making: Making, papers: Sequence[Paper]) -> list[Block]:
    one, two = papers[0], papers[1]
    return [
        making.block("claim", "Retrieval works with dense vectors alone.", (one, first_words(one))),
        making.block("link", "The second paper goes further."),
        making.block("claim", "It samples at a cost of $5 and 12 GPUs.", (two, first_words(two)), verdict="partial",
                     missing=("12 GPUs",)),
        making.block("heading", "What is open"),
        making.block("claim", "It is known to cure every disease.", (two, first_words(two)), verdict="unsupported"),
        making.block("gap", "No paper says how much memory it takes."),
    ]
