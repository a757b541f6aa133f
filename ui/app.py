"""The page: navigation, and one place where what goes wrong becomes one plain line.

Start it with `litassist ui` (or `streamlit run ui/app.py` in a checkout).
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

import components  # noqa: E402
import streamlit as st  # noqa: E402
from work import UNEXPECTED  # noqa: E402

from assistant import LitassistError  # noqa: E402

st.set_page_config(
    # An emoji is drawn in place; an icon's name, which the pages have, would be fetched from the web.
    page_title="Literature Assistant", page_icon="📖", layout="centered",
    menu_items={"Get help": None, "Report a bug": None, "About": "Each sentence points at the exact words of a paper."},
)
components.style()
# Their folder is not called "pages": Streamlit would run a file in there by itself when its address is
# the first one visited, without this file around it.
page = st.navigation([
    st.Page("views/chat.py", title="Ask", icon=":material/forum:", default=True),
    st.Page("views/library.py", title="Library", icon=":material/library_books:"),
    st.Page("views/models.py", title="Model", icon=":material/tune:"),
    st.Page("views/paper.py", title="Paper", url_path="paper", visibility="hidden"),
])
st.set_page_config(page_title=f"{page.title} · Literature Assistant")
if failure := st.session_state.pop("failure", None):
    components.error(failure)
try:
    page.run()
except LitassistError as error:
    components.error(str(error))
except Exception:  # a traceback is for the terminal, a sentence for the reader
    logging.getLogger("litassist.ui").exception("the page failed")
    components.error(UNEXPECTED)
