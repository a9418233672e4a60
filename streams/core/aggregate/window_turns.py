"""Whose windows are published next: those that changed or aged, and all once after a restart.

touched --+
aged -----+--> waiting: the first one waits longest --> so many a flush
restored -+    of these some at a time: what comes meanwhile does not wait for all of them
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import GRAINS, end_of
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.aggregate.family import FamilyTables
    from streams.core.aggregate.series import Series

MAX_SERIES_A_FLUSH: Final = 5_000
"""Series whose windows one flush publishes: some 16 MB. The others have the next."""
RESTORED_A_FLUSH: Final = 250
"""Restored series, of which nothing is known to have changed, that join those in one flush."""


class WindowTurns:
    """Keeps which series of a family have windows that may not be as last published.

    Attributes:
        published: the watermark up to which windows were published.
    """

    def __init__(self, tables: FamilyTables) -> None:
        self._tables = tables
        self._waiting: dict[Series, None] = {}
        self._restored: list[Series] = []
        """Nobody knows which of their windows had been published."""
        self._clock = NEVER
        """The event time as of which those were found that have aged."""
        self._skipped = False
        """Whether the watermark moved on and no window was published."""
        self.published = NEVER

    def restored(self) -> None:
        """Let every series that was restored have its turn."""
        self._restored = list(self._tables.series.values())
        self._clock = self._tables.progress.clock

    def waits(self) -> bool:
        """Return whether any series waits, or has aged since the last call of `next`."""
        clock = self._tables.progress.clock
        aged = end_of(clock, "5m") > end_of(self._clock, "5m")
        return aged or bool(self._waiting or self._restored)

    def next(self, *, due: bool, backlog: bool) -> list[Series]:
        """Return whose windows are to be published now, none where they are not `due`."""
        waiting, restored = self._waiting, self._restored
        series = self._tables.buckets.series
        waiting.update((series[number], None) for number in self._tables.buckets.touched())
        now: list[Series] = []
        if due:
            waiting.update((one, None) for one in self._aged())
            waiting.update((one, None) for one in restored[-RESTORED_A_FLUSH:])
            del restored[-RESTORED_A_FLUSH:]
            now = list(islice(waiting, MAX_SERIES_A_FLUSH))
            for one in now:
                del waiting[one]
        all_told = due and not waiting and not restored
        if all_told:
            self._skipped = False
        elif backlog:
            self._skipped = True
        if backlog or all_told:
            self.published = self._tables.progress.watermark
        return now

    def _aged(self) -> Iterable[Series]:
        """Find the series whose windows may have lost a bucket since they were last published.

        Of one that was skipped the 5 minutes may be gone, and their hour is there.
        """
        tables = self._tables
        clock, before = tables.progress.clock, self._clock
        self._clock = clock
        for grain in reversed(GRAINS):
            if tables.zone.floor(clock, grain) > tables.zone.floor(before, grain):
                if grain == "1d":
                    return tables.series.values()
                held = "1h" if self._skipped and grain == "5m" else grain
                return [tables.buckets.series[n] for n in tables.buckets.holding(held)]
        return ()
