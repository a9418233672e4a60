from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

from schemas.topics import CUSTOMERS, PERIODS, REVIEWS, TOPICS
from streams.cli.checks import commits
from streams.cli.reader_checks import compressed, still
from streams.settings import Settings
from streams.transport.client.topics import layout
from streams.transport.embedded import EmbeddedBroker
from streams.worker.topology import pipeline

Run = Callable[..., Result]

KEPT = {CUSTOMERS, PERIODS, REVIEWS}
"""Topics that there are only where customers are kept."""


def test_topics_lists_all_with_what_they_are_for(run: Run, broker: EmbeddedBroker) -> None:
    result = run("topics", "--brokers", broker.bootstrap)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    heads, purposes = lines[::2], lines[1::2]
    assert {line.split()[0] for line in heads} > set(TOPICS) - KEPT
    assert heads[2].split() == ["complaints", "3", "partitions", "0", "messages"]
    assert purposes[2] == "  in: Someone complained."
    assert "groundswell topics --create" in result.stderr


def test_customers_have_a_topic_where_they_are_kept(
    run: Run, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = run("topics", "--brokers", broker.bootstrap).stdout
    assert not KEPT & {line.split()[0] for line in listed.splitlines()}
    monkeypatch.setenv("GROUNDSWELL_CUSTOMERS__ENABLED", "true")
    listed = run("topics", "--brokers", broker.bootstrap).stdout
    assert {line.split()[0] for line in listed.splitlines()} > KEPT


def test_a_broker_that_cannot_make_topics_is_told(run: Run, broker: EmbeddedBroker) -> None:
    result = run("topics", "--create", "--brokers", broker.bootstrap)
    assert result.exit_code == 1
    assert "this broker cannot make them" in result.stderr


def test_doctor_says_which_topics_are_missing_and_fails(run: Run, broker: EmbeddedBroker) -> None:
    result = run("doctor", "--brokers", broker.bootstrap)
    assert result.exit_code == 1
    assert "fail  topics      missing: groundswell.partials" in result.stdout
    assert "groundswell topics --create makes them" in result.stdout


def test_doctor_names_the_topics_that_an_older_release_did_not_have(run: Run) -> None:
    settings = Settings()
    wanted = layout(settings, pipeline(settings)(2), 2)
    new = {"changes", "complaint_updates", "corrections"}
    older = {topic.name: topic.partitions or 2 for topic in wanted if topic.name not in new}
    with EmbeddedBroker(older) as broker:
        result = run("doctor", "--brokers", broker.bootstrap)
    assert result.exit_code == 1
    assert (
        "fail  topics      missing: changes, complaint_updates, corrections; groundswell topics"
        " --create makes them" in result.stdout
    )


def test_doctor_passes_with_warnings_where_a_broker_cannot_tell(run: Run) -> None:
    settings = Settings()
    wanted = layout(settings, pipeline(settings)(2), 2)
    with EmbeddedBroker({topic.name: topic.partitions or 2 for topic in wanted}) as broker:
        result = run("doctor", "--brokers", broker.bootstrap)
    assert result.exit_code == 0, result.output
    assert "ok    topics      all 23 there, source topics with 2 partitions each" in result.stdout
    assert "warn  workers     not checked: this broker cannot say" in result.stdout
    assert "warn  clock       not compared" in result.stdout
    assert "ok    commits     one that arrives late is void" in result.stdout
    assert "ok    codec       zstd (kafka.compression): KafkaJS reads no zstd" in result.stdout


def test_doctor_says_who_cannot_read_the_codec_of_public_topics() -> None:
    (ours,) = compressed("gzip", {"alerts": {"compression.type": "producer"}, "late": {}})
    assert ours.text == "gzip (kafka.compression): every client reads it"
    ours, theirs = compressed("gzip", {"alerts": {"compression.type": "lz4"}})
    assert theirs.text.startswith("alerts: the broker makes it lz4")
    assert "KafkaJS reads no lz4" in theirs.text


@pytest.mark.parametrize(("speaks", "level"), [(6, "ok"), (3, "ok"), (2, "warn"), (0, "warn")])
def test_doctor_says_whether_late_commits_are_made_void(speaks: int, level: str) -> None:
    found = commits({22: speaks})
    assert (found.level, found.what) == (level, "commits")
    assert ("takes it over anew" in found.text) == (level == "warn")


def test_doctor_says_where_old_rows_are_of_a_codec_that_not_everyone_reads() -> None:
    (told,) = still({"alerts": {"gzip"}, "metrics.buckets": {"zstd", "gzip"}, "late": set()})
    assert told.level == "warn"
    assert told.text.startswith("metrics.buckets: the oldest rows are zstd still")
    assert still({"alerts": {"gzip", "none"}}) == []


def test_doctor_says_when_partition_counts_disagree(run: Run, broker: EmbeddedBroker) -> None:
    broker.create({"alerts": 2})
    result = run("doctor", "--brokers", broker.bootstrap)
    assert "fail  topics      alerts has 2 partitions, not 1" in result.stdout


def test_doctor_says_that_no_broker_answers(run: Run) -> None:
    result = run("doctor", "--brokers", "127.0.0.1:1")
    assert result.exit_code == 1
    assert (
        "fail  broker      none answers at 127.0.0.1:1 by PLAINTEXT (127.0.0.1:1: " in result.stdout
    )
    assert "Connect call failed" in result.stdout
