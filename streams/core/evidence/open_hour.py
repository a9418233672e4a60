"""An hour of the evidence that still grows: counts by combination of labels, prints in columns."""

from __future__ import annotations

from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detail_columns import DetailColumns
from streams.core.evidence.admitted import Admitted
from streams.core.evidence.row import MAX_SAMPLES, PRINTS_A_COMBINATION, by_labels
from streams.core.sketches.prints import Prints
from streams.core.slots import grown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.detail_columns import Ordered
    from streams.core.evidence.combinations import Labels
    from streams.core.evidence.row import EvidenceRow
    from streams.core.messages import Sample
    from streams.core.slots import Integers

PRINTS_AN_HOUR: Final = 16_384
"""Prints of all combinations of labels: some 330 kB."""


class OpenHour:
    """The combinations of labels of an hour, in the order in which they were admitted."""

    def __init__(self) -> None:
        self._admitted = Admitted()
        self._counts: Integers = np.zeros(0, np.int64)
        self._samples: dict[int, list[Sample]] = {}
        self._prints = Prints(PRINTS_A_COMBINATION)
        self._rows: Mapping[Labels, EvidenceRow] | None = None
        """What `rows` gives, until something is added."""

    @classmethod
    def of(cls, columns: DetailColumns) -> OpenHour:
        """Make one of its rows, of which no two have the same labels."""
        hour = cls()
        hour._admitted.restore(columns)
        hour._counts = columns.counts
        hour._samples = dict(columns.texts)
        hour._prints.restore(np.arange(columns.starts.size), columns.sizes, columns.prints)
        return hour

    def __len__(self) -> int:
        return len(self._admitted)

    def add(self, more: Ordered, most: int) -> None:
        """Add rows; what is beyond `most` combinations of labels is counted under `other`."""
        self._rows = None
        slots = self._admitted.slots(more, most)[more.which]
        rows = more.rows
        self._counts = grown(self._counts, len(self._admitted))
        np.add.at(self._counts, slots, rows.counts)
        if rows.texts:
            self._add_texts(slots, rows.texts)
        prints = rows.prints
        self._prints.add(slots.repeat(rows.sizes), prints[:, 0], lambda places: prints[places, 1:])
        self._prints.thin(PRINTS_AN_HOUR)

    def _add_texts(self, slots: Integers, texts: Mapping[int, list[Sample]]) -> None:
        """Keep the texts of the smallest hashes of each slot, whichever come."""
        samples = list(chain.from_iterable(texts.values()))
        owners = slots[np.repeat(list(texts), list(map(len, texts.values())))]
        hashes = np.array([hashed for hashed, _ in samples], np.int64)
        order = np.lexsort((hashes, owners))
        owners, hashes = owners[order], hashes[order]
        # Texts of equal hashes all count as one here: the text decides between them.
        new = (np.diff(owners, prepend=-1) | np.diff(hashes, prepend=-1)) != 0
        distinct = np.flatnonzero(new)
        starts = np.flatnonzero(np.diff(owners[distinct], prepend=-1))
        sizes = np.diff(starts, append=distinct.size)
        limits = hashes[distinct[starts + np.minimum(sizes, MAX_SAMPLES) - 1]]
        small = hashes <= np.repeat(limits, np.diff(distinct[starts], append=owners.size))
        places, slots = order[small].tolist(), owners[small].tolist()
        for slot, own in groupby(zip(slots, places, strict=True), itemgetter(0)):
            both = {*self._samples.get(slot, ()), *[samples[place] for _, place in own]}
            self._samples[slot] = sorted(both)[:MAX_SAMPLES]

    def counts(self) -> dict[Labels, int]:
        """Count the events by combination of labels."""
        columns = self.columns(0)
        return dict(zip(columns.labels(), columns.counts.tolist(), strict=True))

    def columns(self, start: int) -> DetailColumns:
        """Return the row of each combination of labels; `start` is that of the hour."""
        size = len(self)
        sizes, prints = self._prints.read(np.arange(size))
        return DetailColumns(
            self._admitted.values(),
            self._admitted.codes(),
            np.full(size, start),
            self._counts[:size],
            sizes,
            prints,
            self._samples,
        )

    def rows(self) -> Mapping[Labels, EvidenceRow]:
        """Return the same by labels, to be read only."""
        if self._rows is None:
            self._rows = by_labels(self.columns(0))
        return self._rows
