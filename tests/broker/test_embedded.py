"""The embedded broker: what the demo and the quick suite stand on."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from waiting import eventually

from streams.transport.embedded import EmbeddedBroker

DEADLINE_S = 60.0

OWNER = """
import sys
from streams.transport.embedded import EmbeddedBroker

with EmbeddedBroker({"complaints": 1}) as broker:
    print(broker.bootstrap, flush=True)
    sys.stdin.read()
"""


def answers(bootstrap: str) -> bool:
    host, port = bootstrap.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def partitions(bootstrap: str) -> dict[str, int]:
    listed = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=DEADLINE_S)
    return {name: len(topic.partitions) for name, topic in listed.topics.items()}


def test_topics_have_the_partitions_asked_for() -> None:
    with EmbeddedBroker({"complaints": 4, "app-fold-changelog": 4, "alerts": 1}) as broker:
        assert partitions(broker.bootstrap) == {
            "complaints": 4,
            "app-fold-changelog": 4,
            "alerts": 1,
        }


def test_topics_can_follow_later() -> None:
    with EmbeddedBroker({"complaints": 4}) as broker:
        broker.create({"late": 2})
        assert partitions(broker.bootstrap) == {"complaints": 4, "late": 2}


def test_a_topic_made_twice_is_an_error_that_names_it() -> None:
    with EmbeddedBroker({"complaints": 4}) as broker:
        with pytest.raises(RuntimeError, match="complaints"):
            broker.create({"complaints": 4})
        assert answers(broker.bootstrap)


def test_a_topic_without_partitions_stops_the_start() -> None:
    with pytest.raises(RuntimeError, match="nothing"), EmbeddedBroker({"nothing": 0}):
        pass


def test_messages_come_back_as_they_went_in() -> None:
    with EmbeddedBroker({"complaints": 2}) as broker:
        producer = Producer(
            {"bootstrap.servers": broker.bootstrap, "compression.type": "lz4", "linger.ms": 5}
        )
        sent = [f"message {number}".encode() for number in range(1000)]
        for value in sent:
            producer.produce("complaints", value, key=b"customer", partition=1)
        assert producer.flush(DEADLINE_S) == 0

        consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "test"})
        consumer.assign([TopicPartition("complaints", 1, 0)])
        received: list[bytes] = []
        while len(received) < len(sent):
            messages = consumer.consume(len(sent), timeout=DEADLINE_S)
            assert messages
            received += [bytes(message.value() or b"") for message in messages]
        consumer.close()
        assert received == sent


def test_it_stops_with_its_block() -> None:
    with EmbeddedBroker({"complaints": 4}) as broker:
        pid, bootstrap = broker.pid, broker.bootstrap
        assert answers(bootstrap)
    assert not alive(pid)
    assert not answers(bootstrap)


def test_without_its_process_a_request_is_an_error() -> None:
    broker = EmbeddedBroker({"complaints": 4})
    with pytest.raises(RuntimeError, match="not running"):
        broker.create({"late": 1})
    with broker:
        os.kill(broker.pid, signal.SIGKILL)
        with pytest.raises(RuntimeError, match="has ended"):
            broker.create({"late": 1})


def test_ctrl_c_does_not_reach_it() -> None:
    with EmbeddedBroker({"complaints": 4}) as broker:
        os.kill(broker.pid, signal.SIGINT)
        broker.create({"late": 1})
        assert answers(broker.bootstrap)


def test_it_goes_when_its_owner_is_killed() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdin is not None
    bootstrap = owner.stdout.readline().strip()
    assert answers(bootstrap)

    owner.kill()
    owner.wait()
    owner.stdout.close()
    owner.stdin.close()

    assert eventually(lambda: not answers(bootstrap))
