"""The evidence of one metric: what is kept, and three ways to look it up, kept in step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.evidence.combinations import NOWHERE
from streams.core.evidence.count_index import CountIndex
from streams.core.evidence.query import CountQuery
from streams.core.evidence.recent import RecentEvents
from streams.core.evidence.store import EvidenceStore, Outdated
from streams.core.evidence.usual import UsualQuery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.changelog import ChangelogRow, StoredRow
    from streams.core.detail_messages import PackedDetails
    from streams.core.evidence.combinations import Labels, Place
    from streams.core.messages import Details

NO_HOURS: Final = Outdated(set(), set(), dropped=False)
"""Outdated is what was worked out of open buckets, and no more."""


class Lookups:
    """The ways to look the evidence up; they share the numbers of the combinations of labels."""

    def __init__(self, store: EvidenceStore) -> None:
        self._index = CountIndex(store)
        self.counts = CountQuery(store, self._index)
        self.events = RecentEvents(store, self._index.combinations)
        self.usual = UsualQuery(store, self._index)

    def is_full(self) -> bool:
        """Return whether there are so many combinations that all should be numbered anew."""
        return self._index.is_full()

    def invalidate(self, outdated: Outdated) -> None:
        """Forget what no longer holds."""
        self._index.invalidate(outdated)
        self.counts.invalidate(outdated)
        self.events.invalidate(outdated)
        self.usual.invalidate(outdated)


class Evidence:
    """The evidence of one metric. `grace` in seconds of event time.

    All times that it is asked for are civil, of `zone`.
    It changes by `admit` and `advance` alone; whoever looks something up changes nothing.
    """

    def __init__(self, grace: int, zone: Zone = UTC_ZONE) -> None:
        self._store = EvidenceStore(grace, zone)
        self._lookups = Lookups(self._store)

    # -- looking it up -----------------------------------------------------------------------------

    @property
    def counts(self) -> CountQuery:
        """Counts of any series by combination of labels."""
        return self._lookups.counts

    @property
    def events(self) -> RecentEvents:
        """Prints and sample texts of any series."""
        return self._lookups.events

    @property
    def usual(self) -> UsualQuery:
        """What is usual of any series, by the weeks before."""
        return self._lookups.usual

    @property
    def label_names(self) -> Labels:
        """The names of the labels, in the order of their values."""
        return self._store.label_names

    def place(self, labels: Mapping[str, str]) -> Place:
        """Find where a series' labels stand in the evidence."""
        names = self.label_names
        if not set(labels) <= set(names):
            return NOWHERE
        return tuple((names.index(name), value) for name, value in labels.items())

    # -- changing it -------------------------------------------------------------------------------

    def admit(self, details: Details | PackedDetails) -> None:
        """Keep what one message of the ingest stage has; repeated or old ones do nothing."""
        if self._store.admit(details):
            self._lookups.invalidate(NO_HOURS)

    def is_complete(self, end: int, partitions: int) -> bool:
        """Return whether each source partition has published all before `end`, or is idle."""
        return self._store.is_complete(end, partitions)

    def advance(self, end: int) -> None:
        """Let a step that ends at `end` see what can no longer change; drop what is too old."""
        outdated = self._store.advance(end)
        if outdated.dropped and self._lookups.is_full():
            self._lookups = Lookups(self._store)  # most combinations go with their days
            return
        self._lookups.invalidate(outdated)
        if outdated.dropped:
            self._lookups.events.trim()

    # -- keeping it --------------------------------------------------------------------------------

    def pack(self) -> None:
        """Pack what no step is at."""
        self._store.pack()

    def size(self) -> int:
        """Count the rows and counts that are kept."""
        return self._store.size()

    def pending(self) -> int:
        """Count the rows that the next flush would write."""
        return self._store.pending()

    def flush(self, metric: str, *, durable: bool = True) -> list[ChangelogRow]:
        """Return the rows of what changed (none if not `durable`), and forget that it did."""
        rows = self._store.flush(metric, durable=durable)
        self._store.pack()
        return rows

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has; call `pack` after the last one."""
        self._store.restore(row)
