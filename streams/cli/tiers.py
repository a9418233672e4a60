"""groundswell tiers: thresholds for value tiers, from the customers there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from schemas.grammar import NO_ROW
from schemas.topics import CUSTOMERS
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.published import published_rows
from streams.cli.report import counted
from streams.cli.terminal import err, fail, out
from streams.readmodel.tiers import ENOUGH, CustomerRecord, propose, to_toml
from streams.readmodel.wording import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def tiers(
    *,
    tier: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=PERCENT",
            help="A tier, highest first, and how many percent of the customers are to be in it or a"
            " higher one; may come many times.",
        ),
    ] = ["gold=10", "silver=40"],  # noqa: B006 (typer reads the default and copies it)
    margin: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=100,
            help="Percent of revenue that is margin: tiers are then by margin, else by revenue.",
        ),
    ] = None,
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
    """Propose thresholds for value tiers by what customers bring in a year.

    What is printed is for the settings file, for you to look through: a year of the recurring value
    that each customer has now, by currency. Other tiers are other definitions, so customers are
    then counted anew.

    groundswell tiers --tier gold=5 --tier silver=25 --margin 40
    """
    shares = [_share(one) for one in tier]
    if sorted(shares, key=lambda one: one[1]) != shares:
        fail("--tier: the highest tier comes first, and has the least percent")
    rows = _rows(published_rows(CUSTOMERS, file, brokers, settings))
    share = 1.0 if margin is None else margin / 100
    proposal = propose(rows, shares, share)
    for currency, count in proposal.left_out.items():
        err.print(f"[yellow]{counted(count, 'customer')} with {currency}: fewer than {ENOUGH}[/]")
    if not proposal.tiers:
        fail("there are too few customers who pay to propose anything")
    out.print(to_toml(proposal.tiers, "revenue" if margin is None else "margin"), markup=False)
    for one in proposal.tiers:
        for currency, reached in one.reached.items():
            err.print(
                f"{one.name}: {counted(reached, 'customer')} of {proposal.customers[currency]:,},"
                f" from {money(one.thresholds[currency], currency)} a year"
            )


def _share(text: str) -> tuple[str, float]:
    name, sign, percent = text.partition("=")
    try:
        share = float(percent) / 100
    except ValueError:
        share = 0.0
    if not (name and sign and 0 < share <= 1):
        fail(f"--tier {text!r} is none: write NAME=PERCENT, such as gold=10")
    return name, share


def _rows(lines: Iterable[bytes]) -> Sequence[CustomerRecord]:
    decode = msgspec.json.Decoder(CustomerRecord).decode
    try:
        return [decode(line) for line in lines]
    except NO_ROW as error:
        fail(f"a line is no row of customers: {error}")
