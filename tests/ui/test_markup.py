"""Text of papers and models stays text; marks, quotes and references are where they belong."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import markup
import pytest
from hypothesis import given
from hypothesis import strategies as some
from standin import HOSTILE, PAPERS, cited

from assistant import Answer, Citation, Sentence
from assistant.papers import Appearance, Finding, Page, Paper, Related

OURS = {"a", "b", "blockquote", "br", "code", "dd", "details", "div", "dl", "dt", "h1", "h4", "li", "mark", "p", "span",
        "sub", "summary", "sup", "table", "td", "th", "tr", "u", "ul"}


class Seen(HTMLParser):
    """The tags and attributes of a string of HTML, and the words between."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(body)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def safe(body: str) -> Seen:
    """The HTML, with nothing in it that we did not make."""
    seen = Seen(body)
    for tag, attributes in seen.tags:
        assert tag in OURS
        assert not {a for a in attributes if a.startswith("on") or a in ("src", "style")}
        href = attributes.get("href")
        assert href is None or re.match(r"#|paper\?id=|https?://", href)
        if href and href.startswith("http"):
            assert attributes["rel"] == "noopener noreferrer"
    return seen


PIECES = ["<i>", "</p>", "<img src=x onerror=y>", "<script>", '"', "'", "&amp;", "javascript:x", "https://a.b/?c=1&d",
          "[1]", "![x](y)", "$x$", "**b**", "\n- ", "# ", ":smile:"]
TEXTS = some.lists(some.sampled_from(PIECES) | some.text(max_size=20), max_size=8).map("".join)


@given(TEXTS, some.lists(TEXTS, max_size=3))
def test_any_text_is_shown_as_it_is(text: str, missing: list[str]) -> None:
    citation = Citation(1, "x", text, text, authors=(text,), url=text)
    paper = Paper(title=text, abstract=text, authors=(text,), url=text, venue=text)
    answer = Answer(text, text, True, related=(Related("x", text, text),), findings=(Finding("x", text, text),),
                    missing=(text,), backend=text)
    for body in (
        markup.sentences([Sentence(text, (1,), "partial", tuple(missing))], "s1", [citation], text),
        markup.source([citation], paper, "s1", "paper?id=1"),
        markup.source([citation], None, "s1"),
        markup.abstention(answer),
        markup.related(answer.related, lambda _: paper, lambda _: "paper?id=1"),
        markup.findings(answer.findings),
        markup.footnote(answer),
    ):
        safe(body)
    visible = safe(f"<p>{markup.underlined(text, missing)}</p>").text
    assert visible.replace("\r", "\n") == text.replace("\r\n", "\n").replace("\r", "\n") or "\x00" in text


@given(TEXTS)
def test_a_label_has_no_live_markdown(text: str) -> None:
    shown = markup.plain(text)
    assert not re.search(r"(?<!\\)[*_`$\[\]<>#|~:!]", shown)
    bare = " ".join(text.split())
    assert shown.replace("\u2060", "").replace("\\", "") == bare.replace("\u2060", "").replace("\\", "")


def test_emoji_codes_and_arrows_are_broken_up() -> None:
    for text in (":smile:", ":red[x]", "a->b", "<-", "--"):
        assert "\u2060" in markup.plain(text)


def test_numbers_lead_to_the_highlighted_quote() -> None:
    quote = "retrieval can be practically implemented using dense representations alone"
    citation = cited(4, PAPERS[0], quote)
    body = markup.sentences([Sentence("It is dense.", (4,))], "s7", [citation])
    target = next(a["href"] for tag, a in safe(body).tags if tag == "a")
    source = markup.source([citation], PAPERS[0], "s7", "paper?id=1")
    assert target == "#s7-4"
    assert f'<mark id="s7-4">{quote}<sup>4</sup></mark>' in source
    assert "We show that" in source


def test_overlapping_quotes_keep_every_word_once() -> None:
    text = PAPERS[0].abstract
    spans = [(0, 40, "a", 1), (20, 60, "b", 2), (25, 30, "c", 3)]
    body = markup.marked(text, spans)
    assert [a["id"] for tag, a in safe(body).tags if tag == "mark"] == ["a", "b", "c"]
    assert safe(re.sub(r"<sup>\d</sup>", "", body)).text == text


def test_a_quote_whose_text_has_changed_is_still_shown() -> None:
    citation = Citation(1, "x", "T", "words long gone")
    assert "has changed since" in markup.source([citation], PAPERS[0], "s1")
    assert "no longer in the library" in markup.source([citation], None, "s1")
    moved = Citation(1, "x", "T", "This helps end-to-end systems.", start=3, end=9)
    assert "has changed" not in markup.source([moved], PAPERS[0], "s1")


