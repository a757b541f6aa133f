"""One PDF page through PDFium: its words, and which of them can be seen.

PDFium is native code and takes one thread at a time: this runs in the worker process only.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .page import upright

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pypdfium2 import PdfPage

MAX_CHARACTERS = 400_000
"""Characters read of one page; a page of a book has some 5,000."""
WORD_GAP = 0.12
"""In em. Gaps between letters of a word stay below 0.06, gaps between words above 0.18 (papers of four publishers)."""
TINY = 2.0
"""Points. Below, nobody reads it; the smallest subscripts in papers are about 3."""
CONTRAST = 40
"""Of 255: how much darker or lighter than what is behind it a word must make a pixel to be seen."""
_PIXELS = 4_000_000
_SUPERSCRIPTS = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_MARKS = frozenset("0123456789,*∗⁎†‡§¶‖#-–abcdefghi ")


# --------------------------------------------------------------------------- geometry


class Frame:
    """How the page's own coordinates lie on the page as it is shown: cropped, turned, top left first."""

    def __init__(self, page: PdfPage) -> None:
        import pypdfium2.raw as pdfium

        self.width, self.height = page.get_size()
        fine = 64
        w, h = max(1, round(self.width * fine)), max(1, round(self.height * fine))
        points = []
        for x, y in ((0.0, 0.0), (1000.0, 0.0), (0.0, 1000.0)):
            dx, dy = ctypes.c_int(), ctypes.c_int()
            pdfium.FPDF_PageToDevice(page.raw, 0, 0, w, h, 0, x, y, dx, dy)
            points.append((dx.value / fine, dy.value / fine))
        (self.e, self.f), (ax, ay), (bx, by) = points
        self.a, self.b = (ax - self.e) / 1000, (ay - self.f) / 1000
        self.c, self.d = (bx - self.e) / 1000, (by - self.f) / 1000

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def turn(self, a: float, b: float) -> int:
        """The direction that (a, b) has on the page: 0, 90 (upwards), 180, 270, or -1 for a slant."""
        dx, dy = self.a * a + self.c * b, self.b * a + self.d * b
        angle = math.degrees(math.atan2(-dy, dx)) % 360
        nearest = round(angle / 90) * 90
        return nearest % 360 if abs(angle - nearest) <= 12 else -1


# --------------------------------------------------------------------------- words


class _Drawn:
    """What all characters of one text object share."""

    __slots__ = ("fill", "font", "mode", "size", "turn")

    def __init__(self, size: float, turn: int, font: int, mode: int, fill: tuple[int, int, int, int] | None) -> None:
        self.size, self.turn, self.font, self.mode, self.fill = size, turn, font, mode, fill


class _Word:
    __slots__ = (
        "base", "bottom", "drawn", "edges", "last", "left", "mark", "right", "size", "sup", "text", "top", "unseen"
    )  # fmt: skip

    def __init__(self, char: str, box: tuple[float, float, float, float], base: float, drawn: _Drawn) -> None:
        self.text, self.base, self.size, self.drawn = char, base, drawn.size, drawn
        self.left, self.top, self.right, self.bottom = self.last = box
        self.edges = [(box[0], box[2])]  # of each character of the text
        self.mark = self.sup = self.unseen = ""

    def settle(self) -> None:
        """Decide on the raised characters read last: signs that refer elsewhere are set aside, exponents kept."""
        sup, self.sup = self.sup, ""
        if not sup:
            return
        letters = 0
        for c in reversed(self.text.rstrip(".,;:!?)]”’\"'")):
            if not c.isalpha():
                break
            letters += 1
        refers = not (set(sup) - _MARKS) and (letters >= 3 or self.text[-1:] in ".,;:!?)]”’\"'")
        if refers:
            self.mark += sup
        else:
            self.text += sup.translate(_SUPERSCRIPTS)
            self.edges += [(self.right, self.right)] * len(sup)


def words(page: PdfPage, number: int, *, look: bool) -> dict[str, Any]:
    """The page as `page.from_json` takes it. With `look` the page is drawn with and without its text,
    and words that change no pixel are marked as unseen."""
    frame = Frame(page)
    textpage = page.get_textpage()
    try:
        fonts: list[str] = []
        found, unmapped, count = _words(textpage.raw, frame, fonts)
        texts, pictures = _objects(page)
        recognised = False
        if found:
            if look:
                recognised = _look(page, frame, found, texts, bool(pictures))
            else:
                for word in found:
                    word.unseen = _plainly_unseen(word, frame)
        shown = {
            "number": number, "width": frame.width, "height": frame.height, "fonts": fonts, "pictures": bool(pictures),
            "recognised": recognised, "unmapped": unmapped / max(1, count),
            "words": [
                [w.text, *(round(v, 2) for v in (w.left, w.top, w.right, w.bottom, w.base, w.size)), w.drawn.font,
                 w.drawn.turn, w.mark, w.unseen]
                for w in found
            ],
        }  # fmt: skip
    finally:
        textpage.close()
    return shown


