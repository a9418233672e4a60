"""The places of a history: what its series are about, to find a label that names none of them."""

from __future__ import annotations

import difflib
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from streams.core.series_key import parse_series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.backtest.labels import Label


_SHOWN: Final = 3


class Places:
    """The values of each label over the series of a history."""

    def __init__(self, series: Iterable[str]) -> None:
        self._values: dict[str, set[str]] = defaultdict(set)
        for key in series:
            for name, value in parse_series(key)[1].items():
                self._values[name].add(value)

    def unknown(self, label: Label) -> str:
        """Say why no alert can match a label; nothing where one can."""
        for name, value in label.labels.items():
            values = self._values.get(name)
            if values is None:
                return f"no series is kept by {name}: see tables.breakdowns"
            if value not in values:
                return f"no event has {name} {value!r}{_meant(value, values)}"
        return ""


def _meant(value: str, values: Iterable[str]) -> str:
    """Say which of many values was perhaps meant: one that contains it, or looks like it."""
    by_lower = {known.lower(): known for known in sorted(values)}
    lower = value.lower()
    close = [known for known in by_lower if lower in known][:_SHOWN]
    close = close or difflib.get_close_matches(lower, by_lower, n=_SHOWN)
    return f"; did you mean {' or '.join(repr(by_lower[name]) for name in close)}?" if close else ""
