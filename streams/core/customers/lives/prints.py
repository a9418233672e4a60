"""Prints: which payments, referrals and complaints a life has counted.

They are counted by month, and most leave nothing else. What came too late to be counted has no
print, so a correction of it has nothing to correct.

    print = | number of the month, 2 bytes | CRC-32 of the event's id, begun by its topic |
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.customers.lives.life import Correction, Life

_print: Final = Struct(">HI")
_months: Final = Struct(">H4x")
SIZE: Final = _print.size
MOST: Final = 1_024
"""Prints of a life; of more the oldest months go, and corrections of those that come then are
believed."""
_BEGUN: Final = {"revenue": 0, "referrals": 1, "complaints": 2}

_pack = _print.pack


def print_of(topic: str, month: int, event_id: str) -> bytes:
    """Give the print of an event that is counted in a month (its number)."""
    return _pack(month, crc32(event_id.encode(), _BEGUN[topic]))


def checksums(topic: str, event_ids: Iterable[bytes]) -> list[int]:
    """Give what the prints of events have besides their month."""
    begun = _BEGUN[topic]
    return [crc32(one, begun) for one in event_ids]


def prints_of(prints: bytes) -> Iterator[bytes]:
    """Yield prints one by one."""
    return (prints[at : at + SIZE] for at in range(0, len(prints), SIZE))


def month_of(print_: bytes) -> int:
    """Give the number of the month of a print."""
    return int.from_bytes(print_[:2])


def counted(life: Life, corrections: list[Correction]) -> set[bytes]:
    """Give, of what corrections are about, the prints of what a life has counted."""
    asked = {one.print for one in corrections if one.print}
    known = asked.intersection(prints_of(life.prints)) if asked else set()
    return known | {one for one in asked if month_of(one) <= life.unprinted}


def within(prints: bytes, months: range) -> bytes:
    """Give those prints that are of some months."""
    return b"".join(one for one in prints_of(prints) if month_of(one) in months)


def forget_prints(life: Life, first: int) -> None:
    """Drop prints from before a month that no correction is about, and the oldest of too many."""
    if not life.prints:
        return
    if len(life.prints) <= MOST * SIZE and min(_months.iter_unpack(life.prints))[0] >= first:
        return  # as most lives do
    left = list(prints_of(life.prints))
    if min(map(month_of, left)) < first:
        asked = {one.print for one in life.corrections}
        left = [one for one in left if month_of(one) >= first or one in asked]
    if len(left) > MOST:
        left.sort()
        unprinted = max(life.unprinted, month_of(left[-MOST - 1]))
        _drop_waiting(life, set(left), range(life.unprinted + 1, unprinted + 1))
        life.unprinted = unprinted
        left = [one for one in left if month_of(one) > unprinted]
    life.prints = b"".join(left)


def _drop_waiting(life: Life, known: set[bytes], months: range) -> None:
    """Drop corrections that wait for what was not counted in some months.

    Once there are no prints of those months they would be believed, and change what was reported.
    """
    waiting = [
        one
        for one in life.corrections
        if one.print and one.print not in known and month_of(one.print) in months
    ]
    if waiting:
        life.corrections = [one for one in life.corrections if one not in waiting]
        life.drop_said({one.own for one in waiting})