def test_a_page_is_shown_around_the_quote_only() -> None:
    text = "far before " * 200 + "the very words" + " far after" * 200
    paper = Paper("T", pages=(Page(3, text),))
    at = text.index("the very words")
    body = markup.source([Citation(1, "x", "T", "the very words", "page", at, at + 14, 3)], paper, "s1")
    assert "Page 3" in body
    assert "the very words<sup>1</sup></mark>" in body
    assert len(body) < 2500


def test_verdicts_are_words_and_missing_words_are_underlined() -> None:
    partial = markup.sentences([Sentence("It gains 12 GPUs.", (1,), "partial", ("12 gpus",))], "s", [])
    unsupported = markup.sentences([Sentence("It cures.", (), "unsupported")], "s", [])
    assert "partly supported" in partial
    assert ">12 GPUs</u>" in partial
    assert "not supported" in unsupported
    assert ">It cures.</u>" in unsupported
    assert "<u" not in markup.sentences([Sentence("Fine.", (1,))], "s", [])


def test_a_summary_is_called_one() -> None:
    paper = Paper("T", "My words.", kind="summary")
    body = markup.source([Citation(1, "x", "T", "My words.", start=0, end=9, kind="summary")], paper, "s")
    assert ">summary</span>" in body
    assert "<h4>Summary</h4>" in body


def test_lists_keep_their_shape() -> None:
    values = [Sentence("Two fit."), Sentence("A does."), Sentence("B does.", (1,))]
    body = markup.sentences(values, "s", [], "Two fit.\n- A does.\n- B does. [1]")
    assert body.count("<li>") == 2
    assert body.index("<p>") < body.index("<ul>")
    assert markup.sentences(values, "s", [], "Two fit.\nA does. B does [1].").count("<p>") == 2
    assert markup.sentences(values, "s", [], "Two fit [2].\nA does [2, 3].\nB does [1].").count("<p>") == 3


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x/y", "", None])
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert markup.link(url, "Read") == ""


def test_an_address_is_escaped() -> None:
    href = next(a["href"] for _, a in safe(markup.link('https://x.org/a?b=1&c="2"', "Read")).tags)
    assert href == 'https://x.org/a?b=1&c="2"'


def test_copied_text_carries_its_references() -> None:
    answer = Answer("q", "It is dense. [1]", citations=(cited(1, PAPERS[0], "This helps end-to-end systems."),))
    text = markup.with_references(answer, {p.id: p for p in PAPERS}.get)
    assert text.startswith("It is dense. [1]\n\n[1] Vladimir Karpukhin, Barlas Oguz, Sewon Min (2020). Dense Passage")
    assert "https://arxiv.org/abs/2004.04906" in text
    assert "“This helps end-to-end systems.”" in text


def test_hostile_words_survive_as_words() -> None:
    body = markup.source([cited(1, PAPERS[1], HOSTILE)], PAPERS[1], "s1")
    assert HOSTILE in safe(body).text


def test_a_long_question_keeps_what_it_asks_of_a_title() -> None:
    title = "A very long title of many words about a great many things that nobody will ever read to its end at all"
    shown = markup.in_short(f"What does the paper “{title}” show?", 80)
    assert shown.startswith("What does the paper “A very long title")
    assert shown.endswith("…” show?")
    assert len(shown) <= 80
    assert markup.in_short("word " * 40, 30).endswith("…")


def test_papers_that_look_alike_are_told_apart() -> None:
    paper = Paper("Of boats", authors=("Ada Lovelace",), year=1843, doi="10.1000/b",
                  appearances=(Appearance("a.bib", 1), Appearance("b.bib", 2)))
    shown = safe(markup.one_of_two("Of boats", paper, "paper?id=x")).text
    assert "Lovelace, 1843 · 10.1000/b · a.bib and 1 more" in shown
    assert "Of boats" in safe(markup.one_of_two("Of boats", None, "")).text


def test_the_writer_is_named_without_where_it_is() -> None:
    named = {"": "the built-in reader", "extractive": "the built-in reader", "openai:gpt-x": "openai:gpt-x",
             "odd": "odd",
             "openai-compatible:small@http://127.0.0.1:1/v1": "small", "gguf:/models/small.gguf": "small.gguf"}
    assert {backend: markup.writer(backend) for backend in named} == named
    found = (Finding("draft_replaced", "", "x"),)
    replaced = Answer("q", "x", backend="openai-compatible:small@http://h/v1", findings=found)
    assert "by the built-in reader, in place of a draft by small" in safe(markup.footnote(replaced)).text
