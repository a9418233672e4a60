"""The options that several commands have, above all those that read a file."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from streams.load.errors import LoadError


class SpreadRule(StrEnum):
    """What becomes of days without a time of day."""

    EVEN = "even"
    NONE = "none"


class QuotingRule(StrEnum):
    """What quotes are in a file."""

    CSV = "csv"
    NONE = "none"


class UnitOfMoney(StrEnum):
    """How amounts are written."""

    MAJOR = "major"
    MINOR = "minor"


File = Annotated[
    Path,
    typer.Argument(help="CSV, JSON lines, JSON (all gzip too) or Parquet.", show_default=False),
]
Topic = Annotated[
    str | None,
    typer.Option(
        "--topic",
        "-t",
        help="Topic the rows are events of; a preset says it by itself.",
        show_default=False,
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="How files of a known kind are read: boston311, cfpb, nhtsa, nyc311, stripe, telco,"
        " zendesk, or a TOML file of your own. Other options come before it.",
        show_default=False,
    ),
]
Map = Annotated[
    list[str],
    typer.Option(
        "--map",
        "-m",
        metavar="FIELD=COLUMN",
        help="The column that fills a field, by its name, its number, or its path in JSON (as"
        " tags.0); may come many times. Columns named as a field are mapped by themselves.",
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
Value = Annotated[
    list[str],
    typer.Option(
        "--value",
        metavar="FIELD:word=word",
        help="What a word of the file means, as --value severity:urgent=critical; nothing behind"
        " the = leaves it out.",
        show_default=False,
    ),
]
Where = Annotated[
    list[str],
    typer.Option(
        metavar="COLUMN=VALUE",
        help="Only rows that have this value there (or COLUMN!=VALUE: that have not); several"
        " values of one column are alternatives.",
        show_default=False,
    ),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        help="Where times without an offset, and days, were written down; by default as in "
        "calendar.timezone of the settings, which is UTC unless it is set."
    ),
]
DateFormat = Annotated[
    str | None,
    typer.Option(
        help="How times are written, as '%d/%m/%Y %H:%M', or epoch, epoch-ms, epoch-us, excel."
        " By default found by itself: ISO 8601 and its kin, 20170118, and 3/14/2017 where the file"
        " shows which is the month."
    ),
]
SpreadOption = Annotated[
    SpreadRule,
    typer.Option(
        help="Rows without a time of day: put those of a day evenly over the day, in an order"
        " that depends on their places in the file, or leave all at midnight."
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
Encoding = Annotated[str | None, typer.Option(help="Of a CSV file, as latin-1; by default UTF-8.")]
QuotingOption = Annotated[
    QuotingRule | None,
    typer.Option(
        "--quoting",
        help="Quotes in a CSV file: as in CSV, or none, where they are characters like others.",
        show_default=False,
    ),
]
SkipLines = Annotated[
    int | None,
    typer.Option(min=0, help="Lines before the header of a CSV file, or its first row."),
]
Columns = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,NAME,...",
        help="The columns of a CSV file that has no header.",
        show_default=False,
    ),
]
Rows = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="Where the list of rows stands in a JSON document, as hits.hits; found by itself.",
        show_default=False,
    ),
]
Money = Annotated[
    UnitOfMoney | None,
    typer.Option(
        help="How amounts are written: major (49.99 dollars) or minor (4999 cents)."
        " By default minor, and an amount with a fraction is an error.",
        show_default=False,
    ),
]
KeepIds = Annotated[
    bool,
    typer.Option("--keep-ids", help="Use the event ids of the file though they look like none."),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="The day of a file that has one row a customer (preset telco)."
    ),
]
Budget = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        max=1e6,
        help="False alerts a week that are borne, over all series (detect.budget).",
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
_FASTEST: Final = 1e12
"""Events that no rate reaches."""
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def per_second(rate: str | None) -> float | None:
    """Read a rate such as 500, 500/s, 3000/m: events a second.

    Raises:
        LoadError: it is none.
    """
    if rate is None:
        return None
    match = _RATE.fullmatch(rate.strip())
    number = 0.0 if match is None else float(match[1])
    if match is None or not 0 < number < _FASTEST:
        raise LoadError(f"--rate {rate!r}: write a number of events a second, as 500 or 500/s")
    return number / _SECONDS[match[2] or "s"]
