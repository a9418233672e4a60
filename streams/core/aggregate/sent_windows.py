"""What was published last of rolling windows: columns by the number of the series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from streams.core.event_time.buckets import WINDOWS
from streams.core.slots import grown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from streams.core.aggregate.series import SentWindow
    from streams.core.event_time.buckets import Window
    from streams.core.slots import Integers

_NOT_SENT: Final = -1
"""In place of how many customers there were."""


class Totals(NamedTuple):
    """What some windows have: a row a series, a column a window.

    `values` has those that are not empty, by row and column.
    """

    counts: Integers
    customers: Integers
    values: dict[tuple[int, int], dict[str, int]]


class _Column:
    """One window of all series: events, customers, and values of those that have any."""

    def __init__(self) -> None:
        self.counts: Integers = np.zeros(0, np.int64)
        self.customers: Integers = np.zeros(0, np.int64)
        self.values: dict[int, dict[str, int]] = {}

    def reserve(self, size: int) -> None:
        self.counts = grown(self.counts, size)
        self.customers = grown(self.customers, size, _NOT_SENT)


class SentWindows:
    """Events, values by currency and customers of every window that was published."""

    def __init__(self) -> None:
        self._columns: dict[Window, _Column] = {window: _Column() for window in WINDOWS}

    def note(
        self,
        numbers: Integers,
        windows: Sequence[Window],
        totals: Totals,
        restored: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Note what is published of windows; mark those of which something is.

        That is not what was published last, nor zero where nothing was: where a series is among
        `restored`, another value may stand, published before a restart.
        """
        size = int(numbers.max(initial=-1)) + 1
        found = np.zeros(totals.counts.shape, np.bool_)
        for place, window in enumerate(windows):
            column = self._columns[window]
            column.reserve(size)
            counts, customers = totals.counts[:, place], totals.customers[:, place]
            before = column.customers[numbers]
            new = (column.counts[numbers] != counts) | (before != customers)
            self._mark_other_values(column, numbers, place, totals, new)
            new &= (before != _NOT_SENT) | (counts != 0) | restored
            found[:, place] = new
            moved = numbers[new]
            column.counts[moved], column.customers[moved] = counts[new], customers[new]
            self._keep_values(column, numbers, place, totals, new)
        return found

    def of(self, number: int) -> dict[Window, SentWindow]:
        """Return events, values and customers of the windows that were published of a series."""
        return {
            window: (
                int(column.counts[number]),
                column.values.get(number, {}),
                int(column.customers[number]),
            )
            for window, column in self._columns.items()
            if number < column.customers.size and column.customers[number] != _NOT_SENT
        }

    def events(self, numbers: Integers, window: Window) -> Integers:
        """Return the events of a window of series; -1 of one of which no window was published."""
        published = np.zeros(numbers.size, np.bool_)
        for column in self._columns.values():
            own = numbers < column.customers.size
            published[own] |= column.customers[numbers[own]] != _NOT_SENT
        counts = grown(self._columns[window].counts, int(numbers.max(initial=-1)) + 1)
        return np.where(published, counts[numbers], -1)

    @staticmethod
    def _mark_other_values(
        column: _Column, numbers: Integers, place: int, totals: Totals, new: NDArray[Any]
    ) -> None:
        """Mark the series that have other values than were published."""
        held, values = column.values, totals.values
        if held or values:
            for row, number in enumerate(numbers.tolist()):
                if values.get((row, place)) != held.get(number):
                    new[row] = True

    @staticmethod
    def _keep_values(
        column: _Column, numbers: Integers, place: int, totals: Totals, new: NDArray[Any]
    ) -> None:
        held, values = column.values, totals.values
        if held or values:
            for row in new.nonzero()[0].tolist():
                own, number = values.get((row, place)), int(numbers[row])
                if own:
                    held[number] = own
                else:
                    held.pop(number, None)
