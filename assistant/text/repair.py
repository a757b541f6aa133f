"""Repair of what extraction does to a paper's text: lost TeX, glued words, odd characters. Pure.

Each repair is cautious: it needs evidence in the text around it, and what it does not know it leaves.
"""

from __future__ import annotations

import html
import re
import unicodedata

from ..language import words

STARTERS = words("text.sentences.starters")

# --------------------------------------------------------------------------- characters

_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# Soft hyphen, zero-width and direction marks, byte-order mark, tag characters: nothing a reader sees.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def _windows(char: int) -> str:
    """What a C1 control code was meant to be: the character Windows-1252 has there, else nothing."""
    try:
        return bytes([char]).decode("cp1252")
    except UnicodeDecodeError:
        return ""


_TRANSLATED: dict[int, str] = {
    **_LIGATURES,
    **{c: _windows(c) for c in range(0x80, 0xA0)},
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
_ODD = re.compile("[\x80-\x9f\ud800-\udfff\ufb00-\ufb06]")
_SPACE = re.compile(r"\s{2,}|[^\S ]")


def _clean(text: str) -> str:
    """NFC, no unseen characters, no ligatures; runs of space become one, blank lines one blank line."""
    if _ODD.search(text):
        text = text.translate(_TRANSLATED)
    text = _UNSEEN.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = _SPACE.sub(lambda m: "\n\n" if m.group().count("\n") > 1 else " ", text)
    return text.strip()


# --------------------------------------------------------------------------- TeX

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323",
    "b": "\u0331",
}
_ACCENTED = re.compile(
    r"""(?<!\\)(?P<brace>\{)?\\(?P<mark>[`'^~"=.]|[uvHckrdb](?=[{ ]|\\[ij])\s?)"""
    r"""(?:\{\\?(?P<a>[A-Za-z])\}|\\(?P<ij>[ij])(?:\{\}|\s|(?![A-Za-z]))|(?P<b>[A-Za-z]))(?P<close>\})?"""
)
_LETTERS = {
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "aa": "å",
    "AA": "Å", "i": "ı", "dh": "ð", "th": "þ",
}
_LETTER = re.compile(rf"\{{\\({'|'.join(_LETTERS)})\}}")
_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)


def _greek(case: str, name: str) -> str:
    return unicodedata.lookup(f"GREEK {case} LETTER {name.replace('lambda', 'lamda').upper()}")


_SYMBOLS = {
    **{n: _greek("SMALL", n) for n in _GREEK},
    **{n.title(): _greek("CAPITAL", n) for n in _GREEK},
    "varepsilon": "ε", "varphi": "φ", "vartheta": "θ", "times": "×", "sim": "∼", "approx": "≈", "pm": "±", "mp": "∓",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "ll": "≪", "gg": "≫", "infty": "∞",
    "leqslant": "≤", "geqslant": "≥", "lesssim": "≲", "gtrsim": "≳", "simeq": "≃", "cong": "≅", "perp": "⊥",
    "parallel": "∥", "int": "∫", "iint": "∬", "oint": "∮", "otimes": "⊗", "oplus": "⊕", "wedge": "∧", "vee": "∨",
    "neg": "¬", "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇", "emptyset": "∅", "varnothing": "∅", "setminus": "∖",
    "langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "Vert": "‖", "lvert": "|", "rvert": "|", "mapsto": "↦",
    "leftrightarrow": "↔", "Leftrightarrow": "⇔", "iff": "⇔", "implies": "⇒", "hbar": "ℏ", "prime": "′",
    "bullet": "•", "cdot": "·", "to": "→",
    "rightarrow": "→", "leftarrow": "←", "Rightarrow": "⇒", "in": "∈", "notin": "∉", "subset": "⊂",
    "cup": "∪", "cap": "∩", "forall": "∀", "exists": "∃", "nabla": "∇", "partial": "∂", "sum": "∑", "prod": "∏",
    "ell": "ℓ", "circ": "∘", "star": "⋆", "ast": "∗", "mid": "|", "vert": "|", "propto": "∝", "equiv": "≡", "deg": "°",
    "ldots": "…", "dots": "…", "cdots": "…", "textendash": "–", "textemdash": "—", "textquoteright": "’",
    "textquoteleft": "‘", "textquotedblleft": "“", "textquotedblright": "”", "textasciitilde": "~", "textdegree": "°",
    "textregistered": "®", "texttrademark": "™", "textcopyright": "©", "S": "§", "dag": "†", "ddag": "‡", "pounds": "£",
    "euro": "€", "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX",
    "quad": " ", "qquad": " ", "item": " ", "newline": " ", "par": " ", "noindent": "", "left": "", "right": "",
    "xspace": "", "em": "", "it": "", "bf": "", "sc": "", "tt": "", "rm": "", "sf": "", "sl": "", "itshape": "",
    "bfseries": "", "scshape": "", "textbackslash": "", "log": "log", "exp": "exp", "min": "min", "max": "max",
} | _LETTERS

