"""What the incidents stage makes of readings and evidence."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from incident_worlds import (
    CARD,
    DAY,
    GRACE,
    HOUR,
    LOAN,
    Row,
    current,
    details,
    give,
    quiet,
    reading,
    signals,
    stage,
    told,
)

from schemas.alerts import Alert, AlertTransition
from schemas.topics import ALERTS, HISTORY
from streams.core.alerts import open_alerts
from streams.core.artefacts.verdict import Findings, Known, Reason

if TYPE_CHECKING:
    from streams.core.alerts.stage import AlertsStage
    from streams.core.evidence.attribution import Anatomy

D = 40
"""The day on which something happens."""

OUTBREAK: Row = (D * DAY + 43200, LOAN, 60, [(7, "they raised my rate"), (3, "call me at […]")])
COMPANY = reading({"company": "Acme"}, D, 60, 4, surprise=60)
PRODUCT = reading({"product": "Loan"}, D, 60, 4.1, surprise=58)
ISSUE = reading({"issue": "Rate", "product": "Loan"}, D, 60, 4.2, surprise=57)
REGION = reading({"region": "CA"}, D, 61, 5, surprise=50)
TOTAL = reading({}, D, 80, 24, surprise=12)
AFTER = (D + 1) * DAY


def outbreak(*readings: Any) -> AlertsStage:
    """Forty quiet days, then 60 complaints about the loans of Acme instead of 4."""
    world = stage()
    rows: list[Row] = [*quiet(D), OUTBREAK, (D * DAY + 43200, CARD, 20, [])]
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, readings))
    return world


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
    history = told(outbreak(COMPANY, PRODUCT, REGION))
    assert len(history) == 3
    assert {alert["verdict"] for alert in history} == {"artefact"}


def test_an_incident_is_one_alert_and_what_it_makes_up_points_to_it() -> None:
    history = told(outbreak(TOTAL, REGION, COMPANY, PRODUCT, ISSUE))
    causes = [alert for alert in history if alert["explained_by"] is None]
    assert [alert["labels"] for alert in causes] == [{"company": "Acme"}]
    others = [alert for alert in history if alert["explained_by"] is not None]
    assert len(others) == 4
    assert {causes[0]["alert_id"]} == {alert["explained_by"] for alert in others}
    assert sorted(alert["alert_id"] for alert in others) == causes[0]["explains"]


def test_two_rises_at_once_are_two_alerts() -> None:
    world = stage()
    rows: list[Row] = [*quiet(D), OUTBREAK, (D * DAY + 43200, CARD, 120, [])]
    other = reading({"company": "Bolt"}, D, 120, 20, surprise=55)
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, [COMPANY, other]))
    assert [alert["explained_by"] for alert in told(world)] == [None, None]


def test_a_part_that_rises_out_of_proportion_is_its_own_alert() -> None:
    """The total doubles by cards; Acme's rise is small beside it, but it is tenfold."""
    world = stage()
    rows: list[Row] = [*quiet(D), (D * DAY + 43200, LOAN, 40, []), (D * DAY + 43200, CARD, 400, [])]
    total = reading({}, D, 440, 24, surprise=200)
    acme = reading({"company": "Acme"}, D, 40, 0.5, surprise=30)
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, [total, acme]))
    assert [alert["explained_by"] for alert in told(world)] == [None, None]


def test_an_alert_carries_its_evidence() -> None:
    (alert,) = told(outbreak(COMPANY))
    assert AlertTransition.model_validate_json(json.dumps(alert))
    assert (alert["state"], alert["previous"], alert["reason"]) == ("firing", None, "opened")
    assert (alert["observed"], alert["expected"], alert["excess"]) == (60, 4.0, 56.0)
    assert alert["started_at"] == "1970-02-10T00:00:00Z"
    assert alert["at"] == "1970-02-11T00:00:00Z"
    assert alert["severity"] == "critical"
    assert alert["samples"] == ["call me at […]", "they raised my rate"]
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
    assert [send.topic for send in sends] == [ALERTS, HISTORY]
    assert sends[0].key == sends[1].key
    assert sends[0].value == sends[1].value
    assert Alert.model_validate_json(sends[0].value or b"").state == "firing"


def test_a_weak_rise_within_the_day_waits_for_the_day() -> None:
    world = stage()
    early = reading({"company": "Acme"}, D, 12, 1, surprise=2.5, hour=6)
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]))
    give(world, signals(D * DAY + 6 * HOUR, [early]))
    assert [alert["state"] for alert in told(world)] == ["pending"]
    give(world, signals(AFTER, [COMPANY]))
    (alert,) = told(world)
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
    assert [alert["state"] for alert in told(world)] == ["pending", "resolved"]


