"""Incidents as pages show them: in a list by size, and one with all that is known of it."""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from schemas.actions import Action
from schemas.alerts import Alert
from schemas.incidents import Incident
from schemas.notifications import Notification
from schemas.topics import ACTIONS, ALERTS, INCIDENTS, NOTIFICATIONS
from streams.console.views.curve import plot_of, windows_of
from streams.console.words import labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.alerts import Window
    from streams.console.index.reader import Index
    from streams.report.charts import DayPlot

log = logging.getLogger(__name__)

SIMILAR: Final = 5
"""So many earlier incidents are named that were like one."""
TELLING: Final = 0.25
"""So much of an incident is a part that names its cause."""
STAY_S: Final = 45.0
"""Wall seconds for which an incident stays on top after it came, over or not."""
KNOWN: Final = 5_000
"""Incidents of which it is known when they came."""


class _Brief(msgspec.Struct):
    incident_id: str
    opened_at: str
    metric: str
    labels: dict[str, str]
    merged_into: str | None


_brief: Final = msgspec.json.Decoder(_Brief).decode


class Part(NamedTuple):
    """A part of an incident, `width` in percent of the largest share."""

    name: str
    observed: int
    expected: float
    share: float
    width: float
    out_of_proportion: bool
    alert_id: str | None


class Done(NamedTuple):
    """Something that somebody did, or was told, in the order of it."""

    at: datetime
    who: str
    what: str
    note: str
    told: bool


class Whole(NamedTuple):
    """An incident with what belongs to it."""

    row: Incident
    lead: Alert | None
    windows: list[Window]
    plot: DayPlot | None
    parts: list[Part]
    story: list[Done]
    similar: list[Incident]
    sent: list[Notification]
    unsent: list[Notification]


def read_all(values: Iterable[bytes]) -> list[Incident]:
    """Read rows of the topic; one that is none is left out, and said in the log."""
    found = []
    for value in values:
        try:
            found.append(Incident.model_validate_json(value))
        except ValidationError as error:
            log.warning("a row of incidents is none: %s", error.errors(include_url=False)[0]["msg"])
    return found


def one(index: Index, incident_id: str) -> Incident:
    """Return an incident.

    Raises:
        HTTPException: 404, there is none of this name.
    """
    value = index.get(INCIDENTS, incident_id)
    rows = read_all([] if value is None else [value])
    if not rows:
        raise HTTPException(404, "there is no incident of this name")
    return rows[0]


def place_of(value: bytes) -> tuple[str, str]:
    """Return where an incident stands in the order of their time."""
    found = _brief(value)
    return found.opened_at, found.incident_id


def action_on(
    row: Incident, fields: dict[str, Any], hours: int | None, wall: float
) -> dict[str, Any]:
    """Return what is sent when something is done about an incident.

    A silence is for this incident, lasts for `hours`, and has a name of its own.

    Raises:
        HTTPException: 422, a silence does not say for how long.
    """
    action = fields | {"about": row.incident_id, "seen_at": row.at.isoformat()}
    if fields["kind"] != "silenced":
        return action
    if hours is None:
        raise HTTPException(422, "a silence says for how many hours")
    until = datetime.fromtimestamp(wall, UTC) + timedelta(hours=hours)
    return fields | {
        "about": f"silence-{uuid.uuid4().hex[:8]}",
        "until": until.isoformat(timespec="seconds"),
        "matchers": [{"label": "incident", "matching": "is", "value": row.incident_id}],
    }


def by_size(rows: Iterable[Incident]) -> list[Incident]:
    """Sort incidents: real ones first, then the largest excess."""
    return sorted(rows, key=lambda row: (row.verdict == "artefact", -row.excess, row.incident_id))


def open_ones(index: Index) -> list[Incident]:
    """Return the incidents that are not over, the largest first."""
    return by_size(read_all([*index.about(INCIDENTS, "open"), *index.about(INCIDENTS, "stale")]))


def over(
    index: Index, most: int, before: tuple[str, str] | None = None
) -> tuple[list[Incident], tuple[str, str] | None]:
    """Return a page of the incidents that are over, and where it ends; None: there is no further.

    Pages go by when incidents opened, the last first; on a page those are first that ended last.

    Args:
        index: where they are.
        most: incidents of a page, those that are now a part of another among them, left out.
        before: where the page before ended; None: this is the first.
    """
    values = index.newest(INCIDENTS, most, before, "resolved")
    ended = [
        row for row in read_all(values) if row.resolved_at is not None and row.merged_into is None
    ]
    ended.sort(key=lambda row: str(row.resolved_at), reverse=True)
    return ended, place_of(values[-1]) if len(values) == most else None


