from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer
from click.testing import Result

from streams.cli.options import per_second
from streams.load.errors import LoadError
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Result]

MAPPING = [
    "--map",
    "occurred_at=Date received",
    "--map",
    "product=Product",
    "--map",
    "region=State",
]


async def read(broker: EmbeddedBroker, count: int) -> list[tuple[bytes, bytes]]:
    consumer = AIOKafkaConsumer(
        "complaints", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest"
    )
    async with asyncio.timeout(30), consumer:
        found: list[tuple[bytes, bytes]] = []
        while len(found) < count:
            for records in (await consumer.getmany(timeout_ms=10_000)).values():
                found += [(record.key, record.value) for record in records]
        return found


async def ends(broker: EmbeddedBroker) -> int:
    """Count what is on complaints."""
    consumer = AIOKafkaConsumer("complaints", bootstrap_servers=broker.bootstrap)
    async with asyncio.timeout(30), consumer:
        return sum((await consumer.end_offsets(consumer.assignment())).values())


def messages(broker: EmbeddedBroker, count: int) -> list[tuple[bytes, bytes]]:
    return asyncio.run(read(broker, count))


def test_rows_become_messages_keyed_by_the_event_where_there_is_no_customer(
    run: Run, broker: EmbeddedBroker, complaints: Path
) -> None:
    result = run("load", complaints, "-t", "complaints", *MAPPING, "--brokers", broker.bootstrap)
    assert result.exit_code == 0, result.output
    assert "complaints: sent 4 events of 4 rows" in result.stdout
    assert "event time 2017-01-18 06:00 to 2017-01-19 12:00 UTC" in result.stdout
    assert "1 row that the contract refuses (bad_time 1), sent as they are" in result.stdout
    assert "rows in 4 = sent 3 + refused 1 + left out 0" in result.stdout
    assert "row 3: occurred_at: " in result.stdout
    assert "dates read month first; rows not in order of time, sorted" in result.stderr
    found = [(key, json.loads(value)) for key, value in messages(broker, 4)]
    assert all(key.decode() == event["event_id"] for key, event in found)
    assert sorted(event["occurred_at"] for _, event in found) == [
        "2017-01-18T06:00:00Z",
        "2017-01-18T18:00:00Z",
        "2017-01-19T12:00:00Z",
        "soon",
    ]


def test_loading_twice_sends_the_same_messages(
    run: Run, broker: EmbeddedBroker, complaints: Path
) -> None:
    for _ in range(2):
        run("load", complaints, "-t", "complaints", *MAPPING, "--brokers", broker.bootstrap)
    found = messages(broker, 8)
    assert len(set(found)) == 4


def test_a_rate_is_kept_without_losing_any(
    run: Run, broker: EmbeddedBroker, complaints: Path
) -> None:
    arguments = [*MAPPING, "--brokers", broker.bootstrap, "--rate", "1000/s", "--skip-bad"]
    result = run("load", complaints, "-t", "complaints", *arguments)
    assert "sent 3 events of 4 rows" in result.stdout
    assert "rows in 4 = sent 3 + refused 0 + left out 1" in result.stdout
    assert len(messages(broker, 3)) == 3


def test_a_topic_that_cannot_be_made_is_told(run: Run, complaints: Path) -> None:
    with EmbeddedBroker({"signups": 1}) as broker:
        result = run(
            "load", complaints, "-t", "complaints", *MAPPING, "--brokers", broker.bootstrap
        )
    assert result.exit_code == 1
    assert "this broker cannot make them" in result.stderr
    assert "complaints" in result.stderr


def test_a_broker_that_does_not_answer_is_told(run: Run, complaints: Path) -> None:
    result = run("load", complaints, "-t", "complaints", *MAPPING, "--brokers", "127.0.0.1:1")
    assert result.exit_code == 1
    assert "no broker answers at 127.0.0.1:1" in result.stderr


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[kafka]\nbroker = 'x'", "no setting kafka.broker; did you mean 'brokers'?"),
        ("[kafka]\npartitions = 0", "kafka.partitions: Input should be greater than"),
        ("[kafka", "is not TOML"),
        (None, "is not there"),
    ],
)
def test_settings_that_are_wrong_are_told(
    run: Run, complaints: Path, tmp_path: Path, toml: str | None, told: str
) -> None:
    file = tmp_path / "groundswell.toml"
    if toml is not None:
        file.write_text(toml)
    result = run("load", complaints, "-t", "complaints", *MAPPING, "--settings", file)
    assert result.exit_code == 1
    assert told in result.stderr


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (
            {"complaints": 2, "signups": 3},
            (
                "the source topics must have the same number of partitions, but complaints has 2, "
                "signups has 3. While they are empty: kafka-topics.sh --alter --topic NAME "
                "--partitions 3. Where events are on them: see 'Partition counts were changed' in "
                "docs/recovery.md"
            ),
        ),
        (
            {"complaints": 2, "signups": 3, "groundswell-fold-changelog": 2},
            (
                "complaints has 2, signups has 3. Give none of them more: see 'Partition counts "
                "were changed' in docs/recovery.md"
            ),
        ),
        (
            {"complaints": 3, "signups": 3, "groundswell-fold-changelog": 2},
            (
                "groundswell-fold-changelog has 2 partitions, not 3. If the source topics were "
                "given more partitions, or made anew: see 'Partition counts were changed'"
            ),
        ),
    ],
    ids=["without state", "with state", "with a state of another number"],
)
def test_partition_counts_that_disagree_are_told_before_anything_is_sent(
    run: Run, complaints: Path, counts: dict[str, int], told: str
) -> None:
    with EmbeddedBroker(counts) as broker:
        result = run(
            "load", complaints, "-t", "complaints", *MAPPING, "--brokers", broker.bootstrap
        )
        assert result.exit_code == 1
        assert told in result.stderr
        assert asyncio.run(ends(broker)) == 0


def test_a_rate_is_a_number_a_second_a_minute_or_an_hour() -> None:
    assert [per_second(rate) for rate in ("500", "500/s", "30/m", "36/h", "0.5", None)] == [
        *(500.0, 500.0, 0.5, 0.01, 0.5),
        None,
    ]
    for rate in ("fast", "0", "-1", "5/d"):
        with pytest.raises(LoadError, match="--rate"):
            per_second(rate)
