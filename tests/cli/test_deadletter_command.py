from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from click.testing import Result

from schemas import wire
from schemas.deadletter import Reason
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Result]

TOPICS = {"complaints": 2, "signups": 2, "revenue": 2, "deadletter": 2}


def event(event_id: str, occurred_at: str = "2017-01-18T09:30:00Z", **fields: object) -> bytes:
    return json.dumps({"event_id": event_id, "occurred_at": occurred_at} | fields).encode()


def letter(  # noqa: PLR0913
    offset: int,
    payload: bytes | None,
    reason: str = "bad_time",
    *,
    topic: str = "complaints",
    key: bytes | None = b"cust-42",
    at: int = 1_484_731_800,  # 2017-01-18T09:30:00Z
) -> bytes:
    return wire.encode_deadletter(
        reason=Reason[reason.upper()],
        detail=f"why {reason}",
        topic=topic,
        partition=1,
        offset=offset,
        key=key,
        payload=payload,
        at=at,
    )


LETTERS = [
    letter(0, event("a", "soon", product="Loan")),
    letter(1, event("b", "then"), key=None),
    letter(2, None, "null_value", key=b"\xff"),
    letter(3, b'{"event_id": "\xff"}', "not_utf8", at=1_484_818_200),  # a day later
    letter(0, event("s", customer_id="c"), "missing_field", topic="signups"),
]


class Broker:
    """The embedded broker with refused events on it."""

    def __init__(self, embedded: EmbeddedBroker) -> None:
        self.bootstrap = embedded.bootstrap
        self.embedded = embedded

    def refuse(self, letters: list[bytes]) -> None:
        async def put() -> None:
            async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
                for number, value in enumerate(letters):
                    await producer.send_and_wait("deadletter", value, partition=number % 2)

        asyncio.run(put())

    def messages(self, topic: str) -> list[tuple[bytes, bytes]]:
        """Read all that is on a topic, each partition in order."""

        async def read() -> list[tuple[bytes, bytes]]:
            found: list[tuple[bytes, bytes]] = []
            consumer = AIOKafkaConsumer(
                topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
            )
            async with asyncio.timeout(30), consumer:
                ends = await consumer.end_offsets(consumer.assignment())
                for partition, end in sorted(ends.items()):
                    while await consumer.position(partition) < end:
                        records = await consumer.getmany(partition, timeout_ms=10_000)
                        found += [(r.key, r.value) for r in records.get(partition, ())]
            return found

        return asyncio.run(read())


@pytest.fixture
def broker() -> Iterator[Broker]:
    with EmbeddedBroker(TOPICS) as embedded:
        yield Broker(embedded)


@pytest.fixture
def deadletter(run: Run, broker: Broker) -> Callable[..., Result]:
    def deadletter(*arguments: object) -> Result:
        return run("deadletter", *arguments, "--brokers", broker.bootstrap)

    return deadletter


