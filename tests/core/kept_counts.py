"""What telemetry reads of series stages, and the same found by passing all that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.aggregate.stage import AggregateStage
from streams.core.event_time.buckets import WINDOWS
from streams.core.views import WindowValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from small_cluster import Cluster

    from streams.core.aggregate.series import SentWindow, Series
    from streams.core.event_time.buckets import Window


def kept(cluster: Cluster) -> list[tuple[int, list[WindowValue]]]:
    """Return the buckets that each series stage says it holds, and what telemetry shows of it."""
    return [(stage.sizes()["buckets"], list(stage.rolling(2))) for stage in _series(cluster)]


def recounted(cluster: Cluster) -> list[tuple[int, list[WindowValue]]]:
    """Return the same, found by passing all that there is."""
    return [(_held(stage), list(_shown(stage))) for stage in _series(cluster)]


def _series(cluster: Cluster) -> Iterator[AggregateStage]:
    for owner in cluster.owners.values():
        if isinstance(owner.stage, AggregateStage):
            yield owner.stage


def _held(stage: AggregateStage) -> int:
    return sum(
        len(tables.buckets.open[grain])
        + sum(1 for start in closed for _ in tables.buckets.closed_at(grain, start))
        for tables in stage._families.values()  # noqa: SLF001 - nothing else tells
        for grain, closed in tables.buckets.closed.items()
    )


def _shown(stage: AggregateStage) -> Iterator[WindowValue]:
    for name, tables in stage._families.items():  # noqa: SLF001 - nothing else tells
        sent = stage._publishers[name].sent  # noqa: SLF001 - nothing else tells
        shown = {one: own for one in tables.series.values() if (own := sent.of(one.number))}
        segments: dict[str, list[tuple[int, str, Series]]] = {}
        for one, own in shown.items():
            if one.total:
                yield from _windows(one, None, own)
            elif one.labels.keys() == {"segment"}:
                events = own.get("365d", (0,))[0]
                segments.setdefault(one.metric, []).append((-events, one.labels["segment"], one))
        for _, found in sorted(segments.items()):
            for _, segment, one in sorted(found)[:2]:
                yield from _windows(one, segment, shown[one])


def _windows(
    series: Series, segment: str | None, sent: Mapping[Window, SentWindow]
) -> Iterator[WindowValue]:
    for window in WINDOWS:
        yield WindowValue(series.metric, segment, window, *sent.get(window, (0, {}, 0)))
