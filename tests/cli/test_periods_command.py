from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer

from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


def row(period: str, lost: int, *, segment: str | None = None, **fields: Any) -> bytes:
    return json.dumps(
        {
            "schema_version": 1,
            "grain": "month",
            "period": period,
            "start": f"{period}-01T00:00:00Z",
            "end": f"{period}-28T00:00:00Z",
            "segment": segment,
            "tier": segment and "gold",
            "status": "amended",
            "numbers": {
                "lost": {"count": lost, "values": {"USD": lost * 4900}, "customers": lost},
                "margin": {"count": 0, "values": {"USD": 100}, "customers": None},
            },
            "parts": {},
            "published": {"lost": {"count": 6, "values": {"USD": 29400}, "customers": None}},
            "difference": {},
            "losses": {
                "until": f"{period}-28T00:00:00Z",
                "before": {"lost": lost - 1, "seconds": 26_298_000},
                "after": {"lost": 1, "seconds": 0},
            },
            "definitions": "5f0c1a2b",
            "clock": "2017-02-03T00:00:00Z",
            **fields,
        }
    ).encode()


ROWS = [
    row("2016-12", 4),
    row("2017-01", 7),
    row("2017-01", 3, segment="home"),
    row("2017-02", 1),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "periods.jsonl"
    file.write_bytes(b"\n".join(ROWS))
    return file


def test_a_table_says_what_was_what_it_makes_for_the_days_and_what_was_published(
    run: Run, file: Path
) -> None:
    result = run("periods", "--file", file, "--period", "2017-01", "--group", "total")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert lines[0][:3] == ["2017-01,", "all", "customers"]
    assert ["lost", "7", "6", "4", "+3"] in lines
    assert ["lost", "USD", "343.00", "294.00", "196.00", "+147.00", "+75%"] in lines
    assert ["margin", "USD", "1.00", "0.00", "1.00", "\N{PLUS-MINUS SIGN}0.00"] in lines
    assert lines[-1] == ["as", "of", "2017-02-03", "00:00", "UTC"]


def test_csv_and_json_have_the_same_numbers(run: Run, file: Path) -> None:
    asked = ("periods", "--file", file, "--period", "2017-01", "--format")
    table = list(csv.DictReader(io.StringIO(run(*asked, "csv").stdout)))
    lines = [json.loads(line) for line in run(*asked, "json").stdout.splitlines()]
    assert table == [
        {name: "" if value is None else str(value) for name, value in line.items()}
        for line in lines
    ]
    assert [(line["segment"], line["unit"], line["currency"]) for line in lines] == [
        (segment, *unit)
        for segment in (None, "home")
        for unit in (
            ("lost", None),
            ("lost", "USD"),
            ("margin", "USD"),
            ("loss_rate_before", None),
            ("loss_rate_after", None),
        )
    ]
    assert lines[0] == {
        "grain": "month",
        "period": "2017-01",
        "segment": None,
        "tier": None,
        "status": "amended",
        "unit": "lost",
        "currency": None,
        "value": 7,
        "published": 6,
        "so_far": 7,
        "before_from": "2016-12-01",
        "before": 4,
        "before_expected": 4.0,
        "year_from": None,
        "year": None,
        "year_expected": None,
        "lost": None,
        "customer_months": None,
        "low": None,
        "high": None,
        "definitions": "5f0c1a2b",
    }


def test_the_loss_rate_stands_below_with_its_interval(run: Run, file: Path) -> None:
    asked = ("periods", "--file", file, "--period", "2017-01", "--group", "total")
    shown = run(*asked).stdout.splitlines()
    assert (
        "lost before a first complaint 60.00% a month (22.02% to 130.59%): 6 lost in 10.0"
        " customer-months"
    ) in shown
    assert "lost after a first complaint 1 lost in 0.0 customer-months" in shown
    lines = [json.loads(line) for line in run(*asked, "--format", "json").stdout.splitlines()]
    before, after = lines[-2:]
    assert (before["value"], before["lost"], before["customer_months"]) == (0.6, 6, 10.0)
    assert (round(before["low"], 4), round(before["high"], 4)) == (0.2202, 1.3059)
    assert (after["value"], after["lost"], after["low"], after["high"]) == (None, 1, None, None)


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ((), [None, "home"]),
        (("total",), [None]),
        (("segment=home",), ["home"]),
        (("tier=gold",), ["home"]),
        (("segment=home,tier=gold", "total"), [None, "home"]),
    ],
)
def test_groups_are_chosen_by_segment_and_tier(
    run: Run, file: Path, groups: tuple[str, ...], found: list[str | None]
) -> None:
    options = [part for group in groups for part in ("--group", group)]
    result = run("periods", "--file", file, "--period", "2017-01", "--format", "json", *options)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert list(dict.fromkeys(one["segment"] for one in rows)) == found


def test_the_month_of_the_clock_is_shown_where_none_is_asked_for(run: Run, file: Path) -> None:
    assert run("periods", "--file", file).output.startswith("2017-02, all customers")


def test_what_is_not_there_is_said(run: Run, file: Path, tmp_path: Path) -> None:
    nothing = run("periods", "--file", file, "--period", "2019-01", "--group", "total")
    assert (nothing.exit_code, "nothing of 2019-01 in these groups" in nothing.output) == (1, True)
    group = run("periods", "--file", file, "--period", "2017-01", "--group", "home")
    assert (group.exit_code, "segment=NAME" in group.output) == (1, True)
    empty = tmp_path / "empty"
    empty.touch()
    assert "customers.enabled" in run("periods", "--file", empty).output
    assert run("periods", "--file", tmp_path / "none").exit_code == 1


def test_the_topic_is_read_as_a_table(run: Run) -> None:
    with EmbeddedBroker({"metrics.periods": 2}) as broker:
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        for value in (row("2017-01", 5), row("2017-01", 7), row("2017-02", 9)):
            key = json.loads(value)["period"].encode()
            producer.produce("metrics.periods", value, key, partition=0)
        producer.produce("metrics.periods", None, b"2017-02", partition=0)
        producer.flush()
        asked = ("periods", "--brokers", broker.bootstrap, "--format", "csv", "--period")
        result = run(*asked, "2017-01")
        gone = run(*asked, "2017-02")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert next(one["value"] for one in rows if one["unit"] == "lost") == "7"
    assert gone.exit_code == 1
