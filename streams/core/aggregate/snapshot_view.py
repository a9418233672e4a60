"""What the topic metrics.rolling has at the moment, for those who look on: nothing is computed."""

from __future__ import annotations

from heapq import nsmallest
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import WINDOWS
from streams.core.views import WindowValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.aggregate.sent_windows import SentWindows
    from streams.core.aggregate.series import SentWindow, Series
    from streams.core.event_time.buckets import Window

    Published = dict[Window, SentWindow]

_LONGEST: Final[Window] = WINDOWS[-1]
_NOTHING: Final[SentWindow] = (0, {}, 0)


def shown(held: Iterable[Series], sent: SentWindows, segments: int) -> Iterator[WindowValue]:
    """Yield every window, as last published, of the totals and of each metric's largest segments.

    Largest is by the events of the longest window; at most `segments` of a metric. A series that
    has published nothing yet is left out.
    """
    by_segment: dict[str, list[tuple[tuple[int, str], Series, Published]]] = {}
    for series in held:
        if not series.total and series.labels.keys() != {"segment"}:
            continue
        published = sent.of(series.number)
        if published and series.total:
            yield from _windows(series, None, published)
        elif published:
            events, _, _ = published.get(_LONGEST, _NOTHING)
            rank = -events, series.labels["segment"]
            by_segment.setdefault(series.metric, []).append((rank, series, published))
    for metric in sorted(by_segment):
        for _, series, published in nsmallest(segments, by_segment[metric], key=itemgetter(0)):
            yield from _windows(series, series.labels["segment"], published)


def _windows(series: Series, segment: str | None, published: Published) -> Iterator[WindowValue]:
    for window in WINDOWS:
        events, values, customers = published.get(window, _NOTHING)
        yield WindowValue(series.metric, segment, window, events, values, customers)
