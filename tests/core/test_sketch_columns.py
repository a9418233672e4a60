"""Sketches of closed buckets: kept shorter, and the same set of customers when they come back."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.aggregate import sketch_columns
from streams.core.aggregate.sketch_columns import SketchDictionaries
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.sketches import hyperloglog
from streams.core.sketches.datasketches_format import listed
from streams.core.sketches.dictionary import Dictionary

START = 20_000 * DAY
PEOPLE = st.frozensets(st.integers(0, 400).map(lambda number: f"customer-{number}"))


def sketch_of(people: frozenset[str] | set[str]) -> bytes:
    sketch = hyperloglog.empty()
    for person in sorted(people):
        sketch.update(person)
    return hyperloglog.dump(sketch)


def crowd(size: int, of: int = 5_000, seed: int = 1) -> set[str]:
    return {f"customer-{number}" for number in Random(seed).sample(range(of), size)}


def squeezed(lexicons: SketchDictionaries, start: int, *sketches: bytes) -> bytes:
    """Squeeze sketches of an hour; give the last."""
    return list(lexicons.squeeze(start, sketches))[-1]


def same(one: bytes, other: bytes) -> bool:
    """Tell whether two sketches say the same, alone and joined with a third."""
    third = hyperloglog.load(sketch_of(crowd(300, seed=9)))
    pairs = [(hyperloglog.load(one), hyperloglog.load(other))]
    pairs.append((hyperloglog.union([pairs[0][0], third]), hyperloglog.union([pairs[0][1], third])))
    return all(
        hyperloglog.estimate([left]) == hyperloglog.estimate([right]) for left, right in pairs
    )


def test_sketches_squeezed_together_stay_apart() -> None:
    lexicons = SketchDictionaries()
    hour = [sketch_of(crowd(3 * number, seed=number)) for number in range(150)]
    short = list(lexicons.squeeze(START, hour))
    assert len(short) == len(hour)
    for data, one in zip(hour, short, strict=True):
        assert same(lexicons.expand(START, one), data)


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 47), PEOPLE), max_size=8))
def test_what_was_squeezed_expands_to_the_same_customers(
    hours: list[tuple[int, frozenset[str]]],
) -> None:
    lexicons = SketchDictionaries()
    kept = []
    for number, people in hours:
        start, data = START + number * HOUR, sketch_of(people)
        kept.append((start, data, squeezed(lexicons, start, data)))
        lexicons.rest()
    for start, data, short in kept:
        expanded = lexicons.expand(start, short)
        assert sorted(expanded) == sorted(data)
        assert same(expanded, data)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 380, 400, 2_000, 5_000])
def test_so_are_sketches_of_any_kind(size: int) -> None:
    data = sketch_of(crowd(size))
    lexicons = SketchDictionaries()
    expanded = lexicons.expand(START, squeezed(lexicons, START, data))
    assert same(expanded, data)
    assert sketch_columns.expand(sketch_columns.squeeze(data)) == data


@given(st.lists(st.tuples(st.integers(0, 47), st.integers(0, 900)), max_size=40))
def test_many_joined_have_the_customers_of_all(hours: list[tuple[int, int]]) -> None:
    lexicons = SketchDictionaries()
    starts = [START + number * HOUR for number, _ in hours]
    sketches = [sketch_of(crowd(size, seed=size)) for _, size in hours]
    short = [squeezed(lexicons, start, one) for start, one in zip(starts, sketches, strict=True)]
    joined = [hyperloglog.load(data) for data in lexicons.join([*starts, 0], [*short, None])]
    whole = hyperloglog.union(map(hyperloglog.load, sketches))
    assert same(hyperloglog.dump(hyperloglog.union(joined)), hyperloglog.dump(whole))


def test_customers_who_come_again_take_a_byte_an_hour() -> None:
    lexicons = SketchDictionaries()
    hours = [sketch_of(crowd(180, of=1_000, seed=hour)) for hour in range(24)]
    for hour, data in enumerate(hours):
        squeezed(lexicons, START + hour * HOUR, data)
    sizes = [len(squeezed(lexicons, START + h * HOUR, data)) for h, data in enumerate(hours)]
    assert max(sizes) <= 180 + 9 + 5
    assert min(map(len, hours)) >= 4 * 180


def test_registers_take_less_than_half_while_most_are_empty() -> None:
    data = sketch_of(crowd(700))
    assert 2 * len(sketch_columns.squeeze(data)) < len(data)


@pytest.mark.slow
@pytest.mark.parametrize("many", [300, 100_000])
def test_numbers_far_apart_cost_no_more_than_the_hashes_did(many: int) -> None:
    lexicons = SketchDictionaries()
    for part in range(0, many, 300):
        people = {f"other-{part + number}" for number in range(300)}
        squeezed(lexicons, START, sketch_of(people))
    data = sketch_of(crowd(60))
    assert len(squeezed(lexicons, START, data)) <= len(data)
    assert same(lexicons.expand(START, squeezed(lexicons, START, data)), data)


def test_a_hash_is_numbered_once_and_keeps_its_number() -> None:
    held = Dictionary()
    held.admit(np.array([9, 4, 9, 7], dtype="<u4"))
    assert held.numbers(np.array([4, 7, 9], dtype="<u4")).tolist() == [0, 1, 2]
    held.admit(np.array([8, 1, 4], dtype="<u4"))
    assert held.hashes.tolist() == [4, 7, 9, 1, 8]
    assert held.numbers(np.array([8, 9, 1], dtype="<u4")).tolist() == [4, 2, 3]


def test_a_day_is_forgotten_when_it_is_over() -> None:
    lexicons = SketchDictionaries()
    data = sketch_of(crowd(100))
    first, second = (squeezed(lexicons, day, data) for day in (START, START + DAY))
    lexicons.forget(START + DAY - 1)
    assert same(lexicons.expand(START, first), data)
    lexicons.forget(START + DAY)
    assert same(lexicons.expand(START + DAY, second), data)
    with pytest.raises(IndexError):
        lexicons.expand(START, first)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 40, 380, 400, 2_000])
def test_customers_are_counted_where_a_squeezed_sketch_lists_them(size: int) -> None:
    lexicons = SketchDictionaries()
    # So many who came before that some numbers are far apart, and others not.
    before = [sketch_of(crowd(300, of=20_000, seed=number)) for number in range(60)]
    data = sketch_of(crowd(size, of=20_000))
    own = listed(data)
    expected = None if own is None else len(own) // 4
    known, fresh = squeezed(lexicons, START, *before, data), squeezed(lexicons, START + DAY, data)
    kinds = [sketch_columns.squeeze(data), known, fresh]
    assert [sketch_columns.few(one) for one in kinds] == [expected] * 3


@given(st.lists(st.tuples(st.frozensets(st.integers(0, 60)), st.booleans()), max_size=6))
def test_a_dictionary_numbers_each_hash_once(parts: list[tuple[frozenset[int], bool]]) -> None:
    dictionary, known = Dictionary(), list[int]()
    for own, rests in parts:
        hashes = np.array([*own, *own], "<u4")
        dictionary.admit(hashes)
        known += sorted(own.difference(known))
        if rests:
            dictionary.rest()
        assert dictionary.hashes.tolist() == known
        assert dictionary.numbers(hashes).tolist() == [known.index(one) for one in hashes.tolist()]
