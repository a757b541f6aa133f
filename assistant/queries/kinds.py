"""The kind of a question, the things it compares, and its words without question furniture. Pure."""

from __future__ import annotations

import re

from ..text.naming import names

_PAPER = r"(?:papers?|works?|stud(?:y|ies)|articles?|publications?|preprints?)"
_PAPERS = (
    r"(?:papers|works|studies|articles|publications|preprints|authors|approaches|methods|systems|datasets"
    r"|benchmarks|models|surveys|tools)"
)
_LIBRARY = r"(?:library|collection|corpus|database|index)"
_GREETING = re.compile(
    r"(?:(?:hi|hello|hey|hiya|howdy|good\s+(?:morning|afternoon|evening|day)|greetings|moin|hallo"
    r"|thanks?(?:\s+you)?|thank\s+you|"
    r"thx|cheers|bye|goodbye|ok(?:ay)?|great|nice|cool|how\s+are\s+you|who\s+are\s+you|what\s+can\s+you\s+do|help)"
    r"(?:\s+(?:there|all|everyone|again|assistant|so|very|much|a\s+lot|for\s+(?:that|the\s+answer"
    r"|your\s+help)))*[\s!.,?:)(]*){1,3}",
    re.I,
)
_LIBRARY_QUESTION = re.compile(
    rf"(?:how\s+many\s+{_PAPER}\s*(?:(?:do|have)\s+(?:i|you|we)\b.*|are\s+(?:there|here)\s*(?:in\b.*)?"
    rf"|(?:are\s+)?in\s+(?:my|the|this|your)\s+{_LIBRARY}.*|"
    rf"does\s+(?:my|the|this|your)\s+{_LIBRARY}\b.*)?[?.! ]*"
    rf"|(?:how\s+(?:big|large)\s+is|what(?:'s|\s+is)\s+in|what\s+does|describe|show(?:\s+me)?|list)\s+(?:my|the"
    rf"|this|your)\s+{_LIBRARY}(?:\s+(?:hold|contain|cover))?[?.! ]*"
    rf"|(?:list|show(?:\s+me)?|give\s+me|name)\s+(?:me\s+)?(?:all|every|the)\s+(?:of\s+)?(?:the\s+"
    rf"|my\s+)?{_PAPER}(?:\s+(?:in|of)\s+(?:my|the|this|your)\s+{_LIBRARY})?[?.! ]*"
    rf"|(?:what|which)\s+{_PAPER}\s+(?:do\s+(?:i|you|we)\s+have|are\s+(?:there|here|in\s+(?:my|the|this"
    rf"|your)\s+{_LIBRARY}))[?.! ]*"
    rf"|(?:what|which)\s+is\s+(?:the\s+)?(?:oldest|newest|latest|earliest|most\s+recent)\s+{_PAPER}.*"
    rf"|(?:since|from)\s+when\b.*(?:{_PAPER}|{_LIBRARY}).*"
    rf"|(?:what|which)\s+(?:topics|years|authors|sources|venues|files)\s+(?:does|do|are|is)\b.*\b(?:{_LIBRARY}"
    rf"|papers)\b.*"
    rf"|which\s+years?\s+(?:do|does)\s+.*(?:{_LIBRARY}|papers).*)",
    re.I,
)
_SUMMARY = re.compile(
    r"(?:(?:please\s+|can\s+you\s+|could\s+you\s+)?(?:summari[sz]e|sum\s+up|give\s+(?:me\s+)?(?:a\s+"
    r"|an\s+)?(?:short\s+|brief\s+)?(?:summary|overview)\s+of|tl;?dr)\b"
    r"|what\s+(?:is|was)\s+.{0,200}\bpaper\b.{0,200}\babout\b|what\s+does\s+(?:this|that|the)\s+paper\s+(?:say|do"
    r"|show|find|propose)\b)",
    re.I,
)
_LIST = re.compile(
    rf"(?:which|what)\s+(?:other\s+|of\s+(?:the|these|my)\s+|recent\s+|all\s+)?{_PAPERS}\b"
    rf"|^(?:which|what)\s+(?:[\w-]+\s+){{1,3}}?(?:papers|works|studies|articles|preprints|publications)\b"
    rf"|^(?:please\s+)?(?:list|name|enumerate|find|show)\b.{{0,40}}\b{_PAPERS}\b|^(?:are|were)\s+there\s+(?:any\s+"
    rf"|other\s+|more\s+)?.{{0,60}}\b{_PAPERS}\b"
    r"|^(?:what|which)\s+(?:[\w-]+\s+)?(?:work|research|literature)\s+(?:is\s+there|exists|has\s+been\s+done)\b"
    rf"|^(?:any|all)\s+.{{0,30}}{_PAPERS}\b|\bwho\s+(?:else\s+)?(?:works|worked|has\s+worked)\s+on\b",
    re.I,
)
_ONE_PAPER = re.compile(r"\b(?:the|this|that)\s+(?:[\w-]+\s+){0,3}paper\b", re.I)


