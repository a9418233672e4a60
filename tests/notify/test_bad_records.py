"""A message that is none costs itself: the others of its topic are told as if it were not there."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from confluent_kafka import Producer
from delivering import TEMPLATES, decided

from schemas.grammar import NO_ROW
from schemas.topics import INCIDENTS, NOTIFICATIONS
from streams.core.notify.config import Notify
from streams.core.notify.desk import Desk
from streams.core.notify.notification import decode
from streams.core.notify.seen import read
from streams.core.notify.trial import made_up
from streams.notify.channels.alertmanager import said_of
from streams.notify.channels.outcome import DELIVERED, Outcome
from streams.notify.outbox import Outbox
from streams.notify.outgoing import outgoing
from streams.notify.parts import made
from streams.notify.run import run as notify
from streams.notify.specimen import INCIDENT
from streams.settings import Kafka, Settings
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.notify.message import Message, Rendered

NOW = 1_484_784_100  # a moment after the message of INCIDENT
HOOK = {"channel": "webhook", "url": "http://127.0.0.1:9/", "secret": "s", "private": True}
ROUTES = [
    {"name": "all", "tell": ["desk"], "continues": True},
    {"name": "day", "tell": ["desk"], "digest": "09:00"},
]
NOTIFY = {"receivers": {"desk": HOOK}, "routes": ROUTES, "port": 0}
HOURS = {"zone": "Europe/Berlin", "days": ["wed", "thu"], "start": "09:00", "end": "18:00"}
SILENCE = {"silence_id": "s", "by": "Bo", "note": "why", "recurring": HOURS}
SPAN = {"starts_at": "2017-01-18T00:00:00Z", "until": "2017-02-18T00:00:00Z"}
TAKEN = {"by": "Ada", "at": "2017-01-19T00:00:00Z", "until": "2017-01-20T00:00:00Z"}
WHOLE = INCIDENT | {
    "handling": INCIDENT["handling"] | {"silences": [SILENCE | SPAN], "acknowledged": TAKEN}
}
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e308, 10**18, 2**64, 10**400, [], {}, [None], {"a": None}),
    *("", "x", "a\0b", "x" * 5_000, "resolved", "Nowhere", "25:00", "9:0", {"": "x"}, {"USD": -9}),
    *("2017-01-01T00:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"),
)
GONE = object()


class Takes:
    """A receiver that takes all, and notes it."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def deliver(self, message: Message, rendered: Rendered) -> Outcome:
        assert rendered.text
        self.got.append(message.subject)
        return DELIVERED

    async def close(self) -> None:
        """Nothing is open."""


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where something stands in JSON."""
    if isinstance(value, dict | list):
        for name in value if isinstance(value, dict) else range(len(value)):
            yield (*above, name)
            yield from places(value[name], (*above, name))


def spoilt(row: dict[str, Any], chance: random.Random) -> bytes:
    """Return a row in which some things are others, or are gone; seldom a byte."""
    row = copy.deepcopy(row)
    for _ in range(chance.choice((1, 1, 2))):
        *above, name = chance.choice(list(places(row)))
        within: Any = row
        for one in above:
            within = within[one]
        within[name] = odd = chance.choice((*ODD, GONE))
        if odd is GONE:
            del within[name]
    value = bytearray(json.dumps(row).encode())
    if chance.random() < 0.1:
        value[chance.randrange(len(value))] = chance.randrange(256)
    return bytes(value)


def test_whatever_stands_on_the_topics_is_none_or_is_told() -> None:
    chance = random.Random(17)
    settings = Notify.model_validate(NOTIFY | {"max_age": 86_400})
    desk = Desk(settings, 86_400)
    desk.observe(json.dumps(WHOLE).encode())
    rows = [WHOLE, *(json.loads(one.encode()) for one in desk.decide(NOW))]
    taken = 0
    for _ in range(600):
        row = chance.choice(rows)
        value, desk, outbox = spoilt(row, chance), Desk(settings, 86_400), Outbox()
        try:
            if row is WHOLE:
                desk.observe(value)
            else:
                one = decode(value)
                desk.restore([one, decode(json.dumps(rows[-1]).encode())])
                outbox.restore([one])
        except NO_ROW:
            continue
        taken += 1
        for one in (*desk.decide(NOW), *desk.decide(NOW + 90_000), *outbox.waiting("desk")):
            assert decode(one.encode()) == one
            message = outgoing(one)
            said_of(message, TEMPLATES.surely(message))
    assert 200 < taken < 500


@pytest.mark.parametrize(
    "change",
    [
        {"handling": {"silences": [SILENCE | SPAN | {"recurring": HOURS | {"zone": "Nowhere"}}]}},
        {"handling": {"silences": [SILENCE | SPAN | {"recurring": HOURS | {"end": "25:00"}}]}},
        {"handling": {"changed_at": "9999-12-31T23:59:59-14:00"}},
        {"handling": {"changed_at": "2017-01-19T00:00:00"}},
        {"messages": [INCIDENT["messages"][0] | {"number": 10**30}]},
        {"state": "gone"},
    ],
)
def test_a_record_that_nobody_could_decide_on_is_none(change: dict[str, Any]) -> None:
    read(json.dumps(WHOLE).encode())
    with pytest.raises(NO_ROW):
        read(json.dumps(WHOLE | change).encode())


@pytest.mark.parametrize("name", ["observed", "samples", "runbook", "window_end", "parts"])
def test_an_incident_that_lacks_something_is_told_by_its_title(name: str) -> None:
    row = {key: value for key, value in INCIDENT.items() if key != name}
    one = msgspec.structs.replace(decided("a"), incident=json.dumps(row).encode())
    message = outgoing(one)
    assert message.incident is None
    assert "More complaints" in TEMPLATES.surely(message).text


async def test_notify_goes_on_after_messages_that_are_none() -> None:
    """It once ended on the first, and on each start again: nobody heard of anything any more."""
    with EmbeddedBroker({INCIDENTS: 1, NOTIFICATIONS: 1}) as broker:
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        for value in (b"{", b"\xff", b"{}", b"[" * 5_000, made_up(NOW, severity=5), b""):
            for topic in (INCIDENTS, NOTIFICATIONS):
                producer.produce(topic, value, None)
        bare = json.loads(decided("b").encode()) | {"incident": {"incident_id": 5}}
        producer.produce(NOTIFICATIONS, json.dumps(bare), b"b" * 16)
        producer.produce(INCIDENTS, made_up(NOW), b"0" * 16)
        producer.flush()
        kafka = Kafka(brokers=broker.bootstrap, check_crcs=False, session_timeout=0.3)
        parts = made(Settings(kafka=kafka, notify=Notify.model_validate(NOTIFY)))
        desk = Takes()
        parts = replace(parts, channels={"desk": desk}, wall=lambda: float(NOW))
        stop = asyncio.Event()
        running = asyncio.create_task(notify(parts, stop))
        try:
            async with asyncio.timeout(30):
                while len(desk.got) < 2 and not running.done():
                    await asyncio.sleep(0.02)
        finally:
            stop.set()
            await running
    assert sorted(desk.got) == [
        "[warning] Opened: More complaints",
        "[warning] Opened: an incident",
    ]
    assert parts.view.counts.unread == {INCIDENTS: 6, NOTIFICATIONS: 6}
