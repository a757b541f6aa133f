"""The page in a real browser that reaches the loopback only: streaming, sources, hostile text, no call home."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from browsers import CHROMIUM, ask, chromium, free_port, hosts, served, table_at

if not CHROMIUM:
    pytest.skip("no Chromium on this machine (or set LITASSIST_CHROMIUM)", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect

STANDIN = Path(__file__).with_name("standin.py")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    yield from chromium()


@pytest.fixture
def tab(browser: object) -> Iterator[tuple[object, list[str]]]:
    """A fresh tab, and every address it asked for."""
    asked: list[str] = []
    context = browser.new_context(viewport={"width": 1100, "height": 850})  # type: ignore[attr-defined]
    context.on("request", lambda r: asked.append(r.url))
    page = context.new_page()
    page.on("websocket", lambda w: asked.append(w.url))
    page.set_default_timeout(20_000)
    yield page, asked
    context.close()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over a real library of some of the built-in papers."""
    from assistant import open_assistant, sample

    folder = tmp_path_factory.mktemp("real")
    with open_assistant(folder / "home") as assistant:
        assistant.ingest_papers([p for p in sample.papers() if "Retrieval" in p.title][:2])
    port = free_port()
    home = str(folder / "home")
    command = [sys.executable, "-m", "assistant.cli", "--home", home, "ui", "--no-browser", "--port", str(port)]
    with served(command, port, folder) as address:
        yield address


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over a scripted assistant."""
    port = free_port()
    with served([sys.executable, str(STANDIN), str(port)], port, tmp_path_factory.mktemp("scripted")) as address:
        yield address


def test_ask_and_follow_a_number_to_the_quote_in_its_abstract(real: str, tab: tuple) -> None:
    page, asked = tab
    page.goto(real)
    page.get_by_text("Ask your papers").first.wait_for()
    ask(page, "How much does dense passage retrieval improve top-20 retrieval accuracy over BM25?")
    page.get_by_text("Retry").first.wait_for()
    number = page.locator("a.la-cite").first
    mark = page.locator(number.get_attribute("href"))
    assert not mark.is_visible()
    number.click()
    expect(mark).to_be_in_viewport()
    quote = mark.evaluate("m => m.firstChild.textContent")
    assert quote in page.locator("details[open] .la-text").inner_text()
    assert len(page.locator("details[open] .la-text").inner_text()) > len(quote) + 100
    assert page.locator("details[open] .la-link").first.get_attribute("rel") == "noopener noreferrer"
    assert page.locator(".la-kind").first.inner_text() == "summary"
    # a reload brings the stored conversation back
    page.reload()
    page.locator("a.la-cite").first.wait_for()
    for name in ("library", "models"):
        page.goto(f"{real}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
    assert hosts(asked) == {"127.0.0.1"}


def test_sentences_stream_and_stop_keeps_what_was_written(scripted: str, tab: tuple) -> None:
    page, asked = tab
    page.goto(scripted)
    page.get_by_text("Ask your papers").first.wait_for()
    ask(page, "slow claim hostile")
    page.get_by_text("outperforms BM25 by 9% to 19%").first.wait_for()
    assert page.get_by_text("It cures every disease").count() == 0
    page.locator(".stMain").get_by_role("button", name="Stop").click()
    page.get_by_text("You stopped this answer").wait_for()
    assert page.get_by_text("outperforms BM25 by 9% to 19%").first.is_visible()
    assert page.get_by_text("It cures every disease").count() == 0
    assert hosts(asked) == {"127.0.0.1"}


def test_a_hostile_paper_is_text_and_nothing_else(scripted: str, tab: tuple) -> None:
    page, asked = tab
    alerts: list[str] = []
    page.on("dialog", lambda d: (alerts.append(d.message), d.dismiss()))
    page.goto(scripted)
    label = page.get_by_role("button", name="What about")
    assert label.inner_text().replace("\u2060", "") == "What about $x^2$ and :smile:?"
    ask(page, "hostile :smile: $x$ ![i](http://evil.example/q.png) <b>claim</b>")
    page.get_by_text("Retry").first.wait_for()
    answer = page.locator(".la-answer").inner_text()
    assert '<img src="http://evil.example/x.png" onerror="alert(1)">' in answer
    assert "costs $5 :smile: [1] **bold**" in answer
    page.locator("a.la-cite").nth(2).click()
    page.get_by_role("button", name="Copy").click()
    page.get_by_test_id("stCode").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Limit").click()
    page.get_by_role("combobox", name="Papers").click()
    page.get_by_role("option").filter(has_text="$\\alpha$").wait_for()
    assert page.locator(".katex").count() == 0
    page.goto(f"{scripted}/library")
    page.get_by_test_id("stDataFrame").wait_for()
    page.goto(f"{scripted}/paper?id={hostile_id()}")
    page.get_by_text("Η μέθοδος").wait_for()
    for here in page.locator(".stMain a[href^='http']").all():
        assert "evil" not in here.get_attribute("href")
    assert page.locator(".stMain img").count() == 0
    assert page.locator(".katex").count() == 0
    assert alerts == []
    assert hosts(asked) == {"127.0.0.1"}


def hostile_id() -> str:
    from urllib.parse import quote

    from standin import PAPERS

    return quote(PAPERS[1].id)


def test_papers_are_chosen_in_the_table_and_removed_after_confirmation(scripted: str, tab: tuple) -> None:
    page, _ = tab
    page.set_viewport_size({"width": 1100, "height": 640})
    page.goto(f"{scripted}/library")
    box = table_at(page)
    page.mouse.click(box["x"] + 16, box["y"] + 36 + 35 * 2 + 16)  # the third row's tick box
    remove = page.get_by_role("button", name="Remove")
    expect(remove).to_be_in_viewport()
    assert table_at(page) == box, "it does not move under the hand that ticks"
    remove.click()
    page.get_by_text("Remove from the library?").wait_for()
    page.get_by_test_id("stDialog").get_by_role("button", name="Remove").click()
    page.get_by_text("1 paper removed").wait_for()
    page.get_by_text("2 papers").first.wait_for()


def test_a_row_shows_its_paper_and_many_are_marked_and_unmarked(scripted: str, tab: tuple) -> None:
    page, asked = tab
    page.goto(f"{scripted}/library")
    box = table_at(page)
    page.mouse.click(box["x"] + 150, box["y"] + 36 + 16)  # the first row's title
    page.locator(".la-card").get_by_text("We show that retrieval").wait_for()
    expect(page.locator(".la-card")).to_be_in_viewport()
    page.get_by_text("Take all of them").click()
    page.get_by_role("button", name="Mark read").click()
    page.get_by_text("marked as read").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("as before").wait_for()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.locator(".st-key-clicked").get_by_role("button", name="Open").click()
    page.get_by_role("heading", level=1, name="Dense Passage Retrieval").wait_for()
    page.get_by_text("Read", exact=True).first.wait_for()
    assert hosts(asked) == {"127.0.0.1"}


def test_papers_and_answers_are_saved_in_a_format_of_choice(scripted: str, tab: tuple) -> None:
    page, _ = tab

    def saved(where: object, label: str) -> str:
        if label:
            page.get_by_text(label, exact=True).last.click()
            expect(page.locator("[data-stale=true]")).to_have_count(0)
            page.wait_for_timeout(500)
        for _ in range(4):
            # A button of the page's last state hands nothing over; on a busy machine the next takes its time.
            with suppress(playwright.TimeoutError), page.expect_download(timeout=8_000) as download:
                where.get_by_test_id("stDownloadButton").get_by_role("button").click()  # type: ignore[attr-defined]
            if download.is_done():
                file = download.value
                return f"{file.suggested_filename}\n{Path(file.path()).read_text(encoding='utf-8')}"
        raise AssertionError(f"nothing was saved as {label}")

    page.goto(f"{scripted}/library")
    page.get_by_text("Take all of them").click()
    page.get_by_role("button", name="Export").click()
    popover = page.get_by_test_id("stPopoverBody")
    for label, words in (("", "@"), ("RIS", "TY  - "), ("Table (CSV)", "Title,"), ("References, APA", "Karpukhin")):
        assert words in saved(popover, label), label
    page.goto(scripted)
    ask(page, "How much does DPR gain?")
    page.get_by_text("Retry").first.wait_for()
    page.get_by_role("button", name="Save").click()
    assert "outperforms BM25" in saved(popover, "")
    assert saved(popover, "BibTeX").startswith("cited-")


def test_the_keyboard_leads_from_a_number_to_its_quote(scripted: str, tab: tuple) -> None:
    page, _ = tab
    page.goto(scripted)
    ask(page, "How much does DPR gain?")
    page.get_by_text("Retry").first.wait_for()
    number = page.locator("a.la-cite").first
    number.focus()
    assert number.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", "where the focus is can be seen"
    page.keyboard.press("Enter")
    expect(page.locator("details[open] mark").first).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_written_can_be_read(scripted: str, browser: object, scheme: str) -> None:
    """Every word has a contrast of 4.5 to 1 to what is behind it (WCAG 1.4.3); icons need 3."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme=scheme)  # type: ignore[attr-defined]
    page = context.new_page()
    page.set_default_timeout(20_000)
    faint: dict[str, float] = {}
    for name in ("library", "models", "paper?id=arxiv%3A2004.04906", ""):
        page.goto(f"{scripted}/{name}")
        page.locator(".stMain h1").first.wait_for()
        page.wait_for_timeout(500)
        if name == "library":
            page.get_by_text("Take all of them").click()
            page.get_by_role("button", name="Mark read").wait_for()
        for words in () if name else ("claim hostile finding", "prose unsure", "table", "which of them?"):
            ask(page, words)
            page.locator(".la-writing").wait_for(state="detached")
            page.locator(".la-question").filter(has_text=words).wait_for()
            page.get_by_text("Retry").first.wait_for()
        # What is being drawn anew is paler for a moment.
        expect(page.locator("[data-stale=true]")).to_have_count(0)
        page.wait_for_timeout(800)
        faint |= page.evaluate(FAINT)
    context.close()
    assert faint == {}