def _words(text: Any, frame: Frame, fonts: list[str]) -> tuple[list[_Word], int, int]:
    import pypdfium2.raw as pdfium

    drawn_by: dict[int, _Drawn] = {}
    found: list[_Word] = []
    current: _Word | None = None
    rect, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    unmapped = high = 0
    count = min(pdfium.FPDFText_CountChars(text), MAX_CHARACTERS)
    for i in range(count):
        code = pdfium.FPDFText_GetUnicode(text, i)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
        high = 0
        if code in (2, 0xFFFE):
            code = 0x2D  # PDFium's signs for a hyphen at a line's end
        char = chr(code) if 0 < code < 0x110000 else "\ufffd"
        if char.isspace():
            if current:
                current.settle()
            current = None
            continue
        if code < 32 or pdfium.FPDFText_HasUnicodeMapError(text, i) == 1:
            unmapped += 1
            char = "\ufffd" if code < 32 else char
        if not (pdfium.FPDFText_GetLooseCharBox(text, i, rect) and pdfium.FPDFText_GetCharOrigin(text, i, x, y)):
            continue
        numbers = (rect.left, rect.bottom, rect.right, rect.top, x.value, y.value)
        if not all(map(math.isfinite, numbers)) or max(map(abs, numbers)) > 1e6:
            continue
        pointer = pdfium.FPDFText_GetTextObject(text, i)
        key = ctypes.cast(pointer, ctypes.c_void_p).value or 0
        drawn = drawn_by.get(key)
        if drawn is None:
            drawn = drawn_by[key] = _drawn(text, i, pointer if key else None, frame, fonts)
        box = frame.box(rect.left, rect.bottom, rect.right, rect.top)
        px, py = frame.point(x.value, y.value)
        if drawn.turn > 0:
            box = upright(box, drawn.turn, frame.width, frame.height)
            py = upright((px, py, px, py), drawn.turn, frame.width, frame.height)[1]
        base = py
        if current is not None and current.drawn.turn == drawn.turn:
            # The letters of a ligature all have its box.
            gap = 0.0 if box == current.last else box[0] - current.right
            rise = current.base - base
            size = max(current.size, 0.1)
            raised = drawn.size < 0.85 * size and 0.15 * size < rise < 0.9 * size and -0.4 * size < gap < 0.3 * size
            level = abs(rise) <= (0.12 if drawn.size > 0.9 * size else 0.45) * size
            if raised:
                current.sup += char
                current.right = max(current.right, box[2])
                continue
            if level and -0.6 * size < gap < WORD_GAP * max(size, drawn.size):
                current.settle()
                current.text += char
                current.edges.append((box[0], box[2]))
                current.last = box
                current.left, current.right = min(current.left, box[0]), max(current.right, box[2])
                current.top, current.bottom = min(current.top, box[1]), max(current.bottom, box[3])
                if drawn.size > current.size:
                    # A small capital or a drop cap came first.
                    current.size, current.base = drawn.size, base
                continue
        if current:
            current.settle()
        current = _Word(char, box, base, drawn)
        found.append(current)
    if current:
        current.settle()
    return _once(_composed(found)), unmapped, count


_MARKED = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327\u0328"
_ACCENTS = dict(zip("`´ˆ˜¯˘˙¨˚˝ˇ¸˛", _MARKED, strict=True))


def _composed(found: list[_Word]) -> list[_Word]:
    """The words with accents that were drawn by themselves over (or under) a letter put on it."""
    kept: list[_Word] = []
    for n, word in enumerate(found):
        if word.text not in _ACCENTS or not _set_on(word, found[max(0, n - 2) : n + 3]):
            kept.append(word)
    return kept


def _set_on(accent: _Word, near: list[_Word]) -> bool:
    middle = (accent.left + accent.right) / 2
    for word in near:
        if word is accent or word.drawn.turn != accent.drawn.turn or abs(word.base - accent.base) > 0.6 * word.size:
            continue
        for i, (left, right) in enumerate(word.edges[: len(word.text)]):
            if left - 0.05 * word.size <= middle <= right + 0.05 * word.size and word.text[i].isalpha():
                letter = {"ı": "i", "ȷ": "j"}.get(word.text[i], word.text[i])
                composed = unicodedata.normalize("NFC", letter + _ACCENTS[accent.text])
                if len(composed) == 1:
                    word.text = word.text[:i] + composed + word.text[i + 1 :]
                    return True
    return False


