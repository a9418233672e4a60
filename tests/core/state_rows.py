"""What the changelogs of stages have, series by series: as older releases wrote it."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from streams.core.aggregate.kinds import (
    BUCKET,
    BUCKETS,
    LAYOUT,
    SNAPSHOT,
    SNAPSHOTS,
)
from streams.core.aggregate.slice_rows import latest
from streams.core.ingest import kinds as ingest
from streams.core.partials import PackedCells, unpack

if TYPE_CHECKING:
    from collections.abc import Mapping


def cells_of(value: Any) -> dict[str, tuple[Any, ...]]:
    """Return what a row of a slice has, by name of the series."""
    if not isinstance(value, PackedCells):
        return latest([(0, value)])
    names, sizes, columns = unpack(value)
    assert set(sizes.tolist()) <= {1}, "of one bucket"
    values = map(columns.values.get, range(len(names)))
    cells = zip(columns.counts.tolist(), values, columns.sketches(), strict=True)
    return dict(zip(names, cells, strict=True))


def ingested_by_series(rows: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the state of an ingest stage of before buckets had rows: a row a cell instead."""
    found: dict[bytes, bytes] = {}
    written: dict[tuple[str, int, str], tuple[int, tuple[Any, ...]]] = {}
    for (key, data), row in zip(rows.items(), ingest.LAYOUT.read(rows), strict=True):
        if row.kind is not ingest.CELLS:
            found[key] = data
            continue
        topic, start, flush, _ = row.fields
        for name, cell in cells_of(row.value).items():
            place = topic, start, name
            written[place] = max(written.get(place, (-1, cell)), (flush, cell), key=itemgetter(0))
    for place, (_, cell) in written.items():
        found[ingest.CELL.key(*place)] = ingest.CELL.encode(cell)
    return found


def by_series(rows: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the state of the release before slices of time had rows: a row a series instead."""
    found: dict[bytes, bytes] = {}
    slices: dict[tuple[Any, ...], list[tuple[int, Any]]] = {}
    for (key, data), row in zip(rows.items(), LAYOUT.read(rows), strict=True):
        if row.kind in {BUCKETS, SNAPSHOTS}:
            *place, flush, _ = row.fields
            slices.setdefault((row.kind, *place), []).append((flush, row.value))
        else:
            found[key] = data
    for (kind, *place), written in slices.items():
        single = BUCKET if kind is BUCKETS else SNAPSHOT
        for name, value in latest(written).items():
            found[single.key(*place, name)] = single.encode(value)
    return found
