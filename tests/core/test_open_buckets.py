"""Open buckets in columns: what comes again counts once, customers are as one sketch has them."""

from __future__ import annotations

import numpy as np
import pytest
from events import T0
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.aggregate.incoming import incoming
from streams.core.aggregate.open_buckets import SERIES_BITS
from streams.core.aggregate.snapshots import Snapshots
from streams.core.sketches import cell_customers, cell_pairs, datasketches_format, hyperloglog
from streams.core.sketches.cell_customers import CellCustomers
from streams.core.sketches.coupons import coupons
from streams.core.sketches.datasketches_format import registers_of
from streams.core.sketches.distinct import Distinct, listing

CROWDS = st.tuples(
    st.integers(0, 2), st.sampled_from([0, 300, 5_000]), st.sampled_from([1, 90, 500])
)


def sketch_of(names: set[str]) -> bytes:
    sketch = hyperloglog.empty()
    for name in names:
        sketch.update(name)
    return hyperloglog.dump(hyperloglog.union([hyperloglog.empty(), sketch]))


@pytest.mark.parametrize("looked_at", [0, 8, None])
@settings(max_examples=10, deadline=None)
@given(joined=st.lists(st.tuples(CROWDS, st.booleans(), st.booleans()), max_size=8))
def test_customers_of_cells_are_as_one_sketch_of_each_has_them(
    joined: list[tuple[tuple[int, int, int], bool, bool]], looked_at: int | None
) -> None:
    """In Python, whether cells are searched for or all is looked at; and as it runs."""
    with pytest.MonkeyPatch.context() as patch:
        if looked_at is not None:
            patch.setattr(cell_pairs, "_LOOKED_AT", looked_at)
            for name in ("merged", "raised", "ranges", "coupons_at", "without"):
                patch.setattr(cell_customers, name, getattr(cell_pairs, f"_{name}"))
        _compare_with_sketches(joined)


def _compare_with_sketches(joined: list[tuple[tuple[int, int, int], bool, bool]]) -> None:
    cells, known = CellCustomers(), [set[str](), set[str](), set[str]()]
    slots = np.arange(3)
    for (slot, first, size), as_registers, ask in joined:
        names = [f"customer-{number}" for number in range(first, first + size)]
        known[slot].update(names)
        if as_registers and size > 384:
            halves = names[: size // 2], names[size // 2 :]
            sketches = [registers_of(coupons(half)) for half in halves]
            cells.raise_to(np.array([slot, slot]), sketches)
        else:
            cells.add(np.full(size, slot), coupons(names))
        if ask:
            cells.estimates(slots)
    expected = [hyperloglog.estimate([hyperloglog.load(sketch_of(own))]) for own in known]
    assert cells.estimates(slots) == expected
    for own, data in zip(known, cells.write(slots), strict=True):
        assert (data is None) == (not own)
        found = 0 if data is None else hyperloglog.estimate([hyperloglog.load(data)])
        assert found == hyperloglog.estimate([hyperloglog.load(sketch_of(own))])
    cells.drop(slots[:2])
    assert cells.estimates(slots) == [0, 0, expected[2]]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=40), st.sampled_from((0, 32))
)
def test_customers_who_go_to_several_cells_are_as_each_in_each(
    places: list[tuple[int, int]], possible: int
) -> None:
    """Whether the pairs that are possible are marked, or those there are sorted."""
    several, each = CellCustomers(), CellCustomers()
    own = coupons([f"customer-{number % 4}" for number in range(6)])
    slots = np.array([slot for slot, _ in places], np.int64)
    owners = np.array([owner for _, owner in places], np.intp)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_customers, "_POSSIBLE", possible)
        for part in (slice(0, 20), slice(20, 40)):
            several.add_several(slots[part], owners[part], own)
            each.add(slots[part], own[owners[part]])
    held = np.unique(slots)
    assert several.write(held) == each.write(held)


@given(st.lists(st.frozensets(st.integers(1, 40), max_size=30), max_size=6))
def test_listed_customers_are_joined_as_those_of_sketches_are(
    several: list[frozenset[int]],
) -> None:
    one, other = Distinct(()), Distinct(())
    known: set[int] = set()
    for own in several:
        known |= own
        data = listing(sorted(own))
        one.add_listed(datasketches_format.listed(data) or b"")
        other.add([data])
        assert one.estimate() == other.estimate() == len(known)


def test_of_a_cell_that_comes_twice_in_a_message_the_later_counts() -> None:
    one, other = listing(list(coupons(["a"]))), listing(list(coupons(["a", "b"])))
    money = {"EUR": 7}
    cells = incoming(
        [(1, [(T0, 3, None, one)]), (0, [(T0, 1, None, None)]), (1, [(T0, 5, money, other)])]
    )
    found = cells.sorted()
    assert found.keys.tolist() == [T0 << SERIES_BITS, T0 << SERIES_BITS | 1]
    assert (found.counts.tolist(), found.values) == ([1, 5], {1: money})
    assert found.customers.owners.tolist() == [1, 1, 1]


def test_a_snapshot_replaces_the_last_one_while_it_can_be_replaced() -> None:
    held, keys = Snapshots(), np.array([T0 << SERIES_BITS, (T0 + 300) << SERIES_BITS])
    moved, values = held.replace(keys, np.array([3, 4]), {1: {"EUR": 5}}, T0)
    assert (moved.tolist(), values) == ([3, 4], {1: {"EUR": 5}})
    moved, values = held.replace(keys, np.array([3, 6]), {1: {"EUR": 4, "USD": 1}}, T0)
    assert (moved.tolist(), values) == (
        [3, 2],
        {1: {"EUR": -1, "USD": 1}},
    )  # the first was not kept
    replaceable, changed = held.changed(T0)
    assert (replaceable.tolist(), changed.tolist()) == ([(T0 + 300) << SERIES_BITS], [True])
    assert held.columns(replaceable) == ([6], [{"EUR": 4, "USD": 1}])
    held.forget(T0)
    assert held.changed(T0)[1].tolist() == [False]
    held.forget(T0 + 300)
    assert held.held() == {}
