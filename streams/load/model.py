"""What goes into a loading and what comes out of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from streams.load.spread import Spread


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a file is read.

    `mapping` and `constants` give a column, or one value for all events, by field of the topic;
    `skip_bad` leaves out what the contract refuses; the rest is as the command line has it.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    timezone: tzinfo = UTC
    date_format: str | None = None
    spread: Spread = "even"
    sort: bool = True
    skip_bad: bool = False
    delimiter: str | None = None
    encoding: str = "utf-8"


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
    """What was read so far; `refused` counts by reason, `examples` has the first few."""

    rows: int = 0
    events: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
