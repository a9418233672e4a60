"""An hour of the evidence that still grows: counts by combination of labels, prints in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.detail_columns import DetailColumns
from streams.core.evidence.admitted import Admitted
from streams.core.evidence.row import MAX_SAMPLES, PRINTS_A_COMBINATION, by_labels
from streams.core.sample_texts import SampleTexts
from streams.core.sketches.prints import Prints
from streams.core.slots import grown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.detail_columns import Ordered
    from streams.core.detail_texts import TextColumns
    from streams.core.evidence.combinations import Labels
    from streams.core.evidence.row import EvidenceRow
    from streams.core.slots import Integers

PRINTS_AN_HOUR: Final = 16_384
"""Prints of all combinations of labels: some 330 kB."""


class OpenHour:
    """The combinations of labels of an hour, in the order in which they were admitted."""

    def __init__(self) -> None:
        self._admitted = Admitted()
        self._counts: Integers = np.zeros(0, np.int64)
        self._texts = SampleTexts(MAX_SAMPLES)
        self._prints = Prints(PRINTS_A_COMBINATION)
        self._rows: Mapping[Labels, EvidenceRow] | None = None
        """What `rows` gives, until something is added."""

    @classmethod
    def of(cls, columns: DetailColumns) -> OpenHour:
        """Make one of its rows, of which no two have the same labels."""
        hour = cls()
        hour._admitted.restore(columns)
        hour._counts = columns.counts
        hour._add_texts(columns.texts.rows, columns.texts)
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
        self._add_texts(slots[rows.texts.rows], rows.texts)
        prints = rows.prints
        self._prints.add(slots.repeat(rows.sizes), prints[:, 0], lambda places: prints[places, 1:])
        self._prints.thin(PRINTS_AN_HOUR)

    def _add_texts(self, slots: Integers, texts: TextColumns) -> None:
        self._texts.add(slots, texts.hashes, texts.each)

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
            self._texts.read(np.arange(size)),
        )

    def rows(self) -> Mapping[Labels, EvidenceRow]:
        """Return the same by labels, to be read only."""
        if self._rows is None:
            self._rows = by_labels(self.columns(0))
        return self._rows
