"""groundswell doctor on Apache Kafka."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from typer.testing import CliRunner

from streams.cli.main import app

if TYPE_CHECKING:
    from apache_kafka import ApacheKafka

pytestmark = pytest.mark.kafka


def test_a_cluster_is_made_ready_and_found_well(apache_kafka: ApacheKafka) -> None:
    runner = CliRunner(env={"GROUNDSWELL_WORKER__APP_ID": "doctor", "COLUMNS": "500"})
    arguments = ["--brokers", apache_kafka.bootstrap]
    made = runner.invoke(app, ["topics", "--create", *arguments])
    assert made.exit_code == 0, made.output
    assert "metrics.buckets                    4 partitions             0 messages" in made.stdout
    assert made.stdout.count("compact") >= 5
    found = runner.invoke(app, ["doctor", *arguments])
    assert found.exit_code == 0, found.output
    levels = {line.split()[1]: line.split()[0] for line in found.stdout.splitlines()}
    assert levels == {
        **dict.fromkeys(
            (
                *("versions", "broker", "commits", "topics", "compaction", "state", "keys"),
                *("retention", "codec", "calendar", "clock", "routes"),
            ),
            "ok",
        ),
        "workers": "warn",
    }
    assert "0 in group doctor, 0 events behind; none runs: groundswell worker" in found.stdout
    assert "source topics with 4 partitions each" in found.stdout


def test_source_topics_that_delete_events_are_reported_with_the_command_that_mends_it(
    apache_kafka: ApacheKafka,
) -> None:
    runner = CliRunner(env={"GROUNDSWELL_WORKER__APP_ID": "doctor", "COLUMNS": "500"})
    arguments = ["--brokers", apache_kafka.bootstrap]
    made = runner.invoke(app, ["topics", "--create", *arguments])
    assert made.exit_code == 0, made.output
    change(apache_kafka, "renewals", "604800000")
    try:
        found = runner.invoke(app, ["doctor", "--no-clock", *arguments])
    finally:
        change(apache_kafka, "renewals", "-1")
    (line,) = [line for line in found.stdout.splitlines() if line.startswith("warn  retention")]
    assert "renewals: events are deleted after 7 days." in line
    assert "--topic renewals --add-config retention.ms=-1" in line


def change(kafka: ApacheKafka, topic: str, retention: str) -> None:
    entry = ConfigEntry("retention.ms", retention, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(20)
