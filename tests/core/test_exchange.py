"""What source partitions tell each other of customers: to whom it goes, and that twice is once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.core.customers.exchange.links import Link
from streams.core.ingest.exchange import MAX_LINKS_A_MESSAGE, Exchange
from streams.core.ingest.kinds import LAYOUT
from streams.core.ingest.told_clocks import STEP, ToldClock
from streams.core.messages import EXCHANGE, Links
from streams.core.partitioner import partitions_of
from streams.core.stage import Record

if TYPE_CHECKING:
    from streams.core.stage import Send

PARTITIONS = 4
NOW = ToldClock()


def home(customer: str) -> int:
    (partition,) = partitions_of([customer.encode()], PARTITIONS)
    return partition


def link(referrer: str, referred: str) -> Link:
    return Link(referrer, b"abcdef", referred, 1_500_000_000, 560, [(560, "home", "base")])


def decoded(send: Send) -> Links:
    return msgspec.msgpack.decode(send.value or b"", type=Links)


def records(sends: list[Send]) -> list[Record]:
    return [Record(at, send.key, send.value) for at, send in enumerate(sends)]


def test_links_go_where_the_key_of_the_referred_puts_it_in_messages_of_bounded_size() -> None:
    links = [link("ann", f"c{n}") for n in range(3 * PARTITIONS * MAX_LINKS_A_MESSAGE // 2)]
    sends = list(Exchange(home("ann"), PARTITIONS).messages(links, 7, NOW))
    assert {send.topic for send in sends} == {EXCHANGE}
    told = [(send.partition, one) for send in sends for one in decoded(send).links]
    assert sorted(one.referred for _, one in told) == sorted(one.referred for one in links)
    assert all(home(one.referred) == partition for partition, one in told)
    assert max(len(decoded(send).links) for send in sends) == MAX_LINKS_A_MESSAGE
    assert list(Exchange(0, PARTITIONS).messages([], 8, NOW)) == []


def referrers(reader: Exchange, sends: list[Send]) -> list[str]:
    return [one.referrer for one in reader.read(records(sends)) if isinstance(one, Link)]


def test_what_comes_again_is_not_read_again_after_a_restart_neither() -> None:
    sender, reader = Exchange(2, PARTITIONS), Exchange(home("bob"), PARTITIONS)
    first = list(sender.messages([link("ann", "bob")], 1, NOW))
    second = list(sender.messages([link("cid", "bob")], 2, NOW))
    assert referrers(reader, first) == ["ann"]
    assert list(reader.read(records(first))) == []
    assert reader.pending == 1
    restored = Exchange(home("bob"), PARTITIONS)
    ((key, value),) = reader.changed()
    assert key == b"x\t2"
    for row in LAYOUT.read({key: value or b""}):
        restored.restore(row)
    assert referrers(restored, first + second) == ["cid"]


def test_customers_who_are_not_where_their_key_puts_them_are_told_once() -> None:
    right, wrong = (Exchange(n, PARTITIONS) for n in (home("ann"), (home("ann") + 1) % PARTITIONS))
    for exchange in (right, wrong):
        for number in (1, 2):
            assert list(exchange.messages([link("ann", "bob")], number, NOW))
    assert right.drain_faults() == []
    (fault,) = wrong.drain_faults()
    assert "customer ann" in fault
    assert wrong.drain_faults() == []


def test_how_far_a_partition_is_goes_to_all_behind_its_links() -> None:
    sender = Exchange(2, PARTITIONS)
    links = [link("ann", f"c{n}") for n in range(2 * PARTITIONS * MAX_LINKS_A_MESSAGE)]
    sends = list(sender.messages(links, 3, ToldClock(STEP, idle=True)))
    for target in range(PARTITIONS):
        told = [decoded(send) for send in sends if send.partition == target]
        assert len(told) > 1
        clocks = [(one.source.watermark, one.source.idle) for one in told]
        assert clocks == [*[(0, False)] * (len(told) - 1), (STEP, True)]
    assert set(sender.drain_sent()) == set(range(PARTITIONS))
    assert list(sender.messages([], 4, ToldClock(2 * STEP - 1, idle=True))) == []
    sends = list(sender.messages([], 5, ToldClock(2 * STEP, idle=True)))
    assert sorted(send.partition or 0 for send in sends) == list(range(PARTITIONS))
    assert sender.drain_sent() == {}
    reader = Exchange(1, PARTITIONS)
    assert list(reader.read(records([sends[1]]))) == []
    assert reader.clocks.of(2) == (2 * STEP, True)


def test_a_state_of_before_knows_what_was_read_and_no_clock() -> None:
    exchange = Exchange(1, PARTITIONS)
    for row in LAYOUT.read({b"x\t2": msgspec.msgpack.encode((7, 1))}):
        exchange.restore(row)
    assert exchange.clocks.of(2) == ToldClock()
    sends = Exchange(2, PARTITIONS).messages([link("ann", "bob")], 7, NOW)
    assert list(exchange.read(records(list(sends)))) == []
