"""The writer of a partition, fenced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import toy
from bench import PARTITIONS

from streams.core.stage import Flush
from streams.transport.failure import passing
from streams.transport.state.writer import Writer

if TYPE_CHECKING:
    from bench import Bench

pytestmark = pytest.mark.kafka


def one_by_one(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the broker answer each batch of a flush before the next one is made, as it may."""
    send_batch = writer._producer.send_batch  # noqa: SLF001

    async def send(*given: Any, **named: Any) -> Any:
        future = await send_batch(*given, **named)
        await asyncio.wait({future})
        return future

    monkeypatch.setattr(writer._producer, "send_batch", send)  # noqa: SLF001


@pytest.mark.parametrize("how", ["all at once", "one by one"])
async def test_fenced_in_the_middle_of_many_batches_it_says_so(
    kafka_bench: Bench, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    topic, _ = toy.sources(kafka_bench.prefix)
    writers = [
        Writer(kafka_bench.settings.kafka, "the-one", (topic, 0), {topic: PARTITIONS})
        for _ in range(2)
    ]
    zombie, heir = writers
    rows: list[tuple[bytes, bytes | None]] = [(b"%d" % n, b"x" * 1000) for n in range(5_000)]
    try:
        await zombie.start()
        await zombie.write(zombie.prepare(Flush(rows, []), 0.0), (b"marker", b"1"))
        await heir.start()
        if how == "one by one":
            one_by_one(zombie, monkeypatch)
        with pytest.raises(Exception, match="newer producer") as caught:
            await zombie.write(zombie.prepare(Flush(rows, []), 0.0), (b"marker", b"2"))
        assert passing(caught.value)
        await heir.write(heir.prepare(Flush(rows, []), 0.0), (b"marker", b"2"))
    finally:
        for writer in writers:
            await writer.stop()
