"""An installation of before there were nine source topics goes on with them, exactly."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bench import until
from groundswell_site import PARTITIONS, Site

from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

T0 = 1_700_000_000
NEW = ("changes", "complaint_updates", "corrections")
OLDER = """
from streams.core import catalogue
catalogue.TOPICS = {name: topic for name, topic in catalogue.TOPICS.items() if topic.metrics}
from streams.cli.main import app
app()
"""
"""A worker that knows the six topics of before, and no others."""


def event(number: int, **fields: Any) -> dict[str, Any]:
    at = datetime.fromtimestamp(T0 + number, UTC).isoformat()
    return {"event_id": f"e{number}", "customer_id": f"c{number % 9}", "occurred_at": at, **fields}


def send(site: Site, topic: str, events: Iterable[dict[str, Any]]) -> None:
    for one in events:
        site.producer.produce(topic, json.dumps(one), one["customer_id"])
    assert site.producer.flush(60) == 0


def folded(site: Site, topic: str) -> int:
    """Count the events of a topic that the worker has accepted, as it says itself."""
    counts = re.findall(
        rf'^groundswell_events_total{{outcome="folded",partition="\d+",topic="{topic}"}} (\S+)$',
        site.ask("/metrics"),
        re.MULTILINE,
    )
    return int(sum(map(float, counts)))


def test_a_state_of_six_topics_is_read_and_goes_on_with_nine(site: Site) -> None:
    older = site.start(OLDER)
    send(site, "complaints", (event(number) for number in range(300)))
    until("the older worker has counted", lambda: site.total() == 300)
    site.stop(older)
    site.run("topics", "--create")  # as the page on upgrades says: before a producer is sooner
    # Some that are there already, and of the new topics what came while no worker knew them.
    send(site, "complaints", (event(number) for number in range(200, 500)))
    send(site, "changes", (event(number, change="paused") for number in range(40)))
    send(site, "changes", [event(7, change="merged")])
    withdrawn = event(3)
    send(site, "corrections", [event(600) | withdrawn | {"topic": "complaints"}])
    send(site, "corrections", [event(3) | {"topic": "complaints", "original": withdrawn}])

    newer = site.start()

    until("the newer worker has counted", lambda: site.total() == 500)
    until("and read the new topics", lambda: folded(site, "changes") == 40)
    until("all of them", lambda: folded(site, "corrections") == 1)
    until("it is ready", lambda: site.ask("/readyz") == "ready\n")
    refused = {(row["topic"], row["reason"], row["detail"]) for row in site.rows("deadletter")}
    assert refused == {
        ("changes", "inconsistent", "merged_into: Input should be there, as change is 'merged'"),
        ("corrections", "missing_field", "original: Field required"),
    }
    assert folded(site, "complaint_updates") == 0  # nothing ever came, and nobody waited
    assert site.total() == 500
    site.stop(newer)
    again = site.begin(command=OLDER)
    assert again.wait(60) == 1
    assert re.search(r"includes topic .*changes.*run the newer worker", site.log())


def test_a_worker_whose_broker_makes_no_topics_says_which_are_missing_and_ends(
    tmp_path: Path,
) -> None:
    with EmbeddedBroker({}) as broker:
        site = Site(broker.bootstrap, tmp_path, broker, without=NEW)
        older = site.start(OLDER)
        site.stop(older)
        worker = site.begin()
        assert worker.wait(60) == 1
        assert site.log().splitlines()[-1] == (
            "groundswell worker: topics are missing and this broker cannot make them: changes,"
            " complaint_updates, corrections. Make them by its own means; groundswell topics shows"
            " what is there"
        )
        broker.create(dict.fromkeys(NEW, PARTITIONS))
        site.stop(site.start())
