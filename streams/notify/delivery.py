"""Delivers to one receiver: one try at a time, each recorded before it begins and when it ends."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from streams.notify.attempts import began, ended, instead
from streams.notify.channels.outcome import Kind, Outcome
from streams.notify.outgoing import outgoing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from streams.core.notify.config import Notify
    from streams.core.notify.notification import Notification
    from streams.notify.channels.outcome import Channel
    from streams.notify.outbox import Outbox
    from streams.notify.rendering import Templates
    from streams.notify.telemetry import Counts

    Write = Callable[[Iterable[Notification]], Awaitable[None]]

log = logging.getLogger(__name__)

LOOK: Final = 30.0
"""Seconds between two looks at what waits, if nothing happens."""


@dataclass
class Condition:
    """How a receiver does. Times are epoch seconds.

    `failing_since`: since when it has taken nothing, and `why`; None: it takes what it gets.
    `rest_until`: it is left alone until then.
    """

    failing_since: int | None = None
    why: str = ""
    rest_until: float = 0.0
    failures: int = 0

    def note(self, outcome: Outcome, wall: int) -> None:
        """Take note of how a try ended."""
        if outcome.kind is Kind.DELIVERED:
            self.failing_since, self.why, self.failures, self.rest_until = None, "", 0, 0.0
            return
        self.failing_since = wall if self.failing_since is None else self.failing_since
        self.why = outcome.detail
        if outcome.kind is Kind.REFUSED:
            return  # of this message, perhaps: the next one is tried
        # A receiver that is down is not asked once for each message that waits.
        self.failures += 1
        pause = min(2.0 ** min(self.failures - 2, 8), 60.0) if self.failures > 1 else 0.0
        self.rest_until = wall + max(pause, outcome.retry_after or 0.0)

    def is_dead(self, wall: int, dead_after: int) -> bool:
        """Return whether somebody else is to be told in its place."""
        return self.failing_since is not None and wall - self.failing_since >= dead_after


@dataclass
class Deliverer:
    """Works for one receiver. `channel` None: its settings do not do, and `broken` says why."""

    name: str
    channel: Channel | None
    outbox: Outbox
    write: Write
    templates: Templates
    settings: Notify
    counts: Counts
    broken: str = ""
    wake_others: Callable[[], None] = lambda: None
    delivered: Callable[[Notification], None] = lambda _: None
    wall: Callable[[], float] = time.time
    condition: Condition = field(default_factory=Condition)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: bool = False

    def remember(self) -> None:
        """Take note of what the notifications that wait say of the receiver."""
        for one in self.outbox.waiting(self.name):
            if one.error is not None:
                since = self.condition.failing_since
                self.condition.failing_since = min(one.decided_at, since or one.decided_at)
                self.condition.why = one.error

    def stop(self) -> None:
        """Begin no more: `run` ends when the try under way has."""
        self.stopping = True
        self.woken.set()

    async def run(self) -> None:
        """Deliver what is due, until it is stopped.

        Raises:
            LostError: of `write`: another process may be the owner.
        """
        while not self.stopping:
            self.woken.clear()
            wall = int(self.wall())
            due = self.outbox.due(self.name, wall)
            rest = self.condition.rest_until - self.wall()
            if due.one is not None and rest <= 0.0:
                await self._try(due.one)
                await self._tell_fallback()
                continue
            await self._tell_fallback()
            seconds = LOOK if due.at is None else max(0.05, due.at - self.wall())
            if due.one is not None:
                seconds = rest
            try:
                async with asyncio.timeout(min(seconds, LOOK)):
                    await self.woken.wait()
            except TimeoutError:
                pass

    async def _try(self, one: Notification) -> None:
        wall = int(self.wall())
        now = began(one, wall)
        # Before it goes out: whoever finds this without an end knows that it may have arrived.
        await self._put(now)
        outcome = await self._deliver(now)
        wall = int(self.wall())
        self.condition.note(outcome, wall)
        self.counts.tried(self.name, outcome.kind.value)
        after = ended(
            now,
            outcome,
            wall,
            jitter=random.random(),  # noqa: S311 (no secret: it spreads the tries)
            give_up_after=self.settings.give_up_after,
        )
        if outcome.kind is not Kind.DELIVERED:
            log.warning(
                "%s to %s, try %d: %s (%s)",
                one.notification_id,
                self.name,
                now.attempts,
                outcome.kind.value,
                outcome.detail,
            )
        if outcome.kind is Kind.REFUSED or after.state == "given_up":
            await self._instead([now])
        await self._put(after)
        if after.state == "delivered":
            self.delivered(after)

    async def _deliver(self, one: Notification) -> Outcome:
        if self.channel is None:
            return Outcome(Kind.REFUSED, self.broken)
        try:
            message = outgoing(one)
            return await self.channel.deliver(message, self.templates.surely(message))
        except Exception as error:  # noqa: BLE001 - a bug of a channel keeps nobody else
            # Where it was, and not what it says: an address may be in that.
            where = "".join(traceback.format_tb(error.__traceback__))
            name = type(error).__name__
            log.error(  # noqa: TRY400
                "a bug, %s, delivering %s to %s:\n%s", name, one.notification_id, self.name, where
            )
            return Outcome(Kind.UNANSWERED, f"a bug: {name}")

    async def _tell_fallback(self) -> None:
        """Tell another receiver all that waits for this one, if it is not reached."""
        if self.condition.is_dead(int(self.wall()), self.settings.dead_after):
            await self._instead(self.outbox.waiting(self.name))

    async def _instead(self, waiting: Iterable[Notification]) -> None:
        """Tell the fallback of these, each once."""
        fallback = self._fallback()
        if fallback is None:
            return
        channel = self.settings.receivers[fallback].channel
        told = {one.notification_id for one in self.outbox.waiting(fallback)}
        made = []
        for one in waiting:
            copy = instead(one, fallback, channel, self.condition.why, int(self.wall()))
            # What stands for one of the fallback's own does not go back to it.
            if not self.outbox.knows(copy.notification_id) and one.instead_of not in told:
                made.append(copy)
        if made:
            log.error("receiver %s is not reached: telling %s instead", self.name, fallback)
            await self.write(made)
            for copy in made:
                self.outbox.put(copy)
            self.wake_others()

    def _fallback(self) -> str | None:
        own = self.settings.receivers.get(self.name)
        return None if own is None else own.fallback

    async def _put(self, one: Notification) -> None:
        await self.write([one])
        self.outbox.put(one)
