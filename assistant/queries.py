"""What was asked: limits, the kind of question, what each part asks for, names, the sides of a comparison.

Pure. Every string is a question; nothing here fails.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .operators import Limit, limits
from .papers import Filters, normalised_title

KINDS = ("fact", "howto", "list", "compare", "summary", "library", "greeting", "empty")
WANTS = ("number", "percentage", "factor", "amount", "name", "person", "date", "place", "yesno", "manner", "reason", "any")

_LONGEST = 4_000
"""Characters that are parsed for parts and names; a longer question is searched whole all the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a question asks: its words, the type of answer wanted, and the noun it hangs on.

    `focus` is the noun phrase after "how many", "which", "what" ("German personal name compounds");
    empty where there is none. `names` are the names in this part.
    """

    text: str
    wants: str
    focus: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question as read. `search_text` is `text` without limits and without question furniture."""

    text: str
    search_text: str
    filters: Filters = Filters()
    limits: tuple[Limit, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    kind: str = "fact"
    asks: tuple[Asked, ...] = ()
    sides: tuple[str, ...] = ()
    """The two or more things compared, as written."""
    names: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    """Titles of known papers that the question holds word for word."""

    @property
    def wants(self) -> tuple[str, ...]:
        """The types of answer wanted, one for each part."""
        return tuple(a.wants for a in self.asks)


def read_question(text: str, *, titles: Iterable[str] = (), ignored: Collection[str] = ()) -> Question:
    """The question in `text`.

    `titles` are titles of known papers: those that occur in the question are noted. `ignored` are
    words of limits (`Limit.text`) that the asker took off again.
    """
    found = limits(text, ignored)
    rest = found.rest
    head = " ".join(_clean(rest[:_LONGEST]).split())
    kind = _kind(head)
    sides = _sides(head)
    if sides and kind in ("fact", "howto", "list"):
        kind = "compare"
    search_text = _search_text(head) if len(rest) <= _LONGEST else _clean(rest)
    return Question(
        text=text, search_text=search_text, filters=found.filters, limits=found.limits, phrases=found.phrases,
        excluded=found.excluded, kind=kind, asks=_asks(head), sides=sides, names=names(head),
        titles=_titles(head, titles),
    )


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _titles(text: str, titles: Iterable[str]) -> tuple[str, ...]:
    folded = f" {normalised_title(text)} "
    found = []
    for title in titles:
        key = normalised_title(title)
        if len(key) >= 8 and " " in key and f" {key} " in folded:
            found.append(title)
    return tuple(found)


# --------------------------------------------------------------------------- kind

_PAPER = r"(?:papers?|works?|stud(?:y|ies)|articles?|publications?|preprints?)"
_PAPERS = r"(?:papers|works|studies|articles|publications|preprints|authors|approaches|methods|systems|datasets|benchmarks|models|surveys|tools)"
_LIBRARY = r"(?:library|collection|corpus|database|index)"
_GREETING = re.compile(
    r"(?:(?:hi|hello|hey|hiya|howdy|good\s+(?:morning|afternoon|evening|day)|greetings|moin|hallo|thanks?(?:\s+you)?|thank\s+you|"
    r"thx|cheers|bye|goodbye|ok(?:ay)?|great|nice|cool|how\s+are\s+you|who\s+are\s+you|what\s+can\s+you\s+do|help)"
    r"(?:\s+(?:there|all|everyone|again|assistant|so|very|much|a\s+lot|for\s+(?:that|the\s+answer|your\s+help)))*[\s!.,?:)(]*){1,3}",
    re.I,
)
_LIBRARY_QUESTION = re.compile(
    rf"(?:how\s+many\s+{_PAPER}\s*(?:(?:do|have)\s+(?:i|you|we)\b.*|are\s+(?:there|here)\s*(?:in\b.*)?|(?:are\s+)?in\s+(?:my|the|this|your)\s+{_LIBRARY}.*|"
    rf"does\s+(?:my|the|this|your)\s+{_LIBRARY}\b.*)?[?.! ]*"
    rf"|(?:how\s+(?:big|large)\s+is|what(?:'s|\s+is)\s+in|what\s+does|describe|show(?:\s+me)?|list)\s+(?:my|the|this|your)\s+{_LIBRARY}(?:\s+(?:hold|contain|cover))?[?.! ]*"
    rf"|(?:list|show(?:\s+me)?|give\s+me|name)\s+(?:me\s+)?(?:all|every|the)\s+(?:of\s+)?(?:the\s+|my\s+)?{_PAPER}(?:\s+(?:in|of)\s+(?:my|the|this|your)\s+{_LIBRARY})?[?.! ]*"
    rf"|(?:what|which)\s+{_PAPER}\s+(?:do\s+(?:i|you|we)\s+have|are\s+(?:there|here|in\s+(?:my|the|this|your)\s+{_LIBRARY}))[?.! ]*"
    rf"|(?:what|which)\s+is\s+(?:the\s+)?(?:oldest|newest|latest|earliest|most\s+recent)\s+{_PAPER}.*"
    rf"|(?:since|from)\s+when\b.*(?:{_PAPER}|{_LIBRARY}).*"
    rf"|(?:what|which)\s+(?:topics|years|authors|sources|venues|files)\s+(?:does|do|are|is)\b.*\b(?:{_LIBRARY}|papers)\b.*"
    rf"|which\s+years?\s+(?:do|does)\s+.*(?:{_LIBRARY}|papers).*)",
    re.I,
)
_SUMMARY = re.compile(
    r"(?:(?:please\s+|can\s+you\s+|could\s+you\s+)?(?:summari[sz]e|sum\s+up|give\s+(?:me\s+)?(?:a\s+|an\s+)?(?:short\s+|brief\s+)?(?:summary|overview)\s+of|tl;?dr)\b"
    r"|what\s+(?:is|was)\s+.{0,200}\bpaper\b.{0,200}\babout\b|what\s+does\s+(?:this|that|the)\s+paper\s+(?:say|do|show|find|propose)\b)",
    re.I,
)
_LIST = re.compile(
    rf"(?:which|what)\s+(?:other\s+|of\s+(?:the|these|my)\s+|recent\s+|all\s+)?{_PAPERS}\b"
    rf"|^(?:please\s+)?(?:list|name|enumerate|find|show)\b.{{0,40}}\b{_PAPERS}\b|^(?:are|were)\s+there\s+(?:any\s+|other\s+|more\s+)?.{{0,60}}\b{_PAPERS}\b"
    rf"|^(?:any|all)\s+.{{0,30}}{_PAPERS}\b|\bwho\s+(?:else\s+)?(?:works|worked|has\s+worked)\s+on\b",
    re.I,
)
_ONE_PAPER = re.compile(r"\b(?:the|this|that)\s+(?:[\w-]+\s+){0,3}paper\b", re.I)
_COMPARE = re.compile(
    r"\b(?:compare[sd]?|comparison\s+(?:of|between)|contrast|differ(?:s|ed|ences?|ent\s+from)?|versus|vs\.?|similarit(?:y|ies)\s+between|"
    r"in\s+common|distinguish(?:es)?\s+\S+\s+from)(?!\w)",
    re.I,
)


def _kind(text: str) -> str:
    if not any(c.isalnum() for c in text):
        return "greeting" if text else "empty"
    if _GREETING.fullmatch(text):
        return "greeting"
    if _LIBRARY_QUESTION.fullmatch(text):
        return "library"
    if _SUMMARY.match(text):
        return "summary"
    found = _LIST.search(text)
    # "which two pretrained models was it applied to" asks for names inside one paper; only works
    # themselves, or a question that opens with the plural of a thing one can propose, ask for a list.
    if found and (re.search(rf"\b{_PAPER}\b", found[0], re.I) or found.start() == 0) and not _ONE_PAPER.search(text):
        return "list"
    if re.match(r"how\s+(?:can|could|do|does|did|might|may|is|are|was|were|to|should|would)\b", text, re.I):
        return "howto"
    return "fact"


# --------------------------------------------------------------------------- comparisons

_SIDE = r"(?:the\s+|a\s+|an\s+)?(.{1,120}?)"
_TAIL = r"(?=\s+(?:in\s+(?:the\s+way|terms|how|what|which|their|that|respect)|as\s+(?:\w+\s+)?\w+(?:\s*[?.!]|$)|with\s+respect|regarding|when|for\s+|on\s+|with\s+regard|at\s+|by\s+|to\s+|and\s+(?:which|what|how))|\s*[?.!;,]|\s*$)"
_SIDES = tuple(
    re.compile(p, re.I)
    for p in (
        rf"\bhow\s+(?:do|does|did|are|is|were|was)\s+{_SIDE}\s+(?:differ(?:ent)?|distinguished|set\s+apart)\s+from\s+{_SIDE}{_TAIL}",
        rf"\bwhat\s+(?:distinguishes|separates|sets)\s+{_SIDE}\s+(?:apart\s+)?from\s+{_SIDE}{_TAIL}",
        rf"\b(?:differences?|comparison|similarit(?:y|ies)|contrast|distinction)\s+(?:\w+\s+)?between\s+{_SIDE}\s+(?:and|with|to)\s+{_SIDE}{_TAIL}",
        rf"\b(?:compare|contrast|compared)\s+(?:how\s+)?{_SIDE}\s+(?:and|with|to|against|versus|vs\.?)\s+{_SIDE}{_TAIL}",
        rf"\bhow\s+(?:do|does|did|are|were)\s+{_SIDE}\s+and\s+{_SIDE}\s+(?:differ|compare|relate|approach|handle|each|both|treat|use)\b",
        rf"\b(?:what\s+do)\s+{_SIDE}\s+and\s+{_SIDE}\s+have\s+in\s+common\b",
        rf"\b(?:by|in|for|of|from|to|with)\s+((?:the\s+)?[^,?]{{1,80}}?)\s+and\s+(?:by|in|for|of|from|to|with)\s+((?:the\s+)?[^,?]{{1,80}}?){_TAIL}",
        r"(?:^|[\s(])(\S{2,60})\s+(?:versus|vs\.?)\s+(\S{2,60})",
    )
)
_LOOSE = 6


def _sides(text: str) -> tuple[str, ...]:
    """The things compared; empty where the question compares nothing."""
    for i, pattern in enumerate(_SIDES):
        found = pattern.search(text)
        if not found:
            continue
        # "by A and by B" is a comparison only of things with a name or called papers.
        if i == _LOOSE and not all(names(s) or re.search(rf"\b{_PAPER}\b", s, re.I) for s in found.groups()):
            continue
        sides = tuple(_trimmed(s) for s in found.groups())
        if all(sides) and sides[0].casefold() != sides[1].casefold() and not re.match(r"(?:which|what|how)\b", sides[1], re.I):
            return sides
    return ()


def _trimmed(side: str) -> str:
    side = re.sub(r"^(?:(?:the|a|an|both)\s+)+", "", side.strip(" \"'“”.,;:?!"), flags=re.I)
    return re.sub(rf"\s+(?:{_PAPER}|ones?)$", "", side, flags=re.I).strip()


# --------------------------------------------------------------------------- parts, and what each wants

_WH = r"(?:which|what|how|who|whom|whose|when|where|why)"
_PREPOSITION = r"(?:by|to|on|in|with|for|from|at|of|under|over|into|against|through)"
_SPLIT = re.compile(
    rf"(?:\s*[,;]\s*(?:and|or|but)\s+|\s+and\s+|\s*;\s*)(?=(?:{_PREPOSITION}\s+)?{_WH}\b)"
    rf"|\s*,\s*(?=(?:{_PREPOSITION}\s+)?(?:what|how)\b)"
    r"|\s*,\s*(?:and|or|but)\s+(?=(?:is|are|was|were|do|does|did|can|could|has|have|should)\s+\w)"
    r"|(?<=[?!])\s+(?=\S)",
    re.I,
)
_AUX = r"(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|might|must|be|been|being)"
_FOCUS_END = re.compile(
    rf"(?:{_AUX}|of|in|on|for|to|that|which|who|with|from|by|at|as|per|and|or|when|where|than|it|they|its|their|this|these|those|he|she|we|you|i|"
    r"used|given|reported|proposed|based|called|named|achieve[sd]?|reach(?:es|ed)?|need(?:s|ed)?|ha[sd]|use[sd]?)$",
    re.I,
)
_KIND_OF = re.compile(r"^(?:(?:typical|main|different|distinct|new|exact|particular|specific|common)\s+)*(?:kinds?|types?|sorts?|forms?|variet(?:y|ies)|numbers?|names?|amounts?)\s+of\s+", re.I)
_OPENING = re.compile(rf"^(?:and\s+|but\s+|so\s+|also\s+)*(?:{_PREPOSITION}\s+)?({_WH})\b\s*", re.I)
_UNITS = (
    "speedup speed-up acceleration latency throughput runtime time duration memory size scale length width depth cost price fee budget score "
    "scores accuracy precision recall perplexity error loss rate rates ratio correlation coefficient temperature threshold gain improvement "
    "increase decrease reduction dimension dimensions dimensionality bleu rouge f1 auc auroc rmse mae mse ndcg mrr map wer "
    "resolution frequency power energy age dose sensitivity specificity complexity kappa variance value values percentage percent share "
    "proportion fraction number amount quantity count total average mean median"
)
MEASURES = frozenset(_UNITS.split())
"""Nouns whose value is a number: "what latency" asks for one."""


def _asks(text: str) -> tuple[Asked, ...]:
    """The parts of a question, in order; one part at least."""
    parts = [p.strip() for p in _SPLIT.split(text) if p and any(c.isalnum() for c in p)]
    return tuple(_asked(p) for p in parts[:8]) or (Asked(text, "any"),)


def _asked(part: str) -> Asked:
    own = names(part)
    if found := re.search(r"\bhow\s+many\s+times\s+(?:as|more|faster|larger|smaller|better|less|slower|easier|cheaper)\b|\b(?:by\s+)?what\s+factor\b|"
                          r"\b(?:what|which)\s+(?:\w+\s+)?speed-?up\b|\bhow\s+much\s+(?:faster|easier|slower|cheaper)\b", part, re.I):
        return Asked(part, "factor", _focus(part[found.end():]) if "many times" not in found[0].lower() else "", own)
    if re.search(r"\b(?:what|which)\s+(?:\w+\s+)?(?:share|percentage|percent|proportion|fraction)\b|\bhow\s+many\s+(?:percent|percentage\s+points|points)\b", part, re.I):
        found = re.search(r"\b(?:share|percentage|percent|proportion|fraction|points)\b(?:\s+of)?", part, re.I)
        return Asked(part, "percentage", _focus(part[found.end():]) if found else "", own)
    if found := re.search(r"\bhow\s+many\b", part, re.I):
        return Asked(part, "number", _focus(part[found.end():]), own)
    if found := re.search(r"\bhow\s+(much|big|large|small|long|fast|slow|often|high|low|deep|wide|old|far|expensive|accurate|strong|heavy)\b", part, re.I):
        return Asked(part, "amount", _focus(part[found.end():]) if found[1].lower() == "much" else "", own)
    if found := re.search(r"\b(?:what|which)\s+(?:is|are|was|were)\s+the\s+(?:\w+\s+){0,3}?(?:number|amount|size|count)\s+of\b", part, re.I):
        return Asked(part, "number", _focus(part[found.end():]), own)
    opened = _OPENING.search(part) or re.search(rf"\b({_WH})\b\s*", part, re.I)
    if opened is None:
        if re.match(rf"{_AUX}\b", part, re.I):
            return Asked(part, "yesno", "", own)
        return Asked(part, "any", "", own)
    word, rest = opened[1].lower(), part[opened.end():]
    if re.match(rf"{_AUX}\b", part, re.I) and opened.start() > 0:
        return Asked(part, "yesno", "", own)
    if word in ("who", "whom", "whose"):
        return Asked(part, "person", "", own)
    if word == "when" or re.match(r"(?:year|date|month|day)\b", rest, re.I):
        return Asked(part, "date", "", own)
    if word == "where":
        return Asked(part, "place", "", own)
    if word == "why":
        return Asked(part, "reason", "", own)
    if word == "how":
        return Asked(part, "manner", "", own)
    focus = _focus(rest)
    if not focus and (defined := re.match(rf"{_AUX}\s+(?:the\s+|its\s+|their\s+)?", rest, re.I)):
        focus = _focus(rest[defined.end():])
        focus = "" if names(f"x {focus}") else focus
    if re.match(r"(?:author|researcher|people|person|team|group)s?\b", focus, re.I):
        return Asked(part, "person", focus, own)
    if re.match(r"(?:country|city|place|university|institution|hospital|region)s?\b", focus, re.I):
        return Asked(part, "place", focus, own)
    words = re.findall(r"[\w@.+-]+", focus.lower())
    if words and (words[-1] in MEASURES or _metric(words[-1])):
        return Asked(part, "amount", focus, own)
    return Asked(part, "name" if focus else "any", focus, own)


def _metric(word: str) -> bool:
    """Whether the word is a metric with its cut-off (`MRR@10`) or a known one with a number (`F1`)."""
    return "@" in word or word.rstrip("0123456789.-") in ("bleu", "rouge", "ndcg", "recall", "precision", "hits", "hit", "map", "top")


def _focus(rest: str) -> str:
    """The noun phrase at the start of `rest`: up to five words, ended by a verb or preposition known to end one."""
    rest = _KIND_OF.sub("", rest.strip())
    found: list[str] = []
    for word in re.findall(r"[^\s,;:?!()\"“”]+|[,;:?!()]", rest)[:9]:
        if not any(c.isalnum() for c in word) or (_FOCUS_END.fullmatch(word) and not word.isupper()):
            break
        if word.lower() in ("the", "a", "an", "other", "different", "such"):
            continue
        found.append(word.removesuffix("'s").removesuffix("’s").rstrip("."))
        if len(found) == 5:
            break
    return " ".join(found)


# --------------------------------------------------------------------------- names

_WORD = re.compile(r"[^\s,;:?!()\[\]{}\"“”]+")
_PLAIN_CAPITALS = frozenset(
    "I A An The This That These Those It Its Which What Who Whom Whose When Where Why How Is Are Was Were Do Does Did Can Could "
    "Has Have Had Will Would Should May Might And Or But If In On By To For From With At Of As Under Over Into Also Compare List Name "
    "Find Show Tell Give Please Summarise Summarize Describe Explain Any All Yes No Not Hi Hello Thanks Both Using Use Between "
    "According Let Me My Our Their Your Recent Are There Here AND OR NOT OK VS vs".split()
)


def names(text: str) -> tuple[str, ...]:
    """The names in `text`, in order, each once: acronyms, CamelCase, words with digits or `@`, capitalised words.

    Names that stand next to one another are one ("MS MARCO", "SQuAD v2.0"). A capitalised word that
    opens a sentence counts only if it is a name by its form.
    """
    found: list[str] = []
    run: list[str] = []
    opening = True
    last_end = 0

    def close() -> None:
        if run:
            name = " ".join(run)
            if name not in found:
                found.append(name)
            run.clear()

    for m in _WORD.finditer(text):
        if text[last_end:m.start()].strip():
            close()
        last_end = m.end()
        word = m[0].strip("'’‘*_-–—/\\.").removesuffix("'s").removesuffix("’s")
        possessive = m[0].rstrip(".").endswith(("'s", "’s"))
        is_name = bool(word) and word not in _PLAIN_CAPITALS and (name_by_form(word) or (word[:1].isupper() and len(word) > 1 and not opening))
        follows = bool(run) and bool(re.fullmatch(r"v?\d+(?:\.\d+)*[a-zA-Z]?", word)) and not re.fullmatch(r"(?:1[5-9]|20)\d\d", word)
        if is_name or follows:
            run.append(word)
            if possessive:
                close()
        else:
            close()
        opening = m[0].endswith(("?", "!", "."))
    close()
    return tuple(found)


def name_by_form(word: str) -> bool:
    """Whether a word is a name by its form alone: two capitals, a capital inside, letters with digits or `@`."""
    letters = [c for c in word if c.isalpha()]
    if not letters or len(word) > 60:
        return False
    if sum(c.isupper() for c in letters) >= 2:
        return True
    if any(c.isupper() for c in word[1:]) and not re.fullmatch(r"[A-Z][a-z]+(?:-[a-z]+)+", word):
        return True
    if "@" in word and any(c.isdigit() for c in word):
        return True
    return bool(re.search(r"[A-Za-z]-?\d", word)) and not re.fullmatch(r"\d+(?:st|nd|rd|th|s|x|k|m|b|d)", word, re.I)


# --------------------------------------------------------------------------- furniture

_THING = (
    r"(?:papers?|works?|stud(?:y|ies)|articles?|publications?|methods?|approach(?:es)?|systems?|models?|tools?|techniques?|frameworks?|"
    r"ways?|research|something|anything|literature|evidence)"
)
_FURNITURE = tuple(
    re.compile(p, re.I)
    for p in (
        r"^(?:(?:please|hi|hello|hey|so|and|also|ok|now)[\s,!.]+)+",
        r"^(?:can|could|would|will)\s+you\s+(?:please\s+)?(?=\w)",
        r"^(?:tell|show|give|find)\s+(?:me\s+)?(?:about\s+|all\s+|everything\s+(?:about|on)\s+)?",
        r"^(?:i\s+(?:am|'m)\s+(?:looking|searching)\s+for|i\s+(?:want|need|would\s+like)(?:\s+to\s+(?:know|find|read))?(?:\s+about)?|do\s+you\s+(?:know|have)(?:\s+(?:of|about))?|what\s+do\s+you\s+know\s+about)\s+",
        rf"^(?:(?:list|name|enumerate)\s+)?(?:all\s+)?(?:the\s+)?(?:which|what)?\s*{_PAPER}\s+(?:(?:are\s+)?(?:in|of|from)\s+(?:the|this|my|our|your)\s+{_LIBRARY}\s+)?(?:(?:that|which)\s+)?"
        r"(?:(?:stud(?:y|ies)|discuss(?:es)?|address(?:es)?|investigates?|deals?\s+with|(?:is|are)\s+(?:about|on|concerned\s+with)|covers?|treats?|concerns?|(?:talks?|speaks?)\s+about|mentions?)\s+)?",
        rf"\b(?:(?:in|from|of|within)\s+(?:the|this|my|our|your)\s+{_LIBRARY}|(?:in|among|from)\s+(?:these|my|the|your)\s+papers)\b",
        rf"^(?:is|are|was|were)\s+there\s+(?:(?:a|an|any|some|other)\s+)?(?:{_THING}\s+(?:that|which|who|to|for|of|on|about|where)\s+(?:(?:can|could)\s+)?)?",
        rf"^what\s+(?:is|are|was|were)\s+(?=\w+\s)|^(?:which|what|who)\s+(?!(?:is|are|was|were|do|does|did|can|could|has|have)\b)(?=\w+\s)",
    )
)


def _search_text(text: str) -> str:
    """The text without question furniture; the text itself where nothing would be left."""
    out = text
    for pattern in _FURNITURE:
        shorter = pattern.sub(" ", out).strip(" ,")
        if sum(c.isalnum() for c in shorter) >= 3:
            out = " ".join(shorter.split())
    return out.rstrip(" ?!.") or text
