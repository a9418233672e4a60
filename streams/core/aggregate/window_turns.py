"""Whose windows are published next: those that changed or aged, and all once after a restart.

touched --+
aged -----+--> waiting: the first one waits longest --> so many a flush
restored -+    of these some at a time: what comes meanwhile does not wait for all of them

Windows that move on by 5 minutes (1h), by hours (24h, 7d) and by days have turns of their own.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import GRAINS, end_of
from streams.core.event_time.watermark import NEVER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from streams.core.aggregate.family import FamilyTables
    from streams.core.aggregate.series import Series
    from streams.core.event_time.buckets import Grain

MAX_SERIES_A_FLUSH: Final = 5_000
"""Series whose windows one flush publishes: some 16 MB. The others have the next."""
RESTORED_A_FLUSH: Final = 250
"""Restored series, of which nothing is known to have changed, that join those in one flush."""


class WindowTurns:
    """Keeps which series of a family have windows that may not be as last published.

    Attributes:
        published: the watermark up to which windows that move on by 5 minutes were published.
    """

    def __init__(self, tables: FamilyTables) -> None:
        self._tables = tables
        self._waiting: dict[Grain, dict[Series, None]] = {grain: {} for grain in GRAINS}
        """By what their windows move on by."""
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
        return aged or bool(any(self._waiting.values()) or self._restored)

    @property
    def left(self) -> bool:
        """Whether there are series that wait, of which the last flush published others."""
        return any(self._waiting.values())

    def next(
        self, due: Collection[Grain], *, backlog: bool
    ) -> Iterator[tuple[Grain, list[Series]]]:
        """Yield whose windows are to be published now, by what those move on by.

        Where windows of any grain are `due`, so are all of a series that is as it was at the last
        flush: they are not soon replaced.
        """
        series, restored = self._tables.buckets.series, self._restored
        # No set: in what order rows are sent is not to depend on where series lie in memory.
        touched = dict.fromkeys(series[number] for number in self._tables.buckets.touched())
        for waiting in self._waiting.values():
            waiting.update(touched)
        if due:
            self._find_aged()
            for grain, waiting in self._waiting.items():
                waiting.update(dict.fromkeys(restored[-RESTORED_A_FLUSH:]))
                those = waiting if grain in due else (one for one in waiting if one not in touched)
                now = list(islice(those, MAX_SERIES_A_FLUSH))
                for one in now:
                    del waiting[one]
                yield grain, now
            del restored[-RESTORED_A_FLUSH:]
        all_told = bool(due) and not self._waiting["5m"] and not restored
        if all_told:
            self._skipped = False
        elif backlog:
            self._skipped = True
        if backlog or all_told:
            self.published = self._tables.progress.watermark

    def _find_aged(self) -> None:
        """Let the series wait whose windows may have lost a bucket since this was asked for.

        The longest grain that is over says whose: shorter buckets may be gone already. So may the
        5 minutes of one that was skipped, and their hour is there.
        """
        zone, buckets = self._tables.zone, self._tables.buckets
        clock, before = self._tables.progress.clock, self._clock
        self._clock = clock
        over = [one for one in GRAINS if zone.floor(clock, one) > zone.floor(before, one)]
        if not over:
            return
        several = buckets.series
        if over[-1] != "1d":
            held = "1h" if self._skipped else over[-1]
            several = [several[number] for number in sorted(buckets.holding(held))]
        for grain in over:
            self._waiting[grain].update(dict.fromkeys(several))
