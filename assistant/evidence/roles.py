"""What a sentence does in an abstract: background, contribution, method, result, question, code. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

ROLES = ("background", "contribution", "method", "result", "question", "code", "other")

_OWN = (
    r"(?:\b(?:we|our|here)\b|\b(?:this|the\s+present|the\s+proposed)\s+(?:paper|work|article|study|thesis"
    r"|dissertation|survey|"
    r"research|method|approach|model|framework)\b)"
)
_CONTRIBUTES = (
    r"(?:propos|present|introduc|develop|design|explor|stud(?:y|ies)\b|survey|investigat|address|describ|construct"
    r"|formulat|"
    r"provid|aims?\b|is\s+about|incorporat|attempt|build|built|offer|contribut|extend|examin|tackle|fill)"
)
_DOES = (
    r"(?:employ|us(?:e|es|ing)\b|leverag|adapt|train|combin|decompos|parameteri[sz]|apply|applies|appl(?:ied|ying)"
    r"|learn|consist|compris|"
    r"integrat|optimi[sz]|adopt|utili[sz]|build|built|based\s+on|extract|generat|represent|captur|involv|includ"
    r"|enabl|allow)"
)
_FINDS = (
    r"(?:\b(?:results?|experiments?|findings?|ablations?)\b|\bevaluat(?:e|ed|ion)\b|\b(?:outperform|achiev|improv"
    r"|demonstrat|reveal|surpass|"
    r"exceed|validat|observ)\w*|\bwe\s+(?:\w+\s+)?(?:show|find|found)\b|\bstate-of-the-art\b|\bcompar(?:ed|able|ing)\b)"
)
_LABELS = {
    "background": r"background|context|introduction|motivation|significance|rationale",
    "contribution": r"objectives?|aims?|purpose|goals?|hypothesis|summary",
    "method": r"(?:study\s+)?design|settings?|participants|patients|subjects|methodology"
    r"|(?:materials?\s+and\s+)?methods?(?:\s+and\s+\w+)?|interventions?|(?:main\s+)?outcome\s+measures?|measurements?|data\s+sources|study\s+selection",
    "result": r"(?:main\s+|measurements\s+and\s+main\s+)?results?(?:\s+and\s+\w+)?|(?:principal\s+)?findings"
    r"|conclusions?|interpretation",
    "code": r"availability(?:\s+and\s+\w+)?|contact|supplementary\s+information",
    "other": r"limitations?|discussion|implications",
}
"""How the sections of a structured abstract are headed, by what they do."""
LABEL = re.compile(
    rf"^[\s•▪*]*(?:{'|'.join(f'(?P<{role}>{words})' for role, words in _LABELS.items())})\s*:\s*(?=\S)", re.I
)
_OF_OTHERS = re.compile(r"^\W*(?:[A-Z]\w+:\s+)?[A-Z][\w’'-]+\s+(?:et\s+al\.?|(?:and|&)\s+[A-Z][\w’'-]+)\s*[(\[]?\d")
"""A sentence whose subject is other people's work, cited: "Beltagy et al. (2019) report …"."""
_SIGNPOST = re.compile(
    r"^(?:this\s+(?:sub)?section|(?:sub)?section\s+\d|(?:table|figure|fig\.)\s+\d\S*\s+(?:shows?|presents?|lists?|gives?))\b"
    r"|\b(?:in|see|to)\s+(?:the\s+)?(?:next\s+section|(?:section|sec\.|appendix|chapter)\s+[\dA-Z§][\d.]*)\s*,\s+(?:we|the)\b"
    r"|\bwe\s+(?:\w+\s+)?(?:present|describe|discuss|outline|report|detail|provide|explain|introduce)\b[^.]{0,120}?"
    r"\bin\s+(?:section|sec\.|appendix|chapter)\s+[\dA-Z§]", re.I
)
"""A sentence that says where something is told, and tells nothing itself."""
_CONTRIBUTION = re.compile(rf"{_OWN}[^.]{{0,80}}?\b{_CONTRIBUTES}", re.I)
_METHOD = re.compile(rf"{_OWN}[^.]{{0,80}}?\b{_DOES}|^\s*(?:\w[\w-]*\s+){{1,4}}{_DOES}", re.I)
_RESULT = re.compile(_FINDS, re.I)
_BEGINS = re.compile(
    r"\b(?:here|in\s+this\s+(?:paper|work|study|article))\s*,?\s+we\b"
    r"|\bwe\s+(?:\w+\s+)?(?:show|find|found|demonstrate|prove|argue|analy[sz]e)\b", re.I
)
_FOUND = re.compile(
    r"\b(?:we|results?|experiments?|findings?|study|evaluations?|analys[ei]s)\s+(?:\w+\s+){0,3}(?:show|find|found|reveal"
    r"|demonstrat|indicat|suggest|confirm|observ|prove|conclud)\w*|\b(?:outperform|surpass|exceed|improv|superior)\w*"
    r"|\b(?:beats?|fails?|leads?\s+to|results?\s+in|significantly|achieves?)\b", re.I
)
_PROBLEM = re.compile(
    r"\b(?:is|are|remains?|still|can\s+be)\s+(?:\w+\s+){0,2}(?:challenging|difficult|unclear|unknown|limited|elusive"
    r"|hard\s+to|understudied|under-?explored)\b|\b(?:struggles?|suffers?|grapples?)\b", re.I
)
_OUTLOOK = re.compile(
    r"\bwe\s+(?:also\s+)?(?:hope|believe)\b|\bimplications\s+for\b|\bfuture\s+(?:work|research|studies)\b", re.I
)
_CODE = re.compile(
    r"https?://|www\.|\b(?:code|project\s+page|codebase|source\s+code|demo|implementation|weights|resources"
    r"|dataset)s?\b.{0,60}"
    r"\b(?:(?:publicly|made|is|are|be)\s+(?:\w+\s+)?available|released?|accessed|found)\b",
    re.I,
)


