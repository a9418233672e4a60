"""HTTP of several workers as that of one: what each says is asked for when somebody asks us."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from streams import telemetry
from streams.worker.pages import serve_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prometheus_client.core import Metric

    from streams.worker.processes.child import Child

ANSWER: Final = 4.0
"""Wall seconds that a process has to say how it is."""
SHOW: Final = 8.0
"""Wall seconds that it has for its metrics; Prometheus itself waits for ten as a rule."""

ASKED: Final = {"Accept": telemetry.PACKED}
"""The form of metrics that a process packs for its parent."""


class Gathered:
    """Answers for all processes; before there are any, `waiting` says what for."""

    def __init__(self) -> None:
        self.waiting = "starting"
        self._children: Sequence[Child] = ()
        self._counted = telemetry.Counted()
        self._own = telemetry.process_registry()

    def wait_for(self, what: str) -> None:
        """Say what is waited for."""
        self.waiting = what

    def open(self, children: Sequence[Child]) -> None:
        """Answer for these from now on."""
        self._children = children

    def ended(self, name: str) -> None:
        """Note that a process is no more."""
        self._counted.ended(name)

    async def problem(self) -> str | None:
        """Say which process is not ready, and why; None when all are."""
        if not self._children:
            return self.waiting
        for child, problem in await self._problems():
            if problem is not None:
                return f"process {child.name}: {problem}"
        return None

    async def _problems(self) -> list[tuple[Child, str | None]]:
        problems = await asyncio.gather(*map(self._problem, self._children))
        return list(zip(self._children, problems, strict=True))

    async def _problem(self, child: Child) -> str | None:
        if child.port is None:
            return child.waiting
        answer = await _ask(child.port, "/readyz", ANSWER)
        if answer is None:
            return f"no answer within {ANSWER:.0f} s"
        status, body = answer
        return None if status == web.HTTPOk.status_code else body.decode().strip()

    async def hangs(self) -> str | None:
        """Name a process that does not answer; one that is being started is none."""
        running = [(child, child.port) for child in self._children if child.port is not None]
        asked = [_ask(port, "/healthz", ANSWER) for _, port in running]
        for (child, port), answer in zip(running, await asyncio.gather(*asked), strict=True):
            if answer is None and child.port == port:
                return f"process {child.name}: no answer within {ANSWER:.0f} s"
        return None

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """Show the metrics of all as those of one: the body and its content type."""
        ports = {child.name: child.port for child in self._children if child.port is not None}
        asked = [_ask(port, "/metrics", SHOW) for port in ports.values()]
        problems, answers = await asyncio.gather(self._problems(), asyncio.gather(*asked))
        packed = {
            name: answer[1]
            for name, answer in zip(ports, answers, strict=True)
            if answer is not None and answer[0] == web.HTTPOk.status_code
        }
        shown = await asyncio.to_thread(telemetry.unpack, packed)
        now = {child.name: child.port for child in self._children}
        for name, families in shown.items():
            if now[name] == ports[name]:  # else it has ended meanwhile
                self._counted.saw(name, families)
        own = [
            *self._counted.families(),
            *telemetry.of_processes(
                {child.name: (child.starts, problem is None) for child, problem in problems}
            ),
        ]
        return await asyncio.to_thread(self._render, shown, own, accept)

    def _render(
        self, shown: dict[str, list[Metric]], own: list[Metric], accept: str
    ) -> tuple[bytes, str]:
        everybody = {"parent": list(self._own.collect()), **shown}
        return telemetry.render_families(chain(telemetry.merged(everybody), own), accept)


async def _ask(port: int, path: str, seconds: float) -> tuple[int, bytes] | None:
    """Ask a process of ours; gives status and body, None where it does not answer."""
    # A connection for each: one that is kept open would be cut off by the other side at times.
    async with ClientSession(timeout=ClientTimeout(total=seconds)) as session:
        try:
            async with session.get(f"http://127.0.0.1:{port}{path}", headers=ASKED) as answer:
                return answer.status, await answer.read()
        except (ClientError, TimeoutError):
            return None


def application(gathered: Gathered) -> web.Application:
    """Make the application that answers for all processes."""

    async def healthz(_: web.Request) -> web.Response:
        problem = await gathered.hangs()
        return web.Response(text=f"{problem or 'ok'}\n", status=503 if problem else 200)

    async def readyz(_: web.Request) -> web.Response:
        problem = await gathered.problem()
        return web.Response(text=f"{problem or 'ready'}\n", status=503 if problem else 200)

    async def metrics(request: web.Request) -> web.Response:
        body, content_type = await gathered.metrics(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    app = web.Application()
    serve_pages(app)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app
