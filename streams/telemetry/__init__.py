"""Prometheus metrics, read from the tables at scrape time: an event costs nothing here."""

from streams.core.views import FlushTime
from streams.telemetry.collector import WorkerView
from streams.telemetry.exposition import registry, render, scrape
from streams.telemetry.loop import LoopWatch

__all__ = ["FlushTime", "LoopWatch", "WorkerView", "registry", "render", "scrape"]
