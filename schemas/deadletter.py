"""Where events go that were not counted: `deadletter` (refused) and `late` (too late)."""

from base64 import b64decode
from enum import StrEnum
from typing import Self

from pydantic import ConfigDict, Field

from schemas.fields import Base64, Contract, Instant, JsonObject, Offset, Version


class Reason(StrEnum):
    """Why an event was refused; a bounded set, so it is also a metric label."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Make a member that is its value and knows its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    EMPTY = ("empty", "No bytes, or only white space.")
    NULL_VALUE = (
        "null_value",
        "No value at all: a tombstone, which source topics have no use for.",
    )
    NOT_UTF8 = (
        "not_utf8",
        "Not Unicode text: bytes that are no UTF-8, or half of a surrogate pair, anywhere in it.",
    )
    TRUNCATED = ("truncated", "JSON that ends before its end.")
    NOT_JSON = ("not_json", "Anything else that is no JSON.")
    TOO_DEEP = (
        "too_deep",
        "Arrays and objects, or corrections, nested deeper than any reader should follow.",
    )
    NOT_AN_OBJECT = (
        "not_an_object",
        "JSON, but an array, a string, a number, true, false or null.",
    )
    UNKNOWN_VERSION = ("unknown_version", "A schema_version that this Groundswell does not know.")
    MISSING_FIELD = ("missing_field", "A required field is not there.")
    WRONG_TYPE = (
        "wrong_type",
        'A field of another type, such as "5" for a number or null where a value is required.',
    )
    TOO_LONG = ("too_long", "A string or a list longer than its bound.")
    TOO_SHORT = (
        "too_short",
        "A string or a list shorter than its bound, such as an empty event_id.",
    )
    OUT_OF_RANGE = ("out_of_range", "A number beyond its bounds, however huge; a time before 1970.")
    NOT_ALLOWED = (
        "not_allowed",
        "A value that is none of those listed, or not of the form asked for.",
    )
    BAD_TIME = ("bad_time", "A string that is no RFC 3339 date and time with an offset.")
    INCONSISTENT = (
        "inconsistent",
        "Fields that do not fit each other, such as an amount without its currency.",
    )
    FROM_THE_FUTURE = ("from_the_future", "A time too far ahead of the clock.")
    OTHER = (
        "other",
        "Refused by the decoder, though the models find nothing wrong: please report it.",
    )


class DeadLetter(Contract):
    """An event that was refused, with its reason, its bytes and where it came from.

    Nothing is lost: the original bytes are in here.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schema_version": 1,
                    "reason": "missing_field",
                    "detail": "occurred_at: Field required",
                    "topic": "complaints",
                    "partition": 3,
                    "offset": 81472,
                    "key_base64": "Y3VzdC00Mg==",
                    "payload_base64": "eyJldmVudF9pZCI6ImV2dC0zIn0=",
                    "at": "2017-01-18T14:30:02Z",
                }
            ]
        }
    )

    schema_version: Version = Field(default=1, description="Version of this schema.")
    reason: Reason = Field(strict=False, description="Why it was refused.")
    detail: str = Field(description="The same for a person to read: which field, which bound.")
    topic: str = Field(description="Topic it was read from.")
    partition: Offset = Field(description="Partition it was read from.")
    offset: Offset = Field(description="Its offset there.")
    key_base64: Base64 | None = Field(description="The key of the message; null: none.")
    payload_base64: Base64 | None = Field(description="The value of the message; null: none.")
    at: Instant = Field(description="When it was refused, by the worker's clock.")

    def payload(self) -> bytes | None:
        """Give the original value of the message back, byte by byte; None if it had none."""
        return None if self.payload_base64 is None else b64decode(self.payload_base64)

    def key(self) -> bytes | None:
        """Give the original key of the message back; None if it had none."""
        return None if self.key_base64 is None else b64decode(self.key_base64)


class LateReason(StrEnum):
    """For what an event came too late."""

    CLOSED_BUCKET = "closed_bucket"
    BEFORE_BASE = "before_base"
    BEFORE_HORIZON = "before_horizon"


class Late(Contract):
    """A good event for a bucket that was closed already: it is kept here, and not counted.

    Where customers are kept, events that are too old to change what is known of a customer stand
    here too, with that reason. One that is too late for both stands here twice.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schema_version": 1,
                    "topic": "complaints",
                    "partition": 3,
                    "offset": 81473,
                    "event": {"event_id": "evt-4", "occurred_at": "2017-01-18T09:31:07Z"},
                    "occurred_at": "2017-01-18T09:31:07Z",
                    "watermark": "2017-01-18T14:20:00Z",
                    "lateness_s": 17333,
                }
            ],
            "required": [
                "schema_version",
                "topic",
                "partition",
                "offset",
                "event",
                "occurred_at",
                "watermark",
                "lateness_s",
            ],
        }
    )

    schema_version: Version = Field(default=1, description="Version of this schema.")
    topic: str = Field(description="Topic it was read from.")
    partition: Offset = Field(description="Partition it was read from.")
    offset: Offset = Field(description="Its offset there.")
    event: JsonObject = Field(description="The event as it came, fields we ignore included.")
    occurred_at: Instant = Field(description="When it happened.")
    watermark: Instant = Field(description="Event time its partition had reached.")
    lateness_s: Offset = Field(description="Seconds by which it missed the watermark.")
    reason: LateReason = Field(
        default=LateReason.CLOSED_BUCKET,
        strict=False,
        description="For what it came too late: a bucket of the metrics that was closed (then this "
        "is left out); or for the customer, of whom all before is summed up (`before_base`) or "
        "whose money so far back is no longer kept by month (`before_horizon`).",
    )
