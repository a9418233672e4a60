"""Two processes of notify on a real broker: one tells, and a zombie tells nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest
from apache_kafka import ApacheKafka, free_port
from confluent_kafka import KafkaException, Producer
from kills import life
from real_broker import make
from receiving import Receiver, receiver

from streams.notify.specimen import INCIDENT
from streams.settings import Kafka
from streams.transport.client.whole import read_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

pytestmark = pytest.mark.kafka


class Pair:
    """Two processes with one receiver."""

    def __init__(self, bootstrap: str, there: Receiver) -> None:
        self.bootstrap, self.there = bootstrap, there
        self.ports = [free_port(), free_port()]
        self.processes: list[BaseProcess] = []

    def start(self) -> None:
        number = len(self.processes)
        own = {
            "port": self.ports[number],
            "receivers": {
                "desk": {
                    "channel": "webhook",
                    "url": self.there.url,
                    "secret": "s",
                    "private": True,
                }
            },
            "routes": [{"name": "all", "tell": ["desk"]}],
        }
        settings = {
            "kafka": {"brokers": self.bootstrap, "session_timeout": 2.0},
            "worker": {"app_id": f"owners{os.getpid()}"},
            "notify": own,
        }
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=life, args=(json.dumps(settings).encode(),), daemon=True)
        process.start()
        self.processes.append(process)

    def publish(self, name: str) -> None:
        now = datetime.now(UTC).isoformat()
        own = {"incident_id": name * 16, "at": now}
        own["messages"] = [INCIDENT["messages"][0] | {"at": now}]  # type: ignore[assignment]
        producer = Producer({"bootstrap.servers": self.bootstrap})
        producer.produce("incidents", msgspec.json.encode(INCIDENT | own), (name * 16).encode())
        assert producer.flush(30) == 0

    def told(self) -> list[str]:
        """Give the incidents that the receiver heard of, by their first letter."""
        bodies: list[dict[str, Any]] = [json.loads(got.body) for got in self.there.got]
        return [body["incidents"][0]["incident_id"][0] for body in bodies]

    async def ready(self, number: int) -> str:
        """Give what a process says of itself."""
        url = f"http://127.0.0.1:{self.ports[number]}/readyz"
        with contextlib.suppress(aiohttp.ClientError):
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return (await answer.text()).strip()
        return ""

    async def says(self, number: int, words: str) -> None:
        async with asyncio.timeout(60):
            while await self.ready(number) != words:
                await asyncio.sleep(0.05)


@contextlib.contextmanager
def ended(pair: Pair) -> Iterator[Pair]:
    try:
        yield pair
    finally:
        for process in pair.processes:
            process.kill()
            process.join()


async def steps(bootstrap: str, count: int) -> None:
    """Wait until so many messages were told: each in three steps, once."""
    expected = ["waiting", "sending", "delivered"] * count
    async with asyncio.timeout(60):
        while True:
            rows = [json.loads(row) for row in await read_log(Kafka(brokers=bootstrap), TOPIC)]
            found = [row["state"] for row in rows if (row["incident_id"] or "0")[0] in "abc"]
            if found == expected:
                return
            assert found == expected[: len(found)], found


TOPIC = "notifications"
STANDBY = "ready: another process tells, this one stands by"


async def test_one_of_two_tells_and_one_that_lost_its_place_tells_nothing(
    apache_kafka: ApacheKafka,
) -> None:
    with contextlib.suppress(KafkaException):  # another test has made them
        make(apache_kafka.bootstrap)
    async with receiver() as there:
        with ended(Pair(apache_kafka.bootstrap, there)) as pair:
            pair.start()
            await pair.says(0, "ready")
            pair.start()
            await pair.says(1, STANDBY)
            pair.publish("a")
            await steps(apache_kafka.bootstrap, 1)  # stopped before, it would be told again

            first, second = pair.processes
            assert first.pid is not None
            os.kill(first.pid, signal.SIGSTOP)
            await pair.says(1, "ready")  # the group has found out, and the first is fenced
            pair.publish("b")
            await steps(apache_kafka.bootstrap, 2)
            os.kill(first.pid, signal.SIGCONT)
            await pair.says(0, STANDBY)

            second.terminate()
            await asyncio.to_thread(second.join, 20)
            assert second.exitcode == 0
            await pair.says(0, "ready")
            pair.publish("c")
            await steps(apache_kafka.bootstrap, 3)
            assert pair.told() == ["a", "b", "c"]
