"""The evidence that is kept: how often each combination of labels occurred, lately.

By hour and by day for five weeks, with single events for three days; all from 5-minute buckets that
can no longer change and that a step has passed, so that what a step sees does not depend on what
came early. The others are held apart, by source partition.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from streams.core import detail_messages
from streams.core.detail_columns import joined, of_rows
from streams.core.detail_messages import PackedDetails, pack, unpack
from streams.core.event_time.buckets import BASE, DAY, HOUR
from streams.core.event_time.zone import UTC_ZONE, Zone
from streams.core.evidence.days import COMBINATIONS_A_DAY, Days
from streams.core.evidence.hours import Hours
from streams.core.evidence.kinds import (
    DAY_COLUMNS,
    DAY_COUNTS,
    HOUR_COLUMNS,
    HOUR_ROWS,
    LABEL_NAMES,
    OPEN_BUCKET,
    OPEN_COLUMNS,
    PAST_HOURS,
    SOURCE,
)
from streams.core.evidence.open_buckets import OpenBuckets
from streams.core.evidence.past import Past
from streams.core.evidence.progress import SourceProgress
from streams.core.messages import DetailRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.changelog import ChangelogRow, Kind, StoredRow
    from streams.core.detail_columns import DetailColumns, Ordered
    from streams.core.evidence.combinations import Labels
    from streams.core.messages import Details

HOURS_KEPT: Final = 3 * DAY
"""Seconds of event time for which single events are kept."""
DAYS_KEPT: Final = 36 * DAY
"""Seconds of event time for which counts by day are kept."""

_IN_COLUMNS: Final = {
    OPEN_BUCKET: OPEN_COLUMNS,
    HOUR_ROWS: HOUR_COLUMNS,
    DAY_COUNTS: DAY_COLUMNS,
}
"""What kinds of rows of older releases became: they are written anew with the first flush."""

Bucket = tuple["Kind[Any]", int, int]
"""Kind of row, partition (0 where the kind has none), start: what a row of evidence is of."""


class Outdated(NamedTuple):
    """Days and hours that changed, or are gone: what was worked out of them no longer holds.

    `dropped`: some of the hours are gone.
    """

    days: set[int]
    hours: set[int]
    dropped: bool


class EvidenceStore:
    """Keeps the evidence of one metric, and gives what changed. `grace` in seconds of event time.

    What it keeps and is asked for is in the civil time of `zone`, but for what may still change.
    `open_buckets`, `hours`, `days` and `past` are for the lookups to read.
    """

    def __init__(self, grace: int, zone: Zone = UTC_ZONE) -> None:
        self._zone = zone
        self.label_names: Labels = ()
        self.open_buckets = OpenBuckets(zone)
        self.hours = Hours()
        self.days = Days()
        self.past = Past(COMBINATIONS_A_DAY)
        self._sources = SourceProgress(grace)
        self._passed = 0
        self._changed: set[Bucket] = set()
        self._written: set[Bucket] = set()  # those that have a row in the changelog

    def admit(self, details: Details | PackedDetails) -> bool:
        """Keep what one message of the ingest stage has; False for a repeated or an old one."""
        source = details.source
        final = self._sources.final_until(source.partition)
        if not self._sources.update(source):
            return False
        self.label_names = details.labels
        rows = detail_messages.read(details)
        if rows is not None:
            if any(len(set(values)) < len(values) for values in rows.values):
                # A word that stands for no value is one of the values, too.
                rows = joined([rows]).latest()
            for start, own in rows.by_start():
                if start + BASE > final:
                    self.open_buckets.put(source.partition, start, self._civil(start, own))
                    self._changed.add((OPEN_COLUMNS, source.partition, start))
        return True

    def _civil(self, start: int, rows: DetailColumns) -> DetailColumns:
        """Return rows of a bucket with the civil times of their events."""
        civil = self._zone.civil_seconds(start)
        if civil is None:
            return rows
        times, which = np.unique(rows.prints[:, -1], return_inverse=True)
        prints = rows.prints.copy()
        prints[:, -1] = np.array([civil(at) & 0xFFFFFFFF for at in times.tolist()], np.uint32)[
            which
        ]
        return rows._replace(prints=prints)

    def is_complete(self, end: int, partitions: int) -> bool:
        """Return whether each source partition has published all before `end`, or is idle."""
        return self._sources.have_passed(self._zone.instant(end), partitions)

    def advance(self, end: int) -> Outdated:
        """Count the buckets before `end` that can no longer change, and drop what is too old."""
        self._passed = max(self._passed, end)
        hours = set(self._close(end))
        days = {hour - hour % DAY for hour in hours}
        dropped = set(self._drop_hours(end - HOURS_KEPT))
        return Outdated(
            days.union(self._drop_days(end - DAYS_KEPT)), hours | dropped, bool(dropped)
        )

    def _close(self, end: int) -> Iterator[int]:
        """Add buckets to their hours and days; yield the hours."""
        closed = self.open_buckets.pop(end, self._sources.final_until)
        for hour, several in groupby(closed, key=lambda one: self._hour_of(one[0])):
            buckets = list(several)
            # By event time and labels: who comes first where there is a cap is no matter of
            # messages.
            rows = _ordered([(partition, own) for _, partition, own in buckets])
            day = hour - hour % DAY
            self.days.add(day, rows)
            self.hours.add(hour, rows)
            self._changed.update((OPEN_COLUMNS, partition, at) for at, partition, _ in buckets)
            self._changed.update(((HOUR_COLUMNS, 0, hour), (DAY_COLUMNS, 0, day)))
            yield hour

    def _hour_of(self, start: int) -> int:
        civil = self._zone.civil(start)
        return civil - civil % HOUR

    def _drop_hours(self, before: int) -> Iterator[int]:
        """Let the single events of old hours go, and keep their counts; yield the hours."""
        for hour in sorted(hour for hour in self.hours if hour < before):
            self.past.add(hour, self.hours.counts(hour))
            del self.hours[hour]
            self._changed.update(((HOUR_COLUMNS, 0, hour), (PAST_HOURS, 0, hour - hour % DAY)))
            yield hour

    def _drop_days(self, before: int) -> Iterator[int]:
        """Let old days go; yield those that were counted by day."""
        for day in [day for day in self.past if day < before]:
            del self.past[day]
            self._changed.add((PAST_HOURS, 0, day))
        for day in [day for day in self.days if day < before]:
            del self.days[day]
            self._changed.add((DAY_COLUMNS, 0, day))
            yield day

    def pack(self) -> None:
        """Pack the hours gone by, and whole days that no step has come near yet (a backlog)."""
        self.hours.pack()
        self.past.pack()
        self.open_buckets.pack(self._passed, self._sources.final_until)

    def size(self) -> int:
        """Count the rows and counts that are kept."""
        return sum(held.size() for held in (self.hours, self.open_buckets, self.past, self.days))

    def pending(self) -> int:
        """Count the rows that the next flush would write."""
        return len(self._changed) + self._sources.pending()

    def flush(self, metric: str, *, durable: bool) -> list[ChangelogRow]:
        """Return the rows of what changed (none if not `durable`), and forget that it did."""
        sources = list(self._sources.changes())
        changed, self._changed = self._changed, set()
        if not durable:
            return []
        rows: list[ChangelogRow] = []
        if sources:
            rows.append((LABEL_NAMES.key(metric), LABEL_NAMES.encode(self.label_names)))
        for partition, progress in sources:
            rows.append((SOURCE.key(metric, partition), SOURCE.encode(progress)))
        for bucket in changed:
            kind, partition, start = bucket
            value = self._encoded(bucket)
            if value is not None:
                self._written.add(bucket)
                rows.append((kind.key(metric, partition, start), value))
            elif bucket in self._written:
                self._written.remove(bucket)
                rows.append((kind.key(metric, partition, start), None))
        return rows

    def _encoded(self, bucket: Bucket) -> bytes | None:
        """Encode what is kept of a bucket, an hour or a day; None where it is gone."""
        kind, partition, start = bucket
        if kind is PAST_HOURS:
            return self.past.row(start)
        rows: DetailColumns | None = None  # of an older kind, which is written no more
        if kind is OPEN_COLUMNS:
            rows = self.open_buckets.find(partition, start)
        elif kind is HOUR_COLUMNS:
            rows = self.hours.columns(start)
        elif kind is DAY_COLUMNS:
            rows = self.days.columns(start)
        return None if rows is None else kind.encode(pack(rows))

    def restore(self, row: StoredRow) -> None:
        """Restore what one row of the changelog has."""
        kind, (_, *key), value = row
        if kind is LABEL_NAMES:
            self.label_names = value
            return
        if kind is SOURCE:
            self._sources.restore(key[0], value)
            return
        partition, start = key
        self._written.add((kind, partition, start))
        if kind is PAST_HOURS:
            self.past.read(start, value)
            return
        now = _IN_COLUMNS.get(kind, kind)
        if now is not kind:
            self._changed.update(((kind, partition, start), (now, partition, start)))
            if not value:
                return
        rows = unpack(value) if now is kind else _older_rows(kind, start, value)
        if now is OPEN_COLUMNS:
            self.open_buckets.put(partition, start, rows)
        elif now is HOUR_COLUMNS:
            self.hours.restore(start, rows)
        else:
            self.days.restore(start, rows)


def _older_rows(kind: Kind[Any], start: int, value: Sequence[tuple[Labels, Any]]) -> DetailColumns:
    """Return what a row of a kind that is written no more has."""
    if kind is DAY_COUNTS:
        return of_rows(DetailRow(start, labels, count, []) for labels, count in value)
    return of_rows(DetailRow(start, labels, r.count, r.samples, r.prints) for labels, r in value)


def _ordered(buckets: Sequence[tuple[int, Sequence[DetailColumns]]]) -> Ordered:
    """Join what came of buckets, by partition; what came of one later replaces what came before."""
    parts = [own for _, several in buckets for own in several]
    owners = [
        np.full(own.starts.size, partition) for partition, several in buckets for own in several
    ]
    return joined(parts).latest(np.concatenate(owners)).ordered()
