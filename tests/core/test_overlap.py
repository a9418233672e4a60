"""What the incidents stage makes of slow rises, alone and beneath spikes of the same series."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from alert_worlds import (
    DAY,
    GRACE,
    HOUR,
    LOAN,
    Row,
    current,
    details,
    give,
    quiet,
    reported,
    signals,
    stage,
)
from alert_worlds import reading as daily

from schemas.alerts import AlertTransition
from streams.core.alerts.wording import slow_sentence

if TYPE_CHECKING:
    from streams.core.alerts.stage import AlertsStage
    from streams.core.detect import Reading
    from streams.core.detect.protocol import Status

D = 70
ACME = {"company": "Acme"}


def slow(
    week: int, *, since: int = 5, labels: dict[str, str] = ACME, status: Status = "raised"
) -> Reading:
    """A slow rise at the end of a week (numbered from day D): 40 a week instead of 28."""
    end = (D + 7 * week) * DAY
    start = end - 7 * since * DAY
    found = daily(labels, 0, 40.0 * since, 28.0 * since, surprise=6.0, status=status)
    return msgspec.structs.replace(
        found, start=start, end=end, since=(D - 35) * DAY, upper=30.0 * since, detector="slow"
    )


def world(*readings: Reading, days: int = D + 40) -> AlertsStage:
    """Quiet days, and what the detectors say, each message at the end of its bucket."""
    to = stage()
    give(to, details(1, days * DAY + GRACE, quiet(days)))
    for end in sorted({reading.end for reading in readings}):
        give(to, signals(end, [reading for reading in readings if reading.end == end]))
    return to


def spike(day: int, *, observed: float = 60, status: Status = "raised") -> Reading:
    return daily(ACME, day, observed, 4, surprise=40, status=status, since=D + 3)


def lives(history: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(alert["alert_id"], alert["reason"], alert["state"]) for alert in history]


def test_a_slow_rise_has_a_sentence_of_its_own() -> None:
    (alert,) = reported(world(slow(0)))
    assert AlertTransition.model_validate_json(json.dumps(alert))
    assert alert["message"] == (
        'Complaints with company "Acme" have been rising since about 1970-02-05: 43% above the '
        "level before, 60 more than expected over 5 weeks (200 against 140). "
        "From 200 customers."
    )
    assert (alert["grain"], alert["started_at"]) == ("1d", "1970-02-05T00:00:00Z")


def test_a_multiple_is_reported_in_times() -> None:
    rise = daily({}, 0, 400, 40)
    rise = msgspec.structs.replace(rise, end=28 * DAY, since=0, upper=60.0, detector="slow")
    sentence = slow_sentence(rise, 0, 0.0, {})
    assert "10.0 times the level before, 360 more than expected over 4 weeks" in sentence


def test_it_is_reported_once_while_it_lasts_and_when_it_is_the_new_level() -> None:
    history = reported(
        world(slow(0), slow(1, since=6), slow(2, since=7), slow(3, status="accepted"))
    )
    assert [reason for _, reason, _ in lives(history)] == ["opened", "resolved"]
    assert history[-1]["message"].startswith("The new level. Complaints")


def test_a_spike_on_a_slow_rise_is_reported_and_is_the_same_alert() -> None:
    to = world(slow(0), spike(D + 3))
    opened, worse = reported(to)
    assert (worse["alert_id"], worse["reason"]) == (opened["alert_id"], "worse")
    assert worse["observed"] == 60


def test_when_the_spike_is_over_the_slow_rise_keeps_the_alert_open() -> None:
    to = world(slow(0), spike(D + 3))
    reported(to)
    give(to, signals((D + 6) * DAY, [spike(D + 5, status="calm")]))
    (alert,) = current(to)
    assert alert["state"] == "firing"
    assert "rising since about 1970-02-05" in alert["message"]
    give(to, signals((D + 7) * DAY, [slow(1, status="calm")]))
    (over,) = reported(to)
    assert (over["alert_id"], over["state"]) == (alert["alert_id"], "resolved")
    assert over["message"].startswith("Over. ")


def test_a_slow_rise_beneath_a_spike_opens_no_second_alert() -> None:
    to = world(spike(D + 3), slow(1), spike(D + 7))
    (opened,) = reported(to)
    give(to, signals((D + 9) * DAY, [spike(D + 8, status="calm")]))
    (alert,) = current(to)
    assert (alert["alert_id"], alert["state"]) == (opened["alert_id"], "firing")
    assert "rising since about" in alert["message"]


def test_a_slow_rise_that_ended_beneath_a_spike_leaves_nothing() -> None:
    to = world(spike(D + 3), slow(1), slow(2, status="calm"))
    reported(to)
    give(to, signals((D + 16) * DAY, [spike(D + 15, status="calm")]))
    (over,) = reported(to)
    assert over["state"] == "resolved"


def test_slow_rises_and_spikes_do_not_explain_each_other() -> None:
    """A total that has been rising for weeks, and a product that has a spike in the same step."""
    to = stage()
    rows: list[Row] = [*quiet(D), ((D - 1) * DAY + 12 * HOUR, LOAN, 60, [])]
    give(to, details(1, D * DAY + GRACE, rows))
    product = daily({"product": "Loan"}, D - 1, 64, 4, surprise=40)
    give(to, signals(D * DAY, [slow(0, labels={}), product]))
    assert [alert["explained_by"] for alert in reported(to)] == [None, None]


def test_of_slow_rises_the_likeliest_cause_is_one_alert() -> None:
    part = slow(0, labels={"company": "Acme", "product": "Loan"})
    to = stage()
    other: list[Row] = [(day * DAY, ("Fund", "Fees", "Acme", "CA"), 1, []) for day in range(D)]
    give(to, details(1, D * DAY + GRACE, [*quiet(D), *other]))
    give(to, signals(D * DAY, [slow(0), part]))
    history = reported(to)
    assert [alert["explained_by"] is None for alert in history] == [True, False]


def test_what_began_before_what_is_remembered_is_shared_out_by_the_events_of_the_cause() -> None:
    """A company with a sixth of a product's complaints makes up nearly all of its rise."""
    to = stage()
    rest = ("Loan", "Fees", "Bolt", "NY")
    rows: list[Row] = [
        (day * DAY, labels, n, []) for day in range(D) for labels, n in ((LOAN, 4), (rest, 20))
    ]
    give(to, details(1, D * DAY + GRACE, rows))
    since = (D - 60) * DAY
    company = msgspec.structs.replace(
        slow(0), since=since, observed=140.0, expected=80.0, upper=100.0
    )
    product = slow(0, labels={"product": "Loan"})
    product = msgspec.structs.replace(
        product, since=since, observed=840.0, expected=770.0, upper=800.0, surprise=5.0
    )
    give(to, signals(D * DAY, [company, product]))
    assert [alert["explained_by"] is None for alert in reported(to)] == [True, False]


def test_layers_outlive_a_restart() -> None:
    to = world(slow(0), spike(D + 3))
    rows = {key: value for key, value in to.flush(1, 0.0).rows if value is not None}
    again = stage()
    again.restore(rows)
    give(again, signals((D + 6) * DAY, [spike(D + 5, status="calm")]))
    (alert,) = current(again)
    assert "rising since about 1970-02-05" in alert["message"]
