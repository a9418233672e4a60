"""Look at a Kafka cluster from outside: its topics, how far they reach, who reads them."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    IncompatibleBrokerVersion,
    KafkaError,
    NotCoordinatorForGroupError,
    for_code,
)

from streams.transport.client.batch_codecs import oldest_codecs
from streams.transport.client.broker_probe import probe
from streams.transport.client.connection import connection
from streams.transport.client.ending import closed, let_go

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from streams.settings import Kafka
    from streams.settings.model import Codec

_FETCH_MS: Final = 3000
_SAMPLE_SECONDS: Final = 20
_LOG_APPEND_TIME: Final = 1
_CREATE_TOPICS: Final = 19
_COORDINATOR_SECONDS: Final = 20
_SETTING_UP: Final = (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)


class Group(NamedTuple):
    """A consumer group: its state in Kafka's words, its members, its next offsets."""

    state: str
    members: int
    offsets: Mapping[TopicPartition, int]


class Admin:
    """A view of a cluster; use as an async context manager.

    Raises:
        aiokafka.errors.KafkaConnectionError: on entering, no broker answers; it says why.
        WorkerFailedError: on entering, a broker answers and refuses us.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._admin = AIOKafkaAdminClient(**connection(kafka))
        self._consumer = AIOKafkaConsumer(
            **connection(kafka),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            check_crcs=kafka.check_crcs,
        )

    async def __aenter__(self) -> Self:
        try:
            await probe(self._kafka)
            await self._admin.start()
            await self._consumer.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        await closed(self._consumer.stop())
        await closed(self._admin.close())

    async def brokers(self) -> list[str]:
        """Name the brokers, `host:port`."""
        described = await self._admin.describe_cluster()
        return [f"{broker['host']}:{broker['port']}" for broker in described["brokers"]]

    async def speaks(self) -> Mapping[int, int]:
        """Return the highest version that the brokers speak of each of Kafka's requests, by key."""
        client = self._consumer._client  # noqa: SLF001 (nothing public has it)
        found: dict[int, int] = {}
        for broker in client.cluster.brokers():
            if not await client.ready(broker.nodeId):
                continue
            link = await client._get_conn(broker.nodeId)  # noqa: SLF001
            for key, (_, highest) in link._versions.items():  # noqa: SLF001
                found[key] = min(found.get(key, highest), highest)
        return found

    async def partitions(self) -> dict[str, int]:
        """Count the partitions of every topic."""
        return {
            topic["topic"]: len(topic["partitions"])
            for topic in await self._admin.describe_topics()
            if not topic["error_code"] and topic["partitions"]
        }

    async def reach(self, counts: Mapping[str, int]) -> dict[TopicPartition, tuple[int, int]]:
        """Return the first and the next committed offset of every partition of these topics."""
        parts = [TopicPartition(name, n) for name, count in counts.items() for n in range(count)]
        starts = await self._consumer.beginning_offsets(parts)
        ends = await self._consumer.end_offsets(parts)
        return {part: (starts[part], ends[part]) for part in parts}

    async def configs(
        self, topics: Iterable[str], keys: Collection[str]
    ) -> dict[str, dict[str, str]] | None:
        """Return these settings of the topics, or None where the broker does not give them."""
        asked = [
            ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(keys)) for name in topics
        ]
        try:
            responses = await self._admin.describe_configs(asked)
        except (IncompatibleBrokerVersion, KafkaError):
            return None
        return {
            name: {entry[0]: entry[1] for entry in entries}
            for response in responses
            for error, _, _, name, entries in response.resources
            if not error
        }

    async def oldest_codecs(self, counts: Mapping[str, int]) -> dict[str, set[Codec]]:
        """Return by which codecs the oldest rows of topics are compressed; none of empty ones.

        Raises:
            aiokafka.errors.KafkaError: the broker does not let us read them.
        """
        reach = await self.reach(counts)
        starts = {part: start for part, (start, end) in reach.items() if start < end}
        return await oldest_codecs(self._consumer._client, starts)  # noqa: SLF001 (it has no fetch)

    async def group(self, name: str) -> Group:
        """Describe a consumer group; one that was never there is Dead and has no offsets.

        Raises:
            aiokafka.errors.KafkaError: the broker does not let us see it.
        """
        # The first question of its life makes a cluster set its groups up, which takes a while.
        async with asyncio.timeout(_COORDINATOR_SECONDS):
            while True:
                try:
                    return await self._group(name)
                except _SETTING_UP:
                    await asyncio.sleep(0.2)

    async def _group(self, name: str) -> Group:
        node = await self._admin.find_coordinator(name)
        (response,) = await self._admin.describe_consumer_groups([name], node)
        error, _, state, _, _, members, *_ = response.groups[0]
        if error:
            raise for_code(error)(f"group {name}")
        found = await self._admin.list_consumer_group_offsets(name, node)
        offsets = {part: at.offset for part, at in found.items() if at.offset >= 0}
        return Group(state, len(members), offsets)

    async def last_value(self, topic: str, partition: int, key: bytes, back: int) -> bytes | None:
        """Find the last value of a key among the last `back` messages of a partition."""
        part = TopicPartition(topic, partition)
        start, end = (await self.reach({topic: partition + 1}))[part]
        if start == end:
            return None
        self._consumer.assign([part])
        self._consumer.seek(part, max(start, end - back))
        value: bytes | None = None
        while await self._consumer.position(part) < end:
            fetched = await self._consumer.getmany(part, timeout_ms=_FETCH_MS)
            for record in fetched.get(part, ()):
                if record.key == key:
                    value = record.value
        return value

    async def last_keys(
        self, topic: str, partitions: int, most: int
    ) -> dict[int, list[bytes | None]]:
        """Read the keys of the last `most` messages of every partition of a topic.

        Partitions whose leader does not answer within `_SAMPLE_SECONDS` have what came till then.
        """
        reach = await self.reach({topic: partitions})
        ends = {part: end for part, (start, end) in reach.items() if start < end}
        found: dict[int, list[bytes | None]] = {part.partition: [] for part in ends}
        self._consumer.assign(list(ends))
        for part, end in ends.items():
            self._consumer.seek(part, max(reach[part][0], end - most))
        left, deadline = set(ends), time.monotonic() + _SAMPLE_SECONDS
        while left and time.monotonic() < deadline:
            fetched = await self._consumer.getmany(*left, timeout_ms=_FETCH_MS)
            for part, records in fetched.items():
                found[part.partition] += [record.key for record in records]
            left = {part for part in left if await self._consumer.position(part) < ends[part]}
        return found

    async def clock_ahead(self) -> float:
        """Return by how many seconds our clock is ahead of the broker's; half a round trip exact.

        The only clock that a broker shows is the time it stamps on a message, so this makes a
        topic for one message, and deletes it.

        Raises:
            aiokafka.errors.KafkaError: the broker makes no such topic.
        """
        topic = f"groundswell.clock.{uuid.uuid4().hex[:8]}"
        if _CREATE_TOPICS not in await self.speaks():
            raise IncompatibleBrokerVersion("the broker makes no topics")
        configs = {"message.timestamp.type": "LogAppendTime"}
        response = await self._admin.create_topics([NewTopic(topic, 1, 1, topic_configs=configs)])
        for _, code, *_ in response.topic_errors:
            if code:
                raise for_code(code)(topic)
        producer = AIOKafkaProducer(**connection(self._kafka))
        try:
            await producer.start()
            # The first goes to open the connection and to wait for the new topic.
            await producer.send_and_wait(topic, b"", partition=0)
            before = time.time()
            sent = await producer.send_and_wait(topic, b"", partition=0)
            middle = (before + time.time()) / 2
        finally:
            await let_go(producer)
            await self._admin.delete_topics([topic])
        if sent.timestamp_type != _LOG_APPEND_TIME:
            raise IncompatibleBrokerVersion("the broker stamps no messages")
        stamped: float = sent.timestamp / 1000
        return middle - stamped
