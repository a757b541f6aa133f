"""A worker: a process that answers the questions that come through its pipe, over one library. See `workers`.

    python -m assistant.worker

First it is told its settings, then questions, one after another; nothing instead of a question has it forget what
it keeps in memory. When the pipe is closed it ends.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import traceback
from typing import IO, Any

from .assembly import open_assistant
from .assistant import Assistant
from .errors import LitassistError
from .workers.process import received, sent

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Answers until the pipe is closed."""
    # An interrupt in a terminal goes to the whole group: the process that asks decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints must not come between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        with open_assistant(settings=received(asked), create=False) as assistant:
            assistant.only_read()
            # Workers ask no language model.
            assistant.warm(wait=True, client=False)
            sent(answers, "ready")
            while True:
                _answered(assistant, received(asked), answers)
    except (EOFError, BrokenPipeError):
        return 0
    except LitassistError as error:
        sent(answers, str(error))
    except Exception:  # noqa: BLE001  (logged there, whatever it is)
        sent(answers, traceback.format_exc())
    return 1


def _end_with_parent() -> None:
    """On Linux, have this process killed when the one that asks is: if it hangs then, it would not see its pipe closed.

    Nothing is lost by that, since a worker only reads.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answered(assistant: Assistant, asked: Any, answers: IO[bytes]) -> None:
    if asked is None:
        assistant.forget()
        return
    question, history, filters = asked
    try:
        # Whoever asks keeps answers, and knows what is in the library then.
        for event in assistant.stream(question, history=history, filters=filters, backend="extractive", fresh=True):
            sent(answers, ("event", event))
    except LitassistError as error:
        sent(answers, ("error", (type(error).__name__, str(error))))
    except OSError:
        raise
    except Exception:  # noqa: BLE001  (told, and logged there, whatever it is; the next question may go well)
        sent(answers, ("unexpected", traceback.format_exc()))
    sent(answers, None)


if __name__ == "__main__":
    sys.exit(main())
