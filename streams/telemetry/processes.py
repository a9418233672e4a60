"""The metrics of the processes of a worker, as their parent sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.core import Metric


def of_processes(processes: Mapping[str, tuple[int, bool]]) -> Iterator[Metric]:
    """Give how often each process was started, and whether it is ready, by its name."""
    starts = CounterMetricFamily(
        "groundswell_process_starts",
        "Starts of a process of the worker; more than one: it ended and was started again.",
        labels=("process",),
    )
    ready = GaugeMetricFamily(
        "groundswell_process_ready",
        "1 where a process of the worker is ready.",
        labels=("process",),
    )
    for name, (times, is_ready) in processes.items():
        starts.add_metric((name,), times)
        ready.add_metric((name,), int(is_ready))
    yield from (starts, ready)
