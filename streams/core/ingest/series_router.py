"""From the labels of an event to the series it counts in: one a breakdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.catalogue import TOPIC_OF, TOPICS
from streams.core.series_key import OTHER, UNKNOWN, series_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from schemas.metrics import Metric
    from streams.core.catalogue import Breakdown, Labels

MAX_CACHED_TUPLES: Final = 8_192
"""Label tuples whose series are kept at hand, some 400 bytes each."""


class SeriesRouter:
    """Names the series that an event's labels belong to, with a cap on values a breakdown.

    The first `cap` value combinations of a breakdown get series of their own; later ones are
    counted under `other`.

    Attributes:
        names: the series admitted so far (state: it must survive).
        capped: how often a name was refused because its breakdown was full.
    """

    def __init__(self, breakdowns: Mapping[Metric, Sequence[Breakdown]], cap: int) -> None:
        self._cap = cap
        self._picks: dict[Metric, list[tuple[Breakdown, tuple[int, ...]]]] = {}
        for metric, wanted in breakdowns.items():
            labels = TOPICS[TOPIC_OF[metric]].labels
            self._picks[metric] = [(b, tuple(labels.index(name) for name in b)) for b in wanted]
        self._sizes: dict[tuple[Metric, Breakdown], int] = {}
        self._admitted: dict[tuple[Metric, Breakdown, Labels], str] = {}
        self._cache: dict[tuple[Metric, Labels], tuple[str, ...]] = {}
        self._strings: dict[str | None, str | None] = {}
        self.names: set[str] = set()
        self._fresh: list[str] = []
        """Series admitted since `drain_admitted` was called."""
        self.capped = 0

    def series(self, metric: Metric, labels: Labels) -> tuple[str, ...]:
        """Name the series of one event: one a breakdown."""
        found = self._cache.get((metric, labels))
        if found is None:
            if len(self._cache) >= MAX_CACHED_TUPLES:
                self._cache.clear()  # rare label tuples must not pile up for ever
                self._strings.clear()
            share = self._strings.setdefault  # every event brings strings of its own
            labels = tuple([share(label, label) for label in labels])
            found = tuple(
                [self._name(metric, labels, *pick) for pick in self._picks.get(metric, ())]
            )
            self._cache[metric, labels] = found
        return found

    def admit(self, metric: Metric, labels: Collection[str], name: str) -> None:
        """Restore one admitted series with label names `labels`."""
        for breakdown, _ in self._picks.get(metric, ()):
            if set(breakdown) == set(labels):
                self.names.add(name)
                self._sizes[metric, breakdown] = self._sizes.get((metric, breakdown), 0) + 1

    def drain_admitted(self) -> list[str]:
        """Return the series admitted since the last call, whose rows are still to be written."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def _name(
        self, metric: Metric, labels: Labels, breakdown: Breakdown, picks: tuple[int, ...]
    ) -> str:
        picked = (metric, breakdown, tuple([labels[i] for i in picks]))
        name = self._admitted.get(picked)
        if name is None:
            values = {n: v or UNKNOWN for n, v in zip(breakdown, picked[2], strict=True)}
            name = self._admit(metric, breakdown, series_key(metric, values))
            self._admitted[picked] = name
            if len(self._admitted) > len(self._picks) * self._cap:
                self._admitted.clear()
        return name

    def _admit(self, metric: Metric, breakdown: Breakdown, name: str) -> str:
        if name in self.names:
            return name
        size = self._sizes.get((metric, breakdown), 0)
        if size >= self._cap:
            self.capped += 1
            return series_key(metric, dict.fromkeys(breakdown, OTHER))
        self._sizes[metric, breakdown] = size + 1
        self.names.add(name)
        self._fresh.append(name)
        return name
