"""An incident as its stage publishes it, made up step by step, and the desk that reads of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from schemas.incidents import Incident
from streams.core.notify.config import Notify
from streams.core.notify.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.notify.duty import Shift
    from streams.core.notify.notification import Notification

HOUR = 3600
DAY = 24 * HOUR
ANSWER_WITHIN = DAY


def wall(text: str) -> int:
    """Read `2026-03-27 18:00`, in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


class Told:
    """An incident: `record` gives it as it stands."""

    def __init__(self, name: str = "5b0e8c1f7d2a9e46", **fields: Any) -> None:
        extra: Any = Incident.model_config["json_schema_extra"]
        example = json.loads(json.dumps(extra["examples"][0]))
        own = {"labels": {"product": "Student loan"}, "members": [], "parts": [], "messages": []}
        self.row: dict[str, Any] = example | {"incident_id": name} | own | fields

    def tell(self, reason: str, at: int, severity: str | None = None) -> bytes:
        """Give it a message, known at event time `at`."""
        message = {
            "number": len(self.row["messages"]) + 1,
            "at": stamp(at),
            "reason": reason,
            "title": self.row["title"],
            "severity": severity or self.row["severity"],
            "observed": 24,
            "expected": 4.9,
            "excess": 19.1,
            "text": f"{reason} in the evening",
        }
        self.row["messages"] = [*self.row["messages"], message]
        self.row["severity"] = message["severity"]
        self.row["state"] = "resolved" if reason == "resolved" else "open"
        if reason in {"worse", "resolved"}:
            self.row["handling"] = self.row["handling"] | {"acknowledged": None}
        return self.record()

    def take(self, by: str | None, at: int, until: int | None = None) -> bytes:
        """Let somebody take it on; None: they let it go."""
        taken = {"by": by, "at": stamp(at), "until": stamp(until or at + ANSWER_WITHIN)}
        changed = {"acknowledged": taken if by else None, "changed_at": stamp(at)}
        self.row["handling"] = self.row["handling"] | changed
        return self.record()

    def silence(self, start: int, until: int) -> bytes:
        one = {
            "silence_id": f"s{start}",
            "by": "Bo",
            "starts_at": stamp(start),
            "until": stamp(until),
            "recurring": None,
            "note": "a new form",
        }
        silences = [*self.row["handling"]["silences"], one]
        self.row["handling"] = self.row["handling"] | {"silences": silences}
        return self.record()

    def record(self) -> bytes:
        return json.dumps(self.row).encode()


def desk_of(
    settings: Mapping[str, Any], shifts: Mapping[str, Sequence[Shift]] | None = None
) -> Desk:
    return Desk(Notify.model_validate(settings), ANSWER_WITHIN, shifts)


def said(decided: Sequence[Notification]) -> list[tuple[str, str | None, str | None]]:
    """Give of each decision its kind, its receiver, and why it is not sent."""
    return [(one.kind, one.receiver, one.reason) for one in decided]


RECEIVERS = {
    name: {"channel": "webhook", "url": f"https://{name}.example"}
    for name in ("desk", "ada_phone", "bo_phone", "mail")
} | {"prom": {"channel": "alertmanager", "url": "http://127.0.0.1:9093"}}
PEOPLE = {
    "ada": {"tell": ["ada_phone"], "known_as": ["Ada Byron"]},
    "bo": {"tell": ["bo_phone"]},
}

NOW = wall("2026-11-25 18:00")
ROUTE = {
    "name": "loans",
    "match": ["product=Student*"],
    "tell": ["desk"],
    "escalate": [{"after": 1800, "tell": ["ada"]}, {"after": 3600, "tell": ["bo"]}],
    "repeat": 4 * HOUR,
}
REST = {"name": "rest", "severity": "notice", "tell": ["mail"], "digest": "08:00"}
SETTINGS = {"receivers": RECEIVERS, "people": PEOPLE, "routes": [ROUTE, REST]}
"""Who may be told."""
