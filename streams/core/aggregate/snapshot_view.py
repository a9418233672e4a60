"""What the topic metrics.rolling has at the moment, for those who look on: nothing is computed."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import WINDOWS
from streams.core.views import WindowValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Window

_LONGEST: Final[Window] = WINDOWS[-1]


def shown(held: Iterable[Series], segments: int) -> Iterator[WindowValue]:
    """Yield every window, as last published, of the totals and of each metric's largest segments.

    Largest is by the events of the longest window; at most `segments` of a metric. A series that
    has published nothing yet is left out.
    """
    by_segment: dict[str, list[Series]] = {}
    for series in held:
        if not series.sent:
            continue
        if series.total:
            yield from _windows(series, None)
        elif series.labels.keys() == {"segment"}:
            by_segment.setdefault(series.metric, []).append(series)
    for metric in sorted(by_segment):
        for series in nsmallest(segments, by_segment[metric], key=_rank):
            yield from _windows(series, series.labels["segment"])


def _rank(series: Series) -> tuple[int, str]:
    return -_events(series), series.labels["segment"]


def _events(series: Series) -> int:
    return series.sent[_LONGEST][0] if _LONGEST in series.sent else 0


def _windows(series: Series, segment: str | None) -> Iterator[WindowValue]:
    for window in WINDOWS:
        events, values, customers = series.sent.get(window, (0, {}, 0))
        yield WindowValue(series.metric, segment, window, events, values, customers)
