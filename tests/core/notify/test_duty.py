"""Who has the shift, by the clocks of a zone: also where an hour is skipped or comes twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from evening import PEOPLE, RECEIVERS, wall
from hypothesis import given
from hypothesis import strategies as st

from streams.core.event_time.wall_clock import at_clock
from streams.core.notify.config import Notify
from streams.core.notify.duty import Duty, Shift, next_at

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
DAYS = st.dates(date(2011, 1, 1), date(2032, 12, 31))
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


def duty(shifts: dict[str, list[Shift]] | None = None, **settings: Any) -> Duty:
    own = {"zone": "Europe/Berlin", "receivers": RECEIVERS, "people": PEOPLE}
    return Duty(Notify.model_validate(own | settings), shifts or {})


@pytest.mark.parametrize(
    ("day", "clock", "then"),
    [
        ("2026-03-29", "01:59", "2026-03-29 00:59"),
        ("2026-03-29", "02:00", "2026-03-29 01:00"),  # skipped: as soon as it is three
        ("2026-03-29", "02:30", "2026-03-29 01:00"),
        ("2026-03-29", "03:00", "2026-03-29 01:00"),
        ("2026-10-25", "02:30", "2026-10-25 00:30"),  # comes twice: the first time
        ("2026-10-25", "03:00", "2026-10-25 02:00"),
    ],
)
def test_a_time_that_is_skipped_is_as_the_next_and_one_that_comes_twice_is_the_first(
    day: str, clock: str, then: str
) -> None:
    assert at_clock("Europe/Berlin", date.fromisoformat(day), clock) == wall(then)


def test_a_day_that_is_skipped_has_one_time() -> None:
    skipped = date(2011, 12, 30)  # Samoa went over the date line
    at = wall("2011-12-30 10:00")
    assert {at_clock("Pacific/Apia", skipped, clock) for clock in ("00:00", "12:00", "23:59")} == {
        at
    }


@given(st.sampled_from(ZONES), DAYS, CLOCKS)
def test_it_is_the_first_time_at_which_clocks_show_so_much(
    zone: str, day: date, clock: str
) -> None:
    at = at_clock(zone, day, clock)

    def shown(wall_time: int) -> str:
        local = datetime.fromtimestamp(wall_time, UTC).astimezone(ZoneInfo(zone))
        return local.isoformat()[:16]

    wanted = f"{day}T{clock}"
    assert shown(at) >= wanted
    assert shown(at - 1) < wanted


@given(
    st.sampled_from(ZONES), DAYS, CLOCKS, st.integers(1, 9), st.lists(st.integers(0, 40 * 86_400))
)
def test_somebody_has_the_shift_at_any_time_and_each_in_turn(
    zone: str, day: date, handover: str, days: int, times: list[int]
) -> None:
    people = ["ada", "bo"]
    rota = {"people": people, "since": str(day), "days": days, "handover": handover, "zone": zone}
    on = duty(rotas={"duty": rota})
    begins = [at_clock(zone, day + timedelta(days=n * days), handover) for n in range(60)]
    assert on.on_call("duty", begins[0] - 1) == []
    for turn, begin in enumerate(begins[1:], 1):
        if begins[turn - 1] < begin < begins[turn + 1 if turn + 1 < len(begins) else turn]:
            assert on.on_call("duty", begin) == [people[turn % 2]]
    for time in times:
        assert len(on.on_call("duty", begins[0] + time)) == 1


def test_business_hours_are_those_of_the_zone_and_no_holidays() -> None:
    office = {"start": "09:00", "end": "18:00", "country": "DE", "subdivision": "BY"}
    on = duty(hours={"office": office})
    assert on.is_within("office", wall("2026-03-27 08:00"))  # nine in winter
    assert not on.is_within("office", wall("2026-03-27 07:59"))
    assert on.is_within("office", wall("2026-03-30 07:00"))  # nine in summer, a Monday
    assert not on.is_within("office", wall("2026-03-30 16:00"))
    assert not on.is_within("office", wall("2026-03-28 10:00"))  # a Saturday
    assert not on.is_within("office", wall("2026-06-04 10:00"))  # Corpus Christi
    assert on.is_within("office", wall("2026-06-05 10:00"))


def test_hours_may_reach_into_the_next_day_over_a_change_of_clocks() -> None:
    on = duty(hours={"night": {"days": ["sat"], "start": "22:00", "end": "02:30"}})
    for inside in ("2026-03-28 21:00", "2026-03-29 00:59", "2026-10-24 20:00", "2026-10-25 00:29"):
        assert on.is_within("night", wall(inside)), inside
    for outside in ("2026-03-28 20:59", "2026-03-29 01:00", "2026-10-25 00:30", "2026-10-25 01:15"):
        assert not on.is_within("night", wall(outside)), outside


def test_an_override_comes_before_the_turn() -> None:
    override = {"person": "bo", "start": "2026-01-06T12:00:00Z", "end": "2026-01-06T13:00:00Z"}
    rota = {"people": ["ada"], "since": "2026-01-05", "overrides": [override]}
    on = duty(rotas={"duty": rota})
    assert on.on_call("duty", wall("2026-01-06 11:59")) == ["ada"]
    assert on.on_call("duty", wall("2026-01-06 12:00")) == ["bo"]
    assert on.on_call("duty", wall("2026-01-06 13:00")) == ["ada"]


def test_a_calendar_names_people_as_they_are_known_and_may_name_two() -> None:
    shifts = [Shift(100, 200, "Ada Byron"), Shift(150, 300, " BO "), Shift(0, 500, "a stranger")]
    on = duty({"duty": shifts}, rotas={"duty": {"calendar": "duty.ics"}})
    assert on.on_call("duty", 99) == []
    assert on.on_call("duty", 150) == ["ada", "bo"]
    assert [one.receiver for one in on.targets(["duty", "bo", "desk"], 200)] == ["bo_phone", "desk"]


@given(
    st.sampled_from(ZONES), CLOCKS, st.integers(wall("2011-01-01 00:00"), wall("2032-01-01 00:00"))
)
def test_the_next_digest_is_later_and_none_lies_between(zone: str, clock: str, now: int) -> None:
    every = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    due = next_at(zone, clock, every, now)
    assert now < due <= now + 2 * 86_400 + 7200
    assert next_at(zone, clock, every, due - 1) == due
