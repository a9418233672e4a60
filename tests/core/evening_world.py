"""An evening with one incident: what happens to it, what people do, and what is published."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alert_worlds import (
    CARD,
    DAY,
    GRACE,
    LOAN,
    Row,
    details,
    give,
    quiet,
    reading,
    signals,
    stage,
)

from schemas.topics import ACTIONS, ALERTS, DEADLETTER, INCIDENTS
from streams.core.stage import Record

if TYPE_CHECKING:
    from streams.core.alerts.stage import AlertsStage
    from streams.core.detect.protocol import Status

D = 40
"""The day on which it begins."""
ACME = {"company": "Acme"}


class Evening:
    """A stage with one incident: what happens to it, what people do, and what is published."""

    def __init__(self) -> None:
        self.stage: AlertsStage = stage()
        self.rows: dict[bytes, bytes] = {}
        self.now: dict[str, Any] = {}
        self.refused = 0
        self.inputs: list[tuple[str, bytes]] = []
        self.wall = (D + 1) * DAY
        self.number = 0

    def go_on(
        self, day: int, observed: int, before: list[Row] | None = None, status: Status = "raised"
    ) -> None:
        rows: list[Row] = [*(before or []), (day * DAY + 43200, LOAN, observed, [])]
        rows.append((day * DAY + 43200, CARD, 20, []))
        found = reading(ACME, day, observed, 4, since=D, status=status)
        self.give("signals", details(day, (day + 1) * DAY + GRACE, rows))
        self.give("signals", signals((day + 1) * DAY, [found]))

    def act(self, kind: str, about: str | None = None, **fields: Any) -> None:
        self.wall += 60
        self.number += 1
        action = {
            "action_id": f"a{self.number}",
            "kind": kind,
            "about": about or self.now["incident_id"],
            "by": "Ada",
            "at": stamp(self.wall),
            "seen_at": self.now["at"],
        } | fields
        self.give(ACTIONS, json.dumps(action).encode())

    def give(self, topic: str, value: bytes) -> None:
        self.inputs.append((topic, value))
        if topic == ACTIONS:
            self.stage.process(ACTIONS, [Record(len(self.inputs), None, value)], self.wall)
        else:
            give(self.stage, value, wall=self.wall)
        self.flush()

    def flush(self) -> None:
        flush = self.stage.flush(1, self.wall)
        for key, value in flush.rows:
            self.rows.pop(key, None)
            if value is not None:
                self.rows[key] = value
        for send in flush.sends:
            if send.topic == INCIDENTS:
                self.now = json.loads(send.value or b"")
            self.refused += send.topic == DEADLETTER
            assert send.topic in {INCIDENTS, ALERTS, "alerts.history", DEADLETTER}

    def take_over(self) -> None:
        self.stage = stage()
        self.stage.restore(dict(self.rows))

    def tick(self, seconds: float) -> None:
        self.wall += int(seconds)
        self.stage.tick(self.wall, ())
        self.flush()

    @property
    def handling(self) -> dict[str, Any]:
        found: dict[str, Any] = self.now["handling"]
        return found

    @property
    def reasons(self) -> list[str]:
        return [message["reason"] for message in self.now["messages"]]


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def evening(*, take_over: bool = False) -> Evening:
    """Page, acknowledge, worse, page again, silence, resolved, judged."""
    world = Evening()
    world.go_on(D, 40, quiet(D))
    assert world.reasons == ["opened"]
    world.act("acknowledged", note="on it")
    assert world.handling["acknowledged"]["by"] == "Ada"
    if take_over:
        world.take_over()
    world.go_on(D + 1, 140)
    assert (world.reasons, world.handling["acknowledged"]) == (["opened", "worse"], None)
    world.act("acknowledged")
    world.act("assigned", owner="Bo")
    matcher = [{"label": "company", "matching": "like", "value": "Ac*"}]
    until = stamp(world.wall + 30 * DAY)
    world.act("silenced", "quiet-1", until=until, note="the new form", matchers=matcher)
    assert [one["silence_id"] for one in world.handling["silences"]] == ["quiet-1"]
    if take_over:
        world.take_over()
    world.go_on(D + 2, 4, status="calm")
    assert (world.now["state"], world.handling["acknowledged"]) == ("resolved", None)
    world.act("judged", judgement="true", note="a form that asked twice")
    return world
