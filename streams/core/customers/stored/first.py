"""Lives that begin with a complaint, in the group of unknown: of most customers it is the only one.

head | how many prints | its print | all up to the complaints | the complaint
-----------------------|           |--------------------------|
 of a month the same               | of a month the same
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from streams.core.customers.complaints.complaints import LABELS
from streams.core.customers.groups.cells import MUCH
from streams.core.customers.lives.life import Life
from streams.core.customers.lives.prints import SIZE as PRINT
from streams.core.customers.lives.prints import month_of
from streams.core.customers.stored.bare import note_of, write_row
from streams.core.customers.stored.head import NEVER
from streams.core.customers.stored.packed import PRINTS, pack

_encode: Final = msgspec.msgpack.Encoder().encode
_MONTHS: Final = 64
"""Months of first complaints between which one goes to and fro without making them anew."""


def first_life(row: bytes, now: int, tier: int) -> Life:
    """Make the life of somebody of whom one complaint is known.

    Args:
        row: the complaint.
        now: the month of the customer clock.
        tier: of who paid nothing; 0 where there are no tiers.
    """
    much = 0 if tier else MUCH
    return Life(
        months={month_of(row): [0, 0, 0, 1]},
        complaints=[note_of(row)],
        month=now,
        until=NEVER,
        tier=tier,
        floor=-much,
        ceiling=much,
        prints=row[:PRINT],
    )


def first_packed(row: bytes, now: int, tier: int) -> bytes:
    """Write a `first_life`, without making it."""
    before, after = _around(month_of(row), now, tier)
    return before + row[:PRINT] + after + _encode(note_of(row))


@lru_cache(_MONTHS)
def _around(month: int, now: int, tier: int) -> tuple[bytes, bytes]:
    """Give what stands before a print, and between it and the complaint."""
    row = write_row(month, 0, 0, b"", *[0] * len(LABELS))
    packed, note = pack(first_life(row, now, tier)), _encode(note_of(row))
    return packed[:PRINTS], packed[PRINTS + PRINT : -len(note)]
