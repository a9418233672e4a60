"""Values inside JSON objects and lists: `a.b` is the field b of a, `tags.0` the first tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streams.load.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def names(row: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the paths of all that stands in an object; of a list those of its first member."""
    for name, value in row.items():
        path = prefix + name
        yield path
        if isinstance(value, list) and value:
            yield f"{path}.0"
            value, path = value[0], f"{path}.0"  # noqa: PLW2901 (one level further in)
        if isinstance(value, dict):
            yield from names(value, f"{path}.")


def column(rows: Sequence[dict[str, Any]], name: str) -> Column:
    """Give what stands at a path in each object; a field of that very name comes first."""
    head, dot, rest = name.partition(".")
    if not dot:
        return Column([row.get(name) for row in rows])
    return Column([row[name] if name in row else _inside(row.get(head), rest) for row in rows])


def _inside(value: object, path: str) -> object:
    head, dot, rest = path.partition(".")
    if isinstance(value, dict):
        found = value.get(head)
    elif isinstance(value, list) and head.isdecimal() and int(head) < len(value):
        found = value[int(head)]
    else:
        return None
    return _inside(found, rest) if dot else found
