"""The rows of a slice of time of the aggregate stage: columns of cells, whose series have names."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from streams.core.slice_rows import parted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streams.core.changelog import Kind

Columns = tuple[list[Any], ...]
"""Names of series, counts, values (none where nobody has any) and what more there is of cells."""


def written(
    kind: Kind[Any], key: Callable[[int], bytes], columns: Columns
) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield key, value and cells of the rows of a slice; `key` makes that of a part."""

    def encode(first: int, last: int) -> bytes:
        return kind.encode(tuple(column[first:last] for column in columns))

    yield from parted(encode, key, 0, len(columns[0]))


def latest(rows: list[tuple[int, Columns]]) -> dict[str, tuple[Any, ...]]:
    """Return the cells of a slice by name, from its rows with the numbers of their flushes."""
    found: dict[str, tuple[Any, ...]] = {}
    for _, (names, counts, values, *more) in sorted(rows, key=itemgetter(0)):
        amounts = values or [None] * len(names)
        found.update(zip(names, zip(counts, amounts, *more, strict=True), strict=True))
    return found
