"""The proxy of the test bed, in front of a server that sends everything back."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def behind_it() -> AsyncIterator[Proxy]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(1000):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    try:
        async with Proxy(server.sockets[0].getsockname()[1]) as proxy:
            yield proxy
    finally:
        server.close()


async def dial(proxy: Proxy) -> Streams:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def ask(streams: Streams, words: bytes) -> bytes:
    reader, writer = streams
    writer.write(words)
    return await reader.readexactly(len(words))


async def test_what_goes_in_comes_out() -> None:
    async with behind_it() as proxy:
        streams = await dial(proxy)
        large = bytes(range(256)) * 2_000
        assert await ask(streams, large) == large
        assert (proxy.open_, proxy.passed) == (1, 2 * len(large))
        assert (proxy.delayed, proxy.held) == (0, 0)
        streams[1].close()


async def test_a_reset_hits_every_connection_and_no_later_one() -> None:
    async with behind_it() as proxy:
        old = [await dial(proxy) for _ in range(3)]
        for streams in old:
            await ask(streams, b"hello")
        assert proxy.reset() == 3
        for reader, _ in old:
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
        new = await dial(proxy)
        assert await ask(new, b"again") == b"again"
        new[1].close()


async def test_latency_delays_all_and_loses_nothing() -> None:
    async with behind_it() as proxy:
        streams = await dial(proxy)
        with proxy.latency(0.01), proxy.latency(0.02):
            assert await ask(streams, b"slow") == b"slow"
        assert proxy.delayed == 8
        assert await ask(streams, b"quick") == b"quick"
        assert proxy.delayed == 8
        streams[1].close()


async def test_a_full_stop_holds_everything_back_until_it_ends() -> None:
    async with behind_it() as proxy:
        streams = await dial(proxy)
        await ask(streams, b"hello")
        with proxy.stop():
            with proxy.stop():
                answer = asyncio.create_task(ask(streams, b"held"))
                late = await dial(proxy)  # it is accepted, and nobody answers
                later = asyncio.create_task(ask(late, b"late"))
                while proxy.held < 8:
                    await asyncio.sleep(0)
            assert not answer.done()
        assert (await answer, await later) == (b"held", b"late")
        assert await ask(late, b"more") == b"more"
        for _, writer in (streams, late):
            writer.close()


async def test_where_nobody_listens_behind_it_the_connection_is_reset() -> None:
    async with behind_it() as proxy:
        dead = Proxy(1)
        async with dead:
            reader, _ = await asyncio.open_connection("127.0.0.1", dead.port)
            with pytest.raises(ConnectionResetError):
                await reader.read(1)
        assert proxy.open_ == 0
