"""The console as it runs: over a broker, killed and started again, beside records that come in."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from confluent_kafka import Producer
from console_bed import recorded

from schemas.topics import ACTIONS, ALERTS, BUCKETS, CUSTOMERS, INCIDENTS, PERIODS, ROLLING
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

TOPICS = (ACTIONS, ALERTS, BUCKETS, CUSTOMERS, INCIDENTS, PERIODS, ROLLING)
DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(dict.fromkeys(TOPICS, 2)) as found:
        send(found, {topic: rows for topic, rows in recorded().items() if topic != BUCKETS})
        yield found


def send(broker: EmbeddedBroker, rows: dict[str, list[tuple[bytes, bytes]]]) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "compression.type": "lz4"})
    for topic, own in rows.items():
        for key, value in own:
            producer.produce(topic, key=key, value=value)
        producer.flush(30)


class Console:
    """`groundswell console` as a process."""

    def __init__(self, broker: EmbeddedBroker, folder: Path) -> None:
        self.log = folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = os.environ | {
            "GROUNDSWELL_KAFKA__BROKERS": broker.bootstrap,
            "GROUNDSWELL_KAFKA__CHECK_CRCS": "false",
            "GROUNDSWELL_CONSOLE__PORT": str(port),
            "GROUNDSWELL_CONSOLE__DATA": str(folder),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streams.cli.tether", "console"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    def until(self, holds: Callable[[httpx.Client], Any]) -> Any:
        """Wait until something is so; gives what it was."""
        deadline = time.monotonic() + DEADLINE_S
        with httpx.Client(base_url=self.url, timeout=60) as client:
            while True:
                assert self.process.poll() is None, self.said()
                try:
                    if found := holds(client):
                        return found
                except httpx.TransportError:
                    pass
                assert time.monotonic() < deadline, "it has not come"
                time.sleep(0.05)

    def said(self) -> str:
        return self.log.read_text()

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.left()

    def left(self) -> int:
        assert self.process.stdin is not None
        status = self.process.wait(60)
        self.process.stdin.close()
        return status


def all_read(client: httpx.Client) -> bool:
    status = client.get("/healthz").json()
    return status["behind"] == 0 and status["failure"] is None


def ids(client: httpx.Client) -> set[str]:
    items = client.get("/v1/incidents", params={"limit": 200}).json()["items"]
    return {one["incident_id"] for one in items}


def test_killed_and_started_again_it_has_lost_nothing(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    sent = {json.loads(value)["incident_id"] for _, value in recorded()[INCIDENTS]}
    first = Console(broker, tmp_path)
    assert first.until(lambda client: all_read(client) and ids(client) == sent)
    first.end(signal.SIGKILL)

    key, value = recorded()[INCIDENTS][0]
    row = json.loads(value) | {"incident_id": "00000000000000aa", "state": "open"}
    send(broker, {INCIDENTS: [(b"00000000000000aa", json.dumps(row).encode())]})
    second = Console(broker, tmp_path)
    assert second.until(lambda client: ids(client) == sent | {"00000000000000aa"})

    # What somebody does there goes to Kafka, and comes back from it.
    path = f"/v1/incidents/{key.decode()}/actions"
    with httpx.Client(base_url=second.url, timeout=60) as client:
        client.get("/")  # a session
        page = client.get(f"/incidents/{key.decode()}").text
        csrf = page.split('name="csrf" value="')[1].split('"')[0]
        headers = {"x-csrf-token": csrf}
        body = {"kind": "noted", "note": "seen", "action_id": "act-1"}
        assert client.post(path, json=body, headers=headers).status_code == 201
    assert second.until(
        lambda client: [one["note"] for one in client.get(path).json()["items"]] == ["seen"]
    )
    assert second.end(signal.SIGTERM) == 0


def test_the_event_stream_ends_with_the_console(broker: EmbeddedBroker, tmp_path: Path) -> None:
    console = Console(broker, tmp_path)
    console.until(all_read)
    with (
        httpx.Client(base_url=console.url, timeout=60) as client,
        client.stream("GET", "/live/now") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines).startswith("data:")
        console.process.send_signal(signal.SIGTERM)
        for _ in lines:
            pass
    assert console.left() == 0  # told once more, it might not be there to hear it
