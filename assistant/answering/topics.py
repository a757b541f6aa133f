"""Questions for the papers on a topic, and the papers that name it, each with the words that do. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from ..evidence import Evidence
from ..papers import Paper
from ..text import STOP_WORDS, sentences, terms, token_spans, tokens
from ..text.acronyms import defined, meanings
from ..text.stemming import stem

_PAPERS = r"(?:papers|works|studies|articles|publications|preprints|entries|literature)"
_LIBRARY = r"(?:in|of|from|within)\s+(?:my|the|this|your|our)\s+(?:library|collection|corpus|database|index)"
_HAVE = rf"(?:(?:do|have)\s+(?:i|we|you)(?:\s+(?:have|got))?|(?:are|is)\s+(?:there|here)|{_LIBRARY})"
_ON = (
    r"(?:on|about|regarding|concerning|(?:that\s+|which\s+)?(?:(?:are|is)\s+)?(?:(?:on|about|concerned\s+with)\b|"
    r"deal(?:s|ing)?\s+with|discuss(?:es|ing)?|cover(?:s|ing)?|mention(?:s|ing)?|study|studies|studying|"
    r"address(?:es|ing)?|treat(?:s|ing)?|investigat(?:e|es|ing)|concern(?:s|ing)?|talk(?:s|ing)?\s+about|"
    r"(?:us|appl|employ|adopt|leverag|exploit|utili[sz]|extend|analy[sz]|examin|explor|evaluat|consider)"
    r"(?:e|es|y|ies|ing|s)?|"
    r"(?:work|rely|build)(?:s|ing)?\s+(?:on|with)|"
    r"name(?:s|ing)?|focus(?:es|ing)?\s+on|propos(?:e|es|ing)|present(?:s|ing)?|introduc(?:e|es|ing)|develop(?:s|ing)?|"
    r"offer(?:s|ing)?)(?:\s+(?:or|and)\s+(?:us|appl|extend|analy[sz]|examin|explor|evaluat|stud|improv)"
    r"(?:e|es|y|ies|ing|s)?)?)"
)
_TOPIC = r"\s+(?P<topic>\S.*)"
_ALL = re.compile(
    rf"(?:list|show|give|name|find|display|enumerate|get)\s+(?:me\s+)?(?:(?:all|every|each|any)\s+(?:of\s+)?(?:the\s+"
    rf"|my\s+)?(?:{_PAPERS}\s+)?|everything\s+|(?:the\s+|my\s+)?{_PAPERS}\s+)(?:{_HAVE}\s+)?{_ON}{_TOPIC}"
    rf"|(?:all\s+(?:the\s+|my\s+)?)?{_PAPERS}\s+(?:on|about){_TOPIC.replace('topic', 'bare')}", re.I,
)
_COUNT = re.compile(
    rf"(?:how\s+many\s+(?:of\s+(?:my|the|these|your)\s+)?{_PAPERS}|(?:what\s+is\s+)?(?:the\s+)?number\s+of\s+{_PAPERS}"
    rf"|(?:do\s+(?:i|we|you)\s+have|are\s+there|is\s+there|have\s+(?:i|we|you)(?:\s+got)?)\s+(?:any\s+)?{_PAPERS}"
    rf"|count\s+(?:all\s+)?(?:the\s+|my\s+)?{_PAPERS})\s+(?:{_HAVE}\s+)?{_ON}{_TOPIC}", re.I,
)
_WHICH = re.compile(
    rf"(?:which|what)\s+(?:of\s+(?:my|the)\s+)?(?:{_PAPERS}|work|research)\s+(?:{_HAVE}\s+)?{_ON}{_TOPIC}", re.I
)
_KINDS = ((_COUNT, "count"), (_ALL, "all"), (_WHICH, "which"))
_TAIL = re.compile(
    rf"\s+(?:(?:are|is)\s+(?:there|here|{_LIBRARY})|do\s+(?:i|we|you)\s+have|have\s+(?:i|we|you)(?:\s+got)?|there\s+are|"
    rf"(?:i|we|you)\s+have|please|{_LIBRARY})$", re.I,
)
_NO_TOPIC = re.compile(
    r"(?:(?:the|my|your|this|our)\s+)?(?:library|collection|corpus|database|index|there|here|record|file|average|it|them|"
    r"(?:this|that|these|those|its|their|the\s+same)\b.*)", re.I,
)
_CLAUSE = re.compile(
    r"\b(?:that|which|who|whose|how|whether|why|what|when|where|if|is|are|was|were|do|does|can)\b", re.I
)
_LEADING = re.compile(r"^(?:the\s+(?:topics?|subjects?|field|area)\s+of\s+|the\s+|a\s+|an\s+)+", re.I)
_PARTS = re.compile(r"\s+(?:for|in|with|and|on|to|from|by|via)\s+(?:the\s+|a\s+|an\s+)?", re.I)
_EITHER = re.compile(r"\s*,?\s+or\s+|\s*,?\s+(?:such\s+as|including|like|e\.g\.,?)\s+", re.I)
_ENUMERATED = re.compile(r"\s*,\s*")
_OF_WORK = re.compile(
    r"(?<=\w)\s+(?:methods?|approach(?:es)?|techniques?|algorithms?|frameworks?|strateg(?:y|ies)|procedures?|solutions?)$",
    re.I,
)
"""What is proposed is a method of some kind: the kind is the topic."""
_SHORT = re.compile(r"[A-Z]{2,6}s?")
_FORMS_FROM = 400
"""Papers from which it is learnt what else a topic is called, where a library is large."""
_LONGEST_WHICH = 5
"""Words of a topic in "which papers study …"; a longer one describes, and is left to meaning."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A question for the papers on `topic`: `kind` is `count`, `all`, or `which` (those that fit best)."""

    topic: str
    kind: str


