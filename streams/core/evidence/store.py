"""The evidence: how often each combination of labels occurred, lately.

By hour and by day for five weeks, with single events for three days; all from 5-minute buckets that
can no longer change and that a step has passed, so that what a step sees does not depend on what
came early. The others are held apart, by source partition: their counts are cumulative and replace
each other.
Combinations beyond the cap of an hour or a day are counted under `other`.
"""

from __future__ import annotations

import zlib
from heapq import heappop, heappush
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.event_time.buckets import BASE, DAY, HOUR
from streams.core.evidence.label_counts import Interned, Labels
from streams.core.evidence.query import DAY_CAP, HOURS_KEPT
from streams.core.evidence.row import EvidenceRow
from streams.core.evidence.usual import Usual
from streams.core.series_key import OTHER
from streams.core.sketches import fingerprints

if TYPE_CHECKING:
    from streams.core.messages import Details

DAYS_KEPT: Final = 36 * DAY
HOUR_CAP: Final = 2_000
HOUR_PRINTS: Final = 16_384
"""Prints of all combinations of labels in an hour: some 330 kB."""

Bucket = tuple[str, int, int]
"""Kind of row: open (with partition), hour, day, or a day by hour; partition or 0; start."""


_encode = msgspec.msgpack.Encoder().encode
_held = msgspec.msgpack.Decoder(list[tuple[int, list[tuple[tuple[str, ...], EvidenceRow]]]]).decode


class Source(msgspec.Struct, array_like=True):
    """How far one source partition was heard of."""

    flush: int = -1
    part: int = -1
    watermark: int = 0
    idle: bool = False