def kind_of(text: str) -> str:
    """The kind, one of `queries.KINDS` (comparisons with named sides are left to `compared`)."""
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


_NEGATED = re.compile(
    r"\b(?:(?:do|does|did)(?:\s+not|n[’']t)\s+(?:use|employ|mention|study|involve|rely\s+on|include|discuss|cover|consider|apply"
    r"|deal\s+with|concern|evaluate|propose|treat|contain|cite|talk\s+about|address|investigate)"
    r"|(?:are|is)(?:\s+not|n[’']t)\s+(?:about|on|concerned\s+with|based\s+on|using)"
    r"|(?:but|and)\s+not\s+(?:about|on|with|using|in|for)?"
    r"|except(?:\s+for)?|excluding|other\s+than(?:\s+those\s+(?:on|about|using))?)\s+(?:(?:any|a|an|the)\s+)?([^?.!;]{2,80})",
    re.I,
)


def negated(text: str) -> tuple[str, str]:
    """What a list must be without, and the text without the words that say so; ("", text) where nothing is left out.

    What a paper need not have ("do not need labels") is told by papers that say so, and is no limit.
    """
    found = _NEGATED.search(text)
    if not found:
        return "", text
    things = r"\s+(?:models?|methods?|approach(?:es)?|techniques?|networks?|systems?)\W*$"
    without = re.sub(things, "", found[1], flags=re.I)
    return " ".join(without.split()), f"{text[: found.start()]} {text[found.end() :]}"


# --------------------------------------------------------------------------- comparisons

_SIDE = r"(?:the\s+|a\s+|an\s+)?(.{1,120}?)"
_TAIL = (
    r"(?=\s+(?:in\s+(?:the\s+way|terms|how|what|which|their|its|that|respect|\w+ing)|as\s+(?:\w+\s+)?\w+(?:\s*[?.!]|$)"
    r"|with\s+respect|regarding|when|for\s+|on\s+|with\s+regard|at\s+|by\s+|to\s+|and\s+(?:which|what|how))"
    r"|\s*[?.!;,]|\s*$)"
)
_SIDES = tuple(
    re.compile(p, re.I)
    for p in (
        rf"\bhow\s+(?:do|does|did|are|is|were|was)\s+{_SIDE}\s+(?:differ(?:ent)?|distinguished"
        rf"|set\s+apart)\s+from\s+{_SIDE}{_TAIL}",
        rf"\bwhat\s+(?:distinguishes|separates|sets)\s+{_SIDE}\s+(?:apart\s+)?from\s+{_SIDE}{_TAIL}",
        rf"\b(?:differences?|comparison|similarit(?:y|ies)|contrast"
        rf"|distinction)\s+(?:\w+\s+)?between\s+{_SIDE}\s+(?:and|with|to)\s+{_SIDE}{_TAIL}",
        rf"\b(?:compare|contrast|compared)\s+(?:how\s+)?{_SIDE}\s+(?:and|with|to|against|versus"
        rf"|vs\.?)\s+{_SIDE}{_TAIL}",
        rf"\bhow\s+(?:do|does|did|are|were)\s+{_SIDE}\s+and\s+{_SIDE}\s+(?:differ|compare|relate|approach|handle"
        rf"|each|both|treat|use)\b",
        rf"\b(?:what\s+do)\s+{_SIDE}\s+and\s+{_SIDE}\s+have\s+in\s+common\b",
        rf"\b(?:by|in|for|of|from|to|with)\s+((?:the\s+)?[^,?]{{1,80}}?)\s+and\s+(?:by|in|for|of|from|to"
        rf"|with)\s+((?:the\s+)?[^,?]{{1,80}}?){_TAIL}",
        r"(?:^|[\s(])(\S{2,60})\s+(?:versus|vs\.?)\s+(\S{2,60})",
    )
)
_LOOSE = 6
_UNNAMED = re.compile(
    r"(?:other|others|existing|previous|prior|earlier|past|traditional|conventional|standard|common|usual|ordinary|competing"
    r"|alternative|similar|related|state-of-the-art|all|most|many|the\s+rest)\b", re.I
)
"""What is not one thing that could be compared: "other methods"."""


