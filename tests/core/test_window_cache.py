"""Closed buckets of a window, summed up once: what is published is as if all were added up anew."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from events import T0, WALL, complaint
from test_aggregate import DAY, HOUR, MINUTE, Run

from streams.core.aggregate import window_cache

if TYPE_CHECKING:
    from collections.abc import Iterator


STEP = 5 * HOUR + 20 * MINUTE


def money(event_id: str, time: int, customer: str, amount: int) -> dict[str, Any]:
    fields = {"amount": amount, "cost_to_serve": 5, "currency": "EUR", "kind": "fee"}
    return complaint(event_id, time, customer_id=customer, segment="small", **fields)


def reported(
    kept_from: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, dict[str, Any]]]:
    """Run 33 days and give the rows after each step.

    Every few days partition 1 is idle for a while, and amends what had closed when it wakes; once
    the worker starts anew from its changelog.
    """
    monkeypatch.setattr(window_cache, "MIN_BUCKETS_KEPT", kept_from)
    run, random = Run(2), Random(5)
    for step in range(33 * DAY // STEP):
        start = T0 + step * STEP
        asleep = step % 11 in {7, 8, 9}
        if step % 11 == 8:
            for topic in ("complaints", "revenue"):
                for fold in run.folds[1:]:
                    fold.tick(WALL + 100 * step, {topic})
                    fold.tick(WALL + 100 * step + 40, {topic})
        for partition in (0,) if asleep else (0, 1):
            first = start - 3 * STEP if partition and step % 11 == 10 else start
            for number in range(6):
                name = f"{partition}-{step}-{number}"
                at = first + (start + STEP - first) * number // 6
                who = f"customer-{random.randrange(400)}"
                fields = {"customer_id": who, "company": "AB"[number % 2]}
                run.process(partition, complaint(name, at, **fields))
                run.process(partition, money(name, at, who, number - 2), topic="revenue")
        run.flush()
        for again in range(2):  # nothing closes, so what is kept is used
            name = f"again-{again}-{step}"
            at = start + STEP * 5 // 6
            run.process(0, complaint(name, at, customer_id=name, company="A"))
            run.process(0, money(name, at, name, again), topic="revenue")
            run.flush()
        if step == 70:
            run.crash()
        yield {key: row for key, row in run.rows.items() if key.startswith("metrics.rolling")}


@pytest.fixture(scope="module")
def anew() -> list[dict[str, dict[str, Any]]]:
    """The rows where nothing is kept."""
    with pytest.MonkeyPatch.context() as patch:
        return list(reported(1 << 30, patch))


@pytest.mark.slow
def test_sums_that_are_kept_tell_what_adding_up_anew_tells(
    anew: list[dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = list(reported(2, monkeypatch))
    assert len(anew[-1]) > 40
    assert kept == anew


@pytest.mark.slow
def test_a_closed_day_speaks_for_its_hours(
    anew: list[dict[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_cache, "HOUR", -(1 << 40))  # no day is over by then: hours alone
    assert list(reported(1 << 30, monkeypatch)) == anew
