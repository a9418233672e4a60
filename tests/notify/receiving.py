"""Receivers on loopback that do as they are told: take, refuse, hang, close, answer late."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from streams.notify.message import Message
from streams.notify.specimen import INCIDENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

HANG = -1
"""Instead of a status: it takes the request and never answers."""
CLOSE = -2
"""It takes the request and closes the connection."""


@dataclass
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and how the next ones are answered: 200 where nothing is left to say."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append(Got(request.path, dict(request.headers), await request.read()))
        status = self.answers.pop(0) if self.answers else 200
        if status == HANG:
            await asyncio.sleep(3600)
        if status == CLOSE:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=max(200, status), headers=self.headers)


@asynccontextmanager
async def receiver(
    answers: Sequence[int] = (), headers: dict[str, str] | None = None
) -> AsyncIterator[Receiver]:
    """Listen on a free port of 127.0.0.1."""
    made = Receiver(answers=list(answers), headers=headers or {})
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


def message(**changes: object) -> Message:
    """Make a message about the incident that templates are tried on."""
    fields = {
        "notification_id": "c4d1a07be92f6358",
        "route": "all",
        "receiver": "team",
        "subject": "Opened: more complaints",
        "why": "It has just opened.",
        "incidents": [INCIDENT],
        "severity": "warning",
        "number": 1,
    }
    return Message(**(fields | changes))  # type: ignore[arg-type]