def compared(text: str) -> tuple[str, ...]:
    """The things compared; empty where the question compares nothing."""
    for i, pattern in enumerate(_SIDES):
        found = pattern.search(text)
        if not found:
            continue
        # "by A and by B" is a comparison only of things with a name or called papers.
        if i == _LOOSE and not all(names(s) or re.search(rf"\b{_PAPER}\b", s, re.I) for s in found.groups()):
            continue
        sides = tuple(_trimmed(s) for s in found.groups())
        if (
            all(sides)
            and sides[0].casefold() != sides[1].casefold()
            and not re.match(r"(?:which|what|how)\b", sides[1], re.I)
            and not any(_UNNAMED.match(s) for s in sides)
        ):
            return sides
    return ()


def _trimmed(side: str) -> str:
    side = re.sub(r"^(?:(?:the|a|an|both)\s+)+", "", side.strip(" \"'“”.,;:?!"), flags=re.I)
    return re.sub(rf"\s+(?:{_PAPER}|ones?)$", "", side, flags=re.I).strip()


# --------------------------------------------------------------------------- furniture

_THING = (
    r"(?:papers?|works?|stud(?:y|ies)|articles?|publications?|methods?|approach(?:es)?|systems?|models?|tools?"
    r"|techniques?|frameworks?|"
    r"ways?|research|something|anything|literature|evidence)"
)
_FURNITURE = tuple(
    re.compile(p, re.I)
    for p in (
        r"^(?:(?:please|hi|hello|hey|so|and|also|ok|now)[\s,!.]+)+",
        r"^(?:can|could|would|will)\s+you\s+(?:please\s+)?(?=\w)",
        r"^(?:tell|show|give|find)\s+(?:me\s+)?(?:about\s+|all\s+|everything\s+(?:about|on)\s+)?",
        r"^(?:i\s+(?:am|'m)\s+(?:looking|searching)\s+for|i\s+(?:want|need|would\s+like)(?:\s+to\s+(?:know|find"
        r"|read))?(?:\s+about)?|do\s+you\s+(?:know|have)(?:\s+(?:of|about))?|what\s+do\s+you\s+know\s+about)\s+",
        rf"^(?:(?:list|name|enumerate)\s+)?(?:all\s+)?(?:the\s+)?(?:which|what)?\s*{_PAPER}\s+(?:(?:are\s+)?(?:in"
        rf"|of|from)\s+(?:the|this|my|our|your)\s+{_LIBRARY}\s+)?(?:(?:that|which)\s+)?"
        r"(?:(?:stud(?:y|ies)|discuss(?:es)?|address(?:es)?|investigates?|deals?\s+with|(?:is|are)\s+(?:about|on"
        r"|concerned\s+with)|covers?|treats?|concerns?|(?:talks?|speaks?)\s+about|mentions?)\s+)?",
        r"^(?:what|which)\s+(?:[\w-]+\s+)?(?:work|research|literature)\s+(?:is\s+there|exists|has\s+been\s+done)\s+(?:on|about)\s+",
        rf"\b(?:(?:in|from|of|within)\s+(?:the|this|my|our|your)\s+{_LIBRARY}|(?:in|among|from)\s+(?:these|my|the"
        rf"|your)\s+papers)\b",
        rf"^(?:is|are|was|were)\s+there\s+(?:(?:a|an|any|some|other)\s+)?(?:{_THING}\s+(?:that|which|who|to|for|of"
        rf"|on|about|where)\s+(?:(?:can|could)\s+)?)?",
        r"^what\s+(?:is|are|was|were)\s+(?=\w+\s)|^(?:which|what|who)\s+(?!(?:is|are|was|were|do|does|did|can"
        r"|could|has|have)\b)(?=\w+\s)",
    )
)


def without_furniture(text: str) -> str:
    """The text without question furniture; the text itself where nothing would be left."""
    out = text
    for pattern in _FURNITURE:
        shorter = pattern.sub(" ", out).strip(" ,")
        if sum(c.isalnum() for c in shorter) >= 3:
            out = " ".join(shorter.split())
    return out.rstrip(" ?!.") or text
