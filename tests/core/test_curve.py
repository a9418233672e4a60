"""What an alert carries to be checked by: the days before it, and the customers usual then."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from events import T0, WALL, complaint, records
from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import Alert
from schemas.topics import HISTORY
from streams.core.detect.deviance import clumped_upper, clumped_uppers
from streams.core.pipeline import Pipeline
from streams.settings import Settings

DAY = 86400
DAYS = 40
DAILY = 6
CUSTOMERS = 3
"""Complaints of a quiet day, and how many customers have them."""
BURST = 80


def history() -> list[dict[str, Any]]:
    """Quiet days, then one with many complaints of as many customers."""
    pipeline = Pipeline(Settings())
    events = []
    for day in range(DAYS + 7):
        many = BURST if day == DAYS else DAILY
        whose = many if day == DAYS else CUSTOMERS
        events += [
            complaint(
                f"{day}-{n}", T0 + day * DAY + n * DAY // many, customer_id=f"{day}-{n % whose}"
            )
            for n in range(many)
        ]
    sends = [*pipeline.process("complaints", records(*events), WALL), *pipeline.finish(WALL)]
    return [json.loads(send.value or b"") for send in sends if send.topic == HISTORY]


def test_an_alert_carries_the_days_before_it_and_the_customers_usual_then() -> None:
    told = [row for row in history() if row["labels"] == {}]
    for row in told:
        Alert.model_validate(row)
    opened, over = told[0], told[-1]
    assert opened["usual_customers"] <= CUSTOMERS < opened["customers"] <= opened["observed"]
    assert set(opened["curve"]["observed"]) == {DAILY}
    assert over["state"] == "resolved"
    curve = over["curve"]
    assert BURST in curve["observed"]
    assert all(abs(expected - DAILY) < 1 for expected in curve["expected"])
    assert all(DAILY < upper < BURST for upper in curve["upper"])
    span = datetime.fromisoformat(over["window_end"]) - datetime.fromisoformat(curve["start"])
    assert len(curve["observed"]) == len(curve["expected"]) == len(curve["upper"]) >= span.days


def test_an_alert_tells_every_window_that_tripped() -> None:
    told = [row for row in history() if row["labels"] == {}]
    opened = told[0]
    spans = [(one["start"], one["end"]) for one in opened["windows"]]
    assert (opened["window_start"], opened["window_end"]) in spans
    assert spans == sorted(spans, reverse=True)  # they end together: the shortest first
    for one in opened["windows"]:
        assert one["end"] == opened["at"]
        assert one["odds"] is None
        assert one["observed"] > one["upper"] > one["expected"]


@given(
    st.lists(st.tuples(st.floats(1e-9, 1e6), st.floats(1.0, 1e5)), min_size=1),
    st.sampled_from([2.75, 6.0]),
)
def test_the_band_of_many_days_is_that_of_each(
    days: list[tuple[float, float]], threshold: float
) -> None:
    expected, spread = np.array(days).T
    many = clumped_uppers(expected, spread, threshold)
    each = [clumped_upper(*day, threshold) for day in days]
    assert many.tolist() == pytest.approx(each, rel=1e-7)
