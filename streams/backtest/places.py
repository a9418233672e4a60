"""The places of a history: what its series are about, to tell a label that names none of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from streams.core.series import parse_series
from streams.load.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.backtest.labels import Label


class Places:
    """The values of each label over the series of a history."""

    def __init__(self, series: Iterable[str]) -> None:
        self._values: dict[str, set[str]] = defaultdict(set)
        for key in series:
            for name, value in parse_series(key)[1].items():
                self._values[name].add(value)

    def unknown(self, label: Label) -> str:
        """Say why no alert can tell of a label; nothing where one can."""
        for name, value in label.labels.items():
            values = self._values.get(name)
            if values is None:
                return f"no series is kept by {name}: see tables.breakdowns"
            if value not in values:
                return f"no event has {name} {value!r}; {near(value, sorted(values))}"
        return ""
