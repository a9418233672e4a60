"""Bare lives: of those who complained, and of whom nothing else is known.

Nothing follows from another complaint but a count, so it is added to the packed life without
reading it, as a row of 30 bytes. Whoever reads the life puts the rows where they belong.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from streams.core.customers.complaints.complaints import LABELS, NEWEST, add_complaints
from streams.core.customers.lives.life import COMPLAINED, COUNTS, ComplaintNote
from streams.core.customers.lives.prints import SIZE as PRINT
from streams.core.customers.lives.prints import month_of
from streams.core.customers.names import without_last
from streams.core.customers.stored.head import HEAD, NEVER, SAID, pack_head, unpack_head

if TYPE_CHECKING:
    from streams.core.customers.lives.life import Life

MOST_ROWS: Final = 24
"""Complaints behind a life: with more it is packed anew, as each flush writes all of them."""

_said: Final = Struct(f">HII6s{len(LABELS)}H")
"""A complaint: its print (which begins with its month), epoch seconds, hash, labels by number."""
_pack_said: Final = Struct(f">I6s{len(LABELS)}H").pack
_ONLY: Final = [0] * COMPLAINED


Complained = tuple[bytes, int, int, bool]
"""A life with a complaint added, its segment and tier, and whether an older one had to go."""


def head_of(life: Life) -> tuple[int, int] | None:
    """Give what the head of a bare life has: the last month, and complaints; None of another life.

    Its group is noted, and each of its months has complaints.
    """
    if (
        life.entries
        or life.base is not None
        or life.corrections
        or not life.complaints
        or not life.month
        or life.currency
        or life.given
    ):
        return None
    for row in life.months.values():
        if len(row) != COUNTS or row[:COMPLAINED] != _ONLY or row[COMPLAINED] <= 0:
            return None
    last = max(life.months, default=NEVER)
    return None if last >= NEVER else (last, len(life.complaints))


def complain(
    packed: bytes, printed: bytes, at: int, own: bytes, labels: tuple[int, ...]
) -> Complained | None:
    """Add a complaint to a packed life that is bare; None if more may follow than its count.

    Args:
        packed: the life.
        printed: the print of the complaint.
        at: when it was made, epoch seconds.
        own: its hash.
        labels: the numbers of all LABELS.
    """
    month = month_of(printed)
    due, flags, last, since, until, segment, tier, kept, floor, ceiling, rows = unpack_head(packed)
    if month != last or not since <= month < until or rows >= MOST_ROWS:
        return None
    pushed = kept >= NEWEST
    head = pack_head(
        due,
        flags,
        last,
        since,
        until,
        segment,
        tier,
        kept if pushed else kept + 1,
        floor,
        ceiling,
        rows + 1,
    )
    said = _pack_said(at, own, *labels)
    return b"".join((head, packed[HEAD:], printed, said)), segment, tier, pushed


def read_rows(life: Life, rows: bytes) -> None:
    """Put the rows behind a bare life into it."""
    notes = []
    for month, _, at, own, *labels in _said.iter_unpack(rows):
        notes.append(ComplaintNote(at, own, without_last(labels)))
        life.months[month][COMPLAINED] += 1
    add_complaints(life, notes)
    life.prints += b"".join([rows[at : at + PRINT] for at in range(0, len(rows), SAID)])
