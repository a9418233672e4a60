"""Source events that people send: looked at as the worker does, sent, and not sent twice."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn
from weakref import WeakValueDictionary

from starlette.exceptions import HTTPException

from schemas import wire
from streams.console.acting import send
from streams.console.parts import needs
from streams.console.roles import May
from streams.core.ingest.time_range import out_of_range

if TYPE_CHECKING:
    from streams.console.parts import Parts
    from streams.console.roles import Person

REMEMBERED: Final = 20_000
"""So many events are known by id and content; the worker knows those of an hour of event time."""
FRONT_LINE: Final = frozenset({"complaints", "complaint_updates"})
"""What who may log may send."""


class Sent(NamedTuple):
    """An event that Kafka has; `again` where it had it before."""

    event_id: str
    again: bool


class Outbox:
    """Sends events, each once as far as is remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._under_way: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def knows(self, topic: str, event_id: str) -> bool:
        """Tell whether an event is known to have been sent."""
        return (topic, event_id) in self._known

    async def put(self, parts: Parts, topic: str, value: bytes) -> Sent:
        """Send an event; returns when Kafka has it.

        Raises:
            HTTPException: 422 it is none, with the words of a dead letter; 409 another event has
                its id; 503 Kafka did not take it.
        """
        try:
            event = wire.decoders[topic](value)
        except wire.REFUSED:
            _refuse(wire.refusal(topic, value))
        latest = parts.wall() + parts.settings.tables.future_tolerance
        untimely = out_of_range(event, latest)
        if untimely is not None:
            _refuse(untimely)
        name = topic, event.event_id
        content = blake2b(value, digest_size=16).digest()
        lock = self._under_way.setdefault(name, asyncio.Lock())
        async with lock:
            before = self._known.get(name)
            if before == content:
                return Sent(event.event_id, again=True)
            if before is not None:
                raise HTTPException(409, f"another event was sent as {event.event_id!r}")
            key = event.customer_id or event.event_id
            await send(parts, topic, key.encode(), value)
            self._known[name] = content
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return Sent(event.event_id, again=False)


def outbox(parts: Parts) -> Outbox:
    """Return the one outbox of a console."""
    found: Outbox = parts.shared.setdefault(Outbox, Outbox())
    return found


def check_may_send(person: Person, topic: str) -> None:
    """Refuse what somebody may not send.

    Raises:
        HTTPException: 403.
    """
    needs(person, May.LOG if topic in FRONT_LINE else May.SEND)


def _refuse(refusal: wire.Refusal) -> NoReturn:
    raise HTTPException(422, f"{refusal.reason}: {refusal.detail}")