class Evidence(Usual):
    """The evidence of one metric. `grace` in seconds of event time.

    `changed` names the buckets, `moved` the source partitions that changed since they were
    cleared.
    """

    def __init__(self, grace: int) -> None:
        super().__init__()
        self._grace = grace
        self.same = Interned(2 * DAY_CAP)
        self.sources: dict[int, Source] = {}
        self.changed: set[Bucket] = set()
        self.moved: set[int] = set()
        self._passed = 0
        self._ahead: list[tuple[int, int, int, bytes]] = []  # heap: day, partition, entries, rows

    def take(self, details: Details) -> None:
        """Take over what one message of the fold stage tells; repeated or old ones do nothing."""
        heard = details.source
        source = self.sources.setdefault(heard.partition, Source())
        if (heard.flush, heard.part) <= (source.flush, source.part):
            return
        self.names = details.labels
        self._windows.clear()
        self._weeks.clear()
        frozen = source.watermark - self._grace - BASE
        for row in details.rows:
            if row.start > frozen:
                entries = self.bucket(heard.partition, row.start)
                entries[self.same.of(row.labels)] = EvidenceRow(row.count, row.samples, row.prints)
                self.changed.add(("o", heard.partition, row.start))
        source.flush, source.part = heard.flush, heard.part
        source.watermark = max(source.watermark, heard.watermark)
        source.idle = heard.idle
        self.moved.add(heard.partition)

    def reached(self, end: int, partitions: int) -> bool:
        """Tell whether every source partition has told all before `end`, or is idle."""
        if len(self.sources) < partitions:
            return False
        return all(s.idle or s.watermark - self._grace >= end for s in self.sources.values())

    def pass_on(self, end: int) -> None:
        """Add the buckets before `end` that can no longer change to their hours and days."""
        self._passed = max(self._passed, end)
        self._unpack(end)
        due: dict[int, list[int]] = {}  # partitions by start, ascending
        waiting, changed = [], set()
        while self._places and self._places[0][0] + BASE <= end:
            at, partition = heappop(self._places)
            if (partition, at) not in self.open:
                continue  # it is packed
            if at + BASE > self.sources[partition].watermark - self._grace:
                waiting.append((at, partition))
                continue
            own = due.setdefault(at, [])
            if partition not in own[-1:]:  # one that was packed ahead stands there twice
                own.append(partition)
        # By event time and labels: who comes first where there is a cap is no matter of messages.
        for at, partitions in due.items():
            hour, day = at - at % HOUR, at - at % DAY
            hours, days = self.hours.change(hour), self.days.setdefault(day, {})
            rows = [row for one in partitions for row in self.open.pop((one, at)).items()]
            for labels, entry in sorted(rows, key=itemgetter(0)):
                other = (OTHER,) * len(labels)
                key = labels if labels in hours or len(hours) < HOUR_CAP else other
                known = hours.get(key)
                if known is None:
                    hours[key] = entry
                else:
                    known.add(entry)
                key = labels if labels in days or len(days) < DAY_CAP else other
                days[key] = days.get(key, 0) + entry.count
            _bound(hours)
            self.changed.update(("o", partition, at) for partition in partitions)
            self.changed.update((("h", 0, hour), ("d", 0, day)))
            changed.add(hour)
        self._moved_on({hour - hour % DAY for hour in changed}, changed)
        for place in waiting:
            heappush(self._places, place)

    def bucket(self, partition: int, start: int) -> dict[Labels, EvidenceRow]:
        """Find an open bucket, or open it."""
        entries = self.open.get((partition, start))
        if entries is None:
            entries = self.open[partition, start] = {}
            heappush(self._places, (start, partition))
        return entries

    def size(self) -> int:
        """Count the entries."""
        ahead = sum(entries for _, _, entries, _ in self._ahead)
        opened = sum(map(len, self.open.values()))
        past = self.past.size() + sum(map(len, self.days.values()))
        return self.hours.size() + opened + ahead + past

    def pack(self) -> None:
        """Pack the hours gone by, and whole days that no step has come near yet (a backlog)."""
        self.hours.pack()
        self.past.pack()
        days: dict[tuple[int, int], list[tuple[int, list[tuple[Labels, EvidenceRow]]]]] = {}
        for partition, at in list(self.open):
            day = at - at % DAY
            final = self.sources[partition].watermark - self._grace
            if day > self._passed and day + DAY <= final:
                rows = list(self.open.pop((partition, at)).items())
                days.setdefault((day, partition), []).append((at, rows))
        for (day, partition), held in days.items():
            entries = sum(len(rows) for _, rows in held)
            data = zlib.compress(_encode(held), 1)
            heappush(self._ahead, (day, partition, entries, data))

    def _unpack(self, end: int) -> None:
        while self._ahead and self._ahead[0][0] < end:
            _, partition, _, data = heappop(self._ahead)
            for at, rows in _held(zlib.decompress(data)):
                self.bucket(partition, at).update(self.same.keys(rows))

    def prune(self, end: int) -> None:
        """Forget what is too old at `end`."""
        hours = [start for start in self.hours if start < end - HOURS_KEPT]
        for start in sorted(hours):
            self.past.add(start, self.hours.counts(start))
            del self.hours[start]
            self.changed.update((("h", 0, start), ("c", 0, start - start % DAY)))
        if hours:
            self._rest()
        days = [start for start in self.days if start < end - DAYS_KEPT]
        for start in days:
            del self.days[start]
            self.changed.add(("d", 0, start))
        for start in [start for start in self.past if start < end - DAYS_KEPT]:
            del self.past[start]
            self.changed.add(("c", 0, start))
        self._moved_on(days, hours)


def _bound(hours: dict[Labels, EvidenceRow]) -> None:
    """Cut the prints of an hour to what all combinations of labels may have together."""
    if sum(len(entry.prints) for entry in hours.values()) > HOUR_PRINTS * fingerprints.SIZE:
        cut = fingerprints.thin([entry.prints for entry in hours.values()], HOUR_PRINTS)
        for entry, kept in zip(hours.values(), cut, strict=True):
            entry.prints = kept
