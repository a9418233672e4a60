"""Parts of the summaries that the commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from streams.core.event_time.formats import minute, utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from streams.load.model import Report

_SHOWN = 5
_WORDS = 10


def span(first: int, last: int) -> str:
    """Write a span of event time, in epoch seconds, for people."""
    return f"{minute(utc(first))} to {minute(utc(last))} UTC"


def counted(number: int, noun: str) -> str:
    """Write a number and what it counts: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def accounted(console: Console, report: Report, outcomes: Mapping[str, int]) -> None:
    """Print what became of the rows, which adds up, and why those were refused that were."""
    total = sum(outcomes.values())
    console.print(
        f"rows in {total:,} = " + " + ".join(f"{name} {n:,}" for name, n in outcomes.items())
    )
    for warning in report.warnings:
        console.print(f"[yellow]warning: {escape(warning)}[/]")
    if report.mended:
        told = ", ".join(f"{escape(what)} {n:,}" for what, n in report.mended.most_common(_WORDS))
        more = len(report.mended) - _WORDS
        console.print(
            f"  counted all the same, optional fields put right or dropped: {told}"
            + (f" and {more:,} more" if more > 0 else "")
        )


def refused(console: Console, report: Report, *, skipped: bool) -> None:
    """Print how many rows are no events, why, and which; nothing if there are none."""
    total = report.refused.total()
    if not total:
        return
    reasons = ", ".join(f"{reason} {n:,}" for reason, n in report.refused.most_common())
    fate = "left out" if skipped else "sent as they are: the worker puts them on deadletter"
    console.print(
        f"[yellow]{counted(total, 'row')} that the contract refuses ({reasons}), {fate}[/]"
    )
    for example in report.examples[:_SHOWN]:
        console.print(f"  row {example.row:,}: {escape(example.detail)}")
    if total > _SHOWN:
        console.print(f"  and {total - _SHOWN:,} more")
    if report.refused["not_utf8"]:
        console.print("  text that is no UTF-8: say how it is written, as --encoding cp1252")
