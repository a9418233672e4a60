"""Stocks: a number of things that are there, kept as an opening and what flowed in and out since.

    stock on a day = opening + what came in before the day - what went out before it

What a stock is stands in `streams.core.catalogue`. The ingest stage collects its flows by day and
segment (`ingest/stock_flows.py`), the aggregate stage adds them up (`aggregate/stock.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemas.metrics import Metric


class StockSettings(Protocol):
    """The settings that say whether a stock is kept (`Detect` in `config.py` has them)."""

    @property
    def rate(self) -> bool:
        """Whether complaints are judged by the number of customers."""

    @property
    def opening(self) -> Mapping[str, int]:
        """Customers before the first event, by segment."""


class Stock(NamedTuple):
    """What a stock is made of.

    Attributes:
        flows: by metric what one event changes it by: +1 flows in, -1 flows out. Each metric comes
            from a source topic of its own, for flows are published and stored by topic.
        segment: the label by which it is kept.
        opening: reads from the settings what was there before the first event, by segment; None
            where the stock is not kept.
    """

    flows: Mapping[Metric, int]
    segment: str
    opening: Callable[[StockSettings], Mapping[str, int] | None]
