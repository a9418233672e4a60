"""`groundswell worker --processes` as a user runs it, on the embedded broker.

That one settles no group of several members reliably: `tests/broker/test_several_processes.py` has
two, and kills one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from bench import until
from groundswell_site import Site
from junk import good

from streams.settings import Kafka, Settings
from streams.transport.client import topics
from streams.transport.embedded import EmbeddedBroker
from streams.worker.topology import pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = 1_700_000_000


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Site]:
    """A broker whose topics have one partition each."""
    settings = Settings(kafka=Kafka(partitions=1))
    plan = topics.layout(settings, pipeline(settings)(1), 1)
    with EmbeddedBroker({topic.name: topic.partitions or 1 for topic in plan}) as broker:
        site = Site(broker.bootstrap, tmp_path, None)
        site.environment["GROUNDSWELL_KAFKA__CHECK_CRCS"] = "False"
        yield site


@pytest.mark.slow
def test_no_more_processes_than_partitions_are_started_and_they_count(small: Site) -> None:
    site = small
    parent = site.begin("worker", "--processes", "3")
    try:
        counts(site)
        site.stop(parent)
    finally:
        parent.kill()  # its processes notice
        parent.wait()
    assert "[1] streams.worker.run: flushed and committed" in site.log()


def counts(site: Site) -> None:
    until("its address is known", lambda: " on http://" in site.log())
    until("it is ready", lambda: site.ask("/readyz") == "ready\n")
    assert "3 processes for 1 partitions: 1 are started" in site.log()
    for number in range(500):
        event = good(f"e{number}", START + number)
        site.producer.produce("complaints", event, f"cust-{number}".encode())
    site.producer.flush()
    until("all are counted", lambda: site.total() == 500)
    folded = re.findall(
        r'^groundswell_events_total\{outcome="folded",.*topic="complaints"\} (\S+)$',
        site.ask("/metrics"),
        re.MULTILINE,
    )
    assert folded == ["500.0"]
    assert site.ask("/healthz") == "ok\n"
    assert "rolling values" in site.ask("/docs/prometheus").lower()
