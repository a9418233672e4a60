"""How many processes there are to be: as was asked, or one a core."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
"""What a container may use: microseconds of CPU, or `max`, in so many microseconds."""


def cores() -> int:
    """Return how many cores this process may keep busy, a part of one counting as none."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        allowed = os.cpu_count() or 1
    try:
        text = _QUOTA.read_text(encoding="ascii")
    except OSError:
        text = ""
    return max(1, min(allowed, within(text, allowed)))


def within(quota: str, most: int) -> int:
    """Return the whole cores that a quota allows, as the kernel writes it; `most` if it sets none.

    >>> within("150000 100000", 8), within("max 100000", 8), within("", 8)
    (1, 8, 8)
    """
    used, _, period = quota.strip().partition(" ")
    if not (used.isdigit() and period.isdigit() and int(period)):
        return most
    return int(used) // int(period)
