"""What this machine lets a process use."""

from __future__ import annotations

import os


def cores() -> int:
    """The cores that this process may use, one at least."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
