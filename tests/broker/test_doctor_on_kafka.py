from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from streams.cli.main import app

if TYPE_CHECKING:
    from apache_kafka import ApacheKafka

pytestmark = pytest.mark.kafka


def test_a_cluster_is_made_ready_and_found_well(apache_kafka: ApacheKafka) -> None:
    runner = CliRunner(env={"GROUNDSWELL_WORKER__APP_ID": "doctor"})
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
            ("versions", "broker", "commits", "topics", "compaction", "state", "clock"), "ok"
        ),
        "workers": "warn",
    }
    assert "0 in group doctor, 0 events behind; none runs: groundswell worker" in found.stdout
    assert "source topics with 4 partitions each" in found.stdout
