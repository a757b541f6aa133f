"""The pieces that the pages draw: a turn, its sources, a running answer, work in progress, messages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import markup
import resources
import state
import streamlit as st
from markup import esc, plain

from assistant import IngestReport, Paper
from assistant.papers import Rejected

if TYPE_CHECKING:
    from assistant.retrieval.lookalikes import Lookalike

TICK = 0.4
"""Seconds between two looks at an answer being written."""
SHOWN_LINES = 200
FORMATS = {"BibTeX": "bibtex", "RIS": "ris", "CSL-JSON": "csl-json", "Markdown": "markdown", "References, APA": "apa",
           "References, IEEE": "ieee", "References, Nature": "nature"}
STAGES = {"waiting": "Waiting until what was begun before is read",
          "read": "Reading", "looked up": "Asking the services; papers so far",
          "stored": "Storing", "vectors": "Working out meanings", "words": "Indexing words",
          "sentences": "Working out meanings, sentence by sentence", "Chroma": "Filling the vector store"}
"""The stages that the assistant reports, as a reader would call them."""


def style() -> None:
    """The page's own style sheet."""
    st.html(Path(__file__).with_name("style.css"))


def error(text: str) -> None:
    """One plain line that something failed."""
    st.html(f'<p class="la-error" role="alert">{esc(text)}</p>')


def paper_url(paper_id: str) -> str:
    """The address of a paper's page, relative to any page."""
    return f"paper?id={quote(paper_id, safe='')}"


def elapsed(seconds: float) -> str:
    """Seconds as a reader would say them; nothing for the first two."""
    return f" {int(seconds)} s" if seconds >= 2 else ""


def bring_up(anchor: str, block: str = "start") -> None:
    """Scroll to the element of this id: its top to the page's, or just far enough (`nearest`)."""
    # More than once, since the page grows for a while; never against a hand on the wheel.
    script = """(() => {
      let go = true;
      for (const sign of ["wheel", "touchstart", "mousedown", "keydown"])
        addEventListener(sign, () => { go = false; }, {once: true, capture: true});
      for (const ms of [150, 500, 1000])
        setTimeout(() => go && document.getElementById("TURN")?.scrollIntoView({block: "BLOCK"}), ms);
    })()""".replace("TURN", anchor).replace("BLOCK", block)
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


# --------------------------------------------------------------------------- reading papers


@st.fragment(run_every=TICK)
def reading() -> None:
    """How far the reading of papers is, this visitor's own if there is one; draws the page anew at its end."""
    watched = st.session_state.get("watched")
    work = watched if watched and not watched.finished else resources.desk().busy
    if work is None:
        st.rerun()
    if watched is None:
        st.session_state.watched = work
    if work.wait(TICK / 2):
        state.seen()
        st.rerun()
    what, done, total = work.progress
    count = work.headway.words() if done else "…"
    so_far = elapsed(work.seconds)
    label = plain(f"{STAGES.get(what, what) or 'Reading'} {count}{f' · running for{so_far}' if so_far else ''}")
    st.progress(min(1.0, done / total) if total else 0.0, text=label)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("You can go on using the page; papers are found by their words as soon as they are read.")
        if state.moved() and st.button("Show those so far", key="show-so-far", type="tertiary"):
            state.seen()
            st.rerun()
        st.button("Stopping …" if work.stopped else "Stop", key="stop-reading", icon=":material/stop_circle:",
                  type="tertiary", on_click=work.stop, disabled=work.stopped, help="What was read until then is kept.")


def report(value: IngestReport) -> None:
    """What a reading of papers did: counts, what was rejected and why, what has no abstract."""
    counts = f"{value.added:,} added, {value.updated:,} updated, {value.unchanged:,} unchanged"
    st.success(plain(f"Read {value.entries:,} entries in {value.seconds:.1f} s: {counts}. "
                     f"Your library holds {value.papers:,} papers."), icon=":material/check:")
    lines_on("Not read", "Why", [r for r in value.rejected if not r.kept], expanded=True)
    lines_on("Read, but look it over", "What", [r for r in value.rejected if r.kept], expanded=False)
    if value.without_abstract:
        items = "".join(f"<li>{esc(t)}</li>" for t in value.without_abstract[:SHOWN_LINES])
        with st.expander(f"Without an abstract: {len(value.without_abstract):,}"):
            st.html('<p class="la-note">These are found by their title only, and no answer can quote them. '
                    f"Add their PDF, or an export that carries abstracts, to change that.</p><ul>{items}</ul>")


