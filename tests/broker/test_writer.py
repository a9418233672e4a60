"""The writer of a partition, fenced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import toy
from bench import PARTITIONS

from streams.core.stage import Flush
from streams.transport.writer import Writer, passing

if TYPE_CHECKING:
    from bench import Bench

pytestmark = pytest.mark.kafka


async def test_fenced_in_the_middle_of_many_batches_it_says_so(kafka_bench: Bench) -> None:
    topic, _ = toy.sources(kafka_bench.prefix)
    writers = [
        Writer(kafka_bench.settings.kafka, "the-one", (topic, 0), {topic: PARTITIONS})
        for _ in range(2)
    ]
    zombie, heir = writers
    rows: list[tuple[bytes, bytes | None]] = [(b"%d" % n, b"x" * 1000) for n in range(5_000)]
    try:
        await zombie.start()
        await zombie.write(Flush(rows, []), (b"marker", b"1"), 0.0)
        await heir.start()
        with pytest.raises(Exception, match="newer producer") as caught:
            await zombie.write(Flush(rows, []), (b"marker", b"2"), 0.0)
        assert passing(caught.value)
        await heir.write(Flush(rows, []), (b"marker", b"2"), 0.0)
    finally:
        for writer in writers:
            await writer.stop()
