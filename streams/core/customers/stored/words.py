"""Words put into a packed life without reading it.

    | head | prints | 6 | ... complaints |                                       | rows
    | head | prints | 18 | ... complaints | nothing of what comes between | words | rows

So long as it has no more than complaints, what stands around them is the same in all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.customers.stored.head import TAILED, end_of_whole
from streams.core.customers.stored.packed import FIX_ARRAY, begin_of

if TYPE_CHECKING:
    from streams.core.customers.lives.life import Words

_TO_COMPLAINTS: Final = FIX_ARRAY + 6
_TO_WORDS: Final = b"\xdc\x00\x12"
"""Before an array of 18 elements."""
_BETWEEN: Final = bytes([FIX_ARRAY, *[0] * 7, FIX_ARRAY, FIX_ARRAY, FIX_ARRAY])
"""Steps; what stands in the head; early complaints, referrals that were given, and referrers."""

_encode: Final = msgspec.msgpack.Encoder().encode


def put_words(packed: bytes, words: list[Words]) -> bytes | None:
    """Put words into a life; None where it has more than complaints, so that it has to be read."""
    begin, end = begin_of(packed), end_of_whole(packed)
    if packed[begin] != _TO_COMPLAINTS:
        return None
    head = packed[:4] + bytes([packed[4] & ~TAILED]) + packed[5:begin]
    return head + _TO_WORDS + packed[begin + 1 : end] + _BETWEEN + _encode(words) + packed[end:]
