"""The topic `actions`: what people do about what they were told. Times are wall time.

It is a log and kept for good: the record of who did what, when and why.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, JsonValue, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.fields import Contract, Identifier, Instant, Label, Version

ActionKind = Literal[
    "acknowledged",
    "unacknowledged",
    "assigned",
    "noted",
    "silenced",
    "unsilenced",
    "judged",
    "issue_opened",
    "issue_assigned",
    "issue_done",
    "call_planned",
    "call_made",
    "question_opened",
    "question_assigned",
    "question_answered",
    "decision_published",
    "unmasked",
]
Judgement = Literal["true", "false", "known"]
Outcome = Literal["reason_found", "would_return", "returned", "not_reached", "do_not_call", "none"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Matching = Literal["is", "is_not", "like"]

MAX_NOTE: Final = 4_000
MAX_MATCHERS: Final = 20

Note = Annotated[str, Field(max_length=MAX_NOTE)]
ReviewName = Annotated[
    str, Field(min_length=7, max_length=7, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2]|Q[1-4])$")
]
Clock = Annotated[
    str, Field(min_length=5, max_length=5, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
]


class Matcher(Contract):
    """What one label of an incident must be; all matchers of a silence must hold."""

    label: Label = Field(
        description="A label of the incident, or `incident`, `metric` or `severity`."
    )
    matching: Matching = Field(
        default="is", description="is, is_not, or like: `*` stands for any characters."
    )
    value: Label = Field(description="The value; an incident without the label has none.")


class Recurrence(Contract):
    """Hours of the week at which a silence holds."""

    zone: Label = Field(description="IANA name of the time zone that days and hours are of.")
    days: list[Weekday] = Field(min_length=1, max_length=7, description="Days on which it begins.")
    start: Clock = Field(description="When it begins, `22:00`.")
    end: Clock = Field(description="When it ends; on the next day if that is not later.")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        """Refuse a zone that nobody can tell the time of.

        Raises:
            PydanticCustomError: `inconsistent`, there is no such zone.
        """
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise PydanticCustomError(
                "inconsistent", "write the IANA name of a time zone, such as Europe/Berlin"
            ) from error
        return zone


_EXAMPLES: Final[list[JsonValue]] = [
    {
        "schema_version": 1,
        "action_id": "act-7f3a",
        "kind": "acknowledged",
        "about": "5b0e8c1f7d2a9e46",
        "by": "Ada",
        "at": "2017-01-19T07:31:00Z",
        "note": "Looking into it with the loans team.",
        "seen_at": "2017-01-19T00:00:00Z",
    },
    {
        "schema_version": 1,
        "action_id": "act-7f3b",
        "kind": "silenced",
        "about": "silence-night-batch",
        "by": "Ada",
        "at": "2017-01-19T07:40:00Z",
        "note": "The nightly import is being rewritten.",
        "until": "2017-02-01T00:00:00Z",
        "matchers": [{"label": "product", "matching": "is", "value": "Student loan"}],
        "recurring": {
            "zone": "Europe/Berlin",
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "start": "22:00",
            "end": "04:00",
        },
    },
]

NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "assigned": ("owner",),
    "noted": ("note",),
    "silenced": ("until", "note", "matchers"),
    "judged": ("judgement",),
    "issue_opened": ("note",),
    "issue_assigned": ("owner",),
    "call_planned": ("customer_id",),
    "call_made": ("customer_id", "outcome"),
    "question_opened": ("note",),
    "question_assigned": ("owner",),
    "question_answered": ("note",),
    "decision_published": ("note",),
    "unmasked": ("customer_id", "note"),
}
"""What an action of a kind cannot do without."""


class Action(Contract):
    """Something that somebody did about an incident, or in the review of customers lost.

    Send it with `about` as the key. The same `action_id` again changes nothing. `acknowledged`,
    `unacknowledged`, `assigned`, `noted` and `judged` are about an incident; `silenced` and
    `unsilenced` about a silence, which has a name of its own; `unmasked` says that somebody was
    shown who a customer is, and why. `call_planned` and `call_made` are about a customer,
    `issue_opened`, `issue_assigned` and `issue_done` about an issue, which has a name of its own:
    the loss review shows them. `question_opened`, `question_assigned` and `question_answered` are
    about a question of the front line. From these nothing follows for incidents.
    """

    model_config = ConfigDict(json_schema_extra={"examples": _EXAMPLES})

    schema_version: Version = Field(default=1, description="Version of this schema.")
    action_id: Identifier = Field(description="Names this action: sent again it changes nothing.")
    kind: ActionKind = Field(description="What was done.")
    about: Identifier = Field(description="About what: an incident, a silence, an issue, a call.")
    by: Label = Field(description="Who did it.")
    at: Instant = Field(description="When.")
    note: Note | None = Field(default=None, description="Why, or what was found.")
    seen_at: Instant | None = Field(
        default=None,
        description="`at` of the incident's record that somebody answers: what happened after it "
        "is not acknowledged. null: all that happened until `at`.",
    )
    owner: Label | None = Field(default=None, description="Whose it is now.")
    until: Instant | None = Field(default=None, description="When a silence ends.")
    starts_at: Instant | None = Field(
        default=None, description="When a silence begins; null: at once."
    )
    matchers: list[Matcher] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_MATCHERS,
        description="Which incidents a silence is for: those that fit all.",
    )
    recurring: Recurrence | None = Field(
        default=None, description="Hours at which a silence holds; null: all the time."
    )
    judgement: Judgement | None = Field(
        default=None,
        description="true: customers did suffer; false: they did not; known: expected.",
    )
    due_at: Instant | None = Field(default=None, description="When an issue or a call is due.")
    customer_id: Identifier | None = Field(default=None, description="Who was or will be called.")
    outcome: Outcome | None = Field(
        default=None,
        description="What came of a call. do_not_call: the customer does not want to be called; no "
        "review draws them again.",
    )
    review: ReviewName | None = Field(
        default=None, description="Which loss review an issue or a call is of."
    )
    reason: Label | None = Field(
        default=None,
        description="Why the customer left, as a call found it; of an issue the reason that it is "
        "about.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Hold the fields against the kind.

        Raises:
            PydanticCustomError: `inconsistent`, a field is missing that its kind needs.
        """
        for name in NEEDS.get(self.kind, ()):
            if not getattr(self, name):
                raise PydanticCustomError(
                    "inconsistent", "{kind} needs {name}", {"kind": self.kind, "name": name}
                )
        return self
