"""Model: who writes the answers, chosen and checked."""

from __future__ import annotations

import os

import components
import resources
import state
import streamlit as st
from markup import esc, plain

from assistant import LitassistError

OTHER = "another"
EXAMPLES = "openai:gpt-…, anthropic:claude-…, ollama:…, openai-compatible:MODEL@http://…/v1, gguf:/path/model.gguf"
EFFORTS = {
    "auto": ("As needed", "Quick for a plain question, thorough where several papers have to be read."),
    "fast": ("Fast", "One reading: the passages found go to the model, and it writes."),
    "thorough": ("Thorough", "It plans, reads each paper by itself, writes and checks: better, slower, more tokens."),
}
KEYS = {
    "OPENAI_API_KEY": "openai:…",
    "ANTHROPIC_API_KEY": "anthropic:…",
    "LITASSIST_API_KEY": "openai-compatible:…@URL, where the server asks for a key",
}


def label(spec: str) -> str:
    """A choice in words."""
    if spec == "extractive":
        return "Built-in reader: answers in the papers' own sentences; nothing leaves this machine"
    if spec == OTHER:
        return "Another, by name"
    return plain(spec)


def take_effort() -> None:
    """Make the effort picked the one in use; a second click on it picks nothing and changes nothing."""
    st.session_state.effort = st.session_state["effort-choice"] or state.effort()


def effort() -> None:
    """How much work a language model puts into an answer; kept for this visit, like the model."""
    st.session_state["effort-choice"] = state.effort()
    st.segmented_control("Effort of a language model", list(EFFORTS), key="effort-choice", on_change=take_effort,
                         format_func=lambda e: EFFORTS[e][0])
    st.caption(EFFORTS[state.effort()][1])


def main() -> None:
    """The whole page."""
    st.title("Model")
    st.html("<p>Whoever writes, every sentence is checked against its source before it is shown. A language model "
            "writes more fluently; it is given the question and the passages found, so with a provider those leave "
            "this machine.</p>")
    with st.spinner("Looking for model servers on this machine …"):
        found = resources.local_servers()
    settings = resources.assistant().settings.backend
    choices = list(dict.fromkeys(["extractive", settings, *found]))
    now = state.backend()
    picked = st.radio("Answers are written by", [*choices, OTHER], format_func=label,
                      index=choices.index(now) if now in choices else len(choices))
    spec = picked
    if picked == OTHER:
        spec = st.text_input("Name", value="" if now in choices else now, placeholder=EXAMPLES).strip()
    effort()
    if not found:
        st.caption("No Ollama or LM Studio server runs on this machine now. Start one and it is offered here.")
    with st.container(horizontal=True):
        use = st.button("Use it", type="primary", disabled=not spec, key="use")
        check = st.button("Check it only", disabled=not spec, key="check")
        if st.button("Look again", type="tertiary", key="look"):
            resources.local_servers.clear()
            st.rerun()
    if use or check:
        try:
            with st.spinner("Asking for a word …"):
                line = resources.assistant().check_backend(spec)
        except LitassistError as error:
            components.error(str(error))
            if use:
                st.caption(plain(f"Nothing was changed: answers are written by {state.backend_name()}."))
        else:
            if use:
                st.session_state.backend = spec
            more = " Answers are written by it from now on." if use else ""
            st.success(plain(line + more), icon=":material/check:")
    elif now != "extractive":
        st.caption(plain(f"Now: {now}. To keep it for the next start, set LITASSIST_BACKEND={now}"))
    st.subheader("Keys")
    rows = "".join(
        f"<tr><td><code>{name}</code></td><td>{esc(use_for)}</td>"
        f"<td>{'✓ set' if os.environ.get(name) else '○ not set'}</td></tr>"
        for name, use_for in KEYS.items()
    )
    st.html(f'<table class="la-table la-keys"><tr><th>Variable</th><th>For</th><th></th></tr>{rows}</table>'
            '<p class="la-note">Keys are read from the environment (or a <code>.env</code> file where the program was '
            "started) and never stored or shown.</p>")


main()
