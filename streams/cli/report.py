"""Parts of the summaries that the commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from streams.core.event_time.formats import minute, utc

if TYPE_CHECKING:
    from rich.console import Console

    from streams.load import Report

_SHOWN = 5


def span(first: int, last: int) -> str:
    """Write a span of event time, in epoch seconds, for people."""
    return f"{minute(utc(first))} to {minute(utc(last))} UTC"


def counted(number: int, noun: str) -> str:
    """Write a number and what it counts: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
