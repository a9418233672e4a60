"""Seven quiet weeks of complaints, one day on which something happens, and the alerts of it."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from small_cluster import Cluster, Place

from schemas.topics import HISTORY
from streams.core.aggregate.stage import AggregateStage
from streams.core.pipeline import Pipeline
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streams.core.alerts.stage import AlertsStage
    from streams.core.ingest.stage import IngestStage

DAY = 86400
HOUR = 3600
FIRST = 17_000
LAST = 49
"""The day, from 0, on which it happens."""
CHANGING = LAST - 3
"""The day from which on a history may differ from others that have the same quiet weeks."""
NOON = 43200
WALL = (FIRST + 400) * DAY
SETTINGS = Settings()

PRODUCTS = ("Loan", "Card", "Account")
ISSUES = ("Fees", "Service", "Error")
COMPANIES = ("Acme", "Bolt", "Cora")
REGIONS = ("CA", "NY", "TX", "WA")
CHANNELS = ("web", "phone", "branch")
NOUNS = [
    "rate",
    "payment",
    "statement",
    "branch",
    "letter",
    "charge",
    "refund",
    "balance",
    "clerk",
    "website",
    "notice",
    "fee",
]
VERBS = [
    "lost",
    "raised",
    "ignored",
    "doubled",
    "refused",
    "delayed",
    "closed",
    "forgot",
    "changed",
    "blocked",
]
ENDS = [
    "again",
    "yesterday",
    "without",
    "a",
    "word",
    "for",
    "months",
    "since",
    "May",
    "twice",
    "in",
    "a",
    "week",
    "on",
    "Monday",
]


class Complaint(NamedTuple):
    """One complaint; `at` in seconds from the first day."""

    at: int
    customer: str | None
    text: str | None = None
    product: str = "Loan"
    issue: str = "Fees"
    company: str = "Acme"
    region: str = "CA"
    channel: str = "web"


def words(dice: random.Random) -> str:
    """Make a text up that nobody else would write."""
    parts = [
        f"the {dice.choice(NOUNS)} of my {dice.choice(NOUNS)} was {dice.choice(VERBS)} "
        f"{dice.choice(ENDS)} and {dice.choice(NOUNS)} {dice.choice(VERBS)}"
        for _ in range(3)
    ]
    return ", ".join(parts)


def anybody(dice: random.Random, at: int, **labels: str) -> Complaint:
    """Let somebody complain, whoever it is and whatever about, but for `labels`."""
    made = Complaint(
        at,
        f"c{dice.randrange(100_000)}",
        words(dice),
        dice.choice(PRODUCTS),
        dice.choice(ISSUES),
        dice.choice(COMPANIES),
        dice.choice(REGIONS),
        dice.choice(CHANNELS),
    )
    return Complaint(**(made._asdict() | labels))


@cache
def quiet(a_day: int = 30, days: int = LAST + 1, seed: int = 1) -> list[Complaint]:
    """Give so many complaints a day, of anybody about anything; nobody may change what it gives."""
    dice = random.Random(seed)
    return [
        anybody(dice, day * DAY + dice.randrange(DAY)) for day in range(days) for _ in range(a_day)
    ]


def spike(
    count: int,
    make: Callable[[random.Random, int], Complaint],
    *,
    start: int = NOON,
    seconds: int = 4 * HOUR,
    seed: int = 2,
) -> list[Complaint]:
    """Give so many more complaints within `seconds` of the last day."""
    dice = random.Random(seed)
    first = LAST * DAY + start
    return [make(dice, first + dice.randrange(seconds)) for _ in range(count)]


def reports(complaints: Iterable[Complaint]) -> list[bytes]:
    """Give complaints as events in order of time, the day after the last one at the end."""
    ordered = sorted(complaints, key=lambda c: c.at)
    end = max(ordered[-1].at, (LAST + 1) * DAY) + DAY + HOUR
    ordered += [Complaint(end + i * 60, f"end{i}") for i in range(4)]
    values = []
    for number, c in enumerate(ordered):
        at = datetime.fromtimestamp(FIRST * DAY + c.at, UTC)
        body = {
            "event_id": f"e{number}",
            "customer_id": c.customer,
            "occurred_at": at.isoformat(),
            "text": c.text,
            **{n: getattr(c, n) for n in ("product", "issue", "company", "region", "channel")},
        }
        values.append(json.dumps(body).encode())
    return values


class Watched(Cluster):
    """A cluster with one partition a stage, which publishes no more than alerts."""

    def make(self, place: Place) -> IngestStage | AggregateStage | AlertsStage:
        if place.stage == "series":
            return AggregateStage(0, 1, self.settings, grains=(), rolling=False)
        return super().make(place)

    def report(self, values: Iterable[bytes]) -> None:
        for value in values:
            self.produce("complaints", 0, None, value)
        self.settle()


@lru_cache(maxsize=8)
def known(values: tuple[bytes, ...]) -> Watched:
    """Let these weeks pass, once for all that may come after them."""
    cluster = Watched(SETTINGS, WALL, partitions=1)
    cluster.report(values)
    cluster.owners.clear()  # their sketches go before the library does that made them
    return cluster


def alerts(complaints: Iterable[Complaint]) -> list[dict[str, Any]]:
    """Give every transition, as published, of the day and the day after.

    What comes before the last days may be the same in many histories. Whoever takes the partitions
    over after it goes on from there: that it is told the same is shown beside `replayed`.
    """
    complaints = list(complaints)
    values, before = reports(complaints), sum(c.at < CHANGING * DAY for c in complaints)
    cluster = known(tuple(values[:before])).taken_over()
    cluster.report(values[before:])
    return [json.loads(record.value or b"") for record in cluster.logs[HISTORY, 0]]


def replayed(complaints: Iterable[Complaint], batch: int) -> list[dict[str, Any]]:
    """Give the same, of one who reads them all in batches of so many and keeps no state."""
    records = [Record(n, None, value) for n, value in enumerate(reports(complaints))]
    pipeline = Pipeline(SETTINGS)
    sends = [
        send
        for i in range(0, len(records), batch)
        for send in pipeline.process("complaints", records[i : i + batch], WALL)
    ]
    sends.extend(pipeline.finish(WALL))
    return [json.loads(s.value or b"") for s in sends if s.topic == HISTORY]


def pages(history: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the transitions for which somebody is paged."""
    return [
        a
        for a in history
        if a["state"] == "firing" and a["explained_by"] is None and a["verdict"] == "real"
    ]


