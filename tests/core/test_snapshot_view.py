from __future__ import annotations

from streams.core.aggregate.series import Series
from streams.core.aggregate.snapshot_view import shown
from streams.core.series_key import series_key
from streams.core.views import WindowValue


def series(labels: dict[str, str], **reported: int) -> Series:
    made = Series(series_key("signups", labels))
    for window, events in reported.items():
        made.sent["365d" if window == "year" else "1h"] = (events, {"EUR": 10 * events}, events)
    return made


def test_totals_and_segments_are_shown_as_last_reported_and_other_breakdowns_are_not() -> None:
    held = [
        series({}, hour=2, year=9),
        series({"segment": "home"}, year=4),
        series({"channel": "web"}, year=9),
    ]
    rows = [row for row in shown(held, 10) if row.window in ("1h", "365d")]
    assert rows == [
        WindowValue("signups", None, "1h", 2, {"EUR": 20}, 2),
        WindowValue("signups", None, "365d", 9, {"EUR": 90}, 9),
        WindowValue("signups", "home", "1h", 0, {}, 0),
        WindowValue("signups", "home", "365d", 4, {"EUR": 40}, 4),
    ]


def test_only_the_largest_segments_are_shown() -> None:
    held = [series({"segment": name}, year=size) for name, size in [("a", 1), ("b", 9), ("c", 5)]]
    assert {row.segment for row in shown(held, 2)} == {"b", "c"}


def test_a_series_that_has_reported_nothing_since_it_was_loaded_is_left_out() -> None:
    assert list(shown([series({})], 2)) == []