_ARG = r"\{((?:[^{}]|\{[^{}]{0,200}\}){0,400}+)\}"
_FONTS = (
    "mathcal|mathbb|mathbf|mathrm|mathsf|mathtt|mathfrak|mathit|boldsymbol|operatorname"
    "|textit|textbf|textsc|textrm|texttt|textsf|textsl|emph"
)
_DROPPED = re.compile(
    r"~?\\(?:cite[a-z]*|ref|eqref|cref|Cref|autoref|label|vspace|hspace|begin|end)\*?\s?(?:\[[^\]\n]{0,80}\])?" + _ARG
)
_HREF = re.compile(r"\\href\s?\{[^{}]{0,300}\}\s?" + _ARG)
_FRAC = re.compile(r"\\[dt]?frac\s?\{([^{}]{1,100})\}\s?\{([^{}]{1,100})\}")
_ROOT = re.compile(r"\\sqrt\s?(?:\[([\w+-]{1,6})\]\s?)?\{([^{}]{1,100})\}")
_SWITCH = re.compile(
    r"\{\\(?:em|it|bf|sc|tt|rm|sf|sl|itshape|bfseries|scshape)\b\s*((?:[^{}]|\{[^{}]{0,200}\}){0,400}+)\}"
)
_FONT = re.compile(rf"(?:\\|(?<![A-Za-z\\]))(?:{_FONTS})\s?{_ARG}")
_COMMAND_ARG = re.compile(r"\\([A-Za-z]{2,30})\*?" + _ARG)
_COMMAND = re.compile(r"\\([A-Za-z]{1,30})(\{\})?")
_MATH = re.compile(r"(?<![\\$\w])\$(?=[^\s$])([^$\n]{1,160}?)(?<=[^\s\\])\$(?![\d$])")
_MATHS = re.compile(r"[\\^_{}=<>+*/|()\[\]∼×≤≥]")
_ESCAPED = re.compile(r"\\([%&#_{}$])")
_BRACED = re.compile(
    r"(?<![_^\\}\w])\{([A-Za-z][\w .:-]{0,60})\}|(?<![_^\\}])\{([A-Z][A-Z0-9]{0,20})\}(?=[A-Za-z])"
    r"|(?<=[A-Z])\{([A-Z]{1,9})\}"
)
_TWICE = re.compile(r"(https?://[^\s{}]{4,300})\{\1\}")
_TIE = re.compile(r"(?<=[A-Za-z]{2})~(?=[A-Za-z]{2})")