FAINT = """() => {
  const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number), k = text.startsWith("color(") ? 255 : 1;
                         return [n[0] * k, n[1] * k, n[2] * k, n[3] ?? 1]; };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                       return .2126 * r + .7152 * g + .0722 * b; };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const found = {}, words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const text = words.currentNode.textContent.trim(), own = words.currentNode.parentElement;
    const style = getComputedStyle(own), box = own.getBoundingClientRect();
    if (!text || !box.width || style.visibility != "visible" || ["STYLE", "SCRIPT"].includes(own.tagName)) continue;
    if (own.closest(":disabled") || own.closest("header")) continue;
    let seen = 1, behind = [];
    for (let e = own; e; e = e.parentElement) {
      seen *= +getComputedStyle(e).opacity;
      const back = rgba(getComputedStyle(e).backgroundColor);
      if (back[3] > 0 && (!behind.length || behind.at(-1)[3] < 1)) behind.push(back);
    }
    const ground = behind.reverse().reduce((under, back) => over(back, under), [255, 255, 255, 1]);
    const ink = rgba(style.color), a = light(over([...ink.slice(0, 3), ink[3] * seen], ground)), b = light(ground);
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const icon = getComputedStyle(own).fontFamily.includes("Material");
    if (seen > .05 && contrast < (icon ? 3 : 4.5)) found[text.slice(0, 40)] = +contrast.toFixed(2);
  }
  return found;
}"""


def test_the_page_fits_a_phone(scripted: str, browser: object) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(scripted)
    for words in ("hostile claim", "compare", "list", "which of them?"):
        ask(page, words)
        page.locator(".la-question").filter(has_text=words).wait_for()
        page.get_by_text("Retry").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.evaluate("[...document.querySelectorAll('.stMain .stHtml *')].filter(e => e.scrollWidth > 390).length")
    assert wide == 0
    ask(page, "table")
    page.locator(".la-cells tbody tr").nth(7).wait_for()
    last = page.locator(".la-scroll").last
    box = last.evaluate("e => [e.scrollWidth > e.clientWidth, e.getBoundingClientRect().right]")
    assert box[0], "a table scrolls in a box of its own"
    assert box[1] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("library", "models", f"paper?id={hostile_id()}"):
        page.goto(f"{scripted}/{name}")
        page.locator(".stMain h1").first.wait_for()
        page.wait_for_timeout(400)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        rights = "[...document.querySelectorAll('.stMain button')].map(b => b.getBoundingClientRect().right)"
        assert max(page.evaluate(rights), default=0) <= 391, f"a button of {name} is off the screen"
    context.close()
