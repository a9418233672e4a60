from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import TOPICS
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
LONG = 60.0
"""Seconds that an example may take to print its lines."""

ALERT = TOPICS["alerts.history"].examples[0] | {
    "state": "firing",
    "reason": "opened",
    "verdict": "real",
    "explained_by": None,
    "severity": "warning",
    "at": "2017-01-18T14:00:00Z",
}
QUIET = (
    {"state": "pending"},
    {"state": "resolved", "reason": "resolved"},
    {"verdict": "artefact", "severity": "notice"},
    {"explained_by": "9f1c22d07ab4e310"},
)
"""What makes an alert none to page for."""

DAY = {"metric": "complaints", "labels": {}, "grain": "1d", "start": "2017-01-18T00:00:00Z"}


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker({"alerts": 1, "alerts.history": 1, "metrics.buckets": 1}) as broker:
        yield broker


def printed(script: str, bootstrap: str, lines: int) -> list[str]:
    """Give the first lines that an example prints."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "examples" / script), bootstrap],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        deadline = Timer(LONG, process.kill)  # what it did not print reads as nothing
        deadline.start()
        try:
            return [process.stdout.readline() for _ in range(lines)]
        finally:
            deadline.cancel()
            process.terminate()


def send(bootstrap: str, topic: str, rows: Sequence[tuple[object, object]]) -> None:
    async def run() -> None:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            for key, value in rows:
                await producer.send_and_wait(
                    topic,
                    None if value is None else json.dumps(value).encode(),
                    json.dumps(key).encode(),
                )

    asyncio.run(run())


def test_whoever_follows_alerts_is_told_of_what_to_page_for_and_of_nothing_else(
    broker: EmbeddedBroker,
) -> None:
    last = ALERT | {"message": "It is the last."}
    rows = [ALERT, *(ALERT | other for other in QUIET), last]
    send(broker.bootstrap, "alerts.history", [(row["alert_id"], row) for row in rows])
    assert printed("alerts_consumer.py", broker.bootstrap, 2) == [
        f"2017-01-18T14:00:00Z warning: {ALERT['message']}\n",
        "2017-01-18T14:00:00Z warning: It is the last.\n",
    ]


def test_whoever_keeps_a_metric_has_the_last_row_of_each_key(broker: EmbeddedBroker) -> None:
    other = DAY | {"labels": {"product": "Student loan"}}
    rows = [
        (DAY, DAY | {"count": 3, "status": "provisional"}),
        (other, other | {"count": 2, "status": "provisional"}),
        (DAY, None),
        (DAY, DAY | {"count": 1234, "status": "final"}),
    ]
    send(broker.bootstrap, "metrics.buckets", rows)
    assert printed("metrics_consumer.py", broker.bootstrap, 2) == [
        "2017-01-18        3 provisional\n",
        "2017-01-18    1,234 final\n",
    ]


def test_whoever_reads_both_tables_by_librdkafka_is_told_what_is_deleted(
    broker: EmbeddedBroker,
) -> None:
    series = DAY | {"labels": {"product": 'Café & "tea"'}}
    send(broker.bootstrap, "metrics.buckets", [(series, series | {"count": 3, "status": "final"})])
    send(broker.bootstrap, "metrics.buckets", [(series, None)])
    shown = '2017-01-18T00:00:00Z 1d complaints {"product": "Café & \\"tea\\""}'
    assert printed("clients/python/read_tables.py", broker.bootstrap, 2) == [
        f"{shown} 3 final\n",
        f"{shown} gone\n",
    ]
