from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.core.aggregate.sent_windows import SentWindows, Totals
from streams.core.aggregate.series import Series
from streams.core.aggregate.snapshot_view import Overview
from streams.core.event_time.buckets import WINDOWS
from streams.core.series_key import series_key
from streams.core.views import WindowValue

if TYPE_CHECKING:
    from streams.core.event_time.buckets import Window


class Published:
    """Series, and what was published of some of their windows."""

    def __init__(self) -> None:
        self.overview = Overview()
        self.sent = SentWindows()
        self._numbers = count()

    def add(self, labels: dict[str, str], **reported: int) -> None:
        made = Series(series_key("signups", labels))
        made.number = next(self._numbers)
        self.overview.add(made)
        for window, events in reported.items():
            own = np.array([[events]])
            totals = Totals(own, own, {(0, 0): {"EUR": 10 * events}})
            names: list[Window] = ["365d" if window == "year" else "1h"]
            self.sent.note(np.array([made.number]), names, totals, np.zeros(1, np.bool_))

    def shown(self, segments: int) -> list[WindowValue]:
        return list(self.overview.shown(self.sent, segments))


def test_totals_and_segments_are_shown_as_last_reported_and_other_breakdowns_are_not() -> None:
    held = Published()
    held.add({}, hour=2, year=9)
    held.add({"segment": "home"}, year=4)
    held.add({"channel": "web"}, year=9)
    held.add({"segment": "home", "severity": "urgent"}, year=9)
    held.add({"channel": 'say,{"segment":"home"}'}, year=9)
    rows = [row for row in held.shown(10) if row.window in ("1h", "365d")]
    assert rows == [
        WindowValue("signups", None, "1h", 2, {"EUR": 20}, 2),
        WindowValue("signups", None, "365d", 9, {"EUR": 90}, 9),
        WindowValue("signups", "home", "1h", 0, {}, 0),
        WindowValue("signups", "home", "365d", 4, {"EUR": 40}, 4),
    ]


def test_only_the_largest_segments_are_shown() -> None:
    held = Published()
    for name, size in [("a", 1), ("b", 9), ("c", 5)]:
        held.add({"segment": name}, year=size)
    assert {row.segment for row in held.shown(2)} == {"b", "c"}


@given(st.lists(st.none() | st.integers(0, 5), max_size=8), st.integers(1, 9))
def test_they_are_shown_by_size_then_name_however_many(sizes: list[int | None], most: int) -> None:
    """Those that have reported nothing are none of them; zero is nothing where nothing was."""
    held, names = Published(), "hcebgafd"
    for name, size in zip(names, sizes, strict=False):
        held.add({"segment": name}, **({} if size is None else {"year": size}))
    reported = [(-size, name) for name, size in zip(names, sizes, strict=False) if size]
    rows = [row.segment for row in held.shown(most) if row.window == "365d"]
    assert rows == [name for _, name in sorted(reported)[:most]]


def test_one_that_has_reported_a_shorter_window_alone_counts_as_empty() -> None:
    held = Published()
    held.add({"segment": "a"}, hour=7)
    held.add({"segment": "b"}, year=1)
    assert [row.segment for row in held.shown(1)] == ["b"] * len(WINDOWS)
    assert {row.segment for row in held.shown(2)} == {"a", "b"}


def test_a_series_that_has_reported_nothing_since_it_was_loaded_is_left_out() -> None:
    held = Published()
    held.add({})
    assert held.shown(2) == []
