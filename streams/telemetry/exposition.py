"""From a worker to the text that Prometheus scrapes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import msgspec
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry
from prometheus_client.samples import Sample

from streams.telemetry.collector import WorkerCollector

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from streams.telemetry.collector import WorkerView


PACKED: Final = "application/x-groundswell-metrics"
"""What a parent asks its processes for."""


class _Family(msgspec.Struct, array_like=True):
    name: str
    documentation: str
    type: str
    samples: list[tuple[str, dict[str, str], float]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Family]).decode


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


def pack(families: Iterable[Metric]) -> bytes:
    """Encode families for the parent of this process: text takes it twenty times as long."""
    return _encode(
        [
            _Family(
                one.name,
                one.documentation,
                one.type,
                [(sample.name, sample.labels, float(sample.value)) for sample in one.samples],
            )
            for one in families
        ]
    )


def unpack(packed: Mapping[str, bytes]) -> dict[str, list[Metric]]:
    """Read what processes have packed, by their names."""
    return {name: list(map(_metric, _decode(data))) for name, data in packed.items()}


def _metric(family: _Family) -> Metric:
    made = Metric(family.name, family.documentation, family.type)
    made.samples = [Sample(name, labels, value) for name, labels, value in family.samples]
    return made


def render_families(families: Iterable[Metric], accept: str = "") -> tuple[bytes, str]:
    """Encode families that have been read already; see `render`."""
    if accept == PACKED:
        return pack(families), PACKED
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
