"""Papers out again: as BibTeX, RIS, CSL-JSON or Markdown, or as formatted references.

What a reader read from such a file is written so that it reads the same from the export.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UsageError
from ..papers import Paper
from ..papers.formats import FORMATS, REFERENCE_STYLES, STYLES, style_of, suffix_of
from . import bibtex, csl, markdown, ris
from .answers import Asked, answer_file, asked_in, asked_now, backend_of, cited_papers, settings_of
from .keys import citation_keys
from .references import references
from .replaying import Replay, compared

__all__ = [
    "FORMATS",
    "REFERENCE_STYLES",
    "STYLES",
    "Asked",
    "Replay",
    "answer_file",
    "asked_in",
    "asked_now",
    "backend_of",
    "citation_keys",
    "cited_papers",
    "compared",
    "exported",
    "references",
    "settings_of",
    "style_of",
    "suffix_of",
]

_WRITERS = {"bibtex": bibtex.text, "ris": ris.text, "csl-json": csl.text, "markdown": markdown.text}


def exported(papers: Sequence[Paper], style: str) -> str:
    """The papers in `style`, in the order given, ending with a line break; UsageError for another style.

    In a reference style there is a line per paper, in the style's own order.
    """
    if style in REFERENCE_STYLES:
        text = "\n".join(references(papers, style))
    elif style in _WRITERS:
        text = _WRITERS[style](papers)
    else:
        raise UsageError(f"unknown format '{style}': choose one of {', '.join(STYLES)}")
    return text if not text or text.endswith("\n") else text + "\n"
