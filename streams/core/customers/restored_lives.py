"""Lives as they are read from the changelog: nearly all of its rows, so they are taken at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.customers.kinds import LIFE
from streams.core.customers.stored.packed import check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LETTER: Final = f"{LIFE.letter}\t".encode()
_BEGIN: Final = len(_LETTER)
_ESCAPE: Final = b"\x10"


def take_lives(
    rows: Mapping[bytes, bytes], take: Callable[[bytes, bytes], None]
) -> dict[bytes, bytes]:
    """Let `take` have the customers of a state, and the life of each, packed.

    Returns:
        The rows that are no lives. So are lives of customers whose names are not ASCII or were
        escaped, and what cannot be read: `Layout.read` reads all kinds, or says what is wrong.
    """
    others = {}
    for key, packed in rows.items():
        customer = key[_BEGIN:]
        if (
            key.startswith(_LETTER)
            and customer.isascii()
            and b"\t" not in customer
            and _ESCAPE not in customer
            and _is_life(packed)
        ):
            take(customer, packed)
        else:
            others[key] = packed
    return others


def _is_life(packed: bytes) -> bool:
    try:
        check(packed)
    except (ValueError, msgspec.MsgspecError):
        return False
    return True
