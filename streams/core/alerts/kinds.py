"""Every kind of state row of the alerts stage (`incidents` on the wire)."""

from __future__ import annotations

from typing import Final

from streams.core.alerts.alert import Alert
from streams.core.alerts.lane import Lane
from streams.core.changelog import Kind, Layout, msgpack, number, text
from streams.core.evidence import kinds as evidence
from streams.core.incidents.acts import Act
from streams.core.incidents.incident import Incident
from streams.core.messages import Signal

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

LAYOUT: Final = Layout(
    "incidents", 8, ALERT, HANDLING, STEP, LANE, WAITING, ACTS, INCIDENT, *evidence.KINDS
)

IN_UTC: Final = 7
"""The version of the layout where days are those of UTC; from 8 on they may be of another zone."""
