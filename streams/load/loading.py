"""A file as events of a topic, in event-time order, each a message ready to be sent."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from schemas import wire
from streams.load.errors import LoadError
from streams.load.fields import TIME
from streams.load.ids import Ordinals, event_id
from streams.load.mapping import plan
from streams.load.model import Event, Example, Options, Report
from streams.load.order import Row, in_order, in_order_within_days
from streams.load.readers import open_reader
from streams.load.rows import read_rows
from streams.load.scan import scan
from streams.load.times import BAD, MICRO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

BATCH: Final = 5000
"""Events a batch."""

EXAMPLES: Final = 20
"""Refused rows that a report describes one by one."""


class Loading:
    """A file that has been looked through once and can be read as events.

    `rows` is how many it has, `span` the first and last event time in epoch seconds; `notes` say
    in words how the file is read.

    A row that the contract refuses is an event all the same (unless `skip_bad`): it goes to the
    topic as it is, and the worker puts it on the dead letter topic with its bytes. The report
    counts it either way.

    Raises:
        LoadError: the file, the mapping or an option cannot be used.
    """

    def __init__(
        self,
        file: Path,
        topic: str,
        options: Options | None = None,
        progress: Callable[[int], None] = lambda _rows: None,
    ) -> None:
        self.topic = topic
        self.report = Report()
        self._options = options = options or Options()
        self._reader = open_reader(file, options.delimiter, options.encoding)
        self._plan = plan(topic, self._reader, options.mapping, options.constants)
        self._times = scan(self._reader, self._plan.columns[TIME], options, progress)
        self.rows = int(self._times.base.size)
        good = self._times.good
        self.span = int(good.min()) // MICRO, int(good.max()) // MICRO
        self.notes = self._describe()

    def batches(self) -> Iterator[list[Event]]:
        """Read the file as events, some thousands at a time; the report grows with them.

        Raises:
            LoadError: the file is damaged further on, or none of its first rows is an event.
        """
        self.report = Report()
        ordered = self._options.sort or self._times.in_order
        rows = read_rows(self._reader, self._plan, self._times, self._options)
        if ordered and not self._times.in_order:
            rows = in_order(rows)
        elif self._times.days:
            rows = in_order_within_days(rows)
        timed, timeless = Ordinals(in_order=ordered), Ordinals(in_order=False)
        while batch := list(islice(rows, BATCH)):
            events = self._events(batch, timed, timeless)
            self._check_start()
            yield events

    def _events(self, rows: list[Row], timed: Ordinals, timeless: Ordinals) -> list[Event]:
        """Name the rows, stamp them, and have the contract judge each."""
        topic, options, report = self.topic, self._options, self.report
        accept = wire.decoders[topic]
        events = []
        for row, stamp in zip(rows, _stamps(rows), strict=True):
            name = row.event_id
            if name is None:
                ordinals = timeless if row.base == BAD else timed
                ordinal = ordinals.next(row.base, row.content)
                name = event_id(topic, row.base, row.content, ordinal)
            value = (
                row.content if row.raw else b'{"event_id":"%s"%s%s}' % (name, stamp, row.content)
            )
            try:
                accept(value)
            except wire.REFUSED:
                self._refuse(row.number, value)
                if options.skip_bad:
                    continue
            events.append(Event(row.at // MICRO, row.key or name, value))
        report.rows += len(rows)
        report.events += len(events)
        return events

    def _refuse(self, row: int, value: bytes) -> None:
        refusal = wire.refusal(self.topic, value)
        self.report.refused[refusal.reason] += 1
        if len(self.report.examples) < EXAMPLES:
            self.report.examples.append(Example(row, refusal.reason, refusal.detail))

    def _check_start(self) -> None:
        """Stop before anything is sent where the mapping is plainly wrong."""
        report = self.report
        if report.rows <= BATCH and report.refused.total() == report.rows:
            worst = report.examples[0]
            raise LoadError(
                f"none of the first {report.rows:,} rows is an event of {self.topic}; row"
                f" {worst.row}: {worst.reason}: {worst.detail}"
            )

    def _describe(self) -> list[str]:
        options, times = self._options, self._times
        zone = getattr(options.timezone, "key", "UTC")
        notes = [self._reader.form]
        if times.days:
            how = "spread evenly over the day" if options.spread == "even" else "all at midnight"
            notes.append(f"days without a time of day, {how} ({zone})")
        if times.month_first is not None:
            notes.append("dates read " + ("month" if times.month_first else "day") + " first")
        if not times.in_order:
            how = "sorted" if options.sort else "left so: some may come too late to be counted"
            notes.append(f"rows not in order of time, {how}")
        return notes


def _stamps(rows: Sequence[Row]) -> list[bytes]:
    """Write the time of each row as a piece of JSON, with a fraction where there is one."""
    micros = np.array([row.at for row in rows], dtype=np.int64)
    texts = np.datetime_as_string(micros.astype("datetime64[us]"), unit="s").astype("S19").tolist()
    out = []
    for row, text in zip(rows, texts, strict=True):
        if row.base == BAD:
            out.append(b"")
        elif fraction := row.at % MICRO:
            out.append(b',"occurred_at":"%s.%06dZ"' % (text, fraction))
        else:
            out.append(b',"occurred_at":"%sZ"' % text)
    return out
