"""What the alerts stage asks the customers of every source partition, and what they answer.

labels   product=Loan
         |<-- since, until: who complained, and was a customer then -->|<- FOLLOWED ->|
                             who of them is none any more                             |
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.event_time.buckets import DAY

FOLLOWED: Final = 30 * DAY
"""After the time of a question those who complained are looked after for so long, in seconds."""


class Question(msgspec.Struct, array_like=True, frozen=True):
    """Who complained, what they are worth, and who of them left.

    Attributes:
        name: what it is for; a later `revision` of it replaces the one before.
        revision: counts from 1 on.
        labels: of the complaints.
        since: epoch seconds.
        until: epoch seconds, exclusive; None: it goes on.
        over: nobody asks any more.
    """

    name: str
    revision: int
    labels: dict[str, str]
    since: int
    until: int | None
    over: bool = False


class Answer(msgspec.Struct, array_like=True, frozen=True):
    """What a source partition has to say to a question; it replaces what it said before.

    Attributes:
        name: of the question.
        revision: of the question.
        customers: who complained, each once, and was a customer when it first did.
        left: who of them was lost since.
        values: what the customers were worth a month then, in minor units by currency.
        values_left: the same of those who left.
        final: nothing but a late event changes it.
    """

    name: str
    revision: int
    customers: int
    left: int
    values: dict[str, int]
    values_left: dict[str, int]
    final: bool
