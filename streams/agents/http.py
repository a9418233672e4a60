"""HTTP of the worker: /metrics, /healthz and /readyz."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiohttp import web

from streams import telemetry
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.settings import Worker
    from streams.transport.partitions import Partitions

STUCK_AFTER = 60.0
"""Wall seconds without progress, with records waiting, until a worker is not ready."""


class Readiness:
    """Tells whether the worker does its work; asked again and again, it remembers progress."""

    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions
        self._seen: dict[tuple[str, int], tuple[int, float]] = {}

    def problem(self, now: float) -> str | None:
        """Say what is missing; None when ready. `now` is monotonic, in seconds."""
        partitions = self._partitions
        if partitions.failure.done():
            return "stopping after a failure"
        if not partitions.recovered:
            return "no partitions assigned and loaded yet"
        for told in partitions.stopped.values():
            return f"stopped on a bug: {told}"
        taken = partitions.taken()
        lag = partitions.lag()
        for place, position in taken.items():
            before, since = self._seen.get(place, (-1, now))
            if position != before or not lag.get(place):
                self._seen[place] = (position, now)
            elif now - since > STUCK_AFTER:
                topic, partition = place
                return f"{topic}[{partition}] does not advance: {lag[place]} records wait"
        return None


class _View:
    """The worker as telemetry reads it."""

    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions
        self.lag = partitions.lag

    @property
    def stages(self) -> Mapping[tuple[str, int], object]:
        return self._partitions.stages

    @property
    def stopped(self) -> Mapping[tuple[str, int], str]:
        return self._partitions.stopped

    def flushes(self) -> Mapping[str, telemetry.FlushTime]:
        return {
            stage: telemetry.FlushTime(*cost) for stage, cost in self._partitions.flushes().items()
        }


async def serve(worker: Worker, partitions: Partitions) -> tuple[web.AppRunner, int]:
    """Listen; gives what to clean up and the port (that of the settings, or the one found).

    Raises:
        WorkerFailedError: the address is in use or not ours.
    """
    readiness = Readiness(partitions)
    registry = telemetry.registry(_View(partitions))

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        problem = readiness.problem(time.monotonic())
        return web.Response(text=f"{problem or 'ready'}\n", status=503 if problem else 200)

    async def metrics(request: web.Request) -> web.Response:
        body, content_type = await telemetry.scrape(registry, request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, worker.host, worker.port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise WorkerFailedError(f"{error.strerror}; set worker.host and worker.port") from error
    port: int = runner.addresses[0][1]
    return runner, port
