from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from console_bed import Bed


def test_a_view_as_csv_has_its_days(bed: Bed) -> None:
    address = "/explorer.csv?by=product&since=2017-01-01&until=2017-01-10"
    with bed.client("viewer") as client:
        rows = list(csv.DictReader(io.StringIO(client.get(address).text)))
    assert {row["product"] for row in rows} >= {"Student loan", "Mortgage"}
    loans = [row for row in rows if row["product"] == "Student loan"]
    assert {row["status"] for row in loans} == {"final"}
    assert all("2017-01-01" <= row["day"] <= "2017-01-10" for row in rows)


@pytest.mark.parametrize(
    "query",
    [
        "metric=nothing",
        "since=2017-02-31",
        "since=2017-01-10&until=2017-01-01",
        "since=0001-01-01&until=0001-01-02",
        "since=1900-01-01",
        "unit=%3Cb%3E",
        "against=never",
    ],
)
def test_a_view_that_is_none_is_refused(bed: Bed, query: str) -> None:
    with bed.client("viewer") as client:
        assert client.get(f"/explorer?{query}").status_code == 400


def test_a_breakdown_that_a_metric_does_not_have_is_named(bed: Bed) -> None:
    with bed.client("viewer") as client:
        said = "signups are not counted by company"
        assert said in client.get("/explorer?metric=signups&by=company").text.lower()
        assert "are not counted" not in client.get("/explorer?by=company").text


def test_a_change_of_few_is_told_in_numbers_and_not_in_percent(bed: Bed) -> None:
    asked = "/explorer?by=product&since=2017-01-18&until=2017-01-18"
    with bed.client("viewer") as client:
        page = client.get(asked).text
    cells = r'<td class="n">([^<]+)</td><td class="n">([^<]+)</td>'
    changes = [
        (int(before.replace(",", "")), change)
        for row in page.split("<tr>")[2:]
        for before, change in re.findall(cells, row.split("</td>", 1)[1])
    ]
    assert {change[-1] == "%" for before, change in changes if before > 30} == {True}
    assert {change[-1] == "%" for before, change in changes if before < 14} == {False}
