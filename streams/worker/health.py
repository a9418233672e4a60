"""HTTP of the worker: /metrics, /healthz and /readyz, and the pages that alerts link to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiohttp import web

from streams import telemetry
from streams.transport.state.stage_thread import here
from streams.worker.listening import listen
from streams.worker.pages import serve_pages

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from streams.settings import Worker
    from streams.transport.state.stage_thread import Run
    from streams.transport.state.task_manager import TaskManager
    from streams.worker.broker_watch import BrokerWatch
    from streams.worker.listening import Listening

STUCK_AFTER = 60.0
"""Wall seconds until a worker is not ready that has no partitions, takes nothing though records
wait, or hears nothing of its broker."""


class Readiness:
    """Tells whether the worker does its work; asked again and again, it remembers progress."""

    def __init__(self, partitions: TaskManager) -> None:
        self._partitions = partitions
        self._seen: dict[tuple[str, int], tuple[int, float]] = {}
        self._active = float("-inf")

    def problem(self, now: float) -> str | None:
        """Say what is missing; None when ready. `now` is monotonic, in seconds."""
        partitions = self._partitions
        if partitions.failure.done():
            return "stopping after a failure"
        if not partitions.recovered:
            return "no partitions assigned and loaded yet"
        for reason in partitions.stopped.values():
            return f"stopped on a bug: {reason}"
        for reason in partitions.reading_again():
            return reason
        if partitions.active:
            self._active = now
        elif now - self._active > STUCK_AFTER:
            return f"no partitions for {STUCK_AFTER:.0f} s: the group does not settle"
        return self._stuck(partitions, now)

    def _stuck(self, partitions: TaskManager, now: float) -> str | None:
        lag, silence = partitions.lag(), partitions.silence()
        for place, position in partitions.positions().items():
            topic, partition = place
            before, since = self._seen.get(place, (-1, now))
            if place in partitions.held:  # it waits for a slower one
                self._seen[place] = (position, now)
                continue
            if silence.get(place, 0.0) > STUCK_AFTER and not lag.get(place):
                return f"{topic}[{partition}]: no answer of the broker for {silence[place]:.0f} s"
            if position != before or not lag.get(place):
                self._seen[place] = (position, now)
            elif now - since > STUCK_AFTER:
                return f"{topic}[{partition}] does not advance: {lag[place]} records wait"
        return None


class HealthDesk:
    """What HTTP answers: of a worker that waits for its broker, and once `open`, of its partitions.

    `waiting` says for what; `base_url` is where the pages of incidents are, if anywhere.
    """

    def __init__(self, base_url: str | None = None) -> None:
        self.waiting = "starting"
        self.base_url = base_url
        self._partitions: TaskManager | None = None
        self._readiness: Readiness | None = None
        self._broker: BrokerWatch | None = None

    def wait_for(self, what: str) -> None:
        """Say what the worker waits for; it has no partitions then."""
        self.waiting = what
        self._partitions = self._readiness = self._broker = None

    def open(self, partitions: TaskManager, broker: BrokerWatch) -> None:
        """Answer for these partitions from now on, and for the broker that they are on."""
        self._partitions = partitions
        self._readiness = Readiness(partitions)
        self._broker = broker

    def problem(self, now: float) -> str | None:
        """Say what keeps the worker from working; `now` is monotonic, in seconds."""
        if self._readiness is None:
            return self.waiting
        away = self._broker.problem(now) if self._broker else None
        return away or self._readiness.problem(now)

    @property
    def run(self) -> Run:
        """Where the stages can be read with none half done."""
        return self._partitions.run if self._partitions else here

    # What telemetry reads: a `telemetry.WorkerView`.

    @property
    def stages(self) -> Mapping[tuple[str, int], object]:
        """Every stage in charge."""
        return self._partitions.stages if self._partitions else {}

    @property
    def stopped(self) -> Mapping[tuple[str, int], str]:
        """What stopped on a bug, and why."""
        return self._partitions.stopped if self._partitions else {}

    @property
    def held(self) -> Collection[tuple[str, int]]:
        """What waits for a slower partition."""
        return self._partitions.held if self._partitions else ()

    def lag(self) -> Mapping[tuple[str, int], int]:
        """Count what is not yet read."""
        return self._partitions.lag() if self._partitions else {}

    def flushes(self) -> Mapping[str, telemetry.FlushTime]:
        """Sum up the flushes by stage name."""
        return self._partitions.flushes() if self._partitions else {}

    def guards(self) -> Mapping[tuple[str, str], int]:
        """Count the commits that were not answered, by stage and what was done about it."""
        return self._partitions.guards() if self._partitions else {}


async def serve(
    worker: Worker, desk: HealthDesk, watch: telemetry.LoopWatch
) -> tuple[Listening, int]:
    """Listen; gives what to clean up and the port.

    `watch` measures how long the event loop was held.

    Raises:
        WorkerFailedError: the address is in use or not ours.
    """
    listening = await listen(worker, _application(desk, watch))
    return listening, listening.port


def _application(desk: HealthDesk, watch: telemetry.LoopWatch) -> web.Application:
    registry = telemetry.registry(desk)
    registry.register(watch)

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        problem = desk.problem(time.monotonic())
        return web.Response(text=f"{problem or 'ready'}\n", status=503 if problem else 200)

    async def metrics(request: web.Request) -> web.Response:
        accept = request.headers.get("Accept", "")
        body, content_type = await telemetry.scrape(registry, accept, desk.run)
        return web.Response(body=body, headers={"Content-Type": content_type})

    app = web.Application()
    serve_pages(app)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app
