from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import yaml
from apache_kafka import ApacheKafka, free_port, missing
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HERE = {
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:{controller}",
    "KAFKA_LISTENERS": "CONTROLLER://127.0.0.1:{controller},INSIDE://127.0.0.1:%d,"
    "HOST://127.0.0.1:{port}",
    "KAFKA_ADVERTISED_LISTENERS": "INSIDE://127.0.0.1:%d,HOST://127.0.0.1:{port}",
    "KAFKA_LOG_DIRS": "{data}",
}
"""What differs on this machine, without the containers' names: addresses and the folder."""

NOT_PROPERTIES = {"KAFKA_HEAP_OPTS"}


def properties() -> str:
    """Write the compose file's environment as the image does: KAFKA_LOG_DIRS is log.dirs."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    values: dict[str, object] = compose["services"]["kafka"]["environment"]
    inside = free_port()
    names = [name for name in values if name.startswith("KAFKA_") and name not in NOT_PROPERTIES]
    assert set(names) >= HERE.keys()
    here = {name: value.replace("%d", str(inside)) for name, value in HERE.items()}
    return "".join(
        f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={here.get(name, values[name])}\n"
        for name in names
    )


@pytest.mark.kafka
def test_the_kafka_of_the_compose_file_runs_transactions(tmp_path: Path) -> None:
    if reason := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    kafka = ApacheKafka(tmp_path, properties())
    kafka.start()
    try:
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        admin.create_topics([NewTopic("complaints", 4, 1)])["complaints"].result(30)
        producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": "t"})
        producer.init_transactions(30)
        producer.begin_transaction()
        producer.produce("complaints", b"{}")
        producer.commit_transaction(30)
        unknown = admin.list_topics("not-there", timeout=30).topics["not-there"]
        assert unknown.error is not None  # none is made by being asked for
    finally:
        kafka.kill()
