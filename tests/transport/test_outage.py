"""An outage of the broker is told twice: when it is noticed, and when it is over."""

from __future__ import annotations

import pytest

from streams.transport.client.outage import AWAY_SECONDS, Outage


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def outage(told: list[str]) -> Outage:
    return Outage("kafka:9092", told.append)


def test_a_broker_that_comes_back_is_told_with_how_long_it_was_away(
    outage: Outage, told: list[str]
) -> None:
    outage.answered(100.0)
    for now in range(101, 134):
        outage.silent(float(now), "Connect call failed")
    assert told == ["no broker answers at kafka:9092 (Connect call failed): waiting for it"]
    assert outage.problem(133.0) == "no broker has answered for 33 s"
    outage.answered(134.0)
    assert told[1:] == ["the broker is back after 34 s"]
    assert outage.problem(135.0) is None


def test_a_pause_is_no_outage(outage: Outage, told: list[str]) -> None:
    outage.answered(100.0)
    outage.silent(100.0 + AWAY_SECONDS - 1)
    outage.answered(107.0)
    outage.silent(107.0 + AWAY_SECONDS - 1)
    assert told == []
    assert outage.problem(112.0) is None


def test_one_that_never_answered_counts_from_the_first_look(
    outage: Outage, told: list[str]
) -> None:
    outage.silent(50.0)
    outage.silent(50.0 + AWAY_SECONDS)
    outage.answered(60.0)
    assert told[-1] == "the broker is back after 10 s"
