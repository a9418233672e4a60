"""The options that several commands have, above all those that read a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from streams.cli.terminal import err, progress_bar
from streams.load import LoadError, Loading, Options
from streams.load.mapping import pairs
from streams.load.times import zone


class SpreadRule(StrEnum):
    """What becomes of days without a time of day."""

    EVEN = "even"
    NONE = "none"


File = Annotated[
    Path, typer.Argument(help="CSV, JSON lines (both gzip too) or Parquet.", show_default=False)
]
Topic = Annotated[
    str, typer.Option("--topic", "-t", help="Topic the rows are events of.", show_default=False)
]
Map = Annotated[
    list[str],
    typer.Option(
        "--map",
        "-m",
        metavar="FIELD=COLUMN",
        help="The column that fills a field; may come many times. Columns that are named as a"
        " field are mapped by themselves.",
        show_default=False,
    ),
]
Set = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="One value of a field for all rows, as --set currency=USD.",
        show_default=False,
    ),
]
Timezone = Annotated[
    str, typer.Option(help="Where times without an offset, and days, were written down.")
]
DateFormat = Annotated[
    str | None,
    typer.Option(
        help="How times are written, as '%d/%m/%Y %H:%M', or epoch, epoch-ms, epoch-us."
        " By default ISO 8601, and 3/14/2017 where the file shows which is the month."
    ),
]
SpreadOption = Annotated[
    SpreadRule,
    typer.Option(
        help="Where no row has a time of day: put the rows of a day evenly over the day,"
        " in an order that depends on their places in the file, or leave all at midnight."
    ),
]
Sort = Annotated[
    bool, typer.Option("--sort/--no-sort", help="Order by event time, or leave in file order.")
]
SkipBad = Annotated[
    bool,
    typer.Option(
        "--skip-bad", help="Leave out rows that are no events, rather than send them as they are."
    ),
]
Delimiter = Annotated[
    str | None, typer.Option(help="Between the cells of a CSV file; found by itself.")
]
Encoding = Annotated[str, typer.Option(help="Of a CSV file, as latin-1.")]
Budget = Annotated[
    float | None,
    typer.Option(
        min=0.001, help="False alerts a week that are borne, over all series (detect.budget)."
    ),
]
SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", help="Settings file (TOML); GROUNDSWELL_ variables come before it."),
]
Brokers = Annotated[
    str | None, typer.Option(help="host:port,host:port; comes before the settings.")
]

_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)(?:/(s|m|h))?")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Fields:
    """The options that say what the rows of a file are: events of `topic`, by this mapping."""

    topic: Topic
    mapping: Map = field(default_factory=list)
    constants: Set = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """The options that say how a file is read."""

    timezone: Timezone = "UTC"
    date_format: DateFormat = None
    spread: SpreadOption = SpreadRule.EVEN
    sort: Sort = True
    skip_bad: SkipBad = False
    delimiter: Delimiter = None
    encoding: Encoding = "utf-8"

    def of(self, fields: Fields) -> Options:
        """Put the options of the command line together.

        Raises:
            LoadError: one of them cannot be used.
        """
        return Options(
            mapping=pairs("--map", fields.mapping),
            constants=pairs("--set", fields.constants),
            timezone=zone(self.timezone),
            date_format=self.date_format,
            spread=self.spread.value,
            sort=self.sort,
            skip_bad=self.skip_bad,
            delimiter="\t" if self.delimiter == r"\t" else self.delimiter,
            encoding=self.encoding,
        )


def look_through(file: Path, topic: str, options: Options) -> Loading:
    """Open a file, showing how far the first look through it has come.

    Raises:
        LoadError: the file, the mapping or an option cannot be used.
    """
    with progress_bar() as bar:
        task = bar.add_task(f"looking through {file.name}", total=None, note="")
        loading = Loading(file, topic, options, lambda rows: bar.update(task, completed=rows))
    err.print(f"[dim]{file.name}: {loading.rows:,} rows; {'; '.join(loading.notes)}[/]")
    return loading


def per_second(rate: str | None) -> float | None:
    """Read a rate such as 500, 500/s, 3000/m: events a second.

    Raises:
        LoadError: it is none.
    """
    if rate is None:
        return None
    match = _RATE.fullmatch(rate.strip())
    if match is None or float(match[1]) == 0:
        raise LoadError(f"--rate {rate!r}: write a number of events a second, as 500 or 500/s")
    return float(match[1]) / _SECONDS[match[2] or "s"]