def listing_asked(text: str) -> Listing | None:
    """The topic whose papers are to be listed or counted; None for any other question."""
    asked = " ".join(text.split()).rstrip(" ?.!")
    asked = re.sub(r"^(?:please|can\s+you|could\s+you)(?:\s+please)?\s+", "", asked, flags=re.I)
    for pattern, kind in _KINDS:
        found = pattern.fullmatch(asked)
        if not found:
            continue
        topic = found["topic"] or found.groupdict().get("bare") or ""
        while (shorter := _TAIL.sub("", topic)) != topic:
            topic = shorter
        topic = _LEADING.sub("", topic.strip(" \"'“”‘’,;:"))
        if not terms(topic) or _NO_TOPIC.fullmatch(topic) or _CLAUSE.search(topic):
            return None
        if len(terms(general := _OF_WORK.sub("", topic))) > 1:
            topic = general
        if kind == "which" and describes(topic):
            return None
        return Listing(topic, kind)
    return None


def describes(topic: str) -> bool:
    """Whether a topic is too long for a name, so that it describes what is meant."""
    return max(len(terms(one)) for one in _alternatives(topic)) > _LONGEST_WHICH


def _alternatives(topic: str) -> list[str]:
    """What a topic names side by side: "x, such as y, z or w" is about any of them."""
    parts = _EITHER.split(topic)
    if len(parts) > 1:
        parts = [one for part in parts for one in _ENUMERATED.split(part)]
    return [part for part in parts if terms(part)] or [topic]


def naming(topic: str, papers: Sequence[Paper]) -> tuple[list[Evidence], str]:
    """The papers whose title or abstract names the topic, in their order, each with the words that do; and
    what was looked for, as a reader would say it.

    Hyphens, inflection and small words don't matter, and a short form and what the papers spell it out as
    are one. A topic of several parts ("x for y") that no paper names as a whole is looked for part by part.
    """
    asked = _alternatives(topic)
    others = [w for part in asked for w in _other_forms(part, papers)]
    found = [e for p in papers if (e := _place(p, [(w,) for w in (*asked, *others)]))]
    # A wording that finds nothing more is not spoken of.
    more = others and len(found) > sum(_place(p, [(w,) for w in asked]) is not None for p in papers)
    if found or len(parts := [p for p in _PARTS.split(topic) if terms(p)]) < 2:
        said = " or ".join(f"“{w}”" for w in asked)
        return found, said + (f" (or {', '.join(f'“{w}”' for w in dict.fromkeys(others))})" if more else "")
    ways = list(product(*((part, *_other_forms(part, papers)) for part in parts[:4])))
    return [e for p in papers if (e := _place(p, ways))], " and ".join(f"“{p}”" for p in parts[:4]) + " together"


def part_named(topic: str, text: str) -> str:
    """Of a topic that names several things, the one that a text names; else the whole topic."""
    parts = _alternatives(topic)
    return next((part for part in parts if _held(text, [part])), topic) if len(parts) > 1 else topic


def wordings_of(topic: str, near: Callable[[Sequence[str]], Sequence[Paper]]) -> list[str]:
    """What `naming` may find the topic by: only papers that begin the words of one of these can name it.

    `near` gives the papers that may hold one of several wordings, those that say it best first where they are many.
    """
    asked = _alternatives(topic)
    forms = {part: _other_forms(part, near([part])[:_FORMS_FROM])
             for part in dict.fromkeys([*asked, *_PARTS.split(topic)[:4]])}
    ways = [" ".join(way) for way in product(*((part, *forms[part]) for part in _PARTS.split(topic)[:4]))]
    return list(dict.fromkeys([*asked, *(other for part in asked for other in forms[part]), *ways]))


