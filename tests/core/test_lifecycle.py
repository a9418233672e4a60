from __future__ import annotations

import itertools

import pytest

from streams.core.alerts.lifecycle import OPEN, TABLE, State, Trigger, after


def test_a_hint_makes_it_pending_and_proof_makes_it_fire() -> None:
    assert after(None, Trigger.HINT) is State.PENDING
    assert after(None, Trigger.PROOF) is State.FIRING
    assert after(State.PENDING, Trigger.PROOF) is State.FIRING


def test_only_a_calm_rate_resolves_an_alert() -> None:
    for state, happenings in TABLE.items():
        for happening, becomes in happenings.items():
            if becomes is State.RESOLVED and state is not State.RESOLVED:
                assert happening is Trigger.CALM


def test_every_open_alert_can_resolve_and_go_stale() -> None:
    for state in OPEN:
        assert after(state, Trigger.CALM) is State.RESOLVED
        assert after(state, Trigger.NO_DATA) is State.STALE


def test_a_stale_alert_comes_back_with_the_next_evidence() -> None:
    assert after(State.STALE, Trigger.HINT) is State.FIRING
    assert after(State.STALE, Trigger.PROOF) is State.FIRING


@pytest.mark.parametrize("happening", [Trigger.HINT, Trigger.PROOF])
def test_a_resolved_alert_is_never_raised_again(happening: Trigger) -> None:
    with pytest.raises(ValueError, match="cannot happen"):
        after(State.RESOLVED, happening)


@pytest.mark.parametrize("happening", [Trigger.CALM, Trigger.NO_DATA])
def test_nothing_but_a_rise_makes_an_alert(happening: Trigger) -> None:
    with pytest.raises(ValueError, match="cannot happen"):
        after(None, happening)


def test_whatever_happens_to_an_open_alert_has_an_outcome() -> None:
    for state, happening in itertools.product(OPEN, Trigger):
        assert isinstance(after(state, happening), State)
