"""groundswell forget: a customer removed from what Groundswell writes, and what stays elsewhere."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from schemas import wire
from schemas.topics import CUSTOMERS, DEADLETTER, HISTORY, LATE, PERIODS, SOURCES
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.incident_actions import instant
from streams.cli.terminal import fail, out, read_settings, telling
from streams.core.event_time.formats import minute
from streams.core.messages import PARTIALS
from streams.load.model import Event
from streams.readmodel.periods import PeriodTable, decode_period
from streams.transport.client.admin import Admin
from streams.transport.client.event_producer import EventProducer
from streams.transport.client.whole import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.settings import Settings

CHANGES: Final = "changes"
BEHIND: Final = timedelta(days=1)
"""Customers may be told so far behind the time of now; a time between would count a month later."""

_DAY_MS: Final = 86_400_000
_RETENTION: Final = "retention.ms"
_POLICY: Final = "cleanup.policy"


class Stays(NamedTuple):
    """What stays of a customer on some topics, and until when."""

    topics: str
    what: str
    until: str


def forget(
    name: Annotated[str, typer.Argument(metavar="ID", help="Who.", show_default=False)],
    *,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="From when on the customer is removed: ISO 8601, by default UTC; without it, now.",
        ),
    ] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Remove a customer from what Groundswell writes, and say what stays where and until when.

    It sends the event `forgotten` to the topic changes. Once the customer clock has passed its
    time, the worker drops all that it keeps of the customer, with its row on customers; who was
    one is lost, with the reason forgotten, and the sums stay.

    groundswell forget cust-42
    """
    using = read_settings(settings, brokers)
    with telling(using):
        rows = asyncio.run(read_table(using.kafka, PERIODS))
        clock = PeriodTable(map(decode_period, rows.values())).clock
        when = _when(at, clock)
        event = {
            "event_id": event_id(name, when),
            "customer_id": name,
            "occurred_at": when.isoformat(),
            "change": "forgotten",
        }
        value = msgspec.json.encode(event)
        try:
            wire.decoders[CHANGES](value)
        except wire.REFUSED:
            fail(wire.refusal(CHANGES, value)[1])
        asyncio.run(_send(using, Event(int(when.timestamp()), name.encode(), value)))
        kept = asyncio.run(_kept(using))
    out.print(
        f"{escape(name)} is forgotten from {minute(when)} UTC on: removed once the customers of its"
        f" partition are told up to then{_so_far(clock)}",
        highlight=False,
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("where something stays", "what", "until"):
        table.add_column(heading)
    for one in _what_stays(using.worker.app_id, kept):
        table.add_row(*map(escape, one))
    out.print(table)


def event_id(name: str, when: datetime) -> str:
    """Give the id of the event by which a customer is forgotten.

    The same for the same customer and time, so that the command may be repeated; and another for
    each customer: of two of one second the second would count as a copy of the first.
    """
    customer = blake2b(name.encode(), digest_size=8).hexdigest()
    return f"forget-{customer}-{when:%Y%m%dT%H%M%SZ}"


def _when(at: str | None, clock: datetime | None) -> datetime:
    """Give the time that is meant."""
    now = datetime.now(UTC).replace(microsecond=0)
    if at is not None:
        when = instant("--at", at).astimezone(UTC).replace(microsecond=0)
        if when > now:
            fail(f"--at {at} is in the future")
        return when
    if clock is not None and now - clock > BEHIND:
        fail(
            f"customers are told up to {minute(clock)} UTC, and an event of now would wait until"
            " they are told up to now: say by --at from when on the customer is to be removed"
        )
    return now


def _so_far(clock: datetime | None) -> str:
    if clock is None:
        return ". No customers are published: they are kept where customers.enabled is set"
    return f", which is now {minute(clock)} UTC"


async def _send(using: Settings, event: Event) -> None:
    async with EventProducer(using.kafka, CHANGES) as producer:
        await producer.send([event])
        await producer.flush()


async def _kept(using: Settings) -> Mapping[str, Mapping[str, str]]:
    """Give how long the topics keep what is on them, as the broker says."""
    asked = (*SOURCES, CUSTOMERS, DEADLETTER, LATE, HISTORY, PARTIALS)
    async with Admin(using.kafka) as cluster:
        there = await cluster.partitions()
        wanted = [topic for topic in asked if topic in there]
        return await cluster.configs(wanted, (_RETENTION, _POLICY)) or {}


def _what_stays(app_id: str, kept: Mapping[str, Mapping[str, str]]) -> list[Stays]:
    """Say what stays where: by topic, by how long it is kept."""
    found: dict[str, list[str]] = {}
    for topic in SOURCES:
        found.setdefault(_until(kept.get(topic)), []).append(topic)
    own = [
        Stays(", ".join(topics), "its events, as you sent them", until)
        for until, topics in found.items()
    ]
    compacted = "the broker has compacted it"
    return [
        *own,
        Stays(f"{CUSTOMERS}, {app_id}-fold-changelog", "older rows of it", compacted),
        Stays(f"{DEADLETTER}, {LATE}", "its events that could not be counted", _of(kept, LATE)),
        Stays(f"alerts, {HISTORY}", "samples of complaints, masked", _of(kept, HISTORY)),
        Stays(PARTIALS, "samples of complaints, masked", _of(kept, PARTIALS)),
        Stays(f"{app_id}-fold-changelog", "that others referred it, if they did", "for good"),
        Stays(
            f"{CUSTOMERS}, {app_id}-fold-changelog",
            "its id with those who were merged into it",
            "they are forgotten, too",
        ),
        Stays("metrics.*", "sums, and hashes in counts of distinct customers", "for good"),
    ]


def _of(kept: Mapping[str, Mapping[str, str]], topic: str) -> str:
    return _until(kept.get(topic))


def _until(config: Mapping[str, str] | None) -> str:
    """Say until when a topic keeps a message."""
    if config is None or _RETENTION not in config:
        return "as long as the broker keeps it"
    if config.get(_POLICY) == "compact":
        return "the broker has compacted it"
    retention = int(config[_RETENTION])
    return "for good" if retention < 0 else f"{retention / _DAY_MS:g} days after it was written"
