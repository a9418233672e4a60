"""groundswell periods: who came, stayed and left in a period, by group."""

from __future__ import annotations

import csv
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from schemas.grammar import NO_ROW
from schemas.topics import PERIODS
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.published import published_rows
from streams.cli.terminal import fail, out
from streams.core.event_time.comparison import SMALL
from streams.core.event_time.formats import minute
from streams.readmodel.periods import (
    A_YEAR_AGO,
    BEFORE,
    COUNT,
    PeriodTable,
    decode_period,
    name_of,
)
from streams.readmodel.wording import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streams.readmodel.loss_rates import LossRate
    from streams.readmodel.periods import Compared, Group, Line, LossCount, PeriodRecord

COLUMNS = (
    "grain",
    "period",
    "segment",
    "tier",
    "status",
    "unit",
    "currency",
    "value",
    "published",
    "so_far",
    "before_from",
    "before",
    "before_expected",
    "year_from",
    "year",
    "year_expected",
    "lost",
    "customer_months",
    "low",
    "high",
    "definitions",
)
"""Of the CSV."""


class Form(StrEnum):
    """How numbers are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def periods(  # noqa: PLR0913 (one argument an option)
    *,
    period: Annotated[
        str | None,
        typer.Option(
            help="2017-01, 2017-Q1, 2017, 2017-W03 or 2017-01-18; by default the month that the"
            " numbers have come to.",
            show_default=False,
        ),
    ] = None,
    group: Annotated[
        list[str],
        typer.Option(
            help="Only this group: total, segment=NAME, tier=NAME or segment=NAME,tier=NAME; may"
            " come many times.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 (typer reads the default and copies it)
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.TABLE,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="Rows of metrics.periods from a file, as groundswell replay --periods writes them,"
            " instead of the topic.",
        ),
    ] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Show customers in and customers out of a period, with the period before and a year ago.

    A period that is not over is held against the same days, and weekdays are allowed for.

    groundswell periods --period 2017-01 --group total

    Below the numbers of a month or longer stands how fast customers were lost before and after
    their first complaint: losses a customer-month at risk, with a 95 % interval.
    """
    table = PeriodTable(_rows(published_rows(PERIODS, file, brokers, settings)))
    if table.clock is None:
        fail("there are no periods yet: they are published where customers.enabled is set")
    wanted = period or name_of("month", table.clock.toordinal())
    rows = [row for row in table.rows(wanted) if _is_of(row, group)]
    if not rows:
        fail(
            f"there is nothing of {wanted}{' in these groups' if group else ''}; as of"
            f" {minute(table.clock)} UTC"
        )
    if form is Form.TABLE:
        for row in rows:
            _show(row, table.lines(row))
        out.print(f"[dim]as of {minute(table.clock)} UTC[/]")
    elif form is Form.CSV:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(line for row in rows for line in _flat_lines(row, table.lines(row)))
    else:
        encode = msgspec.json.Encoder().encode
        for row in rows:
            for line in _flat_lines(row, table.lines(row)):
                sys.stdout.buffer.write(encode(line) + b"\n")
        sys.stdout.buffer.flush()


def _rows(lines: Iterable[bytes]) -> list[PeriodRecord]:
    try:
        return [decode_period(line) for line in lines]
    except NO_ROW as error:
        fail(f"a line is no row of metrics.periods: {error}")


def _is_of(row: PeriodRecord, groups: Sequence[str]) -> bool:
    """Tell whether a row is of one of the groups asked for."""
    names = {"segment": row.segment, "tier": row.tier}
    for group in groups:
        if group == "total":
            if row.group == (None, None):
                return True
            continue
        parts = [part.partition("=") for part in group.split(",")]
        if not all(name in names and sign for name, sign, _ in parts):
            fail(f"--group {group!r} is none: write total, segment=NAME, tier=NAME or both")
        if all(names[name] == value for name, _, value in parts):
            return True
    return not groups


def _name(group: Group) -> str:
    segment, tier = group
    if segment is None:
        return "all customers"
    return segment if tier is None else f"{segment}, {tier}"


