from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.mapping import pairs
from streams.load.model import Options

Write = Callable[..., Path]
Read = Callable[..., list[dict[str, object]]]


def without_ids(events: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{k: v for k, v in event.items() if k != "event_id"} for event in events]


def test_a_column_is_known_by_its_name_in_any_case(write: Write, read: Read) -> None:
    (event,) = read(write("Occurred at,CUSTOMER-ID,Product", "2017-01-18T10:00Z,c1,Loan"))
    assert (event["customer_id"], event["product"]) == ("c1", "Loan")


def test_of_two_columns_that_differ_in_case_neither_is_taken(write: Write, read: Read) -> None:
    (event,) = read(write("occurred_at,Product,PRODUCT", "2017-01-18T10:00Z,a,b"))
    assert "product" not in event


def test_columns_named_as_a_field_are_mapped_and_others_by_hand(write: Write, read: Read) -> None:
    file = write("date,product,state,other", "2017-01-18,Loan,CA,x")
    expected = [{"occurred_at": "2017-01-18T12:00:00Z", "product": "Loan", "region": "CA"}]
    events = read(file, mapping={"occurred_at": "date", "region": "state"})
    assert expected == without_ids(events)


def test_text_becomes_what_the_contract_asks_for(write: Write, read: Read) -> None:
    file = write(
        "event_id,customer_id,occurred_at,reason,avoidable,value_lost,currency,segment",
        "e1,42,2017-01-18T09:30:00Z,price,Yes,58800,USD,",
        "e2, 43 ,2017-01-18T09:30:00.5+01:00,,0,0,USD, small ",
    )
    first, second = read(file, "cancellations", sort=False)
    assert first == {
        "event_id": "e1",
        "customer_id": "42",
        "occurred_at": "2017-01-18T09:30:00Z",
        "reason": "price",
        "avoidable": True,
        "value_lost": 58800,
        "currency": "USD",
    }
    assert second == {
        "event_id": "e2",
        "customer_id": "43",
        "occurred_at": "2017-01-18T08:30:00.500000Z",
        "avoidable": False,
        "value_lost": 0,
        "currency": "USD",
        "segment": "small",
    }


def test_a_gap_in_a_column_of_numbers_is_an_absent_field(read: Read, tmp_path: Path) -> None:
    columns = {
        "occurred_at": ["2017-01-18", "2017-01-19"],
        "customer_id": [42.0, float("nan")],
        "product": [b"Loan", None],
        "issue": [float("nan"), 7.0],
    }
    pq.write_table(pa.table(columns), tmp_path / "x.parquet")
    assert without_ids(read(tmp_path / "x.parquet")) == [
        {"occurred_at": "2017-01-18T12:00:00Z", "customer_id": "42", "product": "Loan"},
        {"occurred_at": "2017-01-19T12:00:00Z", "issue": "7"},
    ]


def test_a_word_of_the_contract_is_known_in_any_case(write: Write, read: Read) -> None:
    (event,) = read(write("occurred_at,severity", "2017-01-18,HIGH"))
    assert event["severity"] == "high"


def test_a_constant_fills_a_field_that_the_file_lacks(write: Write, read: Read) -> None:
    file = write("occurred_at,customer_id,amount", "2017-01-18,c,-5")
    (event,) = read(file, "revenue", constants={"currency": "USD", "cost_to_serve": "7"})
    assert (event["amount"], event["cost_to_serve"], event["currency"]) == (-5, 7, "USD")


def test_all_forms_of_the_same_rows_give_the_same_events(
    write: Write, read: Read, tmp_path: Path
) -> None:
    rows = [{"occurred_at": f"2017-01-{d:02}", "product": p} for d in (18, 19) for p in "aab"]
    csv = write("occurred_at,product", *(",".join(row.values()) for row in rows))
    lines = write(*map(json.dumps, rows), name="x.json.gz")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    expected = read(csv)
    assert expected == read(lines) == read(tmp_path / "x.parquet")
    assert len({event["event_id"] for event in expected}) == 6


def test_the_key_is_the_customer_or_else_the_event(write: Write) -> None:
    file = write("occurred_at,customer_id,event_id", "2017-01-18,c,e", "2017-01-18,,f")
    (batch,) = Loading(file, "complaints").batches()
    assert [event.key for event in batch] == [b"c", b"f"]


def test_events_come_in_order_of_time(write: Write, read: Read) -> None:
    file = write("occurred_at,product", "2017-01-19,c", "2017-01-18,a", "2017-01-18,b")
    assert [event["product"] for event in read(file)] == ["a", "b", "c"]
    assert [event["product"] for event in read(file, sort=False)] == ["c", "a", "b"]


def test_sorted_or_not_an_event_has_the_same_id_and_time(write: Write, read: Read) -> None:
    file = write("occurred_at,product", "2017-01-19,c", "2017-01-18,a", "2017-01-19,c")

    def ids(events: list[dict[str, object]]) -> set[tuple[object, object]]:
        return {(event["event_id"], event["occurred_at"]) for event in events}

    assert ids(read(file)) == ids(read(file, sort=False))


def test_more_rows_of_a_day_do_not_rename_those_that_were_there(write: Write, read: Read) -> None:
    short = read(write("occurred_at,product", "2017-01-18,a"))
    longer = read(write("occurred_at,product", "2017-01-18,a", "2017-01-18,b"))
    assert short[0]["event_id"] == longer[0]["event_id"]
    assert short[0]["occurred_at"] != longer[0]["occurred_at"]


