"""Details in columns are what they are row by row: packed, cut, joined, replaced and in order."""

from __future__ import annotations

from itertools import accumulate

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.changelog import Layout
from streams.core.detail_columns import DetailColumns, joined, of_rows
from streams.core.detail_messages import PackedDetails, decode, pack, unpack
from streams.core.detail_texts import of_samples
from streams.core.detail_texts import unpack as unpack_texts
from streams.core.evidence.kinds import DAY_COUNTS, HOUR_ROWS, KINDS, OPEN_BUCKET
from streams.core.evidence.row import EvidenceRow
from streams.core.evidence.store import EvidenceStore
from streams.core.ingest.details import MAX_LETTERS_A_PART, ChangedDetails
from streams.core.messages import DetailRow, Details, Source
from streams.core.sketches.fingerprints import SIZE

BASE = 300
NAMES = ("product", "region")
SOURCE = Source("complaints", 0, 1, 0, 0, idle=False)
ROW = st.builds(
    DetailRow,
    st.integers(0, 3).map(BASE.__mul__),
    st.tuples(st.sampled_from("ba"), st.sampled_from(("CA", "NY", "other"))),
    st.integers(1, 2**40),
    st.just([]),
    st.integers(0, 3).map(lambda many: bytes(range(many * SIZE))),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(("text", "Zoë", ""))), max_size=2),
)
ROWS = st.lists(ROW, min_size=1, max_size=12)


def rows_of(columns: DetailColumns) -> list[DetailRow]:
    message = PackedDetails(SOURCE, "complaints", NAMES, pack(columns))
    return decode(msgspec.msgpack.encode(message)).rows


@given(ROWS, ROWS, st.data())
def test_rows_go_into_columns_and_come_out(
    rows: list[DetailRow], more: list[DetailRow], data: st.DataObject
) -> None:
    columns = of_rows(rows)
    assert rows_of(columns) == rows
    first = data.draw(st.integers(0, len(rows)))
    last = data.draw(st.integers(first, len(rows)))
    assert rows_of(columns.span(first, last)) == rows[first:last]
    places = data.draw(st.permutations(range(len(rows))))
    assert rows_of(columns.pick(np.array(places))) == [rows[place] for place in places]
    assert rows_of(joined([columns, unpack(pack(of_rows(more)))])) == rows + more
    assert [row for _, own in columns.by_start() for row in rows_of(own)] == rows


@given(ROWS)
def test_a_later_row_of_a_bucket_and_labels_replaces_an_earlier_one(rows: list[DetailRow]) -> None:
    last = {(row.start, row.labels): row for row in rows}
    kept = rows_of(of_rows(rows).latest())
    assert {(row.start, row.labels): row for row in kept} == last
    assert len(kept) == len(last)
    owners = np.arange(len(rows))
    assert rows_of(of_rows(rows).latest(owners)) == rows


@given(ROWS)
def test_rows_are_in_the_order_of_bucket_and_labels(rows: list[DetailRow]) -> None:
    found = of_rows(rows).ordered()
    names = sorted({(row.start, row.labels) for row in rows})
    assert found.names(np.arange(len(names))) == [labels for _, labels in names]
    assert found.which.tolist() == [names.index((row.start, row.labels)) for row in rows]
    alone = [of_rows([row]).ordered().hashes() for row in rows]
    assert found.hashes()[found.which].tolist() == np.concatenate(alone).tolist()


def test_the_evidence_reads_messages_and_rows_of_releases_that_knew_no_columns() -> None:
    old = DetailRow(0, ("a", "CA"), 3, [(1, "masked")], bytes(SIZE), [(2, "text")])
    message = Details(SOURCE, "complaints", NAMES, [old])
    assert decode(msgspec.msgpack.encode(message)) == message
    store = EvidenceStore(600)
    store.admit(message)
    ((_, rows),) = store.open_buckets.between(0, BASE)
    kept = EvidenceRow(3, [(1, "masked"), (2, "text")], bytes(SIZE))
    assert rows == {("a", "CA"): kept}
    again, key = EvidenceStore(600), OPEN_BUCKET.key("complaints", 0, 0)
    layout = Layout("incidents", 15, *KINDS)
    for row in layout.read({key: OPEN_BUCKET.encode([(("a", "CA"), kept)])}):
        again.restore(row)
    ((_, rows),) = again.open_buckets.between(0, BASE)
    assert rows == {("a", "CA"): kept}
    written = dict(again.flush("complaints", durable=True))
    assert written.pop(key) is None  # and in columns from now on
    third = EvidenceStore(600)
    for row in layout.read({key: value for key, value in written.items() if value is not None}):
        third.restore(row)
    ((_, rows),) = third.open_buckets.between(0, BASE)
    assert rows == {("a", "CA"): kept}
    assert not third.pending()


