"""What becomes of readings: which of them open an alert, explain another one, change or end it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alert_worlds import (
    AFTER,
    CARD,
    COMPANY,
    DAY,
    GRACE,
    HOUR,
    ISSUE,
    LOAN,
    OUTBREAK,
    PRODUCT,
    REGION,
    TOTAL,
    D,
    Row,
    details,
    give,
    outbreak,
    quiet,
    reading,
    reported,
    signals,
    stage,
)

from schemas.alerts import Alert, AlertTransition
from schemas.topics import ALERTS, HISTORY, INCIDENTS
from streams.core.alerts import open_alerts
from streams.core.artefacts.verdict import Findings, Known, Reason

if TYPE_CHECKING:
    import pytest

    from streams.core.evidence.attribution import Anatomy


def test_what_goes_on_without_a_rise_of_its_own_begins_no_alert() -> None:
    """The windows of three days and of seven trip on the day after, too."""
    nothing = reading({"company": "Acme"}, D, 0, 0.02, surprise=60, since=D - 1)
    part = reading({"issue": "Rate", "product": "Loan"}, D, 0, 0.01, surprise=57, since=D - 1)
    assert reported(outbreak(nothing, part)) == []


def test_what_makes_one_an_artefact_is_known_of_those_looked_at_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one step: nobody is paged for a part because it came first."""
    moment = -(D * DAY + 43200)

    def judge(anatomy: Anatomy, since: int, evidence: Any, so_far: Any, known: Known) -> Findings:
        del since, evidence, so_far
        whole = anatomy.rise.labels == {"product": "Loan"}
        if whole or moment in known.culprits:
            return Findings("artefact", [Reason("bulk", 1.0, "")], culprits={moment: 0.0})
        return Findings()

    monkeypatch.setattr(open_alerts, "judge", judge)
    history = reported(outbreak(COMPANY, PRODUCT, REGION))
    assert len(history) == 3
    assert {alert["verdict"] for alert in history} == {"artefact"}


def test_an_incident_is_one_alert_and_what_it_makes_up_points_to_it() -> None:
    history = reported(outbreak(TOTAL, REGION, COMPANY, PRODUCT, ISSUE))
    causes = [alert for alert in history if alert["explained_by"] is None]
    assert [alert["labels"] for alert in causes] == [{"company": "Acme"}]
    others = [alert for alert in history if alert["explained_by"] is not None]
    # The issue has all events of the product, and says nothing that the product does not.
    assert [alert["labels"] for alert in others] == [{"product": "Loan"}, {"region": "CA"}, {}]
    assert {causes[0]["alert_id"]} == {alert["explained_by"] for alert in others}
    assert sorted(alert["alert_id"] for alert in others) == causes[0]["explains"]


def test_two_rises_at_once_are_two_alerts() -> None:
    world = stage()
    rows: list[Row] = [*quiet(D), OUTBREAK, (D * DAY + 43200, CARD, 120, [])]
    other = reading({"company": "Bolt"}, D, 120, 20, surprise=55)
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, [COMPANY, other]))
    assert [alert["explained_by"] for alert in reported(world)] == [None, None]


def test_a_part_that_rises_out_of_proportion_is_its_own_alert() -> None:
    """The total doubles by cards; Acme's rise is small beside it, but it is tenfold."""
    world = stage()
    rows: list[Row] = [*quiet(D), (D * DAY + 43200, LOAN, 40, []), (D * DAY + 43200, CARD, 400, [])]
    total = reading({}, D, 440, 24, surprise=200)
    acme = reading({"company": "Acme"}, D, 40, 0.5, surprise=30)
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, [total, acme]))
    assert [alert["explained_by"] for alert in reported(world)] == [None, None]


def test_an_alert_carries_its_evidence() -> None:
    (alert,) = reported(outbreak(COMPANY))
    assert AlertTransition.model_validate_json(json.dumps(alert))
    assert (alert["state"], alert["previous"], alert["reason"]) == ("firing", None, "opened")
    assert (alert["observed"], alert["expected"], alert["excess"]) == (60, 4.0, 56.0)
    assert alert["started_at"] == "1970-02-10T00:00:00Z"
    assert alert["at"] == "1970-02-11T00:00:00Z"
    assert alert["severity"] == "critical"
    assert alert["samples"] == ["call [number]", "they raised my rate"]
    assert alert["split"] == {
        "product": [
            {"value": "Loan", "observed": 60, "expected": 4.0, "excess": 56.0, "share": 1.0}
        ],
        "issue": [{"value": "Rate", "observed": 60, "expected": 4.0, "excess": 56.0, "share": 1.0}],
        "region": [{"value": "CA", "observed": 60, "expected": 4.0, "excess": 56.0, "share": 1.0}],
    }
    assert alert["message"] == (
        'Complaints with company "Acme": 60 on 1970-02-10, where 4.0 were expected and up to 17 '
        "would be normal. From 60 customers. "
        "Of the excess: issue Rate (100%), product Loan (100%), region CA (100%)."
    )


