from __future__ import annotations

from typing import Any

from streams.readmodel.alerts import AlertTable
from streams.readmodel.causes import explained_by, fired, notices, pages, unexplained
from streams.readmodel.rows import Transition

FIRST: dict[str, Any] = {
    "alert_id": "a",
    "state": "firing",
    "metric": "complaints",
    "labels": {"company": "Navient"},
    "at": "2017-01-18T14:00:00Z",
    "started_at": "2017-01-18T13:00:00Z",
    "observed": 24,
    "expected": 4.0,
    "excess": 20.0,
    "severity": "critical",
}


def row(**changes: Any) -> Transition:
    return Transition(**(FIRST | changes))


def table(*rows: Transition) -> AlertTable:
    made = AlertTable()
    for one in rows:
        made.apply(one)
    return made


def test_the_peak_has_the_most_events_and_the_worst_the_largest_excess() -> None:
    alerts = table(
        row(),
        row(observed=90, excess=10.0),
        row(observed=50, excess=45.0),
        row(observed=2, excess=-2.0, state="resolved"),
    )
    record = alerts.records["a"]
    assert [record.first.observed, record.peak.observed, record.worst.observed] == [24, 90, 50]
    assert record.now.state == "resolved"


def test_the_first_of_equal_rows_stays() -> None:
    record = table(row(), row(at="2017-01-18T15:00:00Z")).records["a"]
    assert {record.first.at, record.peak.at, record.worst.at} == {"2017-01-18T14:00:00Z"}
    assert record.fired_at == "2017-01-18T14:00:00Z"
    assert record.now.at == "2017-01-18T15:00:00Z"


def test_only_a_change_of_state_is_news_and_not_the_end_of_what_never_fired() -> None:
    alerts = AlertTable()
    told = [
        alerts.apply(row(alert_id=name, state=state))
        for name, state in (
            ("a", "pending"),
            ("a", "firing"),
            ("a", "firing"),
            ("a", "resolved"),
            ("b", "pending"),
            ("b", "resolved"),
        )
    ]
    assert told == [True, True, False, True, True, False]


def test_a_page_fired_while_real_and_a_notice_never_did() -> None:
    alerts = table(
        row(alert_id="real"),
        row(alert_id="turned"),
        row(alert_id="turned", verdict="artefact"),
        row(alert_id="robot", verdict="artefact"),
        row(alert_id="waits", state="pending"),
        row(alert_id="part", explained_by="real"),
        row(alert_id="robots", verdict="artefact", explained_by="robot"),
    ).records
    assert (pages(alerts), notices(alerts)) == (2, 1)
    assert list(fired(alerts)) == ["real", "turned", "robot", "part", "robots"]
    assert unexplained(alerts) == ["real", "turned", "robot", "waits"]
    assert [alert.now.alert_id for alert in explained_by(alerts, "real")] == ["part"]


def test_an_alert_whose_cause_is_not_in_the_table_stands_for_itself() -> None:
    alerts = table(row(explained_by="gone")).records
    assert unexplained(alerts) == ["a"]
    assert pages(alerts) == 1
