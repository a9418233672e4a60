"""What lies between workers and brokers: proxies that are treated alike, and one gate for all."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING

import pytest
from apache_kafka import free_port
from frames import END_TXN, Frames, correlation
from late import Step
from network import Network

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from late import Hold

ID = b"groundswell-fold-0"


def commit(number: int) -> bytes:
    message = struct.pack(">hhihh", END_TXN, 0, number, -1, len(ID)) + ID
    message += struct.pack(">qhB", 4_000, 5, 1)
    return struct.pack(">i", len(message)) + message


async def ask(port: int, number: int) -> int:
    """Send a commit; gives the number of the request that was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(commit(number))
        return correlation(await reader.readexactly(14))
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def two() -> AsyncIterator[tuple[Network, list[int]]]:
    """Give a network before two brokers, and its ports."""
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        frames = Frames()
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(1000):
                for frame in frames.feed(chunk):
                    number = int.from_bytes(frame[8:12], "big")
                    writer.write(struct.pack(">iiih", 10, number, 0, 0))
        writer.close()

    servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for _ in range(2)]
    behind = [server.sockets[0].getsockname()[1] for server in servers]
    fronts = [free_port(), free_port()]
    try:
        async with Network(zip(behind, fronts, strict=True)) as network:
            yield network, fronts
    finally:
        for server in servers:
            server.close()
        await asyncio.gather(*(task for task in serving if task is not None))


def step_of(hold: Hold) -> Step:
    """Asked anew each time: it changes while something is awaited."""
    return hold.step


async def test_a_commit_is_held_at_one_broker_and_known_again_at_another() -> None:
    async with two() as (network, (first, second)):
        with network.gate.hold() as hold:
            with pytest.raises(ConnectionResetError):
                await ask(first, 1)
            assert step_of(hold) is Step.HELD
            assert await ask(second, 2) == 2
            assert step_of(hold) is Step.REPEATED
        assert await ask(first, 3) == 3


async def test_all_proxies_are_treated_alike_and_counted_together() -> None:
    async with two() as (network, ports):
        with network.latency(0.01):
            for port in ports:
                await ask(port, 1)
        one_way = len(commit(1)) + 14
        assert network.delayed == 2 * one_way
        with network.stop():
            asked = [asyncio.create_task(ask(port, 1)) for port in ports]
            while network.held < 2 * len(commit(1)):
                await asyncio.sleep(0)
            assert not any(task.done() for task in asked)
        assert await asyncio.gather(*asked) == [1, 1]
        dialled = [await asyncio.open_connection("127.0.0.1", port) for port in ports]
        while network.open_ < 2:
            await asyncio.sleep(0)
        assert network.reset() == 2
        for reader, writer in dialled:
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
            writer.close()
