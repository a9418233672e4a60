"""A worker on either broker: totals are exact, it stops in order, it says how it is."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest
import toy
from bench import PARTITIONS, until
from confluent_kafka import Consumer, TopicPartition

if TYPE_CHECKING:
    from bench import Bench


def test_totals_are_exact(bench: Bench) -> None:
    bench.produce(20_000)
    bench.start()
    bench.exact()
    bench.produce(100)
    bench.exact()


def test_a_clean_stop_and_restart_in_mid_load_changes_nothing(bench: Bench) -> None:
    bench.produce(30_000)
    for share in (1, 10_000):
        worker = bench.start()
        bench.reach(bench.read() + share)
        bench.stop(worker)
        bench.produce(10_000)
    bench.start()
    bench.exact()


def test_a_clean_stop_leaves_nothing_to_read_again(bench: Bench) -> None:
    bench.produce(1_000)
    worker = bench.start()
    bench.exact()
    bench.stop(worker)
    consumer = Consumer({"bootstrap.servers": bench.bootstrap, "group.id": bench.prefix})
    places = [
        TopicPartition(topic, number)
        for topic in toy.sources(bench.prefix)
        for number in range(PARTITIONS)
    ]
    committed = {(p.topic, p.partition): p.offset for p in consumer.committed(places, 60)}
    for place in places:
        _, high = consumer.get_watermark_offsets(place, 60)
        assert high in (committed[place.topic, place.partition], 0)
    consumer.close()


def test_a_worker_is_ready_once_its_partitions_are_loaded(embedded_bench: Bench) -> None:
    bench = embedded_bench
    bench.produce(1_000)
    worker = bench.start()
    worker.says("http://")
    until("healthy", lambda: worker.get("/healthz")[0] == 200)
    until("ready", lambda: worker.get("/readyz") == (200, "ready\n"))
    bench.exact()
    lag = re.compile(r"^groundswell_consumer_lag_events\{.*\} (\S+)$", re.MULTILINE)
    until("no lag", lambda: set(lag.findall(worker.get("/metrics")[1])) == {"0.0"})
    assert 'groundswell_stage_partitions{stage="total"} 4.0' in worker.get("/metrics")[1]


@pytest.mark.kafka
def test_a_newer_worker_reads_older_state_and_an_older_refuses_newer(kafka_bench: Bench) -> None:
    bench = kafka_bench
    bench.produce(5_000)
    older = bench.start()
    bench.exact()
    bench.stop(older)
    bench.environment["TOY_VERSION"] = "2"
    bench.produce(5_000)
    newer = bench.start()
    bench.exact()
    bench.stop(newer)
    del bench.environment["TOY_VERSION"]
    bench.produce(5_000)
    older = bench.start()
    assert older.wait() == 1
    assert re.search(
        r"'count', partition \d has version 2, .* up to 1: run the newer", older.text()
    )
    bench.environment["TOY_VERSION"] = "2"
    bench.start()
    bench.exact()


def test_too_much_unwritten_is_flushed_before_more_is_taken(embedded_bench: Bench) -> None:
    bench = embedded_bench
    bench.settings = bench.settings.model_copy(
        update={
            "worker": bench.settings.worker.model_copy(
                update={"flush_keys": 1, "flush_interval": 3600.0}
            )
        }
    )
    bench.produce(5_000)
    bench.start()
    bench.exact()


def test_an_idle_worker_flushes_without_a_commit_of_faust(bench: Bench) -> None:
    worker = bench.start()
    worker.says("took over")
    bench.produce(1)
    bench.exact()


def test_what_the_broker_dropped_before_it_was_read_is_reported(bench: Bench) -> None:
    bench.produce(100)
    worker = bench.start()
    bench.exact()
    bench.stop(worker)
    bench.drop()
    again = bench.start()
    assert again.wait() == 1
    assert "the broker has dropped offsets" in again.text()


def test_what_the_embedded_broker_drops_while_the_worker_lags_is_reported(
    embedded_bench: Bench,
) -> None:
    bench = embedded_bench
    bench.produce(100)
    worker = bench.start()
    bench.exact()
    worker.send(signal.SIGSTOP)
    bench.drop()
    worker.send(signal.SIGCONT)
    assert worker.wait() == 1
    left, _ = toy.sources(bench.prefix)
    assert f"has dropped what was to be read next: {left}[0]" in worker.text()
