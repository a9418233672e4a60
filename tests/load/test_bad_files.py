"""What is odd in a file costs its row, and a file that cannot be used is an error that says why."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streams.load.dialect import Dialect
from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.model import Options
from streams.load.readers import open_reader
from streams.load.recurring import Recurring

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

TIME = "2017-01-18T09:30:00Z"
LOST = f'"customer_id":"c","occurred_at":"{TIME}","value_lost":5,"currency":"USD"'
GOOD = f"{{{LOST}}}"
LEVELS = [200, 480, 980, 5_000]
"""How deep something nests: not too deep, near what Python counts on its stack, and beyond."""


def outcomes(file: Path, topic: str = "cancellations", **options: object) -> list[str]:
    """Load a file, of which no row may be lost; give why rows were refused."""
    loading = Loading(file, topic, Options(**options))  # type: ignore[arg-type]
    events = [event for batch in loading.batches() for event in batch]
    assert len(events) == loading.rows == loading.report.rows
    return [example.reason for example in loading.report.examples]


@pytest.mark.parametrize("deep", LEVELS)
def test_json_lines_that_nest_deep_cost_one_row(write: Write, deep: int) -> None:
    nested = '{"a":' * deep + "1" + "}" * deep
    file = write(GOOD, f'{{{LOST},"reasons":[{nested}]}}', GOOD, name="x.jsonl")
    assert outcomes(file) == (["wrong_type"] if deep < LEVELS[1] else ["too_deep"])


@pytest.mark.parametrize("deep", LEVELS)
def test_json_in_a_cell_that_nests_deep_costs_one_row(write: Write, deep: int) -> None:
    header = "customer_id,occurred_at,value_lost,currency,reasons"
    row = f"c,{TIME},5,USD," + "[" * deep + "]" * deep
    assert len(outcomes(write(header, f"c,{TIME},5,USD,price", row))) == 1


@pytest.mark.parametrize("deep", LEVELS)
def test_an_event_inside_that_nests_deep_costs_one_row(write: Write, deep: int) -> None:
    nested = '{"event_id":' * deep + "1" + "}" * deep
    around = f'"event_id":"e","customer_id":"c","occurred_at":"{TIME}"'
    good = f'{{{around},"topic":"complaints","original":{{{around}}}}}'
    bad = good.replace(f"{{{around}}}", nested)
    assert len(outcomes(write(good, bad, name="x.jsonl"), "corrections")) == 1
    quoted = nested.replace('"', '""')
    file = write(
        "customer_id,occurred_at,topic,original",
        f'c,{TIME},complaints,"{{{around}}}"'.replace(around, around.replace('"', '""')),
        f'c,{TIME},complaints,"{quoted}"',
    )
    assert len(outcomes(file, "corrections")) == 1


def test_a_document_that_nests_too_deep_says_what_to_do(write: Write) -> None:
    with pytest.raises(LoadError, match=r"nests too deep to be read: write an object a line"):
        outcomes(write("[" * 5_000, name="x.json"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"a":1,"\xff":{}}', "has names that are no UTF-8"),
        (b'[{"a":1}', "is no JSON that can be read"),
    ],
)
def test_a_document_that_is_none_says_why(write: Write, content: bytes, told: str) -> None:
    with pytest.raises(LoadError, match=told):
        outcomes(write(content, name="x.json"))


def test_objects_one_after_another_may_hold_what_nobody_can(write: Write) -> None:
    odd = ['"big":' + "9" * 40, '"half":"\\ud800"']
    whole = [f"{{\n{LOST}\n}}", *(f"{{\n{LOST},\n{one}\n}}" for one in odd)]
    assert outcomes(write(*whole, name="x.json")) == ["not_utf8"]


def test_an_object_in_place_of_an_event_id_is_none(write: Write) -> None:
    ids = ['"a"', '{"a":1}', "[1]"]
    file = write(*(f'{{"event_id":{one},{LOST}}}' for one in ids), name="x.jsonl")
    assert outcomes(file) == []


@pytest.mark.parametrize("name", ["lines.gz", "table.gz", "document.gz"])
def test_whatever_becomes_of_a_gzip_file_it_is_rows_or_an_error(tmp_path: Path, name: str) -> None:
    content = {
        "lines.gz": f"{GOOD}\n" * 300,
        "table.gz": f"customer_id,occurred_at,value_lost,currency\nc,{TIME},5,USD\n" * 300,
        "document.gz": f"[{GOOD}]",
    }[name]
    packed = gzip.compress(content.encode())
    file = tmp_path / name
    for place in range(2, len(packed), 5):
        changed = bytes([packed[place] ^ 0xFF])
        for damaged in (packed[:place], packed[:place] + changed + packed[place + 1 :]):
            file.write_bytes(damaged)
            with suppress(LoadError):
                outcomes(file)
    file.write_bytes(packed[:-9])
    with pytest.raises(LoadError, match="ended before the end-of-stream marker"):
        outcomes(file)


@pytest.mark.parametrize("encoding", ["hex", "rot13", "undefined", "a\0b", "nope"])
def test_an_encoding_that_is_none_of_texts_is_refused(write: Write, encoding: str) -> None:
    with pytest.raises(LoadError, match="there is no encoding"):
        outcomes(write("a,b"), dialect=Dialect(encoding=encoding))


def test_a_half_of_a_surrogate_pair_costs_one_row_at_most(write: Write) -> None:
    header = "customer_id,occurred_at,value_lost,currency,reason_text"
    rows = [f"c\\ud800,{TIME},5,USD,a", f"c,{TIME},5,USD,\\ud800", f"c,{TIME},5,USD,b"]
    file = write(header, *rows, f"d,{TIME},5,USD,\\ud800,too many")
    told = outcomes(file, dialect=Dialect(encoding="unicode_escape"))
    assert told == ["not_utf8", "not_utf8"]


@pytest.mark.parametrize("form", ["%d%d", "%", "%Q", "%d.%m.%Y %"])
def test_a_format_with_signs_that_are_none_is_refused(write: Write, form: str) -> None:
    with pytest.raises(LoadError, match="--date-format"):
        outcomes(write("occurred_at", "1"), "complaints", date_format=form)


@pytest.mark.parametrize("digits", range(26, 33))
def test_an_amount_of_many_digits_costs_one_row(write: Write, digits: int) -> None:
    header = "customer_id,occurred_at,value_lost,currency"
    file = write(header, f"c,{TIME},5,USD", f"c,{TIME},{'9' * digits},USD")
    assert len(outcomes(file, money="major")) == 1
    price = {"value_lost": Recurring(12, ("price",))}
    file = write("customer_id,occurred_at,price,currency", f"c,{TIME},{'9' * digits},USD")
    with pytest.raises(LoadError, match="none of the first"):
        outcomes(file, recurring=price)


def test_a_number_of_a_column_may_be_as_long_as_it_likes(write: Write) -> None:
    with pytest.raises(LoadError, match="the file has no column"):
        outcomes(write("a,b", "1,2"), mapping={"customer_id": "9" * 5_000})


def parquet(file: Path, **columns: object) -> Path:
    rows = len(columns["value_lost"])  # type: ignore[arg-type]
    times = [datetime(2017, 1, 18, 9, 30, tzinfo=UTC)] * rows
    table: dict[str, object] = {"customer_id": ["c"] * rows, "occurred_at": times}
    table |= {"currency": ["USD"] * rows, **columns}
    pq.write_table(pa.table(table), file)
    return file


@pytest.mark.parametrize(
    ("odd", "read"),
    [
        (pa.array([2**62], pa.timestamp("us")), "4611686018427387904 timestamp[us]"),
        (pa.array([20170118], pa.int32()).cast(pa.date32()), "20170118 date32[day]"),
        (pa.array([86_399_999_999], pa.duration("ns")), "86399999999 duration[ns]"),
        (pa.array([b"\xff"], pa.binary()).view(pa.string()), b"\xff"),
        (
            pa.array([{"at": 2**62}], pa.struct([("at", pa.timestamp("us"))])),
            {"at": "4611686018427387904 timestamp[us]"},
        ),
        (
            pa.array([[2**62]], pa.list_(pa.timestamp("us"))),
            ["4611686018427387904 timestamp[us]"],
        ),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_what_python_has_no_value_for_is_read_as_text(
    tmp_path: Path, odd: pa.Array, read: object
) -> None:
    pq.write_table(pa.table({"odd": odd}), tmp_path / "x")
    (chunk,) = open_reader(tmp_path / "x").chunks({"odd"})
    assert [*chunk.columns["odd"].cells()] == [read]


def test_a_time_out_of_all_calendars_costs_one_row(tmp_path: Path) -> None:
    times = pa.array([1_484_731_800, 2**50], pa.timestamp("s"))
    file = parquet(tmp_path / "x", value_lost=[5, 5], occurred_at=times)
    assert outcomes(file) == ["bad_time"]


def test_a_time_is_read_though_nobody_knows_its_zone(tmp_path: Path) -> None:
    times = pa.array([1_484_731_800], pa.timestamp("s", "Nowhere/Land"))
    loading = Loading(parquet(tmp_path / "x", value_lost=[5], occurred_at=times), "cancellations")
    ((event,),) = loading.batches()
    assert json.loads(event.value)["occurred_at"] == TIME


def test_of_columns_of_one_name_each_is_read_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "x"
    columns = [["c"], [datetime(2017, 1, 18, tzinfo=UTC)], ["USD"], [5], [7], ["a"], ["b"]]
    names = ["customer_id", "occurred_at", "currency", "v", "v", "plan", "plan"]
    pq.write_table(pa.table(columns, names), file)
    with pytest.raises(LoadError, match=r"2 columns named 'v': say which by its number \(4 or 5\)"):
        outcomes(file, mapping={"value_lost": "v"})
    loading = Loading(file, "cancellations", Options(mapping={"value_lost": "5"}))
    ((event,),) = loading.batches()
    read = json.loads(event.value)
    assert (read["value_lost"], "plan" in read) == (7, False)
