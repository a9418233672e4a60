from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from console_bed import piece, recorded

from schemas.topics import ACTIONS, BUCKETS, CUSTOMERS, INCIDENTS, PERIODS, ROLLING
from streams.console.index.changes import Changes
from streams.console.index.follow import Follow
from streams.console.index.reader import After, Index
from streams.console.index.tables import LEAVING_S
from streams.console.index.writer import Writer
from streams.core.event_time.zone import UTC_ZONE, zone_of
from streams.readmodel.positions import Piece, Position, digest
from streams.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_500_000_000.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "index.sqlite"


def bucket(
    start: str, end: str, count: int, status: str = "final", product: str = "Loan"
) -> tuple[bytes, bytes]:
    key = {"metric": "complaints", "labels": {"product": product}, "grain": "1d", "start": start}
    value = {
        **key,
        "schema_version": 1,
        "end": end,
        "count": count,
        "values": {"USD": 5},
        "customers": count,
        "status": status,
        "late": None,
        "watermark": end,
    }
    dense = {"separators": (",", ":")}
    return json.dumps(key, **dense).encode(), json.dumps(value, **dense).encode()  # type: ignore[arg-type]


def customer(name: str, value: int, status: str = "active", **more: object) -> tuple[bytes, bytes]:
    row = {
        "customer_id": name,
        "status": status,
        "segment": "small",
        "tier": "gold",
        "since": "2016-01-01T00:00:00Z",
        "recurring_value": {"USD": value} if value else {},
        "value_known": True,
        "plan": None,
        "subscriptions": 1,
        "open_complaints": 0,
        "last_movement": None,
        "movements": [],
        "definitions": "5f0c1a2b",
        **more,
    }
    return name.encode(), json.dumps(row).encode()


def test_what_was_written_is_read_again_with_its_positions(file: Path) -> None:
    rows = recorded()
    writer = Writer(file, NOW, UTC_ZONE)
    changed = writer.write(piece(topic, found) for topic, found in rows.items())
    assert changed == set(rows)
    writer.close()
    again = Writer(file, NOW, UTC_ZONE)
    assert again.positions()[CUSTOMERS, 0].offset == len(rows[CUSTOMERS]) - 1
    index = Index(file)
    assert sorted(index.all(INCIDENTS)) == sorted(value for _, value in rows[INCIDENTS])
    assert len(index.all(PERIODS)) == len(rows[PERIODS])
    assert again.refused == 0


def test_rows_and_positions_are_one_transaction(file: Path) -> None:
    """A kill in the middle leaves neither: here the second piece cannot be written."""
    writer = Writer(file, NOW, UTC_ZONE)
    good = piece(CUSTOMERS, [customer("a", 5)])
    bad = Piece("no topic of ours", 0, [(b"k", b"v")], Position(0, b""))
    with pytest.raises(KeyError):
        writer.write([good, bad])
    assert writer.positions() == {}
    assert Index(file).customer("a") is None
    writer.write([good])
    assert set(writer.positions()) == {(CUSTOMERS, 0)}


def test_the_last_row_of_a_key_stands_and_a_tombstone_takes_it_away(file: Path) -> None:
    writer, index = Writer(file, NOW, UTC_ZONE), Index(file)
    writer.write([piece(CUSTOMERS, [customer("a", 5), customer("b", 6), customer("a", 7)])])
    found = index.customer("a")
    assert found is not None
    assert found.recurring_value == {"USD": 7}
    writer.write([piece(CUSTOMERS, [(b"a", b"")], 3)])
    assert index.customer("a") is None
    assert [one.customer.customer_id for one in index.biggest("USD", 9)] == ["b"]


