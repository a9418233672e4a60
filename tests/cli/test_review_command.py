from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer

from schemas.topics import ACTIONS, CUSTOMERS, PERIODS, REVIEWS, TOPICS
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


def customer(name: str, worth: int, at: str = "2017-01-18T09:30:00Z") -> dict[str, Any]:
    lost = {"kind": "lost", "at": at, "reason": "price", "values": {"USD": worth}}
    more = {"kind": "lost", "at": at, "segment": "home", "tier": "gold", "avoidable": True,
            "initiative": None}  # fmt: skip
    (example,) = TOPICS[CUSTOMERS].examples
    return example | {"customer_id": name, "status": "lost", "movements": [lost], "losses": [more]}


def month(period: str, following: str) -> dict[str, Any]:
    (example,) = TOPICS[PERIODS].examples
    return example | {
        "period": period,
        "start": f"{period}-01T00:00:00Z",
        "end": f"{following}-01T00:00:00Z",
        "segment": None,
        "tier": None,
    }


CUSTOMER_ROWS = [
    customer("cust-1", 4900),
    customer("cust-2", 9900),
    customer("cust-3", 100, "2017-02-02T00:00:00Z"),
]
PERIOD_ROWS = [month("2017-01", "2017-02"), month("2017-02", "2017-03")]


def lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "customers.jsonl").write_bytes(lines(CUSTOMER_ROWS))
    (tmp_path / "periods.jsonl").write_bytes(lines(PERIOD_ROWS))
    return tmp_path


def test_one_review_in_each_format(run: Run, folder: Path) -> None:
    asked = ("review", "--period", "2017-01", "--from", folder, "--format")
    assert "# Customers lost in 2017-01" in run(*asked, "md").stdout
    assert run(*asked, "html").stdout.startswith("<!doctype html>")
    table = list(csv.DictReader(io.StringIO(run(*asked, "csv").stdout)))
    assert [(row["customer_id"], row["worth"]) for row in table] == [
        ("cust-2", "9900"),
        ("cust-1", "4900"),
    ]
    whole = json.loads(run(*asked, "json").stdout)
    assert [row["customer_id"] for row in whole["customers"]] == ["cust-2", "cust-1"]
    assert TOPICS[REVIEWS].model.model_validate_json(json.dumps(whole))


def test_it_says_what_is_missing(run: Run, folder: Path) -> None:
    asked = ("review", "--from", folder, "--period")
    assert "no month (2017-01) or quarter" in run(*asked, "January").output
    assert "there is from 2017-01 to 2017-02" in run(*asked, "2016-01").output
    assert "do not go together" in run(*asked, "2017-01", "--publish").output
    (folder / "periods.jsonl").write_bytes(b"{}\n")
    result = run(*asked, "2017-01")
    assert (result.exit_code, "a row is none of metrics.periods" in result.output) == (1, True)


def test_published_its_calls_are_followed_by_the_next_review(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[review]\nexecutives = ["Ada"]\ncalls = 2\n')
    said = {"action_id": "a1", "kind": "call_made", "about": "cust-1", "customer_id": "cust-1",
            "outcome": "would_return", "reason": "service", "review": "2017-01", "by": "Ada",
            "at": "2017-02-03T10:00:00Z"}  # fmt: skip
    with EmbeddedBroker(dict.fromkeys((CUSTOMERS, PERIODS, ACTIONS, REVIEWS), 1)) as broker:
        producer = Producer({"bootstrap.servers": broker.bootstrap})
        for row in CUSTOMER_ROWS:
            producer.produce(CUSTOMERS, json.dumps(row), row["customer_id"])
        for row in PERIOD_ROWS:
            producer.produce(PERIODS, json.dumps(row), row["period"])
        producer.produce(ACTIONS, b"no action", "x")
        producer.flush()
        asked = (
            "review",
            "--settings",
            settings,
            "--brokers",
            broker.bootstrap,
            "--format",
            "json",
        )
        result = run(*asked, "--period", "2017-01", "--publish", "--by", "Grace")
        assert result.exit_code == 0, result.output
        first = json.loads(result.stdout)
        assert (len(first["calls"]), first["published_by"]) == (2, "Grace")
        producer.produce(ACTIONS, json.dumps(said), "cust-1")
        producer.flush()
        again = json.loads(run(*asked, "--period", "2017-01").stdout)
        assert {call["customer_id"]: call["outcome"] for call in again["calls"]} == {
            "cust-1": "would_return",
            "cust-2": None,
        }
        text = run(*asked[:-1], "md", "--period", "2017-02").stdout
        assert "## Those called after 2017-01" in text
        assert "would return: service" in text
