"""A row that its topic does not take stops its partition, and no other."""

from __future__ import annotations

import random
import zlib
from typing import TYPE_CHECKING

import pytest
import toy
from bench import PARTITIONS, until
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

if TYPE_CHECKING:
    from bench import Bench

pytestmark = pytest.mark.kafka

LARGE = random.Random(1).randbytes(40_000).hex().encode()
"""A key that no compression makes fit."""
PLACE = zlib.crc32(LARGE) % PARTITIONS


def limit(bench: Bench, topic: str, size: int) -> None:
    """Set what a topic takes, in bytes."""
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": bench.bootstrap})
    for future in admin.incremental_alter_configs([resource]).values():
        future.result()


@pytest.mark.parametrize("which", ["changelog", "output"])
def test_a_row_that_is_too_large_is_reported_and_waits_for_a_higher_limit(
    kafka_bench: Bench, which: str
) -> None:
    bench = kafka_bench
    topic = f"{bench.prefix}-count-changelog" if which == "changelog" else toy.counts(bench.prefix)
    bench.produce(1_000)
    worker = bench.start()
    bench.exact()
    limit(bench, topic, 20_000)
    bench.produce(1, keys=[LARGE])
    worker.says(f"stopped on a bug: count[{PLACE}], writing flush ")
    assert f"larger than max.message.bytes of {topic}; the largest row, of 80," in worker.text()
    key = (b"c\t" + LARGE if which == "changelog" else LARGE)[:200].decode()
    worker.says(f"has the key {key}... and goes to")  # behind the traceback
    assert worker.get("/healthz") == (200, "ok\n")
    status, why = worker.get("/readyz")
    assert (status, why[:26]) == (503, f"stopped on a bug: count[{PLACE}]")
    stopped = f'groundswell_partition_stopped{{partition="{PLACE}",stage="count"}} 1.0'
    assert stopped in worker.get("/metrics")[1]
    bench.produce(3_000)
    wanted = {
        key: total for key, total in bench.expected.items() if zlib.crc32(key) % PARTITIONS != PLACE
    }
    until("exact elsewhere", lambda: bench.read() and wanted.items() <= bench.totals.items())
    limit(bench, topic, 1_000_000)
    bench.stop(worker)
    bench.start()
    bench.exact()