def lines_on(name: str, why: str, items: list[Rejected], *, expanded: bool) -> None:
    """What could not be read, or was read and should be looked over, a line each; nothing for none."""
    if not items:
        return
    rows = "".join(
        f"<tr><td>{esc(Path(r.source).name or r.source)}</td><td>{esc(r.where)}</td><td>{esc(r.reason)}</td></tr>"
        for r in items[:SHOWN_LINES]
    )
    left = len(items) - SHOWN_LINES
    more = f'<p class="la-note">and {left:,} more</p>' if left > 0 else ""
    with st.expander(f"{name}: {len(items):,}", expanded=expanded):
        st.html(f'<table class="la-table"><tr><th>File</th><th>Where</th><th>{why}</th></tr>{rows}</table>{more}')


def progress() -> None:
    """Work on the library, or the report of the last, if there is one."""
    watched = st.session_state.get("watched")
    if watched and watched.finished:
        if watched.error:
            error(watched.error)
        elif isinstance(watched.result, str):
            st.info(plain(watched.result))
        else:
            report(watched.result)
        if st.button("Close this report", type="tertiary"):
            st.session_state.watched = None
            st.rerun()
    if resources.desk().busy:
        reading()


# --------------------------------------------------------------------------- the library


def empty_library() -> None:
    """What to do when there is no paper yet."""
    st.html('<div class="la-empty"><h1>Your library is empty</h1><p>Add papers: saved listing pages, reference '
            "exports (CSV, JSONL, BibTeX, RIS) or PDFs. Then ask in plain words, and every sentence of the answer "
            "points at the exact words of a paper.</p></div>")
    with st.container(horizontal=True, horizontal_alignment="center"):
        if st.button("Add papers", type="primary", icon=":material/upload_file:", key="go-add"):
            st.switch_page("views/library.py")
        st.button("Try the built-in sample", key="sample", icon=":material/science:", on_click=resources.read_sample,
                  disabled=resources.desk().busy is not None,
                  help="40 landmark papers, summarised in our own words; they can be removed again.")


@st.fragment(run_every=5)
def watch() -> None:
    """A line that the library was changed by another window or program, as soon as that happens."""
    watched = st.session_state.get("watched")
    if watched and watched.finished and st.session_state.get("watched_seen") is not watched:
        # What this visitor's own reading changed is no news.
        st.session_state.watched_seen = watched
        state.seen()
    if not resources.desk().busy and state.moved():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html('<p class="la-note" role="status">⟳ Your library was changed by another window or program.</p>')
            if st.button("Show it as it is now", type="tertiary", key="show-changed"):
                state.seen()
                st.rerun()


def pairs(values: list[Lookalike], decide: Callable[[tuple[str, str], bool], None]) -> None:
    """Pairs of papers that look like one work, each to be made one or kept apart."""
    held = resources.present(i for pair in values for i in (pair.one, pair.other))
    for number, pair in enumerate(values):
        told = f"titles {pair.title:.0%} alike, abstracts {pair.text:.0%}"
        ids = (pair.one, pair.other)
        both = "".join(
            markup.one_of_two(title, held.get(i), paper_url(i)) for i, title in zip(ids, pair.titles, strict=True)
        )
        st.html(f'<div class="la-near">{both}<span class="la-by">{told}</span></div>')
        with st.container(horizontal=True):
            st.button("They are one", key=f"one-{number}", on_click=decide, args=(ids, True))
            st.button("They are two", key=f"two-{number}", on_click=decide, args=(ids, False))


def paper_table(values: list[Paper]) -> dict[str, list[object]]:
    """The papers as columns of a table, one row a paper; a column that nothing fills is left out."""
    column: Callable[[Callable[[Paper], object]], list[object]] = lambda of: [of(p) for p in values]  # noqa: E731
    texts = resources.texts(p.id for p in values)
    columns = {
        "Title": column(lambda p: p.title),
        # As text: a missing number would show as "None".
        "Year": column(lambda p: str(p.year or "")),
        "Text": column(lambda p: texts.get(p.id, "")),
        "Authors": column(lambda p: ", ".join(p.authors)),
        "Venue": column(lambda p: p.venue or ""),
        "Read": column(lambda p: "✓" if p.read else ""),
        "Tags": column(lambda p: ", ".join(p.tags)),
        "Collections": column(lambda p: ", ".join(p.collections)),
        "From": column(lambda p: ", ".join(p.sources)),
    }
    return {name: cells for name, cells in columns.items() if name == "Title" or any(cells)}


def as_csv(values: list[Paper]) -> str:
    """The table as CSV. A cell that a spreadsheet would run as a formula is made text by an apostrophe."""
    columns = paper_table(values)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        cells = ["" if c is None else str(c) for c in row]
        writer.writerow(["'" + c if c[:1] in ("=", "+", "-", "@", "\t") else c for c in cells])
    return out.getvalue()
