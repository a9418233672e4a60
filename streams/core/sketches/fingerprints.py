"""Fingerprints: what is kept of single events, to distinguish many customers from one that repeats.

A fingerprint (a print, for short) has no text and no identity in it, only 32-bit hashes and the
second: enough to see that two events have the same sender, the same words or the same moment. Of
each set the prints with the smallest hashes stay, a random sample that depends on no order
(bottom-k, Cohen and Kaplan 2007): samples of parts merge into the sample of the whole.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from streams import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZE: Final = 20
"""Bytes of a print: hash of the event id, of the customer, two of the words, epoch second."""

MAX_WORDS: Final = 60
"""Words of a text that are looked at,"""
MIN_WORDS: Final = 6
"""and how many it must have: shorter ones are alike by chance."""

MOST_LETTERS: Final = 12 * MAX_WORDS
"""What comes after so many letters is not looked at."""
RUN: Final = 4
"""Words in a row that are hashed together."""
DIGITS: Final = b"0123456789"
"""What is left out."""
LETTERS: Final = bytes(
    ord(chr(c).lower()) if c < 128 and chr(c).isalnum() else c if c > 127 else 32  # noqa: PLR2004
    for c in range(256)
)
"""By byte: the letter that it counts as; what is none is a space."""
_pack: Final = Struct(">IIIII").pack


def fingerprint(text: str) -> tuple[int, int]:
    """Return the smallest and the largest hash of four words in a row; (0, 0) for too few words.

    Case, digits and punctuation do not matter. Of two texts of which a share J of these runs of
    words is common, the smallest hashes agree with chance J (MinHash, Broder 1997), and so do the
    largest.

    >>> one = fingerprint("I was charged 12.50 twice on order 8821, please refund me now!")
    >>> one == fingerprint("I was charged 99.00 twice on order 4137 - please refund me now")
    True
    """
    raw = text[:MOST_LETTERS].encode("utf-8", "replace")
    words = raw.translate(LETTERS, DIGITS).split()[:MAX_WORDS]
    if len(words) < MIN_WORDS:
        return 0, 0
    runs = [b" ".join(run) for run in zip(words, words[1:], words[2:], words[3:], strict=False)]
    hashes = list(map(crc32, runs))
    return min(hashes) or 1, max(hashes) or 1


def _fingerprints(texts: Sequence[str | None]) -> NDArray[np.uint32]:
    """Return both hashes of each text, a row each; 0 for none."""
    each = [fingerprint(text) if text else (0, 0) for text in texts]
    return np.array(each, np.uint32).reshape(-1, 2)


fingerprints: Final = compiled.instead_of(_fingerprints, "fingerprints")


def make(hashed: int, customer: str | None, text: str | None, time: int) -> bytes:
    """Make the print of one event; 0 stands for a customer or words that are not known.

    Args:
        hashed: the CRC-32 of its id.
        customer: who sent it.
        text: what was said.
        time: epoch seconds.
    """
    low, high = fingerprint(text) if text else (0, 0)
    sender = (crc32(customer.encode()) or 1) if customer is not None else 0
    return _pack(hashed, sender, low, high, time & 0xFFFFFFFF)


def share_since(sample: bytes, start: int) -> float:
    """Return the part of a sample's events that happened at `start` (epoch seconds) or later."""
    times = [int.from_bytes(sample[at - 4 : at]) for at in range(SIZE, len(sample) + 1, SIZE)]
    return sum(time >= start for time in times) / len(times)
