"""Customers of a bucket: joined as lists of coupons, they are what sketches come to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.sketches import hyperloglog
from streams.core.sketches.distinct import Distinct, listing

PARTS = st.lists(
    st.tuples(st.integers(0, 2_000), st.sampled_from([1, 2, 7, 8, 60, 384, 385, 900])),
    min_size=1,
    max_size=24,
)
"""Customers of so many numbers from the first on."""


def dumped(first: int, number: int) -> bytes:
    sketch = hyperloglog.empty()
    for customer in range(first, first + number):
        sketch.update(f"customer-{customer}")
    return hyperloglog.dump(sketch)


@given(PARTS, st.integers(0, 30))
def test_joined_they_are_what_sketches_joined_are(parts: list[tuple[int, int]], asked: int) -> None:
    several = [dumped(*part) for part in parts]
    right = hyperloglog.estimate([hyperloglog.load(data) for data in several])
    held = Distinct(several[:1])
    for number, data in enumerate(several[1:]):
        held.add([data])
        if number == asked:  # to ask changes nothing
            held.estimate()
            held.dump()
    assert held.estimate() == right
    assert hyperloglog.estimate([hyperloglog.load(held.dump())]) == right
    assert Distinct([held.dump()]).estimate() == right
    assert Distinct(several).estimate() == right


@given(st.integers(1, 384))
def test_a_listing_is_as_long_as_that_of_the_library_and_lists_the_same(number: int) -> None:
    data = dumped(0, number)
    own = Distinct([data]).dump()
    head = len(data) - 4 * number
    assert own[:head] == data[:head]
    assert sorted(memoryview(own[head:]).cast("I")) == sorted(memoryview(data[head:]).cast("I"))


def test_what_is_many_is_exact_where_it_was_few() -> None:
    held = Distinct([dumped(0, 200)])
    assert held.estimate() == 200
    held.add([dumped(100, 200)])
    assert held.estimate() == 300
    assert Distinct([listing(memoryview(held.dump()[12:]).cast("I"))]).estimate() == 300
