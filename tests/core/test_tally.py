"""What is known by combination of labels is found by series as if all of it were looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from streams.core.incidents.tally import Index, Tally, added, ordered, within

if TYPE_CHECKING:
    from streams.core.incidents.tally import Counts, Place

VALUES = st.sampled_from("abc")
LABELS = st.tuples(VALUES, VALUES, VALUES)
COUNTS = st.dictionaries(LABELS, st.integers(1, 99))
PLACES = st.dictionaries(st.integers(0, 2), VALUES).map(lambda place: tuple(place.items()))


@given(COUNTS, st.lists(PLACES))
def test_an_index_gives_the_items_of_a_series_in_their_order(
    counts: Counts, places: list[Place]
) -> None:
    index = Index(counts.items())
    for place in places:
        assert list(index.of(place)) == [i for i in counts.items() if within(i[0], place)]


@given(COUNTS, PLACES, st.lists(PLACES))
def test_what_all_items_have_in_common_is_not_looked_at_again(
    counts: Counts, own: Place, places: list[Place]
) -> None:
    inside = {labels: count for labels, count in counts.items() if within(labels, own)}
    index = Index(inside.items(), own)
    for place in places:
        assert list(index.of(place)) == [i for i in inside.items() if within(i[0], place)]


@given(COUNTS, st.lists(PLACES))
def test_a_tally_has_the_events_of_a_series(counts: Counts, places: list[Place]) -> None:
    tally = Tally(counts)
    for place in places + places:
        assert tally.total(place) == sum(n for labels, n in counts.items() if within(labels, place))


@given(st.lists(COUNTS))
def test_counts_are_added_up_in_the_order_of_their_labels(parts: list[Counts]) -> None:
    sums = ordered(added(part.items() for part in parts))
    assert list(sums) == sorted({labels for part in parts for labels in part})
    assert sums == {labels: sum(part.get(labels, 0) for part in parts) for labels in sums}
