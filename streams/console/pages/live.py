"""The event stream: what changes on a page is sent as it changes, once for all who look."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from streams.console.pages import now
from streams.console.parts import ByPerson, InParts

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.console.parts import Parts

log = logging.getLogger(__name__)
router = APIRouter()

APART_S: Final = 0.5
"""Seconds between two events at least."""
AGAIN_S: Final = 2.0
"""Seconds until it is tried again, where the page could not be written."""
MOST: Final = 1_000
"""So many may look at once."""


class Shared:
    """A part of a page, written once for each version of what it shows."""

    def __init__(self, parts: Parts, write: Callable[[], str]) -> None:
        self._parts = parts
        self._write = write
        self._lock = asyncio.Lock()
        self._version = -1
        self._text = ""

    async def after(self, version: int) -> tuple[int, str]:
        """Wait for a newer version; returns it, and what is written of it."""
        await self._parts.changes.after(version, now.TOPICS)
        async with self._lock:
            newest = self._parts.changes.version(now.TOPICS)
            if newest != self._version:
                self._text = await run_in_threadpool(self._write)
                self._version = newest
        return self._version, self._text


def shared(parts: Parts, *, wall: bool) -> Shared:
    """Return the part of a page that all who look at it share."""
    key = ("now", wall)
    if key not in parts.shared:
        parts.shared[key] = Shared(parts, lambda: now.fragment(parts, wall=wall))
    found: Shared = parts.shared[key]
    return found


@router.get("/live/now", response_class=EventSourceResponse)
async def live_now(
    parts: InParts, person: ByPerson, *, wall: bool = False
) -> AsyncIterator[ServerSentEvent]:
    """Send what changes on the page Now."""
    del person
    if parts.shared.get("looking", 0) >= MOST:
        raise HTTPException(503, "too many are looking")
    parts.shared["looking"] = parts.shared.get("looking", 0) + 1
    try:
        source, version, last = shared(parts, wall=wall), -1, ""
        while not parts.changes.closing:
            try:
                version, text = await source.after(version)
            except Exception:
                log.exception("the page cannot be written; it is tried again")
                await asyncio.sleep(AGAIN_S)
                continue
            if text != last:
                last = text
                yield ServerSentEvent(raw_data=text)
            await asyncio.sleep(APART_S)
    finally:
        parts.shared["looking"] -= 1
