"""Series without a history: what those beside them show of their first days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from alert_worlds import DAY, GRACE, details, give, reading, reported, signals, stage
from artefact_worlds import alerts, anybody, quiet, spike

from streams.core.alerts.peers import Peers, expect

if TYPE_CHECKING:
    from alert_worlds import Row

D = 28
NEW = {"company": "Newcomer"}


def world(sizes: list[int], days: int = D) -> list[Row]:
    """Companies with so many complaints about loans on each of the days before day 28."""
    return [
        (day * DAY + 43200, ("Loan", "Rate", f"c{number}", "CA"), size, [])
        for day in range(D - days, D)
        for number, size in enumerate(sizes)
    ]


def first_day(rows: list[Row], count: int, **others: Any) -> list[dict[str, Any]]:
    """Alerts of a company that is new on day 28, with so many complaints."""
    under = stage()
    new = ("Loan", "Rate", "Newcomer", "CA")
    give(under, details(1, (D + 1) * DAY + GRACE, [*rows, (D * DAY + 43200, new, count, [])]))
    rise = reading(NEW, D, count, 1.0, **others)
    give(under, signals((D + 1) * DAY, [msgspec.structs.replace(rise, history=0.0)]))
    return reported(under)


def test_two_hundred_on_a_first_day_fire_where_others_have_one_to_three() -> None:
    (alert,) = first_day(world([1, 2, 3, 1, 2, 1]), 200)
    assert (alert["state"], alert["at"]) == ("firing", "1970-01-30T00:00:00Z")
    assert alert["history_days"] == 0
    assert alert["expected"] == pytest.approx(5 / 3, abs=0.001)
    assert alert["message"].startswith(
        'Complaints with company "Newcomer": 200 on 1970-01-29, where 1.7 were expected'
    )
    assert "It is new: judged by comparison with the others among all complaints." in str(alert)


def test_the_same_is_no_wonder_where_others_are_as_large() -> None:
    assert first_day(world([1, 150, 3, 90, 2, 300]), 200) == []


@pytest.mark.parametrize(
    "rows", [[], world([1, 2]), world([1, 2, 3, 1], days=6)], ids=["none", "too few", "too new"]
)
def test_without_siblings_that_are_known_nothing_is_said_of_a_first_day(
    rows: list[Row],
) -> None:
    assert first_day(rows, 200) == []


def test_a_day_that_is_busy_for_all_is_no_rise_of_the_new_one() -> None:
    before = world([4, 8, 6, 4])
    today: list[Row] = [
        (D * DAY + 43200, labels, 25 * n, []) for _, labels, n, _ in world([4, 8, 6, 4], 1)
    ]
    (alert,) = first_day(before, 150)
    assert alert["state"] == "firing"
    assert first_day([*before, *today], 150) == []


def test_its_own_days_outweigh_the_others_as_they_add_up() -> None:
    sizes = {f"c{number}": 28 * size for number, size in enumerate([1, 2, 3])}
    kin = [Peers(sizes, 28, 10 * days, float(days), 1.0) for days in range(14)]
    expected = [expect(one)[0] for one in kin]
    spread = [expect(one)[1] / expect(one)[0] for one in kin]
    assert expected[0] == pytest.approx(2.0)
    assert expected == sorted(expected)
    assert 9.0 < expected[-1] < 10.0
    assert spread == sorted(spread, reverse=True)


@pytest.mark.slow
def test_a_company_that_is_new_in_an_outbreak_is_reported_that_day() -> None:
    history = alerts(quiet() + spike(120, lambda dice, at: anybody(dice, at, company="Newcomer")))
    first, *_ = [row for row in history if row["labels"] == {"company": "Newcomer"}]
    assert (first["state"], first["verdict"], first["history_days"]) == ("firing", "real", 0)
    assert first["at"] == first["window_end"]
    assert first["observed"] == 120


@pytest.mark.parametrize("partition", [0, 1])
def test_it_does_not_matter_in_which_partition_the_series_lives(partition: int) -> None:
    under = stage(series=2)
    new = ("Loan", "Rate", "Newcomer", "CA")
    rows: list[Row] = [*world([1, 2, 3]), (D * DAY + 43200, new, 200, [])]
    give(under, details(1, (D + 1) * DAY + GRACE, rows))
    rise = msgspec.structs.replace(reading(NEW, D, 200, 1.0), history=0.0)
    give(under, signals((D + 1) * DAY, [rise], partition=partition))
    give(under, signals((D + 1) * DAY, partition=1 - partition))
    (alert,) = reported(under)
    assert (alert["state"], alert["expected"], alert["surprise"]) == ("firing", 2.0, 25.85)
