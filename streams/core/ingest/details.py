"""Details: the evidence. Count, fingerprints and texts of each full set of labels in a bucket.

    row      bucket, metric, number of the value of each label     what a detail is of
    slot     its place in the columns: count, changed, ...

What is kept of single events is a sample by the smallest hashes of their ids, so it depends on no
order. Which label tuples are counted apart does: those that came first.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

import numpy as np

from streams.core.catalogue import TOPICS
from streams.core.event_time.buckets import BASE
from streams.core.ingest.distinct_rows import distinct_rows
from streams.core.ingest.prints import ANY, Prints
from streams.core.masking import excerpt
from streams.core.messages import DetailRow
from streams.core.series_key import OTHER
from streams.core.sketches.fingerprint_columns import fingerprints
from streams.core.slots import SlotPool, grown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from schemas.metrics import Metric
    from streams.core.catalogue import Labels
    from streams.core.ingest.event_columns import EventColumns
    from streams.core.ingest.kinds import StoredDetail
    from streams.core.ingest.label_codes import LabelCodes
    from streams.core.messages import Sample
    from streams.core.slots import Integers

    Hashes = NDArray[np.uint32]
    Rows = NDArray[np.int32]

MAX_SAMPLE_TEXTS: Final = 3
"""Texts that are kept of a label tuple in a bucket."""
MAX_DETAILS: Final = 2_000
"""Label tuples a bucket of one partition; the rest are counted under `other`."""


DetailName = tuple[int, "Metric", "Labels"]
"""Start of the bucket (epoch seconds), metric and label values."""


class Detail(NamedTuple):
    """What one full label tuple in one bucket came to so far, and what it is in the changelog.

    The texts of the row are the customers' own words, cut; they are masked where they are shown.
    """

    name: DetailName
    row: DetailRow


class Details:
    """The details of the open buckets of one source topic in one partition, and what changed.

    They are kept of the metrics in `watched`.
    """

    def __init__(self, topic: str, codes: LabelCodes, watched: Collection[Metric]) -> None:
        self._metrics = TOPICS[topic].metrics
        self._watched = frozenset(watched)
        self._codes = codes
        self._slot_of: dict[bytes, int] = {}
        """By the bytes of its row."""
        self._pool = SlotPool()
        self._held: Counter[int] = Counter()
        """Details by bucket (its start / 300)."""
        self._rows: Rows = np.zeros((0, 2 + len(codes.labels)), np.int32)
        self._counts: Integers = np.zeros(0, np.int64)
        self._changed = np.zeros(0, np.bool_)
        self._stored = np.zeros(0, np.bool_)
        """Whether a row of it stands in the changelog."""
        self._prints = Prints()
        self._samples: dict[int, list[Sample]] = {}
        self._last_sampled: Hashes = np.zeros(0, np.uint32)
        """By slot: the largest hash whose text can be among those that stay."""
        self._restored: list[tuple[list[int], StoredDetail]] = []

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
        first, which = distinct_rows([columns[0] - columns[0].min(), *columns[1:]])
        found = self._find(np.stack([column[first] for column in columns], 1).astype(np.int32))
        slots = found[which]
        self._counts += np.bincount(slots, minlength=self._counts.size)
        self._changed[found] = True
        ids = chosen.event_ids
        hashes = np.fromiter(map(crc32, map(str.encode, ids)), np.uint32, len(ids))
        self._prints.add(slots, hashes, partial(_bodies, chosen))
        if chosen.texts is not None:
            self._add_texts(slots, hashes, chosen.texts)

    def pending(self) -> int:
        """Count the details changed since the last flush."""
        return int(np.count_nonzero(self._changed))

    def size(self) -> int:
        """Count the details held."""
        return len(self._slot_of)

    def changed(self) -> list[Detail]:
        """Return the details that changed since `forget` was called."""
        slots = self._changed.nonzero()[0]
        names = self._names(slots)
        labels = enumerate(self._rows[slots, 2:].T.tolist())
        rows = map(
            DetailRow,
            [start for start, _, _ in names],
            zip(*[self._codes.shown(place, column) for place, column in labels], strict=True),
            self._counts[slots].tolist(),
            repeat([]),
            self._prints.write(slots),
            map(self._samples.get, slots.tolist(), repeat([])),
        )
        return list(map(Detail, names, rows))

    def forget(self, frozen: int, *, written: bool) -> Iterator[DetailName]:
        """Forget what changed, and the buckets up to `frozen`, which can no longer change.

        If it was `written`, what changed and can change further stands in the changelog from now
        on. Yields each detail that goes and has a row there. `frozen` is the start of the latest
        such bucket, epoch seconds.
        """
        limit = frozen // BASE
        frozen_buckets = [bucket for bucket in self._held if bucket <= limit]
        if not frozen_buckets:
            if written:
                self._stored |= self._changed
            self._changed[:] = False
            return
        held = np.fromiter(self._slot_of.values(), np.int64, len(self._slot_of))
        frozen_too = self._rows[held, 0] <= limit
        gone, stay = held[frozen_too], held[~frozen_too]
        if written:
            self._stored[stay] |= self._changed[stay]
        self._changed[:] = False
        yield from self._names(gone[self._stored[gone]])
        self._stored[gone] = False
        self._counts[gone] = 0
        for key in _keys(self._rows[gone]):
            del self._slot_of[key]
        for bucket in frozen_buckets:
            del self._held[bucket]
        for slot in gone.tolist() if self._samples else ():
            self._samples.pop(slot, None)
        self._last_sampled[gone] = ANY
        self._prints.drop(gone)
        self._pool.give_back(gone)

    def forget_codes(self) -> None:
        """Have the numbers of label values begin anew: they are those of what is held, then."""
        slots = list(self._slot_of.values())
        labels = [labels for _, _, labels in self._names(np.array(slots, np.int64))]
        self._codes.forget()
        if slots:
            self._rows[slots, 2:] = [self._codes.row(one) for one in labels]
        self._slot_of = {self._rows[slot].tobytes(): slot for slot in slots}

    def restore(self, start: int, metric: Metric, labels: Labels, stored: StoredDetail) -> None:
        """Take a detail over that stands in the changelog; it is there after `restored`."""
        row = [start // BASE, self._metrics.index(metric), *self._codes.row(labels)]
        self._restored.append((row, stored))

    def restored(self) -> None:
        """Start from the details taken over."""
        if not self._restored:
            return
        slots = self._admit(np.array([row for row, _ in self._restored], np.int32))
        details = [stored for _, stored in self._restored]
        self._restored.clear()
        self._counts[slots] = [stored.count for stored in details]
        self._stored[slots] = True
        self._prints.restore(slots, [stored.prints for stored in details])
        for slot, stored in zip(slots.tolist(), details, strict=True):
            if samples := [*stored.samples, *stored.texts]:
                self._keep_samples(slot, samples)

    def _names(self, slots: Integers) -> list[DetailName]:
        """Return what details are of: start of the bucket, metric and label values."""
        starts, metrics, *columns = self._rows[slots].T.tolist()
        names = [self._codes.names(place, column) for place, column in enumerate(columns)]
        return list(
            zip(
                [bucket * BASE for bucket in starts],
                [self._metrics[metric] for metric in metrics],
                zip(*names, strict=True),
                strict=True,
            )
        )

    def _find(self, rows: Rows) -> Integers:
        """Return the slots of distinct rows in the order in which they came; admit new ones."""
        keys = _keys(rows)
        found = np.fromiter(map(self._slot_of.get, keys, repeat(-1)), np.int64, len(keys))
        fresh = (found < 0).nonzero()[0]
        if not fresh.size:
            return found
        buckets, which, sizes = np.unique(rows[fresh, 0], return_inverse=True, return_counts=True)
        room = np.array([MAX_DETAILS - self._held[bucket] for bucket in buckets.tolist()])
        order = which.argsort(kind="stable")
        rank = np.empty(fresh.size, np.int64)
        rank[order] = np.arange(fresh.size) - np.repeat(sizes.cumsum() - sizes, sizes)
        apart = rank < room[which]
        found[fresh[apart]] = self._admit(rows[fresh[apart]])
        rest = fresh[~apart]
        if rest.size:
            first, which = distinct_rows([which[~apart], rows[rest, 1].astype(np.int64)])
            found[rest] = np.array([self._other(rows[place]) for place in rest[first].tolist()])[
                which
            ]
        return found

    def _other(self, row: Rows) -> int:
        """Return the slot of what is not counted apart in the bucket and metric of a row."""
        other = row.copy()
        other[2:] = self._codes.row((OTHER,) * len(self._codes.labels))
        slot = self._slot_of.get(other.tobytes())
        return int(self._admit(other[None])[0]) if slot is None else slot

    def _admit(self, rows: Rows) -> Integers:
        """Give slots to rows that have none."""
        slots = self._pool.take(len(rows))
        size = self._pool.size
        self._rows, self._counts = grown(self._rows, size), grown(self._counts, size)
        self._last_sampled = grown(self._last_sampled, size, ANY)
        self._changed, self._stored = grown(self._changed, size), grown(self._stored, size)
        self._rows[slots] = rows
        self._slot_of.update(zip(_keys(rows), slots.tolist(), strict=True))
        self._held.update(rows[:, 0].tolist())
        return slots

    def _add_texts(self, slots: Integers, hashes: Hashes, texts: Sequence[str | None]) -> None:
        """Keep the texts of the smallest hashes, whichever come."""
        some = (hashes <= self._last_sampled[slots]).nonzero()[0]
        of_events = zip(some.tolist(), slots[some].tolist(), hashes[some].tolist(), strict=True)
        held = self._samples
        for place, slot, hashed in of_events:
            samples, text = held.get(slot), texts[place]
            if not text:
                continue
            if samples is None:
                held[slot] = [(hashed, excerpt(text))]
            elif len(samples) < MAX_SAMPLE_TEXTS or hashed <= samples[-1][0]:
                self._keep_samples(slot, [*samples, (hashed, excerpt(text))])

    def _keep_samples(self, slot: int, samples: list[Sample]) -> None:
        kept = self._samples[slot] = sorted(samples)[:MAX_SAMPLE_TEXTS]
        if len(kept) == MAX_SAMPLE_TEXTS:
            self._last_sampled[slot] = kept[-1][0]


def _keys(rows: Rows) -> list[bytes]:
    """Return the bytes of each row."""
    keys: list[bytes] = np.ascontiguousarray(rows).view(f"V{rows.shape[1] * 4}").ravel().tolist()
    return keys


def _bodies(events: EventColumns, places: Integers) -> NDArray[np.uint32]:
    """Make the rest of prints: hash of the customer, two of the words, epoch second."""
    bodies = np.zeros((places.size, 4), np.uint32)
    chosen = places.tolist()
    customers = [events.customer_ids[place] for place in chosen]
    bodies[:, 0] = [(crc32(one.encode()) or 1) if one is not None else 0 for one in customers]
    if events.texts is not None:
        texts = [events.texts[place] for place in chosen]
        bodies[:, 1:3] = fingerprints(texts)
    bodies[:, 3] = events.times[places] & 0xFFFFFFFF
    return bodies