def kinds(history: Iterable[dict[str, Any]]) -> set[str]:
    """Name the artefacts that were reported with a verdict."""
    return {a["reasons"][0]["artefact"] for a in history if a["verdict"] == "artefact"}


QUIET = quiet()
FORM = "Your company charged me 12.50 twice on order {} and I want my money back now, {}."


def busy() -> list[Complaint]:
    return quiet(240, seed=5)


def about_acme(dice: random.Random, at: int) -> Complaint:
    return anybody(dice, at, company="Acme")


def by_web(dice: random.Random, at: int) -> Complaint:
    return anybody(dice, at, channel="web")


def from_a_form(dice: random.Random, at: int) -> Complaint:
    text = FORM.format(dice.randrange(10_000), dice.choice(["Ann", "Bob", "Cid"]))
    return Complaint(at, f"m{dice.randrange(10**9)}", text, region=dice.choice(REGIONS))


def held_web(complaints: list[Complaint], days: int = 3) -> list[Complaint]:
    """Let what came by web in the days before the last come on that day, from eight on."""
    gap, resumed = (LAST - days) * DAY, LAST * DAY + 8 * HOUR
    return [
        c._replace(at=resumed + (c.at - gap) // (12 * days))
        if gap <= c.at < LAST * DAY and c.channel == "web"
        else c
        for c in complaints
    ]