@given(ROWS, st.data())
def test_rows_that_were_cut_apart_bring_their_own_letters_alone(
    rows: list[DetailRow], data: st.DataObject
) -> None:
    columns = of_rows(rows)
    cut = data.draw(st.integers(0, len(rows)))
    parts = columns.span(0, cut), columns.span(cut, len(rows))
    assert joined(parts).texts.letters == columns.texts.letters
    assert rows_of(joined(parts[::-1])) == rows[cut:] + rows[:cut]


def test_letters_of_rows_that_were_replaced_are_let_go() -> None:
    stays = DetailRow(0, ("b", "CA"), 1, [], b"", [(1, "the first")])
    held = of_rows([stays])
    for count in range(50):
        row = DetailRow(0, ("a", "CA"), count, [], b"", [(1, "words"), (2, "more words")])
        held = joined([held, of_rows([row])]).latest()
        assert rows_of(held) == [stays, row]
        assert len(held.texts.letters) <= 2 * len("the firstwordsmore words")


@given(ROWS)
def test_texts_of_releases_that_had_them_in_lists_are_read(rows: list[DetailRow]) -> None:
    texts = [(place, row.texts) for place, row in enumerate(rows) if row.texts]
    packed = msgspec.structs.replace(pack(of_rows(rows)), texts=texts)
    older = msgspec.msgpack.encode(PackedDetails(SOURCE, "complaints", NAMES, packed))
    assert decode(older).rows == rows


def test_texts_whose_columns_do_not_fit_together_are_refused() -> None:
    packed = of_samples([(0, [(1, "text")])]).pack()
    for name in ("rows", "hashes", "sizes"):
        with pytest.raises(ValueError, match="fit together"):
            unpack_texts(msgspec.structs.replace(packed, **{name: b""}))
    with pytest.raises(ValueError, match="fit together"):
        unpack_texts(msgspec.structs.replace(packed, letters=b"tex"))


def test_a_word_that_stands_for_no_value_is_one_with_the_same_value() -> None:
    rows = [
        DetailRow(0, (name, "CA"), count, [], b"") for name, count in (("?", 1), ("unknown", 2))
    ]
    shown = of_rows(rows)._replace(values=[[None, "unknown"], ["CA"]]).shown()
    store = EvidenceStore(600)
    store.admit(PackedDetails(SOURCE, "complaints", NAMES, pack(shown)))
    ((_, held),) = store.open_buckets.between(0, BASE)
    assert held == {("unknown", "CA"): EvidenceRow(2, [])}
    found = store.open_buckets.find(0, 0)
    assert found is not None
    assert found.counts.tolist() == [2]


def test_hours_and_days_of_releases_that_knew_no_columns_are_read_and_written_anew() -> None:
    layout = Layout("incidents", 15, *KINDS)
    rows = [
        (("a", "CA"), EvidenceRow(3, [(1, "text")], bytes(SIZE))),
        (("b", "CA"), EvidenceRow(1, [])),
    ]
    counts = [(labels, row.count) for labels, row in rows]
    older = {
        HOUR_ROWS.key("complaints", 0, 3600): HOUR_ROWS.encode(rows),
        DAY_COUNTS.key("complaints", 0, 0): DAY_COUNTS.encode(counts),
        HOUR_ROWS.key("complaints", 0, 7200): HOUR_ROWS.encode([]),
    }
    store, again = EvidenceStore(600), EvidenceStore(600)
    for row in layout.read(older):
        store.restore(row)
    written = dict(store.flush("complaints", durable=True))
    assert [written.pop(key) for key in older] == [None, None, None]
    for row in layout.read({key: value for key, value in written.items() if value is not None}):
        again.restore(row)
    assert not again.pending()
    for one in (store, again):
        assert list(one.hours.get(3600).items()) == rows
        assert one.days.find(0) == dict(counts)
        assert list(one.hours) == [3600]


@given(st.lists(st.lists(st.integers(0, 90_000), max_size=3), min_size=1, max_size=30))
def test_parts_have_all_rows_in_order_and_end_with_the_one_that_fills_them(
    letters: list[list[int]],
) -> None:
    rows = [
        DetailRow(0, (str(place), "CA"), 1, [], b"", [(place, "x" * size) for size in sizes])
        for place, sizes in enumerate(letters)
    ]
    counted = np.array([sum(sizes) for sizes in letters])
    changed = ChangedDetails([], of_rows([rows[0], *rows]), np.array([99, *counted]))
    parts = [rows_of(part) for part in changed.parts(1, len(rows) + 1)]
    assert [row for part in parts for row in part] == rows
    for part in parts:
        sums = list(accumulate(sum(len(text) for _, text in row.texts) for row in part))
        assert all(size <= MAX_LETTERS_A_PART for size in sums[:-1])
        assert sums[-1] > MAX_LETTERS_A_PART or part is parts[-1]
