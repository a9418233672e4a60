"""The parent of several workers: it starts them, passes the stop on, and answers for them."""

from __future__ import annotations

import asyncio
import logging
import pickle
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from streams.transport.client.wait_for_broker import topics_when_there
from streams.transport.failure import WorkerFailedError
from streams.worker.listening import listen
from streams.worker.processes.child import Child
from streams.worker.processes.gathered import Gathered, application
from streams.worker.processes.restarts import how
from streams.worker.stopping import GONE, unless, until_stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.settings import Settings
    from streams.transport.spec import Pipeline
    from streams.worker.processes.child import Start

log = logging.getLogger(__name__)

PATIENCE: Final = GONE + 0.3
"""Wall seconds that the processes have to stop in: each of them ends itself before that."""


def serve(settings: Settings, pipeline: Pipeline, asked: int, start: Start) -> None:
    """Run so many workers, or one a partition if that is fewer, until SIGTERM or SIGINT.

    `start` starts one of them, by its name.

    Raises:
        WorkerFailedError: one of them ended again and again, or did not stop in order.
        streams.transport.client.topics.TopicsError: the topics are not as they must be.
    """

    async def main(stop: asyncio.Event) -> None:
        await _run(settings, pipeline, asked, start, stop)

    until_stopped(main, PATIENCE + 1.0)


async def _run(
    settings: Settings,
    pipeline: Pipeline,
    asked: int,
    start: Start,
    stop: asyncio.Event,
) -> None:
    gathered = Gathered()
    listening = await listen(settings.worker, application(gathered))
    worker = settings.worker
    log.info("workers of %r on http://%s:%d", worker.app_id, worker.host, listening.port)
    try:
        # Here, once: so that they need not all make the topics, and are not more than these feed.
        found = await unless(stop, topics_when_there(settings, pipeline, gathered.wait_for))
        if found is None:
            log.info("stopped while %s", gathered.waiting)
            return
        specs, counts = found
        partitions = max(counts[topic] for spec in specs for topic in spec.topics)
        if asked > partitions:
            log.warning(
                "%d processes for %d partitions: %d are started", asked, partitions, partitions
            )
        given = handed_over(settings)
        children = [
            Child(str(number), start, given) for number in range(1, min(asked, partitions) + 1)
        ]
        gathered.open(children)
        await _keep(children, gathered, stop)
    finally:
        await listening.cleanup()


async def _keep(children: Sequence[Child], gathered: Gathered, stop: asyncio.Event) -> None:
    """Keep the processes at work until `stop`, then stop them."""
    keeping = [asyncio.create_task(child.keep(gathered.ended)) for child in children]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((*keeping, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        statuses = await _stop(children, keeping)
    for child, status in zip(children, statuses, strict=True):
        if isinstance(status, BaseException):
            raise status
        if status:
            raise WorkerFailedError(f"process {child.name} did not stop in order: it {how(status)}")
    log.info("all processes have stopped")


async def _stop(
    children: Sequence[Child], keeping: Sequence[asyncio.Task[int]]
) -> Sequence[int | BaseException]:
    """Stop all processes; gives their exit statuses, 0 of one that did not run."""
    waiting = [task for child, task in zip(children, keeping, strict=True) if not child.stop()]
    for task in waiting:
        task.cancel()
    _, late = await asyncio.wait(keeping, timeout=PATIENCE)
    for child, task in zip(children, keeping, strict=True):
        if task in late:
            log.error("process %s is still here after %.1f s: ended at once", child.name, PATIENCE)
            child.kill()
    ended = await asyncio.gather(*keeping, return_exceptions=True)
    return [0 if isinstance(one, asyncio.CancelledError) else one for one in ended]


def handed_over(settings: Settings) -> bytes:
    """Put the settings into the bytes that a process is given: secrets stand in no argument.

    They have a name in the group, to which each process puts its own: one of ours if there is none.
    """
    named = {"instance": settings.worker.instance or uuid4().hex}
    return pickle.dumps(
        settings.model_copy(update={"worker": settings.worker.model_copy(update=named)})
    )
