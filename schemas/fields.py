"""The kinds of fields that the topics share: identifiers, labels, money, times.

The hot path's decoders are derived from these types (`schemas.derive`), so a constraint is written
here once, and only in forms that both sides understand: lengths, bounds, patterns, literals.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

MAX_MONEY: Final = 10**15
"""Largest amount, in minor units: ten trillion dollars, and exact in every JSON reader."""

_time = msgspec.json.Decoder(Annotated[datetime, msgspec.Meta(tz=True)])


class Contract(BaseModel):
    """A model of this contract: no coercion ("5" is no number), immutable, unknown fields ignored.

    Readers must ignore fields they do not know: adding one is not a new schema version. What checks
    by a model is built when it is first asked: most processes ask few of them, and to build all
    takes 40 ms.
    """

    model_config = ConfigDict(
        defer_build=True,
        strict=True,
        frozen=True,
        extra="ignore",
        json_schema_serialization_defaults_required=True,
    )


def _read_time(value: object) -> object:
    """Read a time as the hot path does, so that both take the same strings.

    Raises:
        PydanticCustomError: `bad_time`, the string is no date and time with an offset.
    """
    if not isinstance(value, str):
        return value
    try:
        return _time.decode(msgspec.json.encode(value))
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise PydanticCustomError(
            "bad_time", "Input should be an RFC 3339 date and time with an offset"
        ) from error


def _read_version(value: object) -> object:
    """Take the whole number 1 only: a pydantic literal would take True and 1.0 for it.

    Raises:
        PydanticCustomError: `int_type`, or `unknown_version` for every other whole number.
    """
    if type(value) is not int:
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    if value != 1:
        raise PydanticCustomError("unknown_version", "Input should be 1, the version known here")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_read_time)]
"""RFC 3339 with an offset. Also read: lower case, a space for the T, an offset without its colon.

Refused: no offset, no seconds, second 60, hour 24, the year 0000. Beyond six digits the fraction
of the second is rounded.
"""

Identifier = Annotated[str, Field(min_length=1, max_length=128)]
Label = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[
    str,
    # max_length too: in Python's regular expressions `$` also stands before a last line feed
    Field(min_length=3, max_length=3, pattern=r"^[A-Z]{3}$"),
]
Money = Annotated[int, Field(ge=0, le=MAX_MONEY)]
SignedMoney = Annotated[int, Field(ge=-MAX_MONEY, le=MAX_MONEY)]
Amounts = Annotated[dict[Currency, int], Field(json_schema_extra={"additionalProperties": False})]
"""Sums by currency, in minor units."""

Count = Annotated[int, Field(ge=0)]
Offset = Annotated[int, Field(ge=0)]
Version = Annotated[Literal[1], BeforeValidator(_read_version)]

Base64 = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
"""Bytes, in the standard alphabet of RFC 4648 with padding."""

JsonObject = dict[str, Any]


class Inside:
    """Marks a field that holds an event of the topic that another field names."""