def _once(found: list[_Word]) -> list[_Word]:
    """The words without those drawn a second time in their place, as shadows and bold letters are made."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for word in found:
        places = [(word.text, round(word.left / 2) + i, round(word.base / 2) + j) for i in (0, 1) for j in (0, 1)]
        if len(word.text) > 2 and places[0] in seen:
            continue
        seen.update(places)
        kept.append(word)
    return kept


def _drawn(text: Any, i: int, pointer: Any, frame: Frame, fonts: list[str]) -> _Drawn:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    size, turn = pdfium.FPDFText_GetFontSize(text, i), 0
    if pdfium.FPDFText_GetMatrix(text, i, matrix):
        size *= math.sqrt(abs(matrix.a * matrix.d - matrix.b * matrix.c)) or math.hypot(matrix.a, matrix.b)
        turn = frame.turn(matrix.a, matrix.b) if (matrix.a or matrix.b) else 0
    flags, buffer = ctypes.c_int(), ctypes.create_string_buffer(128)
    length = pdfium.FPDFText_GetFontInfo(text, i, buffer, 128, flags)
    name = buffer.value.decode("latin-1") if 0 < length <= 128 else ""
    name = name.split("+", 1)[-1]
    if name not in fonts:
        fonts.append(name)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(pointer) if pointer else 0
    r, g, b, a = (ctypes.c_uint() for _ in range(4))
    fill = None
    if pdfium.FPDFText_GetFillColor(text, i, r, g, b, a):
        fill = (r.value, g.value, b.value, a.value)
    finite = size if math.isfinite(size) else 0.0
    return _Drawn(abs(finite), turn, fonts.index(name), mode, fill)


# --------------------------------------------------------------------------- what can be seen


def _objects(page: PdfPage) -> tuple[list[Any], list[Any]]:
    """The page's text objects and its pictures, those in forms too."""
    import pypdfium2.raw as pdfium

    texts, pictures = [], []

    def walk(owner: Any, count: Any, get: Any, depth: int) -> Iterator[Any]:
        for i in range(count(owner)):
            item = get(owner, i)
            yield item
            if depth < 8 and pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_FORM:
                yield from walk(item, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, depth + 1)

    for item in walk(page.raw, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, 0):
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            texts.append(item)
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures.append(item)
    return texts, pictures


def _plainly_unseen(word: _Word, frame: Frame) -> str:
    """Why the word can't be seen, as far as that shows without looking at the page."""
    if word.drawn.mode in (3, 7):
        return "drawn invisibly"
    if word.drawn.size < TINY:
        return "too small to read"
    across, down = (frame.width, frame.height) if word.drawn.turn in (0, 180, -1) else (frame.height, frame.width)
    if word.right <= 0 or word.bottom <= 0 or word.left >= across or word.top >= down:
        return "outside of the page"
    if word.drawn.fill and word.drawn.fill[3] < CONTRAST:
        return "transparent"
    return ""


def _look(page: PdfPage, frame: Frame, found: list[_Word], texts: list[Any], pictures: bool) -> bool:
    """Marks the words that can't be seen; True when they are what text recognition laid over a scan."""
    import numpy as np
    import pypdfium2.raw as pdfium

    scale = min(1.0, math.sqrt(_PIXELS / max(1.0, frame.width * frame.height)))
    whole = _pixels(page, scale)
    for item in texts:
        pdfium.FPDFPageObj_SetIsActive(item, False)
    bare = _pixels(page, scale)
    for item in texts:
        pdfium.FPDFPageObj_SetIsActive(item, True)
    differs = np.abs(whole - bare).max(axis=2) >= CONTRAST
    hidden = over_ink = 0
    for word in found:
        area = _area(word, frame, scale, bare.shape)
        word.unseen = _plainly_unseen(word, frame)
        if not word.unseen:
            if not area or not differs[area].any():
                word.unseen = "hidden or of the colour behind it"
            elif word.drawn.mode == 0 and word.drawn.fill is not None:
                behind = bare[area].reshape(-1, 3)
                if int(np.abs(behind - np.array(word.drawn.fill[2::-1], dtype=np.int16)).max()) < CONTRAST:
                    word.unseen = "hidden or of the colour behind it"
        if word.unseen and area and (weight := sum(c.isalnum() for c in word.text)):
            hidden += weight
            spread = bare[area].max(axis=(0, 1)) - bare[area].min(axis=(0, 1))
            over_ink += weight if int(spread.max()) >= CONTRAST else 0
    every = sum(c.isalnum() for w in found for c in w.text)
    if pictures and hidden >= 0.8 * every and over_ink >= 0.8 * hidden:
        for word in found:
            word.unseen = ""
        return True
    return False


def _pixels(page: PdfPage, scale: float) -> NDArray[np.int16]:
    import numpy as np

    bitmap = page.render(scale=scale, may_draw_forms=False)
    try:
        return bitmap.to_numpy()[:, :, :3].astype(np.int16)
    finally:
        bitmap.close()


def _area(word: _Word, frame: Frame, scale: float, shape: tuple[int, ...]) -> Any:
    """The pixels that the middle of the word covers, as a slice; None outside of the page."""
    from .page import turned_back

    rim = 0.2 * (word.bottom - word.top)
    box = turned_back((word.left, word.top + rim, word.right, word.bottom - rim), max(0, word.drawn.turn),
                      frame.width, frame.height)  # fmt: skip
    left, top, right, bottom = (v * scale for v in box)
    y0, y1 = max(0, math.floor(top)), min(shape[0], math.ceil(bottom))
    x0, x1 = max(0, math.floor(left)), min(shape[1], math.ceil(right))
    return (slice(y0, y1), slice(x0, x1)) if y0 < y1 and x0 < x1 else None
