"""Flushes: when, one at a time a table, and what comes of a failure.

A flush: encode changes and marker in one call where the stages work, write them in one transaction,
advance the marker. If the stage raises, or a topic does not take what it made, its partition
stops. If we were fenced, or the broker did not answer for long, the table is lost; anything else
that fails stops the worker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from streams.transport.failure import TooLargeError
from streams.transport.state.stage_thread import here
from streams.transport.state.writer import passing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from streams.transport.state.checkpoint import Marker
    from streams.transport.state.partition_task import Table
    from streams.transport.state.stage_thread import Run
    from streams.transport.state.writer import Prepared

log = logging.getLogger(__name__)


class FlushTime(NamedTuple):
    """How many flushes a stage has made since the worker started, and the seconds they took."""

    flushes: int
    seconds: float


class Owner(Protocol):
    """Who is told how flushes end; see `partitions.Partitions`."""

    def owns(self, table: Table) -> bool: ...  # noqa: D102
    def fail(self, origin: str, error: BaseException) -> None: ...  # noqa: D102
    def stop(self, table: Table, origin: str, error: Exception) -> None: ...  # noqa: D102
    async def lose(self, table: Table, error: BaseException) -> None: ...  # noqa: D102
    def flushed(self, table: Table) -> None: ...  # noqa: D102


class Flusher:
    """Runs the flushes of all tables; `costs` sums them up by the stage names given.

    `run` makes a call where the stages work, after those asked for before.
    """

    def __init__(self, owner: Owner, stages: Iterable[str], run: Run = here) -> None:
        self._owner = owner
        self._run = run
        self.costs = {name: FlushTime(0, 0.0) for name in stages}

    def start(self, table: Table) -> asyncio.Task[None]:
        """Encode and write in the background; gives the flush under way if there is one."""
        if table.flushing is None:  # a producer has one transaction at a time
            table.flushing = asyncio.create_task(self._flush(table))
        return table.flushing

    async def _flush(self, table: Table) -> None:
        begun = time.perf_counter()
        try:
            try:
                prepared, marker = await self._run(table.encode, time.time())
            except Exception as error:  # noqa: BLE001
                self._owner.stop(table, f"encoding flush {table.marker.flush + 1}", error)
                return
            if self._owner.owns(table):
                await self._write(table, prepared, marker, begun)
        finally:
            table.flushing = None

    async def _write(self, table: Table, prepared: Prepared, marker: Marker, begun: float) -> None:
        log.debug("%s: flush %d begins", table.name, marker.flush)
        try:
            await table.commit(prepared, marker)
        except TooLargeError as error:
            self._owner.stop(table, f"writing flush {marker.flush}", error)
        except Exception as error:  # noqa: BLE001
            if passing(error):
                await self._owner.lose(table, error)
            else:
                self._owner.fail(f"{table.name}, writing flush {marker.flush}", error)
        else:
            count, seconds = self.costs[table.spec.name]
            spent = time.perf_counter() - begun
            self.costs[table.spec.name] = FlushTime(count + 1, seconds + spent)
            log.debug("%s: flush %d written", table.name, marker.flush)
            self._owner.flushed(table)

    def due(self, tables: Collection[Table]) -> None:
        """Start a flush wherever there is something to write and none is under way."""
        for table in tables:
            if table.flushing is None and table.dirty():
                self.start(table)

    async def room(self, table: Table, limit: int) -> None:
        """Wait while the table has `limit` changes or more unwritten."""
        while self._owner.owns(table) and table.unwritten >= limit:
            await asyncio.wait({self.start(table)})

    async def last(self, tables: Iterable[Table]) -> None:
        """Write all there is; nothing may be taken meanwhile."""
        await asyncio.gather(*(self._last(table) for table in tables))

    async def _last(self, table: Table) -> None:
        # What changed since the flush under way was encoded takes one more; and a call that was
        # asked for before ends before this one.
        while self._owner.owns(table) and (
            table.flushing is not None or await self._run(table.dirty)
        ):
            await asyncio.wait({self.start(table)})