def test_days_are_left_at_midnight_when_asked(write: Write, read: Read) -> None:
    (event,) = read(write("occurred_at", "2017-01-18"), spread="none")
    assert event["occurred_at"] == "2017-01-18T00:00:00Z"


def test_a_day_is_a_day_beside_rows_with_a_time(write: Write, read: Read) -> None:
    file = write("occurred_at,product", "2017-01-18,day", "2017-01-18T10:00,time")
    assert [(event["occurred_at"], event["product"]) for event in read(file)] == [
        ("2017-01-18T10:00:00Z", "time"),
        ("2017-01-18T12:00:00Z", "day"),
    ]


def test_a_midnight_beside_other_times_is_a_time(write: Write, read: Read) -> None:
    file = write("occurred_at", "2017-01-18T00:00", "2017-01-18T10:00")
    assert [event["occurred_at"] for event in read(file)] == [
        "2017-01-18T00:00:00Z",
        "2017-01-18T10:00:00Z",
    ]


def test_days_and_times_that_say_the_same_are_events_of_their_own(write: Write, read: Read) -> None:
    days = ["2017-01-18,a"] * 3
    times = [f"2017-01-18T0{hour}:00,a" for hour in (3, 9)]
    file = write("occurred_at,product", days[0], times[0], days[1], times[1], days[2])
    assert len({event["event_id"] for event in read(file)}) == 5


def test_a_refused_row_is_sent_as_it_is_and_told(write: Write) -> None:
    file = write(
        "occurred_at,customer_id,value_lost,currency",
        "2017-01-18,a,5,USD",
        "yesterday,b,5,USD",
        "2017-01-18,c,much,USD",
        "2017-01-18,,5,USD",
        "2017-01-18,d,5,USD,and,more",
        b"2017-01-18,e\xff,5,USD",
    )
    loading = Loading(file, "cancellations", Options(sort=False))
    (batch,) = loading.batches()
    assert 6 == loading.report.rows == loading.report.events == len(batch)
    told = sorted((example.row, str(example.reason)) for example in loading.report.examples)
    assert told == [
        (2, "bad_time"),
        (3, "wrong_type"),
        (4, "missing_field"),
        (5, "not_an_object"),
        (6, "not_utf8"),
    ]
    values = [event.value for event in batch]
    assert sum(b'"occurred_at":"yesterday"' in value for value in values) == 1
    assert sum(b'"value_lost":"much"' in value for value in values) == 1
    assert b'["2017-01-18","d","5","USD","and","more"]' in values
    assert sum(b'"customer_id":"e\xff"' in value for value in values) == 1


def test_a_line_that_is_no_json_is_sent_byte_by_byte(write: Write) -> None:
    file = write('{"occurred_at":"2017-01-18"}', '{"occurred_at":', name="x.json")
    loading = Loading(file, "complaints")
    (batch,) = loading.batches()
    assert batch[1].value == b'{"occurred_at":'
    assert dict(loading.report.refused) == {"truncated": 1}


def test_refused_rows_stay_behind_when_asked(write: Write) -> None:
    file = write("occurred_at", "2017-01-18", "never")
    loading = Loading(file, "complaints", Options(skip_bad=True))
    assert [len(batch) for batch in loading.batches()] == [1]
    assert (loading.report.rows, loading.report.events, loading.report.refused.total()) == (2, 1, 1)


def test_a_file_of_which_nothing_fits_is_not_sent(write: Write) -> None:
    file = write("occurred_at,customer_id,value_lost,currency", "2017-01-18,a,5,dollars")
    with pytest.raises(LoadError, match=r"none of the first 1 rows is an event.*currency"):
        list(Loading(file, "cancellations").batches())


@pytest.mark.parametrize(
    ("topic", "mapping", "told"),
    [
        ("complaint", {}, "no topic 'complaint'; did you mean 'complaints'"),
        ("complaints", {"prodct": "a"}, "no field 'prodct'; did you mean 'product'"),
        ("complaints", {"occurred_at": "dat"}, "no column 'dat'; did you mean 'date'"),
        ("complaints", {}, "needs occurred_at.*--map occurred_at=COLUMN"),
        ("signups", {"occurred_at": "date"}, "needs customer_id"),
        ("complaints", {"occurred_at": "text"}, "no row has a time.*'hello'.*--date-format"),
        ("complaints", {"occurred_at": "number"}, "--date-format epoch"),
        ("complaints", {"occurred_at": "slash"}, "month first or day first"),
    ],
)
def test_a_mapping_that_cannot_work_says_what_would(
    write: Write, topic: str, mapping: dict[str, str], told: str
) -> None:
    file = write("date,text,number,slash", "2017-01-18,hello,1484731800,03/04/2017")
    with pytest.raises(LoadError, match=told):
        Loading(file, topic, Options(mapping=mapping))


def test_pairs_are_field_equals_column() -> None:
    assert pairs("--map", ["region=state", "text = a=b"]) == {"region": "state", "text": "a=b"}
    for bad in (["region"], ["=state"], ["region="], ["a=b", "a=c"]):
        with pytest.raises(LoadError, match="--map"):
            pairs("--map", bad)


def test_notes_say_how_the_file_was_read(write: Write) -> None:
    file = write("occurred_at", "01/19/2017", "01/18/2017")
    loading = Loading(file, "complaints")
    assert loading.notes == [
        "CSV",
        "days without a time of day, spread evenly over the day (UTC)",
        "dates read month first",
        "rows not in order of time, sorted",
    ]
    assert loading.rows == 2
