"""Wires everything, once: settings and stages in, a running worker out."""

from __future__ import annotations

import asyncio
import logging
import os
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from streams import telemetry
from streams.logs import configure as configure_logging
from streams.transport.client.wait_for_broker import topics_when_there
from streams.transport.failure import WorkerFailedError
from streams.transport.state import flush_clock
from streams.worker import faust_app, health, memory
from streams.worker.broker_watch import LOOK, BrokerWatch
from streams.worker.group_watch import GroupWatch
from streams.worker.stopping import REFUSALS, unless, until_stopped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streams.settings import Settings
    from streams.transport.spec import Pipeline

log = logging.getLogger(__name__)

TICK = 1.0
"""Wall seconds between two rounds of clock work."""

ALIGN = 0.1
"""Wall seconds between two looks at which partitions run ahead of others."""

GIVE_BACK = 60.0
"""Wall seconds between two times that freed memory is given back."""

DRAIN = 7.0
"""Wall seconds that a stop may take to flush and commit."""

LEAVE = 2.0
"""Wall seconds that Faust may then take to leave the group."""

__all__ = ["REFUSALS", "WorkerFailedError", "configure_logging", "run_worker", "serve"]


def serve(
    settings: Settings, pipeline: Pipeline, listening: Callable[[int], None] = lambda _: None
) -> bool:
    """Run a worker until SIGTERM or SIGINT, then drain, flush, commit and leave; gives True then.

    Stopped while it waits for a broker, it leaves the process with status 0 at once. The time that
    it may take begins with the signal, whether or not the event loop has noticed it. `listening` is
    called with the port of its HTTP.

    Raises:
        WorkerFailedError: it stopped by itself; the log says why.
        streams.transport.client.topics.TopicsError: the topics are not as they must be.
    """

    async def main(stop: asyncio.Event) -> None:
        if not await run_worker(settings, pipeline, stop, listening):
            # A lookup of a name that is under way would keep us for as long as it takes.
            logging.shutdown()
            os._exit(0)

    until_stopped(main)
    return True


async def run_worker(
    settings: Settings,
    pipeline: Pipeline,
    stop: asyncio.Event,
    listening: Callable[[int], None] = lambda _: None,
) -> bool:
    """Run a worker on the current event loop until `stop` is set, waiting for a broker first.

    False if that was before a broker answered. `listening` is called with the port of its HTTP.

    Raises:
        WorkerFailedError: it stopped by itself; the log says why.
        streams.transport.client.topics.TopicsError: the topics are not as they must be.
    """
    desk = health.HealthDesk(settings.links.base_url)
    watch = telemetry.LoopWatch()
    watching = asyncio.create_task(watch.watch())
    runner, port = await health.serve(settings.worker, desk, watch)
    log.info("worker of %r on http://%s:%d", settings.worker.app_id, settings.worker.host, port)
    listening(port)
    try:
        while True:
            found = await unless(stop, topics_when_there(settings, pipeline, desk.wait_for))
            if found is None:
                log.info("stopped while %s", desk.waiting)
                return False
            if await _work(faust_app.build(settings, *found), desk, stop):
                return True
    finally:
        watching.cancel()
        log.info("the event loop was held for %.3f s at most", watch.longest)
        await runner.cleanup()


async def _work(app: faust_app.App, desk: health.HealthDesk, stop: asyncio.Event) -> bool:
    """Work until `stop`; False if the broker went away again before we could ask for a group."""
    partitions = app.partitions
    broker = BrokerWatch(app.settings.kafka, partitions.silence)
    desk.open(partitions, broker)
    clocks = [
        asyncio.create_task(_every(LOOK, broker.look)),
        asyncio.create_task(_every(LOOK, app.look_at_topics)),
        asyncio.create_task(_every(LOOK, GroupWatch(app.group_error, partitions).look)),
        asyncio.create_task(_every(TICK, partitions.tick)),
        asyncio.create_task(_every(ALIGN, partitions.align)),
        asyncio.create_task(_every(flush_clock.LOOK, partitions.flush_due)),
        asyncio.create_task(_every(GIVE_BACK, partial(asyncio.to_thread, memory.give_back))),
    ]
    boot = asyncio.create_task(_boot(app))
    stopping = asyncio.create_task(stop.wait())
    ends: list[asyncio.Future[Any]] = [stopping, partitions.failure, app.away, *clocks]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for clock in clocks:
            if clock.done():
                clock.result()  # raises: a clock ends by a bug only
    finally:
        tasks: list[asyncio.Task[Any]] = [*clocks, stopping, boot]
        for task in tasks:
            task.cancel()
        await _leave(app)
        await asyncio.gather(*tasks, return_exceptions=True)
    if partitions.failure.done():
        raise partitions.failure.result()
    if app.away.done():
        log.warning("the broker went away: %r", app.away.result())
    return not app.away.done()


async def _boot(app: faust_app.App) -> None:
    try:
        await app.start()
    except Exception as error:  # noqa: BLE001
        app.broke("starting", error)


async def _leave(app: faust_app.App) -> None:
    try:
        async with asyncio.timeout(DRAIN):
            if app.started:
                app.consumer.stop_flow()
            await app.partitions.close()
        if app.partitions.recovered and not app.partitions.failure.done():
            log.info("flushed and committed")
    except TimeoutError:
        log.warning("not flushed within %.0f s; the next start reads it again", DRAIN)
    try:
        async with asyncio.timeout(LEAVE):
            await app.stop()
    except TimeoutError:
        log.warning("Faust did not stop within %.0f s; leaving anyway", LEAVE)


async def _every(seconds: float, call: Callable[[], Awaitable[None] | None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        called = call()
        if isawaitable(called):
            await called