def _accent(m: re.Match[str]) -> str:
    mark, letter = m["mark"].strip(), m["a"] or m["ij"] or m["b"]
    if mark == '"' and letter not in "aeiouyAEIOUY":
        return m.group()
    start = m.start()
    if mark in "\"'" and m["b"] and not m["brace"]:
        # An escaped quotation mark (\"open\") looks like an accent: a closing one tells them apart.
        inside = start > 0 and m.string[start - 1].isalpha()
        if not inside and re.match(rf"[^\\]{{1,200}}\\{re.escape(mark)}(?![A-Za-z])", m.string[m.end() :m.end() + 210]):
            return mark + letter
    composed = unicodedata.normalize("NFC", letter + _ACCENTS[mark])
    if len(composed) > 1:
        return m.group()
    opening = m["brace"] if m["brace"] and not m["close"] else ""
    closing = m["close"] if m["close"] and not m["brace"] else ""
    return f"{opening or ''}{composed}{closing or ''}"


def _command(m: re.Match[str]) -> str:
    name = m[1]
    value = _SYMBOLS.get(name, name)
    end = m.end()
    if end < len(m.string) and value and value[-1].isalpha() and name not in _LETTERS and m.string[end].isalnum():
        return value + " "
    return value


def _bracketed(formula: str) -> str:
    """A part of a formula as it stands beside a sign: in brackets where it would otherwise be read apart."""
    part = formula.strip()
    return f"({part})" if re.search(r"[+*/=<>,\s-]|\\cdot|\\times", part[1:]) else part


def _untexed(text: str) -> str:
    if "$" in text:
        text = _MATH.sub(lambda m: m[1] if _MATHS.search(m[1]) or re.fullmatch(r"\w{1,3}", m[1]) else m[0], text)
    if "\\" in text:
        text = _ACCENTED.sub(_accent, text)
        text = _LETTER.sub(lambda m: _LETTERS[m[1]], text)
        text = _SWITCH.sub(r"\1", text)
        text = _DROPPED.sub("", text)
        text = _HREF.sub(r"\1", text)
        text = _ROOT.sub(lambda m: f"{m[1] or ''}√{_bracketed(m[2])}", text)
        text = _FRAC.sub(lambda m: f"{_bracketed(m[1])}/{_bracketed(m[2])}", text)
    if "{" in text:
        text = _FONT.sub(r"\1", text)
        text = _TWICE.sub(r"\1", text)
    if "\\" in text:
        text = re.sub(r"\\[()\[\]]", "", text).replace("\\|", "‖")
        text = re.sub(r"\^\{?\\circ\b\}?", "°", text)
        text = _COMMAND_ARG.sub(lambda m: m[0] if m[1] in _SYMBOLS else m[2], text)
        text = _ESCAPED.sub(r"\1", text)
        text = _COMMAND.sub(_command, text)
        text = text.replace("\\\\", " ").replace("\\!", "").replace('\\"', '"').replace("\\'", "'")
        text = re.sub(r"\\[,;: ~/-]", " ", text)
        text = re.sub(r"\\(?=\s|$)", "", text)
    if "{" in text:
        text = _BRACED.sub(lambda m: m[1] or m[2] or m[3], text)
    if "~" in text:
        text = _TIE.sub(" ", text)
    return text


# --------------------------------------------------------------------------- lost signs, glued words

