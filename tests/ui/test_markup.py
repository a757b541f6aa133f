"""Text of papers and models stays text; marks, quotes and references are where they belong."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import blocks
import markup
import pytest
import sources
from hand_made import MORE, made
from hypothesis import given
from hypothesis import strategies as some
from standin import HOSTILE, PAPERS, cited

from assistant import Answer, Block, Citation, Quote, Sentence
from assistant.papers import Appearance, Finding, Page, Paper, Related
from assistant.shapes import blocks_of

OURS = {"a", "b", "blockquote", "br", "code", "dd", "details", "div", "dl", "dt", "h1", "h3", "h4", "li", "mark", "p",
        "span", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"}


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
    near = Related("x", text, text, (Quote(text, "page", 3),))
    answer = Answer(text, text, True, related=(near,), findings=(Finding("x", text, text),), missing=(text,),
                    backend=text)
    kinds = (("claim", ""), ("gap", ""), ("heading", ""), ("row", ""), ("cell", text), ("cell", ""))
    drawn = [Block(kind, text, (1,), verdict, text, column, tuple(missing))
             for kind, column in kinds for verdict in ("supported", "partial", "unsupported")]
    for body in (
        blocks.answer(drawn, "s1", [citation], "value", lambda _: "paper?id=1"),
        sources.source([citation], paper, "s1", "paper?id=1"),
        sources.source([citation], None, "s1"),
        blocks.abstention(answer),
        blocks.shortlist(answer),
        blocks.choice(near, paper, "paper?id=1"),
        blocks.related(answer.related, lambda _: paper, lambda _: "paper?id=1"),
        markup.findings(answer.findings),
        markup.footnote(answer),
    ):
        safe(body)
    visible = safe(f"<p>{blocks.underlined(text, missing)}</p>").text
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
    body = blocks.answer([Block("claim", "It is dense.", (4,))], "s7", [citation])
    target = next(a["href"] for tag, a in safe(body).tags if tag == "a")
    text = sources.source([citation], PAPERS[0], "s7", "paper?id=1")
    assert target == "#s7-4"
    assert f'<mark id="s7-4">{quote}<sup>4</sup></mark>' in text
    assert "We show that" in text


def test_overlapping_quotes_keep_every_word_once() -> None:
    text = PAPERS[0].abstract
    spans = [(0, 40, "a", 1), (20, 60, "b", 2), (25, 30, "c", 3)]
    body = sources.marked(text, spans)
    assert [a["id"] for tag, a in safe(body).tags if tag == "mark"] == ["a", "b", "c"]
    assert safe(re.sub(r"<sup>\d</sup>", "", body)).text == text


def test_a_quote_whose_text_has_changed_is_still_shown() -> None:
    citation = Citation(1, "x", "T", "words long gone")
    assert "has changed since" in sources.source([citation], PAPERS[0], "s1")
    assert "no longer in the library" in sources.source([citation], None, "s1")
    moved = Citation(1, "x", "T", "This helps end-to-end systems.", start=3, end=9)
    assert "has changed" not in sources.source([moved], PAPERS[0], "s1")


def test_a_page_is_shown_around_the_quote_only() -> None:
    text = "far before " * 200 + "the very words" + " far after" * 200
    paper = Paper("T", pages=(Page(3, text),))
    at = text.index("the very words")
    body = sources.source([Citation(1, "x", "T", "the very words", "page", at, at + 14, 3)], paper, "s1")
    assert "Page 3" in body
    assert "the very words<sup>1</sup></mark>" in body
    assert len(body) < 2500


def test_verdicts_are_words_and_missing_words_are_underlined() -> None:
    partial = blocks.answer([Block("claim", "It gains 12 GPUs.", (1,), "partial", missing=("12 gpus",))], "s", [])
    unsupported = blocks.answer([Block("claim", "It cures.", (), "unsupported")], "s", [])
    assert "partly supported" in partial
    assert ">12 GPUs</u>" in partial
    assert "not supported" in unsupported
    assert ">It cures.</u>" in unsupported
    fine = blocks.answer([Block("claim", "Fine.", (1,))], "s", [])
    assert "<u" not in fine
    assert "supported" not in fine, "a mark stands only where something is wrong"


def test_a_summary_is_called_one() -> None:
    paper = Paper("T", "My words.", kind="summary")
    body = sources.source([Citation(1, "x", "T", "My words.", start=0, end=9, kind="summary")], paper, "s")
    assert ">summary</span>" in body
    assert "<h4>Summary</h4>" in body


def test_an_answer_from_before_blocks_keeps_its_lines() -> None:
    values = (Sentence("Two fit."), Sentence("A does."), Sentence("B does.", (1,)))

    def paragraphs(text: str) -> int:
        return blocks.answer(blocks_of(Answer("q", text, sentences=values)), "s", []).count("<p>")

    assert paragraphs("Two fit.\n- A does.\n- B does. [1]") == 3
    assert paragraphs("Two fit.\nA does. B does [1].") == 2
    assert paragraphs("Two fit. A does [2, 3]. B does [1].") == 1
    assert "<p>Just words.</p>" in re.sub("</?span[^>]*>", "", blocks.answer(
        blocks_of(Answer("q", "Just words.\nAnd more.")), "s", []))


def drawn(question: str) -> str:
    answer = made(question, [PAPERS[0], *MORE, PAPERS[1]])
    assert answer is not None
    body = blocks.answer(answer.blocks, "s", answer.citations, answer.form, lambda i: f"paper?id={len(i)}")
    safe(body)
    return body


def test_a_list_has_a_row_for_each_paper_that_leads_to_its_page() -> None:
    body = drawn("list")
    assert body.count("<li>") == 7
    assert re.search(r'<a class="la-paperlink" href="paper\?id=\d+"[^>]*>Lanternfish', body)
    assert '<p class="la-gap">' in body


def test_a_table_is_a_table_with_its_columns_and_its_empty_cells() -> None:
    body = drawn("table")
    assert body.count("<tr>") == 9
    assert body.count('<th scope="row">') == 8
    assert '<th scope="col">Year and &lt;b&gt;β&lt;/b&gt;</th>' in body
    assert body.count('<td class="la-none">–</td>') == 10
    assert body.index('class="la-scroll"') < body.index("<table")


def test_sides_stand_beside_each_other_each_with_its_own_papers() -> None:
    left, right = drawn("compare").split('<div class="la-side">')[1:]
    assert "Sparse attention" in left
    assert "Lanternfish" in left
    assert "Kestrel" in right
    assert "Lanternfish" not in right


def test_a_value_stands_first_and_a_long_sentence_does_not() -> None:
    assert '<p class="la-value"><span class="la-s">9% to 19% absolute' in drawn("value")
    assert "la-value" not in blocks.answer([Block("claim", "word " * 40)], "s", [], "value")
    assert "la-value" not in blocks.answer([Block("claim", "9%")], "s", [])


@pytest.mark.parametrize(("confidence", "words"), [
    (0.62, "About 60\u00a0% sure"), (0.03, "About 10\u00a0% sure"), (0.79, "About 80\u00a0% sure"), (0.8, ""),
    (None, ""),
])  # fmt: skip
def test_how_sure_it_is_is_said_only_where_it_is_not(confidence: float | None, words: str) -> None:
    body = blocks.confidence(Answer("q", "x", confidence=confidence))
    assert safe(body).text.removeprefix("◔ ") == words
    assert blocks.confidence(Answer("q", "x", True, decision="declined", confidence=confidence)) == ""


def test_the_foot_says_how_the_sentences_were_checked() -> None:
    citation = (cited(1, PAPERS[0], "This helps end-to-end systems."),)

    def foot(**more: object) -> str:
        return safe(markup.footnote(Answer("q", "x", citations=citation, **more))).text  # type: ignore[arg-type]

    assert foot().startswith("Quoted word for word · by the built-in reader")
    assert foot(backend="openai:x").startswith("Numbers and names checked, read for meaning · by openai:x")
    unread = (Finding("not_read", "", ""),)
    assert foot(backend="openai:x", findings=unread).startswith("Numbers and names checked, not read for meaning")
    assert foot(form="library").startswith("From your library's records")
    assert markup.findings(unread) == ""


def test_a_paper_of_a_shortlist_shows_its_best_words_and_their_page() -> None:
    near = Related("x", "T", "one", (Quote("one", "page", 7), *map(Quote, ("two", "two", "three", "four"))))
    shown = safe(blocks.choice(near, None, "")).text
    assert "“one” page 7“two”“three”" in shown
    assert "four" not in shown
    assert "“only”" in safe(blocks.choice(Related("x", "T", "only"), None, "")).text


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
    body = sources.source([cited(1, PAPERS[1], HOSTILE)], PAPERS[1], "s1")
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
    assert "By the built-in reader, in place of a draft by small" in safe(markup.footnote(replaced)).text
