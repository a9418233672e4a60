"""An hour of the evidence that still grows: counts by combination of labels, prints in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.evidence.admitted import Admitted
from streams.core.evidence.row import MAX_SAMPLES, PRINTS_A_COMBINATION, EvidenceRow
from streams.core.sketches.fingerprints import SIZE
from streams.core.sketches.prints import Prints
from streams.core.slots import grown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.detail_columns import Ordered
    from streams.core.evidence.combinations import Interned, Labels
    from streams.core.messages import Sample
    from streams.core.slots import Integers

PRINTS_AN_HOUR: Final = 16_384
"""Prints of all combinations of labels: some 330 kB."""


class OpenHour:
    """The combinations of labels of an hour, in the order in which they were admitted."""

    def __init__(self, interned: Interned) -> None:
        self._admitted = Admitted(interned)
        self._counts: Integers = np.zeros(0, np.int64)
        self._samples: dict[int, list[Sample]] = {}
        self._prints = Prints(PRINTS_A_COMBINATION)
        self._rows: Mapping[Labels, EvidenceRow] | None = {}
        """What `rows` gives, until something is added."""

    @classmethod
    def of(cls, rows: Mapping[Labels, EvidenceRow], interned: Interned) -> OpenHour:
        """Make one of rows by labels."""
        hour, held = cls(interned), list(rows.values())
        hour._admitted = Admitted(interned, rows)
        hour._counts = np.array([row.count for row in held], np.int64)
        hour._samples = {slot: row.samples for slot, row in enumerate(held) if row.samples}
        if held:
            sizes = np.array([len(row.prints) // SIZE for row in held], np.int64)
            prints = np.frombuffer(b"".join([row.prints for row in held]), ">u4")
            prints = prints.reshape(-1, SIZE // 4).astype(np.uint32)
            hour._prints.restore(np.arange(len(held)), sizes, prints)
        hour._rows = rows
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
        for place in sorted(rows.texts, key=more.which.__getitem__):
            slot = int(slots[place])
            both = {*self._samples.get(slot, ()), *rows.texts[place]}
            self._samples[slot] = sorted(both)[:MAX_SAMPLES]  # those of the smallest hashes
        prints = rows.prints
        self._prints.add(slots.repeat(rows.sizes), prints[:, 0], lambda places: prints[places, 1:])
        self._prints.thin(PRINTS_AN_HOUR)

    def counts(self) -> dict[Labels, int]:
        """Count the events by combination of labels."""
        return dict(zip(self._admitted, self._counts.tolist(), strict=False))

    def rows(self) -> Mapping[Labels, EvidenceRow]:
        """Return the row of each combination of labels, to be read only."""
        if self._rows is None:
            counts, samples = self._counts.tolist(), self._samples
            prints = self._prints.write(np.arange(len(self._admitted)))
            self._rows = {
                labels: EvidenceRow(counts[slot], samples.get(slot, []), prints[slot])
                for slot, labels in enumerate(self._admitted)
            }
        return self._rows
