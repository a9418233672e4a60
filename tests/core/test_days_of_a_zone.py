"""Days belong to a calendar: all that is counted by day goes by the days of `calendar.timezone`."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from events import complaint, records
from office_worlds import FORMS, alerts, world

from streams.core.aggregate import kinds as aggregate
from streams.core.aggregate.stage import AggregateStage
from streams.core.alerts import kinds as incidents
from streams.core.config import Calendar, Detect
from streams.core.event_time.buckets import SPAN
from streams.core.ingest import kinds as ingest
from streams.core.ingest.stage import IngestStage
from streams.core.messages import PARTIALS
from streams.core.pipeline import Downstream, Pipeline
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.changelog import Kind, Layout
    from streams.core.event_time.buckets import Grain

WALL = datetime(2030, 1, 1, tzinfo=UTC).timestamp()
DAY = timedelta(days=1)


def settings_of(zone: str) -> Settings:
    return Settings(calendar=Calendar(timezone=zone), detect=Detect(metrics=()))


def year(zone: str) -> list[int]:
    """Draw times of 2017, some around each change of the clock."""
    random = Random(zone)
    first = int(datetime(2017, 1, 1, tzinfo=ZoneInfo(zone)).timestamp())
    last = int(datetime(2018, 1, 1, tzinfo=ZoneInfo(zone)).timestamp())
    times = [random.randrange(first, last) for _ in range(2_000)]
    clock = ZoneInfo(zone)
    for at in range(first, last, 86_400):
        one, other = (datetime.fromtimestamp(t, clock).utcoffset() for t in (at, at + 86_400))
        if one != other:
            times += [at + random.randrange(2 * 86_400) for _ in range(200)]
    return sorted(times)


def published(rows: Iterator[Any], topic: str) -> Iterator[dict[str, Any]]:
    return (json.loads(s.value) for s in rows if s.topic == topic and s.value)


@pytest.mark.parametrize(
    "zone", ["America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
def test_a_year_over_both_changes_of_the_clock_is_a_group_by_of_local_dates(zone: str) -> None:
    times, clock = year(zone), ZoneInfo(zone)
    wanted = Counter(datetime.fromtimestamp(at, clock).date() for at in times)
    settings = settings_of(zone)
    grains: list[Grain] = ["1d"]
    pipeline = Pipeline(settings, Downstream(settings, grains=grains))
    events = records(*(complaint(str(n), at) for n, at in enumerate(times)))
    sends = [*pipeline.process("complaints", events, WALL), *pipeline.finish(WALL)]
    found: dict[date, int] = {}
    for row in published(iter(sends), "metrics.buckets"):
        start, end = (datetime.fromisoformat(row[at]).astimezone(clock) for at in ("start", "end"))
        own = start.date()
        assert end.date() == own + DAY
        # The first instant of its date, whatever the clock shows then.
        second_before = start.astimezone(UTC) - timedelta(seconds=1)
        assert second_before.astimezone(clock).date() < own
        found[own] = row["count"]
    assert found == wanted


@pytest.mark.slow
def test_rows_are_the_same_after_a_restart_in_mid_year() -> None:
    """And windows of days are days, 23 and 25 hours long ones too."""
    zone = "America/New_York"
    settings, clock, times = settings_of(zone), ZoneInfo(zone), year(zone)
    fold = IngestStage(0, 1, settings)
    series = AggregateStage(0, 1, settings, provisional_interval=0)
    changelog: dict[bytes, bytes] = {}
    rows: dict[bytes, dict[str, Any]] = {}
    compared: Counter[str] = Counter()
    for number, first in enumerate(range(0, len(times), 100), 1):
        own = times[first : first + 100]
        events = [complaint(f"{first + n}", at) for n, at in enumerate(own)]
        fold.process("complaints", records(*events), WALL)
        for send in fold.flush(number, WALL).sends:
            if send.topic == PARTIALS:
                series.process(PARTIALS, [Record(0, None, send.value)], WALL)
        flush = series.flush(number, WALL)
        changelog.update((key, value or b"") for key, value in flush.rows)
        changelog = {key: value for key, value in changelog.items() if value}
        if number % 7 == 0:
            series = AggregateStage(0, 1, settings, provisional_interval=0)
            series.restore(changelog)
        for send in flush.sends:
            if send.key and send.value:
                rows[send.key] = json.loads(send.value)
        at = own[-1]
        for window in ("24h", "7d", "28d", "90d", "365d"):
            row = next(r for r in rows.values() if r.get("window") == window and not r["labels"])
            start, end = span(window, at, clock)
            assert row["count"] == sum(start <= t for t in times[: first + len(own)])
            if row["end"] == stamp(end):  # a row is not published again for its span alone
                assert row["start"] == stamp(start)
                compared[window] += 1
    assert min(compared[window] for window in ("24h", "7d", "28d", "90d", "365d")) > 10
    days = {
        row["start"]: row["count"]
        for row in rows.values()
        if row.get("grain") == "1d" and not row["labels"]
    }
    midnights = Counter(midnight(datetime.fromtimestamp(t, clock).date(), clock) for t in times)
    assert days == {stamp(int(at.timestamp())): n for at, n in midnights.items()}


def stamp(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def midnight(day: date, clock: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), clock)


def span(window: Any, at: int, clock: ZoneInfo) -> tuple[int, int]:
    """Work out a window by the calendar."""
    length = timedelta(seconds=SPAN[window])
    hour = datetime.fromtimestamp(at - at % 3600 + 3600, clock)
    after = midnight(datetime.fromtimestamp(at, clock).date() + DAY, clock)
    if window == "24h":
        start, end = (hour.astimezone(UTC) - length, hour)
    elif window == "7d":
        start, end = (hour - length, hour)  # by the clock on the wall
    else:
        start, end = (after - length, after)
    return int(start.timestamp()), int(end.timestamp())


def moved(alert: dict[str, Any], hours: float) -> str:
    def later(found: re.Match[str]) -> str:
        return f"{datetime.fromisoformat(found[0]) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"

    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]{8}Z", later, json.dumps(alert))


@pytest.mark.parametrize(
    ("layout", "in_utc", "without", "more"),
    [
        (ingest.LAYOUT, ingest.IN_UTC, ingest.WITHOUT_CUSTOMERS, ingest.OF_CUSTOMERS),
        (aggregate.LAYOUT, aggregate.IN_UTC, aggregate.WITHOUT_PERIODS, aggregate.OF_PERIODS),
        (incidents.LAYOUT, incidents.IN_UTC, incidents.WITHOUT_CUSTOMERS, incidents.OF_CUSTOMERS),
    ],
)
def test_state_of_a_zone_has_a_version_that_no_state_of_utc_has(
    layout: Layout, in_utc: int, without: int, more: frozenset[Kind[Any]]
) -> None:
    """And that of UTC has one that knows all its kinds of rows."""
    assert in_utc + 1 == layout.version
    assert max(kind.since for kind in layout.kinds) <= in_utc
    assert max(kind.since for kind in layout.kinds if kind not in more) <= without


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "ahead"), [("America/Bogota", -5.0), ("Asia/Kolkata", 5.5)])
def test_the_same_by_another_clock_gives_the_same_alerts(zone: str, ahead: float) -> None:
    """Sentences are the same, in local time; times are those of the instants."""
    made = world(FORMS["office"], 3)
    rows = [row for row in made.rows + made.extra if row[0].date() <= made.day + 2 * DAY]
    there = [(at - timedelta(hours=ahead), product) for at, product in rows]
    in_utc, local = alerts(rows, 3), alerts(there, 3, zone)
    wanted, found = ([*history] for history in (in_utc, local))
    assert any(alert["state"] == "firing" for alert in wanted)
    if ahead % 1:  # customers of other weeks are known by the hour of UTC alone
        for alert in (*wanted, *found):
            del alert["usual_customers"], alert["message"]
    assert [moved(alert, ahead) for alert in found] == [moved(alert, 0.0) for alert in wanted]
