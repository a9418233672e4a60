"""Prometheus metrics, read from the tables at scrape time: an event costs nothing here."""

from streams.core.views import FlushTime
from streams.telemetry.collector import WorkerView
from streams.telemetry.exposition import (
    PACKED,
    pack,
    process_registry,
    registry,
    render,
    render_families,
    scrape,
    unpack,
)
from streams.telemetry.loop import LoopWatch
from streams.telemetry.merging import Counted, merged
from streams.telemetry.processes import of_processes

__all__ = [
    "PACKED",
    "Counted",
    "FlushTime",
    "LoopWatch",
    "WorkerView",
    "merged",
    "of_processes",
    "pack",
    "process_registry",
    "registry",
    "render",
    "render_families",
    "scrape",
    "unpack",
]
