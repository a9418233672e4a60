from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from rich.console import Console

from streams.cli import alerts_elsewhere
from streams.cli.alerts import show
from streams.cli.replayed import BucketFile
from streams.readmodel.alerts import AlertTable
from streams.readmodel.rows import decode_alert

Run = Callable[..., Result]

MAPPING = [
    "--map",
    "occurred_at=Date received",
    "--map",
    "product=Product",
    "--map",
    "region=State",
]


def transition(name: str, state: str, **more: object) -> bytes:
    row = {
        "alert_id": name,
        "state": state,
        "metric": "complaints",
        "labels": {"company": "NAVIENT"},
        "at": "2017-01-18T14:00:00Z",
        "started_at": "2017-01-18T13:00:00Z",
        "observed": 24,
        "expected": 0.4,
        "upper": 3.0,
        "excess": 23.6,
        "severity": "warning",
        "explained_by": None,
        "message": "complaints of NAVIENT: 24, not [0.4].",
    }
    return json.dumps(row | more).encode()


def shown(*rows: bytes) -> str:
    alerts = AlertTable()
    for row in rows:
        alerts.apply(decode_alert(row))
    text = io.StringIO()
    console = Console(file=text, width=120, color_system=None, soft_wrap=True)
    show(console, alerts.records)
    return text.getvalue()


def written(file: Path, *rows: tuple[str, str, int]) -> list[tuple[str, str, int]]:
    """What is in the file of buckets in the end, of rows of key, status and count in this order.

    A key that begins with "total" is of a series without labels.
    """
    with file.open("wb") as target:
        buckets = BucketFile(target)
        for key, status, count in rows:
            labels = {} if key.startswith("total") else {"product": key}
            row = {"key": key, "status": status, "count": count, "labels": labels}
            buckets.add(key.encode(), json.dumps(row).encode())
        buckets.close()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert buckets.rows == len(lines)
    return [(line["key"], line["status"], line["count"]) for line in lines]


def test_buckets_are_written_once_and_as_they_were_in_the_end(tmp_path: Path) -> None:
    assert written(
        tmp_path / "buckets.jsonl",
        ("a", "provisional", 1),
        ("b", "provisional", 1),
        ("a", "final", 2),
        ("b", "provisional", 2),
    ) == [("a", "final", 2), ("b", "provisional", 2)]


def test_a_total_that_is_published_again_for_its_late_events_is_written_once(
    tmp_path: Path,
) -> None:
    assert written(
        tmp_path / "buckets.jsonl", ("total", "final", 5), ("a", "final", 5), ("total", "final", 6)
    ) == [("a", "final", 5), ("total", "final", 6)]


def test_buckets_that_are_still_open_stand_in_one_order_however_they_came(tmp_path: Path) -> None:
    open_ones = [(key, "provisional", 1) for key in ("b", "total", "c", "a")]
    expected = sorted(open_ones)
    assert written(tmp_path / "one.jsonl", *open_ones) == expected
    assert written(tmp_path / "other.jsonl", *reversed(open_ones)) == expected


def test_an_alert_is_shown_at_its_worst_with_when_it_opened_and_ended() -> None:
    text = shown(
        transition("a", "firing"),
        transition(
            "a", "firing", observed=377, excess=373.7, severity="critical", message="Worse."
        ),
        transition("a", "resolved", resolved_at="2017-02-03T00:00:00Z", excess=0.0),
    )
    assert "2017-01-18 14:00" in text
    assert "complaints company=NAVIENT" in text
    assert "377" in text
    assert "Worse." in text
    assert "2017-02-03 00:00" in text
    assert "1 alert" in text


def test_alerts_that_another_explains_stand_under_it() -> None:
    text = shown(
        transition("a", "firing"),
        transition("b", "firing", labels={}, explained_by="a"),
        transition("c", "firing", labels={"product": "Student loan"}, explained_by="a"),
    )
    assert "explains complaints, all of them; complaints product=Student loan" in text
    assert "1 alert, and 2 that they explain" in text


def test_what_is_shown_elsewhere_than_on_a_terminal_stays_a_line_and_is_not_padded() -> None:
    long = "complaints of NAVIENT and of many others: " + "24, not 0.4; " * 20
    text = shown(transition("a", "firing", labels={"company": "N" * 150}, message=long.strip()))
    lines = text.splitlines()
    assert lines[1] == f"    {long.strip()}"
    assert lines[0].startswith("2017-01-18 14:00  complaints company=NNN")
    assert lines[0].endswith("observed 24, expected 0.4  firing")
    assert [line for line in lines if line != line.rstrip()] == []


def test_on_a_terminal_what_does_not_fit_goes_on_below_what_it_belongs_to() -> None:
    alerts = AlertTable()
    long = "complaints of NAVIENT and of many others: " + "24, not 0.4; " * 20
    row = transition("a", "firing", labels={"company": "N" * 150}, message=long)
    alerts.apply(decode_alert(row))
    text = io.StringIO()
    show(Console(file=text, width=80, color_system=None, force_terminal=True), alerts.records)
    head, *below = [line.rstrip() for line in text.getvalue().splitlines() if line.strip()][:-1]
    assert head.startswith("2017-01-18 14:00  complaints")
    assert {line[:4] for line in below} == {"    "}
    assert max(map(len, below)) <= 80


