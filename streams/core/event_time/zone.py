"""The days of a time zone, and its civil time: what its clocks show, 24 hours a day.

    instants    |------ 24 h ------|----- 23 h -----|------ 24 h ------|----- 25 h ------|
    civil time  |------ 24 h ------|-.. 2 to 3 ..---|------ 24 h ------|--- 2 to 3 ------|
                                      nobody lives                        lasts two hours

Whatever goes by days and hours of the day (a profile, the same hour a week ago) goes by civil
time: epoch seconds of which each day has 86,400. It never goes back: an hour that is skipped is
empty, one that comes twice lasts twice as long. In UTC civil time is time. All is on the grid of 5
minutes, so that no bucket belongs to two days.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from streams.core.event_time.buckets import BASE, DAY, HOUR, LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.event_time.buckets import Grain

QUARTER: Final = 900
"""Seconds of a quarter of an hour."""

SELDOM: Final = 4 * DAY
"""A clock is not changed twice in so many seconds."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = -2
_LAST: Final = (datetime(2110, 1, 1, tzinfo=UTC) - _EPOCH).days
"""Days since the epoch that a table has; it goes on as it ends."""


class Zone:
    """UTC, where all is arithmetic; `LocalZone` is any other.

    A day has a number (days since 1970-01-01) and a start (epoch seconds). `name` is that of the
    zone, `fixed` has the grains of which every bucket is of the same length, `longest` what no day
    is longer than, in seconds.
    """

    name = "UTC"
    fixed: Mapping[Grain, int] = LENGTH
    longest = DAY

    def day(self, time: int) -> int:
        """Return the start of the day that holds a time."""
        return time - time % DAY

    def day_after(self, time: int) -> int:
        """Return the end of the day that holds a time."""
        return time - time % DAY + DAY

    def number(self, time: int) -> int:
        """Return the number of the day that holds a time."""
        return time // DAY

    def first(self, number: int) -> int:
        """Return the start of a day, by its number."""
        return number * DAY

    def civil(self, time: int) -> int:
        """Return the civil time (epoch seconds) at a time."""
        return time

    def instant(self, civil: int) -> int:
        """Return the first time at which it is so late, or later, in civil time."""
        return civil

    def lived(self, number: int) -> list[float] | None:
        """Return how often each quarter of an hour of a day comes (96); None where all come once.

        On two days a year some do not, or come twice.
        """
        del number
        return None

    def civil_seconds(self, start: int) -> Callable[[int], int] | None:
        """Return what gives the civil time within the 5 minutes from `start`; None: it is time."""
        del start
        return None

    def floor(self, time: int, grain: Grain) -> int:
        """Return the start of the bucket that holds a time."""
        return time - time % LENGTH[grain]

    def end(self, start: int, grain: Grain) -> int:
        """Return the end of the bucket that begins at `start`."""
        return start + LENGTH[grain]

    def ended(self, grain: Grain, starts: Iterable[int], after: int, until: int) -> list[int]:
        """Return which buckets, by their starts, end after `after`, and by `until`."""
        length = LENGTH[grain]
        return [start for start in starts if after < start + length <= until]


class _Odd(NamedTuple):
    """A day on which the clock is changed.

    `civil` has the second of the day at the start of each 5 minutes, `lived` see `Zone.lived`.
    """

    civil: list[int]
    lived: list[float]


