"""On a backlog what is soon replaced is not published, and in the end all is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from events import T0, WALL, complaint
from test_aggregate import DAY, HOUR, MINUTE, SETTINGS, Run

from streams.core.aggregate import window_turns
from streams.core.aggregate.pace import BACKLOG_INTERVAL
from streams.core.aggregate.stage import AggregateStage
from streams.core.event_time.buckets import WINDOWS
from streams.core.stage import Hurries

STEPS = 30


def lived(*, backlog: bool, crashes: bool = False) -> tuple[Run, list[str]]:
    """Live through two days in 30 flushes of half a second; gives the states of rows in between."""
    draw = random.Random(7)
    run = Run(2)
    told: list[str] = []
    for step in range(STEPS):
        at = T0 + step * 2 * DAY // STEPS
        for partition in range(2):
            events = [
                complaint(
                    f"{step}-{partition}-{number}",
                    at + draw.randrange(90 * MINUTE),
                    product=f"P{draw.randrange(4)}",
                    customer_id=f"c{draw.randrange(9)}",
                )
                for number in range(draw.randrange(5))
            ]
            run.process(partition, *events)
        run.series.backlog = backlog
        before = dict(run.rows)
        run.flush(wall=WALL + 0.5 * step)
        told += [
            row["status"] + (" window" if "window" in row else "")
            for key, row in run.rows.items()
            if before.get(key) != row
        ]
        if crashes and step in {9, 10, 20}:
            run.crash()
    run.series.backlog = False
    run.publish(WALL + STEPS)
    return run, told


def means(run: Run) -> dict[str, dict[str, Any]]:
    """Leave out up to when a row knew, and empty windows: told or not.

    A window whose value is as it was is not told again, so it may have another start.
    """
    return {
        key: {name: value for name, value in row.items() if name not in left_out(row)}
        for key, row in run.rows.items()
        if "window" not in row or row["count"]
    }


def left_out(row: dict[str, Any]) -> set[str]:
    return {"watermark"} | ({"start", "end", "status"} if "window" in row else set())


def test_the_stage_is_told_of_a_backlog() -> None:
    assert isinstance(AggregateStage(0, 1, SETTINGS), Hurries)


def test_on_a_backlog_nothing_is_published_but_what_is_final() -> None:
    for crashes in (False, True):
        _, told = lived(backlog=True, crashes=crashes)
        assert set(told) == {"final"}
    _, told = lived(backlog=False)
    assert {"final", "provisional", "provisional window"} <= set(told)


@pytest.mark.parametrize("crashes", [False, True])
def test_once_all_is_read_the_same_was_told(crashes: bool) -> None:  # noqa: FBT001
    run, _ = lived(backlog=True, crashes=crashes)
    assert means(run) == means(lived(backlog=False)[0])


@pytest.mark.parametrize("crashes", [False, True])
def test_windows_of_many_series_are_published_some_at_a_flush(
    crashes: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    all_at_once = means(lived(backlog=False)[0])
    monkeypatch.setattr(window_turns, "MAX_SERIES_A_FLUSH", 2)
    for backlog in (False, True):
        run, _ = lived(backlog=backlog, crashes=crashes)
        flushes = 0
        while run.series.pending():
            before = dict(run.rows)
            run.publish(WALL + STEPS + flushes)
            flushes += 1
            told = [row for key, row in run.rows.items() if row != before.get(key)]
            assert len(told) <= 2 * 6
        assert flushes > 2
        assert means(run) == all_at_once


def test_windows_that_did_not_fit_are_told_with_the_next_flush(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(window_turns, "MAX_SERIES_A_FLUSH", 2)
    run = Run(1)
    run.series.backlog = True
    run.process(0, *(complaint(f"{n}", T0, product=f"P{n}") for n in range(5)))
    run.flush(wall=WALL + 1)
    run.series.backlog = False
    told = []
    while run.series.untold:
        before = len(run.rows)
        run.publish(WALL + 1)
        told.append(len([key for key in list(run.rows)[before:] if "window" in run.rows[key]]))
    assert max(told) <= 2 * len(WINDOWS)
    assert len(told) > 2
    assert not run.series.pending()
    assert run.window("365d")["count"] == 5


def test_on_a_backlog_that_never_ends_values_come_once_a_minute() -> None:
    run = Run(1)
    run.process(0, complaint("a", T0))
    run.flush(wall=WALL)
    run.series.backlog = True
    run.process(0, complaint("b", T0 + HOUR))
    run.flush(wall=WALL + 1)
    assert run.series.pending() == 1
    assert run.window("24h")["count"] == 1
    run.publish(WALL + BACKLOG_INTERVAL)
    assert run.window("24h")["count"] == 2


def test_a_window_empties_though_its_5_minutes_went_on_the_backlog() -> None:
    run = Run(1)
    run.process(0, complaint("a", T0 + 66 * MINUTE, company="A"))
    run.process(0, complaint("b", T0 + 121 * MINUTE, company="B"))
    run.flush()
    assert run.window("1h", company="A")["count"] == 1
    run.series.backlog = True
    for number in range(141, 144):
        run.process(0, complaint(f"{number}", T0 + number * MINUTE, company="B"))
        run.flush(wall=WALL + 1)
    assert run.window("1h", company="A")["count"] == 1
    run.series.backlog = False
    run.publish(WALL + 2)
    assert run.window("1h", company="A")["count"] == 0


def test_5_minutes_that_closed_on_a_backlog_are_amended_as_any() -> None:
    run = Run(2)
    for partition in range(2):
        run.process(partition, complaint(f"{partition}", T0))
    run.process(0, complaint("ahead", T0 + 20 * MINUTE))
    run.series.backlog = True
    run.flush()
    for wall in (WALL + 1, WALL + 100):
        run.folds[1].tick(wall, {"complaints"})
    run.flush()
    assert run.total("5m", T0)["status"] == "final"
    closed = run.series._families["complaints"].buckets.closed  # noqa: SLF001 - nothing else tells
    for count, backlog in enumerate((True, True, False, False, True, False), start=3):
        assert bool(closed["5m"]) == (count > 5)  # they are packed with the first flush after it
        run.series.backlog = backlog
        run.process(1, complaint(f"late {count}", T0 + MINUTE))
        run.flush()
        assert (run.total("5m", T0)["status"], run.total("5m", T0)["count"]) == ("amended", count)
    run.crash()
    run.process(1, complaint("last", T0 + MINUTE))
    run.flush()
    assert run.total("5m", T0)["count"] == 9


def test_rows_are_sent_in_one_order_wherever_their_series_lie_in_memory() -> None:
    one, other = lived(backlog=False)[0], lived(backlog=False)[0]
    assert list(one.rows) == list(other.rows)
