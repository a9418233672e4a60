"""HTTP of notify: /metrics, /healthz and /readyz; and a file that is touched while it lives."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from aiohttp import web

from streams.notify.telemetry import registry
from streams.telemetry.exposition import scrape
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from streams.core.notify.config import Notify
    from streams.notify.telemetry import View

LATE: Final = 60.0
"""Seconds without a round after which it is not ready."""
TOUCH: Final = 5.0
"""Seconds between two touches of the heartbeat file."""


def problem(view: View, now: float) -> str | None:
    """Say what keeps it from telling; None: nothing does. `now` is epoch seconds."""
    if view.problem is not None:
        return view.problem
    silent = now - view.beat
    return f"no round for {silent:.0f} s" if silent > LATE else None


@contextlib.asynccontextmanager
async def serve(settings: Notify, view: View) -> AsyncIterator[int]:
    """Listen, and touch the heartbeat file; gives the port.

    Raises:
        WorkerFailedError: the address is in use or not ours.
    """
    runner = web.AppRunner(_application(view), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        await runner.cleanup()
        raise WorkerFailedError(
            f"{error.strerror}: is another notify there? Set notify.host and notify.port "
            "(GROUNDSWELL_NOTIFY__PORT=0 takes a free one)"
        ) from error
    beating = asyncio.create_task(_beat(settings.heartbeat, view))
    try:
        yield runner.addresses[0][1]
    finally:
        beating.cancel()
        await runner.cleanup()


async def _beat(file: Path | None, view: View) -> None:
    while file is not None:
        if problem(view, time.time()) is None:
            with contextlib.suppress(OSError):  # whoever watches it sees that it grows old
                await asyncio.to_thread(file.touch)
        await asyncio.sleep(TOUCH)


def _application(view: View) -> web.Application:
    source = registry(view)

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        found = problem(view, time.time())
        said = "ready" if view.owner else "ready: another process tells, this one stands by"
        return web.Response(text=f"{found or said}\n", status=503 if found else 200)

    async def metrics(request: web.Request) -> web.Response:
        body, content_type = await scrape(source, request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app
