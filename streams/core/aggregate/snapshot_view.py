"""What the topic metrics.rolling has at the moment, for those who look on: nothing is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.event_time.buckets import WINDOWS
from streams.core.views import WindowValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.aggregate.sent_windows import SentWindows
    from streams.core.aggregate.series import SentWindow, Series
    from streams.core.event_time.buckets import Window

_LONGEST: Final[Window] = WINDOWS[-1]
_NOTHING: Final[SentWindow] = (0, {}, 0)


class Overview:
    """The series of a family that are shown: of many that it has, these are few.

    Attributes:
        totals: those that count all of their metric.
    """

    def __init__(self) -> None:
        self.totals: list[Series] = []
        self._segments: dict[str, list[Series]] = {}
        """By metric."""

    def add(self, series: Series) -> None:
        """Keep a new series, if it is one of them."""
        if series.total:
            self.totals.append(series)
        elif series.of_segment:
            self._segments.setdefault(series.metric, []).append(series)

    def shown(self, sent: SentWindows, segments: int) -> Iterator[WindowValue]:
        """Yield every window, as last published, of totals and of each metric's largest segments.

        Largest is by the events of the longest window; at most `segments` of a metric. A series
        that has published nothing yet is left out.
        """
        for series in self.totals:
            yield from _windows(series, None, sent)
        for _, own in sorted(self._segments.items()):
            for series in _largest(own, sent, segments):
                yield from _windows(series, series.labels["segment"], sent)


def _largest(held: Sequence[Series], sent: SentWindows, most: int) -> list[Series]:
    """Return the `most` series with the most events; of equal ones those that are first by name."""
    numbers = np.fromiter((series.number for series in held), np.int64, len(held))
    events = sent.events(numbers, _LONGEST)
    least = np.partition(events, -most)[-most] if most < len(held) else 0
    places = ((events >= 0) & (events >= least)).nonzero()[0].tolist()
    ranked = sorted((-int(events[place]), held[place].labels["segment"], place) for place in places)
    return [held[place] for _, _, place in ranked[:most]]


def _windows(series: Series, segment: str | None, sent: SentWindows) -> Iterator[WindowValue]:
    published = sent.of(series.number)
    for window in WINDOWS if published else ():
        events, values, customers = published.get(window, _NOTHING)
        yield WindowValue(series.metric, segment, window, events, values, customers)
