"""Repair, sentences and words."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.text import STOP_WORDS, links, repaired, sentences, terms, token_spans, tokens
from assistant.text.naming import holds_name
from assistant.text.quantities import quantities
from assistant.text.stemming import stem

# Text made of the pieces that repair and splitting look at, so that the properties meet them often.
_PIECES = st.sampled_from(
    [
        "\\",
        "{",
        "}",
        "$",
        '\\"',
        "\\'",
        "\\em ",
        "\\textsc{",
        "mathcal{",
        "--",
        "---",
        "-",
        "``",
        "''",
        "`",
        "'",
        '"',
        "times",
        "sim",
        "256",
        " 5 700",
        "%",
        "http://a.b/c",
        ".",
        ". ",
        "The",
        "We use",
        " ",
        "\n",
        "\n\n",
        "e.g.",
        "et al.",
        "~",
        "&amp;",
        "&",
        "lt;",
        "<p>",
        "</i>",
        "\u200b",
        "\ufb01",
        "e\u0301",
        "\ud800",
        "\x93",
        "χ",
        "é",
        "数",
        "\\alpha",
        "^",
        "_",
        "(",
        ")",
        "i",
        "a",
        "B",
        "\\cite{x}",
        "circ",
        ",",
        " ,",
        "#",
        "\\frac{a}{b}",
    ]
)
noisy = st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join))


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (
            r"na\"ive use of Fr\'echet and Mat\'ern, a H\"older and Universit\`a, \c{c}a, \v{s}, {\o}re",
            "naïve use of Fréchet and Matérn, a Hölder and Università, ça, š, øre",
        ),
        (r"they said \"open\" and \"all\" of it", 'they said "open" and "all" of it'),
        (r"88\% of R\&D, file\_name", "88% of R&D, file_name"),
        (r"{\em labeled} data by \textsc{Miracle}, called \sysname. It", "labeled data by Miracle, called sysname. It"),
        (r"$\textit{latent}$-GLAT: Glancing", "latent-GLAT: Glancing"),
        (
            r"a bound of mathcal{O}(mathcal{C_{Phi circ Psi}/n}) and mathcal{O}(n)",
            "a bound of O(C_{Phi circ Psi}/n) and O(n)",
        ),
        (
            r"a rate of $O(\sqrt{n})$, $\frac{a+b}{2}$ and $\sqrt[3]{n+1}$ for $\|x\|_2 \le 1$ and $\int f$",
            "a rate of O(√n), (a+b)/2 and 3√(n+1) for ‖x‖_2 ≤ 1 and ∫ f",
        ),
        ("Prediction -- Causal, Feynman--Kac, brain--- and", "Prediction – Causal, Feynman–Kac, brain— and"),
        ("run it with --verbose, ----- <!-- x -->", "run it with --verbose, ----- <!-- x -->"),
        ("``assistant'' and ``learn to learn\" from", "“assistant” and “learn to learn” from"),
        (
            "256times256, 1024 times 1024, a 5 700times speedup, 60times and 10times",
            "256×256, 1024 × 1024, a 5 700× speedup, 60× and 10×",
        ),
        ("100 times easier, sometimes 3 times as fast", "100 times easier, sometimes 3 times as fast"),
        ("an 80%sim95% rate, sim100times faster, sim2real", "an 80%∼95% rate, ∼100× faster, sim2real"),
        ("available athttps://github.com/x/y. Next", "available at https://github.com/x/y. Next"),
        ("see https://web.org/ahttps://b.org/c", "see https://web.org/ahttps://b.org/c"),
        ("at https://github.com/x/y{https://github.com/x/y}.", "at https://github.com/x/y."),
        ("our framework.The model and clusters.We find", "our framework. The model and clusters. We find"),
        (
            "e.g.The, 3.5, the U.S.A. and file.The_x by torch.Tensor in GPT-3.5",
            "e.g.The, 3.5, the U.S.A. and file.The_x by torch.Tensor in GPT-3.5",
        ),
        ("Large Models(LLMs) and Analysis(CARE) of f(x)", "Large Models (LLMs) and Analysis (CARE) of f(x)"),
        (
            r"the forward $\chi^2$ divergence, chi^2, χ^2, $n$ and $x_i < 3$",
            "the forward χ^2 divergence, chi^2, χ^2, n and x_i < 3",
        ),
        (r"between $5 and $10, or \$5 and \$10, US$5", "between $5 and $10, or $5 and $10, US$5"),
        (
            "LaTeX: Tweets of a {GAN} and {B}ERT, Self-Control_{prefix}",
            "LaTeX: Tweets of a GAN and BERT, Self-Control_{prefix}",
        ),
        ("by~mikolov2013efficient, ~2-14%", "by mikolov2013efficient, ~2-14%"),
        (
            "con\ufb01dent e\ufb00ect, zero\u200bwidth, so\u00adft, bell\x07, \x93quoted\x94",
            "confident effect, zerowidth, soft, bell, “quoted”",
        ),
        ("R&amp;D of <i>E. coli</i><p>Then", "R&D of E. coli Then"),
        ("one\n\n\n two\nthree \t four", "one\n\ntwo three four"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
    ],
)
def test_extraction_noise_is_repaired_and_plain_english_is_left_alone(raw: str, read: str) -> None:
    assert repaired(raw) == read


@given(noisy)
@settings(max_examples=300, deadline=None)
def test_repair_never_fails_and_is_idempotent(raw: str) -> None:
    once = repaired(raw)
    assert repaired(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")


def test_hostile_nesting_is_bounded() -> None:
    for raw in (
        "{\\em " * 20_000,
        "\\a{" * 20_000 + "}" * 20_000,
        "$" * 50_000,
        "`" * 50_000,
        "\\cite{" * 20_000,
        "a" * 300_000,
    ):
        assert repaired(repaired(raw)) == repaired(raw)


def _split(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["We use e.g. BERT, i.e., a model.", "It gains 3.5 vs. 4 points.", "See Fig. 3 and Eq. (2)."],
        ["As Smith et al. (2020) and J. R. Smith showed, it works.", "The U.S. economy grew 8.7%.", "3 of 5 agree."],
        ["(i) first; (ii) second.", 'He said "Yes."', "Then we left (as agreed.)", "“Why?” we asked.", "Because!"],
        ["Distances hold for i.i.d. samples.", "iReason works.", "Code is at https://a.org/b.", "Done"],
        ["Is it so?", "Yes... It is.", "Version 2.0 of Yahoo came, etc.", "The end."],
        ["1. First item of the list.", "2. Second item."],
        ["It was shown before.[12]", "Then came others."],
        ["这是第一句。", "这是第二句！"],
    ],
)
def test_sentences_end_where_a_reader_ends_them(parts: list[str]) -> None:
    text = "".join(p if p.endswith(("。", "！")) else p + " " for p in parts)
    expected = [s for p in parts for s in (["Yes...", "It is."] if p.startswith("Yes...") else [p])]
    assert _split(text) == expected


def test_a_blank_line_ends_a_sentence_and_a_line_break_does_not() -> None:
    assert _split("1 Introduction\n\nModels are\nlarge. They grow") == [
        "1 Introduction",
        "Models are\nlarge.",
        "They grow",
    ]


@given(noisy)
@settings(max_examples=300, deadline=None)
def test_sentences_lose_nothing_and_do_not_overlap(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(text[a:b] == text[a:b].strip() and a < b for a, b in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_words_are_folded_and_numbers_kept() -> None:
    assert tokens("5,700 5 700× 8.7 % 8.7% and 10 percent") == ["5700", "5700", "8.7%", "8.7%", "and", "10%"]
    assert tokens("GPT-3.5, 3.5B, Fréchet's χ^2 zero-shot") == [
        "gpt",
        "3.5",
        "3.5b",
        "frechet",
        "chi",
        "2",
        "zero",
        "shot",
    ]
    assert tokens("e\u0301tat") == tokens("état") == ["etat"]
    assert tokens("") == tokens(" .,;") == []


@given(noisy)
@settings(max_examples=200, deadline=None)
def test_words_stand_at_their_offsets(text: str) -> None:
    spans = token_spans(text)
    assert [w for w, _, _ in spans] == tokens(text)
    assert all(tokens(text[a:b]) == [w] or len(text[a:b]) > 0 for w, a, b in spans)
    assert all(left[2] <= right[1] for left, right in pairwise(spans))


def test_terms_drop_stop_words_and_join_forms_of_a_word() -> None:
    assert terms("What are the disentangled representations of it?") == terms("disentanglement representation")
    assert not STOP_WORDS & set(terms("Which of these are the models that we use?"))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("caresses", "caress"),
        ("ponies", "poni"),
        ("cats", "cat"),
        ("agreed", "agre"),
        ("plastered", "plaster"),
        ("motoring", "motor"),
        ("hopping", "hop"),
        ("filing", "file"),
        ("happy", "happi"),
        ("relational", "relat"),
        ("generalizations", "gener"),
        ("electrical", "electr"),
        ("goodness", "good"),
        ("adjustable", "adjust"),
        ("controlling", "control"),
        ("rate", "rate"),
        ("sky", "sky"),
        ("feed", "feed"),
        ("bert", "bert"),
        ("x2", "x2"),
    ],
)
def test_stems_are_porters(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_a_link_ends_before_the_full_stop() -> None:
    text = "See https://a.org/b_(c). Or (www.b.org/x), or https://c.org/d?e=f!"
    assert [text[a:b] for a, b in links(text)] == ["https://a.org/b_(c)", "www.b.org/x", "https://c.org/d?e=f"]


def test_the_pages_hold_no_noise_after_repair(shared) -> None:
    for path in sorted((shared / "corpora" / "daily_papers").iterdir()):
        for line in path.read_text(encoding="utf-8").splitlines():
            read = repaired(line)
            assert repaired(read) == read
            assert not re.search(
                r"\\|\d ?times|mathcal|``|\bathttp|[a-z]{3}\.(?:The|We)\b|\{\\",
                re.sub(r"\d times [a-z]|\d times\.", "", read),
            ), read


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("On VQA and NLVR^2 it gains two points.", "NLVR2"),
        ("Llama 2 was tried.", "Llama-2"),
        ("We study Diffusion Variational Autoencoders.", "Diffusion VAE"),
        ("A Latent Dirichlet Allocation model of firing.", "LDA model"),
    ],
)
def test_a_name_is_held_however_its_parts_are_written(text: str, name: str) -> None:
    assert holds_name(text, name)


def test_a_name_of_several_words_is_not_held_by_some_of_them() -> None:
    assert not holds_name("Diffusion models and a variational bound.", "Diffusion VAE")
    assert not holds_name("Variational Autoencoders for diffusion.", "Diffusion VAE")


def test_a_decade_is_no_duration() -> None:
    assert [q.unit for q in quantities("first described in the early 1980s")] == [""]


def test_money_of_a_country_is_money() -> None:
    assert [(q.value, q.unit) for q in quantities("They gave US$500 and €20.")] == [(500.0, "$"), (20.0, "€")]
