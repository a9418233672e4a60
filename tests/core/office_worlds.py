"""Sources open at some hours only: complaints of four products, and a day on which one rises.

Each form of day has its hours. A world is drawn from a seed; with and without the rise it has the
same complaints otherwise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from schemas.topics import HISTORY
from streams.core.config import Calendar
from streams.core.pipeline import Pipeline
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

FIRST = date(2023, 1, 2)
"""A Monday."""
WEEKS = 16
PRODUCTS = ("savings", "mortgage", "loans", "cards")
WORKDAYS = frozenset(range(5))
WALL = datetime(2030, 1, 1, tzinfo=UTC).timestamp()
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Form:
    """When a source is open: `hours` from local midnight, on `weekdays` (Monday is 0).

    `mean` is what one product has in a day. On `closed` days out of the whole span it is shut.
    `starts` says which days a rise may begin on. `stamped` writes a time down.
    """

    hours: tuple[float, float] = (9.0, 17.0)
    weekdays: Collection[int] = WORKDAYS
    zone: str = "UTC"
    mean: float = 50.0
    closed: int = 0
    starts: Callable[[World, date], bool] | None = None
    stamped: Callable[[datetime, float], datetime] = lambda at, _: at


@dataclass
class World:
    """A history: when each complaint came, and of which product; and the day that rises."""

    form: Form
    seed: int
    holidays: set[date] = field(default_factory=set)
    rows: list[tuple[datetime, str]] = field(default_factory=list)
    extra: list[tuple[datetime, str]] = field(default_factory=list)
    product: str = ""
    day: date = FIRST

    def is_open(self, day: date) -> bool:
        """Tell whether complaints come on a day."""
        return day.weekday() in self.form.weekdays and day not in self.holidays

    def begins(self) -> datetime:
        """Give when the rise begins."""
        return min(at for at, _ in self.extra)

    def ends(self) -> datetime:
        """Give when the day of the rise is over: 24 hours after its first hour of opening."""
        zone = ZoneInfo(self.form.zone)
        opened = datetime.combine(self.day, time(), zone) + timedelta(hours=self.form.hours[0])
        return max(opened.astimezone(UTC) + DAY, self.begins() + DAY)


def world(form: Form, seed: int) -> World:
    """Draw a history and the day, after its sixth week, on which one product is thrice as high."""
    rng = np.random.default_rng(seed)
    made = World(form, seed)
    days = [FIRST + n * DAY for n in range(7 * WEEKS)]
    work = [day for day in days[21:] if day.weekday() in form.weekdays]
    if form.closed:
        picked = rng.choice(len(work) - 1, size=form.closed, replace=False)
        made.holidays = {work[int(n)] for n in picked}
    for day in filter(made.is_open, days):
        for product in PRODUCTS:
            made.rows += _of(rng, form, day, product, form.mean)
    may = [d for d in days[42:-2] if made.is_open(d) and (not form.starts or form.starts(made, d))]
    made.day = may[int(rng.integers(len(may)))] if may else days[-10]
    made.product = PRODUCTS[int(rng.integers(len(PRODUCTS)))]
    made.extra = _of(rng, form, made.day, made.product, 2.0 * form.mean)
    return made


def _of(
    rng: np.random.Generator, form: Form, day: date, product: str, mean: float
) -> list[tuple[datetime, str]]:
    midnight = datetime.combine(day, time(), ZoneInfo(form.zone))
    first, last = form.hours
    drawn = []
    for hours, part in zip(
        rng.uniform(first, last, rng.poisson(mean)).tolist(), iter(rng.random, None), strict=False
    ):
        # Wall-clock arithmetic: the doors open at nine by the clock of the zone.
        at = (midnight + timedelta(hours=hours)).astimezone(UTC)
        drawn.append((form.stamped(at, part), product))
    return drawn


def before(weekday: int) -> Callable[[World, date], bool]:
    """Let rises begin on one weekday."""
    return lambda _, day: day.weekday() == weekday


def after_holiday(made: World, day: date) -> bool:
    """Let rises begin on the day after a holiday."""
    return day - DAY in made.holidays


def at_midnight(at: datetime, part: float) -> datetime:
    """Write the day down, without a time."""
    del part
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def half_at_midnight(at: datetime, part: float) -> datetime:
    """Write half of the days down without a time."""
    return at_midnight(at, part) if part < 0.5 else at


FORMS = {
    "office": Form(),
    "new york": Form(zone="America/New_York"),
    "berlin, half past": Form(hours=(8.5, 16.5), zone="Europe/Berlin"),
    "six days": Form(hours=(8.0, 18.0), weekdays=range(6)),
    "night shift": Form(hours=(22.0, 30.0)),
    "weekends": Form(hours=(10.0, 18.0), weekdays=(5, 6)),
    "monday": Form(starts=before(0)),
    "after a holiday": Form(closed=8, starts=after_holiday),
    "midnight": Form(stamped=at_midnight),
    "half at midnight": Form(stamped=half_at_midnight),
}


def alerts(
    rows: Iterable[tuple[datetime, str]], seed: int, timezone: str = "UTC"
) -> Iterator[dict[str, Any]]:
    """Give every transition of every alert, where days are those of a time zone."""
    rng = np.random.default_rng(seed)
    pipeline, records = Pipeline(Settings(calendar=Calendar(timezone=timezone))), []
    for number, (at, product) in enumerate(sorted(rows)):
        body = {
            "event_id": f"e{number}",
            "customer_id": f"c{rng.integers(10**6)}",
            "occurred_at": at.isoformat(),
            "product": product,
            "region": "NESW"[int(rng.integers(4))],
            "company": f"Company {rng.integers(8)}",
        }
        records.append(Record(number, None, json.dumps(body).encode()))
    for first in range(0, len(records), 500):
        for send in pipeline.process("complaints", records[first : first + 500], WALL):
            if send.topic == HISTORY:
                yield json.loads(send.value or b"")
    for send in pipeline.finish(WALL):
        if send.topic == HISTORY:
            yield json.loads(send.value or b"")


def pages(history: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the alerts for which somebody is paged, each as it was first."""
    paged: dict[str, dict[str, Any]] = {}
    for alert in history:
        cause = alert["explained_by"] is None and alert["verdict"] == "real"
        if alert["state"] == "firing" and cause:
            paged.setdefault(alert["alert_id"], alert)
    return list(paged.values())


def reported(made: World, history: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Give the page that tells of the rise on its day; None where there is none."""
    for alert in pages(history):
        at = datetime.fromisoformat(alert["at"])
        own = alert["labels"].get("product") == made.product
        if own and made.begins() <= at <= made.ends():
            return alert
    return None
