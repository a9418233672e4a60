"""From a worker to the text that Prometheus scrapes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry

from streams.telemetry.collector import WorkerCollector

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.telemetry.collector import WorkerView


def registry(view: WorkerView, *, clock: Callable[[], float] = time.time) -> CollectorRegistry:
    """Make a registry of its own, not the global one, that reads `view` when scraped.

    Args:
        view: the worker, as it is at each scrape.
        clock: wall clock, epoch seconds; the age of a watermark is told by it.
    """
    made = CollectorRegistry(auto_describe=False)
    made.register(WorkerCollector(view, clock))
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    GCCollector(registry=made)
    return made


def render(source: CollectorRegistry, accept: str = "") -> tuple[bytes, str]:
    """Encode a scrape: the body and its content type, as the request's Accept header asks.

    Call it on the worker's event loop: the tables must not change while they are read.
    """
    encode, content_type = choose_encoder(accept)
    return encode(source), content_type
