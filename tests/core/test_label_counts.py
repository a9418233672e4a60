"""What is counted by combination of labels is summed up as if all of it were looked at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.evidence.combinations import Combinations, within
from streams.core.evidence.label_counts import LabelCounts

if TYPE_CHECKING:
    import random

    from streams.core.evidence.combinations import Counts, Labels, Place

VALUES = st.sampled_from("abc")
LABELS = st.tuples(VALUES, VALUES, VALUES)
COUNTS = st.dictionaries(LABELS, st.integers(1, 99))
PLACES = st.dictionaries(st.integers(0, 2), VALUES).map(lambda place: tuple(place.items()))


def by(counts: Counts, position: int) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for labels, count in counts.items():
        sums[labels[position]] += count
    return dict(sorted(sums.items()))


@given(COUNTS, st.lists(PLACES))
def test_a_tally_has_the_events_of_a_series(counts: Counts, places: list[Place]) -> None:
    tally = LabelCounts.of(Combinations(), counts)
    for place in places + places:
        own = {labels: n for labels, n in counts.items() if within(labels, place)}
        assert tally.total(place) == sum(own.values())
        for position in range(3):
            assert tally.of_series(place).by(position) == by(own, position)


@pytest.mark.slow
@given(st.lists(COUNTS))
def test_parts_are_added_up(parts: list[Counts]) -> None:
    among = Combinations()
    added = LabelCounts.added(among, [LabelCounts.of(among, part) for part in parts])
    whole: Counter[Labels] = Counter()
    for part in parts:
        whole.update(part)
    assert added.total() == whole.total()
    for position in range(3):
        assert added.by(position) == by(whole, position)


@given(st.lists(st.integers(0, 2000), min_size=1), st.randoms())
def test_what_combinations_are_does_not_depend_on_what_came_first(
    seen: list[int], dice: random.Random
) -> None:
    several = [(f"{n % 7}", f"{n}") for n in seen]
    one, other = Combinations(), Combinations()
    other.numbers(dice.sample(several, len(several)))
    numbers, others = one.numbers(several), other.numbers(several)
    assert np.array_equal(one.marks(numbers), other.marks(others))
    assert len(one) == len(other) == np.unique(one.marks(numbers)).size == len(set(several))
    for place in (((0, "3"),), ((0, "3"), (1, "10")), ((1, "no"),)):
        assert one.within(place, numbers).tolist() == [within(c, place) for c in several]


def test_older_combinations_may_have_fewer_labels() -> None:
    tally = LabelCounts.of(Combinations(), {("Loan",): 2, ("Loan", "CA"): 3, ("Card", "CA"): 4})
    assert tally.by(0) == {"Card": 4, "Loan": 5}
    assert tally.by(1) == {"CA": 7}
    assert tally.by(2) == {}
    assert tally.total(((1, "CA"),)) == 7
    assert tally.total(((2, "x"),)) == 0
