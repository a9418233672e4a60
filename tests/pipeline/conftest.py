"""The whole of Groundswell, on a broker of its own for each test: embedded, and Apache Kafka."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from apache_kafka import ApacheKafka, missing
from groundswell_site import Site

from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    if request.param == "embedded":
        with EmbeddedBroker({}) as broker:
            yield from running(Site(broker.bootstrap, tmp_path, broker))
        return
    if reason := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Apache Kafka on CI: {reason}")
        pytest.skip(f"no Apache Kafka: {reason}")
    kafka = ApacheKafka(tmp_path / "kafka")
    try:
        kafka.start()
        yield from running(Site(kafka.bootstrap, tmp_path, None))
    finally:
        kafka.kill()


def running(site: Site) -> Iterator[Site]:
    try:
        yield site
    finally:
        site.end()
