"""Prometheus metrics, read from the tables at scrape time: an event costs nothing here."""

from streams.core.views import FlushTime
from streams.telemetry.collector import WorkerView
from streams.telemetry.exposition import (
    parse,
    process_registry,
    registry,
    render,
    render_families,
    scrape,
)
from streams.telemetry.loop import LoopWatch
from streams.telemetry.merging import Counted, merged
from streams.telemetry.processes import of_processes

__all__ = [
    "Counted",
    "FlushTime",
    "LoopWatch",
    "WorkerView",
    "merged",
    "of_processes",
    "parse",
    "process_registry",
    "registry",
    "render",
    "render_families",
    "scrape",
]
