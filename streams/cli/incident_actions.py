"""What people do about incidents: read from and written to the topic of actions."""

from __future__ import annotations

import asyncio
import getpass
import re
import uuid
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from schemas.topics import ACTIONS, INCIDENTS
from schemas.wire import Refusal, read_action
from streams.cli.terminal import fail
from streams.cli.unread import readable
from streams.core.incidents.acts import act_of
from streams.load.model import Event
from streams.readmodel.incidents import IncidentTable, decode_incident
from streams.transport.client.event_producer import EventProducer
from streams.transport.client.reader import follow

if TYPE_CHECKING:
    from schemas.actions import Action
    from streams.readmodel.incidents import IncidentRow
    from streams.settings import Kafka, Settings

_UNITS: Final = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_SPAN: Final = re.compile(r"(\d{1,5})\s*([mhdw])")


class Known(NamedTuple):
    """What stands on the topics: the incidents, and the actions in the order of their time."""

    table: IncidentTable
    actions: list[Action]

    def about(self, row: IncidentRow) -> list[Action]:
        """Return what was done about an incident, silences that are for it too."""
        labels = labels_of(row)
        return [
            action
            for action in self.actions
            if action.about == row.incident_id
            or (action.kind == "silenced" and _is_for(action, labels))
        ]


def labels_of(row: IncidentRow) -> dict[str, str]:
    """Return what the matchers of a silence look at."""
    lead = next((one.labels for one in row.members if one.alert_id == row.lead), {})
    own = {"incident": row.incident_id, "metric": row.metric, "severity": row.severity}
    return {**lead, **row.labels, **own}


def _is_for(action: Action, labels: dict[str, str]) -> bool:
    from streams.core.incidents.silences import matches  # noqa: PLC0415

    return matches(act_of(action), labels)


def known(using: Settings) -> Known:
    """Read the incidents and the actions."""
    return asyncio.run(_known(using.kafka))


async def _known(kafka: Kafka) -> Known:
    table = IncidentTable()
    for row in readable(INCIDENTS, await all_of(kafka, INCIDENTS), decode_incident):
        table.apply(row)
    found = {
        action.action_id: action
        for value in await all_of(kafka, ACTIONS)
        if not isinstance(action := read_action(value), Refusal)
    }
    return Known(table, sorted(found.values(), key=lambda one: (one.at, one.action_id)))


async def all_of(kafka: Kafka, topic: str) -> list[bytes]:
    """Return all values of a topic."""
    messages = follow(kafka, topic, from_beginning=True, to_end=True)
    async with aclosing(messages):
        return [value async for _, value in messages]


def the_one(table: IncidentTable, name: str) -> IncidentRow:
    """Return the incident that is meant by the beginning of its id, or of one of its alerts'."""
    found = table.named(name)
    if not found:
        fail(f"no incident is named {name!r}; groundswell alerts list --all shows all")
    if len(found) > 1:
        names = ", ".join(row.incident_id for row in found[:5])
        fail(f"{name!r} may be any of {len(found)}: {names}")
    return found[0]


def act(using: Settings, fields: dict[str, Any]) -> None:
    """Send an action; what is wrong with it is printed, not raised."""
    action = {
        "action_id": uuid.uuid4().hex,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    } | {name: value for name, value in fields.items() if value is not None}
    value = msgspec.json.encode(action)
    read = read_action(value)
    if isinstance(read, Refusal):
        fail(read.detail)
    asyncio.run(_send(using.kafka, fields["about"], value))


async def _send(kafka: Kafka, about: str, value: bytes) -> None:
    async with EventProducer(kafka, ACTIONS) as producer:
        await producer.send([Event(0, about.encode(), value)])
        await producer.flush()


def me() -> str:
    """Return the name of whoever is logged in here."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def span(text: str) -> timedelta:
    """Read `90m`, `8h`, `3d` or `2w`."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        fail(f"--for {text!r} is no length of time; write 90m, 8h, 3d or 2w")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def instant(option: str, text: str) -> datetime:
    """Read a time; one without an offset is UTC."""
    try:
        read = datetime.fromisoformat(text)
        read = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
        read.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter before the year 1, and after 9999
        fail(f"{option} {text!r} is no time; write 2017-01-18 or 2017-01-18T09:30:00Z")
    return read
