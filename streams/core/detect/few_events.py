"""Young series with hardly an event: kept as these events, and no state is worked out.

The idea: a series that has had five events cannot be reported before it is two weeks old, as a
rise needs more of them. So until it has more, or is as old as that, there is nothing to be tested
on it, and what has come is all there is to know. When one or the other comes, its days are stepped
over at last, many series at once, by the same steps: its state is what it would have been. One of
the state matrix takes 3 kB, these bytes some 15.

Not where few series begin on a day: a step costs them the same, however few of them take it, and so
to step over a fortnight later costs more than to go along.

A row: `MARK`, the day of birth (4 bytes, days since the epoch), then how many numbers of customers
there are and each of them (day, count as a float64), then the events: day, place of the 5 minutes
in it (`WHOLE_DAY`: what its day came to in all, where that is something else), count. Days are
counted from that of birth.
"""

from __future__ import annotations

import struct
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.detect.exposure import ENOUGH_CUSTOMERS, segment_of
from streams.core.detect.state_matrix import MONTH
from streams.core.event_time.buckets import BASE
from streams.core.event_time.buckets import DAY as DAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from streams.core.detect.state_matrix import Vector
    from streams.core.detect.tuning import Tuning

MARK: Final = b"f"
"""First byte of a row; that of a state is the number of its layout."""
HEAD: Final = struct.Struct("<1siB")
CUSTOMERS: Final = struct.Struct("<Bd")
EVENT: Final = np.dtype([("day", "u1"), ("place", "<u2"), ("count", "u1")])
WHOLE_DAY: Final = 0xFFFF
MOST_EVENTS: Final = 16
_COUNT: Final = 3
"""Where the count of an event stands in it."""


class Past(NamedTuple):
    """What a row has: the day of birth, (day, customers), and events as of `EVENT`."""

    born: int
    customers: list[tuple[int, float]]
    events: NDArray[np.void]


def read(row: bytes) -> Past:
    """Read a row.

    Raises:
        ValueError: it is none.
    """
    if len(row) < HEAD.size or row[:1] != MARK:
        raise ValueError(f"no events of a young series: {len(row)} bytes")
    _, born, known = HEAD.unpack_from(row)
    events = row[_begin(row) :]
    if not events or len(events) % EVENT.itemsize:
        raise ValueError(f"no events of a young series: {len(row)} bytes")
    customers = [
        (born + day, found)
        for day, found in CUSTOMERS.iter_unpack(row[HEAD.size : HEAD.size + known * CUSTOMERS.size])
    ]
    return Past(born, customers, np.frombuffer(events, dtype=EVENT))


def _begin(row: bytes) -> int:
    """Return where the events of a row begin."""
    return HEAD.size + row[HEAD.size - 1] * CUSTOMERS.size


