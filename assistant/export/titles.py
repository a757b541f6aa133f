"""Titles whose capitals are protected: BibTeX's braces, CSL's `nocase`, one out of the other."""

from __future__ import annotations

import re

from ..papers import Paper

_SPAN = re.compile(r'<span class="nocase">(.*?)</span>')
_WORD = re.compile(r"([^\s{}\\$(),.:;!?/\"“”-]+)")


def braced(paper: Paper) -> str:
    """The title for BibTeX: as it was read from there, else with braces around words that keep their capitals."""
    raw = paper.raw_title
    if _balanced(raw) and "<" not in raw and _plain(raw) == paper.title:
        return " ".join(raw.split())
    segments = _segments(paper)
    if segments is None:
        words = _WORD.split(" ".join(paper.title.split()))
        return "".join(_protect(text) if i % 2 else _signs(text) for i, text in enumerate(words))
    return "".join(f"{{{_signs(text)}}}" if kept else _signs(text) for text, kept in segments)


def _protect(word: str) -> str:
    # A style may put "The" into lower case, but not AI, BERT, McDonald or pH.
    return f"{{{_signs(word)}}}" if re.search(r".[A-Z]", word) else _signs(word)


def spanned(paper: Paper) -> str:
    """The title for CSL, with `nocase` around what BibTeX had in braces or CSL itself had marked."""
    segments = _segments(paper)
    if segments is None:
        return paper.title
    return "".join(f'<span class="nocase">{text}</span>' if kept and text.strip() else text for text, kept in segments)


def _segments(paper: Paper) -> list[tuple[str, bool]] | None:
    """The title in pieces, and whether each keeps its capitals; None where the record doesn't tell."""
    raw = " ".join(paper.raw_title.split())
    if "nocase" in raw:
        pieces = _SPAN.split(raw)
    elif "{" in raw and _balanced(raw):
        pieces = _brace_pieces(raw)
    else:
        return None
    pieces = [_plain_piece(p) for p in pieces]
    if "".join(pieces) != paper.title:
        return None
    return [(p, i % 2 == 1) for i, p in enumerate(pieces) if p]


def _brace_pieces(raw: str) -> list[str]:
    """Text outside and inside of outermost braces in turn; braces that belong to a command count as outside."""
    pieces, depth, start = [""], 0, 0
    for i, char in enumerate(raw):
        if char in "{}" and raw[i - 1 : i] == "\\":
            continue
        if char == "{":
            if not depth:
                start = i
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                inner = raw[start + 1 : i]
                command = re.search(r"\\[A-Za-z]+\s*$|\\[^A-Za-z\s]$|[\^_]$", "" if i == 0 else raw[:start])
                if command or inner.startswith("\\") or raw[:start].count("$") % 2:
                    pieces[-1] += raw[start : i + 1]
                else:
                    pieces += [inner, ""]
        elif not depth:
            pieces[-1] += char
    return pieces


def _plain(raw: str) -> str:
    from ..readers.latex import plain
    from ..text import repaired

    return " ".join(repaired(plain(raw)).split())


def _plain_piece(raw: str) -> str:
    lead, tail = raw[: len(raw) - len(raw.lstrip())], raw[len(raw.rstrip()) :]
    return (lead[:1] + _plain(raw) + tail[:1]) if raw.strip() else raw


def _balanced(text: str) -> bool:
    depth = 0
    for i, char in enumerate(text):
        if char in "{}" and text[i - 1 : i] != "\\":
            depth += 1 if char == "{" else -1
            if depth < 0:
                return False
    return bool(text) and not depth and not text.endswith("\\")


# A raised or lowered group is left as it is; everything else that LaTeX would take as its own is escaped.
_MARKS = re.compile(r"[\^_]\{[^{}\\$%#&~]*\}|[\\{}%&#$_~]|--|``|\'\'")
_ESCAPES = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "--": "-{}-", "``": "`{}`", "''": "'{}'",
}  # fmt: skip


def escaped(text: str) -> str:
    """Text in which nothing is LaTeX: every character that means something there is written as a command.

    Blank lines stay, other runs of space become one.
    """
    paragraphs = (" ".join(p.split()) for p in re.split(r"\n\s*\n", text))
    return "\n\n".join(_signs(p) for p in paragraphs if p)


def _signs(text: str) -> str:
    return _MARKS.sub(_command, text)


def _command(mark: re.Match[str]) -> str:
    return mark[0] if mark[0][1:2] == "{" else _ESCAPES.get(mark[0]) or f"\\{mark[0]}"