class LocalZone(Zone):
    """A time zone by its IANA name: a table of the starts of its days.

    A day begins when its date has come for good: where the clock goes back over midnight, at the
    second midnight; where midnight is skipped, with the first second after it.

    Raises:
        ZoneInfoNotFoundError: there is no such zone.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.longest = DAY + 2 * HOUR
        self.fixed = {grain: length for grain, length in LENGTH.items() if grain != "1d"}
        self._zone = ZoneInfo(name)
        self._starts = self._table()
        self._odd: dict[int, _Odd | None] = {}
        self._held = 0, 0, 0
        """Start, end and number of the day that was asked for last."""

    def day(self, time: int) -> int:
        """Return the start of the day that holds a time."""
        start, end, _ = self._held
        return start if start <= time < end else self._day(time)[0]

    def day_after(self, time: int) -> int:
        """Return the end of the day that holds a time."""
        start, end, _ = self._held
        return end if start <= time < end else self._day(time)[1]

    def number(self, time: int) -> int:
        """Return the number of the day that holds a time."""
        start, end, number = self._held
        return number if start <= time < end else self._day(time)[2]

    def first(self, number: int) -> int:
        """Return the start of a day, by its number; of one that is skipped, that of the next."""
        if number < _FIRST:
            return self._starts[0] + (number - _FIRST) * DAY
        over = max(0, number - _LAST)
        return self._starts[number - over - _FIRST] + over * DAY

    def civil(self, time: int) -> int:
        """Return the civil time (epoch seconds) at a time."""
        start, _, number = self._day(time)
        odd = self._odd_day(number)
        if odd is None:
            return number * DAY + time - start
        place, rest = divmod(time - start, BASE)
        return number * DAY + odd.civil[place] + rest * _pace(odd, place) // BASE

    def instant(self, civil: int) -> int:
        """Return the first time at which it is so late, or later, in civil time."""
        number, second = divmod(civil, DAY)
        start = self.first(number)
        odd = self._odd_day(number) if second else None
        if odd is not None:
            return start + BASE * bisect_left(odd.civil, second)
        return min(start + second, self.first(number + 1))

    def lived(self, number: int) -> list[float] | None:
        """Return how often each quarter of an hour of a day comes (96); None where all come once.

        On two days a year some do not, or come twice.
        """
        odd = self._odd_day(number)
        return None if odd is None else odd.lived

    def civil_seconds(self, start: int) -> Callable[[int], int] | None:
        """Return what gives the civil time within the 5 minutes from `start`; None: it is time."""
        at, number = self.civil(start), self.number(start)
        odd = self._odd_day(number)
        pace = BASE if odd is None else _pace(odd, (start - self.first(number)) // BASE)
        return lambda time: at + (time - start) * pace // BASE

    def floor(self, time: int, grain: Grain) -> int:
        """Return the start of the bucket that holds a time."""
        return self.day(time) if grain == "1d" else super().floor(time, grain)

    def end(self, start: int, grain: Grain) -> int:
        """Return the end of the bucket that begins at `start`."""
        return self.day_after(start) if grain == "1d" else super().end(start, grain)

    def ended(self, grain: Grain, starts: Iterable[int], after: int, until: int) -> list[int]:
        """Return which buckets, by their starts, end after `after`, and by `until`."""
        if grain != "1d":
            return super().ended(grain, starts, after, until)
        return [start for start in starts if after < self.day_after(start) <= until]

    def _day(self, time: int) -> tuple[int, int, int]:
        number = bisect_right(self._starts, time) - 1 + _FIRST
        if number < _FIRST or number >= _LAST:  # beside the table: as at its ends
            edge = max(_FIRST, min(number, _LAST))
            number = edge + (time - self._starts[edge - _FIRST]) // DAY
        self._held = self.first(number), self.first(number + 1), number
        return self._held

    def _odd_day(self, number: int) -> _Odd | None:
        try:
            return self._odd[number]
        except KeyError:
            odd = self._odd[number] = self._work_out(number)
            return odd

    def _work_out(self, number: int) -> _Odd | None:
        start, end = self.first(number), self.first(number + 1)
        if end <= start:
            return None  # a day that is skipped
        if end - start == DAY and self._offset(start) == self._offset(end - BASE):
            return None
        shown = [at + self._offset(at) - number * DAY for at in range(start, end, BASE)]
        civil = _onward([max(0, min(one, DAY - BASE)) for one in shown])
        quarters = Counter(second // QUARTER for second in civil)
        return _Odd(civil, [quarters[q] * BASE / QUARTER for q in range(DAY // QUARTER)])

    def _offset(self, time: int) -> int:
        """Return how far local time is before UTC, in seconds."""
        offset = (_EPOCH + timedelta(seconds=time)).astimezone(self._zone).utcoffset()
        return 0 if offset is None else int(offset.total_seconds())

    def _table(self) -> array[int]:
        """Work out the start of each day from `_FIRST` to `_LAST`."""
        starts = [0] * (_LAST - _FIRST + 1)
        for begin, end, offset in self._spans():
            first = max(_FIRST, (begin + offset) // DAY + 1)
            last = min(_LAST, (end + offset) // DAY + 3)
            for number in range(first, last + 1):
                # Until then the date is one before: in this span, or to its end.
                starts[number - _FIRST] = min(end, number * DAY - offset)
        return array("q", [-(-start // BASE) * BASE for start in starts])

    def _spans(self) -> Iterator[tuple[int, int, int]]:
        """Yield the spans of one offset: start, end and offset in seconds."""
        marks = range((_FIRST - 4) * DAY, (_LAST + 8) * DAY, SELDOM)
        offsets = [self._offset(at) for at in marks]
        begin = marks[0]
        for (at, to), (before, after) in zip(pairwise(marks), pairwise(offsets), strict=True):
            if before != after:
                low, high = at, to
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if self._offset(middle) == before else (low, middle)
                yield begin, high, before
                begin = high
        yield begin, marks[-1], offsets[-1]


def _pace(odd: _Odd, place: int) -> int:
    """Return the civil seconds that 5 minutes of a day take."""
    after = odd.civil[place + 1] if place + 1 < len(odd.civil) else DAY
    return min(BASE, after - odd.civil[place])


def _onward(shown: list[int]) -> list[int]:
    """Return seconds of a day that only rise, where the clock goes back: what comes twice is one.

    >>> _onward([0, 300, 600, 300, 600, 900])
    [0, 300, 450, 600, 750, 900]
    """
    civil = list(shown)
    for place in range(1, len(shown)):
        if shown[place] <= shown[place - 1]:
            low, high = shown[place], min(shown[place - 1] + BASE, DAY)
            first = bisect_left(shown, low, 0, place)
            last = place
            while last < len(shown) and shown[last] < high:
                last += 1
            for step in range(last - first):
                civil[first + step] = low + step * (high - low) // (last - first)
    return civil


Lived = Callable[[int], list[float] | None]
"""Says of a day how often its quarters of an hour come, as `Zone.lived` does."""

UTC_ZONE: Final = Zone()


@lru_cache(maxsize=64)
def zone_of(name: str) -> Zone:
    """Return a time zone by its IANA name.

    Raises:
        ZoneInfoNotFoundError: there is no such zone.
        ValueError: that is no name of one.
    """
    return UTC_ZONE if name == "UTC" else LocalZone(name)