class FewEvents:
    """The young series of one detector that have hardly an event."""

    def __init__(self, tuning: Tuning) -> None:
        self._most = int(min(MOST_EVENTS, tuning.day_excess, tuning.slow_excess))
        self._until = min(tuning.learn_days, tuning.sleep_after, MONTH)
        """Days old at which a series is none of these any more."""
        self._rows: dict[str, bytes] = {}
        self._born: dict[int, list[str]] = {}
        self._changed: dict[str, None] = {}
        self._today: dict[str, int] = {}
        """Events noted since a day was noted last, by series: those of them that have a row."""

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def note(
        self,
        day: int,
        found: tuple[Sequence[str], Vector, Vector],
        active: Mapping[str, float],
        others: Container[str] | None,
    ) -> list[str]:
        """Note events of 5 minutes of `day`; return the series that have too many, each once.

        Of these, and of those in `others`, nothing is noted. `found` is keys, starts (epoch
        seconds) and counts. `others` is None where no series may begin here.
        """
        keys, starts, counts = found
        events = np.zeros(len(keys), dtype=EVENT)
        events["place"] = (starts - day * DAY_SECONDS) // BASE
        events["count"] = np.minimum(counts, 255.0)
        more = _by_key(keys, events.tobytes())
        return self._add(day, more, active, others)

    def note_day(
        self,
        day: int,
        keys: Sequence[str],
        counts: Vector,
        active: Mapping[str, float],
        others: Container[str] | None,
    ) -> list[str]:
        """Note what series counted on `day` in all, as `note` does.

        Mostly that is the sum of what was noted of it.
        """
        noted = np.fromiter(map(self._today.get, keys, repeat(-1)), np.int64, len(keys))
        places = (noted != counts).nonzero()[0]
        events = np.zeros(places.size, dtype=EVENT)
        events["place"] = WHOLE_DAY
        events["count"] = np.minimum(counts[places], 255.0)
        more = _by_key([keys[place] for place in places.tolist()], events.tobytes())
        for key in list(more):
            row = self._rows.get(key)
            if row is not None and more[key][_COUNT] == self._of_day(row, day):
                del more[key]
        for key in self._today.keys() - keys:  # 5 minutes that the day knows nothing of
            more[key] = struct.pack("<BHB", 0, WHOLE_DAY, 0)
        many = self._add(day, more, active, others)
        self._today.clear()
        return many

    def begin_day(self, day: int, active: Mapping[str, float]) -> None:
        """Note with how many customers a day began, by segment."""
        for key, row in self._rows.items():
            found = active.get(segment_of(key), 0.0)
            at = _begin(row)
            last = CUSTOMERS.unpack_from(row, at - CUSTOMERS.size)[1] if at > HEAD.size else 0.0
            if found >= ENOUGH_CUSTOMERS and found != last:
                self._rows[key] = _with_customers(row, day, found)
                self._changed[key] = None

    def grown(self, day: int) -> list[str]:
        """Return the series that are too old now that `day` is over."""
        old = [born for born in self._born if day + 1 - born >= self._until]
        return [key for born in old for key in self._born.pop(born) if key in self._rows]

    def remove(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Take series out, and return their rows."""
        for key in keys:
            self._changed.pop(key, None)
            self._today.pop(key, None)
        return {key: self._rows.pop(key) for key in keys}

    def changed(self) -> Iterator[tuple[str, bytes]]:
        """Yield the rows that changed since the last call."""
        changed, self._changed = self._changed, {}
        for key in changed:
            yield key, self._rows[key]

    def restore(self, key: str, row: bytes) -> int:
        """Go on from a row; returns a day that was closed before its last event."""
        past = read(row)
        self._rows[key] = row
        self._born.setdefault(past.born, []).append(key)
        return past.born + int(past.events["day"][-1]) - 1

    def _add(
        self,
        day: int,
        more: Mapping[str, bytes],
        active: Mapping[str, float],
        others: Container[str] | None,
    ) -> list[str]:
        many, size = [], EVENT.itemsize
        young = self._until > 0
        for key, events in more.items():
            row = self._rows.get(key)
            if row is None:
                if others is None or key in others or not young:
                    many.append(key)
                    continue
                begun = _born(day, active.get(segment_of(key), 0.0) if active else 0.0)
            else:
                begun = row
                past = day - HEAD.unpack_from(row)[1]
                events = b"".join(  # noqa: PLW2901 - the same with their day
                    [bytes((past,)) + events[n + 1 : n + size] for n in range(0, len(events), size)]
                )
            full = begun + events
            if sum(full[_begin(full) + _COUNT :: size]) > self._most:
                many.append(key)
                continue
            self._rows[key] = full
            self._changed[key] = None
            self._today[key] = self._today.get(key, 0) + sum(events[_COUNT::size])
            if row is None:
                self._born.setdefault(day, []).append(key)
        return many

    @staticmethod
    def _of_day(row: bytes, day: int) -> int:
        """Return how many events were noted of a day."""
        own, size = day - HEAD.unpack_from(row)[1], EVENT.itemsize
        first = _begin(row)
        return sum(row[n + _COUNT] for n in range(first, len(row), size) if row[n] == own)


def _by_key(keys: Sequence[str], events: bytes) -> dict[str, bytes]:
    """Put the events of each series together."""
    found: dict[str, bytes] = {}
    size = EVENT.itemsize
    for key, at in zip(keys, range(0, len(events), size), strict=True):
        event = events[at : at + size]
        found[key] = found[key] + event if key in found else event
    return found


def _born(day: int, found: float) -> bytes:
    """Begin the row of a series that is born on a day with so many customers."""
    if found < ENOUGH_CUSTOMERS:
        return HEAD.pack(MARK, day, 0)
    return HEAD.pack(MARK, day, 1) + CUSTOMERS.pack(0, found)


def _with_customers(row: bytes, day: int, found: float) -> bytes:
    _, born, known = HEAD.unpack_from(row)
    at = _begin(row)
    more = CUSTOMERS.pack(day - born, found)
    return HEAD.pack(MARK, born, known + 1) + row[HEAD.size : at] + more + row[at:]
