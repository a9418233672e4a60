"""Lists, times beside that of the event, and events inside others."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas import wire
from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.model import Options
from streams.load.times import zone

Write = Callable[..., Path]
Read = Callable[..., list[dict[str, object]]]

HEAD = "occurred_at,customer_id,value_lost,currency"
ROW = "2017-03-02T16:05:12Z,c,5,USD"
PAYMENT = {
    "event_id": "e",
    "customer_id": "c",
    "occurred_at": "2017-02-01T00:00:00Z",
    "amount": 5,
    "currency": "USD",
}


@pytest.mark.parametrize(
    ("cell", "reasons"),
    [
        ("price", ["price"]),
        ("price; missing feature ;", ["price", "missing feature"]),
        ('"[""price"",""a;b""]"', ["price", "a;b"]),
        ("[price", "[price"),  # no list: the contract refuses it
        ("", None),
    ],
)
def test_a_list_is_of_json_or_has_semicolons(
    write: Write, read: Read, cell: str, reasons: object
) -> None:
    event, _ = read(write(f"{HEAD},reasons", f"{ROW},{cell}", f"{ROW},"), "cancellations")
    assert event.get("reasons") == reasons


def test_a_list_of_a_json_file_stays_one(write: Write, read: Read) -> None:
    row = {**PAYMENT, "value_lost": 5, "reasons": ["price", 7]}
    (event,) = read(write(json.dumps(row), name="rows.jsonl"), "cancellations")
    assert event["reasons"] == ["price", "7"]


def test_every_time_is_read_as_that_of_the_event(write: Write, read: Read) -> None:
    file = write(
        f"{HEAD},effective_at", f"{ROW},2/1/2017", f"{ROW},3/31/2017 5:30 PM", f"{ROW},", f"{ROW},?"
    )
    events = read(file, "cancellations", timezone=zone("Europe/Berlin"))
    assert [event.get("effective_at") for event in events] == [
        "2017-01-31T23:00:00Z",
        "2017-03-31T15:30:00Z",
        None,
        "?",
    ]


def test_a_time_that_can_be_read_two_ways_is_asked_for(write: Write) -> None:
    file = write(f"{HEAD},effective_at", f"{ROW},2/1/2017")
    loading = Loading(file, "cancellations", Options())
    with pytest.raises(LoadError, match="column 'effective_at': dates such as '2/1/2017'"):
        list(loading.batches())


def test_a_time_may_be_the_same_for_all(write: Write, read: Read) -> None:
    (event,) = read(write(HEAD, ROW), "cancellations", constants={"effective_at": "2017-04-01"})
    assert event["effective_at"] == "2017-04-01T00:00:00Z"


def test_an_event_inside_stands_as_it_was_sent(write: Write) -> None:
    original = json.dumps(PAYMENT | {"unknown": [1.50, None]})
    quoted = original.replace('"', '""')
    file = write("occurred_at,customer_id,topic,original", f'2017-02-03,c,Revenue,"{quoted}"')
    loading = Loading(file, "corrections", Options())
    ((event,),) = loading.batches()
    assert original.encode() in event.value
    assert wire.decoders["corrections"](event.value).customer_id == "c"
    assert loading.report.refused == {}


def test_an_event_inside_may_be_an_object_of_a_json_file(write: Write, read: Read) -> None:
    row = {
        "occurred_at": "2017-02-03T09:00:00Z",
        "customer_id": "c",
        "topic": "revenue",
        "original": PAYMENT | {"kind": None},
        "replacement": None,
    }
    (event,) = read(write(json.dumps(row), name="rows.jsonl"), "corrections")
    assert event["original"] == PAYMENT
    assert "replacement" not in event


def test_an_event_inside_may_be_a_struct_of_a_parquet_file(tmp_path: Path) -> None:
    at = datetime(2017, 2, 1, tzinfo=UTC).replace(tzinfo=None)
    columns = {
        "occurred_at": ["2017-02-03", "2017-02-04"],
        "customer_id": ["c", "c"],
        "topic": ["revenue", "referrals"],
        "original": [
            PAYMENT | {"occurred_at": at},
            {"event_id": "r", "customer_id": "c", "occurred_at": at},
        ],
    }
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    loading = Loading(tmp_path / "rows.parquet", "corrections", Options())
    events = [json.loads(event.value) for batch in loading.batches() for event in batch]
    assert [event["original"] for event in events] == [
        PAYMENT,
        {"event_id": "r", "customer_id": "c", "occurred_at": "2017-02-01T00:00:00Z"},
    ]
    assert loading.report.refused == {}


def test_what_is_no_event_inside_is_refused_by_its_field(write: Write) -> None:
    file = write(
        "occurred_at,customer_id,topic,original",
        '2017-02-03,c,revenue,"{""event_id"":""e"",""customer_id"":""c""}"',
        "2017-02-03,c,revenue,e",
    )
    loading = Loading(file, "corrections", Options())
    with pytest.raises(LoadError, match=r"missing_field: original\.occurred_at: Field required"):
        list(loading.batches())