def test_it_is_told_again_only_when_it_matters() -> None:
    world = outbreak(COMPANY)
    told(world)
    day = D + 1
    same = reading({"company": "Acme"}, day, 62, 4, surprise=61, since=D)
    give(world, details(2, AFTER + DAY + GRACE, []), signals(AFTER + DAY, [same]))
    assert told(world) == []
    worse = reading({"company": "Acme"}, day + 1, 130, 4, surprise=180, since=D)
    give(world, details(3, AFTER + 2 * DAY + GRACE, []), signals(AFTER + 2 * DAY, [worse]))
    assert [alert["reason"] for alert in told(world)] == ["worse"]
    calm = reading({"company": "Acme"}, day + 2, 5, 4, surprise=0.5, status="calm", since=D)
    give(world, details(4, AFTER + 3 * DAY + GRACE, []), signals(AFTER + 3 * DAY, [calm]))
    (over,) = told(world)
    assert (over["state"], over["previous"]) == ("resolved", "firing")
    assert over["resolved_at"] == "1970-02-14T00:00:00Z"
    assert over["observed"] == 130
    assert over["message"].startswith("Over. ")


def test_a_cause_found_later_takes_the_alert_over() -> None:
    world = outbreak(PRODUCT)
    (product,) = told(world)
    assert product["explained_by"] is None
    day = D + 1
    rows: list[Row] = [(day * DAY + 43200, LOAN, 200, [])]
    company = reading({"company": "Acme"}, day, 200, 4, surprise=400)
    again = reading({"product": "Loan"}, day, 200, 4.5, surprise=300, since=D)
    give(world, details(2, AFTER + DAY + GRACE, rows), signals(AFTER + DAY, [company, again]))
    acme, loan = told(world)
    assert acme["labels"] == {"company": "Acme"}
    assert acme["alert_id"] == loan["explained_by"]
    assert [product["alert_id"]] == acme["explains"]


def test_silence_makes_it_stale_and_evidence_brings_it_back() -> None:
    world = outbreak(COMPANY)
    told(world)
    world.tick(0.0, ())
    world.tick(6 * HOUR, ())
    assert told(world) == []
    world.tick(6 * HOUR + 1, ())
    world.tick(6 * HOUR + 2, ())
    (stale,) = told(world)
    assert (stale["state"], stale["previous"], stale["reason"]) == ("stale", "firing", "went_stale")
    assert dict(world.alerts()) == {("stale", "critical"): 1}
    again = reading({"company": "Acme"}, D + 1, 30, 4, surprise=20, since=D)
    give(world, details(2, AFTER + DAY + GRACE, []), signals(AFTER + DAY, [again]), wall=7 * HOUR)
    (back,) = told(world)
    assert (back["state"], back["previous"], back["reason"]) == ("firing", "stale", "came_back")


def test_one_series_partition_that_stands_still_is_silence() -> None:
    world = stage(series=2)
    rows: list[Row] = [*quiet(D), OUTBREAK]
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, [COMPANY]))
    give(world, signals(AFTER, partition=1))
    told(world)
    world.tick(0.0, ())
    give(world, signals(AFTER + HOUR), wall=5 * HOUR)
    world.tick(6 * HOUR + 1, ())
    assert dict(world.alerts()) == {("stale", "critical"): 1}


def test_a_step_waits_for_every_series_partition_and_for_the_evidence() -> None:
    world = stage(sources=2, series=2)
    give(world, signals(AFTER, [COMPANY]), signals(AFTER - HOUR, partition=1))
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]))
    assert told(world) == []
    give(world, signals(AFTER, partition=1))
    assert told(world) == []
    give(world, details(1, D * DAY, [], partition=1))
    assert told(world) == []
    give(world, details(2, AFTER + GRACE, [], partition=1))
    assert len(told(world)) == 1


def test_an_idle_partition_is_not_waited_for() -> None:
    world = stage(sources=2)
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]), signals(AFTER, [COMPANY]))
    give(world, details(1, D * DAY, [], partition=1, idle=True))
    assert len(told(world)) == 1


def test_once_all_is_read_no_evidence_is_waited_for() -> None:
    world = stage(sources=2)
    give(world, details(1, AFTER + GRACE, [*quiet(D), OUTBREAK]), signals(AFTER, [COMPANY]))
    world.tick(1.0, ("groundswell.signals",))
    assert len(told(world)) == 1


def test_messages_told_twice_change_nothing() -> None:
    world = outbreak(COMPANY)
    told(world)
    rows: list[Row] = [*quiet(D), OUTBREAK, (D * DAY + 43200, CARD, 20, [])]
    give(world, details(1, AFTER + GRACE, rows), signals(AFTER, [COMPANY]))
    assert told(world) == []
    assert world.pending() == 0


def test_a_rise_of_what_the_evidence_does_not_know_is_still_an_alert() -> None:
    world = stage()
    unknown = reading({"plan": "pro"}, D, 60, 4)
    give(world, details(1, AFTER + GRACE, quiet(D)), signals(AFTER, [unknown]))
    (alert,) = told(world)
    assert (alert["split"], alert["samples"]) == ({}, [])


Stream = list[bytes]


