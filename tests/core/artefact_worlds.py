"""Seven quiet weeks of complaints, one day on which something happens, and the alerts of it."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.topics import HISTORY
from streams.core.pipeline import Pipeline
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DAY = 86400
HOUR = 3600
FIRST = 17_000
LAST = 49
"""The day, from 0, on which it happens."""
NOON = 43200
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


def quiet(a_day: int = 30, days: int = LAST + 1, seed: int = 1) -> list[Complaint]:
    """Give so many complaints a day, of anybody about anything."""
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


def alerts(complaints: Iterable[Complaint], batch: int = 500) -> list[dict[str, Any]]:
    """Give every transition, as published, of the day and the day after."""
    ordered = sorted(complaints, key=lambda c: c.at)
    end = max(ordered[-1].at, (LAST + 1) * DAY) + DAY + HOUR
    ordered += [Complaint(end + i * 60, f"end{i}") for i in range(4)]
    records = []
    for number, c in enumerate(ordered):
        at = datetime.fromtimestamp(FIRST * DAY + c.at, UTC)
        body = {
            "event_id": f"e{number}",
            "customer_id": c.customer,
            "occurred_at": at.isoformat(),
            "text": c.text,
            **{n: getattr(c, n) for n in ("product", "issue", "company", "region", "channel")},
        }
        records.append(Record(number, None, json.dumps(body).encode()))
    pipeline = Pipeline(SETTINGS)
    wall = (FIRST + 400) * DAY
    sends = [
        send
        for i in range(0, len(records), batch)
        for send in pipeline.process("complaints", records[i : i + batch], wall)
    ]
    sends.extend(pipeline.finish(wall))
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
BUSY = quiet(240, seed=5)
FORM = "Your company charged me 12.50 twice on order {} and I want my money back now, {}."


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
