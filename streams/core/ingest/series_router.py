"""From the labels of events to the series they count in: one a breakdown."""

from __future__ import annotations

from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.catalogue import TOPIC_OF, TOPICS
from streams.core.distinct_rows import FEW, distinct_rows
from streams.core.ingest.label_codes import MAX_CODES
from streams.core.series_key import OTHER, series_key, series_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from schemas.metrics import Metric
    from streams.core.catalogue import Breakdown
    from streams.core.ingest.label_codes import Codes, LabelCodes


class SeriesRouter:
    """Numbers the series that events belong to, with a cap on the values of a breakdown.

    The first `cap` value combinations of a breakdown get series of their own; later ones are
    counted under `other`. Breakdowns by the same labels are one.

    Attributes:
        names: the name of each number.
        admitted: how many series were admitted so far (state: they must survive).
    """

    def __init__(self, breakdowns: Mapping[Metric, Sequence[Breakdown]], cap: int) -> None:
        self._routes = {
            metric: [
                _Route(self, metric, breakdown, cap)
                for breakdown in {frozenset(one): one for one in wanted}.values()
            ]
            for metric, wanted in breakdowns.items()
        }
        self._of_labels = {
            (metric, route.labels): route for metric in breakdowns for route in self._routes[metric]
        }
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._admitted: set[int] = set()
        self._fresh: list[str] = []
        """Series admitted since `drain_admitted` was called."""

    @property
    def admitted(self) -> int:
        """How many series were admitted so far."""
        return len(self._admitted)

    def series(
        self, metric: Metric, codes: LabelCodes, columns: Sequence[Codes]
    ) -> Iterator[Codes]:
        """Yield the numbers of the series of events, a column a breakdown.

        Args:
            metric: what the events count for.
            codes: the numbers of the values of their labels.
            columns: those of each event, a column a label; of one event at least.
        """
        routes = self._routes.get(metric, ())
        if columns[0].size <= FEW:
            rows = [column.tolist() for column in columns]
            for route in routes:
                yield route.few(codes, rows)
            return
        for route in routes:
            yield route.series(codes, columns)

    def forget_codes(self, metrics: Collection[Metric]) -> None:
        """Forget what the numbers of values stood for."""
        for metric in metrics:
            for route in self._routes.get(metric, ()):
                route.forget_codes()

    def number(self, name: str) -> int:
        """Return the number of a series."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def restore(self, metric: Metric, labels: Mapping[str, str], name: str) -> None:
        """Restore one admitted series."""
        route = self._of_labels.get((metric, frozenset(labels)))
        if route is not None:
            route.restore(labels, name)

    def restore_admitted(self, name: str) -> int:
        """Number a series that stands in the changelog as admitted."""
        number = self.number(name)
        self._admitted.add(number)
        return number

    def drain_admitted(self) -> list[str]:
        """Return the series admitted since the last call, whose rows are still to be written."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def admit(self, names: list[str]) -> list[int]:
        """Admit series, and return their numbers."""
        numbers = list(map(self.number, names))
        for number, name in zip(numbers, names, strict=True):
            if number not in self._admitted:
                self._admitted.add(number)
                self._fresh.append(name)
        return numbers


class _Route:
    """The series of one breakdown of one metric."""

    def __init__(
        self, router: SeriesRouter, metric: Metric, breakdown: Breakdown, cap: int
    ) -> None:
        self._router = router
        self._metric: Metric = metric
        self._breakdown = breakdown
        self.labels = frozenset(breakdown)
        self._cap = cap
        labels = TOPICS[TOPIC_OF[metric]].labels
        self._places = tuple(labels.index(name) for name in breakdown)
        self._series: dict[tuple[str, ...], int] = {}
        """By label values: the series admitted."""
        self._of_code = _NONE
        """By the number of the value, of a breakdown by one label; -1 where it is not known."""
        self._of_few: dict[tuple[int, ...], int] = {}
        """By the numbers of the values, of those that came in few events at a time."""

    def series(self, codes: LabelCodes, columns: Sequence[Codes]) -> Codes:
        picked = [columns[place] for place in self._places]
        if len(picked) == 1:
            return self._of_one(codes, picked[0])
        if not picked:
            return np.full(columns[0].size, self._named([()])[0])
        first, which = distinct_rows(picked)
        return self._of_rows(codes, [column[first] for column in picked])[which]

    def few(self, codes: LabelCodes, columns: Sequence[list[int]]) -> Codes:
        """Return what `series` does of few events, one by one."""
        if not self._places:
            return np.full(len(columns[0]), self._named([()])[0])
        known, found = self._of_few, []
        for row in zip(*[columns[place] for place in self._places], strict=True):
            number = known.get(row)
            if number is None:
                if len(known) >= MAX_CODES:
                    known.clear()
                shown = [
                    codes.shown(place, [code])[0]
                    for place, code in zip(self._places, row, strict=True)
                ]
                number = known[row] = self._named([tuple(shown)])[0]
            found.append(number)
        return np.array(found)

    def forget_codes(self) -> None:
        self._of_code = _NONE
        self._of_few.clear()

    def restore(self, labels: Mapping[str, str], name: str) -> None:
        values = tuple([labels[label] for label in self._breakdown])
        self._series[values] = self._router.restore_admitted(name)

    def _of_one(self, codes: LabelCodes, column: Codes) -> Codes:
        highest = int(column.max())
        if highest >= self._of_code.size:
            more = np.full(2 * highest + 1 - self._of_code.size, -1)
            self._of_code = np.concatenate((self._of_code, more))
        found = self._of_code[column]
        if found.min() < 0:
            fresh = column[found < 0]
            first, _ = distinct_rows([fresh])
            fresh = fresh[first]
            self._of_code[fresh] = self._of_rows(codes, [fresh])
            found = self._of_code[column]
        return found

    def _of_rows(self, codes: LabelCodes, columns: list[Codes]) -> Codes:
        """Return the series of distinct rows of numbers of values, in the order of arrival."""
        names = [
            codes.shown(place, column.tolist())
            for place, column in zip(self._places, columns, strict=True)
        ]
        return np.array(self._named(list(zip(*names, strict=True))))

    def _named(self, rows: list[tuple[str, ...]]) -> list[int]:
        """Return the series of label values; admit those for which there is room."""
        series = self._series
        found = list(map(series.get, rows))
        if None in found:
            new = list(dict.fromkeys(compress(rows, [number is None for number in found])))
            self._admit(new[: max(0, self._cap - len(series))])
            found = list(map(series.get, rows))
        return [self._other if number is None else number for number in found]

    def _admit(self, rows: list[tuple[str, ...]]) -> None:
        names = series_keys(self._metric, self._breakdown, rows)
        self._series.update(zip(rows, self._router.admit(names), strict=True))

    @cached_property
    def _other(self) -> int:
        return self._router.number(series_key(self._metric, dict.fromkeys(self._breakdown, OTHER)))


_NONE: Final = np.zeros(0, np.int64)