def streams() -> list[Stream]:
    """Two source partitions and three series partitions over days with two outbreaks."""
    sources: list[Stream] = [[], []]
    series: list[Stream] = [[], [], []]
    for day in range(D - 10, D + 12):
        end = (day + 1) * DAY
        loans = 60 if D <= day < D + 4 else 4
        cards = 90 if D + 2 <= day < D + 6 else 20
        noon = day * DAY + 43200
        sources[0].append(details(day, end + GRACE, [(noon, LOAN, loans, [(day, f"loan {day}")])]))
        sources[1].append(details(day, end + GRACE, [(noon, CARD, cards, [])], partition=1))
        for partition, (labels, observed, expected, first, last) in enumerate(
            (
                ({"company": "Acme"}, loans, 4.0, D, D + 4),
                ({"company": "Bolt"}, cards, 20.0, D + 2, D + 6),
                ({}, loans + cards, 24.0, D, D + 6),
            )
        ):
            own = []
            if first <= day < last:
                hot = reading(labels, day, observed, expected, surprise=observed / 2, since=first)
                own = [hot]
            elif day == last:
                own = [reading(labels, day, observed, expected, status="calm", since=first)]
            series[partition].append(signals(end, own, partition=partition))
    return [*sources, *series]


def interleaved(seed: int) -> Stream:
    """One order in which the messages of the partitions may come."""
    left = [list(stream) for stream in streams()]
    order, choose = [], random.Random(seed)
    while any(left):
        order.append(choose.choice([stream for stream in left if stream]).pop(0))
    return order


def alerts_of(order: Stream) -> list[dict[str, Any]]:
    world = stage(sources=2, series=3)
    give(world, *order)
    return told(world)


@pytest.mark.slow
def test_the_order_in_which_messages_come_changes_nothing() -> None:
    expected = alerts_of(interleaved(0))
    assert len({alert["alert_id"] for alert in expected}) == 3
    for seed in range(1, 40):
        assert expected == alerts_of(interleaved(seed))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), cuts=st.sets(st.integers(1, 100), max_size=4))
def test_a_stage_restored_anywhere_goes_on_the_same(seed: int, cuts: set[int]) -> None:
    order = interleaved(seed)
    rows: dict[bytes, bytes] = {}
    history: list[bytes | None] = []
    for low, high in zip([0, *sorted(cuts)], [*sorted(cuts), len(order)], strict=True):
        world = stage(sources=2, series=3)
        world.restore(rows)
        give(world, *order[low:high])
        flush = world.flush(1, 0.0)
        history.extend(send.value for send in flush.sends if send.topic == HISTORY)
        for key, value in flush.rows:
            if value is None:
                del rows[key]
            else:
                rows[key] = value
    whole = stage(sources=2, series=3)
    give(whole, *order)
    assert [s.value for s in whole.flush(1, 0.0).sends if s.topic == HISTORY] == history


def half_told() -> tuple[AlertsStage, dict[bytes, bytes]]:
    """One partition of two tells of a rise on each of 300 days; the other is yet to be heard."""
    world = stage(series=2)
    rises = [reading({"company": "Acme"}, day, 60, 4, surprise=60) for day in range(D, D + 300)]
    until = (D + 300) * DAY
    give(world, details(1, until + GRACE, quiet(D + 300)), signals(until, rises))
    return world, {key: value for key, value in world.flush(1, 0.0).rows if value is not None}


@pytest.mark.slow
def test_signals_that_wait_for_another_partition_have_a_row_each() -> None:
    """However many they are, no row outgrows what a broker takes."""
    world, rows = half_told()
    waiting = {key for key in rows if key.startswith(b"w\t")}
    assert len(waiting) == 300
    assert max(len(rows[key]) for key in rows if key[:2] in {b"w\t", b"l\t"}) < 1_000
    give(world, signals((D + 300) * DAY, partition=1))
    gone = {key for key, value in world.flush(2, 0.0).rows if value is None}
    assert waiting <= gone


@pytest.mark.slow
def test_rows_of_before_that_hold_all_that_waits_are_read() -> None:
    world, rows = half_told()
    waiting = sorted(
        (int(key.split(b"\t")[3]), rows.pop(key)) for key in list(rows) if key.startswith(b"w\t")
    )
    lane = msgspec.msgpack.decode(rows[b"l\tcomplaints\t0"])
    lane[1] = [msgspec.msgpack.decode(value) for _, value in waiting]
    rows[b"l\tcomplaints\t0"] = msgspec.msgpack.encode(lane[:4])
    restored = stage(series=2)
    restored.restore(rows)
    for one in (world, restored):
        give(one, signals((D + 300) * DAY, partition=1))
    expected = told(world)
    assert expected
    assert told(restored) == expected


def test_evidence_is_bounded_however_long_it_runs() -> None:
    world = stage()
    sizes = []
    for day in range(200):
        end = (day + 1) * DAY
        rows: list[Row] = [(day * DAY + hour * HOUR, LOAN, 1, []) for hour in range(24)]
        give(world, details(day, end + GRACE, rows), signals(end))
        sizes.append(world.sizes()["evidence"])
    assert sizes[60] == sizes[-1]
    assert current(world) == []
