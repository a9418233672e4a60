"""What is to be published: days and months that changed, and those from which on all did."""

from __future__ import annotations

import msgspec


class Waiting(msgspec.Struct, array_like=True):
    """Numbers of days and months, as they are written down."""

    days: list[int] = []  # msgspec makes fresh ones for each
    months: list[int] = []
    days_from: int | None = None
    months_from: int | None = None


class WaitingPeriods:
    """Days and months whose rows may not be as last published."""

    def __init__(self) -> None:
        self.clear()

    def __bool__(self) -> bool:
        return bool(
            self._days
            or self._months
            or self._days_from is not None
            or self._months_from is not None
        )

    def clear(self) -> None:
        """Note that all was published."""
        self._days: set[int] = set()
        self._months: set[int] = set()
        self._days_from: int | None = None
        self._months_from: int | None = None

    def note_day(self, day: int, *, through: bool) -> None:
        """Note that a day changed, and where `through`, every later one with it."""
        if not through:
            self._days.add(day)
        elif self._days_from is None or day < self._days_from:
            self._days_from = day

    def note_month(self, month: int, *, through: bool) -> None:
        """Note that a month changed, and where `through`, every later one with it."""
        if not through:
            self._months.add(month)
        elif self._months_from is None or month < self._months_from:
            self._months_from = month

    def days_in(self, first: int, last: int) -> set[int]:
        """Give the days that wait, from `first` to `last`."""
        return _within(self._days, self._days_from, first, last)

    def months_in(self, first: int, last: int) -> set[int]:
        """Give the months that wait, from `first` to `last`."""
        return _within(self._months, self._months_from, first, last)

    def store(self) -> Waiting:
        """Write it down."""
        return Waiting(sorted(self._days), sorted(self._months), self._days_from, self._months_from)

    def restore(self, stored: Waiting) -> None:
        """Go on from what was written down."""
        self._days, self._months = set(stored.days), set(stored.months)
        self._days_from, self._months_from = stored.days_from, stored.months_from


def _within(single: set[int], onward: int | None, first: int, last: int) -> set[int]:
    found = {one for one in single if first <= one <= last}
    if onward is not None:
        found.update(range(max(onward, first), last + 1))
    return found
