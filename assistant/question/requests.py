"""What is asked of the library's records, of the last answer, or of a writer, instead of the papers' words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..language import either, pattern, table, words
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
    rf"{either('question.nouns.plural_papers')}\b(?P<rest>.*)",
    re.I,
)
_THE_PAPER = re.compile(
    r"^(?:the|this|that|these|a)?\s*(?P<name>.*?)\s*"
    rf"\b{either('question.nouns.one_paper', 'question.nouns.plural_papers')}$",
    re.I,
)
_DATED = {"year": "question.records.dated", "venue": "question.records.published"}


def request_of(text: str, known: Known, about: Sequence[str] = (), limited: bool = False) -> LibraryRequest | None:
    """What a question asks of the library's records; None for one about what papers say.

    `about` are the papers that a follow-up means; `limited` says that the question named limits beside these words.
    """
    if not any(c.isalnum() for c in text):
        return LibraryRequest("empty")
    if len(text) > _LONGEST:
        return None
    plain = text.strip(" ?!.,").lower()
    if plain in words("question.requests.help") or without_start(plain, "question.polite") in words(
        "question.requests.help"
    ):
        return LibraryRequest("help")
    run = [w.low for w in words_of(text) if not w.mark]
    if set(run) <= words("question.requests.greeting") and set(run) & words("question.requests.greeting_heads"):
        return LibraryRequest("greeting")
    core = without_start(text, "question.polite").strip(" ?!.")
    return _record(core, known, about) or _of_papers(core, known, about) or _of_all(core, about, limited)


def _record(core: str, known: Known, about: Sequence[str]) -> LibraryRequest | None:
    """Who wrote a paper, when and where it was published, its link or abstract."""
    for what in table("question.records"):
        if what in ("dated", "published"):
            continue
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
        if about:
            return LibraryRequest(what, paper_ids=tuple(about))
        name = found["name"] if (found := _THE_PAPER.match(rest)) else rest
        papers = known.titled(rest) or (known.named(name.strip()) if name.strip() else [])
        if papers:
            return LibraryRequest(what, paper_ids=tuple(p.id for p in papers[:3]))
        content = bool(terms(name)) and not set(terms(rest)) <= set(terms("it they them one"))
        if not content:
            return LibraryRequest(what)
        if what in ("authors", "abstract", "link") or found:
            near = known.nearest(rest)[:1]
            return LibraryRequest(what, topic=topic_of(rest), paper_ids=tuple(p.id for p in near))
        return None
    return None


def _of_papers(core: str, known: Known, about: Sequence[str]) -> LibraryRequest | None:
    """Papers like one, the first to read, the oldest and newest, how many there are on a topic."""
    works = any(w.low in words("question.requests.works") for w in words_of(core))
    if (found := pattern("question.requests.similar").search(core)) and (works or about):
        if bare(core[: found.start()], "question.requests.similar_words"):
            return None
        rest = core[found.end() :].strip(' ?.!"“”')
        papers = [] if about else known.titled(rest) or known.named(re.sub(r"^(?:to|the)\s+", "", rest, flags=re.I))
        if about or papers:
            return LibraryRequest("similar", paper_ids=tuple(about) or tuple(p.id for p in papers[:1]))
        return None
    if found := pattern("question.requests.read_first").search(core):
        topic = on["topic"] if (on := _ON.search(core, found.end())) else ""
        return LibraryRequest("read_first", topic=topic_of(topic) if topic else "", paper_ids=tuple(about))
    for what in ("oldest", "newest"):
        found = pattern(f"question.requests.{what}").search(core)
        several = has("question.refers.of_several", core)
        if found and (works or several):
            on = _ON.search(core)
            rest = core[: on.start()] if on else core
            if not _strange(rest):
                topic = topic_of(on["topic"]) if on and not several else ""
                return LibraryRequest(what, topic=topic if terms(topic) else "", paper_ids=tuple(about))
    if (counted := _COUNT.match(core)) and (on := _ON.search(counted["rest"])):
        before = counted["rest"][: on.start()]
        topic = topic_of(on["topic"])
        if (
            not _strange(before)
            and terms(topic)
            and not re.search(rf"[,;?]|\band\b\s+{either('question.asks')}\b", topic, re.I)
        ):
            return LibraryRequest(
                "count", topic=topic, paper_ids=tuple(about) if has("question.refers.of_several", core) else ()
            )
    return None


def _of_all(core: str, about: Sequence[str], limited: bool) -> LibraryRequest | None:
    """What the whole library holds: every word of the question is one for that."""
    run = [w.low for w in words_of(core)]
    works = any(low in words("question.requests.works") for low in run)
    if _strange(core) or about or not (works or limited):
        return None
    one = any(low in words("question.nouns.one_paper") for low in run) and not any(
        low in words("question.nouns.plural_papers") for low in run
    )
    if one and not limited:
        return None
    for what in ("years", "venues", "authors"):
        if has(f"question.requests.{what}", core):
            return LibraryRequest("all_authors" if what == "authors" else what)
    if has("question.requests.count", core):
        return LibraryRequest("count")
    if has("question.requests.topics", core) and not limited:
        return LibraryRequest("topics")
    return LibraryRequest("papers")


def _strange(text: str) -> list[str]:
    """The words of a text that are none of those by which records are asked for."""
    return bare(text, "question.requests.library_words")


def on_answer(text: str) -> str:
    """What is wanted of the last answer itself: a table, a shorter one, a translation …; "" for anything else."""
    run = [w for w in words_of(text[:_LONGEST]) if not w.mark]
    if len(text) > _LONGEST or len(run) > _LONGEST_ON_ANSWER:
        return ""
    for what in table("question.on_answer"):
        if what == "furniture" or not has(f"question.on_answer.{what}", text):
            continue
        rest = text
        for kind in table("question.on_answer"):
            if kind != "furniture":
                rest = pattern(f"question.on_answer.{kind}").sub(" ", rest)
        if not bare(without_start(rest, "question.polite"), "question.on_answer.furniture"):
            return what
    return ""


def needs_model(text: str) -> str:
    """What is asked for that only a language model can write, in words; "" for anything else."""
    return next((what for what in table("question.needs_model") if has(f"question.needs_model.{what}", text)), "")
