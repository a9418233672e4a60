"""groundswell alerts and tail alerts: what is open, its story, and what people do about it."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from aiokafka import AIOKafkaProducer

from schemas.incidents import Incident
from schemas.topics import ACTIONS, INCIDENTS
from schemas.wire import Refusal, read_action
from streams.cli.incident_actions import all_of
from streams.settings import Kafka
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

    from schemas.actions import Action

    Run = Callable[..., Result]


def incidents() -> list[dict[str, Any]]:
    """Give the example of the contract twice: open and worse by now, and one that is over."""
    extra: Any = Incident.model_config["json_schema_extra"]
    one = extra["examples"][0]
    first = one["messages"][0]
    worse = first | {
        "number": 2,
        "at": "2017-01-20T00:00:00Z",
        "reason": "worse",
        "observed": 364,
        "text": "364 since 2017-01-19, where 5.0 were expected (72.8 times).",
    }
    now = one | {"messages": [first, worse], "severity": "critical", "at": worse["at"]}
    over = one | {
        "incident_id": "a" * 16,
        "state": "resolved",
        "resolved_at": "2017-01-10T00:00:00Z",
        "title": "More complaints overall",
        "members": [],
        "lead": "b" * 16,
    }
    return [one, over, now]


@pytest.fixture(scope="module")
def filled() -> Iterator[EmbeddedBroker]:
    async def fill(bootstrap: str) -> None:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            for row in incidents():
                key, value = row["incident_id"].encode(), json.dumps(row).encode()
                await producer.send_and_wait(INCIDENTS, value, key=key, partition=0)

    with EmbeddedBroker({INCIDENTS: 1, ACTIONS: 1}) as broker:
        asyncio.run(fill(broker.bootstrap))
        yield broker


@pytest.fixture
def alerts(run: Run, filled: EmbeddedBroker) -> Run:
    return lambda *args: run("alerts", *args, "--brokers", filled.bootstrap)


def actions(broker: EmbeddedBroker) -> list[Action]:
    found = [read_action(v) for v in asyncio.run(all_of(Kafka(brokers=broker.bootstrap), ACTIONS))]
    return [one for one in found if not isinstance(one, Refusal)]


def test_the_list_has_what_is_open_and_all_on_demand(alerts: Run) -> None:
    result = alerts("list")
    assert result.exit_code == 0, result.output
    assert "5b0e8c1f  CRITICAL open" in result.stdout
    assert "aaaaaaaa" not in result.stdout
    assert "aaaaaaaa" in alerts("list", "--all").stdout


def test_every_line_fits_a_narrow_terminal(alerts: Run, run: Run, filled: EmbeddedBroker) -> None:
    said = alerts("list", "--all").stdout + alerts("show", "5b0e").stdout
    said += run(
        "tail", "alerts", "--exit", "--from-beginning", "--brokers", filled.bootstrap
    ).stdout
    assert max(map(len, said.splitlines())) <= 80


def test_tail_begins_with_what_is_open(run: Run, filled: EmbeddedBroker) -> None:
    result = run("tail", "alerts", "--exit", "--brokers", filled.bootstrap)
    assert result.exit_code == 0, result.output
    assert "5b0e8c1f  CRITICAL open since 2017-01-19 00:00" in result.stdout
    assert "aaaaaaaa" not in result.stdout


def test_tail_from_the_beginning_says_what_changed(run: Run, filled: EmbeddedBroker) -> None:
    result = run("tail", "alerts", "--exit", "--from-beginning", "--brokers", filled.bootstrap)
    lines = result.stdout.splitlines()
    heads = [line.split()[2:] for line in lines if not line.startswith(" ")]
    assert ["5b0e8c1f", "WARNING", "opened"] in heads
    assert ["5b0e8c1f", "WARNING", "worse"] in heads
    assert any("24 -> 364" in line for line in lines)


def test_who_did_what_is_in_the_story(alerts: Run, filled: EmbeddedBroker) -> None:
    for args in (
        ("ack", "5b0e8c1f", "--by", "Ada", "--note", "on it"),
        ("assign", "5b0e", "Bo", "--by", "Ada"),
        ("note", "9f1c22d0", "the letter went out twice", "--by", "Bo"),  # by its alert
        (
            *("silence", "5b0e", "--for", "8h", "--note", "being mended", "--by", "Bo"),
            *("--match", "metric=complaints"),
        ),
        ("judge", "5b0e", "true", "--by", "Bo"),
    ):
        result = alerts(*args)
        assert result.exit_code == 0, result.output
    told = alerts("show", "5b0e").stdout
    for words in (
        *("told: opened", "told: worse", "Ada: acknowledged", "Ada: assigned to Bo"),
        *("the letter went out twice", "Bo: silenced until", "    metric=complaints"),
        "Bo: judged true",
    ):
        assert words in told
    assert told.index("told: worse") < told.index("Ada: acknowledged")
    first = actions(filled)[0]
    assert (first.kind, first.about, first.by) == ("acknowledged", "5b0e8c1f7d2a9e46", "Ada")
    assert first.seen_at is not None
    assert first.seen_at.isoformat() == "2017-01-20T00:00:00+00:00"


def test_a_recurring_silence_shows_when_it_holds_and_what_it_would_hit(
    alerts: Run, filled: EmbeddedBroker
) -> None:
    before = len(actions(filled))
    by_day = 6 <= datetime.now(ZoneInfo("Europe/Berlin")).hour < 20
    begin, end = ("22:00", "04:00") if by_day else ("10:00", "14:00")  # one that holds begins now
    result = alerts(
        *("silence", "--match", "company=Navient*", "--for", "30d", "--note", "nights"),
        *("--zone", "Europe/Berlin", "--days", "mon,tue,wed,thu,fri,sat,sun"),
        *("--from", begin, "--to", end, "--dry-run"),
    )
    assert result.exit_code == 0, result.output
    assert "hits now: 1" in result.stdout
    spans = [line for line in result.stdout.splitlines() if "holds " in line]
    assert len(spans) == 3
    assert all(f"{begin} to " in line and line.endswith(f" {end} Europe/Berlin") for line in spans)
    assert len(actions(filled)) == before, "nothing was sent"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("ack", "ffff"), "no incident is named 'ffff'"),
        (("silence", "--for", "8h", "--note", "why"), "say what it is for"),
        (("silence", "5b0e", "--for", "8h"), "say why: --note"),
        (("silence", "5b0e", "--for", "400d", "--note", "why"), "90 days at most"),
        (("silence", "5b0e", "--note", "why"), "either --until or --for"),
        (
            ("silence", "5b0e", "--for", "8h", "--note", "why", "--from", "22:00"),
            "need all of --zone",
        ),
        (
            ("silence", "--match", "company", "--for", "8h", "--note", "why"),
            "write LABEL=VALUE",
        ),
        (
            ("silence", "--match", "companie=Acme", "--for", "8h", "--note", "why"),
            "no incident has a label companie; did you mean 'company'?",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    alerts: Run, args: tuple[str, ...], words: str
) -> None:
    result = alerts(*args)
    assert result.exit_code == 1
    assert words in result.stderr
