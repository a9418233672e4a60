"""Every kind of state row of the alerts stage (`incidents` on the wire)."""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.alerts.alert import Alert
from streams.core.alerts.lane import Lane
from streams.core.changelog import Kind, Layout, msgpack, number, text
from streams.core.customers.exchange.asked import Question
from streams.core.evidence import kinds as evidence
from streams.core.incidents.acts import Act
from streams.core.incidents.incident import Incident
from streams.core.incidents.worth import Worth
from streams.core.messages import Signal

Said = tuple[int, int, int, dict[str, int], dict[str, int], bool]
"""What a source partition answered: the flush, and then as in `Answer`."""


class Asked(msgspec.Struct, array_like=True):
    """A question, the last answer of each source partition, and their sum: known, and published."""

    question: Question
    answers: dict[int, Said] = {}  # msgspec makes a fresh one for each
    shown: Worth | None = None
    told: Worth | None = None


ALERT: Final[Kind[Alert]] = Kind("alert", "a", (evidence.METRIC, text("alert")), msgpack(Alert))
HANDLING: Final[Kind[str]] = Kind(
    "handling of an alert", "p", (evidence.METRIC, text("alert")), msgpack(str), since=6, until=6
)
"""No release let anybody handle an alert: what people do is about incidents now."""
STEP: Final[Kind[int]] = Kind("end of the last step", "t", (evidence.METRIC,), msgpack(int))
LANE: Final[Kind[Lane]] = Kind(
    "progress of a series partition", "l", (evidence.METRIC, number("partition")), msgpack(Lane)
)
"""Before version 4 it held what waits, too."""
WAITING: Final[Kind[Signal]] = Kind(
    "signal that waits",
    "w",
    (evidence.METRIC, number("partition"), number("number")),
    msgpack(Signal),
    since=4,
)

ACTS: Final[Kind[list[Act]]] = Kind(
    "actions about an incident or a silence", "h", (text("about"),), msgpack(list[Act]), since=7
)
INCIDENT: Final[Kind[Incident]] = Kind(
    "incident", "i", (evidence.METRIC, text("incident")), msgpack(Incident), since=7
)

STAKE: Final[Kind[Asked]] = Kind(
    "what those are worth who complained",
    "v",
    (evidence.METRIC, text("name")),
    msgpack(Asked),
    since=9,
)

LAYOUT: Final = Layout(
    "incidents", 16, ALERT, HANDLING, STEP, LANE, WAITING, ACTS, INCIDENT, STAKE, *evidence.KINDS
)

OF_CUSTOMERS: Final = frozenset({STAKE})
"""What is written only where customers are kept."""

WITHOUT_CUSTOMERS: Final = 15
"""The version of the layout that has all kinds that are written where no customers are kept."""

IN_UTC: Final = 15
"""The same where they are kept and days are of UTC; in 8, 10, 12, 14 and 16 they may
be of another."""
