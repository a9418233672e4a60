"""The process that tells: it owns the one partition of incidents, decides, and delivers.

    take over: fence the former owner, read notifications and incidents to their ends
    round:     read what is new; decide; one transaction of decisions and offset; wake who delivers

Whoever owns it next finds all of it on `notifications`, so a process may be killed at any moment.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from schemas.grammar import NO_ROW
from schemas.topics import INCIDENTS, NOTIFICATIONS
from streams.core.notify import notification
from streams.notify.channels.alertmanager import RESEND, Alertmanager
from streams.notify.delivery import Deliverer
from streams.notify.outbox import Outbox
from streams.notify.records import PLACE, LostError, Records
from streams.notify.standing import Standing
from streams.transport.client.reader import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiokafka import AIOKafkaConsumer

    from streams.core.notify.notification import Notification
    from streams.notify.channels.outcome import Channel
    from streams.notify.rendering import Templates
    from streams.notify.telemetry import View
    from streams.settings import Settings

log = logging.getLogger(__name__)

ROUND_MS: Final = 500
"""Milliseconds that a round waits for something new."""
LAST_WORDS: Final = 8.0
"""Seconds that tries under way get to end, when another process takes over."""


class Decider(Protocol):
    """Decides who is told what: `streams.core.notify.desk`."""

    def restore(self, decided: Iterable[Notification]) -> None:
        """Take note of what was decided before."""

    def observe(self, record: bytes) -> None:
        """Take note of a record of `incidents`; raises one of NO_ROW where it is none."""

    def decide(self, wall: int) -> list[Notification]:
        """Return all that is due."""


@dataclass(frozen=True)
class Parts:
    """What an owner is made of: read once at the start of the process.

    `channels` has the receivers that can be used, `broken` says of the others why not.
    """

    settings: Settings
    decider: Callable[[], Decider]
    templates: Templates
    channels: Mapping[str, Channel]
    broken: Mapping[str, str]
    view: View
    wall: Callable[[], float] = time.time


class Owner:
    """Owns the partition from `run` until it is cancelled, or fenced."""

    def __init__(self, parts: Parts, consumer: AIOKafkaConsumer, group: str) -> None:
        self._parts = parts
        self._consumer = consumer
        self._records = Records(parts.settings.kafka, group)
        self._outbox = Outbox()
        self._decider = parts.decider()
        self._deliverers: dict[str, Deliverer] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._standing = {
            name: Standing(name, channel, parts.templates)
            for name, channel in parts.channels.items()
            if isinstance(channel, Alertmanager)
        }

    async def run(self) -> None:
        """Take over and work.

        Raises:
            LostError: another process is the owner, or nobody knows what was written.
            aiokafka.errors.KafkaError: the broker is away.
        """
        try:
            await self._records.start()
            await self._restore()
            self._parts.view.owner = True
            self._parts.view.waiting = self._waiting
            self._parts.view.dead = self._dead
            await self._work()
        finally:
            self._parts.view.owner = False
            self._parts.view.waiting = self._parts.view.dead = dict
            await self._end()

    async def _restore(self) -> None:
        began = time.monotonic()
        rows: dict[str, Notification] = {}
        kafka = self._parts.settings.kafka
        messages = follow(kafka, NOTIFICATIONS, from_beginning=True, to_end=True)
        async with aclosing(messages):
            async for _, value in messages:
                one = self._read(value)
                if one is not None:
                    rows[one.notification_id] = one
        self._decider.restore(rows.values())
        self._outbox.restore(rows.values())
        await self._observe_to_end()
        for standing in self._standing.values():
            standing.restore(rows.values())
        for name in {*self._parts.settings.notify.receivers, *self._outbox.receivers()}:
            self._deliverer(name)
        log.info(
            "took over: %d notifications, %d to deliver, after %.1f s",
            len(rows),
            sum(len(self._outbox.waiting(name)) for name in self._deliverers),
            time.monotonic() - began,
        )

    async def _observe_to_end(self) -> None:
        ends = await self._consumer.end_offsets([PLACE])
        await self._consumer.seek_to_beginning(PLACE)
        while await self._consumer.position(PLACE) < ends[PLACE]:
            await self._read_on()

    async def _read_on(self) -> bool:
        """Read what is new; returns whether anything was."""
        fetched = await self._consumer.getmany(PLACE, timeout_ms=ROUND_MS)
        records = fetched.get(PLACE, [])
        for record in records:
            if record.value is not None:
                self._observe(record.value)
        return bool(records)

    def _observe(self, record: bytes) -> None:
        try:
            self._decider.observe(record)
        except NO_ROW as error:
            self._parts.view.counts.left_out(INCIDENTS, error)
            return
        for standing in self._standing.values():
            standing.observe(record)

    def _read(self, value: bytes) -> Notification | None:
        try:
            return notification.decode(value)
        except NO_ROW as error:
            self._parts.view.counts.left_out(NOTIFICATIONS, error)
            return None

    async def _work(self) -> None:
        offset, beside = -1, asyncio.create_task(self._resend())
        try:
            while True:
                made = self._decider.decide(int(self._parts.wall()))
                position = await self._consumer.position(PLACE)
                if made or position != offset:
                    await self._records.write(made, position)
                    offset = position
                    self._take(made)
                self._parts.view.beat = self._parts.wall()
                await self._read_on()
                for task in (*self._tasks.values(), beside):
                    if task.done():
                        task.result()  # raises: they end by being lost, or by a bug
        finally:
            beside.cancel()
            await asyncio.gather(beside, return_exceptions=True)

    def _take(self, made: list[Notification]) -> None:
        self._parts.view.counts.decided(made)
        for one in made:
            self._outbox.put(one)
            if one.is_sent and one.receiver is not None:
                self._deliverer(one.receiver)
        self._wake()

    def _wake(self) -> None:
        for name in list(self._outbox.receivers()):
            self._deliverer(name).woken.set()

    def _deliverer(self, name: str) -> Deliverer:
        """Return who delivers to a receiver; it begins to work if there was none."""
        if name not in self._deliverers:
            parts, standing = self._parts, self._standing.get(name)
            broken = parts.broken.get(name, "it is not in the settings")
            made = Deliverer(
                name=name,
                channel=parts.channels.get(name),
                outbox=self._outbox,
                write=self._records.write,
                templates=parts.templates,
                settings=parts.settings.notify,
                counts=parts.view.counts,
                broken=broken,
                wake_others=self._wake,
                delivered=(lambda _: None) if standing is None else standing.delivered,
                wall=parts.wall,
            )
            made.remember()
            self._deliverers[name] = made
            self._tasks[name] = asyncio.create_task(made.run())
        return self._deliverers[name]

    async def _resend(self) -> None:
        while True:
            await asyncio.sleep(RESEND)
            for name, standing in self._standing.items():
                missed = await standing.resend()
                self._parts.view.counts.missed[name] += missed
                if missed:
                    log.warning("receiver %s did not take %d alerts sent again", name, missed)

    def _waiting(self) -> Mapping[str, tuple[int, int]]:
        found = {}
        for name in self._deliverers:
            waiting = self._outbox.waiting(name)
            found[name] = len(waiting), min((one.decided_at for one in waiting), default=0)
        return found

    def _dead(self) -> Mapping[str, bool]:
        wall, after = int(self._parts.wall()), self._parts.settings.notify.dead_after
        return {name: one.condition.is_dead(wall, after) for name, one in self._deliverers.items()}

    async def _end(self) -> None:
        """Let tries under way end, for a while; what is cut off is told again, marked."""
        for one in self._deliverers.values():
            one.stop()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=LAST_WORDS)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for standing in self._standing.values():
            standing.leave()
        await self._records.stop()


__all__ = ["Decider", "LostError", "Owner", "Parts"]
