"""The index finds what a mask finds, in the same order, whatever was asked for before."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.core.evidence.combinations import Combinations
from streams.core.evidence.index import Index
from streams.core.evidence.label_counts import LabelCounts

values = st.sampled_from("abcdefgh")
combinations = st.lists(st.tuples(values, values, values), min_size=1, max_size=300)
places = st.lists(
    st.dictionaries(st.integers(0, 3), st.sampled_from("abcdefghz"), min_size=1, max_size=3),
    min_size=1,
    max_size=12,
)


@given(combinations, places, st.sampled_from((1, 200)))
def test_it_finds_what_a_mask_finds(
    several: list[tuple[str, ...]], asked: list[dict[int, str]], times: int
) -> None:
    among = Combinations()
    numbers = among.numbers(several * times)
    among.numbers([("late", "z", "z", "more")])  # values that come later are in none of them
    index = Index(among, numbers)
    for labels in asked:
        place = tuple(sorted(labels.items()))
        expected = np.flatnonzero(among.within(place, numbers))
        assert index.of(place).tolist() == expected.tolist()


@given(combinations, places)
def test_a_tally_sums_up_the_same_however_often_it_is_asked(
    several: list[tuple[str, ...]], asked: list[dict[int, str]]
) -> None:
    counts = {labels: number + 1 for number, labels in enumerate(dict.fromkeys(several))}
    tally = LabelCounts.of(Combinations(), counts)
    for labels in asked * 5:
        place = tuple(sorted(labels.items()))
        own = [
            count
            for combination, count in counts.items()
            if all(at < 3 and combination[at] == value for at, value in place)
        ]
        assert tally.total(place) == sum(own)
        assert tally.of_series(place).counts.tolist() == own
