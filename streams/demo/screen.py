"""What the terminal shows: a live picture on a terminal, lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from streams.core.event_time.formats import day, utc
from streams.demo.alerts import live_alerts
from streams.demo.scoreboard import scoreboard
from streams.readmodel import wording

if TYPE_CHECKING:
    from streams.readmodel.model import ReadModel

OTHER_LINES: Final = 35
"""What the live picture needs besides the list of alerts."""
MOST_ALERTS: Final = 12
ABOUT: Final = (
    "Real complaints (US CFPB, public domain); invented customers, money and texts. "
    "All state is in memory and gone at the end."
)
PLAIN_EVERY_DAYS: Final = 14


class Moment(NamedTuple):
    """Where the demo stands; times are epoch seconds of event time."""

    doing: str
    start: int
    at: int
    end: int
    sent: int
    rate: float
    behind: int


class Screen(Protocol):
    """Shows the demo while it runs."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End, and leave the terminal in order."""

    def show(self, moment: Moment, model: ReadModel) -> None:
        """Show where it stands; called a few times a second."""


def screen_for(console: Console, url: str, pages: str | None = None) -> Screen:
    """Give the live picture where `console` is a terminal, else plain lines.

    `url` is the worker's, `pages` the console's.
    """
    kind = LiveScreen if console.is_terminal else PlainScreen
    return kind(console, url, pages)


class LiveScreen:
    """A picture that is redrawn in place."""

    def __init__(self, console: Console, url: str, pages: str | None = None) -> None:
        self._addresses = _addresses(url, pages)
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wipe the picture out: the summary follows."""
        self._live.stop()

    def show(self, moment: Moment, model: ReadModel) -> None:
        """Redraw."""
        model.transitions.clear()
        self._live.update(
            Group(
                Text("Groundswell demo", style="bold"),
                Text(ABOUT, style="dim"),
                *(Text(line, style="dim") for line in self._addresses),
                Text(),
                _progress(moment),
                Text(),
                scoreboard(model),
                Text("Alerts", style="bold"),
                live_alerts(model.alerts.copy(), self._room()),
            ),
            refresh=True,
        )

    def _room(self) -> int:
        return max(3, min(MOST_ALERTS, self._live.console.height - OTHER_LINES))


class PlainScreen:
    """Lines for a log: a fortnight of event time each, and the alerts as they come."""

    def __init__(self, console: Console, url: str, pages: str | None = None) -> None:
        self._console = console
        self._addresses = _addresses(url, pages)
        self._next = 0
        self._doing = ""

    def __enter__(self) -> Self:
        """Say what this is."""
        self._print(f"Groundswell demo. {ABOUT}")
        for line in self._addresses:
            self._print(line)
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to tidy."""

    def show(self, moment: Moment, model: ReadModel) -> None:
        """Print what is new."""
        if moment.doing != self._doing or moment.at >= self._next:
            self._doing = moment.doing
            self._next = moment.at + PLAIN_EVERY_DAYS * 86_400
            self._print(
                f"{day(utc(moment.at))} {moment.doing}: {moment.sent:,} events sent, "
                f"{moment.behind:,} not yet read"
            )
        while model.transitions:
            line = wording.line(model.transitions.popleft())
            if line is not None:
                self._print(line)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _addresses(url: str, pages: str | None) -> list[str]:
    """Say where more is to be seen."""
    shown = [] if pages is None else [f"The console, pages to look at: {pages}/"]
    return [*shown, f"Metrics for Prometheus: {url}/metrics"]


def _progress(moment: Moment) -> Table:
    line = Table.grid(padding=(0, 2), expand=True)
    line.add_column(no_wrap=True)
    line.add_column(ratio=1)
    for _ in range(3):
        line.add_column(no_wrap=True)
    line.add_row(
        Text(day(utc(moment.at)), style="bold"),
        ProgressBar(total=moment.end - moment.start, completed=moment.at - moment.start),
        Text(moment.doing, style="cyan"),
        Text(f"{moment.sent:,} events, {moment.rate:,.0f}/s"),
        Text(f"{moment.behind:,} not yet read", style="dim"),
    )
    return line
