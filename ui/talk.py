"""A turn of a conversation: the question, the answer with its sources, and what can be done with it."""

from __future__ import annotations

import blocks
import markup
import pictures
import resources
import sources
import state
import streamlit as st
from components import FORMATS, TICK, elapsed, error, paper_url
from markup import esc, plain
from work import Asking

from assistant import Answer, Citation, Turn
from assistant.papers.formats import suffix_of
from assistant.shapes import SHORTLISTED, blocks_of

ANSWER = "Answer with quotes (Markdown)"


def question(text: str, turn_id: int) -> None:
    """What the reader asked."""
    with st.chat_message("user", avatar=":material/person:"):
        st.html(f'<p class="la-question" id="q{turn_id}">{esc(text)}</p>')


def asked_of(turn_id: int) -> None:
    """A line naming the one paper that a turn was asked of, if it was."""
    if paper := resources.present([state.only(turn_id)]).get(state.only(turn_id)) if state.only(turn_id) else None:
        st.html(f'<p class="la-note">Only in “{esc(markup.shortened(paper.title, 120))}”</p>')


def cited(citations: tuple[Citation, ...], prefix: str, *, pages: bool = False) -> None:
    """The cited papers, each closed until a number is clicked; with `pages`, buttons that show quoted pages."""
    for group in sources.by_paper(citations):
        paper_id = group[0].paper_id
        paper = resources.whole(paper_id)
        st.html(sources.source(group, paper, prefix, paper_url(paper_id)))
        if pages:
            pictures.buttons(group, paper, prefix)


def answer(value: Answer, turn_id: int) -> None:
    """An answer with everything that belongs to it."""
    prefix = f"s{turn_id}"
    if value.decision == "shortlist":
        shortlist(value, turn_id)
    elif value.abstained:
        st.html(blocks.abstention(value))
    elif said := blocks_of(value):
        sure = blocks.confidence(value)
        st.html(sure + blocks.answer(said, prefix, value.citations, value.form, paper_url))
    if value.missing and not value.abstained:
        st.html(f'<p class="la-note">Not found in your library: {esc("; ".join(value.missing))}</p>')
    if value.error:
        error(value.error + (" What was written is kept." if value.sentences or value.blocks else ""))
    if notes := markup.findings(value.findings):
        st.html(notes)
    if value.citations:
        with st.container(gap=None):
            cited(value.citations, prefix, pages=True)
    if value.related and value.decision != "shortlist":
        st.html(blocks.related(value.related, resources.present(r.paper_id for r in value.related).get, paper_url))


def shortlist(value: Answer, turn_id: int) -> None:
    """Papers to choose among, each with its best words, and the question asked of it alone by a click."""
    st.html(blocks.shortlist(value))
    there = resources.present(r.paper_id for r in value.related)
    for number, one in enumerate(value.related[:SHORTLISTED]):
        with st.container(border=True, gap="small"):
            st.html(blocks.choice(one, there.get(one.paper_id), paper_url(one.paper_id)))
            st.button("Ask about this one", key=f"only-{turn_id}-{number}", icon=":material/subdirectory_arrow_right:",
                      on_click=state.ask_about, args=(turn_id, value.question, one.paper_id),
                      disabled=one.paper_id not in there)


def actions(turn_id: int, asked: str, value: Answer | None, past: list[Turn], last: bool) -> None:
    """What can be done with a finished turn: copy it, save it, write it again; and one line on how it was made."""
    if value and (value.sentences or value.answer):
        st.html(markup.footnote(value))
    with st.container(horizontal=True, gap="small"):
        if value and (value.sentences or value.answer):
            with st.popover("Copy", icon=":material/content_copy:", type="tertiary"):
                st.caption("With references, as plain text. The button at the top right of the text copies it.")
                cited = resources.present(c.paper_id for c in value.citations)
                st.code(markup.with_references(value, cited.get), language=None, wrap_lines=True)
            save(turn_id, value, past)
        if last:
            st.button("Retry", key=f"retry-{turn_id}", icon=":material/refresh:", type="tertiary",
                      on_click=state.retry, args=(turn_id, asked))


def save(turn_id: int, value: Answer, past: list[Turn]) -> None:
    """The answer as a file that `litassist replay` asks again, or the papers it cites in a format of one's choice."""
    opened, filters = resources.assistant(), state.asked_with(turn_id)
    with st.popover("Save", icon=":material/download:", type="tertiary"):
        kinds = [ANSWER, *FORMATS] if value.citations else [ANSWER]
        picked = st.radio("The answer, or the papers it cites", kinds, key=f"save-as-{turn_id}")
        style = FORMATS.get(picked, "markdown")
        st.download_button(
            "Save", lambda: opened.answer_file(value, history=past, filters=filters) if picked == ANSWER
            else opened.export(style, value),
            f"{'answer' if picked == ANSWER else 'cited'}-{turn_id}{suffix_of(style)}", "text/plain",
            key=f"save-{turn_id}", on_click="ignore",
        )  # fmt: skip
        if picked == ANSWER:
            st.caption("With quotes, references and what it was made with: `litassist replay FILE` asks it again.")


@st.fragment(run_every=TICK)
def writing(job: Asking) -> None:
    """The answer as far as it is written; looks again until it is whole, then draws the page anew."""
    if job.wait(TICK / 2):
        st.rerun()
    prefix, citations = f"s{job.turn_id}", job.citations
    if job.replaced:
        st.html(f'<p class="la-note">{esc(job.replaced)}</p>')
    if job.blocks:
        st.html(blocks.answer(job.blocks, prefix, citations, page_url=paper_url))
    found = f"{job.hits} {'paper' if job.hits == 1 else 'papers'} found, " if job.hits and not job.blocks else ""
    doing = esc(job.doing or "writing")
    # The seconds stand apart: who listens to the page is not to be told of each.
    st.html(f'<p class="la-writing"><span role="status">{found}{doing} …</span>'
            f'<span aria-hidden="true">{elapsed(job.seconds)}</span></p>')
    with st.container(gap=None):
        cited(citations, prefix)
    st.button("Stop", key=f"stop-{job.turn_id}", icon=":material/stop_circle:", on_click=job.stop)


def follow_ups(value: Answer, asked: list[str]) -> None:
    """Two or three questions that lead on from an answer, each asked by a click."""
    if value.decision == "shortlist":
        return
    first = value.citations[0].paper_id if value.citations else ""
    like = [hit.title for hit in resources.related(first, 3)] if first in resources.present([first]) else []
    with st.container(gap="small"):
        for number, text in enumerate(markup.follow_ups(value, like, asked)):
            st.button(plain(markup.in_short(text, 110)), key=f"next-{number}", type="tertiary",
                      icon=":material/subdirectory_arrow_right:", on_click=state.ask, args=(text,))