def test_the_table_holds_the_last_transition() -> None:
    world = outbreak(COMPANY)
    sends = world.flush(1, 0.0).sends
    assert [send.topic for send in sends] == [ALERTS, HISTORY, INCIDENTS]
    assert sends[0].key == sends[1].key
    assert sends[0].value == sends[1].value
    assert Alert.model_validate_json(sends[0].value or b"").state == "firing"


def test_a_weak_rise_within_the_day_waits_for_the_day() -> None:
    world = stage()
    early = reading({"company": "Acme"}, D, 12, 1, surprise=2.5, hour=6)
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]))
    give(world, signals(D * DAY + 6 * HOUR, [early]))
    assert [alert["state"] for alert in reported(world)] == ["pending"]
    give(world, signals(AFTER, [COMPANY]))
    (alert,) = reported(world)
    assert (
        alert["state"],
        alert["previous"],
        alert["reason"],
    ) == ("firing", "pending", "confirmed")


def test_a_weak_rise_that_goes_away_never_fires() -> None:
    world = stage()
    early = reading({"company": "Acme"}, D, 12, 1, surprise=2.5, hour=6)
    calm = reading({"company": "Acme"}, D, 12, 4, surprise=2, status="calm")
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]))
    give(world, signals(D * DAY + 6 * HOUR, [early]), signals(AFTER, [calm]))
    assert [alert["state"] for alert in reported(world)] == ["pending", "resolved"]


def test_it_is_reported_again_only_when_it_matters() -> None:
    world = outbreak(COMPANY)
    reported(world)
    day = D + 1
    same = reading({"company": "Acme"}, day, 62, 4, surprise=61, since=D)
    give(world, details(2, AFTER + DAY + GRACE, []), signals(AFTER + DAY, [same]))
    assert reported(world) == []
    worse = reading({"company": "Acme"}, day + 1, 130, 4, surprise=180, since=D)
    give(world, details(3, AFTER + 2 * DAY + GRACE, []), signals(AFTER + 2 * DAY, [worse]))
    assert [alert["reason"] for alert in reported(world)] == ["worse"]
    calm = reading({"company": "Acme"}, day + 2, 5, 4, surprise=0.5, status="calm", since=D)
    give(world, details(4, AFTER + 3 * DAY + GRACE, []), signals(AFTER + 3 * DAY, [calm]))
    (over,) = reported(world)
    assert (over["state"], over["previous"]) == ("resolved", "firing")
    assert over["resolved_at"] == "1970-02-14T00:00:00Z"
    assert over["observed"] == 130
    assert over["message"].startswith("Over. ")


def test_a_cause_found_later_takes_the_alert_over() -> None:
    world = outbreak(PRODUCT)
    (product,) = reported(world)
    assert product["explained_by"] is None
    day = D + 1
    rows: list[Row] = [(day * DAY + 43200, LOAN, 200, [])]
    company = reading({"company": "Acme"}, day, 200, 4, surprise=400)
    again = reading({"product": "Loan"}, day, 200, 4.5, surprise=300, since=D)
    give(world, details(2, AFTER + DAY + GRACE, rows), signals(AFTER + DAY, [company, again]))
    acme, loan = reported(world)
    assert acme["labels"] == {"company": "Acme"}
    assert acme["alert_id"] == loan["explained_by"]
    assert [product["alert_id"]] == acme["explains"]


def test_a_rise_of_what_the_evidence_does_not_know_is_still_an_alert() -> None:
    world = stage()
    unknown = reading({"plan": "pro"}, D, 60, 4)
    give(world, details(1, AFTER + GRACE, quiet(D)), signals(AFTER, [unknown]))
    (alert,) = reported(world)
    assert (alert["split"], alert["samples"]) == ({}, [])
