from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from streams.backtest.alarms import Family, alarms, beyond, families
from streams.backtest.judge import Span, delay, judge, measures
from streams.backtest.labels import Label

DAY0 = datetime(2024, 3, 1, tzinfo=UTC)
SPAN = Span(DAY0, DAY0 + timedelta(days=70))


def day(number: float) -> datetime:
    return DAY0 + timedelta(days=number)


def row(name: str, state: str, at: float, **more: Any) -> bytes:
    fields: dict[str, Any] = {
        "alert_id": name,
        "state": state,
        "metric": "complaints",
        "labels": {"company": "A"},
        "at": day(at),
        "started_at": day(at - 1),
        "resolved_at": None,
        "excess": 10.0,
        "explained_by": None,
    }
    return json.dumps(fields | more, default=datetime.isoformat).encode()


def label(start: float, end: float, **labels: str) -> Label:
    return Label("it", day(start), day(end), None, labels)


def run() -> list[Family]:
    """A rise of company A from day 10 to 14 that explains the one of product P."""
    return families(
        [
            row("a", "pending", 11),
            row("p", "firing", 11, labels={"product": "P"}, explained_by="a"),
            row("a", "firing", 12, started_at=day(10), excess=30.0),
            row(
                "p", "resolved", 13, labels={"product": "P"}, explained_by="a", resolved_at=day(13)
            ),
            row("a", "resolved", 14, started_at=day(10), resolved_at=day(14)),
            row("hint", "pending", 30, labels={"company": "B"}),
            row("hint", "resolved", 31, labels={"company": "B"}, resolved_at=day(31)),
            row("far", "firing", 50, labels={}),
        ]
    )


def outcome(found: list[Family], one: Label) -> tuple[str, float | None, float | None]:
    (verdict,) = judge(found, [one], SPAN).verdicts
    return verdict.outcome, delay(one, verdict.pending_at), delay(one, verdict.firing_at)


def test_an_alarm_fired_and_no_other_alert_explains_it() -> None:
    found = run()
    assert [family.root.alert_id for family in found] == ["a", "hint", "far"]
    assert [family.root.alert_id for family in alarms(found)] == ["a", "far"]
    assert [part.alert_id for part in found[0].parts] == ["p"]


def test_an_alert_is_told_by_its_record_with_the_most_excess() -> None:
    (first, *_) = run()
    assert json.loads(first.root.worst)["excess"] == 30.0
    assert (day(10), day(11), day(12), day(14)) == (
        first.root.started_at,
        first.root.opened_at,
        first.root.fired_at,
        first.root.closed_at,
    )


def test_a_delay_is_from_the_start_of_the_label_to_the_first_alert_and_to_the_first_firing() -> (
    None
):
    assert outcome(run(), label(10, 20, company="A")) == ("detected", 24.0, 48.0)


def test_an_incident_is_told_by_an_alert_that_the_alarm_explains() -> None:
    assert outcome(run(), label(10, 20, product="P")) == ("detected", 24.0, 24.0)


def test_an_alert_open_before_is_no_delay() -> None:
    assert outcome(run(), label(13, 20, company="A")) == ("detected", 0.0, 0.0)


def test_an_incident_with_only_a_hint_is_not_told() -> None:
    assert outcome(run(), label(29, 33, company="B")) == ("hint", 24.0, None)


def test_an_alarm_after_the_end_is_late() -> None:
    assert outcome(run(), label(10.5, 11.5, company="A")) == ("hint", 12.0, 36.0)
    assert outcome(run(), label(10.5, 10.9, company="A")) == ("late", 12.0, 36.0)


def test_an_incident_elsewhere_or_at_another_time_is_missed() -> None:
    assert outcome(run(), label(10, 20, company="C")) == ("missed", None, None)
    assert outcome(run(), label(14, 20, company="A")) == ("missed", None, None)
    assert outcome(run(), label(10, 20, product="Q")) == ("missed", None, None)


def test_an_alert_need_not_have_every_label_that_is_named() -> None:
    assert outcome(run(), label(10, 20, company="A", product="Q"))[0] == "detected"


def test_the_total_alone_tells_of_no_label_but_of_one_that_is_anywhere() -> None:
    assert outcome(run(), label(48, 55, company="A"))[0] == "missed"
    assert outcome(run(), label(48, 55))[0] == "detected"


def test_a_label_that_the_history_does_not_reach_is_not_judged() -> None:
    one = label(-5, -1, company="A")
    assert outcome(run(), one)[0] == "outside"
    found = run()
    m = measures(found, [one], judge(found, [one], SPAN), SPAN)
    assert (m.incidents, m.sensitivity) == (0, None)


def test_overlapping_labels_are_judged_each_on_its_own_and_no_alarm_is_false_twice() -> None:
    found = run()
    labels = [label(10, 20, company="A"), label(11, 12), label(40, 41, company="A")]
    m = measures(found, labels, judge(found, labels, SPAN), SPAN)
    assert (m.alarms, m.incidents, m.detected, m.sensitivity) == (2, 3, 2, 0.6667)
    assert (m.false_alarms, m.false_alarms_per_week) == (1, 0.1)


def test_without_labels_no_alarm_is_called_false() -> None:
    found = run()
    m = measures(found, [], judge(found, [], SPAN), SPAN)
    assert (
        m.alarms,
        m.alarms_per_week,
        m.hints,
        m.false_alarms,
        m.false_alarms_per_week,
    ) == (2, 0.2, 1, None, None)


def test_an_artefact_is_a_notice_and_no_alarm_unless_it_fired_while_real() -> None:
    found = families(
        [
            row("n", "firing", 11, verdict="artefact"),
            row("r", "firing", 11, labels={"company": "B"}, verdict="real"),
            row("r", "firing", 12, labels={"company": "B"}, verdict="artefact"),
        ]
    )
    assert [family.root.alert_id for family in alarms(found)] == ["r"]
    m = measures(found, [], judge(found, [], SPAN), SPAN)
    assert (m.alarms, m.hints, m.notices) == (1, 0, 1)
    assert outcome(found, label(9, 20, company="A")) == ("hint", 48.0, None)


def test_the_same_rise_under_another_cause_is_neither_gained_nor_lost() -> None:
    other = families(
        [
            row("p", "firing", 11, labels={"product": "P"}),
            row("a", "firing", 12, explained_by="p"),
            row("b", "firing", 30, labels={"company": "B"}),
        ]
    )
    now = alarms(run())
    assert [family.root.alert_id for family in beyond(alarms(other), now)] == ["b"]
    assert [family.root.alert_id for family in beyond(now, alarms(other))] == ["far"]
