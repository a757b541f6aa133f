"""What is asked of the library's records, of the last answer, or of a writer, instead of the papers' words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..language import either, pattern, table, words
from ..papers import Paper
from ..text import terms
from .known import Known
from .plan import LibraryRequest
from .topic import topic_of
from .words import bare, has, without_start, words_of

_LONGEST = 300
"""Characters of a request; what is longer asks of the papers' words."""
_LONGEST_ON_ANSWER = 16
"""Words of a request on the last answer."""
_ON = re.compile(rf"(?<!\w){either('question.requests.on_topic')}\s+(?P<topic>\S.*)", re.I)
_COUNT = re.compile(
    rf"(?:what\s+is\s+the\s+)?(?:how\s+many|number\s+of|count)\s+(?:of\s+)?(?:(?:all|the|my|these|your)\s+){{0,2}}"
    rf"{either('question.nouns.plural_papers')}\b",
    re.I,
)
_THE_PAPER = re.compile(
    r"^(?:the|this|that|these|a)?\s*(?P<name>.*?)\s*"
    rf"\b{either('question.nouns.one_paper', 'question.nouns.plural_papers')}$",
    re.I,
)
_DATED = {"year": "question.requests.dated", "venue": "question.requests.printed"}
"""The verbs that a question for a year or a venue has."""


def request_of(text: str, known: Known, about: Sequence[str] = (), limited: bool = False) -> LibraryRequest | None:
    """What a question asks of the library's records; None for one about what papers say.

    `about` are the papers that a follow-up means; `limited` says that the question named limits beside these words.
    """
    if not any(c.isalnum() for c in text):
        return LibraryRequest("empty")
    if len(text) > _LONGEST:
        return None
    core = without_start(text, "question.polite").strip(" ?!.,")
    if words("question.requests.help") & {core.lower(), text.strip(" ?!.,").lower()}:
        return LibraryRequest("help")
    run = {w.low for w in words_of(text) if not w.mark}
    if run <= words("question.requests.greeting") and run & words("question.requests.greeting_heads"):
        return LibraryRequest("greeting")
    # "And the authors?" asks for those of the paper meant.
    record = _record(core, known, about) or (_record(f"{core} of it", known, about) if about else None)
    return record or _of_papers(core, known, about) or _of_all(core, about, limited)


def _record(core: str, known: Known, about: Sequence[str]) -> LibraryRequest | None:
    """Who wrote a paper, when and where it was published, its link or abstract."""
    for what in table("question.records"):
        opening = re.match(
            rf"(?:(?:what|which)\s+(?:is|are)\s+(?:the\s+)?|the\s+)?{either(f'question.records.{what}')}(?!\w)\s*(?P<rest>.*)",
            core,
            re.I,
        )
        if not opening:
            continue
        rest = opening["rest"]
        if what in _DATED and not pattern("question.requests.without_verb").match(opening[0]):
            verb = pattern(_DATED[what]).search(rest)
            if not verb or rest[verb.end() :].strip(" ?.!"):
                return None
            rest = rest[: verb.start()]
        rest = rest.strip(" \"'“”?.!")
        if re.match(r"(?:on|about|that)\b", rest, re.I):
            return None
        kind = _THE_PAPER.match(rest)
        name = (kind["name"] if kind else rest).strip()
        if about or set(terms(name)) <= set(terms("it they them one")):
            return LibraryRequest(what, paper_ids=tuple(about))
        if papers := known.titled(rest) or known.named(name):
            return LibraryRequest(what, paper_ids=ids_of(papers[:3]))
        if what in ("authors", "abstract", "link") or kind:
            return LibraryRequest(what, topic=topic_of(rest), paper_ids=ids_of(known.nearest(rest)[:1]))
        return None
    return None


def _of_papers(core: str, known: Known, about: Sequence[str]) -> LibraryRequest | None:
    """Papers like one, the first to read, the oldest and newest, how many there are on a topic."""
    works = any(w.low in words("question.requests.works") for w in words_of(core))
    if (found := pattern("question.requests.similar").search(core)) and (works or about):
        if bare(core[: found.start()], "question.requests.similar_words"):
            return None
        rest = re.sub(r"^(?:to|the)\s+", "", core[found.end() :].strip(' ?.!"“”'), flags=re.I)
        ids = tuple(about) or ids_of((known.titled(rest) or known.named(rest))[:1])
        return LibraryRequest("similar", paper_ids=ids) if ids else None
    if found := pattern("question.requests.read_first").search(core):
        on = _ON.search(core, found.end())
        return LibraryRequest("read_first", topic=topic_of(on["topic"]) if on else "", paper_ids=tuple(about))
    several = has("question.refers.of_several", core)
    ids = tuple(about) if several else ()
    counted, on = _COUNT.match(core), _ON.search(core)
    topic = topic_of(on["topic"]) if on else ""
    if _strange(core[: on.start()] if on else core):
        return None
    for what in ("oldest", "newest") if works or several else ():
        if has(f"question.requests.{what}", core):
            return LibraryRequest(what, topic=topic if terms(topic) and not several else "", paper_ids=ids)
    if counted and terms(topic) and not re.search(rf"[,;?]|\band\b\s+{either('question.asks')}\b", topic, re.I):
        return LibraryRequest("count", topic=topic, paper_ids=ids)
    return None


def _of_all(core: str, about: Sequence[str], limited: bool) -> LibraryRequest | None:
    """What the whole library holds: every word of the question is one for that."""
    run = {w.low for w in words_of(core)}
    one = run & words("question.nouns.one_paper") and not run & words("question.nouns.plural_papers")
    if _strange(core) or about or not (limited or (run & words("question.requests.works") and not one)):
        return None
    for what in ("years", "venues", "authors", "count"):
        if has(f"question.requests.{what}", core):
            return LibraryRequest("all_authors" if what == "authors" else what)
    return LibraryRequest("topics" if has("question.requests.topics", core) and not limited else "papers")


def ids_of(papers: Sequence[Paper]) -> tuple[str, ...]:
    """The ids of papers, in their order."""
    return tuple(p.id for p in papers)


def _strange(text: str) -> list[str]:
    """The words of a text that are none of those by which records are asked for."""
    return bare(text, "question.requests.library_words")


def on_answer(text: str) -> str:
    """What is wanted of the last answer itself: a table, a shorter one, a translation …; "" for anything else."""
    run = [w for w in words_of(text[:_LONGEST]) if not w.mark]
    if len(text) > _LONGEST or len(run) > _LONGEST_ON_ANSWER:
        return ""
    ways = [f"question.on_answer.{what}" for what in table("question.on_answer")]
    if bare(without_start(pattern(*ways).sub(" ", text), "question.polite"), "question.answer_words"):
        return ""
    return next((way.rpartition(".")[2] for way in ways if has(way, text)), "")


def needs_model(text: str) -> str:
    """What is asked for that only a language model can write, in words; "" for anything else."""
    opens = without_start(text, "question.polite").split(" ", 1)[0].lower()
    asks = opens in words("question.asks") or opens in words("question.opening_auxiliaries")
    orders = () if asks else tuple(table("question.orders"))
    return next((what for what in table("question.needs_model") if has(f"question.needs_model.{what}", text)
                 or (what in orders and has(f"question.orders.{what}", text))), "")
