"""A hold of the test bed, step by step, before brokers that do nothing but answer commits."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING

import late
from frames import ADD_PARTITIONS_TO_TXN, END_TXN, INIT_PRODUCER_ID, PRODUCE, Frames, Request
from late import Gate, Pass, Step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

ID = "groundswell-fold-0"
CHANGELOG = frozenset({"groundswell-fold-changelog"})
COMMIT = Request(END_TXN, 0, 1, "c", b"\0\0\0\4held", ID, 4_000, 5, committed=True)
BEGIN = Request(ADD_PARTITIONS_TO_TXN, 0, 2, "c", b"", ID, 4_000, 5)
WRITE = Request(PRODUCE, 7, 3, "c", b"", ID, topics=CHANGELOG)
MORE = WRITE._replace(correlation=4)


def answer(error: int) -> bytes:
    return struct.pack(">iiih", 10, 1, 0, error)


@contextlib.asynccontextmanager
async def broker(*errors: int) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Give the port of one that answers commits with these, and what it got."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames()
        while chunk := await reader.read(1000):
            for frame in frames.feed(chunk):
                got.append(frame)
                writer.write(answer(errors[len(got) - 1]))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], got
    finally:
        server.close()
        await server.wait_closed()


async def repeated(gate: Gate, place: int) -> None:
    """Have a commit held, and its repetition answered."""
    assert await gate.passes(COMMIT, place) is Pass.LOST
    assert await gate.passes(COMMIT, place) is Pass.ON
    await gate.answered(COMMIT, answer(0))


async def test_a_commit_is_delivered_between_the_writes_of_the_next_transaction() -> None:
    gate = Gate()
    async with broker(47) as (place, got):
        with gate.hold() as hold:
            await repeated(gate, place)
            assert await gate.passes(BEGIN._replace(epoch=6), place) is Pass.ON
            assert await gate.passes(WRITE, place) is Pass.ON
            more = asyncio.create_task(gate.passes(MORE, place))
            end = asyncio.create_task(gate.passes(COMMIT, place))
            await asyncio.sleep(0)
            assert (hold.step, got, more.done(), end.done()) == (Step.MIDDLE, [], False, False)
            await gate.answered(WRITE, b"")
            assert (await more, await end, got) == (Pass.ON, Pass.ON, [COMMIT.frame])
        assert hold.outcome == (ID, 47, 5, 6, place, place)
        assert (hold.outcome.refused, hold.outcome.taken, hold.outcome.bites) == (True, False, True)


async def test_what_was_taken_is_complete_before_anything_goes_on() -> None:
    gate = Gate()
    async with broker(0, 51, 51, 0) as (place, got):
        with gate.hold() as hold:
            await repeated(gate, place)
            await gate.passes(BEGIN, place)
            await gate.passes(WRITE, place)
            await gate.answered(WRITE, b"")
        assert got == 4 * [COMMIT.frame]
        assert hold.outcome == (ID, 0, 5, 5, place, place)
        assert (hold.outcome.taken, hold.outcome.bites) == (True, True)


async def test_a_transaction_without_such_a_write_meets_it_at_its_end() -> None:
    gate = Gate()
    other = WRITE._replace(topics=frozenset({"metrics.buckets"}))
    async with broker(47) as (place, got):
        with gate.hold() as hold:
            await repeated(gate, place)
            await gate.passes(BEGIN, place)
            await gate.passes(other, place)
            await gate.answered(other, b"")
            assert got == []
            assert await gate.passes(COMMIT, place) is Pass.ON
            assert got == [COMMIT.frame]
        assert hold.outcome is not None


async def test_a_write_whose_answer_was_lost_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(late, "PATIENCE", 0.01)
    gate = Gate()
    async with broker(47) as (place, got):
        with gate.hold():
            await repeated(gate, place)
            await gate.passes(BEGIN, place)
            await gate.passes(WRITE, place)
            assert await gate.passes(WRITE, place) is Pass.ON
            assert got == [COMMIT.frame]


async def test_a_repetition_that_is_to_be_repeated_is_waited_for() -> None:
    gate = Gate()
    with gate.hold() as hold:
        await gate.passes(COMMIT, 1)
        await gate.passes(COMMIT, 1)
        await gate.answered(COMMIT, answer(51))
        assert hold.step is Step.HELD


async def test_the_next_transaction_begins_after_the_move_and_is_met_where_it_is() -> None:
    gate, moved, places = Gate(), asyncio.Event(), []

    async def move(place: int) -> None:
        places.append(place)
        await moved.wait()

    async with broker(47) as (place, got):
        with gate.hold(move=move) as hold:
            await repeated(gate, 1)
            lost = asyncio.create_task(gate.passes(BEGIN, 1))
            await asyncio.sleep(0)
            lost.cancel()  # with its connection, as the broker ends
            begin = asyncio.create_task(gate.passes(BEGIN._replace(epoch=6), place))
            await asyncio.sleep(0)
            assert not begin.done()
            moved.set()
            assert await begin is Pass.ON
            await gate.passes(WRITE, place)
            await gate.answered(WRITE, b"")
        assert (places, got) == ([1], [COMMIT.frame])
        assert hold.outcome is not None
        assert (hold.outcome.place, hold.outcome.next_place) == (1, place)
        assert hold.outcome.moved


async def test_where_another_producer_begins_it_is_given_up() -> None:
    gate = Gate()
    with gate.hold() as hold:
        await repeated(gate, 1)
        start = Request(INIT_PRODUCER_ID, 0, 1, "c", b"", ID)
        assert await gate.passes(start, 1) is Pass.ON
        assert (hold.step, hold.outcome) == (Step.OVER, None)
        assert hold.why == "another producer began"
        assert await gate.passes(COMMIT, 1) is Pass.ON


async def test_a_new_epoch_of_the_same_producer_is_no_other_one() -> None:
    gate = Gate()
    with gate.hold() as hold:
        await repeated(gate, 1)
        own = Request(INIT_PRODUCER_ID, 3, 1, "c", b"", ID, 4_000, 5)
        assert await gate.passes(own, 1) is Pass.ON
        assert hold.step is Step.REPEATED


async def test_what_is_not_wanted_passes() -> None:
    gate = Gate()
    with gate.hold(lambda name: "-series-" in name) as hold:
        assert await gate.passes(COMMIT, 1) is Pass.ON
        abort = COMMIT._replace(transactional_id="groundswell-series-1", committed=False)
        assert await gate.passes(abort, 1) is Pass.ON
        assert await gate.passes(Request(3, 12, 1, "c", b""), 1) is Pass.ON
        assert hold.step is Step.ARMED


async def test_nothing_is_held_back_when_the_hold_ends() -> None:
    gate = Gate()
    with gate.hold() as hold:
        await repeated(gate, 1)
        await gate.passes(BEGIN, 1)
        await gate.passes(WRITE, 1)
        more = asyncio.create_task(gate.passes(MORE, 1))
        await asyncio.sleep(0)
        assert not more.done()
    assert await more is Pass.ON
    assert (hold.outcome, hold.why) == (None, Step.MIDDLE.value)


async def test_a_broker_that_is_gone_ends_the_hold() -> None:
    gate = Gate()
    with gate.hold() as hold:
        await repeated(gate, 1)
        await gate.passes(BEGIN, 1)
        await gate.passes(WRITE, 1)
        await gate.answered(WRITE, b"")
        assert hold.why.startswith("not delivered: ConnectionRefusedError")
