"""The scoreboard: the five metrics and the complaints, over the last week and four weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from streams.demo.customers import CURRENCY

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.readmodel.model import ReadModel

WINDOWS: Final = ("7d", "28d")
YEAR: Final = 12
"""Signups carry what they are worth a month, cancellations what is lost a year."""


class _Window:
    """Reads the totals of one window; what was not published is None."""

    def __init__(self, model: ReadModel, window: str) -> None:
        self._model = model
        self._window = window

    def count(self, metric: str) -> int | None:
        window = self._model.window(metric, self._window)
        return window.count if window else None

    def customers(self, metric: str) -> int | None:
        window = self._model.window(metric, self._window)
        return window.customers if window else None

    def money(self, metric: str, times: int = 1) -> int | None:
        window = self._model.window(metric, self._window)
        return times * window.values.get(CURRENCY, 0) if window else None


Cells = tuple[str, str]

_ROWS: Final[tuple[tuple[str, str, Callable[[_Window], Cells]], ...]] = (
    (
        "new customers",
        "green",
        lambda w: (_number(w.count("signups")), _a_year(w.money("signups", YEAR))),
    ),
    (
        "lost customers",
        "red",
        lambda w: (_number(w.count("cancellations")), _a_year(w.money("cancellations"))),
    ),
    (
        "net",
        "bold",
        lambda w: (
            _number(_less(w.count("signups"), w.count("cancellations"))),
            _a_year(_less(w.money("signups", YEAR), w.money("cancellations"))),
        ),
    ),
    ("renewals", "green", lambda w: (_number(w.count("renewals")), dollars(w.money("renewals")))),
    ("refusals", "red", lambda w: (_number(w.count("refusals")), dollars(w.money("refusals")))),
    ("revenue", "", lambda w: (_number(w.count("revenue")), dollars(w.money("revenue")))),
    ("cost to serve", "", lambda w: ("", dollars(w.money("cost_to_serve")))),
    (
        "profit",
        "bold",
        lambda w: ("", dollars(_less(w.money("revenue"), w.money("cost_to_serve")))),
    ),
    ("referrals", "green", lambda w: (_number(w.count("referrals")), "")),
    (
        "complaints",
        "yellow",
        lambda w: (
            _number(w.count("complaints")),
            f"{_number(w.customers('complaints'))} customers",
        ),
    ),
)


def dollars(cents: int | None) -> str:
    """Write minor units of USD in short: -$950, $12,345, $1.23 M."""
    if cents is None:
        return "-"
    sign, whole = ("-" if cents < 0 else ""), round(abs(cents) / 100)
    if whole < 1_000_000:  # noqa: PLR2004
        return f"{sign}${whole:,}"
    return f"{sign}${whole / 1_000_000:,.2f} M"


def scoreboard(model: ReadModel) -> Table:
    """Draw the rolling totals as last published on metrics.rolling."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for window in WINDOWS:
        table.add_column(f"{window.removesuffix('d')} days", justify="right")
        table.add_column("", min_width=16)
    windows = [_Window(model, window) for window in WINDOWS]
    for title, style, cells in _ROWS:
        texts = [text for window in windows for text in cells(window)]
        table.add_row(Text(title, style=style), *(Text(text, style=style) for text in texts))
    return table


def _number(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _a_year(cents: int | None) -> str:
    return "-" if cents is None else f"{dollars(cents)}/year"


def _less(these: int | None, those: int | None) -> int | None:
    return None if these is None or those is None else these - those
