"""A file as events of a topic, in event-time order, each a message ready to be sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from schemas import wire
from schemas.deadletter import Reason
from streams.load.doubts import Fractions, Ids
from streams.load.errors import LoadError
from streams.load.fields import ID, KEY
from streams.load.ids import Ordinals, event_id
from streams.load.mapping import named, plan
from streams.load.model import Event, Example, Options, Report
from streams.load.order import Row, in_order, in_order_within_days
from streams.load.readers import open_reader
from streams.load.rows import RowMaker
from streams.load.scan import scan
from streams.load.selected import SelectedReader
from streams.load.times import BAD, MICRO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from numpy.typing import NDArray

    from streams.load.mapping import Plan
    from streams.load.scan import Look
    from streams.load.table import Reader

BATCH: Final = 5000
"""Events a batch."""

EXAMPLES: Final = 20
"""Refused rows that a report describes one by one."""


class Loading:
    """A file that has been looked through once and can be read as events.

    `rows` is how many are read of it, `left_out` how many others it has; `span` the first and last
    event time in epoch seconds, of those that are not yet to come; `notes` say in words how the
    file is read, `warnings` what is probably wrong, `mapped` what fills which field and `unread`
    which columns fill none.

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
        self._reader: Reader = open_reader(file, options.dialect)
        self._selected: SelectedReader | None = None
        if options.where:
            options = replace(options, where=named(self._reader, options.where))
            self._options = options
            self._selected = SelectedReader(self._reader, options.where)
            self._reader = self._selected
        self._plan = settled = plan(topic, self._reader, options)
        ids = Ids()
        looks = [*_money_looks(settled, options)]
        if ID in settled.columns and not options.keep_ids:
            looks.append((settled.columns[ID], ids.look))
        self._times = scan(self._reader, settled, options, progress, looks)
        # Once more: columns may have turned up late.
        self._plan = plan(topic, self._reader, options)
        self.rows = int(self._times.base.size)
        self.left_out = self._selected.left_out if self._selected else 0
        good = self._times.good
        if options.latest is not None and (past := good[good <= options.latest * MICRO]).size:
            good = past
        self.span = int(good.min()) // MICRO, int(good.max()) // MICRO
        self.warnings = [*self._times.warnings]
        self._doubt_ids(ids)
        zone = _name(options.timezone)
        if self._times.days and zone != options.days_of:
            self.warnings.append(
                f"days are those of {zone}, and the daily buckets are days of {options.days_of}"
                " (calendar.timezone): the events of one of your days stand in two of them"
            )
        self.notes = self._describe()
        self.warnings += self._reader.notes
        self.mapped = self._plan.describe()
        self.unread = self._plan.left_out

    @property
    def counted(self) -> tuple[int, int]:
        """First and last event time of what nobody refuses, as far as it was read."""
        first, last = self.report.first, self.report.last
        return self.span if first is None or last is None else (first, last)

    def batches(self) -> Iterator[list[Event]]:
        """Read the file as events, some thousands at a time; the report grows with them.

        Raises:
            LoadError: the file is damaged further on, or none of its first rows is an event.
        """
        self.report = Report()
        times = self._times
        mixed = bool(times.days and times.timed)
        ordered = self._options.sort or (times.in_order and not mixed)
        maker = RowMaker(self._reader, self._plan, self._options)
        rows = maker.rows(times)
        if self._options.sort and (mixed or not times.in_order):
            rows = in_order(rows)
        elif times.days and times.in_order and not mixed:
            rows = in_order_within_days(rows)
        # Days and times of one day stand among each other: then what was there is remembered.
        timed, timeless = Ordinals(in_order=ordered and not mixed), Ordinals(in_order=False)
        contract = _Contract(self.topic)
        while batch := list(islice(rows, BATCH)):
            events = self._events(batch, timed, timeless, contract)
            self._check_start()
            self.report.mended = sum(maker.mended, Counter(contract.mended))
            if maker.rounded_customer and not self.report.warnings:
                self.report.warnings.append(
                    f"{KEY} has {maker.rounded_customer}: a spreadsheet rounded it, so customers"
                    " are probably taken for one another"
                )
            yield events

    def _events(
        self, rows: list[Row], timed: Ordinals, timeless: Ordinals, contract: _Contract
    ) -> list[Event]:
        """Name the rows, stamp them, and have the contract judge each."""
        topic, options, report = self.topic, self._options, self.report
        accept = contract.accept
        micros = np.array([row.at for row in rows], dtype=np.int64)
        to_come = self._to_come(rows, micros)
        wrong: set[int] = set()
        events = []
        for row, stamp in zip(rows, _stamps(rows, micros), strict=True):
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
                self._refuse(row, value)
                wrong.add(row.number)
                if options.skip_bad:
                    continue
            else:
                if to_come and row.number in to_come:
                    self._refuse_future(row)
                    if options.skip_bad:
                        continue
            events.append(Event(row.at // MICRO, row.key or name, value))
        self._span(rows, micros, wrong | to_come)
        report.rows += len(rows)
        report.events += len(events)
        return events

    def _to_come(self, rows: list[Row], micros: NDArray[np.int64]) -> set[int]:
        """Give the numbers of the rows whose time is yet to come."""
        latest = self._options.latest
        if latest is None or int(micros.max()) <= latest * MICRO:
            return set()
        return {row.number for row in rows if row.at > latest * MICRO and row.base != BAD}

    def _span(self, rows: list[Row], micros: NDArray[np.int64], wrong: set[int]) -> None:
        """Widen the span of the report by the times of the rows that nobody refuses."""
        if wrong:
            kept = [row.at for row in rows if row.number not in wrong]
            if not kept:
                return
            micros = np.array(kept, dtype=np.int64)
        report = self.report
        first, last = int(micros.min()) // MICRO, int(micros.max()) // MICRO
        report.first = first if report.first is None else min(first, report.first)
        report.last = last if report.last is None else max(last, report.last)

    def _refuse(self, row: Row, value: bytes) -> None:
        refusal = wire.refusal(self.topic, value)
        self._note(row.number, refusal.reason, _in_words(row, refusal.detail, self._reader))

    def _refuse_future(self, row: Row) -> None:
        when = str(np.datetime64(row.at // MICRO, "s"))
        self._note(row.number, Reason.FROM_THE_FUTURE, f"occurred_at: {when}Z is yet to come")

    def _note(self, row: int, reason: str, detail: str) -> None:
        self.report.refused[reason] += 1
        if len(self.report.examples) < EXAMPLES:
            self.report.examples.append(Example(row, reason, detail))

    def _check_start(self) -> None:
        """Stop before anything is sent where the mapping is plainly wrong."""
        report = self.report
        if report.rows <= BATCH and report.refused.total() == report.rows:
            worst = report.examples[0]
            raise LoadError(
                f"none of the first {report.rows:,} rows is an event of {self.topic}; row"
                f" {worst.row}: {worst.reason}: {worst.detail}"
            )

    def _doubt_ids(self, ids: Ids) -> None:
        """Make ids of what the rows say, where those of the file are none."""
        why = ids.doubt()
        if why is None:
            return
        columns = dict(self._plan.columns)
        (column, *_) = columns.pop(ID)
        self._plan = self._plan._replace(columns=columns, left_out=(*self._plan.left_out, column))
        self.warnings.append(
            f"column {column!r} has no event ids: {why}. Not used: each row gets an id of what it"
            " says (--keep-ids uses the column all the same: rows of one id are counted once)"
        )

    def _describe(self) -> list[str]:
        options, times = self._options, self._times
        zone = _name(options.timezone)
        notes = [self._reader.form]
        if times.days:
            how = "spread evenly over the day" if options.spread == "even" else "all at midnight"
            total = times.days + times.timed
            some = f"{times.days:,} of {total:,} rows are " if times.timed else ""
            notes.append(f"{some}days without a time of day, {how} ({zone})")
        notes += times.remarks
        if not times.in_order:
            how = "sorted" if options.sort else "left so: some may come too late to be counted"
            notes.append(f"rows not in order of time, {how}")
        return notes


class _Contract:
    """The decoder of a topic, and what it puts right."""

    def __init__(self, topic: str) -> None:
        self.mended: Counter[str] = Counter()
        self.accept = wire.decoder(topic, self._note)

    def _note(self, mended: str) -> None:
        self.mended[mended] += 1


def _name(zone: tzinfo) -> str:
    return str(getattr(zone, "key", "UTC"))


def _money_looks(settled: Plan, options: Options) -> Iterator[tuple[tuple[str, ...], Look]]:
    if options.money is not None:
        return
    for name, columns in settled.columns.items():
        if settled.fields[name].kind == "money":
            yield columns, Fractions(name, columns[0]).look


def _in_words(row: Row, detail: str, reader: Reader) -> str:
    """Say what is wrong with a row that was no row of its file."""
    if not row.raw or not row.content.startswith(b"["):
        return detail
    try:
        cells = msgspec.json.decode(row.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return detail
    if len(cells) <= len(reader.columns):
        return detail
    return (
        f"{len(cells)} cells where the file has {len(reader.columns)} columns: does a cell hold the"
        " delimiter without quotes around it? It is not known which of them belong together"
    )


def _stamps(rows: Sequence[Row], micros: NDArray[np.int64]) -> list[bytes]:
    """Write the time of each row as a piece of JSON, with a fraction where there is one."""
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
