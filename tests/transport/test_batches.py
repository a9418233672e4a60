"""Batches of a drain: those of one state together, and cut where they are large."""

from __future__ import annotations

from streams.core.stage import Record
from streams.transport.batch import SLICE_BYTES, TOGETHER, Batch, portions, together

HALF = b"x" * (SLICE_BYTES // 2)


def batch(*values: bytes | None, topic: str = "complaints", partition: int = 3) -> Batch:
    # Offsets 10, 12, 14 ...: between them stand control records.
    records = [Record(10 + 2 * number, None, value) for number, value in enumerate(values)]
    return Batch(topic, partition, 9, 100, 1, records)


def many(records: int, topic: str) -> Batch:
    return batch(*[b"x"] * records, topic=topic)


def by_partition(one: Batch) -> int:
    return one.partition


def test_small_batches_stay_whole_and_together() -> None:
    first, second = batch(b"a", None, b"c"), batch(b"d", topic="renewals")
    assert list(portions([first, second])) == [[first, second]]


def test_portions_cover_the_same_offsets_without_a_gap() -> None:
    whole = batch(HALF, HALF, HALF, b"d")
    begin = whole._replace(end=13, records=whole.records[:2])
    rest = whole._replace(start=13, records=whole.records[2:])
    assert list(portions([whole])) == [[begin], [rest]]


def test_a_batch_that_is_full_at_its_last_record_has_no_empty_rest() -> None:
    whole = batch(HALF, HALF)
    assert list(portions([whole])) == [[whole]]


def test_a_portion_ends_before_it_is_too_large() -> None:
    small, large, last = batch(b"a"), batch(HALF, HALF), batch(b"z", topic="renewals")
    assert list(portions([small, large, last])) == [[small], [large], [last]]


def test_what_is_for_one_state_is_handed_on_together_in_order() -> None:
    left, other = batch(b"a"), batch(b"b", partition=1)
    right = batch(b"c", topic="renewals")
    assert list(together([left, other, right], by_partition)) == [[left, right], [other]]


def test_batches_of_another_epoch_stay_apart() -> None:
    before = batch(b"a")
    after = batch(b"b", topic="renewals")._replace(epoch=2)
    assert list(together([before, after], by_partition)) == [[before], [after]]


def test_no_more_than_so_many_records_wait_together() -> None:
    first, full, next_ = many(TOGETHER // 2, "a"), many(TOGETHER // 2, "b"), many(1, "c")
    assert list(together([first, full, next_], by_partition)) == [[first, full], [next_]]
    huge = many(TOGETHER + 1, "d")
    assert list(together([huge, next_], by_partition)) == [[huge], [next_]]
