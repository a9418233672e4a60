"""After a restart all open rows and windows are published again: some a flush, beside the rest."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from events import T0, WALL, complaint
from test_aggregate import HOUR, MINUTE, Run

from streams.core.aggregate import publish, window_turns

COMPANIES = [f"Company {number}" for number in range(7)]
AT_ONCE = 2
GRAINS, WINDOWS = 3, 6


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (publish, window_turns):
        monkeypatch.setattr(module, "RESTORED_A_FLUSH", AT_ONCE)


def restored() -> Run:
    """One of which each company has a complaint; it has come back, and nobody knows its rows."""
    run = Run(1)
    run.process(0, *(complaint(name, T0 + HOUR, company=name) for name in COMPANIES))
    run.flush()
    run.crash()
    run.rows.clear()
    return run


def split(rows: dict[str, dict[str, Any]]) -> tuple[int, int]:
    """Count buckets and windows."""
    windows = sum("window" in row for row in rows.values())
    return len(rows) - windows, windows


def of_companies(run: Run) -> list[dict[str, Any]]:
    return [row for row in run.rows.values() if "company" in row["labels"]]


def test_some_buckets_and_windows_a_flush_are_published_again_until_all_are() -> None:
    run, first = restored(), Run(1)
    first.process(0, *(complaint(name, T0 + HOUR, company=name) for name in COMPANIES))
    first.flush()
    for flush in count(1):
        before = split(run.rows)
        run.publish(WALL + flush)
        buckets, windows = (now - then for now, then in zip(split(run.rows), before, strict=True))
        assert buckets <= AT_ONCE * GRAINS
        assert windows <= AT_ONCE * WINDOWS
        if not run.series.pending():
            break
    assert flush > len(COMPANIES) // AT_ONCE
    assert run.rows == first.rows


def test_what_comes_meanwhile_is_published_at_once() -> None:
    run = restored()
    run.process(0, complaint("b", T0 + HOUR + MINUTE, company=COMPANIES[0]))
    run.flush()
    assert run.window("24h", company=COMPANIES[0])["count"] == 2
    assert len(of_companies(run)) < len(COMPANIES) * WINDOWS


def test_one_that_closes_meanwhile_is_published_as_final_and_no_more() -> None:
    run = restored()
    run.process(0, complaint("b", T0 + 3 * HOUR, company="Another"))
    run.flush()
    hours = [row for row in of_companies(run) if row.get("grain") == "1h"]
    assert {row["labels"]["company"] for row in hours} == {*COMPANIES, "Another"}
    finals = {key: row for key, row in run.rows.items() if row["status"] == "final"}
    for flush in range(20):
        run.publish(WALL + 1 + flush)
    assert not run.series.pending()
    assert {key: run.rows[key] for key in finals} == finals


def test_until_all_windows_were_published_again_their_5_minutes_stay() -> None:
    """Of a series that waits, a window may still have to lose a bucket."""
    run = restored()
    for step in range(3):
        run.process(0, complaint(f"b{step}", T0 + (3 + step) * HOUR, company="Another"))
        run.flush()
    buckets = run.series._families["complaints"].buckets  # noqa: SLF001
    assert T0 + HOUR in buckets.closed["5m"]
    for flush in range(20):
        run.publish(WALL + 1 + flush)
    run.process(0, complaint("c", T0 + 6 * HOUR, company="Another"))
    run.flush()
    run.flush()
    assert T0 + HOUR not in buckets.closed["5m"]
