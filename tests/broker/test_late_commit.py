"""A commit that was not answered arrives late: on either broker every flush stays whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiokafka.errors import KafkaError
from changelog import Partition, in_the_middle
from held import HeldCommit, older

from streams.transport.failure import NoNewEpochError, passing
from streams.transport.state.epochs import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench import Bench


@pytest.fixture
async def partition(bench: Bench) -> AsyncIterator[Partition]:
    made = Partition(bench)
    yield made
    await made.close()


async def test_in_the_middle_of_the_next_flush(partition: Partition) -> None:
    writer = await partition.taken_over()
    await partition.flush(writer, 1)
    assert partition.noted == []  # where all is answered nothing is asked
    held = HeldCommit(writer)
    await partition.flush(writer, 2)
    answers = []

    async def late() -> None:
        answers.append(await held.arrive())

    in_the_middle(writer, late)
    await partition.flush(writer, 3)
    assert answers == ["InvalidProducerEpoch"]
    await partition.holds(3)
    await partition.flush(writer, 4)
    await partition.holds(4)
    assert partition.noted == [Outcome.TAKEN]


async def test_before_the_next_flush(partition: Partition) -> None:
    writer = await partition.taken_over()
    held = HeldCommit(writer)
    await partition.flush(writer, 1)
    # It says again what is so; the broker may be busy with that still.
    assert await held.arrive() in {"NoError", "ConcurrentTransactions"}
    await partition.flush(writer, 2)
    await partition.holds(2)


async def test_every_flush_of_a_bad_day(partition: Partition) -> None:
    writer = await partition.taken_over()
    for number in range(1, 6):
        held = HeldCommit(writer)
        await partition.flush(writer, number)
        in_the_middle(writer, held.arrive)
    await partition.holds(5)
    assert partition.noted == [Outcome.TAKEN] * 4


async def test_at_a_broker_that_gives_no_epochs_the_partition_is_taken_over(
    partition: Partition,
) -> None:
    writer = await partition.taken_over()
    held = HeldCommit(writer)
    await partition.flush(writer, 1)
    older(writer)
    with pytest.raises(NoNewEpochError, match="this broker has none") as caught:
        await partition.flush(writer, 2)
    assert passing(caught.value)
    assert partition.noted == [Outcome.UNSUPPORTED]
    await partition.holds(1)
    heir = await partition.taken_over()
    in_the_middle(heir, held.arrive)
    await partition.flush(heir, 2)
    await partition.holds(2)


@pytest.mark.kafka
async def test_a_superseded_owner_is_refused_and_fences_nobody(real: Partition) -> None:
    zombie = await real.taken_over()
    HeldCommit(zombie)
    await real.flush(zombie, 1)
    heir = await real.taken_over()
    with pytest.raises(NoNewEpochError, match="another owner has taken over") as caught:
        await real.flush(zombie, 2)
    assert passing(caught.value)
    assert real.noted == [Outcome.REFUSED]
    await real.flush(heir, 3)
    await real.holds(3)


@pytest.mark.kafka
async def test_if_that_asks_in_the_middle_of_a_flush_the_heir_takes_over_again(
    real: Partition,
) -> None:
    """Kafka looks at the epoch that is asked with only where no transaction is open."""
    zombie = await real.taken_over()
    HeldCommit(zombie)
    await real.flush(zombie, 1)
    heir = await real.taken_over()

    async def ask() -> None:
        with pytest.raises(NoNewEpochError, match="another owner has taken over"):
            await real.flush(zombie, 2)

    in_the_middle(heir, ask)
    with pytest.raises(KafkaError) as caught:
        await real.flush(heir, 2)
    assert passing(caught.value)
    await real.holds(1)
    await real.flush(await real.taken_over(), 2)
    await real.holds(2)


@pytest.mark.kafka
async def test_a_commit_of_the_former_owner_in_the_middle_of_a_flush(real: Partition) -> None:
    zombie = await real.taken_over()
    held = HeldCommit(zombie)
    await real.flush(zombie, 1)
    heir = await real.taken_over()
    answers = []

    async def late() -> None:
        answers.append(await held.arrive())

    in_the_middle(heir, late)
    await real.flush(heir, 2)
    assert answers == ["InvalidProducerEpoch"]
    await real.holds(2)
