"""The picture of one PDF page. Like `pdfium` this runs in the worker process only."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_PIXELS = 16_000_000
_FILL = "#fff1a8"


def picture(page: PdfPage, boxes: list[list[float]], width: int, ink: str, around: bool = False) -> bytes:
    """The page as PNG, `width` pixels wide, with the boxes (points, from the top left) marked in colour.

    With `around` the part of the page that the boxes stand in, larger.
    """
    from PIL import Image, ImageChops, ImageDraw

    across, down = page.get_size()
    part = _part(boxes, across, down) if around and boxes else (0.0, 0.0, across, down)
    scale = min(width / max(part[2] - part[0], 1.0), math.sqrt(_PIXELS / max(across * down, 1.0)))
    bitmap = page.render(scale=scale)
    image = bitmap.to_pil().convert("RGB")
    bitmap.close()
    rim = 1.5
    tint = Image.new("RGB", image.size, "white")
    paint = ImageDraw.Draw(tint)
    for left, top, right, bottom in boxes:
        paint.rectangle([(left - rim) * scale, (top - rim) * scale, (right + rim) * scale, (bottom + rim) * scale],
                        fill=_FILL)  # fmt: skip
    image = ImageChops.multiply(image, tint)
    line = ImageDraw.Draw(image)
    for left, top, right, bottom in boxes:
        line.rectangle([(left - rim) * scale, (top - rim) * scale, (right + rim) * scale, (bottom + rim) * scale],
                       outline=ink, width=max(2, round(scale)))  # fmt: skip
    if around:
        image = image.crop((part[0] * scale, part[1] * scale, part[2] * scale, part[3] * scale))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False)
    return out.getvalue()


def _part(boxes: list[list[float]], across: float, down: float) -> tuple[float, float, float, float]:
    """The part of the page around the boxes: some lines above and below, no narrower than half of the page."""
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    more = max(20.0, (across / 2 - (right - left)) / 2)
    return max(0.0, left - more), max(0.0, top - 60), min(across, right + more), min(down, bottom + 60)
