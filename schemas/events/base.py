"""What every event has, and how fields are held against each other by models and decoders alike."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Final, NamedTuple, Self

from pydantic import Field, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas import mending
from schemas.fields import Contract, Identifier, Instant, Label, Version

MAX_TEXT: Final = 10_000

Text = Annotated[str, Field(max_length=MAX_TEXT)]


class Flaw(NamedTuple):
    """What does not fit: the field (a dot before one inside it), and what it should be."""

    field: str
    message: str


Rule = Callable[[Any], Flaw | None]
"""Looks at a whole event, be it a model or what a decoder gives, for fields that do not fit."""


class Look(NamedTuple):
    """How `schemas.explain` has the models look at an event; the context of their validation.

    `whole` is False where one field after the other is judged and none against another. `read`
    reads the bytes of an event of a topic that stands inside another, `depth` events deep.
    """

    whole: bool
    read: Callable[[str, bytes, int], "Event"] | None = None
    depth: int = 0


class Event(Contract):
    """What every source event carries."""

    rules: ClassVar[tuple[Rule, ...]] = ()
    """What must be so of several fields together. The decoders of `schemas.wire` ask the same."""
    fallbacks: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    """By field: what it is, by the others, where it is null."""

    event_id: Identifier = Field(
        description="Names this event: the same event sent again is counted once.",
        examples=["evt-7f3a"],
    )
    customer_id: Identifier | None = Field(
        default=None,
        description="The customer; absent only on an anonymous complaint, which is counted, but "
        "not among distinct customers.",
        examples=["cust-42"],
    )
    occurred_at: Instant = Field(
        description="When it happened, not when it was sent: RFC 3339 with an offset. Before "
        "1970, and more than five minutes ahead of the clock, is refused.",
        examples=["2017-01-18T09:30:00Z"],
    )
    schema_version: Version = Field(default=1, description="Version of this schema.")
    segment: Label | None = Field(
        default=None, description="Customer group.", examples=["small business"]
    )

    @model_validator(mode="before")
    @classmethod
    def _mended(cls, fields: Any) -> Any:  # noqa: ANN401 (whatever stands there)
        """Put optional fields right, or drop them: they cost no event."""
        return mending.mend(cls, fields) if isinstance(fields, dict) else fields

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> Self:
        """Hold the fields against each other, and fill in what the others tell.

        Raises:
            ValidationError: `inconsistent`, two fields do not fit each other.
        """
        if isinstance(info.context, Look) and not info.context.whole:
            return self
        for rule in self.rules:
            if flaw := rule(self):
                raise ValidationError.from_exception_data(type(self).__name__, [_details(flaw)])
        for name, value_of in self.fallbacks.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value_of(self))  # frozen for everybody else
        return self


def _details(flaw: Flaw) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("inconsistent", "{message}", {"message": flaw.message}),
        loc=tuple(flaw.field.split(".")),
        input=None,
    )


class CustomerEvent(Event):
    """An event of a customer who is known."""

    customer_id: Identifier = Field(description="The customer.", examples=["cust-42"])
