"""What the sentence of an alert says of what is normal."""

from __future__ import annotations

import msgspec
import pytest

from streams.core.alerts.wording import sentence
from streams.core.detect.exceedances import Exceedance
from streams.core.detect.protocol import Reading
from streams.core.event_time.buckets import DAY
from streams.core.series_key import series_key

RAISED = Reading(
    series=series_key("complaints", {"company": "Acme"}),
    grain="1d",
    start=20 * DAY,
    end=21 * DAY,
    observed=6.0,
    expected=0.2,
    upper=5.7,
    surprise=3.0,
    status="raised",
    since=20 * DAY,
    history=100.0,
)


def said(**other: object) -> str:
    text = sentence(msgspec.structs.replace(RAISED, **other), 0, 0.0, {})
    return text.removeprefix('Complaints with company "Acme": ')


def test_what_is_normal_is_less_than_what_came() -> None:
    """Of a bound of 5.7 events 5 are within it, and 6 are not."""
    assert said() == "6 on 1970-01-21, where 0.2 were expected and up to 5 would be normal."


def test_a_day_that_goes_on_with_a_rise_names_the_days_that_are_too_many() -> None:
    week = Exceedance(14 * DAY, 21 * DAY, 5.0, 0.16, 3.9)
    month = Exceedance(0, 21 * DAY, 5.0, 0.5, 5.5, odds=300.0)  # tripped by its odds alone
    assert said(observed=1.0, upper=2.7, windows=(week, month), since=14 * DAY) == (
        "1 on 1970-01-21, where 0.2 were expected; 5 in the 7 days to 1970-01-21, "
        "where 0.2 were and up to 3 would be normal. It began on 1970-01-15."
    )


def test_what_no_count_alone_shows_has_no_bound() -> None:
    assert said(upper=6.0) == "6 on 1970-01-21, where 0.2 were expected."


@pytest.mark.parametrize(
    ("expected", "words"), [(0.024, "0.02"), (0.0004, "hardly any"), (0.0, "0.0"), (0.06, "0.1")]
)
def test_few_are_not_none(expected: float, words: str) -> None:
    assert f"where {words} were expected" in said(expected=expected)
