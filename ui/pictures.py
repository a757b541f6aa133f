"""Pages of PDFs as they are printed, with the words of a quote marked."""

from __future__ import annotations

from collections.abc import Sequence

import resources
import streamlit as st
from markup import esc, shortened

from assistant import Citation, Paper, ReadError, UsageError
from assistant.errors import PictureLocked

WIDTH = 1_240


@st.cache_data(show_spinner="Drawing the page …", max_entries=40)
def _drawn(
    home: str, generation: int, paper_id: str, page: int, start: int | None, end: int | None, password: str | None,
    around: bool = False,
) -> tuple[bytes, bool]:
    picture = resources.assistant().page_picture(
        paper_id, page, start=start, end=end, width=WIDTH, password=password, around=around
    )
    return bytes(picture), bool(picture.boxes)


def page(paper_id: str, title: str, number: int, start: int | None = None, end: int | None = None) -> None:
    """The picture of a page with what stands from `start` to `end` of its text boxed, or why there is none."""
    opened = resources.assistant()
    kept = f"kept-password-of-{paper_id}"  # a field's own state goes with the field
    password = st.session_state.get(kept)
    asked = (str(opened.settings.folder), opened.generation, paper_id, number, start, end, password)
    try:
        picture, boxed = _drawn(*asked)
        near = _drawn(*asked, around=True)[0] if boxed else None
    except (ReadError, UsageError) as error:
        st.html(f'<p class="la-note" role="status">{esc(error)}</p>')
        if isinstance(error, PictureLocked):
            typed = st.text_input("Password of the PDF", type="password", key=f"password-of-{paper_id}")
            if typed and typed != password:
                st.session_state[kept] = typed
                page(paper_id, title, number, start, end)  # a rerun would close the dialog that this may stand in
        return
    if near is not None:
        # A whole page is too small to read on a phone, and too high for most windows.
        st.image(near, width="stretch", output_format="PNG", alt=f"Around the quoted words on page {number}")
        st.html(f'<p class="la-note">The whole of page {number}:</p>')
    said = ", the quoted words boxed" if boxed else ""
    st.image(picture, width="stretch", output_format="PNG", alt=f"Page {number} of “{title}”{said}")
    if start is not None and not boxed:
        st.html('<p class="la-note">The quoted words were not found on the picture of this page.</p>')


@st.dialog("The page", width="large")
def _dialog(citation: Citation) -> None:
    st.html(f'<p class="la-note">Page {citation.page} of {esc(citation.title)}: '
            f"“{esc(shortened(citation.quote, 300))}”</p>")
    page(citation.paper_id, citation.title, citation.page or 1, citation.start, citation.end)


def buttons(citations: Sequence[Citation], paper: Paper | None, prefix: str) -> None:
    """A button for each quote from a page of a PDF, which shows that page; none for other quotes."""
    quoted = [c for c in citations if c.field == "page" and c.page and paper and paper.file]
    if not quoted:
        return
    with st.container(horizontal=True, gap="small"):
        for c in quoted:
            st.button(f"{c.n}: see page {c.page}", key=f"page-{prefix}-{c.n}", icon=":material/description:",
                      type="tertiary", on_click=_dialog, args=(c,))
