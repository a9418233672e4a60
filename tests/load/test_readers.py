from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streams.load.dialect import Dialect
from streams.load.errors import LoadError
from streams.load.readers import open_reader

if TYPE_CHECKING:
    from streams.load.table import Reader

Write = Callable[..., Path]


def cells(reader: Reader, *columns: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for chunk in reader.chunks(columns):
        rows += zip(*(chunk.columns[name].cells() for name in columns), strict=True)
    return rows


def test_what_a_file_is_shows_in_it_not_in_its_name(write: Write, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "table.txt")
    assert open_reader(write("a,b", "1,2", name="x.txt")).form == "CSV"
    assert open_reader(write("a,b", "1,2", name="x.gz")).form == "CSV, gzip"
    assert open_reader(write("a\tb", "1\t2")).form == "tab-separated"
    assert open_reader(write("a;b", "1;2")).form == "delimited text"
    assert open_reader(write('{"a":1}', name="x.csv")).form == "JSON lines"
    assert open_reader(write('{"a":1}', name="y.gz")).form == "JSON lines, gzip"
    assert open_reader(tmp_path / "table.txt").form == "Parquet"


def test_quotes_blank_lines_and_a_byte_order_mark_are_as_spreadsheets_write_them(
    write: Write,
) -> None:
    file = write("\ufeffwhen, what ", '2017-01-18,"late, ""again""\nand lost"', "", "2017-01-19")
    reader = open_reader(file)
    assert reader.columns == ("when", "what")
    assert cells(reader, "when", "what") == [
        ("2017-01-18", 'late, "again"\nand lost'),
        ("2017-01-19", ""),
    ]


def test_a_row_with_cells_too_many_is_odd_and_costs_only_itself(write: Write) -> None:
    reader = open_reader(write("a,b", "1,2", "3,4,5", "6,7"))
    (chunk,) = reader.chunks({"a"})
    assert chunk.odd == {1: b'["3","4","5"]'}
    assert chunk.columns["a"].cells() == ("1", "", "6")


def test_json_lines_reach_into_objects_and_take_keys_that_come_late(write: Write) -> None:
    file = write('{"a":{"b":{"c":1}}}', "", '{"a":5,"late":true}', '{"a.b.c":2}', name="x.json")
    reader = open_reader(file)
    assert reader.columns == ("a", "a.b", "a.b.c", "late")
    assert cells(reader, "a.b.c", "late") == [(1, None), (None, True), (2, None)]


def test_a_line_that_is_no_object_is_odd(write: Write) -> None:
    bad = [b'{"a":', b"[1]", b'{"a":"\xff"}', b"nonsense"]
    reader = open_reader(write('{"a":1}', *bad, name="x.json"))
    (chunk,) = reader.chunks({"a"})
    assert bad == [chunk.odd[place] for place in range(1, 5)]
    assert chunk.columns["a"].cells() == [1, None, None, None, None]


def test_json_lines_are_told_even_if_the_first_line_is_broken(write: Write) -> None:
    assert open_reader(write("oops", '{"a":1}', '{"a":2}')).form == "JSON lines"


def test_parquet_types_and_gaps_come_through(tmp_path: Path) -> None:
    when = datetime(2017, 1, 18, 9, 30)  # noqa: DTZ001
    columns: dict[str, Any] = {
        "ns": pa.array([when, None], pa.timestamp("ns")),
        "utc": pa.array([when, None], pa.timestamp("ms", "UTC")),
        "label": pa.array(["Loan", None]).dictionary_encode(),
        "text": pa.array(["x", None]),
        "money": pa.array([Decimal("12.50"), None]),
        "list": pa.array([[1], None]),
        "float": pa.array([1.0, None]),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    reader = open_reader(tmp_path / "t.parquet")
    assert tuple(columns) == reader.columns
    first, second = cells(reader, *columns, "absent")
    assert (when, "Loan", "x", "12.50", [1], 1.0, None) == (first[0], *first[2:])
    assert second == (None,) * 8


def test_uuids_and_json_of_parquet_are_texts(tmp_path: Path) -> None:
    ada, bo = "5c40c207-6e8c-4b26-8d6b-3719beabb295", "00000000-0000-0000-0000-00000000000b"
    columns = {
        "customer_id": pa.array([UUID(ada), None, UUID(bo), UUID(ada)], pa.uuid()),
        "labels": pa.ExtensionArray.from_storage(
            pa.json_(), pa.array(['{"plan":"gold"}', None, "[]", "1"])
        ),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    assert cells(open_reader(tmp_path / "t.parquet"), *columns) == [
        (ada, '{"plan":"gold"}'),
        (None, None),
        (bo, "[]"),
        (ada, "1"),
    ]


def test_times_within_a_parquet_value_lose_their_nanoseconds_and_stop_nothing(
    tmp_path: Path,
) -> None:
    nano = pa.timestamp("ns")
    pair = pa.struct([("at", nano), ("n", pa.int64())])
    columns = {
        "struct": pa.array([{"at": 1_001, "n": 3}, None], pair),
        "list": pa.array([[1_001], []], pa.list_(nano)),
        "two": pa.array([[1, 2], None], pa.list_(nano, 2)),
        "map": pa.array([[("k", 1_001)], None], pa.map_(pa.string(), nano)),
        "large": pa.array([[{"at": 1_001, "n": 1}], []], pa.large_list(pair)),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    began, then = datetime(1970, 1, 1), datetime(1970, 1, 1, 0, 0, 0, 1)  # noqa: DTZ001 - as in it
    assert cells(open_reader(tmp_path / "t.parquet"), *columns) == [
        ({"at": then, "n": 3}, [then], [began, began], [("k", then)], [{"at": then, "n": 1}]),
        (None, [], None, None, []),
    ]


def test_parquet_without_pyarrow_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(LoadError, match=r"pip install 'groundswell\[parquet\]'"):
        open_reader(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"PK\x03\x04", "zip archive or a spreadsheet"),
        (b"\xff\xfea\x00b", "is no utf-16"),
        (b"PAR1 but no more", "cannot be read as Parquet"),
        (b"\x1f\x8b but no more", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(LoadError, match=told):
        open_reader(file)


def test_a_missing_file_or_a_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="is not there"):
        open_reader(tmp_path / "no.csv")
    with pytest.raises(LoadError, match="is a directory"):
        open_reader(tmp_path)


def test_a_gzip_file_that_breaks_off_says_where(write: Write) -> None:
    file = write("a", *map(str, range(100_000)), name="x.gz")
    file.write_bytes(file.read_bytes()[:-5000])
    with pytest.raises(LoadError, match="after row"):
        list(open_reader(file).chunks({"a"}))


def test_text_in_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes("a\nCaf\xe9\n".encode("latin-1"))
    assert cells(open_reader(file, Dialect(encoding="latin-1")), "a") == [("Caf\xe9",)]
    with pytest.raises(LoadError, match="there is no encoding 'utf-nine'"):
        open_reader(file, Dialect(encoding="utf-nine"))


def test_a_file_is_read_in_chunks_from_its_start_each_time(write: Write) -> None:
    lines = [json.dumps({"a": n}) for n in range(20_000)]
    for reader in (
        open_reader(write(*lines, name="x.json")),
        open_reader(write("a", *map(str, range(20_000)))),
    ):
        for _ in range(2):
            assert sum(chunk.rows for chunk in reader.chunks({"a"})) == 20_000
