from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.load.ids import Ordinals, event_id
from streams.load.order import Row, in_order, in_order_within_days
from streams.load.times import BAD


def row(at: int, number: int, content: bytes = b"") -> Row:
    return Row(at, number, at, raw=False, key=None, event_id=None, content=content)


@given(st.lists(st.integers(0, 5)), st.integers(1, 2000))
def test_rows_come_by_time_and_then_in_file_order_however_little_memory(
    times: list[int], memory: int
) -> None:
    rows = [row(at, number) for number, at in enumerate(times)]
    assert sorted(rows, key=lambda r: r.at) == list(in_order(rows, memory))


def test_a_row_comes_back_from_disk_as_it_went() -> None:
    whole = Row(
        1, 2, -(2**63), raw=True, key=b"\xff", event_id=b"id", content=b'{"a":"\xf0\x9f\x92\xb8"'
    )
    assert [whole, whole] == list(in_order([whole, whole], memory=1))


def test_rows_that_say_the_same_are_counted_apart() -> None:
    for in_file_order in (True, False):
        ordinals = Ordinals(in_order=in_file_order)
        told = [
            ordinals.next(at, what) for at, what in [(0, b"a"), (0, b"b"), (0, b"a"), (1, b"a")]
        ]
        assert told == [0, 0, 1, 0]


def test_an_id_depends_on_all_that_an_event_says() -> None:
    one = event_id("complaints", 0, b"a", 0)
    assert one == event_id("complaints", 0, b"a", 0)
    others = [("signups", 0, b"a", 0), ("complaints", 1, b"a", 0), ("complaints", 0, b"b", 0)]
    assert one not in [event_id(*other) for other in [*others, ("complaints", 0, b"a", 1)]]
    assert len(one) == 32


def test_days_in_order_are_sorted_one_at_a_time() -> None:
    def day(at: int, number: int, base: int) -> Row:
        return row(at, number)._replace(base=base)

    rows = [day(3, 1, 0), day(3, 2, BAD), day(1, 3, 0), day(12, 4, 10), day(11, 5, 10)]
    assert [r.number for r in in_order_within_days(rows)] == [3, 1, 2, 5, 4]
