"""Wires everything, once: settings and stages in, a running worker out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaConnectionError

from streams.agents import http, shell
from streams.logs import configure as configure_logging
from streams.transport import topics
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.settings import Settings
    from streams.transport.partitions import Partitions
    from streams.transport.spec import Pipeline

log = logging.getLogger(__name__)

TICK = 1.0
"""Wall seconds between two rounds of clock work."""

DRAIN = 7.0
"""Wall seconds that a stop may take to flush and commit."""

LEAVE = 2.0
"""Wall seconds that Faust may then take to leave the group."""

GONE = 9.9
"""Wall seconds after which a command that was told to stop is gone, whatever hangs."""

REFUSALS = (WorkerFailedError, topics.TopicsError, KafkaConnectionError)
"""How a worker ends that does not end by itself: the message says why and what to do."""

__all__ = ["REFUSALS", "WorkerFailedError", "configure_logging", "run_worker", "serve"]


def serve(settings: Settings, pipeline: Pipeline) -> None:
    """Run a worker until SIGTERM or SIGINT, then drain, flush, commit and leave.

    Raises:
        WorkerFailedError: it stopped by itself; the log says why.
        streams.transport.topics.TopicsError: the topics are not as they must be.
    """

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends it anyway
                loop.add_signal_handler(number, stop.set)
        await run_worker(settings, pipeline, stop, leaving=deadline.start)

    deadline = threading.Timer(GONE, _vanish)
    deadline.daemon = True
    try:
        asyncio.run(main())
    finally:
        deadline.cancel()


def _vanish() -> None:
    log.critical("still here %.1f s after the stop: leaving at once", GONE)
    logging.shutdown()
    os._exit(1)


async def run_worker(
    settings: Settings,
    pipeline: Pipeline,
    stop: asyncio.Event,
    started: Callable[[Partitions, int], None] | None = None,
    leaving: Callable[[], None] | None = None,
) -> None:
    """Run a worker on the current event loop until `stop` is set.

    `started` is told the view of the worker and the HTTP port, once that is open; `leaving` is
    called when it begins to stop.

    Raises:
        WorkerFailedError: it stopped by itself; the log says why.
        streams.transport.topics.TopicsError: the topics are not as they must be.
    """
    stages, counts = await topics.ensure(settings, pipeline)
    app = shell.build(settings, stages, counts)
    partitions = app.partitions
    runner, port = await http.serve(settings.worker, partitions)
    log.info("worker of %r on http://%s:%d", settings.worker.app_id, settings.worker.host, port)
    if started:
        started(partitions, port)
    clocks = [
        asyncio.create_task(_every(TICK, partitions.tick)),
        asyncio.create_task(_every(settings.worker.flush_interval, partitions.flush_due)),
    ]
    boot = asyncio.create_task(_boot(app))
    stopping = asyncio.create_task(stop.wait())
    ends: list[asyncio.Future[Any]] = [stopping, partitions.failure, *clocks]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for clock in clocks:
            if clock.done():
                clock.result()  # raises: a clock ends by a bug only
    finally:
        if leaving:
            leaving()
        tasks: list[asyncio.Task[Any]] = [*clocks, stopping, boot]
        for task in tasks:
            task.cancel()
        await _leave(app)
        await asyncio.gather(*tasks, return_exceptions=True)
        await runner.cleanup()
    if partitions.failure.done():
        raise partitions.failure.result()


async def _boot(app: shell.App) -> None:
    try:
        await app.start()
    except Exception as error:  # noqa: BLE001
        app.partitions.fail("starting", error)


async def _leave(app: shell.App) -> None:
    try:
        async with asyncio.timeout(DRAIN):
            if app.started:
                app.consumer.stop_flow()
            await app.partitions.close()
        if not app.partitions.failure.done():
            log.info("flushed and committed")
    except TimeoutError:
        log.warning("not flushed within %.0f s; the next start reads it again", DRAIN)
    try:
        async with asyncio.timeout(LEAVE):
            await app.stop()
    except TimeoutError:
        log.warning("Faust did not stop within %.0f s; leaving anyway", LEAVE)


async def _every(seconds: float, call: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        call()
