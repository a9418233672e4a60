"""A deliverer with a clock of its own, a topic that is a list, and a receiver that is told what
to answer."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from streams.core.notify.config import Notify
from streams.core.notify.notification import Notification
from streams.notify import rendering
from streams.notify.channels.outcome import DELIVERED, Kind, Outcome
from streams.notify.delivery import Deliverer
from streams.notify.outbox import Outbox
from streams.notify.specimen import INCIDENT
from streams.notify.telemetry import Counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.notify.message import Message, Rendered

TEMPLATES = rendering.load({})
START = 1_700_000_000
HOOK = {"channel": "webhook", "url": "http://127.0.0.1:9/", "secret": "s"}
SETTINGS = Notify.model_validate(
    {
        "receivers": {"desk": HOOK | {"fallback": "phone"}, "phone": HOOK},
        "routes": [{"name": "all", "tell": ["desk"]}],
        "dead_after": 60,
        "give_up_after": 600,
    }
)


def decided(name: str, at: int = START, incident: str = "1", **changes: Any) -> Notification:
    """Make a decision to tell the desk of an incident; ids are given by their first letter."""
    own = INCIDENT | {"incident_id": incident * 16}
    fields: dict[str, Any] = {
        "notification_id": name * 16,
        "kind": "message",
        "incident_id": incident * 16,
        "message": 1,
        "message_reason": "opened",
        "severity": "warning",
        "title": "More complaints",
        "why": "It has just opened.",
        "route": "all",
        "receiver": "desk",
        "channel": "webhook",
        "decided_at": at,
        "incident": msgspec.json.encode(own),
    }
    return Notification(**(fields | changes))


@dataclass
class Receiver:
    """Answers what it is told to, and notes what it got and what was on record by then."""

    topic: list[Notification]
    answers: list[Outcome] = field(default_factory=list)
    got: list[Message] = field(default_factory=list)
    before: list[Notification] = field(default_factory=list)

    async def deliver(self, message: Message, rendered: Rendered) -> Outcome:
        assert rendered.text
        self.got.append(message)
        self.before.append(self.topic[-1])
        return self.answers.pop(0) if self.answers else DELIVERED

    async def close(self) -> None:
        """Nothing is open."""


class Bench:
    """One receiver, and time that passes only when it is told to."""

    def __init__(self, name: str = "desk", settings: Notify = SETTINGS) -> None:
        self.now = float(START)
        self.topic: list[Notification] = []
        self.outbox = Outbox()
        self.receiver = Receiver(self.topic)
        self.deliverer = Deliverer(
            name=name,
            channel=self.receiver,
            outbox=self.outbox,
            write=self.write,
            templates=TEMPLATES,
            settings=settings,
            counts=Counts(),
            wall=lambda: self.now,
        )

    async def write(self, rows: Iterable[Notification]) -> None:
        self.topic += rows

    def put(self, *rows: Notification) -> None:
        for one in rows:
            self.outbox.put(one)

    async def until(self, seconds: float = 0.0) -> None:
        """Let so much time pass, and all be done that is due by then."""
        self.now += seconds
        running = asyncio.create_task(self.deliverer.run())
        done, before = False, -1
        while not done:  # until a round changes nothing any more
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            done, before = len(self.topic) == before, len(self.topic)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    def states(self, name: str) -> list[str]:
        """Give what became of a notification, step by step."""
        return [one.state for one in self.topic if one.notification_id == name * 16]

    def last(self, name: str) -> Notification:
        return [one for one in self.topic if one.notification_id == name * 16][-1]


FAILED = Outcome(Kind.FAILED, "HTTP 500")
UNANSWERED = Outcome(Kind.UNANSWERED, "no answer")
REFUSED = Outcome(Kind.REFUSED, "HTTP 404")
