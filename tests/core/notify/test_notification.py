"""Notifications on their topic: what is written is read again, and is by the contract."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.alerts import AlertSeverity
from schemas.incidents import MessageReason
from schemas.notifications import Notification as Contract
from schemas.notifications import NotificationKind, NotificationState, NotSent
from streams.core.notify.notification import Item, Notification, decode, notification_id

TIME = st.integers(0, 4_000_000_000)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
ID = st.text("0123456789abcdef", min_size=16, max_size=16)
SEVERITY = st.sampled_from(get_args(AlertSeverity))
REASON = st.sampled_from(get_args(MessageReason))
ITEMS = st.lists(
    st.builds(Item, ID, ID, st.integers(1, 99), REASON, TIME, TEXT, TEXT, SEVERITY), max_size=3
).map(tuple)
ON_THE_WAY = st.sampled_from([one for one in get_args(NotificationState) if one != "not_sent"])


def maybe(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | one


@st.composite
def notifications(draw: st.DrawFn) -> Notification:
    reason = draw(maybe(st.sampled_from(get_args(NotSent))))
    return Notification(
        notification_id=draw(ID),
        kind=draw(st.sampled_from(get_args(NotificationKind))),
        incident_id=draw(maybe(ID)),
        message=draw(maybe(st.integers(1, 99))),
        number=draw(TIME),
        sequence=draw(st.integers(0, 999)),
        reason=reason,
        message_reason=draw(maybe(REASON)),
        severity=draw(maybe(SEVERITY)),
        title=draw(TEXT),
        why=draw(TEXT),
        route=draw(maybe(TEXT)),
        receiver=draw(maybe(TEXT)),
        channel=draw(maybe(st.sampled_from(("apprise", "webhook")))),
        state="not_sent" if reason else draw(ON_THE_WAY),
        decided_at=draw(TIME),
        due_at=draw(maybe(TIME)),
        attempts=draw(st.integers(0, 9)),
        retry_at=draw(maybe(TIME)),
        may_repeat=draw(st.booleans()),
        items=draw(ITEMS),
        incident=draw(st.sampled_from([None, b'{"incident_id": "x", "n": [1, null]}'])),
    )


@pytest.mark.slow
@given(notifications())
def test_it_reads_back_and_is_by_the_contract(one: Notification) -> None:
    value = one.encode()
    assert decode(value) == one
    read = Contract.model_validate_json(value)
    assert (read.state, read.decided_at.timestamp()) == (one.state, one.decided_at)


def test_fields_of_a_later_release_and_those_that_are_missing_do_no_harm() -> None:
    one = Notification(
        notification_id="0" * 16, kind="message", title="t", why="w", decided_at=1_500_000_000
    )
    row = json.loads(one.encode()) | {"what_comes_later": 1}
    del row["may_repeat"], row["incident"], row["items"]
    assert decode(msgspec.json.encode(row)) == one


def test_not_sent_goes_with_a_reason_and_nothing_else_does() -> None:
    extra = Contract.model_config["json_schema_extra"]
    row = extra["examples"][0]  # type: ignore[index]
    with pytest.raises(ValidationError, match="reason goes with not_sent"):
        Contract.model_validate_json(json.dumps(row | {"reason": "history"}))  # type: ignore[operator]
    with pytest.raises(ValidationError, match="reason goes with not_sent"):
        Contract.model_validate_json(json.dumps(row | {"state": "not_sent"}))  # type: ignore[operator]


def test_a_decision_has_one_name_and_another_decision_another() -> None:
    names = {
        notification_id("i", "message:1", "r", "desk"),
        notification_id("i", "message:2", "r", "desk"),
        notification_id("i", "message:1", "s", "desk"),
        notification_id("i", "message:1", "r", "mail"),
        notification_id("i", "message:1", None, None),
    }
    assert len(names) == 5
    assert notification_id("i", "message:1", "r", "desk") in names
