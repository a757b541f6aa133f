"""The last answer as material: what it cites becomes the papers shown, each of its statements with its ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ....evidence import Evidence
from ....export.keys import citation_keys
from ....papers import Answer, Block, Citation, Paper, Turn
from ....prompts import as_data
from .checked import Settled
from .filling import Count, fill
from .pack import Pack, plain

Papers = Callable[[Sequence[str]], Sequence[Paper]]
"""Papers with their pages, by their ids."""

_CITED = 2.0
"""What a sentence that the answer cites is worth: more than any other."""


def last_answer(history: Sequence[Turn]) -> Answer | None:
    """The answer that a request can work on: the last one, if it cites something."""
    answer = history[-1].answer if history else None
    return answer if isinstance(answer, Answer) and answer.citations else None


def cited_pack(answer: Answer, papers: Papers, room: int, count: Count) -> Pack:
    """The papers that an answer cites, in its order: the sentences cited, and whole abstracts as far as they fit."""
    pack = Pack()
    places = cited_places(answer, papers, pack)
    fill(pack, dict.fromkeys(places, _CITED), room, count)
    for n, k in places:
        pack.show(n, (k,))
    return pack


def cited_places(answer: Answer, papers: Papers, pack: Pack) -> set[tuple[int, int]]:
    """The papers and sentences that an answer cites, as numbered in `pack`, to which its papers are added."""
    wanted = list(dict.fromkeys(c.paper_id for c in answer.citations))
    known = {paper.id: paper for paper in papers(wanted)}
    for one in wanted:
        if one in known:
            pack.add(known[one])
    return {place for c in answer.citations if (place := _place(c, pack, known))}


def answer_text(answer: Answer, pack: Pack, papers: Papers) -> str:
    """The answer with its ids, a line for each block, as data."""
    known = {paper.id: paper for paper in papers([c.paper_id for c in answer.citations])}
    ids = {
        c.n: "{}.{}".format(*place) for c in answer.citations if (place := _place(c, pack, known))
    }
    blocks = answer.blocks or tuple(Block("claim", s.text, s.citations) for s in answer.sentences)
    lines = []
    for block in blocks:
        cites = "".join(f"[{ids[n]}]" for n in block.citations if n in ids)
        head = {"heading": "## ", "row": "Row: "}.get(block.kind, "")
        column = f"{plain(block.column)}: " if block.column else ""
        lines.append(f"{head}{column}{plain(block.text)} {cites}".rstrip())
    return "\n".join(lines)


def paper_keys(pack: Pack) -> dict[int, str]:
    """The citation key of each paper, by its number."""
    papers = [paper for n in pack.numbers if (paper := pack.paper(n))]
    return dict(zip(pack.numbers, citation_keys(papers), strict=True))


def with_keys(blocks: Sequence[Settled], pack: Pack) -> list[Settled]:
    """The claims with a `\\cite` command of the papers that they rest on, before the full stop."""
    keys = paper_keys(pack)
    found = []
    for one in blocks:
        numbers = dict.fromkeys(place[0] for e in one.evidence if (place := pack.at(e)))
        if one.piece.kind == "claim" and numbers:
            text = one.piece.text.rstrip()
            end = text[-1] if text[-1:] in ".!?" else ""
            command = "~\\cite{" + ",".join(keys[n] for n in numbers) + "}"
            one = replace(one, piece=replace(one.piece, text=text.removesuffix(end) + command + end))
        found.append(one)
    return found


def request_before(history: Sequence[Turn]) -> str:
    """The question that the last answer was given to, as data."""
    return as_data(history[-1].question) if history else ""


def _place(citation: Citation, pack: Pack, known: dict[str, Paper]) -> tuple[int, int] | None:
    paper = known.get(citation.paper_id)
    if paper is None:
        return None
    spot = Evidence(paper, citation.field, citation.page, citation.start, citation.end, citation.quote)
    exact = pack.at(spot)
    if exact is not None:
        return exact
    # A quote may be a part of a sentence, or several: the sentence that its beginning stands in.
    n = pack.add(paper)
    for k, one in enumerate(pack.sentences(n)):
        if (one.field, one.page) == (spot.field, spot.page) and one.start <= spot.start < one.end:
            return n, k
    return None
