"""A label with one value, that nobody fills or that all of it has makes no alert of its own."""

from __future__ import annotations

import pytest
from alert_worlds import AFTER, DAY, GRACE, D, Row, details, give, reading, reported, signals, stage

from schemas.topics import ALERTS

Labels = dict[str, str]
NOON = 43_200


def alerts_of(
    rows: list[tuple[str, ...]], *rises: Labels, more: tuple[str, ...] = ()
) -> list[Labels]:
    """Let four events a day of each row become sixty; give what the alerts are of."""
    world = stage()
    counted: list[Row] = [
        (day * DAY + NOON, labels, 60 if day == D else 4, [])
        for day in range(D + 1)
        for labels in rows
    ]
    if more:
        counted.append((D * DAY + NOON, more, 60, []))
    found = [reading(labels, D, 60, 4, surprise=40) for labels in rises]
    give(world, details(1, AFTER + GRACE, counted), signals(AFTER, found))
    return [alert["labels"] for alert in reported(world, ALERTS)]


UNKNOWN = ("Loan", "Rate", "unknown", "CA")
ONE = ("Loan", "Rate", "Acme", "CA")
OTHER = ("Card", "Fees", "Bolt", "NY")


def test_a_label_that_nobody_fills_makes_no_alert() -> None:
    assert alerts_of([UNKNOWN], {}, {"company": "unknown"}) == [{}]


def test_a_label_with_one_value_makes_no_alert() -> None:
    assert alerts_of([ONE], {}, {"company": "Acme"}, {"issue": "Rate", "product": "Loan"}) == [{}]


def test_a_label_with_two_values_does() -> None:
    assert {"company": "Acme"} in alerts_of([ONE, OTHER], {}, {"company": "Acme"})


def test_a_second_value_that_comes_up_in_the_rise_is_one() -> None:
    assert {"company": "Bolt"} in alerts_of([ONE], {}, {"company": "Bolt"}, more=OTHER)


ALONE = {"issue": "Rate", "product": "Loan"}
"""The only issue of its product."""


def test_a_series_with_all_events_of_its_parent_makes_no_alert() -> None:
    assert alerts_of([ONE, OTHER], {"product": "Loan"}, ALONE) == [{"product": "Loan"}]


def test_a_series_with_fewer_does() -> None:
    asked = ("Loan", "Fees", "Acme", "CA")
    assert ALONE in alerts_of([ONE, OTHER], {"product": "Loan"}, ALONE, more=asked)


def test_where_its_parent_is_not_up_it_pages() -> None:
    assert alerts_of([ONE, OTHER], ALONE) == [ALONE]


@pytest.mark.parametrize("row", [UNKNOWN, ONE])
def test_where_nothing_above_is_up_the_copy_pages(row: tuple[str, ...]) -> None:
    """Somebody may keep no total: then nobody else would say it."""
    assert alerts_of([row], {"company": row[2]}) == [{"company": row[2]}]
