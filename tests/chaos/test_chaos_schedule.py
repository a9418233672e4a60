"""The schedule of the test bed: reproducible, and with enough of each fault."""

from __future__ import annotations

from collections import Counter

import pytest
from schedule import EXTRA, SESSION, WORKERS, schedule


@pytest.mark.parametrize("seed", range(20))
def test_a_seed_gives_one_schedule_with_enough_of_each_fault(seed: int) -> None:
    faults = schedule(seed, 180)
    assert faults == schedule(seed, 180)
    assert faults == sorted(faults)
    assert Counter(fault.kind for fault in faults) == {
        "kill": 9,
        "freeze": 3,
        "term": 2,
        "late": 3,
        "broker": 2,
        "stop": 2,
        "join": 3,
        "poison": 1,
        "reset": 6,
        "latency": 3,
    }
    assert Counter(fault.aim for fault in faults if fault.kind == "kill") == {
        "take-over": 2,
        "recovery": 2,
        "flush": 3,
        "written": 1,
        "any": 1,
    }


@pytest.mark.parametrize("seed", range(20))
def test_a_short_run_has_each_kind_at_least_once(seed: int) -> None:
    assert {fault.kind for fault in schedule(seed, 45)} == {
        *("kill", "freeze", "term", "late", "broker", "stop", "join", "poison", "reset", "latency")
    }


@pytest.mark.parametrize("seed", range(20))
def test_faults_are_within_the_run_and_of_the_length_they_need(seed: int) -> None:
    for fault in schedule(seed, 180):
        assert 0 <= fault.at < 180
        if fault.kind == "freeze":
            assert fault.seconds > SESSION
        if fault.kind in {"kill", "freeze", "term"}:
            assert fault.slot in range(WORKERS)
        if fault.kind == "join":
            assert fault.slot == EXTRA


def test_a_longer_session_makes_longer_what_must_outlast_it() -> None:
    for fault in schedule(1, 180, 3 * SESSION):
        if fault.kind == "freeze":
            assert fault.seconds > 3 * SESSION


def test_the_stage_of_a_late_commit_is_reported_and_a_short_run_has_one_that_does_harm() -> None:
    assert [fault.aim for fault in schedule(1, 45) if fault.kind == "late"] == ["fold"]
    aims = Counter(fault.aim for fault in schedule(1, 180) if fault.kind == "late")
    assert aims == {"fold": 2, "series": 1}


def test_the_broker_is_stopped_in_order_and_killed() -> None:
    for seed in range(20):
        assert {f.clean for f in schedule(seed, 180) if f.kind == "broker"} == {True, False}


def test_seeds_differ() -> None:
    assert len({tuple(schedule(seed, 60)) for seed in range(50)}) == 50


def test_one_full_stop_of_a_long_run_lasts_minutes() -> None:
    assert max(f.seconds for f in schedule(1, 1200) if f.kind == "stop") == 120.0
