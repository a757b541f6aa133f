"""How papers come in: files handed over, identifiers looked up, abstracts that are missing."""

from __future__ import annotations

import resources
import streamlit as st

ASKED = "arXiv, PubMed, Crossref and OpenAlex"


def adding(empty: bool, without: list[str]) -> None:
    """Where files are handed in and identifiers looked up."""
    with st.expander("Add papers", expanded=empty, icon=":material/upload_file:"):
        files, look_up = st.tabs(["From files", "By DOI, arXiv id or PMID"])
        with files:
            upload(empty)
        with look_up:
            identifiers()
            if without:
                st.divider()
                missing(without)


def upload(empty: bool) -> None:
    """Where files are handed in."""
    version = st.session_state.setdefault("upload", 0)
    files = st.file_uploader(
        "Reference exports (BibTeX, RIS, PubMed, CSL-JSON, CSV …), saved listing pages, PDFs, or a zip of them",
        accept_multiple_files=True, key=f"files-{version}",
    )
    password = ""
    if any(f.name.lower().endswith((".pdf", ".zip")) for f in files or ()):
        password = st.text_input("Password, if a PDF or zip file is locked", type="password", key=f"password-{version}")
    busy = resources.desk().busy is not None
    with st.container(horizontal=True):
        st.button("Add to the library", type="primary", disabled=busy or not files, key="add", on_click=add,
                  args=(version, password))
        if empty:
            st.button("Try the built-in sample", key="sample", on_click=resources.read_sample, disabled=busy)
    st.caption("A whole folder is quicker from a terminal: `litassist ingest FOLDER`. This page sees what it adds.")


def add(version: int, password: str) -> None:
    """Start reading the files that were handed in, and put the place for them back as it was."""
    if files := st.session_state.get(f"files-{version}"):
        resources.read_files([(f.name, f.getvalue()) for f in files], password)
        st.session_state.upload = version + 1


def identifiers() -> None:
    """Where identifiers are pasted."""
    version = st.session_state.setdefault("pasted", 0)
    with st.form(f"look-up-{version}", border=False):
        st.text_area("DOIs, arXiv ids or PMIDs, or links to them", key=f"identifiers-{version}", height=96,
                     placeholder="10.1145/1571941.1572114, arXiv:2004.04906, pmid:31452104")
        st.caption(f"They are asked for at {ASKED}, and nowhere else. Nothing is ever asked there unless you do this.")
        st.form_submit_button("Look up", type="primary", disabled=resources.desk().busy is not None,
                              on_click=look_up, args=(version,))


def look_up(version: int) -> None:
    """Start looking up what was pasted, and put the place for it back as it was."""
    given = st.session_state.get(f"identifiers-{version}") or ""
    if given.strip():
        resources.look_up(given)
        st.session_state.pasted = version + 1


def missing(without: list[str]) -> None:
    """The offer to look up abstracts that papers lack."""
    count = f"{len(without):,} {'paper has' if len(without) == 1 else 'papers have'}"
    st.html(f'<p class="la-note">{count} no abstract: found by title only, never quoted.</p>')
    st.button("Look up the missing abstracts", key="look-up-missing", icon=":material/travel_explore:",
              on_click=resources.look_up_abstracts, args=(without,), disabled=resources.desk().busy is not None,
              help=f"Their identifiers, or titles where they have none, are sent to {ASKED}.")
