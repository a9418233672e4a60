"""Periods are final when what customers did to each other until then has been read, too."""

from __future__ import annotations

import msgspec
from told_company import ON, Company, cells, encode, when

from streams.core.aggregate.periods.unread import UnreadLinks
from streams.core.messages import Movements, Source
from streams.core.stage import Record


def tell(  # noqa: PLR0913 (what a message has)
    company: Company,
    clock: str,
    partition: int,
    *,
    sent: dict[int, int] | None = None,
    read: dict[int, int] | None = None,
    day: str | None = None,
) -> None:
    company.flushes[partition] += 1
    source = Source("customers", partition, company.flushes[partition], 0, when(clock), idle=False)
    made = [] if day is None else cells(day, "new", 1)
    stamp = ON.customers.definitions.stamp
    message = Movements(source, made, stamp, last=True, sent=sent or {}, read=read or {})
    company.offset += 1
    company.stage.process("", [Record(company.offset, None, encode(message))], company.wall)


def status(company: Company) -> tuple[str, int | None]:
    row = company.period("2017-01")
    said = row["published"]
    return row["status"], None if said is None else said["new"]["count"]


def test_a_period_is_not_final_while_links_of_before_its_end_are_on_their_way() -> None:
    company = Company(partitions=2)
    tell(company, "2017-02-20", 0, day="2017-01-18")
    tell(company, "2017-02-20", 1)
    tell(company, "2017-03-05", 0, sent={1: 2})
    tell(company, "2017-03-05", 1)
    company.publish()
    assert status(company) == ("provisional", None)
    company.stage = company.restored()
    company.publish()
    assert status(company) == ("provisional", None)
    tell(company, "2017-03-05", 1, read={0: 1}, day="2017-01-19")
    company.publish()
    assert status(company) == ("provisional", None)
    tell(company, "2017-03-05", 1, read={0: 2})
    assert company.stage.pending() > 0
    company.publish()
    assert status(company) == ("final", 2)
    assert company.stage.pending() == 0


def test_links_of_later_do_not_hold_it_up() -> None:
    company = Company(partitions=2)
    tell(company, "2017-03-04", 0, day="2017-01-18")
    tell(company, "2017-03-05", 1)
    tell(company, "2017-03-06", 0, sent={1: 2, 0: 2})
    company.publish()
    assert status(company) == ("final", 1)


def test_the_oldest_that_is_unread_counts_and_what_is_written_down_is_the_same() -> None:
    unread = UnreadLinks()
    unread.note(0, 100, {1: 5, 2: 5})
    unread.note(0, 200, {1: 6})
    unread.note(1, 150, {1: 9})
    assert unread.clock(300) == 100
    restored = UnreadLinks()
    restored.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(unread.store())))
    for one in (unread, restored):
        one.read(1, {0: 5})
        assert one.clock(300) == 100  # partition 2 has not read it
        one.read(2, {0: 7})
        assert one.clock(300) == 150
        one.read(1, {1: 9, 0: 6})
        assert (one.clock(300), one.clock(90), one.store()) == (300, 90, [])
