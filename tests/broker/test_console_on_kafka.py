"""The console's index over Apache Kafka: what is committed comes in, and what is done goes out."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from schemas.topics import ACTIONS, CUSTOMERS, INCIDENTS, TOPICS
from streams.console.acting import act
from streams.console.index.changes import Changes
from streams.console.index.follow import Follow
from streams.console.index.reader import Index
from streams.console.parts import Parts
from streams.console.pseudonyms import Pseudonyms
from streams.console.rendering import Pages
from streams.console.roles import Person
from streams.console.serve import sender
from streams.console.sessions import Sessions
from streams.settings import Kafka, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from apache_kafka import ApacheKafka

pytestmark = pytest.mark.kafka

DEADLINE_S = 60.0
EXAMPLE: dict[str, Any] = TOPICS[INCIDENTS].examples[0]


def incident(name: str, title: str) -> tuple[bytes, bytes]:
    return name.encode(), json.dumps(EXAMPLE | {"incident_id": name, "title": title}).encode()


@pytest.fixture
def bootstrap(apache_kafka: ApacheKafka) -> Iterator[str]:
    """A broker with the topics, which are gone afterwards: other tests make their own."""
    admin = AdminClient({"bootstrap.servers": apache_kafka.bootstrap})
    names = [INCIDENTS, ACTIONS, CUSTOMERS]
    there = admin.list_topics(timeout=60).topics
    new = [NewTopic(name, 2, 1) for name in names if name not in there]
    for made in admin.create_topics(new).values() if new else ():
        made.result()
    yield apache_kafka.bootstrap
    for gone in admin.delete_topics(names).values():
        gone.result()
    deadline = time.monotonic() + DEADLINE_S
    while not set(names).isdisjoint(admin.list_topics(timeout=60).topics):
        assert time.monotonic() < deadline, "the topics are still there"


def put(bootstrap: str, rows: list[tuple[bytes, bytes | None]], *, commit: bool) -> None:
    """Write incidents as a worker does, in a transaction."""
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "console-on-kafka"})
    producer.init_transactions(30)
    producer.begin_transaction()
    for key, value in rows:
        producer.produce(INCIDENTS, key=key, value=value)
    producer.flush(30)
    if commit:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "it has not come"
        await asyncio.sleep(0.02)


async def test_a_console_shows_what_is_committed_acts_and_goes_on(
    bootstrap: str, tmp_path: Path
) -> None:
    settings = Settings(kafka=Kafka(brokers=bootstrap))
    file, changes = tmp_path / "index.sqlite", Changes()
    changes.begin()
    first, second, third = (f"{number:016x}" for number in (0xA1, 0xA2, 0xA3))
    await asyncio.to_thread(put, bootstrap, [incident(first, "It is so")], commit=True)
    await asyncio.to_thread(put, bootstrap, [incident(second, "It never was")], commit=False)

    follow = Follow(settings, file, changes)
    index = Index(file)
    follow.start()
    await until(lambda: index.get(INCIDENTS, first) is not None and follow.behind == 0)
    parts = Parts(
        settings, index, changes, Sessions(b"0" * 32, (), "Ada", 60), Pseudonyms(b"0" * 32),
        Pages(), sender(settings.kafka),
    )  # fmt: skip
    done = await act(parts, Person("Ada", "admin"), {"kind": "noted", "about": first, "note": "x"})
    await until(lambda: index.get(ACTIONS, done.action_id) is not None)
    await asyncio.to_thread(follow.close)

    await asyncio.to_thread(
        put, bootstrap, [(first.encode(), None), incident(third, "And this")], commit=True
    )
    follow = Follow(settings, file, changes)
    assert follow.writer.positions()  # it goes on from there
    follow.start()
    await until(lambda: index.get(INCIDENTS, third) is not None and follow.behind == 0)
    assert [index.get(INCIDENTS, name) for name in (first, second)] == [None, None]
    assert index.get(ACTIONS, done.action_id) is not None
    await asyncio.to_thread(follow.close)
    assert follow.failure is None
