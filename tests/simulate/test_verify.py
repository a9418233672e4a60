"""Numbers held against the truth: every difference is found, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from streams.simulate.buckets import read_buckets
from streams.simulate.company import found
from streams.simulate.files import EVENTS, MANIFEST, event_file
from streams.simulate.late import left_out, read_late
from streams.simulate.manifest import read_manifest
from streams.simulate.run import simulate
from streams.simulate.truth.numbers import Row
from streams.simulate.truth.run import truth_of_folder, write_truth
from streams.simulate.verify import Difference, TableError, compare, read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

TRUE = [
    Row("month", "2016-01", "total", "new", "", 5),
    Row("month", "2016-01", "total", "new", "USD", 4900),
    Row("month", "2016-01", "total", "at_risk", "", 2),
]


def test_what_is_reported_as_it_is_differs_in_nothing_and_what_is_not_reported_is_named() -> None:
    compared = compare(TRUE, TRUE[:2])
    assert not compared.differences
    assert compared.numbers == 2
    assert compared.left_out == ["at_risk by month"]


def test_a_wrong_a_missing_and_an_invented_number_are_differences() -> None:
    invented = Row("month", "2016-02", "total", "new", "", 3)
    reported = [TRUE[0]._replace(value=6), invented]
    compared = compare(TRUE[:2], reported)
    assert compared.differences == [
        Difference(TRUE[0], 6),
        Difference(TRUE[1], 0),
        Difference(invented._replace(value=0), 3),
    ]
    assert str(compared.differences[1]) == (
        "month 2016-01, total: new in USD is 4,900, reported 0 (-4,900)"
    )


def test_a_zero_that_is_reported_is_no_difference() -> None:
    assert not compare(TRUE, [*TRUE, Row("month", "2016-03", "total", "new", "", 0)]).differences


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    simulate(found(11, 150, 6, (2016, 1)), folder, lambda _done: None)
    manifest = read_manifest(folder)
    write_truth(folder, truth_of_folder(folder, manifest, lambda _done: None), manifest)
    return folder


def replayed(run: Callable[..., Result], company: Path, topic: str, to: Path) -> Path:
    file = to / f"{topic}.jsonl"
    result = run("replay", company / "events" / f"{topic}.jsonl", "-t", topic, "--buckets", file)
    assert result.exit_code == 0, result.output
    return file


@pytest.mark.slow
def test_a_replay_counts_every_event_as_the_truth_does(
    run: Callable[..., Result], company: Path, tmp_path: Path
) -> None:
    topics = ("signups", "cancellations", "revenue", "complaints", "referrals", "renewals")
    files = [replayed(run, company, topic, tmp_path) for topic in topics]
    result = run("verify", company, *(part for file in files for part in ("--buckets", file)))
    assert result.exit_code == 0, result.output
    assert (
        "daily counts of cancellations, complaints, cost_to_serve, referrals, renewals, revenue"
        in result.output
    )
    assert "0 differences" in result.output


@pytest.mark.slow
def test_a_count_that_is_off_by_one_fails(
    run: Callable[..., Result], company: Path, tmp_path: Path
) -> None:
    file = replayed(run, company, "signups", tmp_path)
    rows = [json.loads(line) for line in file.read_bytes().splitlines()]
    rows[0]["count"] += 1
    file.write_text("\n".join(map(json.dumps, rows)))
    result = run("verify", company, "--buckets", file)
    assert result.exit_code == 1
    assert "1 difference" in result.output
    assert "(+1)" in result.output


def test_a_table_of_periods_is_read_as_csv_and_as_json(
    run: Callable[..., Result], company: Path, tmp_path: Path
) -> None:
    own = company / "truth" / "periods.csv"
    as_json = tmp_path / "periods.jsonl"
    as_json.write_text("\n".join(json.dumps(row._asdict()) for row in read_table(own)))
    for file in (own, as_json):
        result = run("verify", company, "--table", file)
        assert result.exit_code == 0, result.output
        assert "0 differences" in result.output


@pytest.mark.slow
def test_a_replay_of_all_topics_tells_every_number_of_every_period(
    run: Callable[..., Result], company: Path, tmp_path: Path
) -> None:
    periods, buckets = tmp_path / "periods.jsonl", tmp_path / "buckets.jsonl"
    written = ("--periods", periods, "--buckets", buckets)
    settings = ("--settings", company / "groundswell.toml")
    result = run("replay", company / "events", *written, *settings)
    assert result.exit_code == 0, result.output
    result = run("verify", company, *written)
    assert result.exit_code == 0, result.output
    assert "numbers of periods: 1" in result.output
    assert "movements of customers by day: " in result.output

    rows = [json.loads(line) for line in periods.read_bytes().splitlines()]
    behind = tmp_path / "behind.jsonl"
    behind.write_text("\n".join(json.dumps(row | {"clock": rows[0]["start"]}) for row in rows))
    assert run("verify", company, "--periods", behind).exit_code == 1, "they tell of more"
    result = run("verify", company, "--periods", behind, "--to-the-end")
    assert result.exit_code == 0, result.output

    (wrong,) = (
        row
        for row in rows
        if (row["grain"], row["period"], row["segment"]) == ("quarter", "2016-Q1", None)
    )
    wrong["numbers"]["closing"]["values"]["USD"] += 1
    periods.write_text("\n".join(map(json.dumps, rows)))
    result = run("verify", company, "--periods", periods)
    assert result.exit_code == 1
    assert "quarter 2016-Q1, total: closing in USD is" in result.output
    assert "1 difference" in result.output


@pytest.mark.slow
def test_who_was_referred_counts_from_the_first_day_however_few_events_a_topic_has(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    company, periods = tmp_path / "company", tmp_path / "periods.jsonl"
    made = ("--customers", 150, "--months", 24, "--seed", 5)
    assert run("simulate", "--out", company, *made).exit_code == 0
    events = company / EVENTS
    settings = ("--settings", company / "groundswell.toml")
    assert run("replay", events, "--periods", periods, *settings).exit_code == 0
    result = run("verify", company, "--periods", periods)
    assert result.exit_code == 0, result.output
    true = read_table(company / "truth" / "periods.csv")
    months = [row.period for row in true if (row.grain, row.unit) == ("month", "referred")]
    assert min(months) == "2016-01"


def test_events_of_which_every_copy_was_late_are_left_out_of_the_truth(company: Path) -> None:
    lines = event_file(company / EVENTS, "revenue").read_bytes().splitlines()
    ids = Counter(json.loads(line)["event_id"] for line in lines)
    (twice, _), (once, _) = ids.most_common(1)[0], ids.most_common()[-1]
    assert ids[twice] == 2

    def late(event_id: str, **more: str) -> bytes:
        return json.dumps({"topic": "revenue", "event": {"event_id": event_id}, **more}).encode()

    told = [late(twice), late(once), late("other", reason="before_base")]
    assert left_out(company, read_late(told), {}) == {("revenue", once)}
    both = {("revenue", n) for n in (once, twice)}
    assert left_out(company, read_late([*told, late(twice)]), {}) == both
    third = json.dumps({"event_id": twice}).encode()
    sent = {"revenue": [*lines, third, b"refused"]}
    assert left_out(company, read_late([*told, late(twice)]), sent) == {("revenue", once)}


@pytest.mark.parametrize("text", ["grain,period\nday,2016\n", '{"grain": "day"}\n', "[1]\n"])
def test_a_file_that_is_no_table_is_refused(
    run: Callable[..., Result], company: Path, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "other.csv"
    file.write_text(text)
    for option in ("--table", "--buckets", "--periods", "--late"):
        more = ("--table", company / "truth" / "periods.csv") if option == "--late" else ()
        result = run("verify", company, option, file, *more)
        assert result.exit_code == 1, option
        assert "other.csv" in result.output


def test_days_of_another_zone_than_utc_are_refused() -> None:
    row = {"metric": "complaints", "labels": {}, "grain": "1d", "count": 1, "values": {}}
    times = {"start": "2017-03-11T05:00:00Z", "watermark": "2017-03-12T05:10:00Z"}
    with pytest.raises(TableError, match="the truth has days of UTC"):
        read_buckets([json.dumps(row | times).encode()])


def test_days_of_a_company_in_another_zone_are_not_compared(
    run: Callable[..., Result], company: Path, tmp_path: Path
) -> None:
    manifest = json.loads((company / MANIFEST).read_bytes())
    manifest["definitions"]["zone"] = "America/New_York"
    (tmp_path / "events").symlink_to(company / "events")
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    (tmp_path / "rows").write_text("none of them is read")
    result = run("verify", tmp_path, "--buckets", tmp_path / "rows")
    assert result.exit_code == 0
    assert "days are those of America/New_York" in result.stdout


def test_nothing_to_compare_and_no_company_are_refused(
    run: Callable[..., Result], company: Path, tmp_path: Path
) -> None:
    nothing = run("verify", company)
    assert (nothing.exit_code, "--buckets FILE" in nothing.output) == (1, True)
    nobody = run("verify", tmp_path, "--table", company / "truth" / "periods.csv")
    assert (nobody.exit_code, "groundswell simulate" in nobody.output) == (1, True)
