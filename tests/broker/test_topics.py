"""Topics at the start of a worker: made, found, or refused with what to do."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
import toy
from bench import PARTITIONS, until
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic, ResourceType

from streams.settings import Kafka, Settings
from streams.settings import Worker as WorkerSettings
from streams.transport.client import topics

if TYPE_CHECKING:
    from apache_kafka import ApacheKafka
    from bench import Bench

    from streams.transport.embedded import EmbeddedBroker


def settings(bootstrap: str, prefix: str) -> Settings:
    return Settings(
        kafka=Kafka(brokers=bootstrap, partitions=3), worker=WorkerSettings(app_id=prefix)
    )


def make(bootstrap: str, counts: dict[str, int]) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    new = [NewTopic(name, count, 1) for name, count in counts.items()]
    for future in admin.create_topics(new).values():
        future.result()
    until("made", lambda: counts.keys() <= admin.list_topics(timeout=60).topics.keys())


@pytest.mark.kafka
async def test_missing_topics_are_made(apache_kafka: ApacheKafka) -> None:
    prefix = "made"
    stages, counts = await topics.ensure(
        settings(apache_kafka.bootstrap, prefix), partial(toy.pipeline, prefix)
    )
    assert [stage.name for stage in stages] == ["count", "total"]
    assert set(counts.values()) == {3}
    assert f"{prefix}-count-changelog" in counts
    admin = AdminClient({"bootstrap.servers": apache_kafka.bootstrap})
    changelog = ConfigResource(ResourceType.TOPIC, f"{prefix}-count-changelog")
    config = admin.describe_configs([changelog])[changelog].result()
    assert config["cleanup.policy"].value == "compact"
    # The open segment is never compacted: a take-over reads all of it.
    largest_row = int(config["max.message.bytes"].value)
    assert largest_row < int(config["segment.bytes"].value) <= 8 * 2**20
    assert int(config["segment.ms"].value) <= 10 * 60 * 1000
    # A reader that has passed a row must still find what deleted it.
    assert int(config["delete.retention.ms"].value) >= 3600 * 1000


@pytest.mark.kafka
async def test_what_is_missing_follows_the_source_topics_that_exist(
    apache_kafka: ApacheKafka,
) -> None:
    prefix = "follows"
    make(apache_kafka.bootstrap, {toy.sources(prefix)[0]: 5})
    _, counts = await topics.ensure(
        settings(apache_kafka.bootstrap, prefix), partial(toy.pipeline, prefix)
    )
    assert set(counts.values()) == {5}


@pytest.mark.kafka
async def test_source_topics_that_disagree_are_refused(apache_kafka: ApacheKafka) -> None:
    prefix = "disagree"
    left, right = toy.sources(prefix)
    make(apache_kafka.bootstrap, {left: 2, right: 4})
    given = settings(apache_kafka.bootstrap, prefix), partial(toy.pipeline, prefix)
    for check in (topics.ensure, topics.agree):
        with pytest.raises(
            topics.TopicsError, match=r"left has 2, .*right has 4.* empty: .* --partitions 4\."
        ):
            await check(*given)


def widen(admin: AdminClient, topic: str, count: int) -> None:
    """Add partitions to a topic; the controller answers before the broker tells of them."""
    for future in admin.create_partitions([NewPartitions(topic, count)]).values():
        future.result()
    until("it has them", lambda: len(admin.list_topics(topic).topics[topic].partitions) == count)


@pytest.mark.kafka
async def test_nobody_is_told_to_add_partitions_where_state_is(apache_kafka: ApacheKafka) -> None:
    prefix = "grown"
    left, right = toy.sources(prefix)
    given = settings(apache_kafka.bootstrap, prefix), partial(toy.pipeline, prefix)
    await topics.ensure(*given)
    admin = AdminClient({"bootstrap.servers": apache_kafka.bootstrap})
    widen(admin, left, 4)
    for check in (topics.ensure, topics.agree):
        with pytest.raises(topics.TopicsError, match=r"left has 4, .*right has 3") as refused:
            await check(*given)
        assert "--alter" not in str(refused.value)
        assert "Give none of them more: see 'Partition counts were changed'" in str(refused.value)
    widen(admin, right, 4)
    with pytest.raises(topics.TopicsError, match=r"grown-count-changelog has 3 partitions, not 4"):
        await topics.agree(*given)


@pytest.mark.kafka
async def test_a_topic_between_stages_with_another_count_is_refused(
    apache_kafka: ApacheKafka,
) -> None:
    prefix = "between"
    make(apache_kafka.bootstrap, {toy.sources(prefix)[0]: 2, toy.counts(prefix): 3})
    with pytest.raises(topics.TopicsError, match=r"between\.counts has 3 partitions, not 2"):
        await topics.ensure(settings(apache_kafka.bootstrap, prefix), partial(toy.pipeline, prefix))


@pytest.mark.kafka
async def test_topics_between_stages_without_their_state_are_refused(
    apache_kafka: ApacheKafka,
) -> None:
    prefix = "left"
    stages = partial(toy.pipeline, prefix)
    await topics.ensure(settings(apache_kafka.bootstrap, prefix), stages)
    with pytest.raises(
        topics.TopicsError, match=r"left\.counts are there, but no state of .*'new'"
    ):
        await topics.ensure(settings(apache_kafka.bootstrap, "new"), stages)
    admin = AdminClient({"bootstrap.servers": apache_kafka.bootstrap})
    assert "new-count-changelog" not in admin.list_topics(timeout=60).topics


async def test_a_broker_that_makes_no_topics_says_which_are_missing(
    embedded: EmbeddedBroker,
) -> None:
    with pytest.raises(topics.TopicsError, match=r"cannot make them: none\.left, none\.right"):
        await topics.ensure(settings(embedded.bootstrap, "none"), partial(toy.pipeline, "none"))


@pytest.mark.kafka
def test_partitions_added_under_a_state_are_refused(kafka_bench: Bench) -> None:
    bench = kafka_bench
    bench.produce(100)
    worker = bench.start()
    bench.exact()
    bench.stop(worker)
    admin = AdminClient({"bootstrap.servers": bench.bootstrap})
    more = [
        NewPartitions(name, PARTITIONS + 1)
        for name in (
            *toy.sources(bench.prefix),
            toy.counts(bench.prefix),
            toy.totals(bench.prefix),
            f"{bench.prefix}-count-changelog",
            f"{bench.prefix}-total-changelog",
        )
    ]
    for future in admin.create_partitions(more).values():
        future.result()
    again = bench.start()
    assert again.wait() == 1
    assert "partition counts changed under the state" in again.text()
