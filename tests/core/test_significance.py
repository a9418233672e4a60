"""The alert budget: more series or fewer alerts to bear raise the bar; hints stay below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from alert_worlds import DAY, GRACE, details, give, quiet, reading, reported, stage
from hypothesis import given
from hypothesis import strategies as st

from streams.core.alerts.significance import (
    EXPLAINED_MARGIN,
    HINT_MARGIN,
    MIN_SURPRISE,
    TESTS_A_SERIES,
    bar,
    proved,
)
from streams.core.detect.deviance import daily_surprise
from streams.core.detect.tuning import Tuning
from streams.core.messages import SIGNALS, Signal, Signals
from streams.core.stage import Record

if TYPE_CHECKING:
    from streams.core.detect.protocol import Name

D = 40
AFTER = (D + 1) * DAY


@given(st.integers(1, 10**6), st.floats(0.01, 1000))
def test_the_bar_lets_through_what_the_budget_says(watched: int, budget: float) -> None:
    a_week = watched * TESTS_A_SERIES * 7 * 10 ** -bar(watched, budget)
    assert a_week <= budget * (1 + 1e-9)
    assert bar(watched, budget) == MIN_SURPRISE or a_week == pytest.approx(budget)


def world(surprise: float, *, watched: int) -> list[str]:
    """Alerts of one rise among so many series, that became known at the end of the day before."""
    under = stage()
    rise = reading({"company": "Acme"}, D, 60, 4, surprise=surprise)
    message = Signals(0, "complaints", AFTER, [Signal(rise, 60)], [(D * DAY, watched)])
    give(under, details(1, AFTER + GRACE, quiet(D)))
    under.process(SIGNALS, [Record(1, None, msgspec.msgpack.encode(message))], 0.0)
    return [alert["state"] for alert in reported(under)]


def test_a_rise_is_an_alert_a_hint_or_nothing_by_how_many_series_there_are() -> None:
    few = bar(100, 1.0)
    assert world(few + 0.01, watched=100) == ["firing"]
    assert world(few + 0.01, watched=200) == ["pending"]
    assert world(few + 0.01, watched=int(100 * 10**HINT_MARGIN * 1.1)) == []


def test_how_many_series_are_watched_counts_from_the_day_on_that_it_changed() -> None:
    under = stage(series=2)
    rise = reading({"company": "Acme"}, D, 60, 4, surprise=bar(200, 1.0))
    give(under, details(1, AFTER + 2 * DAY + GRACE, quiet(D)))
    later = [(D * DAY, 100), (AFTER + DAY, 10**9)]
    one = Signals(0, "complaints", AFTER + DAY, [Signal(rise, 60)], later)
    other = Signals(1, "complaints", AFTER + DAY, [], [(D * DAY, 100)])
    for message in (one, other):
        under.process(SIGNALS, [Record(1, None, msgspec.msgpack.encode(message))], 0.0)
    assert [alert["state"] for alert in reported(under)] == ["firing"]


@given(st.floats(0.3, 1000))
def test_a_rise_is_messageof_before_it_is_unlikely_enough_to_be_a_hint(mean: float) -> None:
    hint = bar(500, 2.0) - HINT_MARGIN
    assert daily_surprise(Tuning().day_threshold, mean) < hint


@given(st.floats(0.0, 20.0), st.floats(0.0, 10_000))
def test_a_higher_level_is_never_less_surprising(z: float, mean: float) -> None:
    assert 0.0 <= daily_surprise(z, mean) <= daily_surprise(z + 0.1, mean)


def test_what_is_no_artefact_of_a_rise_must_be_beyond_doubt_by_itself() -> None:
    rise = reading({"company": "Acme"}, D, 60, 20, surprise=8.0)
    assert proved(rise, 8.0, 1.0, explained=False)
    # Half of the excess has a third of the deviance: 40 ln 2 - 20 of 60 ln 3 - 40 is .30.
    assert proved(rise, 2.3, 0.5, explained=False)
    assert not proved(rise, 2.5, 0.5, explained=False)


@pytest.mark.parametrize("detector", ["daily", "fast", "slow"])
def test_what_another_alert_explains_is_no_news_until_it_is_far_rarer(detector: Name) -> None:
    rise = reading({"company": "Acme"}, D, 60, 20, surprise=6.0)
    rise = msgspec.structs.replace(rise, detector=detector)
    assert proved(rise, 5.0, 1.0, explained=False)
    assert not proved(rise, 5.0, 1.0, explained=True)
    assert proved(rise, 6.0 - EXPLAINED_MARGIN, 1.0, explained=True)
