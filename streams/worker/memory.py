"""Memory that was freed, given back to the system: a worker runs for months.

The C library keeps what is freed for later, in holes between what is still held, and the more the
larger the pieces were that came and went. On glibc it can be set to keep less; elsewhere nothing
is done here.

Too little is dear: the system clears each page anew that it hands out, and columns of some hundred
kilobytes come and go all the time.
"""

from __future__ import annotations

import ctypes
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
"""Names of mallopt(3)."""

LARGE: Final = 4 << 20
"""Pieces of so many bytes are got from the system and go back there."""
SPARE: Final = 16 << 20
"""Free bytes at the end of the heap that are kept."""


def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None)
        library.malloc_trim.argtypes = [ctypes.c_size_t]
        library.mallopt.argtypes = [ctypes.c_int, ctypes.c_int]
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return None
    return library


def keep_little() -> bool:
    """Have one heap for all threads, and large pieces apart from it; False where that cannot be.

    To be called before threads start. Both thresholds are glibc's own, fixed: left alone, they grow
    with the largest piece ever freed.
    """
    library = _glibc()
    return library is not None and all(
        library.mallopt(name, value)
        for name, value in (
            (_ARENA_MAX, 1),
            (_MMAP_THRESHOLD, LARGE),
            (_TRIM_THRESHOLD, SPARE),
        )
    )


def give_back() -> None:
    """Give every free page of the heap back; takes milliseconds."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)
