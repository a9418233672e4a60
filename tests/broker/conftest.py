"""One suite, two brokers: the embedded one, and Apache Kafka where Java and Maven are."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest
from apache_kafka import PROPERTIES, ApacheKafka, missing
from bench import Bench, opened
from changelog import Partition

from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

SLEEPS = "broker.session.timeout.ms=86400000\n"
"""Its controller does not take it for dead after it has slept."""

_numbers = itertools.count()


@pytest.fixture(scope="session")
def java() -> None:
    """Skip where Apache Kafka cannot be started; on CI it must be."""
    if reason := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Apache Kafka on CI: {reason}")
        pytest.skip(f"no Apache Kafka: {reason}")


@pytest.fixture(scope="session")
def one_kafka(java: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    del java
    broker = ApacheKafka(tmp_path_factory.mktemp("kafka"), PROPERTIES + SLEEPS)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture(scope="module")
def apache_kafka(one_kafka: ApacheKafka) -> Iterator[ApacheKafka]:
    """A real broker for the session, asleep while no file of tests needs it.

    Even one that has nothing to do takes a fiftieth of a core: of the whole run, with three.
    """
    one_kafka.wake()
    yield one_kafka
    one_kafka.sleep()


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker({}) as broker:
        yield broker


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Fresh topics on either broker."""
    prefix = f"toy{next(_numbers)}"
    if request.param == "embedded":
        broker = request.getfixturevalue("embedded")
        made = Bench("embedded", broker.bootstrap, prefix, tmp_path, broker)
    else:
        kafka = request.getfixturevalue("apache_kafka")
        made = Bench("kafka", kafka.bootstrap, prefix, tmp_path, None)
    with opened(made) as result:
        yield result


@pytest.fixture
def kafka_bench(apache_kafka: ApacheKafka, tmp_path: Path) -> Iterator[Bench]:
    """Fresh topics on Apache Kafka: what the embedded broker does not promise is shown here."""
    with opened(
        Bench("kafka", apache_kafka.bootstrap, f"toy{next(_numbers)}", tmp_path, None)
    ) as result:
        yield result


@pytest.fixture
def embedded_bench(embedded: EmbeddedBroker, tmp_path: Path) -> Iterator[Bench]:
    """Fresh topics on the embedded broker: what Apache Kafka would never do is shown here."""
    made = Bench("embedded", embedded.bootstrap, f"toy{next(_numbers)}", tmp_path, embedded)
    with opened(made) as result:
        yield result


@pytest.fixture
async def real(kafka_bench: Bench) -> AsyncIterator[Partition]:
    """A changelog where the broker fences and aborts."""
    made = Partition(kafka_bench)
    yield made
    await made.close()
