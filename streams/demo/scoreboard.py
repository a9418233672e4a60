"""The scoreboard: the five numbers of the month, and the complaints of the last days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from streams.demo.month import Month

if TYPE_CHECKING:
    from streams.readmodel.model import ReadModel

WINDOWS: Final = ("7d", "28d")


def scoreboard(model: ReadModel) -> Group:
    """Draw the month as last published on metrics.periods, and windows of metrics.rolling."""
    return Group(Month(model.totals()), *(_complaints(model, window) for window in WINDOWS))


def _complaints(model: ReadModel, window: str) -> Text:
    told = model.window("complaints", window)
    days = window.removesuffix("d")
    if told is None:
        return Text(f"Complaints in the last {days} days: none published as yet", style="dim")
    return Text(
        f"Complaints in the last {days} days: {told.count:,}, of {told.customers:,} people",
        style="yellow",
    )
