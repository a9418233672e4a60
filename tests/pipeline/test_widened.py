"""Partitions were added under a history: what counts it exactly again, as docs/recovery.md says."""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from bench import until
from confluent_kafka.admin import AdminClient, NewPartitions

from streams.core.catalogue import TOPICS
from streams.core.partitioner import partitions_of

if TYPE_CHECKING:
    from pathlib import Path

    from groundswell_site import Site

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.parametrize("site", ["kafka"], indirect=True),
]

START = 1_700_000_000
BEFORE, WIDER = 2, 3
CUSTOMERS = 50


def complaint(number: int) -> tuple[bytes, bytes]:
    """Key and value of an event; two in a minute."""
    key = f"cust-{number % CUSTOMERS}"
    event = {
        "event_id": f"event-{number}",
        "occurred_at": datetime.fromtimestamp(START + 30 * number, UTC).isoformat(),
        "customer_id": key,
        "product": "Loan" if number % 3 else "Card",
    }
    return key.encode(), json.dumps(event).encode()


def send(site: Site, numbers: range, partitions: int) -> None:
    """Send as any Kafka client would, by the number of partitions that it sees."""
    for number in numbers:
        key, value = complaint(number)
        (partition,) = partitions_of([key], partitions)
        site.producer.produce("complaints", value, key, partition=partition)
    assert site.producer.flush(30) == 0


def widened(site: Site) -> AdminClient:
    """A history of 600, then more partitions, then the last 300 again and 300 new ones."""
    site.run("topics", "--create")
    send(site, range(600), BEFORE)
    worker = site.start()
    until("all are counted", lambda: site.total() == 600)
    site.stop(worker)
    admin = AdminClient({"bootstrap.servers": site.bootstrap, "log_level": 0})
    for future in admin.create_partitions([NewPartitions(t, WIDER) for t in TOPICS]).values():
        future.result()

    def seen() -> bool:
        there = site.producer.list_topics(timeout=60).topics
        return all(len(there[topic].partitions) == WIDER for topic in TOPICS)

    until("the partitions are there", seen)
    send(site, range(300, 900), WIDER)
    return admin


def test_nothing_goes_on_where_partitions_were_added(site: Site, tmp_path: Path) -> None:
    widened(site)
    history = tmp_path / "history.jsonl"
    history.write_bytes(complaint(1)[1])
    for command in (["worker"], ["load", str(history), "-t", "complaints"]):
        refused = site.run(*command, check=False)
        assert refused.returncode == 1
        last = refused.stderr.splitlines()[-1]
        assert "groundswell-fold-changelog has 2 partitions, not 3" in last
        assert "see 'Partition counts were changed' in docs/recovery.md" in last
        assert "--alter" not in refused.stderr
    assert len(list(site.messages("complaints"))) == 1200


def test_a_history_that_is_loaded_anew_is_counted_exactly(site: Site, tmp_path: Path) -> None:
    admin = widened(site)
    site.producer.produce("complaints", b"\xff, no event\n", b"key", partition=0)
    assert site.producer.flush(30) == 0
    saved = str(tmp_path / "sources.jsonl")
    assert "complaints: saved 1,201 events" in site.run("topics", "--save", saved).stdout
    again = site.run("topics", "--restore", saved, check=False)
    assert again.returncode == 1  # the old topics stand there
    names = [name for name in site.producer.list_topics(timeout=60).topics if name[0] != "_"]
    for future in admin.delete_topics(names).values():
        future.result()
    until("no topics", lambda: not names & site.producer.list_topics(timeout=60).topics.keys())
    site.read_anew()
    site.environment["GROUNDSWELL_KAFKA__PARTITIONS"] = str(WIDER)
    site.run("topics", "--create")
    assert "complaints: sent 1,201 events" in site.run("topics", "--restore", saved).stdout
    again = site.run("topics", "--restore", saved, check=False)
    assert again.returncode == 1
    assert "messages are on the source topics (complaints 1,201)" in again.stderr
    worker = site.start()
    until("all are counted", lambda: site.total() >= 900)
    key, _ = complaint(0)
    for partition in range(WIDER):  # behind all the rest, on every partition
        _, last = complaint(1000 + partition)
        site.producer.produce("complaints", last, key, partition=partition)
    assert site.producer.flush(30) == 0
    until("the last are counted", lambda: site.total() >= 903)
    site.stop(worker)
    assert site.total() == 903
    by_product: Counter[str] = Counter()
    for row in site.table("metrics.buckets"):
        if (row["metric"], row["grain"], [*row["labels"]]) == ("complaints", "1d", ["product"]):
            by_product[row["labels"]["product"]] += row["count"]
    events = (json.loads(complaint(number)[1]) for number in (*range(900), *range(1000, 1003)))
    assert by_product == Counter(event["product"] for event in events)
    assert site.rows("late") == []
    (refused,) = site.rows("deadletter")
    assert b64decode(refused["payload_base64"]) == b"\xff, no event\n"
    assert b64decode(refused["key_base64"]) == b"key"