def test_no_alerts_is_said() -> None:
    assert shown() == "no alerts\n"


def test_a_file_is_replayed_with_no_broker(run: Run, complaints: Path, tmp_path: Path) -> None:
    buckets = tmp_path / "buckets.jsonl"
    result = run("replay", complaints, "-t", "complaints", *MAPPING, "--buckets", buckets)
    assert result.exit_code == 0, result.output
    assert "no alerts" in result.stdout
    assert "4 events of complaints from 4 rows" in result.stdout
    assert "refused 1" in result.stdout
    assert "folded 3" in result.stdout
    rows = [json.loads(line) for line in buckets.read_text().splitlines()]
    counts = {
        (row["start"][:10], row["labels"]["product"]): row["count"]
        for row in rows
        if list(row["labels"]) == ["product"]
    }
    assert counts == {
        ("2017-01-18", "Student loan"): 1,
        ("2017-01-18", "Mortgage"): 1,
        ("2017-01-19", "Student loan"): 1,
    }


def test_with_json_there_is_nothing_but_transitions_on_stdout(run: Run, complaints: Path) -> None:
    result = run("replay", complaints, "-t", "complaints", *MAPPING, "--json")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "4 events of complaints" in result.stderr


def test_customers_are_written_as_they_are_at_the_end(run: Run, tmp_path: Path) -> None:
    signups, out = tmp_path / "signups.csv", tmp_path / "customers.jsonl"
    signups.write_text(
        "occurred_at,customer_id,segment,monthly_value,currency\n"
        "2017-01-18,bob,home,900,USD\n2017-01-18,ada,home,4900,USD\n"
        "2017-01-20,ada,home,5900,USD\n2017-01-25,cyd,home,100,USD\n"
    )
    result = run("replay", signups, "-t", "signups", "--customers", out)
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["customer_id"], row["status"], row["recurring_value"]) for row in rows] == [
        ("ada", "active", {"USD": 5900}),
        ("bob", "active", {"USD": 900}),
    ]  # cyd came within the grace period before the end
    assert "2 customers in" in result.output


def test_a_customers_file_that_cannot_be_written_is_told(run: Run, complaints: Path) -> None:
    result = run("replay", complaints, "-t", "complaints", *MAPPING, "--customers", "/no/where")
    assert result.exit_code == 1
    assert "--customers /no/where cannot be written" in result.stderr


def test_a_buckets_file_that_cannot_be_written_is_told(run: Run, complaints: Path) -> None:
    result = run("replay", complaints, "-t", "complaints", *MAPPING, "--buckets", "/no/where")
    assert result.exit_code == 1
    assert "--buckets /no/where cannot be written" in result.stderr


@pytest.fixture
def spike(tmp_path: Path) -> Path:
    """A hundred days with three complaints about either product, and then one with forty loans."""
    file = tmp_path / "spike.csv"
    days = [date(2017, 1, 1) + timedelta(days=n) for n in range(105)]
    lines = [
        f"{day},{product}"
        for day in days
        for product, spike in (("Loan", 40), ("Card", 3))
        for _ in range(spike if day == days[100] else 3)
    ]
    file.write_text("occurred_at,product\n" + "\n".join(lines) + "\n")
    return file


def test_a_spike_is_told_as_a_transition_a_line(run: Run, spike: Path, tmp_path: Path) -> None:
    file = tmp_path / "incidents.jsonl"
    result = run("replay", spike, "-t", "complaints", "--json", "--incidents", file)
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    # While there are few, they show in the total first.
    cause = [row for row in rows if row["explained_by"] is None and row["state"] != "pending"]
    assert cause[0]["labels"] == {"product": "Loan"}
    assert cause[0]["state"] == "firing"
    assert "2017-04-10T23:00:00Z" <= cause[0]["started_at"] <= "2017-04-11T00:30:00Z"
    assert cause[-1]["state"] == "resolved"
    (incident,) = map(json.loads, file.read_text().splitlines())
    assert incident["incident_id"] == cause[0]["incident_id"]
    reasons = [one["reason"] for one in incident["messages"]]
    assert reasons == ["opened", "worse", "resolved"]  # it is a warning by then


def test_what_a_budget_buys_is_told(run: Run, spike: Path) -> None:
    result = run("replay", spike, "-t", "complaints", "--budget", "2")
    assert result.exit_code == 0, result.output
    told = " ".join(result.stdout.split())
    assert "1 alert fired that no other explains, in 15.0 weeks: 0.07 a week" in told
    assert "the budget of false ones is 2" in told


def test_a_budget_of_nothing_is_refused(run: Run, spike: Path) -> None:
    result = run("replay", spike, "-t", "complaints", "--budget", "0")
    assert result.exit_code == 2
    assert "--budget" in result.stderr


def test_alerts_in_another_process_change_no_result(
    run: Run, spike: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for rows in (1, 1_000_000):
        monkeypatch.setattr(alerts_elsewhere, "_WORTH_IT", rows)
        buckets = tmp_path / f"{rows}.jsonl"
        result = run("replay", spike, "-t", "complaints", "--json", "--buckets", buckets)
        assert result.exit_code == 0, result.output
        told.append((result.stdout, sorted(buckets.read_bytes().splitlines())))
    assert told[0] == told[1]
    assert told[0][0]
