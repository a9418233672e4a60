"""What a flush writes by any codec is what Kafka's own client reads, by the example in the docs."""

from __future__ import annotations

import asyncio
import subprocess
import time
from threading import Timer
from typing import TYPE_CHECKING, get_args

import pytest
from apache_kafka import jars
from bench import ROOT, SECONDS, until
from confluent_kafka.admin import AdminClient, NewTopic

from schemas.topics import ALERTS, BUCKETS
from streams.core.stage import Flush, Send
from streams.settings import Kafka
from streams.settings.model import Codec
from streams.transport.client.admin import Admin
from streams.transport.state.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apache_kafka import ApacheKafka

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

CODECS = get_args(Codec)
STATE = "codecs-changelog"
COUNTS = {STATE: 1, BUCKETS: 4, ALERTS: 1}

MORE = f'"more":"{"the same " * 100}"'
"""A batch that does not get smaller is sent as it is."""


def sends(codec: str) -> list[Send]:
    key = f'{{"metric":"complaints","labels":{{"product":"{codec}"}},"grain":"1d","start":"T"}}'
    alert = '"state":"firing","metric":"complaints","labels":{},"observed":9,"severity":"info"'
    return [
        Send(BUCKETS, None, key.encode(), b'{"count":5,"status":"final"}'),
        Send(ALERTS, 0, codec.encode(), f"{{{MORE},{alert}}}".encode()),
        Send(BUCKETS, None, key.encode(), f'{{{MORE},"count":7,"status":"amended"}}'.encode()),
        Send(ALERTS, 0, codec.encode(), None),
    ]


def shown(codec: str) -> set[str]:
    row = f'T 1d complaints {{"product":"{codec}"}}'
    alert = f"{codec} firing complaints {{}} 9 info"
    return {f"{row} 5 final", f"{row} 7 amended", alert, f"{codec} gone"}


async def write(bootstrap: str) -> None:
    for codec in CODECS:
        kafka = Kafka(brokers=bootstrap, compression=codec)
        writer = Writer(kafka, f"codecs-{codec}", (STATE, 0), COUNTS)
        try:
            await writer.start()
            flush = writer.prepare(Flush([], sends(codec)), time.time())
            await writer.write(flush, (b"marker", b"1"))
        finally:
            await writer.stop()


async def oldest(bootstrap: str) -> dict[str, set[Codec]]:
    async with Admin(Kafka(brokers=bootstrap)) as cluster:
        return await cluster.oldest_codecs({ALERTS: 1, BUCKETS: 4})


def printed(bootstrap: str, lines: int) -> list[str]:
    """Give the first lines that the example prints of these codecs."""
    example = ROOT / "examples" / "clients" / "java" / "ReadTables.java"
    command = ["java", "-cp", f"{jars()}/*", str(example), bootstrap]
    found: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        deadline = Timer(SECONDS, process.kill)
        deadline.start()
        try:
            for line in process.stdout:
                found += [line.rstrip("\n")] if any(codec in line for codec in CODECS) else []
                if len(found) == lines:
                    break
        finally:
            deadline.cancel()
            process.terminate()
    return found


@pytest.fixture
def topics(apache_kafka: ApacheKafka) -> Iterator[str]:
    """The topics on the broker that all share, and gone after it; gives its address."""
    admin = AdminClient({"bootstrap.servers": apache_kafka.bootstrap})

    def there() -> set[str]:
        return COUNTS.keys() & admin.list_topics(timeout=20).topics.keys()

    missing = [NewTopic(name, COUNTS[name], 1) for name in COUNTS.keys() - there()]
    for made in admin.create_topics(missing).values() if missing else ():
        made.result(20)
    yield apache_kafka.bootstrap
    for deleted in admin.delete_topics(list(COUNTS)).values():
        deleted.result(20)
    until("they are gone", lambda: not there())


def test_java_reads_every_codec(topics: str) -> None:
    asyncio.run(write(topics))
    expected = set().union(*map(shown, CODECS))
    assert set(printed(topics, len(expected))) == expected
    assert asyncio.run(oldest(topics)) == {ALERTS: set(CODECS), BUCKETS: set(CODECS)}
