"""Details: the evidence. Count, fingerprints and texts of each full set of labels in a bucket.

    row      bucket, metric, number of the value of each label     what a detail is of
    slot     its place in the columns: count, changed, ...

What is kept of single events is a sample by the smallest hashes of their ids, so it depends on no
order. Which label tuples are counted apart does: those that came first.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams.core.catalogue import TOPICS
from streams.core.detail_columns import WORDS, DetailColumns, joined
from streams.core.detail_texts import NO_TEXTS
from streams.core.distinct_rows import distinct_rows
from streams.core.event_time.buckets import BASE
from streams.core.ingest.detail_rows import found
from streams.core.masking import excerpt
from streams.core.sample_texts import SampleTexts
from streams.core.series_key import OTHER
from streams.core.sketches.crc32 import crc32s
from streams.core.sketches.fingerprints import fingerprints
from streams.core.sketches.prints import Prints
from streams.core.slots import SlotPool, grown, row_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from schemas.metrics import Metric
    from streams.core.ingest.event_columns import EventColumns
    from streams.core.ingest.label_codes import LabelCodes
    from streams.core.slots import Integers

    Hashes = NDArray[np.uint32]
    Rows = NDArray[np.int32]

MAX_SAMPLE_TEXTS: Final = 3
"""Texts that are kept of a label tuple in a bucket."""
MAX_DETAILS: Final = 2_000
"""Label tuples a bucket of one partition; the rest are counted under `other`."""
MAX_DETAILS_A_PART: Final = 1_000
"""Details a message or row: 150 kB as a rule, 500 kB at the most without sample texts."""
MAX_LETTERS_A_PART: Final = 200_000
"""Letters of sample texts after which one is full."""
MAX_PRINTS: Final = 16
"""Fingerprints of a label tuple in a bucket: a sample of its events, so that a row stays small."""


class ChangedDetails(NamedTuple):
    """What full label tuples came to so far, by metric and bucket.

    The texts are the customers' own words, cut; they are masked where they are shown.

    Attributes:
        metrics: by metric, which rows are of it: from the first up to before the last.
        rows: label values as events have them.
        letters: how many the texts of each row have together, in bytes.
    """

    metrics: list[tuple[Metric, int, int]]
    rows: DetailColumns
    letters: Integers

    def parts(self, first: int, last: int) -> Iterator[DetailColumns]:
        """Cut the rows from `first` up to before `last` into parts of bounded size."""
        sums = self.letters[first:last].cumsum()
        begin, before = first, 0
        while begin < last:
            full = first + int(sums.searchsorted(before + MAX_LETTERS_A_PART, side="right")) + 1
            end = min(begin + MAX_DETAILS_A_PART, full, last)
            yield self.rows.span(begin, end)
            begin, before = end, int(sums[end - first - 1])

    def cut(self, start: int) -> tuple[ChangedDetails, ChangedDetails]:
        """Return the rows of the buckets up to `start`, and those of later ones."""
        cuts = [
            (metric, first, first + int(self.rows.starts[first:last].searchsorted(start, "right")))
            for metric, first, last in self.metrics
        ]
        after = [
            (metric, cut, last)
            for (metric, _, cut), (_, _, last) in zip(cuts, self.metrics, strict=True)
        ]
        return self._replace(metrics=cuts), self._replace(metrics=after)

    def by_start(self) -> Iterator[tuple[Metric, int, Iterator[DetailColumns]]]:
        """Yield metric, start of the bucket and parts of the rows of each bucket of a metric."""
        for metric, first, last in self.metrics:
            begin = first
            for start, rows in self.rows.span(first, last).by_start():
                end = begin + rows.starts.size
                yield metric, start, self.parts(begin, end)
                begin = end


_NONE: Final = np.zeros(0, np.int64)
_NO_PRINTS: Final = np.zeros((0, WORDS), np.uint32)
_NO_ROWS: Final = DetailColumns([], [], _NONE, _NONE, _NONE, _NO_PRINTS, NO_TEXTS)


class Details:
    """The details of the open buckets of one source topic in one partition, and what changed.

    They are kept of the metrics in `watched`.
    """

    def __init__(self, topic: str, codes: LabelCodes, watched: Collection[Metric]) -> None:
        self._metrics = TOPICS[topic].metrics
        self._watched = frozenset(watched)
        self._any_watched = not self._watched.isdisjoint(self._metrics)
        self._codes = codes
        self._slot_of: dict[bytes, int] = {}
        """By the bytes of its row."""
        self._pool = SlotPool()
        self._held: Counter[int] = Counter()
        """Details by bucket (its start / 300)."""
        self._rows: Rows = np.zeros((0, 2 + len(codes.labels)), np.int32)
        self._counts: Integers = np.zeros(0, np.int64)
        self._changed = np.zeros(0, np.bool_)
        """Since the last flush."""
        self._unsent = np.zeros(0, np.bool_)
        """Changed since they were sent."""
        self._prints = Prints(MAX_PRINTS)
        self._texts = SampleTexts(MAX_SAMPLE_TEXTS)
        self._restored: list[tuple[tuple[int, int], Metric, DetailColumns]] = []
        """What stands in the changelog, with the flush and the part that wrote it."""

    def add(self, events: EventColumns) -> None:
        """Add events to the details that they belong to."""
        parts = [
            (self._metrics.index(metric), contributions)
            for metric, contributions in events.contributions.items()
            if metric in self._watched
        ]
        if not parts:
            return
        places: Integers | None = None  # all, one after the other
        metrics = np.full(events.times.size, parts[0][0])
        if len(parts) > 1 or parts[0][1].places is not None:
            every = np.arange(events.times.size)
            each = [contributions.of(every) for _, contributions in parts]
            metrics = np.repeat([metric for metric, _ in parts], [own.size for own in each])
            places = np.concatenate(each)
            order = places.argsort(kind="stable")
            places, metrics = places[order], metrics[order]
        chosen = events if places is None else events.chosen(places)
        columns = [chosen.times // BASE, metrics, *chosen.codes]
        slots = self._find(np.stack(columns, 1).astype(np.int32))
        self._counts += np.bincount(slots, minlength=self._counts.size)
        self._changed[slots] = self._unsent[slots] = True
        ids = chosen.event_ids
        hashes = crc32s(ids)
        self._prints.add(slots, hashes, partial(_bodies, chosen))
        if chosen.texts is not None:
            self._add_texts(slots, hashes.astype(np.int64), chosen.texts)

    def pending(self) -> int:
        """Count the details changed since the last flush."""
        return int(np.count_nonzero(self._changed))

    def size(self) -> int:
        """Count the details held."""
        return len(self._slot_of)

    def drain(self, frozen: int, *, whole: bool) -> tuple[ChangedDetails, ChangedDetails]:
        """Return what is to be sent, and what is to be written down.

        A detail is sent once its bucket can no longer change: nobody looks at it before. It is
        written down at each flush until then.

        Args:
            frozen: start of the latest such bucket, epoch seconds.
            whole: send what there is of other buckets, too.
        """
        closed = self._rows[:, 0] <= frozen // BASE
        due = self._unsent & (closed | whole)
        still = self._changed & ~closed
        self._unsent &= ~due
        if whole:
            return self._read(due), self._read(still)
        return self._read(due | still).cut(frozen)

    def _read(self, chosen: NDArray[np.bool_]) -> ChangedDetails:
        """Return the details of some slots, by metric and bucket."""
        if not self._any_watched:
            return ChangedDetails([], _NO_ROWS, _NONE)
        slots = chosen.nonzero()[0]
        order = np.lexsort((self._rows[slots, 0], self._rows[slots, 1]))
        slots = slots[order]
        buckets, metrics, *columns = self._rows[slots].T.astype(np.int64)
        values, codes = self._codes.compact(columns)
        texts = self._texts.read(slots)
        rows = DetailColumns(
            values, codes, buckets * BASE, self._counts[slots], *self._prints.read(slots), texts
        )
        cuts = metrics.searchsorted(np.arange(len(self._metrics) + 1)).tolist()
        spans = zip(self._metrics, cuts, cuts[1:], strict=False)
        watched = [one for one in spans if one[0] in self._watched]
        return ChangedDetails(watched, rows, texts.sizes(slots.size))

    def forget(self, frozen: int) -> None:
        """Forget what changed, and the buckets up to `frozen`, which can no longer change.

        `frozen` is the start of the latest such bucket, epoch seconds.
        """
        self._changed[:] = False
        limit = frozen // BASE
        frozen_buckets = [bucket for bucket in self._held if bucket <= limit]
        if not frozen_buckets:
            return
        held = np.fromiter(self._slot_of.values(), np.int64, len(self._slot_of))
        gone = held[self._rows[held, 0] <= limit]
        self._counts[gone] = 0
        self._unsent[gone] = False
        for key in row_keys(self._rows[gone]):
            del self._slot_of[key]
        for bucket in frozen_buckets:
            del self._held[bucket]
        self._prints.drop(gone)
        self._texts.drop(gone)
        self._pool.give_back(gone)

    def forget_codes(self) -> None:
        """Have the numbers of label values begin anew: they are those of what is held, then."""
        slots = list(self._slot_of.values())
        columns = enumerate(self._rows[slots, 2:].T.tolist())
        labels = zip(*[self._codes.names(place, own) for place, own in columns], strict=True)
        self._codes.forget()
        if slots:
            self._rows[slots, 2:] = [self._codes.row(one) for one in labels]
        self._slot_of = {self._rows[slot].tobytes(): slot for slot in slots}

    def restore(self, metric: Metric, written: tuple[int, int], rows: DetailColumns) -> None:
        """Take details over that stand in the changelog; they are there after `restored`.

        `written` is the flush and the part that wrote them: of what was written twice the last
        counts.
        """
        self._restored.append((written, metric, rows))

    def restored(self) -> None:
        """Start from the details taken over."""
        if not self._restored:
            return
        several = sorted(self._restored, key=itemgetter(0))
        self._restored.clear()
        metrics = [
            np.full(rows.starts.size, self._metrics.index(metric)) for _, metric, rows in several
        ]
        owners = np.concatenate(metrics)
        rows = joined([rows for _, _, rows in several])
        kept = rows.last_places(owners)
        rows = rows.pick(kept)
        columns = [rows.starts // BASE, owners[kept], *self._codes.coded(rows.values, rows.codes)]
        of = np.stack(columns, 1).astype(np.int32)
        slots = self._admit(of, row_keys(of))
        self._counts[slots] = rows.counts
        self._unsent[slots] = True  # for all that is known
        self._prints.restore(slots, rows.sizes, rows.prints)
        self._texts.add(slots[rows.texts.rows], rows.texts.hashes, rows.texts.each)

    def _find(self, rows: Rows) -> Integers:
        """Return the slots of rows in the order in which they came; admit new ones."""
        slots, fresh, keys = found(rows, self._slot_of, self._held, MAX_DETAILS)
        new, rest = slots < -1, (slots == -1).nonzero()[0]
        if fresh.size:
            slots[new] = self._admit(rows[fresh], keys)[-2 - slots[new]]
        if rest.size:
            buckets, metrics = rows[rest, :2].T.astype(np.int64)
            first, which = distinct_rows([buckets - buckets.min(), metrics])
            slots[rest] = np.array([self._other(rows[place]) for place in rest[first].tolist()])[
                which
            ]
        return slots

    def _other(self, row: Rows) -> int:
        """Return the slot of what is not counted apart in the bucket and metric of a row."""
        other = row.copy()
        other[2:] = self._codes.row((OTHER,) * len(self._codes.labels))
        key = other.tobytes()
        slot = self._slot_of.get(key)
        return int(self._admit(other[None], [key])[0]) if slot is None else slot

    def _admit(self, rows: Rows, keys: list[bytes]) -> Integers:
        """Give slots to rows that have none; `keys` are their bytes."""
        slots = self._pool.take(len(rows))
        size = self._pool.size
        self._rows, self._counts = grown(self._rows, size), grown(self._counts, size)
        self._changed, self._unsent = grown(self._changed, size), grown(self._unsent, size)
        self._rows[slots] = rows
        self._slot_of.update(zip(keys, slots.tolist(), strict=True))
        self._held.update(rows[:, 0].tolist())
        return slots

    def _add_texts(self, slots: Integers, hashes: Integers, texts: Sequence[str | None]) -> None:
        """Keep the texts of the smallest hashes, whichever come."""

        def cut(places: Integers) -> list[bytes]:
            return [excerpt(texts[place] or "").encode() for place in some[places].tolist()]

        some = np.fromiter(map(bool, texts), np.bool_, len(texts)).nonzero()[0]
        self._texts.add(slots[some], hashes[some], cut)


def _bodies(events: EventColumns, places: Integers) -> NDArray[np.uint32]:
    """Make the rest of prints: hash of the customer, two of the words, epoch second."""
    bodies = np.zeros((places.size, 4), np.uint32)
    chosen = places.tolist()
    customers = [events.customer_ids[place] for place in chosen]
    senders = crc32s(customers)
    for place in np.flatnonzero(senders == 0).tolist():
        senders[place] = customers[place] is not None
    bodies[:, 0] = senders
    if events.texts is not None:
        texts = [events.texts[place] for place in chosen]
        bodies[:, 1:3] = fingerprints(texts)
    bodies[:, 3] = events.times[places] & 0xFFFFFFFF
    return bodies
