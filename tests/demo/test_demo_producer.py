"""The producer, the feed and the lag on a real (embedded) broker."""

from collections import Counter
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from waiting import eventually

from streams.demo.fault_injection import Fate, Message
from streams.demo.lag import DroppedUnreadError, Lag, Span, unread
from streams.demo.producer import HistoryProducer
from streams.readmodel.feed import Feed
from streams.transport.embedded import EmbeddedBroker

DEADLINE_S = 60.0
TOPICS = {"complaints": 2, "revenue": 1}


def messages(number: int) -> Iterator[Message]:
    for n in range(number):
        topic = "complaints" if n % 2 else "revenue"
        yield Message(n, topic, f"customer-{n % 7}".encode(), f"{n}".encode(), Fate.FOLDED)


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(TOPICS) as broker:
        yield broker


@pytest.fixture
def heard() -> list[tuple[str, bytes, bytes]]:
    return []


@pytest.fixture
def feed(broker: EmbeddedBroker, heard: list[tuple[str, bytes, bytes]]) -> Iterator[Feed]:
    feed = Feed(broker.bootstrap, TOPICS, lambda *message: heard.append(message), "readers")
    feed.start()
    yield feed
    feed.close()


def test_everything_played_is_read_in_order_of_its_key(
    broker: EmbeddedBroker, feed: Feed, heard: list[tuple[str, bytes, bytes]]
) -> None:
    producer = HistoryProducer(broker.bootstrap, messages(2_000), speed=1e9, may_go_on=lambda: True)
    producer.start()
    producer.go()

    assert eventually(lambda: len(heard) == 2_000)
    assert eventually(lambda: producer.done)
    assert feed.failure is None
    assert producer.failure is None
    assert producer.sent == {("complaints", Fate.FOLDED): 1_000, ("revenue", Fate.FOLDED): 1_000}
    assert producer.at == 1_999
    for topic, key in {(topic, key) for topic, key, _ in heard}:
        numbers = [int(value) for t, k, value in heard if (t, k) == (topic, key)]
        assert numbers == sorted(numbers)
    assert Counter(heard) == Counter((m.topic, m.key, m.value) for m in messages(2_000))


def test_it_waits_until_it_may_go_on(broker: EmbeddedBroker) -> None:
    asked = 0
    allowed = False

    def may_go_on() -> bool:
        nonlocal asked
        asked += 1
        return allowed

    producer = HistoryProducer(broker.bootstrap, messages(100), speed=1e9, may_go_on=may_go_on)
    producer.start()
    producer.go()
    assert eventually(lambda: asked > 3)
    assert producer.sent.total() == 0
    allowed = True
    assert eventually(lambda: producer.done)
    assert producer.sent.total() == 100


def test_it_sends_nothing_before_it_is_let_go(broker: EmbeddedBroker) -> None:
    made = 0

    def told() -> Iterator[Message]:
        nonlocal made
        for message in messages(100):
            made += 1
            yield message

    producer = HistoryProducer(broker.bootstrap, told(), speed=1e9, may_go_on=lambda: True)
    producer.start()
    assert eventually(lambda: made == 1)
    assert producer.sent.total() == 0
    producer.go()
    assert eventually(lambda: producer.done)
    assert made == producer.sent.total() == 100


def test_one_that_was_never_let_go_can_be_stopped(broker: EmbeddedBroker) -> None:
    producer = HistoryProducer(broker.bootstrap, messages(9), speed=1e9, may_go_on=lambda: True)
    producer.start()
    producer.close()
    assert not producer.is_alive()
    assert producer.sent.total() == 0


def test_it_can_be_stopped_before_its_end(broker: EmbeddedBroker) -> None:
    producer = HistoryProducer(broker.bootstrap, messages(100), speed=1e-3, may_go_on=lambda: True)
    producer.start()
    producer.go()
    assert eventually(lambda: producer.sent.total() > 0)
    producer.close()
    assert not producer.done
    assert producer.failure is None


def test_what_goes_wrong_in_it_is_reported(broker: EmbeddedBroker) -> None:
    def broken() -> Iterator[Message]:
        yield from messages(3)
        raise ValueError("a bug")

    producer = HistoryProducer(broker.bootstrap, broken(), speed=1e9, may_go_on=lambda: True)
    producer.start()
    producer.go()
    assert eventually(lambda: producer.failure is not None)
    assert str(producer.failure) == "a bug"


def test_what_goes_wrong_in_the_handler_is_reported(broker: EmbeddedBroker) -> None:
    def handle(*_: object) -> None:
        raise ValueError("no row")

    feed = Feed(broker.bootstrap, TOPICS, handle, "readers")
    feed.start()
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    producer.produce("revenue", b"x", key=b"y")
    producer.flush(DEADLINE_S)
    assert eventually(lambda: feed.failure is not None)
    assert str(feed.failure) == "no row"


def test_lag_counts_what_is_not_yet_committed(broker: EmbeddedBroker) -> None:
    with Lag(broker.bootstrap, "worker", TOPICS) as lag:
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        for n in range(10):
            producer.produce("complaints", str(n).encode(), partition=1)
        producer.flush(DEADLINE_S)
        assert lag.spans() == {
            ("complaints", 0): Span(0, 0, 0),
            ("complaints", 1): Span(0, 0, 10),
            ("revenue", 0): Span(0, 0, 0),
        }
        worker = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "worker"})
        worker.commit(offsets=[TopicPartition("complaints", 1, 7)], asynchronous=False)
        worker.close()
        assert lag.spans()["complaints", 1].behind == 3


def test_messages_dropped_unread_are_an_error_that_says_which(broker: EmbeddedBroker) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 0})
    for _ in range(9):  # 9 MB where 5 MiB are kept
        producer.produce("revenue", b"x" * 900_000, partition=0)
        producer.flush(DEADLINE_S)
    with (
        Lag(broker.bootstrap, "worker", TOPICS) as lag,
        pytest.raises(DroppedUnreadError, match=r"revenue, partition 0: .* messages 0 to"),
    ):
        lag.spans()


def test_what_is_not_read_is_said_with_most_of_all_first() -> None:
    spans = {("signups", 0): Span(0, 1, 4), ("revenue", 0): Span(0, 5, 5)}
    spans |= {("complaints", n): Span(0, 0, 600) for n in (0, 1)}

    assert unread(spans, 20) == "complaints 1,200, rows by the console 20, signups 3"
    assert unread(spans, None) == "complaints 1,200, signups 3"
