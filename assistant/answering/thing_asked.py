"""What a question asks for, as a phrase that can stand after "looked for". Pure.

"What is dark matter made of?" looks for "what dark matter is made of", "What is a definition of telework?" for
"a definition of telework".
"""

from __future__ import annotations

import re

_WH = r"(?:which|what|how|whom?|whose|when|where|why)"
_BE = r"(?:is|are|was|were|has|have|had)"
_DO = r"(?:do|does|did)"
_MODAL = r"(?:can|could|will|would|shall|should|may|might|must)"
_MADE = (
    r"(?:\w{2,}(?:[^e\W]ed|wn)|\w+(?:ught|ored|osed|uced|eed)|made|built|found|held|known|given|taken|written|used|said|run"
    r"|done|seen|set|meant|chosen|left|led|sold|kept|sent|paid|spent|cut|put|read|won|split)"
)
_PAST = {
    "take": "took", "have": "had", "hold": "held", "run": "ran", "get": "got", "make": "made", "give": "gave",
    "find": "found", "cost": "cost", "come": "came", "go": "went", "grow": "grew", "keep": "kept", "begin": "began",
    "mean": "meant", "say": "said", "see": "saw", "choose": "chose", "write": "wrote", "show": "showed",
    "think": "thought", "cut": "cut", "win": "won", "beat": "beat", "do": "did", "be": "was", "learn": "learned",
    "train": "trained", "stop": "stopped", "occur": "occurred",
}  # fmt: skip
_VERBS = {
    *_PAST,
    "need", "use", "require", "last", "contain", "reach", "achieve", "work", "differ", "perform", "receive",
    "report", "collect", "measure", "call", "recommend", "propose", "compare", "evaluate", "test", "improve",
    "reduce", "increase", "handle", "represent", "support", "help", "change", "affect", "address", "lower",
    "raise", "define", "start", "end", "happen", "draw", "serve", "include", "consist", "weigh", "fail", "store",
    "process", "treat", "outperform", "apply", "employ", "belong", "depend",
}  # fmt: skip
_NO_VERB_AFTER = re.compile(r"(?:the|an?|of|for|in|on|with|by|its|their|this|that|and|or)", re.I)
_BEFORE = r"(?:(?:by|to|on|in|with|for|from|at|of|under|into)\s+)?"
_ASKS = re.compile(rf"(?:{_BEFORE}(?:{_WH}|who)|{_BE}|{_DO}|{_MODAL})\b", re.I)
_LEADS = re.compile(r"(?:(?:and|but|so|also)\s+)+", re.I)
_WITH_AUX = re.compile(
    rf"(?P<wh>{_BEFORE}{_WH}(?:\s+(?!{_BE}\b|{_DO}\b|{_MODAL}\b)\S+){{0,5}}?)"
    rf"\s+(?P<aux>{_BE}|{_DO}|{_MODAL})\s+(?P<rest>\S.*)", re.I,
)
_MOST_WORDS = 6
"""The longest subject that is put before its verb where nothing shows its end."""


def asks(text: str) -> bool:
    """Whether the text is worded as a question, with or without its mark."""
    return bool(_ASKS.match(_LEADS.sub("", text.strip(), count=1)))


def thing_asked(text: str) -> str:
    """What `text` asks for, as a phrase; a text that is no question as it is, without its last mark.

    A question that can't be turned round with certainty is given in quotation marks, as one to be answered.
    """
    bare = " ".join(text.split()).rstrip("?!. ")
    if not asks(bare):
        return bare
    asked = _LEADS.sub("", bare) if _LEADS.match(bare) else bare
    return _turned(asked) or f"an answer to “{asked}?”"


def _turned(asked: str) -> str:
    if not re.match(rf"{_BEFORE}(?:{_WH}|who)\b", asked, re.I):
        return ""
    low = asked[:1].lower() + asked[1:]
    if re.match(r"(?:who|what|which)\b", low) and _its_own_subject(low):
        return low
    found = _WITH_AUX.fullmatch(low)
    if found is None or re.search(r"[,;:]", found["wh"]):
        return ""
    wh, aux, rest = found["wh"], found["aux"].lower(), found["rest"]
    if re.fullmatch(_DO, aux):
        return _without_do(wh, aux, rest)
    if not re.fullmatch(_BE, aux):
        return ""
    if wh == "what" and re.match(r"(?:the|an?|its|their)\s+\S", rest) and not _ends_in_made(rest):
        return rest
    words = rest.split()
    for k, word in enumerate(words[1:], start=1):
        if re.fullmatch(_MADE, word) and not _NO_VERB_AFTER.fullmatch(words[k - 1]):
            return " ".join((wh, *words[:k], aux, *words[k:]))
    plain = wh in ("what", "where") or re.match(r"how\s+\w+$", wh)
    if plain and len(words) <= _MOST_WORDS and not re.search(r"\b(?:than|as)\b", rest):
        return f"{wh} {rest} {aux}"
    return ""


def _its_own_subject(low: str) -> bool:
    """Whether the thing asked for does what is told: "who funded it", "which GPU was used", "what causes it"."""
    words = low.split()
    aux = next((k for k, w in enumerate(words[1:7], start=1) if re.fullmatch(rf"{_BE}|{_DO}|{_MODAL}", w)), None)
    if aux is None:
        return len(words) > 1
    if re.fullmatch(_DO, words[aux]):
        return False
    after = words[aux + 1] if len(words) > aux + 1 else ""
    return aux + 2 <= len(words) and bool(re.fullmatch(_MADE, after))


def _ends_in_made(rest: str) -> bool:
    """Whether a thing's description ends with what was done to it: "the clay bought for", "the code made of"."""
    return bool(re.search(rf"\b{_MADE}\s+(?:of|for|with|from|by|in|on|to)$", rest))


def _without_do(wh: str, aux: str, rest: str) -> str:
    words = rest.split()
    for k, word in enumerate(words[1:], start=1):
        if word in _VERBS and not _NO_VERB_AFTER.fullmatch(words[k - 1]):
            verb = _third(word) if aux == "does" else _past(word) if aux == "did" else word
            if wh == "how much" and word == "cost" and k + 1 == len(words):
                return f"the cost of {' '.join(words[:k])}"
            return " ".join((wh, *words[:k], verb, *words[k + 1 :]))
    return ""


def _past(verb: str) -> str:
    if verb in _PAST:
        return _PAST[verb]
    return f"{verb}d" if verb.endswith("e") else f"{re.sub(r'(?<![aeiou])y$', 'i', verb)}ed"


def _third(verb: str) -> str:
    if verb in ("have", "be"):
        return {"have": "has", "be": "is"}[verb]
    if re.search(r"(?:s|x|z|ch|sh|o)$", verb):
        return f"{verb}es"
    return re.sub(r"y$", "ies", verb) if re.search(r"[^aeiou]y$", verb) else f"{verb}s"
