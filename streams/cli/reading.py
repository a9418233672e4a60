"""The options that say what a file is and how it is read, and the first look through it."""

from __future__ import annotations

import csv
import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rich.markup import escape

from streams.cli import options as opt
from streams.cli.report import counted
from streams.cli.terminal import err, progress_bar
from streams.load.dialect import Dialect
from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.mapping import pairs, words
from streams.load.model import Options
from streams.load.presets import find
from streams.load.selected import conditions
from streams.load.times import zone

if TYPE_CHECKING:
    from pathlib import Path

    from streams.load.dialect import Quoting
    from streams.load.presets.preset import Events, Preset
    from streams.settings import Settings

_SHOWN = 12
"""Columns left out that are named; of more only the number is given."""


@dataclass(frozen=True)
class Fields:
    """The options that say what the rows of a file are: events of `topic`, by this mapping."""

    topic: opt.Topic = None
    preset: opt.Preset = None
    mapping: opt.Map = field(default_factory=list)
    constants: opt.Set = field(default_factory=list)
    values: opt.Value = field(default_factory=list)
    where: opt.Where = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """The options that say how a file is read."""

    timezone: opt.Timezone = None
    date_format: opt.DateFormat = None
    spread: opt.SpreadOption = opt.SpreadRule.EVEN
    sort: opt.Sort = True
    skip_bad: opt.SkipBad = False
    money: opt.Money = None
    keep_ids: opt.KeepIds = False
    as_of: opt.AsOf = None
    delimiter: opt.Delimiter = None
    encoding: opt.Encoding = None
    quoting: opt.QuotingOption = None
    skip_lines: opt.SkipLines = None
    columns: opt.Columns = None
    rows: opt.Rows = None

    def sources(self, fields: Fields, settings: Settings) -> list[tuple[str, Options]]:
        """Give the topics that the rows are events of, and for each how they are read.

        The settings say how far ahead of the clock a time may be, and to which days events belong.

        Raises:
            LoadError: one of the options cannot be used.
        """
        base = Options(
            days_of=settings.calendar.timezone,
            latest=time.time() + settings.tables.future_tolerance,
        )
        if fields.preset is None:
            if fields.topic is None:
                raise LoadError("say of which topic the rows are events, as --topic complaints")
            return [(fields.topic, self._options(fields, None, None, base))]
        preset = find(fields.preset)
        return [
            (one.topic, self._options(fields, preset, one, base))
            for one in preset.of_topic(fields.topic)
        ]

    def source(self, fields: Fields, settings: Settings) -> tuple[str, Options]:
        """Give the one topic that the rows are events of, and how they are read.

        Raises:
            LoadError: one of the options cannot be used, or the preset gives several topics.
        """
        first, *more = self.sources(fields, settings)
        if more:
            topics = ", ".join(topic for topic, _ in (first, *more))
            raise LoadError(f"the preset gives events of {topics}: say which by --topic")
        return first

    def _options(
        self, fields: Fields, preset: Preset | None, events: Events | None, base: Options
    ) -> Options:
        mapping = pairs("--map", fields.mapping)
        constants = pairs("--set", fields.constants)
        values = words(fields.values)
        choices: dict[str, tuple[str, ...]] = {}
        where = conditions(fields.where)
        if events is not None:
            given = {*mapping, *constants}
            choices = {name: c for name, c in events.map.items() if name not in given}
            constants = {n: v for n, v in events.set.items() if n not in given} | constants
            values = {
                name: {**events.value.get(name, {}), **values.get(name, {})}
                for name in {*events.value, *values}
            }
            where = (*events.conditions, *where)
        timed = "occurred_at" in mapping or "occurred_at" in constants
        return replace(
            base,
            mapping=mapping,
            choices=choices,
            constants=constants,
            recurring=events.recurring if events else {},
            values=values,
            where=where,
            money=self.money.value if self.money else preset.money if preset else None,
            kept_digits=preset.kept_digits if preset else {},
            keep_ids=self.keep_ids,
            timezone=zone(self.timezone or (preset.timezone if preset else None) or base.days_of),
            date_format=self.date_format or (preset.date_format if preset else None),
            month_first=preset.month_first if preset else None,
            as_of=self.as_of.date() if self.as_of else None,
            left_then=bool(events and events.at_as_of and not timed),
            months_before=events.months_before if events and not timed else (),
            spread=self.spread.value,
            sort=self.sort,
            skip_bad=self.skip_bad,
            dialect=self._dialect(preset, mapping.get("occurred_at", "")),
        )

    def _dialect(self, preset: Preset | None, time_column: str) -> Dialect:
        given: tuple[str, ...] = ()
        if self.columns:
            try:
                given = tuple(name.strip() for name in next(csv.reader([self.columns]), []))
            except csv.Error as error:
                raise LoadError(f"--columns {self.columns!r}: {error}") from error
        quoting: Quoting | None = self.quoting.value if self.quoting else None
        delimiter = "\t" if self.delimiter == r"\t" else self.delimiter
        lines = self.skip_lines
        numbered = int(time_column) if re.fullmatch(r"\d{1,9}", time_column) else None
        if preset is None:
            return Dialect(
                delimiter=delimiter,
                encoding=self.encoding or "utf-8",
                quoting=quoting or "csv",
                skip_lines=lines or 0,
                columns=given,
                numbered=numbered,
                rows=self.rows,
            )
        return Dialect(
            delimiter=delimiter or preset.delimiter,
            encoding=self.encoding or preset.encoding or "utf-8",
            quoting=quoting or preset.quoting or "csv",
            skip_lines=(preset.skip_lines or 0) if lines is None else lines,
            columns=given or preset.columns,
            numbered=numbered,
            rows=self.rows or preset.rows,
        )


def look_through(file: Path, topic: str, options: Options) -> Loading:
    """Open a file, showing how far the first look through it has come, and say how it is read.

    Raises:
        LoadError: the file, the mapping or an option cannot be used.
    """
    with progress_bar() as bar:
        task = bar.add_task(f"looking through {file.name}", total=None, note="")
        loading = Loading(file, topic, options, lambda rows: bar.update(task, completed=rows))
    tell(file, loading)
    return loading


def tell(file: Path, loading: Loading) -> None:
    """Say on standard error how a file is read, what is mapped, and what is left out."""
    rows = counted(loading.rows + loading.left_out, "row")
    if loading.left_out:
        rows += f", {loading.left_out:,} of them left out by the conditions"
    err.print(f"[dim]{escape(f'{file.name}: {rows}; ' + '; '.join(loading.notes))}[/]")
    err.print(f"[dim]  {escape(f'{loading.topic}: {loading.mapped}')}[/]")
    if loading.unread:
        more = len(loading.unread) - _SHOWN
        names = ", ".join(loading.unread[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
        err.print(f"[dim]  not read: {escape(names)}[/]")
    for warning in loading.warnings:
        err.print(f"[yellow]warning: {escape(warning)}[/]")
