"""groundswell routes test: who would be told, at the terminal."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer

from schemas.incidents import Incident
from schemas.topics import ACTIONS, INCIDENTS
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

SETTINGS = """
[notify]
zone = "Europe/Berlin"
[notify.receivers.desk]
channel = "webhook"
url = "https://desk.example/very-secret"
[notify.receivers.ada_phone]
channel = "apprise"
url = "json://phone.example/very-secret"
[notify.people.ada]
tell = ["ada_phone"]
[notify.hours.office]
[notify.rotas.duty]
people = ["ada"]
since = "2026-01-05"
[notify.teams.lending]
tell = ["desk"]
hours = "office"
otherwise = ["duty"]
[[notify.routes]]
name = "loans"
match = ["product=Student*"]
severity = "warning"
tell = ["lending"]
escalate = [{after = 1800, tell = ["duty"]}]
repeat = 14400
[[notify.routes]]
name = "rest"
severity = "notice"
digest = "08:00"
tell = ["desk"]
"""


@pytest.fixture
def routes(run: Run, tmp_path: Path) -> Run:
    file = tmp_path / "groundswell.toml"
    file.write_text(SETTINGS)
    return lambda *args: run("routes", "test", *args, "--settings", str(file))


def test_it_says_which_route_who_when_and_what_follows(routes: Run) -> None:
    result = routes("-l", "product=Student loan", "--at", "2026-03-27T16:30Z")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "at Fri 2026-03-27 17:30 Europe/Berlin:",
        "  takes it  loans            product=Student*, severity warning or higher",
        "  passes    rest             not tried: loans does not continue",
        "what comes, if nothing more happens:",
        "  Fri 2026-03-27 17:30  message -> desk (webhook), route loans",
        "    It has just opened.",
        "  Fri 2026-03-27 18:00  escalation -> ada_phone (apprise) of ada, route loans",
        "    Nobody has taken it on since 2026-03-27 16:30 UTC, for 30 min. Step 1.",
        "  Fri 2026-03-27 22:00  repeat -> ada_phone (apprise) of ada, route loans",
        "    Nobody has taken it on since 2026-03-27 16:30 UTC.",
        "  and so on, until somebody takes it on",
    ]


def test_it_says_why_a_route_is_not_for_it(routes: Run) -> None:
    told = routes("--severity", "info", "--at", "2026-03-27T16:30Z").stdout
    assert "passes    loans            not product=Student*, below warning" in told
    assert "message, not sent: digest -> desk (webhook), route rest" in told
    assert "Sat 2026-03-28 08:00  digest -> desk (webhook), route rest" in told


def test_hours_to_come_are_told_together_where_they_are_alike(routes: Run) -> None:
    told = routes("-l", "product=Student loan", "--at", "2026-03-27T16:00Z", "--hours", "66").stdout
    assert told.splitlines()[-3:] == [
        "Fri 2026-03-27 17:00 to Fri 2026-03-27 18:00  loans: desk",
        "Fri 2026-03-27 18:00 to Mon 2026-03-30 09:00  loans: ada_phone of ada",
        "Mon 2026-03-30 09:00 to Mon 2026-03-30 12:00  loans: desk",
    ]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("-l", "product"), "--label 'product' is not NAME=VALUE"),
        (("--at-risk", "USD=1.50"), "write whole minor units"),
        (("--at", "tomorrow"), "--at 'tomorrow' is no time"),
        (("--at", "1969-12-31"), "--at 1969-12-31: write a time from 1970 to 9998"),
        (("--at", "9999-12-31T23:59Z"), "write a time from 1970 to 9998"),
    ],
)
def test_what_is_typed_wrong_is_said(routes: Run, args: tuple[str, ...], words: str) -> None:
    result = routes(*args)
    assert result.exit_code == 1
    assert words in result.stderr


def test_an_incident_of_the_topic_is_tried_as_it_is_handled(routes: Run) -> None:
    """Its part with most of the excess counts, and so does a silence of it."""
    extra: Any = Incident.model_config["json_schema_extra"]
    row = copy.deepcopy(extra["examples"][0])
    silence = {
        "silence_id": "s",
        "by": "Bo",
        "starts_at": "2026-03-27T00:00:00Z",
        "until": "2026-03-28T00:00:00Z",
        "recurring": None,
        "note": "a new form",
    }
    row |= {"handling": row["handling"] | {"silences": [silence]}}
    with EmbeddedBroker({INCIDENTS: 1, ACTIONS: 1}) as broker:
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        producer.produce(INCIDENTS, json.dumps(row), row["incident_id"], partition=0)
        assert producer.flush(30) == 0
        where = ("5b0e", "--at", "2026-03-27T16:30Z", "--brokers", broker.bootstrap)
        told = routes(*where).stdout
    assert "takes it  loans            product=Student*" in told
    assert "message, not sent: silenced -> desk (webhook), route loans" in told
    assert "Sat 2026-03-28 01:00  unsilenced -> ada_phone (apprise) of ada, route loans" in told


def test_without_routes_it_says_what_to_do(run: Run) -> None:
    result = run("routes", "test")
    assert result.exit_code == 1
    assert "set notify.routes" in result.stderr
