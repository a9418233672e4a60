"""What people do about an alert is kept apart from the state that follows from evidence."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from alert_worlds import (
    CARD,
    DAY,
    GRACE,
    LOAN,
    Row,
    details,
    give,
    quiet,
    reading,
    signals,
    stage,
)

from schemas.topics import HISTORY
from streams.core.alerts.handled import HandledAlerts
from streams.core.alerts.handling import (
    HANDLING_TABLE,
    Handling,
    HandlingTrigger,
    handling_after,
)
from streams.core.alerts.kinds import ALERT, HANDLING, LAYOUT
from streams.core.alerts.lifecycle import State, Trigger, after

if TYPE_CHECKING:
    from streams.core.alerts.stage import AlertsStage
    from streams.core.detect.protocol import Status
    from streams.core.stage import Flush

ACKNOWLEDGED = Handling.ACKNOWLEDGED
D = 40
ACME = {"company": "Acme"}
ONE, OTHER = "9f1c22d07ab4e310", "1e0f5b6a99c0d7e2"


# -- the table -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "unhandled", "acknowledged"),
    [
        (HandlingTrigger.ACKNOWLEDGE, ACKNOWLEDGED, ACKNOWLEDGED),
        (HandlingTrigger.WORSE, None, None),
        (HandlingTrigger.NO_DATA, None, ACKNOWLEDGED),
        (HandlingTrigger.BACK, None, ACKNOWLEDGED),
        (HandlingTrigger.OVER, None, None),
    ],
)
def test_every_pair_has_its_outcome(
    trigger: HandlingTrigger, unhandled: Handling | None, acknowledged: Handling | None
) -> None:
    assert handling_after(None, trigger) is unhandled
    assert handling_after(ACKNOWLEDGED, trigger) is acknowledged


def test_the_table_has_every_pair_and_no_other() -> None:
    pairs = {(of, trigger) for of, outcomes in HANDLING_TABLE.items() for trigger in outcomes}
    assert pairs == set(itertools.product((None, *Handling), HandlingTrigger))


def test_nobody_but_a_person_acknowledges() -> None:
    for trigger, outcome in HANDLING_TABLE[None].items():
        assert (outcome is not None) is (trigger is HandlingTrigger.ACKNOWLEDGE)


def test_an_acknowledgement_outlives_a_source_without_data_though_the_alert_fires_again() -> None:
    """In one table the alert went from acknowledged by way of stale to firing."""
    state = after(after(State.FIRING, Trigger.NO_DATA), Trigger.HINT)
    handling = handling_after(ACKNOWLEDGED, HandlingTrigger.NO_DATA)
    assert (state, handling_after(handling, HandlingTrigger.BACK)) == (State.FIRING, ACKNOWLEDGED)


# -- who keeps it ----------------------------------------------------------------------------------


def test_what_changed_is_given_once_and_restored_as_it_was() -> None:
    handled = HandledAlerts()
    handled.happen(ONE, HandlingTrigger.ACKNOWLEDGE)
    handled.happen(OTHER, HandlingTrigger.WORSE)  # nobody had acknowledged it
    assert handled.pending() == 1
    rows = handled.flush("complaints", durable=True)
    assert (handled.pending(), handled.flush("complaints", durable=True)) == (0, [])
    again = HandledAlerts()
    for row in LAYOUT.read({key: value for key, value in rows if value is not None}):
        again.restore(row)
    assert (again.find(ONE), again.find(OTHER)) == (ACKNOWLEDGED, None)
    assert again.pending() == 0


def test_when_it_ends_its_row_is_deleted() -> None:
    handled = HandledAlerts()
    handled.happen(ONE, HandlingTrigger.ACKNOWLEDGE)
    handled.flush("complaints", durable=True)
    handled.happen(ONE, HandlingTrigger.OVER)
    key = HANDLING.key("complaints", ONE)
    assert handled.flush("complaints", durable=True) == [(key, None)]


def test_what_is_not_durable_has_no_rows() -> None:
    handled = HandledAlerts()
    handled.happen(ONE, HandlingTrigger.ACKNOWLEDGE)
    assert (handled.flush("complaints", durable=False), handled.pending()) == ([], 0)


# -- in the life of an alert -----------------------------------------------------------------------


class Acknowledged:
    """A stage with one alert that fires and that somebody has acknowledged; and its changelog."""

    def __init__(self) -> None:
        self.stage: AlertsStage = stage()
        self.rows: dict[bytes, bytes] = {}
        self.go_on(D, 40, quiet(D))
        (alert,) = [row.value for row in LAYOUT.read(self.rows) if row.kind is ALERT]
        self.key = HANDLING.key("complaints", alert.alert_id)
        self.rows[self.key] = HANDLING.encode(ACKNOWLEDGED)
        self.take_over()

    def take_over(self) -> None:
        self.stage = stage()
        self.stage.restore(dict(self.rows))

    def go_on(
        self, day: int, observed: int, before: list[Row] | None = None, status: Status = "raised"
    ) -> list[bytes]:
        """Let a day pass, with what was observed on it; give the transitions."""
        rows: list[Row] = [*(before or []), (day * DAY + 43200, LOAN, observed, [])]
        rows.append((day * DAY + 43200, CARD, 20, []))
        found = reading(ACME, day, observed, 4, since=D, status=status)
        give(self.stage, details(day, (day + 1) * DAY + GRACE, rows))
        give(self.stage, signals((day + 1) * DAY, [found]))
        return self.transitions()

    def lose_data(self) -> list[bytes]:
        self.stage.tick(0.0, ())
        self.stage.tick(1e9, ())
        return self.transitions()

    def transitions(self) -> list[bytes]:
        return [s.value or b"" for s in self.flush().sends if s.topic == HISTORY]

    def flush(self) -> Flush:
        flush = self.stage.flush(1, 0.0)
        for key, value in flush.rows:
            self.rows.pop(key, None)
            if value is not None:
                self.rows[key] = value
        return flush

    @property
    def handled(self) -> bool:
        return self.key in self.rows


def test_it_is_kept_while_the_rise_goes_on() -> None:
    world = Acknowledged()
    assert world.go_on(D + 1, 41) == []
    assert world.handled


def test_it_is_kept_while_there_is_no_data_and_when_data_comes_back() -> None:
    world = Acknowledged()
    (stale,) = world.lose_data()
    assert b'"reason":"went_stale"' in stale
    assert world.handled
    (back,) = world.go_on(D + 1, 41)
    assert b'"state":"firing","previous":"stale","reason":"came_back"' in back
    assert world.handled


def test_it_is_kept_over_a_take_over_in_between() -> None:
    world = Acknowledged()
    world.lose_data()
    world.take_over()
    world.go_on(D + 1, 41)
    assert world.handled


def test_it_ends_when_the_rise_gets_worse() -> None:
    world = Acknowledged()
    (worse,) = world.go_on(D + 1, 90)
    assert b'"reason":"worse"' in worse
    assert not world.handled


def test_it_ends_when_the_alert_comes_back_worse() -> None:
    world = Acknowledged()
    world.lose_data()
    (back,) = world.go_on(D + 1, 90)
    assert b'"reason":"came_back"' in back
    assert not world.handled


def test_it_ends_with_the_alert() -> None:
    world = Acknowledged()
    (over,) = world.go_on(D + 1, 4, status="calm")
    assert b'"reason":"resolved"' in over
    assert not world.handled
