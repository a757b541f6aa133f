"""PDFs made for the tests: a paper as it is printed, and text hidden in every way we know of."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

WIDTH, HEIGHT = 595.0, 842.0
LEFT, RIGHT, COLUMN = 50.0, 310.0, 235.0
_NOUNS = (
    "boats", "ponds", "winds", "rulers", "sails", "anchors", "currents", "ducks", "reeds", "shores", "harbours", "ropes"
)
_VERBS = ("drift", "sink", "turn", "follow", "cross", "reach", "leave", "measure", "carry", "avoid")


def sentence(n: int) -> str:
    """The n-th of many sentences that no two of are alike."""
    chosen = random.Random(n)
    a, b, c = chosen.sample(_NOUNS, 3)
    return f"In trial {n} the paper {a} {chosen.choice(_VERBS)} past the {b} while {n + 100} {c} wait near the bank."


def new(**options: object):
    """An empty document in points, with a font that has ligatures."""
    import matplotlib
    from fpdf import FPDF

    pdf = FPDF(unit="pt", format=(WIDTH, HEIGHT), **options)
    pdf.set_auto_page_break(False)
    pdf.add_font("serif", fname=Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf")
    return pdf


def line(pdf, x: float, y: float, text: str, size: float = 10, style: str = "", font: str = "Times") -> None:
    """One line, its baseline at `y` from the top."""
    pdf.set_font(font, style, size)
    pdf.text(x, y, text)


def wrapped(pdf, text: str, width: float = COLUMN, size: float = 10, hyphens: bool = False) -> list[str]:
    """The text in lines no wider than `width`; with `hyphens` a word of eight letters or more may be broken."""
    pdf.set_font("Times", "", size)
    lines, rest = [""], text.split()
    while rest:
        word = rest.pop(0)
        longer = f"{lines[-1]} {word}".strip()
        if pdf.get_string_width(longer) <= width:
            lines[-1] = longer
        elif hyphens and word.isalpha() and len(word) >= 8:
            if pdf.get_string_width(f"{lines[-1]} {word[:4]}-") <= width:
                lines[-1] = f"{lines[-1]} {word[:4]}-"
                word = word[4:]
            lines.append(word)
        else:
            lines.append(word)
    return lines


@cache
def two_columns() -> tuple[bytes, list[str]]:
    """A paper of three pages in two columns, and its sentences in the order of reading.

    The lines are drawn across both columns, row by row, as some programs write them. Each page has a running
    header, a page number and a footnote; a figure parts the first column of the second page.
    """
    pdf = new()
    pdf.set_title("Drift of Folded Boats in Small Ponds")
    told = []
    for page in range(3):
        pdf.add_page()
        line(pdf, LEFT, 30, "Journal of Paper Boats 12 (2021)", 8)
        line(pdf, 500, 30, f"{117 + page}", 8)
        top = 60.0
        if page == 0:
            line(pdf, 120, 80, "Drift of Folded Boats in Small Ponds", 18)
            line(pdf, 200, 105, "Jane Doe, Richard Roe", 11)
            line(pdf, 180, 120, "University of Little Waters, Pondham", 9)
            line(pdf, LEFT, 150, "Abstract", 11, "B")
            for n, text in enumerate(wrapped(pdf, ABSTRACT, 2 * COLUMN, 9)):
                line(pdf, LEFT, 165 + 11 * n, text, 9)
            line(pdf, LEFT, 230, "1 Introduction", 12, "B")
            top = 250.0
        sentences = [sentence(100 * page + n) for n in range(24 if page else 16)]
        told += sentences
        lines = wrapped(pdf, " ".join(sentences), hyphens=True)
        half = (len(lines) + 1) // 2
        columns = lines[:half], lines[half:]
        gap_at = 6 if page == 1 else -1  # a figure with its caption stands in the first column
        y = top
        for n in range(half):
            if n == gap_at:
                pdf.rect(LEFT + 20, y, 150, 60)
                line(pdf, LEFT + 40, y + 30, "time (s)", 7)
                line(pdf, LEFT, y + 75, "Figure 1: Where the boats went.", 9, "I")
                y += 95
            line(pdf, LEFT, y, columns[0][n])
            if n < len(columns[1]):
                line(pdf, RIGHT, top + 12 * n, columns[1][n])
            y += 12
        line(pdf, LEFT, 790, f"{page + 1} {FOOTNOTES[page]}", 7.5)
    pdf.set_font("Times", "B", 12)
    pdf.text(RIGHT, 600, "References")
    for n, entry in enumerate(REFERENCES):
        for k, text in enumerate(wrapped(pdf, entry, COLUMN - 10, 9)):
            line(pdf, RIGHT + (10 if k else 0), 620 + 30 * n + 11 * k, text, 9)
    return bytes(pdf.output()), told


ABSTRACT = (
    "Boats of paper are folded by many and studied by few. We measure how far they drift in small ponds, and find "
    "that a boat of plain paper sinks within 12.5 minutes on average. Boats of waxed paper outlive them threefold."
)
FOOTNOTES = (
    "The boats were lent by a school.", "See also the ducks of the second trial.", "All ropes were returned in the end."
)
REFERENCES = (
    "Ahab, I. and Starbuck, N. 2009. On chasing what floats. Journal of Large Waters, 3(2):117-130.",
    "Crusoe, R. 2015. Rafts and other hopes. In Proceedings of the Island Conference, pages 1-28.",
)


def one_page(draw: Callable[..., None], **options: object) -> bytes:
    """A page with a title and a sentence, and what `draw` puts on it."""
    pdf = new()
    if password := options.get("password"):
        pdf.set_encryption(owner_password="owner", user_password=str(password), encryption_method="AES-256")
    pdf.add_page()
    line(pdf, 60, 80, "A Page About Folded Boats", 18)
    line(pdf, 60, 140, "The boats that were seen by everybody sailed at noon.", 11)
    draw(pdf)
    return bytes(pdf.output())


def zipped(files: Sequence[tuple[str, bytes]], path: Path) -> Path:
    """An archive of the files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


def scan(words: Sequence[str] = ()) -> bytes:
    """A page that is one picture of printed words; with `words`, an invisible layer of text over it."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (1190, 1684), "white")
    paint = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=40)
    printed = ["Boats of paper were scanned", "from an old and dusty page", "before anybody typed it in"]
    for n, text in enumerate(printed):
        paint.text((120, 200 + 100 * n), text, fill="black", font=font)
    pdf = new()
    pdf.add_page()
    out = io.BytesIO()
    picture.save(out, "PNG")
    pdf.image(out, 0, 0, WIDTH, HEIGHT)
    for n, text in enumerate(words):
        with pdf.local_context(text_mode="INVISIBLE"):
            line(pdf, 60, 118 + 50 * n, text, 19)
    return bytes(pdf.output())
