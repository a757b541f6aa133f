"""The text of one PDF page: what can be seen, words apart, broken words joined, and its largest line."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PageObject


def has_picture(holder: Any, depth: int = 0) -> bool:
    """Whether the page draws a picture, itself or through forms nested a few levels deep."""
    resources = holder.get("/Resources")
    objects = (resources.get_object() if resources else {}).get("/XObject")
    for value in (objects.get_object() if objects else {}).values():
        inner = value.get_object()
        if inner.get("/Subtype") == "/Image" or (
            depth < 3 and inner.get("/Subtype") == "/Form" and has_picture(inner, depth + 1)
        ):
            return True
    return False


# Gaps between letters of a word stay below this, gaps between words do not (in 1/1000 em; measured on
# papers from four publishers: nothing lies between 60 and 180).
_WORD_GAP = 140.0
_RUN_TOGETHER = re.compile(r"(?<![\w/.:@-])[^\W\d_]{3,}(?:[\w-]*[^\W\d_])?[^\W\d_]{16,}(?![\w/@-])")


def _operations(page: PageObject) -> Any:
    """The page's content, its strings left as the bytes that the parser's text extraction expects; None without."""
    from pypdf.generic import ContentStream

    contents = page.get("/Contents")
    return None if contents is None else ContentStream(contents.get_object(), page.pdf, "bytes")


def spaced_text(page: PageObject) -> str:
    """The page's text; where words run together, read again with the narrow gaps between words widened."""
    from pypdf.generic import FloatObject, NameObject

    text = page.extract_text() or ""
    before = len(_RUN_TOGETHER.findall(text))
    if not before or (content := _operations(page)) is None:
        return text
    for operands, operator in content.operations:
        if operator == b"TJ" and operands:
            for i, gap in enumerate(operands[0]):
                if isinstance(gap, int | float) and -400.0 < float(gap) <= -_WORD_GAP:
                    operands[0][i] = FloatObject(-400.0)
    content.operations = content.operations
    page[NameObject("/Contents")] = content
    again = page.extract_text() or ""
    return again if len(_RUN_TOGETHER.findall(again)) < before else text


def without_hidden(page: PageObject, keep_layer: bool) -> bool:
    """Whether the page had text drawn invisibly (render mode 3); it is taken out of the page.

    The invisible layer under a scanned picture is what text recognition wrote, and stays when
    `keep_layer` is set and nothing on the page is drawn visibly.
    """
    from pypdf.generic import NameObject

    content = _operations(page)
    if content is None or b"Tr" not in content.get_data():
        return False
    mode, saved = 0, []
    kept: list[Any] = []
    hidden = shown = 0
    for operands, operator in content.operations:
        if operator == b"q":
            saved.append(mode)
        elif operator == b"Q" and saved:
            mode = saved.pop()
        elif operator == b"Tr" and operands:
            mode = int(operands[0])
        elif operator in (b"Tj", b"TJ", b"'", b'"'):
            if mode == 3:
                hidden += 1
                continue
            shown += 1
        kept.append((operands, operator))
    if not hidden or (keep_layer and not shown):
        return False
    content.operations = kept
    page[NameObject("/Contents")] = content
    return True


def vocabulary(raws: list[tuple[int, str]]) -> Counter[str]:
    """How often each word, hyphenated compounds whole, stands inside a line of the document."""
    return Counter(w.lower() for _, raw in raws for w in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*(?!-?\n)(?![\w-])", raw))


_PREFIXES = frozenset(
    [
        "self",
        "non",
        "multi",
        "cross",
        "semi",
        "low",
        "high",
        "real",
        "large",
        "fine",
        "long",
        "short",
        "well",
        "zero",
        "few",
        "one",
        "two",
        "three",
        "open",
        "state",
        "end",
        "single",
        "text",
        "data",
        "domain",
        "task",
        "time",
        "human",
        "fully",
    ]
)


def joined(raw: str, words: Counter[str]) -> str:
    """The text with words that a line's end broke put together; a compound keeps its hyphen."""

    def whole(m: re.Match[str]) -> str:
        left, right = m[1], m[2]
        plain, compound = words[(left + right).lower()], words[f"{left}-{right}".lower()]
        if right[0].isupper():
            return left + right if plain > compound else f"{left}-{right}"
        keeps = compound > plain or (plain == compound and left.lower() in _PREFIXES)
        return f"{left}-{right}" if keeps else left + right

    text = raw.replace("\u00ad\n", "")
    text = re.sub(r"([^\W\d_]+)[-\u2010][^\S\n]*\n\s*([^\W\d_]+)", whole, text)
    return re.sub(r"(?<=\w)[-\u2010][^\S\n]*\n\s*(?=\d)", "-", text)


def largest_text(page: PageObject) -> str:
    """The largest upright text on the page, if it is larger than most and has two words or more; else empty."""
    runs: list[list[Any]] = []  # size, y, text

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        a, b = tm[0] * cm[0] + tm[1] * cm[2], tm[0] * cm[1] + tm[1] * cm[3]
        if abs(b) > abs(a):
            return  # turned text, such as the stamp in the margin
        scaled = round(abs(size) * (a * a + b * b) ** 0.5, 1)
        if not text.strip():
            if runs:
                runs[-1][2] += " "
            return
        if runs and abs(runs[-1][0] - scaled) <= 0.02 * scaled:
            runs[-1][2] += text
        else:
            runs.append([scaled, tm[5], text])

    page.extract_text(visitor_text=visit)
    amount: Counter[float] = Counter()
    for size, _, text in runs:
        amount[size] += len(text)
    body = max(amount, key=lambda size: amount[size], default=0.0)
    for size in sorted((s for s in amount if s > 1.05 * body), reverse=True)[:8]:
        text = " ".join(" ".join(r[2] for r in runs if abs(r[0] - size) <= 0.05 * size).split())
        if len(re.findall(r"[^\W\d_]{2,}", text)) >= 2:
            return re.sub(r"(?<=\w)- (?=[a-z])", "", text) if len(text) <= 300 else ""
    return ""
