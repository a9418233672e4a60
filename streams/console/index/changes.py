"""Who waits for news of the index is told: from the thread that writes to those who serve."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Changes:
    """How often each topic has changed; all of it is for the event loop but `announce`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self.closing = False

    def begin(self) -> None:
        """Serve the event loop that calls."""
        self._loop = asyncio.get_running_loop()

    def announce(self, topics: Iterable[str]) -> None:
        """Tell that topics have changed; may be called from any thread."""
        names = tuple(topics)
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._tell, names)
        else:
            self._counts.update(names)

    def end(self) -> None:
        """Let go who waits: there will be no more."""
        self.closing = True
        self._tell(())

    def version(self, topics: Collection[str]) -> int:
        """Return a number that grows whenever one of the topics changes."""
        return sum(self._counts[topic] for topic in topics)

    async def after(self, version: int, topics: Collection[str]) -> int:
        """Wait until topics are newer than a version; returns theirs."""
        while (now := self.version(topics)) <= version and not self.closing:
            await self._news.wait()
        return now

    def _tell(self, topics: Iterable[str]) -> None:
        self._counts.update(topics)
        before, self._news = self._news, asyncio.Event()
        before.set()
