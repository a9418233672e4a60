"""Cells of a message in columns: what is packed comes out as it was, whoever reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from events import T0, WALL, complaint, records
from hypothesis import given
from hypothesis import strategies as st
from test_aggregate import Run

from streams.core import partials
from streams.core.aggregate.stage import AggregateStage
from streams.core.messages import PARTIALS, Partials, Source
from streams.core.partials import CellColumns, PackedPartials
from streams.core.sketches.coupons import coupons
from streams.core.sketches.datasketches_format import registers_of, write_registers
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.messages import Cell

SOURCE = Source("revenue", 3, 7, 1, T0, idle=False)
MANY = write_registers(registers_of(coupons([f"c{n}" for n in range(900)]))[None])[0]
NAMES = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4)
CELLS = st.lists(
    st.tuples(
        st.integers(-(2**20), 2**20).map(lambda number: 300 * number),
        st.integers(0, 2**60),
        st.none() | st.dictionaries(st.sampled_from(["EUR", "USD"]), st.integers(-(2**60), 2**60)),
        st.none() | st.integers(1, 384) | st.just(MANY),
    ),
    min_size=1,
    max_size=4,
)


@given(NAMES.flatmap(lambda names: st.tuples(*(st.tuples(st.just(n), CELLS) for n in names))))
def test_what_is_packed_comes_out_as_it_was(series: tuple[tuple[str, list[Cell]], ...]) -> None:
    flat = [cell for _, cells in series for cell in cells]
    listed = [
        coupons([f"c{n}" for n in range(c)]) if isinstance(c, int) else _NOBODY for *_, c in flat
    ]
    columns = CellColumns(
        np.array([start for start, *_ in flat], np.int64),
        np.array([count for _, count, *_ in flat], np.int64),
        {place: own for place, (_, _, own, _) in enumerate(flat) if own is not None},
        np.array([own.size for own in listed], np.int64),
        np.concatenate([_NOBODY, *listed]),
        {place: own for place, (*_, own) in enumerate(flat) if isinstance(own, bytes)},
    )
    sizes = np.array([len(cells) for _, cells in series], np.int64)
    names = [name for name, _ in series]
    packer = partials.CellPacker(names, np.repeat(np.arange(len(names)), sizes), columns)
    packed = packer.pack(0, len(flat))
    for cut in range(len(flat) + 1):
        for part, first, last in (
            (packer.pack(0, cut), 0, cut),
            (packer.pack(cut, len(flat)), cut, None),
        ):
            partials.check(part)
            unpacked = partials.unpack(part)
            named = np.repeat(unpacked.names, unpacked.sizes).tolist()
            assert named == [name for name, cells in series for _ in cells][first:last]
            assert unpacked.columns.starts.tolist() == columns.starts[first:last].tolist()
            assert unpacked.columns.sketches() == columns.sketches()[first:last]
            values = [unpacked.columns.values.get(at) for at in range(len(named))]
            assert values == [own for _, _, own, _ in flat][first:last]
    sent = msgspec.msgpack.encode(PackedPartials(SOURCE, packed, {T0: 2}, [(T0, "small", 1)]))
    found = partials.read(sent)
    assert (found.source, found.late, found.flows) == (SOURCE, {T0: 2}, [(T0, "small", 1)])
    assert [name for name, _ in found.series] == [name for name, _ in series]
    came = [cell for _, cells in found.series for cell in cells]
    assert [cell[:3] for cell in came] == [cell[:3] for cell in flat]
    assert [cell[3] for cell in came] == columns.sketches()
    assert [len(cells) for _, cells in found.series] == sizes.tolist()


_NOBODY = coupons([])


def test_messages_of_an_older_release_are_counted_like_those_of_this_one() -> None:
    run = Run(1)
    events = [complaint(f"e{n}", T0 + 60 * n, customer_id=f"c{n % 7}") for n in range(40)]
    run.folds[0].process("complaints", records(*events), WALL)
    sent = [s.value or b"" for s in run.folds[0].flush(1, WALL).sends if s.topic == PARTIALS]
    old = [msgspec.msgpack.encode(partials.read(value)) for value in sent]
    assert all(isinstance(msgspec.msgpack.decode(v, type=Partials), Partials) for v in old)
    flushes = []
    for messages in (sent, old):
        stage = AggregateStage(0, 1, Settings(), provisional_interval=0)
        stage.process(PARTIALS, [Record(0, None, value) for value in messages], WALL)
        flush = stage.flush(1, WALL)
        flushes.append((flush.rows, sorted(map(repr, flush.sends))))
    assert flushes[0] == flushes[1]
    assert any('"customers":7' in send for send in flushes[0][1])
