"""A paper's sentence made readable outside its paper, without saying anything else. Pure."""

from __future__ import annotations

import re

from ..evidence.roles import LABEL

_CONNECTIVE = re.compile(
    r"^(?:(?:however|moreover|furthermore|in\s+addition|additionally|besides|also|thus|therefore|hence|consequently|finally|lastly|"
    r"notably|specifically|in\s+particular|concretely|to\s+this\s+end|as\s+a\s+result|(?:inspired|motivated)\s+by\s+(?:it|this|that|these)(?:\s+\w+)?|in\s+light\s+of\s+this|on\s+the\s+other\s+hand|"
    r"in\s+response(?:\s+to\s+(?:this|these|the\s+above)(?:\s+[\w-]+){0,3})?|"
    r"to\s+(?:address|tackle|overcome|alleviate|remedy|achieve|solve|mitigate)\s+(?:this|these|the\s+above)(?:\s+[\w-]+){0,3}|"
    r"in\s+this\s+(?:paper|work|study|article|contribution|dissertation|thesis)|here|remarkably|encouragingly|interestingly|"
    r"importantly|surprisingly|meanwhile|first(?:ly)?|second(?:ly)?|third(?:ly)?|then|overall|and|but|yet|so)\s*,\s*|"
    r"\(?(?:\d|i{1,3}|iv|v|[a-d])\)\s*)+",
    re.I,
)
_OPENING = re.compile(r"^(?:Here|In\s+this\s+(?:paper|work|study|article|dissertation|thesis))\s+(?=we\b)", re.I)
_PERSON = (
    (re.compile(r"\b[Ww]e['’](?=(?:ve|re|ll)\b)"), "the authors "),
    (re.compile(r"\b[Ww]e\b"), "the authors"),
    (re.compile(r"\b[Oo]urselves\b"), "themselves"),
    (re.compile(r"\b[Oo]urs\b"), "theirs"),
    (re.compile(r"\b[Oo]ur\b"), "their"),
    (re.compile(r"(?<=\s)us\b(?!\.\w)"), "them"),
)
_SHORTENED = re.compile(r"(?<=the authors )(ve|re|ll)\b")
_WHOLE = {"ve": "have", "re": "are", "ll": "will"}
_OWN = re.compile(r"\b(?:we|our|ours|us)\b(?!\.\w)", re.I)
_GLUED = re.compile(r"(?<=[a-z]):(?=\((?:\d|[ivx]{1,4}|[a-d])\))")
_DANGLES = re.compile(
    r"(?:(?:This|These|Those|Such|That|Both)\b(?!\s+(?:paper|work|article|study|thesis|dissertation|survey|results?|findings?"
    r"|experiments?|a\b|an\b))|(?:It|They)\b(?!\s+(?:is|was|has\s+been|remains?|turns?)\s+(?:\w+\s+){0,3}(?:that|to|how|whether"
    r"|unclear|unknown)\b)|(?:Its|Their)\s|The\s+(?:former|latter|same|above|rest|other)\b"
    r"|(?:Instead|Conversely|Similarly|Likewise|As\s+such|In\s+turn|In\s+contrast|By\s+contrast)\b)"
)
_POINTS = re.compile(r"\b(?:this|these)\s+((?:[\w-]+\s+)?[\w-]+)")
_THIS = re.compile(r"\b[Tt]his\s+(paper|work|article|study|thesis|dissertation|survey)\b")
_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_SPEAKS_OF_ITSELF = re.compile(r"the\s+(?:authors|paper|work|article|study|thesis|dissertation|survey)\b", re.I)


def readable(text: str, title: str | None = None, name: str = "") -> str:
    """The sentence as it stands in an answer, the paper named in front where `title` is given.

    An opening connective and the heading of a section go, the paper's "we" becomes "the authors", "this paper"
    "the paper". Everything else stays word for word. `name`, the name of what the paper puts forward, stands in
    front instead of the title.
    """
    out = _bare(text)
    out = _OPENING.sub("", out) or text.strip()
    out = _THIS.sub(lambda m: f"the {m[1]}", out)
    first = _OWN.search(out)
    if first and first[0].lower() in ("our", "us"):
        # "their" and "them" need somebody who was named before.
        owner = "the authors’" if first[0].lower() == "our" else "the authors"
        out = f"{out[: first.start()]}{owner}{out[first.end() :]}"
    for pattern, word in _PERSON:
        out = pattern.sub(word, out)
    out = _SHORTENED.sub(lambda m: _WHOLE[m[1]], out)
    out = _GLUED.sub(": ", out)
    if not _END.search(out):
        out = out.rstrip(",;:") + "."
    if title is None:
        return _capital(out)
    if name:
        return f"{name}: {_capital(out)}"
    lead = f"In “{title.strip().replace('“', '‘').replace('”', '’')}”"
    if _SPEAKS_OF_ITSELF.match(out):
        return f"{lead}, {out[0].lower()}{out[1:]}"
    return f"{lead}: {_capital(out)}"


def dangles(text: str, before: str = "") -> bool:
    """Whether the sentence can't be understood without the one before it.

    It opens with "This …", "It …", "Instead …", or points at something ("this saturation effect")
    that only the sentence `before` names.
    """
    out = _bare(text)
    out = out[:1].upper() + out[1:]
    if _DANGLES.match(out):
        return True
    earlier = before.lower()
    for m in _POINTS.finditer(out):
        words = [w for w in m[1].lower().split() if len(w) > 3]
        if words and all(w in earlier for w in words[-1:]) and not all(w in out[: m.start()].lower() for w in words):
            return True
    return False


def _bare(text: str) -> str:
    """The sentence without a bullet, the heading of its section, and an opening connective."""
    return _CONNECTIVE.sub("", LABEL.sub("", re.sub(r"^[\s•▪]+", "", text.strip()), count=1), count=1)


def _capital(text: str) -> str:
    """The text with a capital first, unless its first word is a name written otherwise."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+[\s,:’]", text) else text
