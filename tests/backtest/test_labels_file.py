from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from streams.backtest.labels import Label, read
from streams.load.errors import LoadError

if TYPE_CHECKING:
    from pathlib import Path


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_labels_are_rows_of_a_csv_file_and_days_are_whole(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(
        'name,start,end,company,product\nSued,2017-01-18,2017-01-20,"Navient, LLC.",\n'
        ",2017-03-01T06:00Z,2017-03-01T18:30:00+02:00,,Mortgage\n"
    )
    assert [
        Label("Sued", at(2017, 1, 18), at(2017, 1, 21), None, {"company": "Navient, LLC."}),
        Label("Mortgage", at(2017, 3, 1, 6), at(2017, 3, 1, 16, 30), None, {"product": "Mortgage"}),
    ] == read(file, "complaints")


def test_labels_are_a_list_in_a_json_file(tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    file.write_text('[{"start": "2017-01-18", "end": "2017-01-18", "metric": "refusals"}]')
    assert [Label("refusals", at(2017, 1, 18), at(2017, 1, 19), "refusals", {})] == read(
        file, "renewals"
    )


def test_days_are_those_of_the_time_zone(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("start,end\n2017-07-01,2017-07-01\n")
    (label,) = read(file, "complaints", ZoneInfo("Europe/Berlin"))
    assert (at(2017, 6, 30, 22), at(2017, 7, 1, 22)) == (label.start, label.end)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("l.csv", "", "has no labels"),
        ("l.csv", "start,end\n", "has no labels"),
        ("l.csv", "start,end\n2017-01-18,\n", "label 1: end '' is no day or time"),
        ("l.csv", "start,end\nsoon,2017-01-18\n", "label 1: start 'soon' is no day or time"),
        ("l.csv", "start,end\n2017-01-18,2017-01-17\n", "before it starts"),
        ("l.csv", "start,end,compny\n2017-01-18,2017-01-18,X\n", "did you mean 'company'?"),
        ("l.csv", "start,end,metric\n2017-01-18,2017-01-18,lost\n", "no metric 'lost'"),
        ("l.csv", "start,end\n2017-01-18,2017-01-18,more\n", "label 1: None is neither"),
        ("l.json", "{", "is not JSON"),
        ("l.json", '{"start": 1}', "write a list"),
        ("l.json", "[1]", "write a list"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(LoadError) as told:
        read(file, "complaints")
    assert said in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        read(tmp_path / "none.csv", "complaints")
