"""A limit of the connections to an HTTP server, so that strangers cannot use up its descriptors.

aiohttp waits for a request for as long as the other side likes, and takes as many connections as
there are descriptors; then the worker has none left for Kafka. So whoever has asked nothing for a
while is cut off, and where there are too many, whoever has asked nothing for longest makes room. A
request that came whole is always answered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST: Final = 100
"""Connections at once: a Prometheus, a health check and people need a handful."""

SHARE: Final = 4
"""One of so many descriptors may be such a connection."""

ACCEPTED_AT_ONCE: Final = 16
"""In one round of the event loop: they stand above the limit until the next."""

WAITING: Final = 1024
"""Connections that the system keeps for us while the loop is busy."""

TICK: Final = 1.0
"""Seconds between two looks at who has asked nothing."""

NEW_TICKS: Final = 5
"""Looks until one that has never asked is cut off."""

IDLE_TICKS: Final = 75
"""Looks until one that was answered and asks no more is cut off."""


def most() -> int:
    """Say how many connections there may be at once."""
    if resource is None:
        return MOST
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return MOST
    return max(1, min(MOST, descriptors // SHARE))


class Connection(asyncio.Protocol):
    """One connection: hands everything on to aiohttp, and notes how it goes.

    `ticks` counts looks since it was opened or last answered. A loop that was held for long looks
    only once after it, so nobody is cut off for what was our fault.
    """

    def __init__(self, inner: Any, among: Connections) -> None:  # noqa: ANN401 (aiohttp's own)
        self.inner = inner
        self._among = among
        self._transport: asyncio.BaseTransport | None = None
        self.asked = 0
        self.answered = False
        self.ticks = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self.inner.connection_made(transport)
        self._among.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._among.discard(self)
        self.inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand on what came."""
        self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Hand on that no more will come."""
        ended: bool | None = self.inner.eof_received()
        return ended

    def pause_writing(self) -> None:
        """Hand on that the other side reads too slowly."""
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand on that it reads again."""
        self.inner.resume_writing()

    def cut(self) -> None:
        """End it, whatever it has not read yet."""
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()


class Connections:
    """The open connections of an aiohttp server; called, it makes the protocol of a new one.

    `server` gives what makes aiohttp's own; `middleware` must be among the application's.
    """

    def __init__(self, server: Callable[[], Any], limit: int) -> None:
        self._server = server
        self._limit = limit
        # In the order in which they were opened or last answered.
        self._open: dict[Any, Connection] = {}
        self._looking: asyncio.TimerHandle | None = None

    def __call__(self) -> Connection:
        """Make the protocol of a new connection."""
        return Connection(self._server()(), self)

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Take one in; if there are too many, who has asked nothing for longest goes."""
        self._open[connection.inner] = connection
        if len(self._open) > self._limit:
            longest = next((one for one in self._open.values() if not one.asked), connection)
            self.discard(longest)
            longest.cut()

    def discard(self, connection: Connection) -> None:
        """Note that one is closed, or will be."""
        self._open.pop(connection.inner, None)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request; its connection is not cut off meanwhile."""
        connection = self._open.get(request.protocol)
        if connection is None:  # cut off already
            return await handler(request)
        connection.asked += 1
        try:
            return await handler(request)
        finally:
            connection.asked -= 1
            connection.answered, connection.ticks = True, 0
            if self._open.pop(request.protocol, None):
                self._open[request.protocol] = connection

    def look(self) -> None:
        """Cut off who has asked nothing for too long, now and from now on."""
        for one in list(self._open.values()):
            one.ticks += 1
            if not one.asked and one.ticks > (IDLE_TICKS if one.answered else NEW_TICKS):
                self.discard(one)
                one.cut()
        self._looking = asyncio.get_running_loop().call_later(TICK, self.look)

    def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