def beginnings(wording: str) -> list[str]:
    """What must stand at the beginning of some word each, where a paper holds the wording."""
    words = [w for w in tokens(wording) if w not in STOP_WORDS] or tokens(wording)
    return [w if len(w) < 4 and not w.endswith("y") else w[: max(1, min(4, len(w) - 1))] for w in words]


def _other_forms(topic: str, papers: Iterable[Paper]) -> list[str]:
    """What a short form stands for in these papers, or the short form of these words."""
    asked = topic.strip()
    short = asked[:-1] if _SHORT.fullmatch(asked) and asked.endswith("s") else asked
    if _SHORT.fullmatch(short):
        first, *others = meanings(_texts(p for p in papers if short in p.abstract)).get(short) or (None,)
        # Of several meanings only one that most papers have is meant without saying.
        clear = first is not None and (not others or len(first.paper_ids) >= 2 * len(others[0].paper_ids))
        return [first.words] if first is not None and clear else []
    same = "".join(terms(asked))
    shorts = [(p, forms) for p in papers if (forms := list(defined(f"{p.title}. {p.abstract}")))]
    # Only papers that define the short form of these very words have to be looked at for them, which takes longer.
    own = {s for _, forms in shorts for s, words in forms if "".join(terms(words)) == same}
    defining = (p for p, forms in shorts if own.intersection(s for s, _ in forms))
    known = meanings(_texts(p for p in defining if _place(p, [(asked,)])))
    return [s for s, found in known.items() if len(found) == 1 and "".join(terms(found[0].words)) == same]


def _texts(papers: Iterable[Paper]) -> Iterable[tuple[str, str]]:
    return ((p.id, f"{p.title}. {p.abstract}") for p in papers)


def _place(paper: Paper, wordings: Sequence[Sequence[str]]) -> Evidence | None:
    """The first sentence of the paper that holds a wording, the title before the abstract; None if none does.

    Of a wording in several parts all must stand in one sentence.
    """
    for parts in wordings:
        if not all(_may_hold(f"{paper.title}\n{paper.abstract}", part) for part in parts):
            continue
        for field in ("title", "abstract"):
            text = paper.text(field)
            found = _held(text, parts)
            for start, end in [(0, len(text))] if field == "title" else sentences(text):
                if {part for part, at in found if start <= at < end} >= set(parts):
                    return Evidence(1, paper, field, None, start, end, text[start:end], 1.0, ("names the topic",))
    return None


def _may_hold(text: str, part: str) -> bool:
    """Whether it is worth looking closely: the beginnings of the words stand somewhere in the text."""
    if not (text.isascii() and part.isascii()):
        return True
    low = text.lower()
    return all(w[: max(1, min(4, len(w) - 1))] in low for w in tokens(part) if w not in STOP_WORDS)


def _held(text: str, parts: Sequence[str]) -> list[tuple[str, int]]:
    """Each part that stands in the text, with every offset at which it begins."""
    spans, stems = _content(text)
    found = []
    for part in parts:
        words = [w for w in tokens(part) if w not in STOP_WORDS] or tokens(part)
        wanted = [stem(w) for w in words]
        whole = stem("".join(words))
        # "MU" is no "mu": a short form counts as it is written.
        if _SHORT.fullmatch(part):
            written = (part.removesuffix("s"), f"{part.removesuffix('s')}s")
            found += [(part, start) for _, start, end in spans if text[start:end] in written]
            continue
        for i, (word, start, _) in enumerate(spans):
            same = stems[i : i + 1] == wanted[:1] and stems[i : i + len(wanted)] == wanted
            if same or (whole.startswith(word[:3]) and _joined(spans, i, whole)):
                found.append((part, start))
    return found


# A list goes through all papers of a small library, again and again.
@lru_cache(maxsize=4096)
def _content(text: str) -> tuple[tuple[tuple[str, int, int], ...], list[str]]:
    """The content words of a text with their places, and their stems."""
    spans = tuple(s for s in token_spans(text) if s[0] not in STOP_WORDS)
    return spans, [stem(word) for word, _, _ in spans]


def _joined(spans: Sequence[tuple[str, int, int]], at: int, whole: str) -> bool:
    """Whether the words from `at` on make the wording when written together ("auto-encoder")."""
    joined = ""
    for k in range(at, min(at + 6, len(spans))):
        joined += spans[k][0]
        if len(joined) > len(whole) + 4:
            return False
        if stem(joined) == whole:
            return True
    return False
