"""Series kept as their few events become what they would have become step by step."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from streams.core.aggregate.kinds import DETECTOR, LAYOUT
from streams.core.changelog import UnreadableStateError
from streams.core.detect import RiseDetector
from streams.core.detect.few_events import MARK, read
from streams.core.detect.tuning import Tuning
from streams.core.event_time.zone import UTC_ZONE, Zone, zone_of
from streams.core.series_key import series_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.core.detect import Reading

DAY, BUCKET = 86_400, 300
FIRST = date(2024, 3, 1).toordinal() - date(1970, 1, 1).toordinal()
ALWAYS, NEVER = 0, 10**9
"""From so many series on they are kept as events."""
SEGMENTS = ("", "small", "large")

Buckets = list[tuple[int, dict[str, int]]]
Day = tuple[list[Buckets], dict[str, int], dict[str, float] | None]
"""What is stepped over at once, then the counts of the day, and its customers."""


def name(number: int) -> str:
    segment = SEGMENTS[number % 3]
    labels = {"segment": segment} if segment else {}
    return series_key("complaints", labels | {"company": str(number)})


def history(seed: int, days: int, series: int, *, customers: bool) -> Iterator[Day]:
    """Series of which most have hardly an event, that begin at any time; some burst."""
    draw = np.random.default_rng(seed)
    rates = draw.choice([0.03, 0.1, 0.4, 1.5, 12.0], size=series, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    begins = draw.integers(0, days, size=series)
    active = {"": 400.0, "small": 40.0, "large": 200.0}
    for day in range(days):
        buckets: Buckets = []
        totals: dict[str, int] = {}
        burst = np.where(draw.random(series) < 0.01, 10.0, 1.0)
        for place in sorted(draw.choice(288, size=24, replace=False).tolist()):
            events = draw.poisson(rates * burst / 24) * (begins <= day)
            counts = {name(n): int(events[n]) for n in draw.permutation(np.flatnonzero(events))}
            buckets.append(((FIRST + day) * DAY + place * BUCKET, counts))
            for key, count in counts.items():
                totals[key] = totals.get(key, 0) + count
        if day % 3 == 1:  # an event that came too late for its 5 minutes
            totals[name(int(draw.integers(series)))] = 7
        active = {key: found * float(draw.uniform(0.9, 1.2)) for key, found in active.items()}
        cuts = sorted(draw.integers(0, len(buckets), size=3).tolist())
        pieces = [buckets[a:b] for a, b in zip([0, *cuts], [*cuts, len(buckets)], strict=True)]
        yield [piece for piece in pieces if piece], totals, active if customers else None


def live(detector: RiseDetector, number: int, day: Day) -> tuple[list[Reading], object]:
    """A day: its readings, and what is counted of the series at its end."""
    pieces, totals, active = day
    told = [reading for piece in pieces for reading in detector.run(piece, active)]
    told += detector.close("1d", (FIRST + number) * DAY, totals, active)
    return told, (detector.watched(), detector.census())


def states(detector: RiseDetector, keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """The rows of all series, with a state each."""
    for key in keys:
        detector.curve(key)
    return dict(keys) | dict(detector.changed())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tuning", "zone", "customers"),
    [
        (Tuning(), zone_of("America/New_York"), True),
        (Tuning(learn_days=9, day_excess=3.0), UTC_ZONE, False),
    ],
    ids=["customers, clocks that change", "other numbers"],
)
def test_what_is_told_and_the_states_are_the_same(
    tuning: Tuning, zone: Zone, *, customers: bool
) -> None:
    late, along = (RiseDetector(tuning, lived=zone.lived, many=many) for many in (ALWAYS, NEVER))
    rows: dict[str, bytes] = {}
    known: dict[str, bytes] = {}
    told = kept = 0
    for number, day in enumerate(history(3, 20, 70, customers=customers)):
        found, expected = live(late, number, day), live(along, number, day)
        assert found == expected
        told += len(found[0])
        rows.update(late.changed())
        known.update(along.changed())
        kept = max(kept, sum(row[:1] == MARK for row in rows.values()))
        if number % 9 == 5:  # a new process
            late = RiseDetector(tuning, lived=zone.lived, many=ALWAYS)
            late.restore(rows.items())
    assert states(late, rows) == known
    assert told > 3
    assert kept > 10


def test_a_day_that_is_left_out_counts_as_none() -> None:
    late, along = RiseDetector(many=ALWAYS), RiseDetector(many=NEVER)
    for detector in (late, along):
        detector.run([(FIRST * DAY + 600, {"a": 1, "b": 9}), (FIRST * DAY + 900, {"a": 1})])
        detector.run([((FIRST + 2) * DAY + 600, {"a": 1})])
        detector.close("1d", (FIRST + 2) * DAY, {})
        detector.close("1d", (FIRST + 5) * DAY, {"a": 2})
    rows = dict(late.changed())
    assert rows["a"][:1] == MARK
    assert states(late, rows) == dict(along.changed())


def test_what_the_day_leaves_out_of_a_series_with_too_many_is_not_kept_as_events() -> None:
    late, along = RiseDetector(many=ALWAYS), RiseDetector(many=NEVER)
    for detector in (late, along):
        detector.run([(FIRST * DAY + 600, {"a": 1, "b": 1, "c": 2})])
        detector.run([(FIRST * DAY + 900, {"a": 9, "b": 1})])
        detector.close("1d", FIRST * DAY, {"b": 2, "c": 1})
    rows = dict(late.changed())
    assert (rows["a"][:1] == MARK, len(rows["b"]), len(rows["c"])) == (False, 14, 14)
    assert states(late, rows) == dict(along.changed())


def test_a_series_with_few_events_is_a_few_bytes() -> None:
    detector = RiseDetector(many=ALWAYS)
    detector.run([(FIRST * DAY + 3 * BUCKET, {"a": 2}), (FIRST * DAY + 7 * BUCKET, {"a": 1})])
    ((key, row),) = detector.changed()
    assert (key, len(row)) == ("a", 14)
    past = read(row)
    assert (past.born, past.customers) == (FIRST, [])
    assert past.events.tolist() == [(0, 3, 2), (0, 7, 1)]
    assert list(detector.changed()) == []


def test_a_rise_of_a_series_kept_as_events_is_told() -> None:
    detector = RiseDetector(many=ALWAYS)
    detector.close("1d", FIRST * DAY, {"a": 1})
    assert detector.close("1d", (FIRST + 1) * DAY, {"a": 4}) == []
    (reading,) = detector.close("1d", (FIRST + 2) * DAY, {"a": 60})
    assert (reading.status, reading.history) == ("raised", 2.0)


@pytest.mark.parametrize("row", [MARK, MARK + bytes(5), MARK + bytes(7), MARK + bytes(4) + b"\1x"])
def test_a_row_that_is_cut_off_is_refused(row: bytes) -> None:
    with pytest.raises(ValueError, match="no events of a young series"):
        read(row)


def test_a_stage_is_restored_from_what_is_kept_as_events() -> None:
    detector = RiseDetector(many=ALWAYS)
    detector.run([(FIRST * DAY + 3 * BUCKET, {name(0): 2})])
    ((key, row),) = detector.changed()
    written = {DETECTOR.key("complaints", key): row}
    assert [read_back.value for read_back in LAYOUT.read(written)] == [row]
    with pytest.raises(UnreadableStateError, match="no events of a young series"):
        list(LAYOUT.read({DETECTOR.key("complaints", key): row[:-1]}))