@pytest.fixture
def export(deadletter: Run, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    def export(*arguments: object) -> list[dict[str, Any]]:
        file = tmp_path / "export.jsonl"
        result = deadletter("export", file, "--force", *arguments)
        assert result.exit_code == 0, result.output
        lines = [json.loads(line) for line in file.read_bytes().splitlines()]
        return sorted(lines, key=lambda line: (line["topic"], line["offset"]))

    return export


@pytest.fixture
def replay(deadletter: Run, tmp_path: Path) -> Callable[..., Result]:
    def replay(lines: list[dict[str, Any]], *arguments: object) -> Result:
        file = tmp_path / "corrected.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return deadletter("replay", file, *arguments)

    return replay


def line(offset: int, payload: object, **fields: object) -> dict[str, Any]:
    given: dict[str, Any] = {
        "topic": "complaints",
        "partition": 1,
        "offset": offset,
        "reason": "bad_time",
        "detail": "occurred_at: no time",
        "at": "2017-01-18T09:30:00Z",
        "key": "cust-42",
        "payload": payload,
    }
    return given | fields


def test_list_counts_by_topic_and_reason_with_the_latest_of_each(
    deadletter: Run, broker: Broker
) -> None:
    broker.refuse(LETTERS)
    result = deadletter("list")
    assert result.exit_code == 0, result.output
    assert [row.split() for row in result.stdout.splitlines()[1:]] == [
        ["complaints", "bad_time", "2", "2017-01-18", "09:30", "complaints:1:1", "why", "bad_time"],
        ["complaints", "not_utf8", "1", "2017-01-19", "09:30", "complaints:1:3", "why", "not_utf8"],
        [
            "complaints",
            "null_value",
            "1",
            "2017-01-18",
            "09:30",
            "complaints:1:2",
            "why",
            "null_value",
        ],
        [
            "signups",
            "missing_field",
            "1",
            "2017-01-18",
            "09:30",
            "signups:1:0",
            "why",
            "missing_field",
        ],
        ["5", "refused", "events"],
    ]


def test_list_says_when_there_are_none(deadletter: Run) -> None:
    assert deadletter("list").stdout == "no refused events\n"


def test_filters_go_by_topic_reason_and_time_of_the_refusal(
    broker: Broker, export: Callable[..., list[dict[str, Any]]]
) -> None:
    broker.refuse(LETTERS)

    def found(*arguments: str) -> list[tuple[str, int]]:
        return [(row["topic"], row["offset"]) for row in export(*arguments)]

    assert found("--topic", "signups") == [("signups", 0)]
    assert found("--reason", "bad_time", "--reason", "null_value") == [
        *(("complaints", 0), ("complaints", 1), ("complaints", 2)),
    ]
    assert found("--since", "2017-01-19") == [("complaints", 3)]
    assert found("--since", "2017-01-19T10:30:00+01:00") == [("complaints", 3)]
    assert found("--topic", "signups", "--reason", "bad_time") == []


def test_an_export_has_text_where_it_is_text_and_base64_elsewhere(
    broker: Broker, export: Callable[..., list[dict[str, Any]]]
) -> None:
    broker.refuse(LETTERS)
    rows = export("--topic", "complaints")
    assert rows[0] == {
        "topic": "complaints",
        "partition": 1,
        "offset": 0,
        "reason": "bad_time",
        "detail": "why bad_time",
        "at": "2017-01-18T09:30:00Z",
        "key": "cust-42",
        "payload": event("a", "soon", product="Loan").decode(),
    }
    assert rows[1]["key"] is None
    assert rows[2]["payload"] is None
    assert "key" not in rows[2]
    assert rows[2]["key_base64"] == b64encode(b"\xff").decode()
    assert rows[3]["payload_base64"] == b64encode(b'{"event_id": "\xff"}').decode()


def test_an_event_that_another_app_refused_too_is_one(deadletter: Run, broker: Broker) -> None:
    broker.refuse([LETTERS[0], letter(0, event("a", "soon"), at=1_500_000_000)])
    assert "1 refused event\n" in deadletter("list").stdout


def test_an_export_does_not_write_over_corrections(deadletter: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("corrected")
    result = deadletter("export", file)
    assert result.exit_code == 1
    assert "is there already, perhaps with corrections" in result.stderr
    assert file.read_text() == "corrected"


def test_corrected_events_go_back_with_their_keys_in_the_order_of_their_time(
    broker: Broker, replay: Callable[..., Result]
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
    sent = broker.messages("complaints")
    by_key: dict[bytes, list[str]] = {}
    for key, value in sent:
        by_key.setdefault(key, []).append(json.loads(value)["event_id"])
    assert by_key == {
        b"cust-42": ["early", "late"],
        b"cust-7": ["moved"],
        b"keyless": ["keyless"],
    }


def test_an_object_goes_back_as_it_is_written(
    broker: Broker, tmp_path: Path, deadletter: Run
) -> None:
    payload = event("big", x=10**30)
    head = json.dumps({k: v for k, v in line(0, None).items() if k != "payload"})[:-1]
    file = tmp_path / "one.jsonl"
    file.write_bytes(head.encode() + b', "payload":  ' + payload + b"}\r\n\r\n")
    result = deadletter("replay", file)
    assert result.exit_code == 0, result.output
    assert broker.messages("complaints") == [(b"cust-42", payload)]


def test_twice_sends_the_same_to_the_same_partitions(
    broker: Broker, replay: Callable[..., Result]
) -> None:
    lines = [line(n, event(f"e{n}").decode(), key=f"cust-{n}") for n in range(20)]
    replay(lines)
    once = broker.messages("complaints")
    replay(lines[::-1])
    both = broker.messages("complaints")
    assert len(both) == 40
    assert sorted(both) == sorted(once * 2)


def test_what_is_still_refused_is_told_and_not_sent(
    broker: Broker, replay: Callable[..., Result]
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
    assert len(broker.messages("complaints")) == 1
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


def test_filters_leave_lines_of_a_file_out(broker: Broker, replay: Callable[..., Result]) -> None:
    lines = [line(0, event("a").decode()), line(1, event("b").decode(), reason="too_long")]
    result = replay(lines, "--reason", "too_long")
    assert "1 line that the filters leave out" in result.stdout
    assert [json.loads(value)["event_id"] for _, value in broker.messages("complaints")] == ["b"]


def test_a_dry_run_checks_and_sends_nothing(broker: Broker, replay: Callable[..., Result]) -> None:
    result = replay([line(0, event("a").decode())], "--dry-run")
    assert result.exit_code == 0
    assert "complaints: 1 event to send" in result.stdout
    assert broker.messages("complaints") == []


def test_without_a_file_what_the_contract_now_accepts_goes_back(
    deadletter: Run, broker: Broker
) -> None:
    broker.refuse(
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
    assert broker.messages("complaints") == [(b"cust-42", event("now good"))]


def test_several_topics_go_back_at_once(broker: Broker, replay: Callable[..., Result]) -> None:
    money = event("r", customer_id="cust-42", amount=4900, currency="USD").decode()
    result = replay([line(0, event("a").decode()), line(0, money, topic="revenue")])
    assert result.exit_code == 0, result.output
    assert len(broker.messages("complaints")) == len(broker.messages("revenue")) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--topic", "complaint"], "did you mean 'complaints' or 'complaint_updates'?"),
        (["list", "--since", "soon"], "--since 'soon' is no time"),
        (["replay", "nowhere.jsonl"], "nowhere.jsonl cannot be read: No such file"),
        (["export", "nowhere/at/all.jsonl"], "cannot be written"),
    ],
)
def test_what_cannot_be_used_is_told(deadletter: Run, arguments: list[str], told: str) -> None:
    result = deadletter(*arguments)
    assert result.exit_code == 1
    assert told in result.stderr


def test_a_topic_that_is_not_there_is_told_before_anything_is_sent(
    broker: Broker, replay: Callable[..., Result]
) -> None:
    other = event("x", customer_id="c").decode()
    result = replay([line(0, event("a").decode()), line(0, other, topic="referrals")])
    assert result.exit_code == 1
    assert "there is no topic referrals" in result.stderr
    assert broker.messages("complaints") == []


def test_partition_counts_that_disagree_are_told_before_anything_is_sent(
    broker: Broker, replay: Callable[..., Result]
) -> None:
    broker.embedded.create({"referrals": 3})
    result = replay([line(0, event("a").decode())])
    assert result.exit_code == 1
    assert "must have the same number of partitions, but complaints has 2, referrals has 3" in (
        result.stderr
    )
    assert broker.messages("complaints") == []
