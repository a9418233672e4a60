"""Source events by the API: looked at, sent, and answered when Kafka has them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from streams.console.api.openapi import SENDS
from streams.console.events import check_may_send, outbox
from streams.console.parts import ByPerson, Csrf, InParts

router = APIRouter(tags=["events"])

Topic = Literal[
    "signups",
    "changes",
    "cancellations",
    "complaints",
    "complaint_updates",
    "referrals",
    "renewals",
    "revenue",
    "corrections",
]
"""The source topics: `test_events_api.py` holds them against the contract."""

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The event, as docs/topics.md describes those of the topic.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class Taken(BaseModel):
    """An event that Kafka has."""

    topic: Topic = Field(description="Where it was sent.")
    event_id: str = Field(description="The event.")
    again: bool = Field(description="Whether it had come before, and was not sent again.")


@router.post(
    "/events/{topic}",
    status_code=201,
    dependencies=[Csrf],
    openapi_extra=_BODY,
    responses={
        200: {"model": Taken, "description": "It had come before."},
        409: {"description": "Another event has this event_id."},
        **SENDS,
    },
)
async def take(
    request: Request,
    response: Response,
    parts: InParts,
    person: ByPerson,
    topic: Annotated[Topic, Path(description="The source topic.")],
) -> Taken:
    """Send an event; answered when Kafka has it. The same event_id again changes nothing."""
    check_may_send(person, topic)
    sent = await outbox(parts).put(parts, topic, await request.body())
    if sent.again:
        response.status_code = 200
    return Taken(topic=topic, event_id=sent.event_id, again=sent.again)