def roles(sentences: Sequence[str], of_abstract: int | None = None) -> list[str]:
    """The role of each sentence of one abstract, one of `ROLES`; what follows the first `of_abstract` is from pages.

    What stands before the first contribution is background, whatever its words, and so are a problem that is
    not the authors' own, other people's work, signposts, and what they hope for. The headings of a structured
    abstract say what stands under them; cues decide the rest.
    """
    return list(_roles(tuple(sentences), len(sentences) if of_abstract is None else of_abstract))


@lru_cache(maxsize=2048)
def _roles(sentences: tuple[str, ...], of_abstract: int) -> tuple[str, ...]:
    contributes = [bool(_CONTRIBUTION.search(s)) and not _OUTLOOK.search(s) for s in sentences]
    begins = [c or bool(_BEGINS.search(s)) for c, s in zip(contributes, sentences, strict=True)]
    first = begins.index(True) if True in begins else 0
    out = []
    headed = ""
    for i, sentence in enumerate(sentences):
        if label := LABEL.match(sentence):
            headed = label.lastgroup or ""
        elif i >= of_abstract:
            headed = ""
        if _CODE.search(sentence):
            out.append("code")
        elif sentence.rstrip("\"'”’) ").endswith("?"):
            out.append("question")
        elif _OF_OTHERS.match(sentence) or _SIGNPOST.search(sentence):
            out.append("background")
        elif headed:
            out.append(headed)
        elif i < first or _OUTLOOK.search(sentence) or _problem(sentence):
            out.append("background")
        elif contributes[i]:
            out.append("contribution")
        elif _RESULT.search(sentence):
            out.append("result")
        elif _METHOD.search(sentence):
            out.append("method")
        else:
            out.append("other")
    return tuple(out)


def _problem(sentence: str) -> bool:
    return bool(_PROBLEM.search(sentence)) and not re.search(_OWN, sentence, re.I)


@lru_cache(maxsize=8192)
def finds(sentence: str) -> bool:
    """Whether the sentence tells a finding, whatever else it does."""
    return bool(_FOUND.search(sentence))
