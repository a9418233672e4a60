"""Complaints put behind a bare life without reading those that it keeps.

    | head | prints | the life in msgpack | complaint | complaint | ...   of `BEHIND` at the most
                ^               ^               |
                '--- counted ---'--- when there are more, the older ones are only counted

Behind a life stand the newest complaints, so whatever is put there pushes out older ones, and none
of those that stay has to be taken apart. What comes in between is left to whoever reads the life.
"""

from __future__ import annotations

from operator import itemgetter
from struct import Struct
from typing import Final

from streams.core.customers.complaints.complaints import EARLIEST, NEWEST
from streams.core.customers.lives.life import COMPLAINED, ComplaintNote
from streams.core.customers.lives.prints import MOST
from streams.core.customers.lives.prints import SIZE as PRINT
from streams.core.customers.stored.bare import note_of
from streams.core.customers.stored.head import (
    HEAD,
    SAID,
    TAILED,
    end_of_whole,
    pack_head,
    unpack_head,
    whole_of,
)
from streams.core.customers.stored.packed import encode, unpack

BEHIND: Final = NEWEST
"""Complaints that stand behind a life at the most."""

_halves: Final = Struct(f">{PRINT}s{SAID - PRINT}s")
"""A complaint: its print, and the rest of it: in this order they are in order of time."""


def put_behind(packed: bytes, rows: bytes) -> bytes | None:
    """Put complaints of its last month behind a bare life; None where it has to be read for it.

    Args:
        packed: the life; `newest_of` gives something.
        rows: the complaints, in any order.
    """
    due, flags, last, since, until, segment, tier, kept, floor, ceiling, _ = unpack_head(packed)
    end, whole = end_of_whole(packed), packed
    behind = packed[end:] + rows
    count = len(behind) // SAID
    if count > BEHIND:
        told = sorted(_halves.iter_unpack(behind), key=itemgetter(1))
        pushed, newest = told[:-BEHIND], told[-BEHIND:]
        counted = _counted(whole_of(packed), last, pushed, newest[0][1])
        if counted is None:
            return None
        whole, behind, count = counted, b"".join(map(b"".join, newest)), BEHIND
        end = len(whole)
    kept = min(kept + len(rows) // SAID, max(kept, NEWEST))
    flags &= ~TAILED
    head = pack_head(due, flags, last, since, until, segment, tier, kept, floor, ceiling, count)
    return head + whole[HEAD:end] + behind


def _counted(
    packed: bytes, month: int, pushed: list[tuple[bytes, bytes]], newest: bytes
) -> bytes | None:
    """Count in a life complaints of a month that it does not keep, nor those that it kept.

    None where it keeps one that is not older than `newest`, the first of those that stay behind it;
    or has too many prints.
    """
    life = unpack(packed)
    oldest = note_of(bytes(PRINT) + newest)
    prints = life.prints + b"".join([one for one, _ in pushed])
    if len(prints) > (MOST - BEHIND) * PRINT or any(one >= oldest for one in life.complaints[-1:]):
        return None
    older = life.complaints[:EARLIEST]
    older += [note_of(bytes(PRINT) + rest) for _, rest in pushed[:EARLIEST]]
    early = life.early + [ComplaintNote(one.at, one.own) for one in older]
    life.early, life.complaints, life.prints = sorted(early)[:EARLIEST], [], prints
    life.months[month][COMPLAINED] += len(pushed)
    return packed[:HEAD] + encode(life)
