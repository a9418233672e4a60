"""The head of a packed life, and what was added behind a life since it was packed.

    | head | the life in msgpack | row | row | ...
    |------------- whole --------|
    |-head-|                     |---- tail -----|

Of a life that is only added to, the tail alone is written to the changelog: with the head of now.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

UNSHOWN: Final = 1
"""Flag: the row of the customer has changed and is not published yet."""
FLAT: Final = 2
"""Flag: the head is this long; else it is that of before, of `due` and flags alone."""
PRINTED: Final = 4
"""Flag: what was counted has prints; else it has none yet, and rows are sums of a month."""
BARE: Final = 8
"""Flag: the life has nothing but complaints, and rows are such (`bare`)."""
TAILED: Final = 16
"""Flag: a tail stands in the changelog."""

_OWN: Final = FLAT | PRINTED | BARE | TAILED
"""Flags that are about how a life is written."""

NEVER: Final = 0xFFFF
"""A month that never comes."""

_head: Final = Struct(">IBHHHHHHiiB")
"""When it is due, flags, and the first month whose payments are simple; of the group: the first
month, the month after the last, segment, tier; currency, floor and ceiling, as in `Life`; rows.

Of a bare life, whose payments never are simple and that has no currency: in place of that month the
last one with complaints, and in place of the currency how many of them are kept.
"""
HEAD: Final = _head.size
PAID: Final = 16
"""Bytes of a row that is a payment."""
SUM: Final = 14
"""Bytes of a row that is a sum of a month, as before payments had prints."""
SAID: Final = 30
"""Bytes of a row that is a complaint."""

unpack_head = _head.unpack_from
pack_head = _head.pack


def due_of(packed: bytes) -> int:
    """Read when the clock next changes what a life contributes; epoch seconds."""
    return int.from_bytes(packed[:4])


def flags_of(packed: bytes) -> int:
    """Read the flags of a life that are not about how it is written."""
    return packed[4] & ~_OWN


def is_unshown(packed: bytes) -> bool:
    """Tell whether the row of the customer is yet to be published."""
    return bool(packed[4] & UNSHOWN)


def is_bare(packed: bytes) -> bool:
    """Tell whether a life has nothing but complaints, so that it is no customer's."""
    return bool(packed[4] & BARE)


def is_tailed(packed: bytes) -> bool:
    """Tell whether a tail of the life stands in the changelog."""
    return bool(packed[4] & TAILED)


def tailed(packed: bytes) -> bytes:
    """Give a life of which a tail stands."""
    return packed[:4] + bytes((packed[4] | TAILED,)) + packed[5:]


def end_of_whole(packed: bytes) -> int:
    """Give the place in a life with such a head where its rows begin."""
    flags = packed[4]
    size = SUM if not flags & PRINTED else SAID if flags & BARE else PAID
    return len(packed) - size * packed[HEAD - 1]


def whole_of(packed: bytes) -> bytes:
    """Give a life without its rows."""
    return packed[: HEAD - 1] + bytes(1) + packed[HEAD : end_of_whole(packed)]


def tail_of(packed: bytes) -> bytes:
    """Give what was added to a life, with its head."""
    return packed[:HEAD] + packed[end_of_whole(packed) :]


def joined(whole: bytes, tail: bytes) -> bytes:
    """Give a life as it was when its tail was written; the whole may have rows of its own."""
    return tail[:HEAD] + whole[HEAD : end_of_whole(whole)] + tail[HEAD:]


def check_tail(tail: bytes) -> None:
    """Check that bytes are a tail.

    Raises:
        ValueError: they are not.
    """
    if len(tail) < HEAD or end_of_whole(tail) != HEAD:
        raise ValueError("no tail of a life")
