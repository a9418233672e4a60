"""Hours and days that are open are published less often than 5 minutes, and in the end all are."""

from __future__ import annotations

import pytest
from events import T0, WALL, complaint
from test_aggregate import SETTINGS, Run

from streams.core.aggregate.pace import INTERVALS, Pace
from streams.core.aggregate.stage import AggregateStage
from streams.core.event_time.buckets import GRAINS

STEP = SETTINGS.tables.provisional_interval
MARK = WALL // (INTERVALS["1d"] * STEP) * INTERVALS["1d"] * STEP
"""A mark of the clock at which all are due."""
ROWS = {
    "5m": {"5m", "1h window"},
    "1h": {"1h", "24h window", "7d window"},
    "1d": {"1d", "28d window", "90d window", "365d window"},
}
"""What is due with a grain."""


def paced() -> Run:
    run = Run(1)
    run.series = AggregateStage(0, 1, SETTINGS)
    return run


def told(run: Run, step: int) -> set[str]:
    """Flush at a mark; give the grains and windows of the rows that came of it."""
    before = dict(run.rows)
    run.flush(wall=MARK + step * STEP)
    new = [row for key, row in run.rows.items() if row != before.get(key) and not row["labels"]]
    return {f"{row['window']} window" if "window" in row else row["grain"] for row in new}


def test_marks_of_longer_grains_are_marks_of_all_shorter_ones() -> None:
    pace = Pace(STEP)
    due = [pace.due(MARK + step * STEP, backlog=False) for step in range(41)]
    assert [step for step, grains in enumerate(due) if "1d" in grains] == [0, 20, 40]
    assert [step for step, grains in enumerate(due) if "1h" in grains] == list(range(0, 41, 4))
    assert all("5m" in grains for grains in due)


def test_what_goes_on_changing_comes_the_less_often_the_longer_it_is() -> None:
    run = paced()
    told(run, 0)
    came: dict[str, list[int]] = {}
    for step in range(1, 42):
        run.process(0, complaint(str(step), T0))
        for name in told(run, step):
            came.setdefault(name, []).append(step)
    for grain in GRAINS:
        marks = [step for step in range(1, 42) if step % INTERVALS[grain] == 0]
        for name in ROWS[grain]:
            assert came[name] == marks


@pytest.mark.parametrize("last", [2, 4, 7])
def test_what_rests_comes_with_the_next_flush(last: int) -> None:
    run = paced()
    told(run, 0)
    for step in range(1, last + 1):
        run.process(0, complaint(str(step), T0))
        told(run, step)
    told(run, last + 1)
    assert run.window("365d")["count"] == last
    assert not run.series.pending()


def test_what_closes_is_published_at_once() -> None:
    run = paced()
    told(run, 0)
    run.process(0, complaint("a", T0))
    run.process(0, complaint("b", T0 + 3 * 3600))
    run.flush(wall=MARK + STEP)
    finals = [row for row in run.rows.values() if row["status"] == "final" and "grain" in row]
    assert {row["grain"] for row in finals} == {"5m", "1h"}


@pytest.mark.parametrize("days", [1, 3])
def test_a_window_empties_though_its_buckets_went_before_the_next_mark(days: int) -> None:
    run = paced()
    told(run, 0)
    run.process(0, complaint("a", T0, product="Early"))
    told(run, 1)
    assert run.window("1h", product="Early")["count"] == 1
    run.process(0, complaint("b", T0 + days * 86_400, product="Late"))
    run.flush(wall=MARK + 1.5 * STEP)  # between two marks: no window is published
    told(run, 2)
    told(run, 3)
    assert run.window("1h", product="Early")["count"] == 0


def test_with_the_end_of_a_backlog_all_is_told_at_once_and_only_then_less_often() -> None:
    run = paced()
    run.series.backlog = True
    run.process(0, complaint("a", T0))
    told(run, 1)
    assert not run.rows
    run.process(0, complaint("b", T0))
    run.series.backlog = False
    assert told(run, 2) == set().union(*ROWS.values())
    assert (run.series.untold, run.series.pending()) == (False, 0)
    run.process(0, complaint("c", T0))
    assert told(run, 3) == ROWS["5m"]
