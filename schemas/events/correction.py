"""What was sent and was not so: an event of any source topic, taken back or replaced."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec
from pydantic import (
    ConfigDict,
    Field,
    PlainValidator,
    SerializeAsAny,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from schemas.events.base import CustomerEvent, Event, Flaw, Look, Rule
from schemas.events.complaints import Complaint, ComplaintUpdate
from schemas.events.lifecycle import Cancellation, Change, Renewal, Signup
from schemas.events.value import Referral, Revenue
from schemas.fields import Inside, Label

MAX_CORRECTIONS: Final = 8
"""How many corrections may stand in one another: each of the last ones corrects a correction."""

SourceTopic = Literal[
    "signups",
    "cancellations",
    "complaints",
    "referrals",
    "renewals",
    "revenue",
    "changes",
    "complaint_updates",
    "corrections",
]


def _read(value: object, info: ValidationInfo) -> object:
    """Read an event that stands inside another, as one of the topic that the other names.

    Raises:
        ValidationError: it is no such event.
        PydanticCustomError: `dict_type`, it is no object; `too_deep`, too many in one another.
    """
    look = info.context if isinstance(info.context, Look) else Look(whole=True)
    topic = str(info.data.get("topic"))
    model = MODELS.get(topic)
    if isinstance(value, Event):
        if model is not None and type(value) is not model:
            raise PydanticCustomError("dict_type", "Input should be an event of the topic")
        return value
    raw = bytes(value) if isinstance(value, msgspec.Raw) else None
    if not (isinstance(value, dict) if raw is None else raw.startswith(b"{")):
        raise PydanticCustomError("dict_type", "Input should be an object")
    if not look.whole or model is None:  # without a topic it cannot be judged
        return value
    depth = look.depth + 1
    if depth > MAX_CORRECTIONS:
        raise PydanticCustomError("too_deep", "Too many corrections in one another")
    if raw is not None:
        assert look.read is not None  # noqa: S101 (who has bytes can read them)
        return look.read(topic, raw, depth)
    return model.model_validate(value, context=look._replace(depth=depth))


AsSent = Annotated[
    SerializeAsAny[Event],
    PlainValidator(_read),
    WithJsonSchema({"type": "object"}),
    Inside(),
]


def _same_customer(correction: Any) -> Flaw | None:  # noqa: ANN401 (a model, or what a decoder gives)
    """Ask that everything is of one customer: it must stand in one partition."""
    for name in ("original", "replacement"):
        event = getattr(correction, name)
        if event is not None and event.customer_id != correction.customer_id:
            return Flaw(f"{name}.customer_id", "Input should be the customer_id of the correction")
    return None


class Correction(CustomerEvent):
    """An event that was sent before was wrong: another stands in its place, or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "evt-11",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-02-03T09:00:00Z",
                    "schema_version": 1,
                    "topic": "revenue",
                    "original": {
                        "event_id": "evt-7",
                        "customer_id": "cust-42",
                        "occurred_at": "2017-02-01T00:00:00Z",
                        "amount": 49000,
                        "currency": "USD",
                    },
                    "replacement": {
                        "event_id": "evt-7b",
                        "customer_id": "cust-42",
                        "occurred_at": "2017-02-01T00:00:00Z",
                        "amount": 4900,
                        "currency": "USD",
                    },
                    "reason": "wrong amount",
                },
                {
                    "event_id": "evt-12",
                    "customer_id": "cust-42",
                    "occurred_at": "2017-03-03T11:40:00Z",
                    "topic": "cancellations",
                    "original": {
                        "event_id": "evt-2",
                        "customer_id": "cust-42",
                        "occurred_at": "2017-03-02T16:05:12+01:00",
                        "reason": "price",
                        "value_lost": 58800,
                        "currency": "USD",
                    },
                    "replacement": None,
                    "reason": "wrong customer",
                },
            ]
        }
    )
    rules: ClassVar[tuple[Rule, ...]] = (_same_customer,)

    topic: SourceTopic = Field(
        description="The source topic of the event that was wrong.", examples=["revenue"]
    )
    original: AsSent = Field(
        description="That event as it was sent, whole; its customer_id is that of the correction. "
        f"Where it is a correction itself: {MAX_CORRECTIONS} in one another at most."
    )
    replacement: AsSent | None = Field(
        default=None,
        description="What should have been sent, an event of the same topic and customer; null: "
        "nothing.",
    )
    reason: Label | None = Field(
        default=None, description="Why it is corrected.", examples=["wrong amount"]
    )


MODELS: Final[Mapping[str, type[Event]]] = {
    "signups": Signup,
    "cancellations": Cancellation,
    "complaints": Complaint,
    "referrals": Referral,
    "renewals": Renewal,
    "revenue": Revenue,
    "changes": Change,
    "complaint_updates": ComplaintUpdate,
    "corrections": Correction,
}
"""The models of the source topics by name."""
