"""The HTTP server of a worker at work, on the address of the settings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from streams.transport.failure import WorkerFailedError
from streams.worker.connections import ACCEPTED_AT_ONCE, WAITING, Connections, most

if TYPE_CHECKING:
    from streams.settings import Worker


class Listening:
    """The server at work: `port` is that of the settings, or the one found."""

    def __init__(
        self, server: asyncio.Server, connections: Connections, runner: web.AppRunner
    ) -> None:
        self._server = server
        self._connections = connections
        self._runner = runner
        self.port: int = server.sockets[0].getsockname()[1]

    async def cleanup(self) -> None:
        """Listen no more, and let go of who is there."""
        self._server.close()
        self._connections.close()
        await self._runner.cleanup()


async def listen(worker: Worker, app: web.Application) -> Listening:
    """Answer by `app` from now on.

    Raises:
        WorkerFailedError: the address is in use or not ours.
    """
    runner = web.AppRunner(app, access_log=None)
    connections = Connections(lambda: runner.server, most())
    app.middlewares.append(connections.middleware)
    await runner.setup()
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            connections, worker.host, worker.port, backlog=ACCEPTED_AT_ONCE
        )
    except OSError as error:
        await runner.cleanup()
        raise WorkerFailedError(
            f"{error.strerror}: is another worker or the demo there? Set worker.host and"
            " worker.port (GROUNDSWELL_WORKER__PORT=0 takes a free one)"
        ) from error
    for opened in server.sockets:
        # asyncio has one number for how many it accepts in a row and for how many may wait.
        with opened.dup() as same:
            same.listen(WAITING)
    connections.look()
    return Listening(server, connections, runner)
