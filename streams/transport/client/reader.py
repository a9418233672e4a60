"""Read a public topic as any other service would: committed messages only, in no group."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.transport.client.broker_probe import probe
from streams.transport.client.connection import connection
from streams.transport.client.ending import closed
from streams.transport.client.event_producer import MissingTopicError
from streams.transport.client.outage import AWAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from streams.settings import Kafka
    from streams.transport.client.outage import Outage

_WAIT_MS = 500


class News(NamedTuple):
    """What a reader learns besides the messages.

    `caught_up` is called once, when all that was there when it began has been yielded; `outage` is
    told whether a broker answers.
    """

    caught_up: Callable[[], None] = lambda: None
    outage: Outage | None = None


NO_NEWS = News()


async def follow(  # noqa: PLR0913 (how to read)
    kafka: Kafka,
    topic: str,
    *,
    from_beginning: bool,
    to_end: bool,
    news: News = NO_NEWS,
    tombstones: bool = False,
) -> AsyncGenerator[tuple[bytes | None, bytes], None]:
    """Yield the keys and values of a topic, those of a partition in order.

    It begins with what is there (`from_beginning`) or with what comes next, and goes on until it
    is cancelled, or has what was there when it began (`to_end`). Tombstones are left out, or have
    an empty value where they are asked for (`tombstones`). Of the embedded broker no checksums are
    verified: its control records have none.

    Raises:
        MissingTopicError: the topic is not there.
        WorkerFailedError: a broker answers and refuses us.
        aiokafka.errors.KafkaConnectionError: no broker answers.
    """
    await probe(kafka)
    consumer = AIOKafkaConsumer(
        **connection(kafka),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        check_crcs=kafka.check_crcs,
        fetch_max_wait_ms=_WAIT_MS,
    )
    try:
        await consumer.start()
        if consumer._client.cluster.controller is None:  # noqa: SLF001 - the embedded broker has none
            consumer._fetcher._check_crcs = False  # noqa: SLF001
        partitions = await _assign(consumer, topic)
        ends = await consumer.end_offsets(partitions)
        starts = await consumer.beginning_offsets(partitions) if from_beginning else ends
        for partition in partitions:
            consumer.seek(partition, starts[partition])
        left, caught_up = {p for p in partitions if starts[p] < ends[p]}, False
        while left or not to_end:
            if not left and not caught_up:
                caught_up = True
                news.caught_up()
            fetched = await consumer.getmany(timeout_ms=_WAIT_MS)
            if news.outage is not None:
                _look(consumer, partitions, news.outage)
            for records in fetched.values():
                for record in records:
                    if record.value is not None:
                        yield record.key, record.value
                    elif tombstones:
                        yield record.key, b""
            # The position counts control records too; the last record's offset does not.
            left = {p for p in left if await consumer.position(p) < ends[p]}
        if not caught_up:
            news.caught_up()
    finally:
        await closed(consumer.stop())


def _look(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], outage: Outage) -> None:
    polls = [at for at in map(consumer.last_poll_timestamp, partitions) if at is not None]
    now = time.time()
    last = max(polls, default=0) / 1000
    if now - last < AWAY_SECONDS:
        outage.answered(last)
    else:
        outage.silent(now)


async def _assign(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    # Asking for the topic by name would make it, where the broker makes topics by itself.
    cluster = await consumer._client.fetch_all_metadata()  # noqa: SLF001 (topics() gives names only)
    numbers = cluster.partitions_for_topic(topic)
    if not numbers:
        raise MissingTopicError(topic)
    partitions = [TopicPartition(topic, number) for number in sorted(numbers)]
    consumer.assign(partitions)
    return partitions
