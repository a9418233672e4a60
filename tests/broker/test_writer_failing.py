"""What a writer failed of is reported, whatever it meets after that."""

from __future__ import annotations

import os

import pytest
from aiokafka.errors import ProducerFenced
from changelog import Partition, in_the_middle

from streams.core.stage import Send
from streams.transport.failure import TooLargeError


@pytest.mark.kafka
async def test_a_row_too_large_is_reported_though_we_were_fenced_before_the_abort(
    real: Partition,
) -> None:
    writer = await real.taken_over()

    async def fence() -> None:
        await real.taken_over()

    in_the_middle(writer, fence)
    large = Send(real.other, 0, b"the key", os.urandom(2_000_000))
    with pytest.raises(TooLargeError, match="has the key the key"):
        await real.flush(writer, 1, large)


@pytest.mark.kafka
async def test_a_writer_that_has_failed_says_of_what_whenever_it_is_asked(real: Partition) -> None:
    zombie = await real.taken_over()
    await real.taken_over()
    for number in (1, 2):
        with pytest.raises(ProducerFenced):
            await real.flush(zombie, number)
