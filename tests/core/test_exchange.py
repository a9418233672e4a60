"""What source partitions tell each other of customers: to whom it goes, and that twice is once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.core.customers.exchange.links import Link
from streams.core.ingest.exchange import MAX_LINKS_A_MESSAGE, Exchange
from streams.core.ingest.kinds import LAYOUT
from streams.core.messages import EXCHANGE, Links
from streams.core.partitioner import partitions_of
from streams.core.stage import Record

if TYPE_CHECKING:
    from streams.core.stage import Send

PARTITIONS = 4


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
    sends = list(Exchange(home("ann"), PARTITIONS).messages(links, 7))
    assert {send.topic for send in sends} == {EXCHANGE}
    told = [(send.partition, one) for send in sends for one in decoded(send).links]
    assert sorted(one.referred for _, one in told) == sorted(one.referred for one in links)
    assert all(home(one.referred) == partition for partition, one in told)
    assert max(len(decoded(send).links) for send in sends) == MAX_LINKS_A_MESSAGE
    assert list(Exchange(0, PARTITIONS).messages([], 8)) == []


def referrers(reader: Exchange, sends: list[Send]) -> list[str]:
    return [one.referrer for one in reader.read(records(sends)) if isinstance(one, Link)]


def test_what_comes_again_is_not_read_again_after_a_restart_neither() -> None:
    sender, reader = Exchange(2, PARTITIONS), Exchange(home("bob"), PARTITIONS)
    first = list(sender.messages([link("ann", "bob")], 1))
    second = list(sender.messages([link("cid", "bob")], 2))
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
            assert list(exchange.messages([link("ann", "bob")], number))
    assert right.drain_faults() == []
    (fault,) = wrong.drain_faults()
    assert "customer ann" in fault
    assert wrong.drain_faults() == []
