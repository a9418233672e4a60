"""What people send about incidents, and what is published of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas import wire
from schemas.actions import NEEDS, Action
from schemas.deadletter import Reason
from schemas.incidents import Incident

ACKNOWLEDGED: dict[str, Any] = {
    "action_id": "a1",
    "kind": "acknowledged",
    "about": "5b0e8c1f7d2a9e46",
    "by": "Ada",
    "at": "2017-01-19T07:31:00+01:00",
}
SILENCED = ACKNOWLEDGED | {
    "kind": "silenced",
    "about": "silence-1",
    "until": "2017-02-01T00:00:00Z",
    "note": "a new form",
    "matchers": [{"label": "product", "value": "Card"}],
}


def read(fields: dict[str, Any]) -> Action | wire.Refusal:
    return wire.read_action(json.dumps(fields).encode())


@pytest.mark.parametrize("fields", [ACKNOWLEDGED, SILENCED], ids=["acknowledged", "silenced"])
def test_a_good_one_is_read(fields: dict[str, Any]) -> None:
    action = read(fields)
    assert isinstance(action, Action)
    assert (action.kind, action.by) == (fields["kind"], "Ada")
    assert action.at.isoformat() == "2017-01-19T07:31:00+01:00"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "resolved"}, Reason.NOT_ALLOWED),
        ({"by": ""}, Reason.TOO_SHORT),
        ({"at": "yesterday"}, Reason.BAD_TIME),
        ({"schema_version": 2}, Reason.UNKNOWN_VERSION),
        ({"kind": "judged", "judgement": "maybe"}, Reason.NOT_ALLOWED),
        ({"matchers": []}, Reason.TOO_SHORT),
        ({"recurring": {"zone": "UTC", "days": ["mon"], "start": "24:00", "end": "01:00"}},
         Reason.NOT_ALLOWED),
        ({"recurring": {"zone": "Mars", "days": ["mon"], "start": "23:00", "end": "01:00"}},
         Reason.INCONSISTENT),
    ],
)  # fmt: skip
def test_a_bad_one_is_refused_with_its_reason(change: dict[str, Any], reason: Reason) -> None:
    found = read(ACKNOWLEDGED | change)
    assert isinstance(found, wire.Refusal)
    assert found.reason is reason


@pytest.mark.parametrize("kind", sorted(NEEDS))
def test_what_a_kind_needs_must_be_there(kind: str) -> None:
    found = read(ACKNOWLEDGED | {"kind": kind})
    assert isinstance(found, wire.Refusal)
    assert found.reason is Reason.INCONSISTENT


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (None, Reason.NULL_VALUE),
        (b"", Reason.EMPTY),
        (b"[]", Reason.NOT_AN_OBJECT),
        (b'{"a"', Reason.TRUNCATED),
        (b"\xff", Reason.NOT_UTF8),
        (b"[" * 300 + b"]" * 300, Reason.TOO_DEEP),
    ],
)
def test_what_is_no_object_is_refused(payload: bytes | None, reason: Reason) -> None:
    found = wire.read_action(payload)
    assert isinstance(found, wire.Refusal)
    assert found.reason is reason


def test_an_incident_reads_back() -> None:
    example = Incident.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index]
    fields = json.loads(json.dumps(example))
    at = 1484784000  # 2017-01-19
    for name in ("at", "started_at", "opened_at", "window_start", "window_end", "resolved_at"):
        fields[name] = at
    for one in (*fields["members"], *fields["messages"]):
        one.update({name: at for name in one if name.endswith("at")})
    fields["curve"] = {"start": at, "observed": [1], "expected": [1.0], "upper": [2.0]}
    fields["handling"] |= {
        "acknowledged": {"by": "Ada", "at": at, "until": at},
        "silences": [
            {"silence_id": "s", "by": "Ada", "starts_at": at, "until": at, "recurring": None,
             "note": "why"}
        ],
        "changed_at": at,
    }  # fmt: skip
    read = Incident.model_validate_json(wire.encode_incident(**fields))
    assert read.handling.acknowledged is not None
    times = (
        read.at,
        read.members[0].joined_at,
        read.messages[0].at,
        read.handling.acknowledged.until,
        read.handling.silences[0].until,
        read.curve.start if read.curve else None,
    )
    assert {one.timestamp() for one in times if one} == {at}
    assert read.quiet_since is None
