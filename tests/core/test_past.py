"""The hours of days gone by: packed or not, written down or not, they are what was added."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.past import Past

LABELS = st.tuples(st.sampled_from("abc"), st.sampled_from("xy"))
ADDED = st.lists(
    st.tuples(st.integers(0, 71), st.dictionaries(LABELS, st.integers(1, 2**30), max_size=4)),
    max_size=12,
)


def read(past: Past) -> dict[tuple[int, tuple[str, ...]], int]:
    """Give what it has by hour and combination."""
    found: dict[tuple[int, tuple[str, ...]], int] = {}
    for day in past:
        labels, table = past.counts(day)
        for own, row in zip(labels, table.tolist(), strict=True):
            for hour, count in enumerate(row):
                if count:
                    found[day // HOUR + hour, own] = count
    return found


@given(ADDED, st.integers(0, 12))
def test_what_was_added_is_counted_packed_or_written_down(
    added: list[tuple[int, dict[tuple[str, ...], int]]], packed: int
) -> None:
    past = Past(100)
    exact: dict[tuple[int, tuple[str, ...]], int] = {}
    for number, (hour, counts) in enumerate(added):
        past.add(hour * HOUR, counts)
        if number == packed:
            past.pack()
        for own, count in counts.items():
            exact[hour, own] = exact.get((hour, own), 0) + count
    assert read(past) == exact
    again = Past(100)
    for day in past:
        row = past.row(day)
        assert row is not None
        again.read(day, row)
    assert read(again) == exact
    assert again.size() == past.size()


def test_what_is_beyond_the_cap_of_a_day_is_counted_under_other() -> None:
    past = Past(2)
    past.add(0, {("a",): 1, ("b",): 2, ("c",): 3})
    past.add(HOUR, {("d",): 4, ("a",): 5})
    assert read(past) == {(0, ("a",)): 1, (0, ("b",)): 2, (0, ("other",)): 3} | {
        (1, ("other",)): 4,
        (1, ("a",)): 5,
    }


def test_a_day_that_is_dropped_is_gone() -> None:
    past = Past(9)
    for day in range(3):
        past.add(day * DAY, {("a",): 1})
    past.pack()
    del past[0]
    del past[2 * DAY]
    assert list(past) == [DAY]
    assert past.row(0) is None
    assert past.counts(0)[0] == []
