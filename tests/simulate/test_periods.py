"""A simulated company through the ingest stages: every number of every period is the true one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from kept_company import GRACE, KeptCompany, settings_of

from schemas.topics import BUCKETS, PERIODS, ROLLING
from streams.simulate.buckets import UNIT_OF, BucketLine, compare_movements, reported_by
from streams.simulate.company import found
from streams.simulate.manifest import Manifest, read_manifest
from streams.simulate.periods import compare_periods
from streams.simulate.run import simulate
from streams.simulate.truth.buckets import group_of
from streams.simulate.truth.run import truth_of_folder

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from streams.simulate.verify import Compared, Difference

MONTHS = 14


def in_zone(manifest: Manifest, zone: str) -> Manifest:
    """Let the truth of a folder be that of the days and months of a zone."""
    definitions = msgspec.structs.replace(manifest.definitions, zone=zone)
    return msgspec.structs.replace(manifest, definitions=definitions)


def compared(folder: Path, manifest: Manifest, company: KeptCompany) -> Compared:
    truth = truth_of_folder(folder, manifest, lambda _: None, company.late()).rows()
    return compare_periods(truth, company.periods())


def movements_of_days(folder: Path, manifest: Manifest, company: KeptCompany) -> list[Difference]:
    """Hold what metrics.buckets says of customers against the truth."""
    truth = truth_of_folder(folder, manifest, lambda _: None).rows()
    days = {}
    zone = ZoneInfo(manifest.definitions.zone)
    for row in company.rows(BUCKETS).values():
        line = msgspec.convert(row, BucketLine)
        if line.metric in UNIT_OF:
            assert line.grain == "1d"
            start = datetime.fromisoformat(line.start).astimezone(zone)
            assert (start.hour, start.minute) == (0, 0)
            day = start.date().isoformat()
            line.start = f"{day}T00:00:00Z"  # as the table of the truth names it
            days[line.metric, day, group_of(line.labels)] = line
    result = compare_movements(truth, reported_by(days).movements)
    assert result.numbers > 1_000
    return result.differences


def assert_windows_are_sums_of_days(company: KeptCompany) -> None:
    days = [row for row in company.rows(BUCKETS).values() if row["metric"] in UNIT_OF]
    windows = [row for row in company.rows(ROLLING).values() if row["metric"] in UNIT_OF]
    assert {"lost_customers", "expansion"} < {row["metric"] for row in windows}
    # A row that stays as it is keeps the times of when it was last published.
    now = {window: max(of_it) for window, of_it in ends(windows).items()}
    for window in windows:
        start, end = now[window["window"]]
        inside = [
            row
            for row in days
            if (row["metric"], row["labels"]) == (window["metric"], window["labels"])
            and start <= row["start"] < end
        ]
        values: Counter[str] = Counter()
        for row in inside:
            values.update(row["values"])
        assert window["count"] == sum(row["count"] for row in inside)
        assert window["values"] == {currency: n for currency, n in values.items() if n}
        assert window["customers"] is None


def ends(windows: list[dict[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """Give beginning and end of each row by window."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in windows:
        found.setdefault(row["window"], []).append((row["start"], row["end"]))
    return found


def assert_losses_are_true(folder: Path, manifest: Manifest, company: KeptCompany) -> None:
    """Hold losses and time at risk of all years together, to a second."""
    years = {
        row["period"]: row["losses"]
        for row in company.rows(PERIODS).values()
        if row["grain"] == "year" and row["segment"] is None
    }
    clock = int(datetime.fromisoformat(max(one["until"] for one in years.values())).timestamp())
    as_of = msgspec.structs.replace(manifest, clock=clock)
    truth = truth_of_folder(folder, as_of, lambda _: None, company.late())
    for rate in truth.rates.rates()[:2]:
        told = [(one[rate.when]["lost"], one[rate.when]["seconds"]) for one in years.values()]
        assert (rate.lost, rate.seconds) == tuple(map(sum, zip(*told, strict=True)))
        assert rate.lost > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "partitions", "late", "zone"),
    [
        (21, 1, (), "UTC"),
        (22, 4, (), "America/New_York"),
        (23, 4, ("cancellations",), "UTC"),
    ],
)
def test_in_whatever_order_topics_come_all_periods_are_true(
    tmp_path: Path, seed: int, partitions: int, late: Collection[str], zone: str
) -> None:
    simulate(found(seed, 150, MONTHS, (2016, 1)), tmp_path, lambda _: None)
    manifest = in_zone(read_manifest(tmp_path), zone)
    company = KeptCompany(settings_of(manifest), partitions)
    company.load(tmp_path)
    company.say_over(manifest.clock + GRACE)
    company.read(Random(seed), late=late)
    company.wait()
    assert company.checks() == {}
    result = compared(tmp_path, manifest, company)
    assert result.differences == []
    assert result.numbers > 10_000
    assert movements_of_days(tmp_path, manifest, company) == []
    assert_losses_are_true(tmp_path, manifest, company)
    assert_windows_are_sums_of_days(company)
