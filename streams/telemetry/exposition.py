"""From a worker to the text that Prometheus scrapes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.registry import Collector, CollectorRegistry

from streams.telemetry.collector import WorkerCollector

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from prometheus_client.core import Metric

    from streams.telemetry.collector import WorkerView


def registry(view: WorkerView, *, clock: Callable[[], float] = time.time) -> CollectorRegistry:
    """Make a registry of its own, not the global one, that reads `view` when scraped.

    Args:
        view: the worker, as it is at each scrape.
        clock: wall clock, epoch seconds; the age of a watermark is measured by it.
    """
    made = process_registry()
    made.register(WorkerCollector(view, clock))
    return made


def process_registry() -> CollectorRegistry:
    """Make a registry of this process alone: its memory, CPU and garbage collection."""
    made = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    GCCollector(registry=made)
    return made


async def scrape(
    source: CollectorRegistry,
    accept: str = "",
    read: Callable[[Callable[[], list[Metric]]], Awaitable[list[Metric]]] | None = None,
) -> tuple[bytes, str]:
    """Answer a scrape: the body and its content type, as the request's Accept header asks.

    The tables are read by `read`, where nobody changes them meanwhile: the thread in which the
    stages work; by default here. The text, which takes longer, is written by another thread.
    """

    def collect() -> list[Metric]:
        return list(source.collect())

    families = collect() if read is None else await read(collect)
    return await asyncio.to_thread(render_families, families, accept)


def parse(texts: Mapping[str, str]) -> dict[str, list[Metric]]:
    """Read what processes show as OpenMetrics, by their names."""
    return {name: list(text_string_to_metric_families(text)) for name, text in texts.items()}


def render_families(families: Iterable[Metric], accept: str = "") -> tuple[bytes, str]:
    """Encode families that have been read already; see `render`."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Read(list(families)))
    return render(registry, accept)


def render(source: CollectorRegistry, accept: str = "") -> tuple[bytes, str]:
    """Encode what `source` has: the body and its content type."""
    encode, content_type = choose_encoder(accept)
    return encode(source), content_type


class _Read(Collector):
    """Families that have been read already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families
