"""What people do on the pages and by the API: made into actions, sent, and waited for."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka.errors import KafkaError
from starlette.exceptions import HTTPException

from schemas.topics import ACTIONS
from schemas.wire import Refusal, read_action
from streams.transport.client.event_producer import MissingTopicError
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from schemas.actions import Action
    from streams.console.parts import Parts
    from streams.console.roles import Person

SEEN_S: Final = 3.0
"""So long it is waited until what was sent stands in the index: then the page shows it."""
SEND_S: Final = 15.0


async def act(parts: Parts, person: Person, fields: dict[str, Any]) -> Action:
    """Send an action of somebody; returns it when Kafka has it.

    Raises:
        HTTPException: 422 it is none, 503 Kafka did not take it.
    """
    given = {name: value for name, value in fields.items() if value not in (None, "", [])}
    at = datetime.fromtimestamp(parts.wall(), UTC)
    action = given | {
        "action_id": given.get("action_id") or uuid.uuid4().hex,
        "by": person.name,
        "at": at.isoformat(timespec="milliseconds"),  # what follows within a second is in order
    }
    value = msgspec.json.encode(action)
    read = read_action(value)
    if isinstance(read, Refusal):
        raise HTTPException(422, read.detail.lstrip(": "))
    await send(parts, ACTIONS, read.about.encode(), value)
    await seen(parts, read.action_id)
    return read


async def send(parts: Parts, topic: str, key: bytes, value: bytes) -> None:
    """Send a message, and wait until Kafka has it.

    Raises:
        HTTPException: 503, it did not take it.
    """
    try:
        async with asyncio.timeout(SEND_S):
            await parts.send(topic, key, value)
    except MissingTopicError:
        raise HTTPException(503, f"there is no topic {topic} yet: a worker makes it") from None
    except (KafkaError, WorkerFailedError, OSError, TimeoutError) as error:
        raise HTTPException(503, f"Kafka did not take it ({type(error).__name__})") from None


async def seen(parts: Parts, action_id: str) -> None:
    """Wait a little until an action stands in the index."""
    version = -1
    try:
        async with asyncio.timeout(SEEN_S):
            while parts.index.get(ACTIONS, action_id) is None and not parts.changes.closing:
                version = await parts.changes.after(version, (ACTIONS,))
    except TimeoutError:
        return
