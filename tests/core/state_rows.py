"""What the changelog of an aggregate stage has, series by series: as older releases wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.aggregate.kinds import (
    BUCKET,
    BUCKETS,
    LAYOUT,
    SNAPSHOT,
    SNAPSHOTS,
)
from streams.core.aggregate.slice_rows import latest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


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
