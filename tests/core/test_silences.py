"""Silences hold at the hours that they name, in the zone that they name."""

from __future__ import annotations

from datetime import datetime

import pytest

from streams.core.incidents.acts import Act, Weekly
from streams.core.incidents.handling import Silence
from streams.core.incidents.silences import holds, matches, next_spans

NIGHTS = Weekly("Europe/Berlin", ("fri", "sat"), "22:00", "04:00")
LABELS = {"product": "Card", "severity": "info"}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def silence(weekly: Weekly | None = None) -> Silence:
    return Silence("s", "Ada", at("2024-03-01T00:00Z"), at("2024-05-01T00:00Z"), weekly, "why")


@pytest.mark.parametrize(
    ("when", "held"),
    [
        ("2024-03-01T20:59Z", False),
        ("2024-03-01T21:00Z", True),  # Friday, 22:00 in Berlin
        ("2024-03-02T02:59Z", True),  # into the Saturday
        ("2024-03-02T03:00Z", False),
        ("2024-03-03T21:30Z", False),  # a Sunday
        ("2024-03-30T23:30Z", True),
        (
            "2024-03-31T01:59Z",
            True,
        ),  # the clocks change in this night: it ends at 04:00 all the same
        ("2024-03-31T02:00Z", False),
        ("2024-05-03T21:00Z", False),  # it is over
    ],
)
def test_a_recurring_one_holds_at_its_hours(when: str, held: bool) -> None:  # noqa: FBT001
    assert holds(silence(NIGHTS), at(when)) is held


def test_without_hours_it_holds_from_its_start_to_its_end() -> None:
    one = silence()
    times = (one.starts_at - 1, one.starts_at, one.until - 1, one.until)
    assert [holds(one, t) for t in times] == [False, True, True, False]


def test_the_next_times_are_shown_and_one_under_way_is_the_first() -> None:
    now = at("2024-03-01T23:00Z")
    found = next_spans(silence(NIGHTS), now, 2)
    assert found == [
        (at("2024-03-01T21:00Z"), at("2024-03-02T03:00Z")),
        (at("2024-03-02T21:00Z"), at("2024-03-03T03:00Z")),
    ]
    assert next_spans(silence(NIGHTS), at("2024-04-30T12:00Z"), 2) == []


@pytest.mark.parametrize(
    ("matchers", "fit"),
    [
        ((("product", "is", "Card"),), True),
        ((("product", "is", "Car"),), False),
        ((("product", "like", "C*"),), True),
        ((("product", "is_not", "Loan"), ("severity", "is", "info")), True),
        ((("product", "is", "Card"), ("severity", "is", "critical")), False),
        ((("company", "is", "Acme"),), False),
        ((("company", "is_not", "Acme"),), True),
        ((), False),
    ],
)
def test_all_matchers_must_fit(matchers: tuple[tuple[str, str, str], ...], fit: bool) -> None:  # noqa: FBT001
    assert matches(Act(0, "a", "silenced", "Ada", matchers=matchers), LABELS) is fit
