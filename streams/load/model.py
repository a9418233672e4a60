"""What goes into a loading and what comes out of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from streams.load.dialect import Dialect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, tzinfo

    from streams.load.money import MoneyUnit
    from streams.load.recurring import Recurring
    from streams.load.selected import Condition
    from streams.load.spread import Spread


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a file is read.

    `mapping` and `constants` give a column, or one value for all events, by field of the topic;
    `choices` give several columns that may fill a field: the first one that is filled does, and
    none of them need be there. `recurring` are fields that are reckoned from a price.
    `values` put words in the place of others, by field. `where` are conditions that a row must
    meet; the others are left out. `money` is how amounts are written; None: in minor units, if
    none has a fraction. `kept_digits` has currencies whose minor units in the file are not those of
    ISO 4217. `keep_ids` uses the event ids of the file even where they look like none. `as_of` is
    the day of a file that has one row a customer: `left_then` has all that is read happen on it,
    `months_before` names columns with the months before it. `skip_bad` leaves out what the contract
    refuses. `latest` is the time, in epoch seconds, after which an event is from the future; None:
    not known. `days_of` is the time zone whose days are counted. The rest is as the command line
    has it.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    recurring: Mapping[str, Recurring] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: tuple[Condition, ...] = ()
    money: MoneyUnit | None = None
    kept_digits: Mapping[str, int] = field(default_factory=dict)
    keep_ids: bool = False
    timezone: tzinfo = UTC
    days_of: str = "UTC"
    date_format: str | None = None
    month_first: bool | None = None
    as_of: date | None = None
    left_then: bool = False
    months_before: tuple[str, ...] = ()
    spread: Spread = "even"
    sort: bool = True
    skip_bad: bool = False
    latest: float | None = None
    dialect: Dialect = field(default_factory=Dialect)


class Event(NamedTuple):
    """A message of a source topic; `at` in epoch seconds.

    A row without a time has the `at` of the row before it.
    """

    at: int
    key: bytes
    value: bytes


class Example(NamedTuple):
    """A row that the contract refuses; rows are counted from 1, a header is none."""

    row: int
    reason: str
    detail: str


@dataclass
class Report:
    """What was read so far; `refused` counts by reason, `examples` has the first few.

    `rows` are all rows read, and `events` those that are sent. `mended` counts what was put right
    or dropped of a row that counts all the same, `warnings` say what is probably wrong. `first` and
    `last` are the times of the first and the last event that nobody refuses, in epoch seconds.
    """

    rows: int = 0
    events: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    mended: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    first: int | None = None
    last: int | None = None
