from streams.core.stage import Record
from streams.transport.batch import SLICE_BYTES, Batch, slices

HALF = b"x" * (SLICE_BYTES // 2)


def batch(*values: bytes | None) -> Batch:
    # Offsets 10, 12, 14 ...: between them stand control records.
    records = [Record(10 + 2 * number, None, value) for number, value in enumerate(values)]
    return Batch("complaints", 3, 9, 100, 1, records)


def test_a_small_batch_stays_whole() -> None:
    whole = batch(b"a", None, b"c")
    assert list(slices(whole)) == [whole]


def test_slices_cover_the_same_offsets_without_a_gap() -> None:
    whole = batch(HALF, HALF, HALF, b"d")
    assert list(slices(whole)) == [
        whole._replace(end=13, records=whole.records[:2]),
        whole._replace(start=13, records=whole.records[2:]),
    ]


def test_a_batch_that_is_full_at_its_last_record_has_no_empty_rest() -> None:
    whole = batch(HALF, HALF)
    assert list(slices(whole)) == [whole]
