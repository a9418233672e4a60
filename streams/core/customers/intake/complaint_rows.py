"""The complaints of a batch as rows, as they are added to lives: each event is read once.

event      0    1    2    3    4
customer   Ann  Bob  Ann  -    Bob
row        a0   b1   a2   n3   b4           Ann: 0, 2    Bob: 1, 4    nobody: 3
"""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from streams.core.customers.complaints.complaints import LABELS
from streams.core.customers.lives.lifecycle import all_hashed, seconds
from streams.core.customers.lives.prints import checksums
from streams.core.customers.stored.bare import write_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.customers.calendar import Months
    from streams.core.customers.names import Names

_read = attrgetter("occurred_at", "event_id", "customer_id", "text", *LABELS)


class ComplaintRows(NamedTuple):
    """Complaints; element n of each column belongs to event n.

    Attributes:
        first: the first of the months, and
        last: the last one.
        months: the numbers of the months in which they were made.
        rows: as they stand behind a bare life.
        texts: what was written; None where none of them has a text.
        places: which events are of whom,
        nobody: and which are of nobody known.
    """

    first: int
    last: int
    months: Sequence[int]
    rows: Sequence[bytes]
    texts: Sequence[str | None] | None
    places: Mapping[str, list[int]]
    nobody: Sequence[int]


def complaint_rows(events: Sequence[Any], names: Names, calendar: Months) -> ComplaintRows:
    """Read the complaints of a batch, one at least."""
    occurred, event_ids, customers, texts, *labels = zip(*map(_read, events), strict=True)
    times = list(map(seconds, occurred))
    ids = [one.encode() for one in event_ids]
    first, last = calendar.of(min(times)), calendar.of(max(times))
    months = [first] * len(times) if first == last else list(map(calendar.of, times))
    columns = names.columns(LABELS, labels)
    checked, own = checksums("complaints", ids), all_hashed("complaints", ids)
    rows = list(map(write_row, months, checked, times, own, *columns))
    places: defaultdict[Any, list[int]] = defaultdict(list)
    for place, customer in enumerate(customers):
        places[customer].append(place)
    nobody = places.pop(None, [])
    said = texts if any(texts) else None
    return ComplaintRows(first, last, months, rows, said, places, nobody)
