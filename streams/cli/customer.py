"""groundswell customer: one customer's story, from the public topic of customers."""

from __future__ import annotations

import asyncio
import sys
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from schemas.grammar import NO_ROW
from schemas.topics import CUSTOMERS
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.terminal import fail, out, read_settings, telling
from streams.core.event_time.formats import minute_of
from streams.load.money import largest_first
from streams.readmodel.customers import CustomerRecord, decode_customer
from streams.readmodel.wording import money
from streams.transport.client.whole import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.readmodel.customers import Told

MEANT = 5
"""So many ids that are like the one asked for are named."""

SIGNS = {"lost": "-", "contraction": "-", "merged_out": "-"}


class Form(StrEnum):
    """How the story is written."""

    TABLE = "table"
    JSON = "json"


def customer(
    name: Annotated[str, typer.Argument(metavar="ID", help="Who.", show_default=False)],
    *,
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.TABLE,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="Rows of customers from a file, as groundswell replay --customers writes them,"
            " instead of the topic.",
        ),
    ] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Tell one customer's story: what it is and is worth now, and how that came about.

    groundswell customer cust-42
    """
    rows = _rows(file, brokers, settings)
    row = rows.get(name)
    if row is None:
        _nobody(name, rows)
    if form is Form.JSON:
        sys.stdout.buffer.write(row + b"\n")
        sys.stdout.buffer.flush()
        return
    try:
        _tell(decode_customer(row))
    except NO_ROW as error:
        fail(f"the row of {name} is no row of customers: {error}")


def _rows(file: Path | None, brokers: str | None, settings: Path | None) -> dict[str, bytes]:
    """Give the rows by customer."""
    if file is None:
        using = read_settings(settings, brokers)
        with telling(using):
            table = asyncio.run(read_table(using.kafka, CUSTOMERS))
        return {key.decode(): row for key, row in table.items()}
    decode = msgspec.json.Decoder(CustomerRecord).decode
    try:
        return {decode(row).customer_id: row for row in file.read_bytes().splitlines()}
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
    except NO_ROW as error:
        fail(f"a line is no row of customers: {error}")


def _nobody(name: str, rows: Mapping[str, bytes]) -> NoReturn:
    if not rows:
        fail("there are no customers yet: they are published where customers.enabled is set")
    # Only ids of about the same length: with a million customers, all would take minutes.
    near = [one for one in rows if abs(len(one) - len(name)) <= 1 and one[:1] == name[:1]]
    meant = get_close_matches(name, near[:100_000], MEANT)
    hint = f"; did you mean {', '.join(sorted(meant))}?" if meant else ""
    fail(f"there is no customer {name!r} among {len(rows):,}{hint}")


def _tell(row: CustomerRecord) -> None:
    worth = _money(row.recurring_value) or "nothing"
    known = "" if row.value_known else " (nobody has stated all of it)"
    since = "never a customer" if row.since is None else f"a customer since {minute_of(row.since)}"
    plan = "" if row.plan is None else f", plan {row.plan}"
    into = "" if row.merged_into is None else f" into {escape(row.merged_into)}"
    out.print(f"[bold]{escape(row.customer_id)}[/] {row.status}{into}, {since}", highlight=False)
    out.print(
        escape(f"worth {worth} a month{known}; segment {row.segment}, tier {row.tier}{plan}"),
        highlight=False,
    )
    out.print(
        f"subscriptions: {row.subscriptions}; open complaints: {row.open_complaints}",
        highlight=False,
    )
    story = row.movements
    if story is None:
        out.print(
            "[dim]its row was written before rows had movements; it has them when it changes[/]"
        )
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("when", "what", "a month", "why"):
        table.add_column(heading, justify="right" if heading == "a month" else "left")
    for one in story:
        table.add_row(*map(escape, _line(one)))
    out.print()
    out.print(table)
    out.print(f"[dim]times are UTC; definitions {row.definitions}[/]")


def _line(one: Told) -> tuple[str, str, str, str]:
    sign = SIGNS.get(one.kind, "+")
    worth = _money(one.values, sign) or "0"
    return minute_of(one.at), one.kind.replace("_", " "), worth, one.reason


def _money(values: Mapping[str, int], sign: str = "") -> str:
    return ", ".join(sign + money(amount, unit) for unit, amount in largest_first(values))