def test_customers_are_listed_by_worth_page_by_page(file: Path) -> None:
    writer, index = Writer(file, NOW, UTC_ZONE), Index(file)
    rows = [customer(f"c{n:02}", 100 + n // 3) for n in range(20)]
    rows.append(customer("left", 0, "lost", movements=[
        {"kind": "lost", "at": "2017-01-05T00:00:00Z", "reason": "price", "values": {"USD": 300}}
    ]))  # fmt: skip
    rows.append(customer("angry", 9, open_complaints=2))
    writer.write([piece(CUSTOMERS, rows)])
    pages, after = [], None
    while page := index.biggest("USD", 4, after):
        pages += [one.customer.customer_id for one in page]
        after = After(page[-1].worth, page[-1].customer.customer_id)
    assert len(pages) == len(set(pages)) == 21
    assert pages[:3] == ["c18", "c19", "c15"]
    assert index.sum_of_biggest("USD") == (21, sum(100 + n // 3 for n in range(20)) + 9)
    assert index.sum_of_biggest("EUR") == (0, 0)
    assert [one.customer.customer_id for one in index.at_risk("USD", 9)] == ["angry"]
    assert index.sum_at_risk("USD") == (1, 9)
    january = ("2017-01-01T00:00:00Z", "2017-02-01T00:00:00Z")
    assert [(one.customer.customer_id, one.worth) for one in index.lost("USD", january, 9)] == [
        ("left", 300)
    ]
    assert index.sum_of_lost("USD", january) == (1, 300)
    assert index.lost("USD", ("2017-02-01T00:00:00Z", "2017-03-01T00:00:00Z"), 9) == []


def test_currencies_are_those_of_who_is_there(file: Path) -> None:
    writer, index = Writer(file, NOW, UTC_ZONE), Index(file)
    euro: dict[str, Any] = {"recurring_value": {"EUR": 9}}
    rows = [customer("a", 5), customer("b", 5), customer("c", 5, **euro), customer("d", 0)]
    writer.write([piece(CUSTOMERS, rows)])
    assert index.currencies() == ["EUR", "USD"]
    writer.write([piece(CUSTOMERS, [(b"b", b""), customer("c", 0, "lost")], 4)])
    assert index.currencies() == ["USD"]


def test_series_are_found_by_their_size_and_by_a_part_of_a_name(file: Path) -> None:
    writer, index = Writer(file, NOW, UTC_ZONE), Index(file)
    times = ("2017-01-18T00:00:00Z", "2017-01-19T00:00:00Z")
    counts = {"Loan": 3, "Home loan": 8, "Card": 5, "None of it": 0}
    rows = [bucket(*times, count, product=name) for name, count in counts.items()]
    writer.write([piece(BUCKETS, rows)])
    days = (736_347, 736_348)  # 2017-01-18

    def found(most: int, skip: int = 0, having: str = "") -> tuple[list[str], int]:
        rows, many = index.largest("complaints", "product", days, most, skip, having)
        return [series.labels["product"] for series, _ in rows], many

    assert found(2) == (["Home loan", "Card"], 3)
    assert found(2, skip=2) == (["Loan"], 3)
    assert found(9, having="LOAN") == (["Home loan", "Loan"], 2)
    assert found(9, having="product") == ([], 0)  # the name of a label is none of its values
    assert index.largest("complaints", "region", days, 9) == ([], 0)
    assert index.largest("complaints", "product", (736_348, 736_350), 9) == ([], 0)
    assert index.breakdowns() == {"complaints": ["product"]}
    again = Writer(file, NOW, UTC_ZONE)
    again.write([piece(BUCKETS, [bucket(*times, 9, product="Lease")], 4)])
    assert found(1) == (["Lease"], 4)
    odd = 'A "rare" \\ thing'
    again.write([piece(BUCKETS, [bucket(*times, 1, product=odd)], 5)])
    assert found(9, having='"RARE" \\') == found(9, having="rare") == ([odd], 1)


def test_of_windows_those_of_totals_are_kept(file: Path) -> None:
    writer, index = Writer(file, NOW, UTC_ZONE), Index(file)
    row = {"metric": "complaints", "window": "7d", "end": "2017-01-18T00:00:00Z", "count": 1}
    rows = [
        (name, json.dumps(row | {"labels": labels}, separators=(",", ":")).encode())
        for name, labels in ((b"all", {}), (b"loans", {"product": "Loan"}))
    ]
    writer.write([piece(ROLLING, rows)])
    assert index.all(ROLLING) == [rows[0][1]]


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("UTC", "2017-01-18T00:00:00Z", "2017-01-19T00:00:00Z"),
        ("America/New_York", "2017-01-18T05:00:00Z", "2017-01-19T05:00:00Z"),
        ("Pacific/Auckland", "2017-01-17T11:00:00Z", "2017-01-18T11:00:00Z"),
        ("Pacific/Kiritimati", "2017-01-17T10:00:00Z", "2017-01-18T10:00:00Z"),
    ],
)
def test_a_daily_bucket_is_of_its_day_in_every_zone(
    file: Path, zone: str, start: str, end: str
) -> None:
    writer, index = Writer(file, NOW, zone_of(zone)), Index(file)
    writer.write([piece(BUCKETS, [bucket(start, end, 3, "provisional"), bucket(start, end, 4)])])
    series = index.series("complaints", "product")[0]
    ordinal = 736_347  # 2017-01-18
    (day,) = index.days(series.number, ordinal, ordinal + 1)
    assert (day.events, day.status, day.money) == (4, "final", {"USD": 5})


def test_an_index_of_another_version_or_that_missed_deletions_is_built_anew(file: Path) -> None:
    writer = Writer(file, NOW, UTC_ZONE)
    writer.write([piece(CUSTOMERS, [customer("a", 5)])])
    writer.caught_up(NOW)
    writer.close()
    assert Writer(file, NOW + LEAVING_S - 1, UTC_ZONE).positions() != {}
    assert Writer(file, NOW + LEAVING_S + 1, UTC_ZONE).positions() == {}
    writer = Writer(file, NOW, UTC_ZONE)
    writer.write([piece(CUSTOMERS, [customer("a", 5)])])
    with sqlite3.connect(file) as other:
        other.execute("UPDATE meta SET value = '0' WHERE name = 'version'")
    assert Writer(file, NOW, UTC_ZONE).positions() == {}
    file.write_bytes(b"this is no index " * 100)
    assert Writer(file, NOW, UTC_ZONE).positions() == {}


def test_a_row_that_is_none_costs_itself_only(file: Path) -> None:
    writer, index = Writer(file, NOW, UTC_ZONE), Index(file)
    writer.write([piece(CUSTOMERS, [(b"x", b"{]"), customer("a", 5)])])
    writer.write([piece(ACTIONS, [(b"x", b"[]")])])
    assert index.customer("a") is not None
    assert writer.refused == 2


DEEP = b"[" * 5_000


@pytest.mark.parametrize(
    "value",
    [
        b'{"action_id":"a","about":"b","at":"2017-01-18T09:30:00Z"}',
        b'{"action_id":"a","kind":"noted","about":"b","by":"me","at":"soon","note":"c"}',
        b'{"action_id":"\xff"}',
        b'{"more":' + DEEP,
    ],
)
def test_a_message_of_actions_that_is_none_is_not_kept(file: Path, value: bytes) -> None:
    writer, index = Writer(file, NOW, UTC_ZONE), Index(file)
    writer.write([piece(ACTIONS, [(b"b", value)])])
    assert (writer.refused, index.all(ACTIONS)) == (1, [])


@pytest.mark.parametrize("topic", [CUSTOMERS, BUCKETS, INCIDENTS, PERIODS])
def test_a_row_that_nests_deep_or_is_no_text_costs_itself_only(file: Path, topic: str) -> None:
    writer = Writer(file, NOW, UTC_ZONE)
    bad = [b'{"more":' + DEEP, b'{"\xff":1}']
    keys = [b'{"n":%d,"grain":"1d"}' % n for n in range(len(bad))]
    writer.write([piece(topic, list(zip(keys, bad, strict=True)))])
    assert writer.refused == len(bad)


def test_a_row_is_told_from_one_without_a_value() -> None:
    assert digest(b"k", None) != digest(b"k", b"")
    assert digest(b"k", b"v") == digest(b"k", b"v")


def test_pages_are_told_when_what_was_unread_has_been_read(file: Path) -> None:
    changes = Changes()
    follow = Follow(Settings(), file, changes)
    told = []
    for behind in (0, 5, 70_000, 900, 0):
        follow.tell_behind(behind)
        told.append(changes.version(("failure",)))
    assert told == [0, 0, 1, 2, 2]
    follow.writer.close()
