"""The complaints of a batch as rows, as they are added to lives: each event is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from streams import compiled
from streams.core.customers.calendar import FAR
from streams.core.customers.complaints.complaints import LABELS
from streams.core.customers.lives.lifecycle import all_hashed
from streams.core.customers.lives.prints import checksums
from streams.core.customers.names import NONE
from streams.core.customers.stored.bare import ROW, write_rows
from streams.core.event_fields import fields
from streams.core.event_time.occurred import epoch_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.customers.calendar import Months
    from streams.core.customers.names import Names
    from streams.core.customers.stored.bare import Rows
    from streams.core.slots import Integers

_READ: Final = ("event_id", "customer_id", "text", *LABELS)


class ComplaintRows(NamedTuple):
    """Complaints; element n of each column belongs to event n.

    Attributes:
        months: the numbers of the months in which they were made.
        rows: as they stand behind a bare life.
        customers: who made them; None: nobody known.
        texts: what they say; empty where none says anything.
    """

    months: Integers
    rows: Rows
    customers: Sequence[str | None]
    texts: Sequence[str | None]


def _known_rows(
    event_ids: list[str],
    months: Integers,
    times: Integers,
    labels: list[list[str | None]],
    numbers: dict[str | None, int],
) -> bytes | None:
    """Write complaints as rows; None where a label has a name that has no number.

    Args:
        event_ids: their ids.
        months: the numbers of the months in which they were made.
        times: when, in epoch seconds; of those of which calendars know.
        labels: a column for each of LABELS.
        numbers: by name.
    """
    get = numbers.get
    columns = [
        [NONE] * len(column) if column.count(None) == len(column) else list(map(get, column))
        for column in labels
    ]
    if any(None in column for column in columns):
        return None
    ids = [one.encode() for one in event_ids]
    checked, own = checksums("complaints", ids), all_hashed("complaints", ids)
    return write_rows(months, checked, times, own, columns).tobytes()  # type: ignore[arg-type]


known_rows: Final = compiled.instead_of(_known_rows, "complaint_rows")


def complaint_rows(events: list[Any], names: Names, calendar: Months) -> ComplaintRows:
    """Read the complaints of a batch, one at least."""
    event_ids, customers, texts, *labels = fields(events, _READ)
    times = np.clip(np.array(epoch_seconds(events)), 0, FAR)
    first, last = calendar.of(int(times.min())), calendar.of(int(times.max()))
    months = np.full(times.size, first)
    if first != last:
        months = np.array(list(map(calendar.of, times.tolist())))
    rows = None
    if names.are_as_given(LABELS):
        rows = known_rows(event_ids, months, times, labels, names.numbers)
    if rows is None:
        labels = names.numbered(LABELS, labels)
        rows = known_rows(event_ids, months, times, labels, names.numbers)
        assert rows is not None  # noqa: S101 (all names are numbered)
    return ComplaintRows(months, np.frombuffer(rows, ROW), customers, texts if any(texts) else ())
