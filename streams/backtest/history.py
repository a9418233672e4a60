"""The files of a history as one stream of events, in the order of event time."""

from __future__ import annotations

import heapq
from collections import Counter
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from streams.load.loading import BATCH, Loading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from streams.load.model import Event, Options


class Source(NamedTuple):
    """How to read a history; it can be sent to another process."""

    files: tuple[Path, ...]
    topic: str
    options: Options


class History:
    """Files that have been looked through once and can be read as events of a topic.

    Each file is sorted as `groundswell load` sorts it; where there are several, the events of all
    are merged by time. Rows that stand in two of them are one event where their times are alike:
    events are named by what they say.

    Raises:
        LoadError: a file, the mapping or an option cannot be used.
    """

    def __init__(
        self, source: Source, progress: Callable[[int], None] = lambda _rows: None
    ) -> None:
        self.source = source
        self.loadings = [
            Loading(file, source.topic, source.options, progress) for file in source.files
        ]

    @property
    def rows(self) -> int:
        """How many rows the files have."""
        return sum(loading.rows for loading in self.loadings)

    @property
    def read(self) -> int:
        """How many rows were read so far."""
        return sum(loading.report.rows for loading in self.loadings)

    @property
    def events(self) -> int:
        """How many events were read so far."""
        return sum(loading.report.events for loading in self.loadings)

    @property
    def refused(self) -> Counter[str]:
        """How many rows the contract refused so far, by reason."""
        total: Counter[str] = Counter()
        for loading in self.loadings:
            total.update(loading.report.refused)
        return total

    @property
    def span(self) -> tuple[int, int]:
        """First and last event time, in epoch seconds."""
        spans = [loading.span for loading in self.loadings]
        return min(first for first, _ in spans), max(last for _, last in spans)

    def batches(self) -> Iterator[Sequence[Event]]:
        """Read the events, some thousands at a time.

        Raises:
            LoadError: a file is damaged further on, or none of its first rows is an event.
        """
        if len(self.loadings) == 1:
            return self.loadings[0].batches()
        streams = (chain.from_iterable(loading.batches()) for loading in self.loadings)
        merged = heapq.merge(*streams, key=attrgetter("at"))
        return iter(lambda: list(islice(merged, BATCH)), [])
