"""One evening: page, acknowledge, worse, page again, silence, resolved, judged.

Incidents are those of a stage, notify is the process, `groundswell alerts show` tells the story.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from alert_worlds import DAY, quiet
from confluent_kafka import Producer
from evening_world import D, Evening, stamp
from kills import Tail

from schemas.topics import ACTIONS, INCIDENTS, NOTIFICATIONS
from streams.core.notify.desk import Desk
from streams.core.notify.notification import decode
from streams.notify.channels.outcome import DELIVERED, Outcome
from streams.notify.parts import made
from streams.notify.run import run as notify
from streams.settings import Kafka, Settings
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from click.testing import Result

    from streams.notify.message import Message, Rendered

HOOK = {"channel": "webhook", "url": "http://127.0.0.1:9/", "secret": "s", "private": True}
NOTIFY = {
    "receivers": {"desk": HOOK, "ada_phone": HOOK},
    "people": {"ada": {"tell": ["ada_phone"]}},
    "routes": [
        {
            "name": "acme",
            "match": ["company=Ac*"],
            "tell": ["desk"],
            "escalate": [{"after": 1800, "tell": ["ada"]}],
        }
    ],
    "port": 0,
}
ENDS = {"delivered", "not_sent", "given_up"}
EVENING = (D + 1) * DAY + 900


class Takes:
    """A receiver that takes all, and notes it."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def deliver(self, message: Message, rendered: Rendered) -> Outcome:
        assert rendered.text
        self.got.append(message.why.partition(".")[0])
        return DELIVERED

    async def close(self) -> None:
        """Nothing is open."""


class Scene:
    """A stage, a broker, and notify; the clock goes on when the story does."""

    def __init__(self, kafka: Kafka) -> None:
        self.settings = Settings.model_validate(
            {"kafka": kafka.model_dump(mode="json"), "notify": NOTIFY}
        )
        self.world = Evening()
        self.phones = {"desk": Takes(), "ada_phone": Takes()}
        self._tail = Tail(kafka)
        self._producer = Producer({"bootstrap.servers": kafka.brokers})
        self._sent = 0

    @asynccontextmanager
    async def notify(self) -> AsyncIterator[None]:
        """Have notify run."""
        parts = replace(made(self.settings), channels=self.phones, wall=lambda: self.world.wall)
        stop = asyncio.Event()
        running = asyncio.create_task(notify(parts, stop))
        try:
            yield
        finally:
            stop.set()
            await running

    def publish(self) -> None:
        """Publish the incident as it stands now, and what people did."""
        inputs, self._sent = self.world.inputs[self._sent :], len(self.world.inputs)
        for topic, value in inputs:
            if topic == ACTIONS:
                self._producer.produce(ACTIONS, value, b"any", partition=0)
        now = self.world.now
        value = msgspec.json.encode(now)
        self._producer.produce(INCIDENTS, value, now["incident_id"].encode(), partition=0)
        assert self._producer.flush(30) == 0

    async def until(self, kind: str, receiver: str | None, **more: Any) -> None:
        """Wait until something was decided, and delivered if it was to be."""
        wanted = {"kind": kind, "receiver": receiver} | more
        deadline = time.monotonic() + 60
        while True:
            last = {row["notification_id"]: row for row in await self._tail.read()}
            for row in last.values():
                if row["state"] in ENDS and wanted.items() <= row.items():
                    return
            assert time.monotonic() < deadline, [
                (row["kind"], row["receiver"], row["state"]) for row in last.values()
            ]

    def rows(self) -> list[dict[str, Any]]:
        return self._tail.rows

    def close(self) -> None:
        self._tail.close()


async def evening(scene: Scene) -> None:
    world = scene.world
    world.wall = EVENING
    async with scene.notify():
        world.go_on(D, 40, quiet(D))
        scene.publish()
        await scene.until("message", "desk", message=1)
        world.wall = EVENING + 1800
        await scene.until("escalation", "ada_phone")
        world.act("acknowledged", note="on it")
        taken = world.wall
        scene.publish()
        await scene.until("acknowledged", None)
        world.wall = taken + 20 * 3600
        await scene.until("reminder", "ada_phone")
    async with scene.notify():  # another one, that has all from the topics
        world.wall = EVENING + DAY
        world.go_on(D + 1, 140)
        scene.publish()
        await scene.until("message", "desk", message=2)
        world.wall += 1800
        await scene.until("escalation", "ada_phone", message=2)
        world.act("acknowledged")
        again = world.wall
        world.act("assigned", owner="Bo")
        matcher = [{"label": "company", "matching": "like", "value": "Ac*"}]
        until = stamp(world.wall + 30 * DAY)
        world.act("silenced", "quiet-1", until=until, note="the new form", matchers=matcher)
        scene.publish()
        await scene.until("acknowledged", None, number=again)
        world.wall = EVENING + 2 * DAY
        world.go_on(D + 2, 4, status="calm")
        scene.publish()
        await scene.until("message", "desk", message=3, reason="silenced")
        world.act("judged", judgement="true", note="a form that asked twice")
        scene.publish()


STORY = """
told: opened
-> desk (webhook), route acme: delivered
notify: escalation
-> ada_phone (webhook) of ada, route acme: delivered
Ada: acknowledged
notify: acknowledged
notify: reminder
-> ada_phone (webhook) of ada, route acme: delivered
told: worse
-> desk (webhook), route acme: delivered
notify: escalation
-> ada_phone (webhook) of ada, route acme: delivered
Ada: acknowledged
Ada: assigned to Bo
Ada: silenced until
notify: acknowledged
told: resolved
-> desk (webhook), route acme: not sent (silenced)
-> ada_phone (webhook) of ada, route acme: not sent (silenced)
Ada: judged true
""".strip().splitlines()


@pytest.mark.slow
def test_one_evening_is_told_whole_and_the_same_when_all_is_built_anew(
    run: Callable[..., Result],
) -> None:
    topics = {INCIDENTS: 1, NOTIFICATIONS: 1, ACTIONS: 1}
    with EmbeddedBroker(topics) as broker:
        kafka = Kafka(brokers=broker.bootstrap, check_crcs=False, session_timeout=0.3)
        scene = Scene(kafka)
        asyncio.run(evening(scene))
        assert scene.phones["desk"].got == ["It has just opened", "It is worse than was told"]
        assert len(scene.phones["ada_phone"].got) == 3
        name = scene.world.now["incident_id"]

        def shown() -> str:
            result = run("alerts", "show", name, "--brokers", broker.bootstrap)
            assert result.exit_code == 0, result.output
            return result.stdout

        told = shown()
        place = -1
        for words in STORY:
            place = told.find(words, place + 1)
            assert place >= 0, (words, told)

        again = Evening()
        again.wall = scene.world.wall
        for topic, value in scene.world.inputs:
            again.give(topic, value)
        scene.world = again
        scene.publish()
        assert shown() == told
        desk = Desk(scene.settings.notify, scene.settings.handling.answer_within)
        last = {row["notification_id"]: row for row in scene.rows()}
        desk.restore(decode(msgspec.json.encode(row)) for row in last.values())
        desk.observe(msgspec.json.encode(again.now))
        assert desk.decide(again.wall) == []
        scene.close()
