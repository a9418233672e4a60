"""Lives as they are read from the changelog: nearly all of its rows, so they are taken at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.customers.kinds import LIFE
from streams.core.customers.stored.packed import check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LETTER: Final = f"{LIFE.letter}\t".encode()
_BEGIN: Final = len(_LETTER)
_ESCAPE: Final = b"\x10"


def lives(rows: Mapping[bytes, bytes], others: dict[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the customers of a state, and the life of each, packed.

    Rows that are no lives go to `others`; so do lives of customers whose names are not ASCII or
    were escaped, and what cannot be read: `Layout.read` reads all kinds, or says what is wrong.
    """
    for key, packed in rows.items():
        customer = key[_BEGIN:]
        if (
            key.startswith(_LETTER)
            and customer.isascii()
            and b"\t" not in customer
            and _ESCAPE not in customer
            and _is_life(packed)
        ):
            yield customer, packed
        else:
            others[key] = packed


def _is_life(packed: bytes) -> bool:
    try:
        check(packed)
    except (ValueError, msgspec.MsgspecError):
        return False
    return True