_TAG = re.compile(
    r"</?(?:jats:)?(i|b|u|em|strong|sub|sup|sc|italic|bold|span|inf|tt|p|br|div|sec|title)(?: [^<>]{0,120})?/?>", re.I
)
_BLOCKS = frozenset({"p", "br", "div", "sec", "title"})
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_NUMBER = r"\d[\d.,]*"
# Each with a word that must be in the text for the pattern to be worth trying.
_SIGNS = (
    ("times", re.compile(r"(?<=\d)times(?![a-z])"), "×"),
    ("times", re.compile(r"(?<=\d) times (?=\d)"), " × "),
    ("sim", re.compile(r"(?<=[\d%])sim(?=\d)"), "∼"),
    ("sim", re.compile(rf"(?<!\w)sim ?(?={_NUMBER}\s?(?:times(?![a-z])|[×%]))"), "∼"),
    ("sim", re.compile(rf"(?<!\w)sim(?={_NUMBER}(?!\w))"), "∼"),
    ("pm", re.compile(r"(?<=\d)pm(?=\d+\.\d)"), "±"),
    ("circ", re.compile(r"(?<=\d)\^\{?circ\}?(?![a-z])"), "°"),
)
_DASHES = (
    (re.compile(r"(?<![-<!])---(?![->])"), "—"),
    (re.compile(r"(?<![-<!\s])--(?![->])|(?<=\s)--(?=[\s\d])"), "–"),
)
_QUOTES = (
    (re.compile(r"(?<!`)``(?!`)([^`]{1,300}?)''"), r"“\1”"),
    (re.compile(r'(?<!`)``(?!`)([^`"“”]{1,300}?)"'), r"“\1”"),
    (re.compile(r"(?<!`)``(?=\w)"), "“"),
    (re.compile(r"(?<![\w`])`([^`'’\n]{1,80})'(?![\w'])"), r"‘\1’"),
)
_GLUED_LINK = re.compile(r"(?<=[A-Za-z),;])(?=https?://)")
_STARTERS = "|".join(sorted(STARTERS - {"A"}, key=len, reverse=True))
_GLUED_STOP = re.compile(
    rf"[.!?](?:(?<=[a-z]{{3}}.)|(?<=[)%”].))(?=(?:{_STARTERS})(?:,? [A-Za-z(]|, ))|\.(?<=[a-z]{{3}}.)(?=A [a-z])"
)
_GLUED_ACRONYM = re.compile(r"\((?<=[A-Za-z]{2}[a-z].)(?=([A-Z]{2,9})(s?)\))")


def _acronym_gap(m: re.Match[str]) -> str:
    """A space before "(LLMs)"; before "(CARE)" only after a capitalised word, since softmax(QKV) is a formula."""
    if m[2]:
        return " ("
    word = re.search(r"[A-Za-z]+$", m.string[max(0, m.start() - 40) : m.start()])
    return " (" if word and word.group()[0].isupper() and len(m[1]) > 2 else "("


def _link_gap(m: re.Match[str]) -> str:
    before = m.string[max(0, m.start() - 200) : m.start()].rsplit(None, 1)
    return "" if before and "://" in before[-1] else " "


def _steps(text: str) -> str:
    if "<" in text:
        text = _TAG.sub(lambda m: " " if m[1].lower() in _BLOCKS else "", text)
    if "&" in text:
        text = _ENTITY.sub(lambda m: html.unescape(m[0]), text)
    if "\\" in text or "{" in text or "$" in text or "~" in text:
        text = _untexed(text)
    for word, pattern, sign in _SIGNS:
        if word in text:
            text = pattern.sub(sign, text)
    if "--" in text:
        for pattern, sign in _DASHES:
            text = pattern.sub(sign, text)
    if "`" in text:
        for pattern, sign in _QUOTES:
            text = pattern.sub(sign, text)
    if "http" in text:
        text = _GLUED_LINK.sub(_link_gap, text)
    text = _GLUED_STOP.sub(lambda m: m[0] + " ", text)
    if "(" in text:
        text = _GLUED_ACRONYM.sub(_acronym_gap, text)
    return re.sub(r" ,(?<=\w ,)(?= )", ",", text)


_ROUNDS = 30


def repaired(raw: str) -> str:
    """`raw` made fit to read: TeX turned into characters, lost signs put back, glued words parted.

    Idempotent, and never raises. Runs of space become one space, blank lines are kept as one.
    What can't be settled in a bounded number of rounds (hostile nesting) is only cleaned.
    """
    base = text = _clean(raw)
    for _ in range(_ROUNDS):
        better = _clean(_steps(text))
        if better == text:
            return text
        text = better
    return base
