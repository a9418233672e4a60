"""The summary on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from streams.demo.alerts import closing_alerts
from streams.demo.scoreboard import scoreboard
from streams.readmodel.causes import by_cause, fired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from streams.demo.summary import Line
    from streams.readmodel.model import ReadModel
    from streams.simulate.verify import Compared

DIFFERENCES: Final = 20
"""So many are printed; the rest are counted."""


def print_summary(
    console: Console, lines: Sequence[Line], model: ReadModel, periods: Compared
) -> bool:
    """Print the closing tables; True if everything adds up and all `periods` are true."""
    console.print(scoreboard(model))
    console.print()
    console.print(events_table(lines))
    problems = [problem for line in lines for problem in line.problems()]
    for problem in problems:
        console.print(f"Does not add up: {problem}", style="bold red", highlight=False)
    if not problems:
        console.print(
            "Every event is accounted for: sent = folded + refused + late; refused are exactly "
            "the bad ones put in, late exactly the ones held back.",
            style="green",
        )
    _print_truth(console, periods)
    refused = ", ".join(f"{reason} {count}" for reason, count in sorted(model.reasons.items()))
    console.print(f"Refused for: {refused or 'nothing'}", highlight=False)
    console.print()
    alerts = fired(model.alerts)
    causes = sum(1 for _ in by_cause(alerts))
    console.print(f"Alerts: {len(alerts)}, from {causes} causes", style="bold", highlight=False)
    if pending := len(model.alerts) - len(alerts):
        console.print(f"({pending} more were pending and went away)", highlight=False)
    if alerts:
        console.print(closing_alerts(alerts))
    return not problems and not periods.differences


def _print_truth(console: Console, periods: Compared) -> None:
    for one in periods.differences[:DIFFERENCES]:
        console.print(f"Differs: {one}", style="bold red", highlight=False, markup=False)
    if periods.differences:
        count = f"{len(periods.differences):,} of {periods.numbers:,}"
        console.print(f"{count} numbers of the periods are not the true ones.", style="bold red")
    else:
        console.print(
            f"All {periods.numbers:,} numbers of the periods, by group, day, week, month, quarter "
            "and year, are those of the simulated company's truth.",
            style="green",
            highlight=False,
        )


def events_table(lines: Sequence[Line]) -> Table:
    """Draw what became of the events sent, by topic."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("topic")
    for name in ("sent", "folded", "refused", "late"):
        table.add_column(name, justify="right")
    table.add_column("adds up")
    for line in lines:
        well = not line.problems()
        table.add_row(
            line.topic,
            f"{line.sent:,}",
            f"{line.folded:,}",
            f"{line.refused:,}",
            f"{line.late:,}",
            Text("yes" if well else "NO", style="green" if well else "bold red"),
        )
    table.add_section()
    table.add_row(
        "all",
        *(
            f"{sum(getattr(line, name) for line in lines):,}"
            for name in ("sent", "folded", "refused", "late")
        ),
        "",
    )
    return table
