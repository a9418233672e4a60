"""groundswell deadletter replay: corrected events go back, and what is still refused does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from refused_events import event, letter, line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from refused_events import RefusedEvents

    Run = Callable[..., Result]


def test_corrected_events_go_back_with_their_keys_in_the_order_of_their_time(
    refused: RefusedEvents, replay: Callable[..., Result]
) -> None:
    result = replay(
        [
            line(0, event("late", "2017-01-18T11:00:00Z").decode()),
            line(1, json.loads(event("early", "2017-01-18T10:00:00Z"))),
            line(2, event("moved").decode(), key="cust-7"),
            line(3, event("keyless").decode(), key=None),
        ]
    )
    assert result.exit_code == 0, result.output
    assert "complaints: sent 4 events; event time 2017-01-18 09:30 to 2017-01-18 11:00 UTC" in (
        result.stdout
    )
    sent = refused.messages("complaints")
    by_key: dict[bytes, list[str]] = {}
    for key, value in sent:
        by_key.setdefault(key, []).append(json.loads(value)["event_id"])
    assert by_key == {
        b"cust-42": ["early", "late"],
        b"cust-7": ["moved"],
        b"keyless": ["keyless"],
    }


def test_an_object_goes_back_as_it_is_written(
    refused: RefusedEvents, tmp_path: Path, deadletter: Run
) -> None:
    payload = event("big", x=10**30)
    head = json.dumps({k: v for k, v in line(0, None).items() if k != "payload"})[:-1]
    file = tmp_path / "one.jsonl"
    file.write_bytes(head.encode() + b', "payload":  ' + payload + b"}\r\n\r\n")
    result = deadletter("replay", file)
    assert result.exit_code == 0, result.output
    assert refused.messages("complaints") == [(b"cust-42", payload)]


def test_twice_sends_the_same_to_the_same_partitions(
    refused: RefusedEvents, replay: Callable[..., Result]
) -> None:
    lines = [line(n, event(f"e{n}").decode(), key=f"cust-{n}") for n in range(20)]
    replay(lines)
    once = refused.messages("complaints")
    replay(lines[::-1])
    both = refused.messages("complaints")
    assert len(both) == 40
    assert sorted(both) == sorted(once * 2)


def test_what_is_still_refused_is_told_and_not_sent(
    refused: RefusedEvents, replay: Callable[..., Result]
) -> None:
    result = replay(
        [
            line(0, event("good").decode()),
            line(1, event("bad", "soon").decode()),
            line(2, None),
            line(3, event("ahead", "2999-01-01T00:00:00Z").decode()),
            line(4, "{"),
            line(5, event("elsewhere").decode(), topic="complaint"),
        ]
    )
    assert result.exit_code == 1
    assert len(refused.messages("complaints")) == 1
    assert "line 2, complaints:1:1  bad_time  occurred_at: " in result.stderr
    assert "line 3, complaints:1:2  null_value  " in result.stderr
    assert "line 4, complaints:1:3  from_the_future  occurred_at: " in result.stderr
    assert "line 5, complaints:1:4  truncated  " in result.stderr
    assert "line 6, complaint:1:5  unknown_topic  complaint is no source topic; did you mean" in (
        result.stderr
    )
    assert "5 events still refused (" in result.stdout


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"payloads": "{}"}, "unknown field `payloads`"),
        ({"payload_base64": "e30="}, "both payload and payload_base64 are there"),
        ({"offset": "x"}, "Expected `int`"),
        ({"payload_base64": "?", "payload": ...}, "Invalid base64"),
        ({"payload": ...}, "neither payload nor payload_base64 is there"),
        ({"key": ...}, "neither key nor key_base64 is there"),
    ],
)
def test_a_line_that_is_none_is_told(
    replay: Callable[..., Result], change: dict[str, object], told: str
) -> None:
    changed = line(0, event("a").decode()) | change
    result = replay([{name: value for name, value in changed.items() if value is not ...}])
    assert result.exit_code == 1
    assert "line 1, no event  not_a_line" in result.stderr
    assert told in result.stderr
    assert "nothing to send" in result.stdout


def test_filters_leave_lines_of_a_file_out(
    refused: RefusedEvents, replay: Callable[..., Result]
) -> None:
    lines = [line(0, event("a").decode()), line(1, event("b").decode(), reason="too_long")]
    result = replay(lines, "--reason", "too_long")
    assert "1 line that the filters leave out" in result.stdout
    assert [json.loads(value)["event_id"] for _, value in refused.messages("complaints")] == ["b"]


def test_a_dry_run_checks_and_sends_nothing(
    refused: RefusedEvents, replay: Callable[..., Result]
) -> None:
    result = replay([line(0, event("a").decode())], "--dry-run")
    assert result.exit_code == 0
    assert "complaints: 1 event to send" in result.stdout
    assert refused.messages("complaints") == []


def test_without_a_file_what_the_contract_now_accepts_goes_back(
    deadletter: Run, refused: RefusedEvents
) -> None:
    refused.refuse(
        [
            letter(0, event("now good"), "from_the_future"),
            letter(1, event("bad", "soon")),
            letter(2, event("not asked for"), "other"),
        ]
    )
    result = deadletter("replay", "--reason", "from_the_future", "--reason", "bad_time")
    assert result.exit_code == 1
    assert "  complaints:1:1  bad_time  occurred_at: " in result.stderr
    assert "complaints: sent 1 event;" in result.stdout
    assert refused.messages("complaints") == [(b"cust-42", event("now good"))]


def test_several_topics_go_back_at_once(
    refused: RefusedEvents, replay: Callable[..., Result]
) -> None:
    money = event("r", customer_id="cust-42", amount=4900, currency="USD").decode()
    result = replay([line(0, event("a").decode()), line(0, money, topic="revenue")])
    assert result.exit_code == 0, result.output
    assert len(refused.messages("complaints")) == len(refused.messages("revenue")) == 1


def test_a_topic_that_is_not_there_is_told_before_anything_is_sent(
    refused: RefusedEvents, replay: Callable[..., Result]
) -> None:
    other = event("x", customer_id="c").decode()
    result = replay([line(0, event("a").decode()), line(0, other, topic="referrals")])
    assert result.exit_code == 1
    assert "there is no topic referrals" in result.stderr
    assert refused.messages("complaints") == []


def test_partition_counts_that_disagree_are_told_before_anything_is_sent(
    refused: RefusedEvents, replay: Callable[..., Result]
) -> None:
    refused.embedded.create({"referrals": 3})
    result = replay([line(0, event("a").decode())])
    assert result.exit_code == 1
    assert "must have the same number of partitions, but complaints has 2, referrals has 3" in (
        result.stderr
    )
    assert refused.messages("complaints") == []
