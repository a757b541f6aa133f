"""A question in another language than the papers'."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..language.questions import in_english as reworded
from ..papers import Finding
from ..text import STOP_WORDS, token_spans, tokens
from .topic import topic_of

_READ = 2_000
"""Characters in which words that no paper has are looked for."""
_COUNTED = ("which", "what", "many", "much")
"""What stands before the thing asked for or counted."""


def in_english(text: str, has_term: Callable[[str], bool]) -> tuple[str, str, tuple[Finding, ...]]:
    """A question with its asking words in English and without the words that no paper has; its language; and what the
    asker should know of that. One in English as it is."""
    worded = reworded(text)
    if not worded.language:
        return text, "en", ()
    head, tail = worded.text[:_READ], worded.text[_READ:]
    spans = token_spans(head)
    content = [k for k, (word, _, _) in enumerate(spans) if word not in STOP_WORDS]
    lost = [k for k in content if not has_term(head[spans[k][1] : spans[k][2]])]
    strange = [head[spans[k][1] : spans[k][2]] for k in lost]
    # Where little is left, or nothing but that papers are asked for, the rest would ask something else.
    telling = any(has_term(w) for w in tokens(topic_of(head)) if w not in STOP_WORDS)
    if 2 * len(lost) <= len(content) and telling:
        for k in reversed(lost):
            # What is asked for or counted stays: without it another thing would be answered.
            if not k or spans[k - 1][0] not in _COUNTED:
                head = head[: spans[k][1]] + head[spans[k][2] :]
        head = " ".join(re.sub(r"[()\[\]]", " ", head).split())
    said = f"Read as a question in {worded.language}: names and words that the papers share were searched for."
    said += f" No paper has {', '.join(f'“{w}”' for w in strange[:6])}." if strange else ""
    return head + tail, worded.language, (Finding("other_language", "", said),)
