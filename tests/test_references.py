"""Formatted references: what a style guide asks for, from names with particles to works without an author."""

from __future__ import annotations

import sys

import pytest

from assistant.export import REFERENCE_STYLES, exported, references
from assistant.papers import Paper

ARTICLE = Paper(
    title="Packets by light", authors=("van der Berg, Jan", "CERN Collaboration", "King, Martin Luther, Jr."),
    year=2020, date="2020-05-03", venue="Journal of Things", volume="12", issue="3", page_range="117-130",
    doi="10.1000/xyz",
)  # fmt: skip
CHAPTER = Paper(
    title="Why?", authors=("Beethoven, Ludwig van",), year=1999, kind="incollection", venue="Big Book",
    editors=("Ed, Ian", "Poe, Ann"), publisher="Springer", page_range="3-4",
)  # fmt: skip
PREPRINT = Paper(title="Tides", authors=("Wen-tau Yih",), year=2023, arxiv_id="2301.00001", kind="preprint")
THESIS = Paper(title="Mine", authors=("Ana Doe",), year=2001, kind="thesis", venue="ETH Zürich", genre="PhD thesis")


@pytest.mark.parametrize(("style", "lines"), [
    ("apa", [
        "Beethoven, L. van. (1999). Why? In I. Ed & A. Poe (Eds.), Big Book (pp. 3–4). Springer.",
        "Doe, A. (2001). Mine [PhD thesis, ETH Zürich].",
        "van der Berg, J., CERN Collaboration, & King, M. L., Jr. (2020). Packets by light. Journal of Things, 12(3), "
        "117–130. https://doi.org/10.1000/xyz",
        "Yih, W.-T. (2023). Tides (arXiv:2301.00001). arXiv. https://arxiv.org/abs/2301.00001",
    ]),
    ("ieee", [
        "[1] J. van der Berg, CERN Collaboration, and M. L. King Jr., “Packets by light,” Journal of Things, vol. 12, "
        "no. 3, pp. 117–130, May 2020, doi: 10.1000/xyz.",
        "[2] L. van Beethoven, “Why?” in Big Book, I. Ed and A. Poe, Eds., Springer, 1999, pp. 3–4.",
        "[3] W.-T. Yih, “Tides,” 2023, arXiv:2301.00001. [Online]. Available: https://arxiv.org/abs/2301.00001",
        "[4] A. Doe, “Mine,” PhD thesis, ETH Zürich, 2001.",
    ]),
    ("nature", [
        "1. van der Berg, J., CERN Collaboration & King, M. L., Jr. Packets by light. Journal of Things 12, 117–130 "
        "(2020).",
        "2. Beethoven, L. van. Why? in Big Book (eds Ed, I. & Poe, A.) 3–4 (Springer, 1999).",
        "3. Yih, W.-T. Tides. Preprint at https://arxiv.org/abs/2301.00001 (2023).",
        "4. Doe, A. Mine. (ETH Zürich, 2001).",
    ]),
])  # fmt: skip
def test_each_style_as_its_guide_has_it(style: str, lines: list[str]) -> None:
    assert references([ARTICLE, CHAPTER, PREPRINT, THESIS], style) == lines


@pytest.mark.parametrize("style", REFERENCE_STYLES)
def test_bare_and_odd_papers_have_a_line_each(style: str) -> None:
    odd = [
        Paper(title="Only a title"), Paper(title="<b>x</b> & {y} \\z", authors=("",), venue="</i>"),
        Paper(title="Same"), Paper(title="Same"), Paper(title="A", authors=("Müller, É.",) * 1, page_range="S1, 4-"),
    ]  # fmt: skip
    lines = exported(odd, style).splitlines()
    assert len(lines) == len(odd)
    assert any("Only a title" in line for line in lines)
    assert exported([], style) == ""


def test_a_record_that_citeproc_stumbles_over_costs_its_formatting_only(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[references.__module__]
    formatted = module._formatted

    def stumbling(rows: list[dict[str, object]], style: str) -> list[str]:
        if any(row["title"] == "Tides" for row in rows):
            raise KeyError("issued")
        return formatted(rows, style)

    monkeypatch.setattr(module, "_formatted", stumbling)
    with pytest.warns(UserWarning, match="citeproc"):
        lines = references([THESIS, PREPRINT], "ieee")
    assert lines[0].startswith("[1] A. Doe, “Mine,”")
    assert lines[1] == "[2] Wen-tau Yih. (2023). Tides. https://arxiv.org/abs/2301.00001"