class Recent:
    """Which incidents have come while somebody looked: they stay on top for some time.

    In a replay that plays a day in a second they would be gone before anybody could read them.
    """

    def __init__(self) -> None:
        self._first: dict[str, float] | None = None
        self._live = False

    def of(self, rows: Sequence[Incident], wall: float, *, live: bool) -> list[Incident]:
        """Return those of some incidents that came within STAY_S seconds, real ones only.

        Those that are there when it is asked for the first time have not come meanwhile, nor those
        that come before it was `live` once: while what was there before is read. A topic that is
        written faster than it is read, as in a replay, brings news all the same.
        """
        self._live = self._live or live
        if self._first is None or not self._live:
            known = self._first or {}
            self._first = {row.incident_id: float("-inf") for row in rows} | known
        for row in rows:
            self._first.setdefault(row.incident_id, wall)
        while len(self._first) > KNOWN:
            del self._first[next(iter(self._first))]
        return [
            row
            for row in rows
            if row.verdict == "real" and wall - self._first[row.incident_id] < STAY_S
        ]


def whole(index: Index, incident_id: str) -> Whole:
    """Return an incident with all that is known of it. Raises as `one` does."""
    row = one(index, incident_id)
    lead = None
    if (value := index.get(ALERTS, row.lead)) is not None:
        lead = Alert.model_validate_json(value)
    actions = [Action.model_validate_json(value) for value in index.about(ACTIONS, incident_id)]
    told = [Notification.model_validate_json(v) for v in index.about(NOTIFICATIONS, incident_id)]
    return Whole(
        row,
        lead,
        windows_of(lead),
        plot_of(index, row, lead),
        parts_of(row),
        story_of(row, actions),
        similar_to(index, row),
        [one for one in told if one.state != "not_sent"],
        [one for one in told if one.state == "not_sent"],
    )


def parts_of(row: Incident) -> list[Part]:
    """Return the parts of an incident, the largest share first.

    A part is named by what sets it apart: the labels of the incident itself go without saying.
    """
    largest = max((part.share for part in row.parts), default=0.0)
    return [
        Part(
            labels(
                {
                    name: value
                    for name, value in part.labels.items()
                    if row.labels.get(name) != value
                }
                or part.labels
            ),
            part.observed,
            part.expected,
            part.share,
            round(100 * max(part.share, 0.0) / largest, 1) if largest > 0 else 0.0,
            part.out_of_proportion,
            part.alert_id,
        )
        for part in row.parts
    ]


def cause_of(row: Incident) -> tuple[dict[str, str], float] | None:
    """Return the part that says most of a cause, and its share: the first out of proportion.

    None where that is but a small part.
    """
    if not row.parts:
        return None
    part = next((one for one in row.parts if one.out_of_proportion), row.parts[0])
    return (dict(part.labels), part.share) if part.share >= TELLING else None


def story_of(row: Incident, actions: Sequence[Action]) -> list[Done]:
    """Return what people were told and what they did, the newest first."""
    told = [
        Done(one.at, "", f"{one.reason.replace('_', ' ')} ({one.severity})", one.text, told=True)
        for one in row.messages
    ]
    # By when it was seen: messages are in event time, actions by the clock.
    done = [Done(one.seen_at or one.at, one.by, what(one), one.note or "", told=False)
            for one in actions]  # fmt: skip
    return sorted([*told, *done], key=lambda one: one.at, reverse=True)


def what(action: Action) -> str:
    """Put what somebody did into words."""
    said: str = action.kind.replace("_", " ")
    if action.owner:
        said += f" to {action.owner}"
    if action.judgement:
        said += f": {action.judgement}"
    if action.until:
        said += f" until {action.until:%Y-%m-%d %H:%M}"
    return said


def said_between(index: Index, start: str, end: str) -> list[Incident]:
    """Return the incidents that opened between two times of the wire and have samples of texts.

    Those first that are largest, SIMILAR at most.
    """
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    rows = read_all(
        value
        for value in index.all(INCIDENTS)
        if (one := _brief(value)).merged_into is None
        and first <= datetime.fromisoformat(one.opened_at) < last
    )
    return by_size(row for row in rows if row.samples and row.verdict == "real")[:SIMILAR]


def similar_to(index: Index, row: Incident) -> list[Incident]:
    """Return incidents of the same metric and labels that opened before, the newest first."""
    before = [
        (one.opened_at, value)
        for value in index.all(INCIDENTS)
        if (one := _brief(value)).metric == row.metric
        and one.labels == row.labels
        and one.merged_into is None
        and datetime.fromisoformat(one.opened_at) < row.opened_at
    ]
    return read_all([value for _, value in sorted(before, reverse=True)[:SIMILAR]])
