"""Bare lives: of those who complained, and of whom nothing else is known.

Nothing follows from another complaint but a count, so it is added to the packed life without
reading it, as a row of 30 bytes. Whoever reads the life puts the rows where they belong.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from streams.core.customers.complaints.complaints import LABELS, add_complaints
from streams.core.customers.lives.life import COMPLAINED, COUNTS, ComplaintNote
from streams.core.customers.lives.prints import SIZE as PRINT
from streams.core.customers.names import without_last
from streams.core.customers.stored.head import NEVER, SAID, is_bare, unpack_head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from streams.core.customers.lives.life import Life

    Rows = NDArray[np.void]

_said: Final = Struct(f">HII6s{len(LABELS)}H")
"""A complaint: its print (which begins with its month), epoch seconds, hash, labels by number."""
_ONLY: Final = [0] * COMPLAINED

_columns: Final = np.dtype(
    [("month", ">u2"), ("checked", ">u4"), ("at", ">u4"), ("own", "V6")]
    + [(label, ">u2") for label in LABELS]
)
"""The same."""
ROW: Final = np.dtype(f"V{SAID}")

write_row = _said.pack
"""Write a complaint: month, checksum of its print, epoch seconds, hash, the numbers of LABELS."""


def write_rows(
    months: ArrayLike,
    checked: Sequence[int],
    times: ArrayLike,
    own: Sequence[bytes],
    labels: Sequence[ArrayLike],
) -> Rows:
    """Write complaints, a column of each that `write_row` takes."""
    rows: NDArray[Any] = np.empty(len(own), _columns)
    rows["month"], rows["at"] = months, times
    rows["checked"] = np.array(checked, np.uint32)
    rows["own"] = np.frombuffer(b"".join(own), "V6")
    for label, numbers in zip(LABELS, labels, strict=True):
        rows[label] = numbers
    return rows.view(ROW)


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


def newest_of(packed: bytes) -> tuple[int, tuple[int, int], int] | None:
    """Give the last month of a bare life, its group then, and how many complaints are kept.

    None where it is another life, or the group of that month is not known for sure.
    """
    if not is_bare(packed):
        return None
    _, _, last, since, until, segment, tier, kept, _, _, _ = unpack_head(packed)
    return (last, (segment, tier), kept) if since <= last < until else None


def made_of(rows: Rows) -> tuple[list[int], list[bytes]]:
    """Read when complaints were made, epoch seconds, and their hashes."""
    columns: NDArray[Any] = rows.view(_columns)
    return columns["at"].tolist(), columns["own"].tolist()


def note_of(row: bytes) -> ComplaintNote:
    """Read a complaint."""
    _, _, at, own, *labels = _said.unpack(row)
    return ComplaintNote(at, own, without_last(labels))


def read_rows(life: Life, rows: bytes) -> None:
    """Put the rows behind a bare life into it."""
    notes = []
    for month, _, at, own, *labels in _said.iter_unpack(rows):
        notes.append(ComplaintNote(at, own, without_last(labels)))
        life.months[month][COMPLAINED] += 1
    add_complaints(life, notes)
    life.prints += b"".join([rows[at : at + PRINT] for at in range(0, len(rows), SAID)])
