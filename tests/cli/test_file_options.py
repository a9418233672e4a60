"""Loading and replaying files of a known kind, and the names in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

ROWS = [
    ("2024-03-01 09:00", "Acme Inc", "CA"),
    ("2024-03-01 10:00", "ACME, INC.", "CA"),
    ("2024-03-02 11:00", "acme", "NY"),
    ("2024-03-02 12:00", "Beta", "CA"),
    ("2024-03-02 12:00", "Acme Inc", "CA"),
]


@pytest.fixture
def companies(tmp_path: Path) -> Path:
    file = tmp_path / "companies.csv"
    lines = [";".join(row) for row in ROWS]
    file.write_text("occurred_at;company;state\n" + "\n".join(lines) + "\n")
    return file


def by_company(file: Path) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for line in file.read_text().splitlines():
        row = json.loads(line)
        if list(row["labels"]) == ["company"]:
            counts[row["labels"]["company"]] += row["count"]
    return dict(counts)


def days_of(file: Path) -> dict[str, int]:
    rows = map(json.loads, file.read_text().splitlines())
    return {row["start"]: row["count"] for row in rows if not row["labels"]}


def test_days_of_a_file_are_days_of_the_calendar(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they are not, it is said."""
    file, buckets = tmp_path / "days.csv", tmp_path / "buckets.jsonl"
    file.write_text("day\n" + "".join(f"2017-03-{day}\n" * 24 for day in (11, 12, 13)))
    asked = ("replay", file, "-t", "complaints", "-m", "occurred_at=day", "--buckets", buckets)
    apart = run(*asked, "--timezone", "America/New_York")
    assert "days are those of America/New_York, and the daily buckets" in apart.stderr
    assert list(days_of(buckets).values()) == [19, 25, 24, 4]
    monkeypatch.setenv("GROUNDSWELL_CALENDAR__TIMEZONE", "America/New_York")
    together = run(*asked)
    assert "warning" not in together.stderr
    assert days_of(buckets) == {
        "2017-03-11T05:00:00Z": 24,
        "2017-03-12T05:00:00Z": 24,  # of 23 hours
        "2017-03-13T04:00:00Z": 24,
    }


def test_what_labels_propose_prints_is_counted_as_one_name(
    run: Run, companies: Path, tmp_path: Path
) -> None:
    proposed = run("labels", "propose", companies, "-t", "complaints")
    assert proposed.exit_code == 0, proposed.output
    assert '"ACME, INC." = "Acme Inc"  # 1' in proposed.stdout
    assert "1 name with 2 other spellings" in proposed.stderr
    settings = tmp_path / "settings.toml"
    settings.write_text(proposed.stdout)
    buckets = tmp_path / "buckets.jsonl"
    result = run(
        *("replay", companies, "-t", "complaints", "--settings", settings, "--buckets", buckets)
    )
    assert result.exit_code == 0, result.output
    assert by_company(buckets) == {"Acme Inc": 4, "Beta": 1}


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('[tables.aliases.firm]\na = "b"', "no topic has a label firm"),
        ('[tables.aliases.company]\na = "b"\nb = "c"', "is itself a spelling of another one"),
        ('[tables.aliases.company]\na = ""', "a name of company has 1 to 200 characters"),
    ],
)
def test_aliases_that_cannot_be_are_told(
    run: Run, companies: Path, tmp_path: Path, toml: str, told: str
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(toml)
    result = run("replay", companies, "-t", "complaints", "--settings", settings)
    assert result.exit_code == 1
    assert told in result.stderr


def test_rows_add_up_with_those_that_are_left_out(run: Run, companies: Path) -> None:
    result = run("replay", companies, "-t", "complaints", "--where", "state=CA")
    assert "rows in 5 = folded 4 + refused 0 + late 0 + duplicate 0 + left out 1" in result.stdout
    assert "5 rows, 1 of them left out by the conditions" in result.stderr
    assert "complaints: occurred_at=occurred_at, company=company" in result.stderr


def test_rows_that_are_late_or_come_twice_add_up(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    times = [*("2024-03-08T10:00Z", "2024-03-08T10:01Z", "2024-03-01T10:00Z"), "soon"]
    lines = [f"e{number},{time}" for number, time in enumerate(times)]
    file.write_text("event_id,occurred_at\n" + "\n".join([*lines, lines[1], ""]))
    result = run("replay", file, "-t", "complaints", "--no-sort")
    assert result.exit_code == 0, result.output
    assert "rows in 5 = folded 2 + refused 1 + late 1 + duplicate 1 + left out 0" in result.stdout
    skipped = run("replay", file, "-t", "complaints", "--skip-bad")
    assert "rows in 5 = folded 3 + refused 0 + late 0 + duplicate 1 + left out 1" in skipped.stdout


def test_a_preset_needs_no_topic_and_several_topics_are_replayed_together(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "telco.csv"
    rows = [f"c{n},{n},Two year,DSL,20.5,Yes" if n % 3 else f"c{n},{n},Two year,DSL,20.5,No" for n in range(9)]  # fmt: skip  # noqa: E501
    file.write_text("customerID,tenure,Contract,InternetService,MonthlyCharges,Churn\n" + "\n".join(rows))  # fmt: skip  # noqa: E501
    buckets = tmp_path / "buckets.jsonl"
    asked = ("replay", file, "--preset", "telco", "--as-of", "2024-03-31", "--buckets", buckets)
    result = run(*asked)
    assert result.exit_code == 0, result.output
    assert "rows in 9 = folded 9 + refused 0 + late 0 + duplicate 0 + left out 0" in result.stdout
    assert "rows in 9 = folded 6 + refused 0 + late 0 + duplicate 0 + left out 3" in result.stdout
    totals = Counter[str]()
    for row in map(json.loads, buckets.read_text().splitlines()):
        if not row["labels"]:
            totals[row["metric"]] += row["values"]["USD"]
    assert totals == {"signups": 9 * 2050, "cancellations": 6 * 12 * 2050}
    backtest = run("backtest", file, "--preset", "telco", "--as-of", "2024-03-31")
    assert "say which by --topic" in backtest.stderr


def test_a_topic_is_asked_for(run: Run, companies: Path) -> None:
    result = run("replay", companies)
    assert result.exit_code == 1
    assert "say of which topic the rows are events, as --topic complaints" in result.stderr
