"""Columns of events: what is compiled gives what Python gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.event_fields import _fields
from streams.core.event_time.occurred import _epoch_seconds

if TYPE_CHECKING:
    from types import ModuleType

NAMES = ("event_id", "occurred_at", "text")


class Seen(msgspec.Struct):
    event_id: str
    occurred_at: datetime
    text: str | None = None


class More(Seen):
    brand: str | None = None


class Derived(msgspec.Struct):
    event_id: str
    text: None = None

    @property
    def occurred_at(self) -> datetime:
        return datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def events() -> ModuleType:
    found: ModuleType = pytest.importorskip("streams.compiled.events", reason="nothing is compiled")
    return found


zones = st.integers(-1_439, 1_439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(timezones=st.just(UTC) | zones)
some = st.lists(
    st.builds(Seen, st.text(), times, st.none() | st.text())
    | st.builds(More, st.text(), times, st.text(), st.text())
    | st.builds(Derived, st.text())
)
alike = st.lists(st.builds(More, st.text(), times))


@given(given=some | alike)
def test_fields_are_those_of_each_event(events: ModuleType, given: list[Any]) -> None:
    found = events.fields(given, NAMES)
    assert found == _fields(given, NAMES)
    assert [list(map(id, column)) for column in found[::2]] == [
        [id(getattr(one, name)) for one in given] for name in NAMES[::2]
    ]


@given(given=some | alike)
def test_seconds_are_those_of_each_event(events: ModuleType, given: list[Any]) -> None:
    assert events.epoch_seconds(given) == _epoch_seconds(given)


def test_each_day_of_the_calendar_is_counted(events: ModuleType) -> None:
    first = datetime(1, 1, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    days = (datetime.max.replace(tzinfo=UTC) - first).days + 1
    every: list[Any] = [Seen("", first + timedelta(days=day)) for day in range(0, days, 3)]
    assert events.epoch_seconds(every) == _epoch_seconds(every)


@pytest.mark.parametrize("function", ["compiled", "python"])
def test_what_is_not_there_is_an_error(events: ModuleType, function: str) -> None:
    fields = events.fields if function == "compiled" else _fields
    with pytest.raises(AttributeError):
        fields([Seen("a", datetime.now(UTC))], ("event_id", "nothing"))
    empty = More("a", datetime.now(UTC))
    del empty.text
    with pytest.raises(AttributeError):
        fields([empty, empty], ("event_id", "text"))
    assert fields([], NAMES) == [[], [], []]