def _show(row: PeriodRecord, lines: Sequence[Line]) -> None:
    name = escape(_name(row.group))
    out.print(f"[bold]{row.period}, {name}[/] [dim]{row.status}, definitions {row.definitions}[/]")
    kinds, restated = _kinds(lines), any(line.published not in {None, line.value} for line in lines)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", no_wrap=True)
    for heading in ("now", *(("published",) if restated else ()), *_headings(lines)):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in lines:
        compared = {one.kind: one for one in line.compared}
        table.add_row(
            f"{line.unit.replace('_', ' ')} {line.currency}",
            _written(line, line.value),
            *((_written(line, line.published),) if restated else ()),
            *(cell for kind in kinds for cell in _against(line, compared.get(kind))),
        )
    out.print(table, soft_wrap=False)
    for when, counted in _losses(row):
        out.print(_rate_in_words(when, counted.rate))
    out.print()


def _losses(row: PeriodRecord) -> list[tuple[str, LossCount]]:
    """Give losses and time at risk before and after a first complaint, where there are any."""
    if row.losses is None:
        return []
    both = {"before": row.losses.before, "after": row.losses.after}
    return [(when, counted) for when, counted in both.items() if counted.seconds or counted.lost]


def _rate_in_words(when: str, rate: LossRate) -> str:
    found = f"{rate.lost:,} lost in {rate.months:,.1f} customer-months"
    if rate.rate is not None and rate.low is not None and rate.high is not None:
        found = f"{rate.rate:.2%} a month ({rate.low:.2%} to {rate.high:.2%}): {found}"
    return f"[dim]lost {when} a first complaint[/] {found}"


def _kinds(lines: Sequence[Line]) -> list[str]:
    there = {one.kind for line in lines for one in line.compared}
    return [kind for kind in (BEFORE, A_YEAR_AGO) if kind in there]


def _headings(lines: Sequence[Line]) -> list[str]:
    """Name the days that each kind of comparison is with."""
    found = {}
    for line in lines:
        for one in line.compared:
            first, last = (name_of("day", day) for day in (one.days.start, one.days.end - 1))
            found[one.kind] = f"{first} to {last[-5:]}"
    return [heading for kind in _kinds(lines) for heading in (found[kind], "change")]


def _written(line: Line, value: float | None) -> str:
    if value is None:
        return ""
    if line.currency == COUNT:
        return f"{value:,.0f}"
    return money(round(value), line.currency).rpartition(" ")[0]


def _against(line: Line, one: Compared | None) -> tuple[str, str]:
    """Write what a number was, and by how much it is more than that makes for its days."""
    if one is None:
        return "", ""
    change = round(one.now - one.expected)
    least = SMALL if line.currency == COUNT else 1
    share = f" {change / one.expected:+.0%}" if change and one.expected >= least else ""
    sign = "+" if change > 0 else "-" if change < 0 else "\N{PLUS-MINUS SIGN}"
    return _written(line, one.value), f"{sign}{_written(line, abs(change))}{share}"


def _flat_lines(row: PeriodRecord, lines: Sequence[Line]) -> Iterator[dict[str, Any]]:
    yield from (_flat(row, line) for line in lines)
    for when, counted in _losses(row):
        rate = counted.rate
        yield _of_row(row) | {
            "unit": f"loss_rate_{when}",
            "value": rate.rate,
            "lost": rate.lost,
            "customer_months": round(rate.months, 3),
            "low": rate.low,
            "high": rate.high,
        }


def _of_row(row: PeriodRecord) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(COLUMNS)
    return found | {
        "grain": row.grain,
        "period": row.period,
        "segment": row.segment,
        "tier": row.tier,
        "status": row.status,
        "definitions": row.definitions,
    }


def _flat(row: PeriodRecord, line: Line) -> dict[str, Any]:
    found = _of_row(row) | {
        "unit": line.unit,
        "currency": line.currency or None,
        "value": line.value,
        "published": line.published,
    }
    for one in line.compared:
        found["so_far"] = one.now
        found[f"{one.kind}_from"] = name_of("day", one.days.start)
        found[one.kind] = one.value
        found[f"{one.kind}_expected"] = one.expected
    return found
