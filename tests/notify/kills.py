"""Notify is killed, again and again, and everybody hears of everything.

    python tests/notify/kills.py --kills 200 --seed 1

Incidents are published; receivers take, refuse, hang or hang up, as the seed decides; notify gets
kill -9 while it decides, while a receiver has its request, and as it was answered. Then:

- every message was taken by every receiver of its route, and stands as delivered;
- nothing was taken twice unless an earlier answer was lost, on the wire or by a kill;
- what may be a repetition says so, to its receiver and on the record, and nothing else does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from confluent_kafka import Consumer, Producer, TopicPartition
from mailbox_here import Mailbox, mail_server
from real_broker import embedded, real

from streams.notify.specimen import INCIDENT
from streams.settings import Kafka, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.process import BaseProcess

ANSWERS = (200, 200, 200, 200, 200, 200, 429, 500, 503, 502, "close", "hang")
LOST = frozenset({502, "close", "hang"})
"""After these nobody knows."""
MOMENTS = ("deciding", "asked", "answered", "sometime")
PATIENCE = 1_000.0
"""Seconds that all may take to be delivered: tries come at most a quarter of an hour apart."""


def life(settings: bytes) -> None:
    """Be notify, until killed."""
    from streams.notify.parts import made  # noqa: PLC0415
    from streams.notify.run import serve  # noqa: PLC0415

    serve(made(Settings.model_validate_json(settings)))


@dataclass
class Taken:
    """A request that a receiver had: what it answered, and whether it was told of a repetition."""

    receiver: str
    name: str
    answer: int | str
    marked: bool


class Tail:
    """Reads notifications as they come, committed ones only."""

    def __init__(self, kafka: Kafka) -> None:
        self.rows: list[dict[str, Any]] = []
        self._consumer = Consumer(
            {
                "bootstrap.servers": kafka.brokers,
                "group.id": "tail",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 50,
            }
        )
        self._consumer.assign([TopicPartition("notifications", 0, 0)])

    async def read(self) -> list[dict[str, Any]]:
        """Return all that came by now."""
        for found in await asyncio.to_thread(self._consumer.consume, 1000, 0.05):
            assert found.error() is None, found.error()
            self.rows.append(json.loads(found.value() or b""))
        return self.rows

    def close(self) -> None:
        self._consumer.close()


@dataclass
class Bed:
    """Receivers, a broker, and one life of notify after the other."""

    kafka: Kafka
    tail: Tail
    rng: random.Random
    faults: bool = True
    taken: list[Taken] = field(default_factory=list)
    process: BaseProcess | None = None
    kill_when: str | None = None
    killed: asyncio.Event = field(default_factory=asyncio.Event)
    settings: bytes = b""
    published: int = 0

    async def hook(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        answer = self.rng.choice(ANSWERS) if self.faults else 200
        name = request.headers["webhook-id"]
        self.taken.append(Taken("desk", name, answer, body["may_repeat"]))
        self.kill("asked")
        if answer == "hang":
            await asyncio.sleep(3600)
        if answer == "close":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        said = web.Response(status=int(answer), headers={"Retry-After": "1"})
        await said.prepare(request)
        await said.write_eof()
        if answer == 200:
            self.kill("answered")
        return said

    def kill(self, moment: str) -> None:
        """Kill it, if this is the moment."""
        if self.kill_when == moment and self.process is not None:
            self.kill_when = None
            self.process.kill()
            self.killed.set()

    def publish(self) -> None:
        """Publish the next incident: a message that it opened."""
        self.published += 1
        now = datetime.now(UTC).isoformat()
        name = f"{self.published:016x}"
        own = INCIDENT | {
            "incident_id": name,
            "at": now,
            "severity": "critical" if self.published % 12 == 1 else "warning",
            "messages": [INCIDENT["messages"][0] | {"at": now}],
        }
        producer = Producer({"bootstrap.servers": self.kafka.brokers})
        producer.produce("incidents", msgspec.json.encode(own), name.encode())
        assert producer.flush(30) == 0

    def start(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["streams.notify.run", "streams.notify.parts", "apprise"])
        self.process = context.Process(target=life, args=(self.settings,), daemon=True)
        self.process.start()

    async def one_life(self) -> str:
        """Start it, and kill it at a moment that the seed decides; returns which."""
        moment = self.rng.choice(MOMENTS)
        self.killed.clear()
        self.start()
        for _ in range(self.rng.randint(1, 2)):
            await asyncio.to_thread(self.publish)
        self.kill_when = moment
        if moment == "deciding":
            before = len(await self.tail.read())
            while len(await self.tail.read()) == before and not self.killed.is_set():
                pass
            self.kill("deciding")
        elif moment == "sometime":
            await asyncio.sleep(self.rng.uniform(0.3, 2.0))
            self.kill("sometime")
        try:
            async with asyncio.timeout(20.0):  # nothing may be left to be asked or answered
                await self.killed.wait()
        except TimeoutError:
            self.kill(moment)
        assert self.process is not None
        await asyncio.to_thread(self.process.join)
        return moment

    async def drained(self) -> list[dict[str, Any]]:
        """Let it deliver all that is left; returns every record, in the order of the topic."""
        self.faults = False
        self.start()
        deadline = time.monotonic() + PATIENCE
        while True:
            rows = await self.tail.read()
            last = {row["notification_id"]: row for row in rows}
            messages = {row["incident_id"] for row in rows}
            if len(messages) == self.published and all(
                row["state"] == "delivered" for row in last.values()
            ):
                break
            assert time.monotonic() < deadline, Counter(row["state"] for row in last.values())
        assert self.process is not None
        self.process.terminate()
        await asyncio.to_thread(self.process.join, 15)
        assert self.process.exitcode == 0
        return rows


@contextlib.asynccontextmanager
async def bed(kafka: Kafka, seed: int, box: Mailbox | None, mail: str) -> AsyncIterator[Bed]:
    """Set the receivers up; `mail` is an Apprise URL, or empty."""
    made = Bed(kafka, Tail(kafka), random.Random(seed))
    app = web.Application()
    app.router.add_post("/", made.hook)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    receivers: dict[str, Any] = {
        "desk": {"channel": "webhook", "url": url, "secret": "s", "private": True}
    }
    routes: list[dict[str, Any]] = [{"name": "all", "tell": ["desk"], "continues": True}]
    if box is not None:
        box.choose = lambda: "451 later" if made.faults and made.rng.random() < 0.3 else "250 taken"
        box.note = lambda name, answer, marked: made.taken.append(
            Taken("mail", name, 200 if answer.startswith("250") else 451, marked)
        )
        receivers["mail"] = {"channel": "apprise", "url": mail}
        routes.append({"name": "grave", "severity": "critical", "tell": ["mail"]})
    own = {"receivers": receivers, "routes": routes, "port": 0, "answer_within": 0.5}
    settings = {"kafka": kafka.model_dump(mode="json"), "notify": own}
    made.settings = json.dumps(settings).encode()
    try:
        yield made
    finally:
        if made.process is not None and made.process.is_alive():
            made.process.kill()
            made.process.join()
        made.tail.close()
        await runner.cleanup()


def judge(rows: list[dict[str, Any]], taken: list[Taken], published: int) -> Counter[str]:
    """Hold what happened against what was promised; returns what there was of it."""
    history: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        history[row["notification_id"]].append(row)
    assert len({row["incident_id"] for row in rows}) == published
    got: dict[str, list[Taken]] = defaultdict(list)
    for one in taken:
        got[one.name].append(one)
    assert got.keys() == history.keys()
    told: Counter[str] = Counter(notifications=len(history), requests=len(taken))
    for name, steps in history.items():
        states = [step["state"] for step in steps]
        assert states[0] == "waiting", states
        assert states.count("waiting") == 1, states
        assert states[-1] == "delivered", states
        assert states.count("delivered") == 1, states
        # A request never goes out before its record, and each says whether it may repeat.
        assert len(got[name]) <= states.count("sending"), (states, got[name])
        cut = sum(pair == ("sending", "sending") for pair in itertools.pairwise(states))
        unsure = cut + states.count("unanswered")
        assert steps[-1]["may_repeat"] == (unsure > 0), states
        took = [one for one in got[name] if one.answer == 200 or one.answer in LOST]
        assert all(one.marked for one in took[1:]), (states, got[name])
        assert unsure or len(took) == 1, (states, got[name])
        assert not got[name][0].marked or unsure
        told["taken twice or more"] += len(took) > 1
        told["marked"] += steps[-1]["may_repeat"]
        told["cut off by a kill"] += cut
        told["tries"] += states.count("sending")
    return told


async def run(kafka: Kafka, kills: int, seed: int, *, mails: bool) -> Counter[str]:
    """Kill it so often; returns what happened."""
    async with contextlib.AsyncExitStack() as stack:
        box, url = None, ""
        if mails:
            box, url = await stack.enter_async_context(mail_server())
        there = await stack.enter_async_context(bed(kafka, seed, box, url))
        moments: Counter[str] = Counter()
        for _ in range(kills):
            moments[await there.one_life()] += 1
        rows = await there.drained()
        return judge(rows, there.taken, there.published) + moments


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", action="store_true", help="a real Apache Kafka")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        (real if given.real else embedded)(Path(home)) as kafka,
    ):
        told = asyncio.run(run(kafka, given.kills, given.seed, mails=True))
    for what, count in told.items():
        sys.stdout.write(f"{what}: {count}\n")
    sys.stdout.write("all delivered; repetitions only where an answer was lost, each marked\n")


if __name__ == "__main__":
    main()
