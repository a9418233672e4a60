"""A TCP proxy that stands between the workers and the broker, and does what networks do."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK: Final = 65_536


class Link(NamedTuple):
    """One connection: that of the client, and ours to the broker for it."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter


class Proxy:
    """Passes on what comes to `port`; use as an async context manager.

    `delayed` and `held` count the bytes that latency and full stops got hold of, `open_` the
    connections.
    """

    def __init__(self, target: int, port: int = 0) -> None:
        self.port = port
        self.passed = 0
        self.delayed = 0
        self.held = 0
        self._target = target
        self._links: set[Link] = set()
        self._delays: list[float] = []
        self._stops = 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def open_(self) -> int:
        """Count the connections there are."""
        return len(self._links)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reset(self) -> int:
        """Reset every connection on both sides; gives their number."""
        links = list(self._links)
        for link in links:
            _abort(link.near)
            _abort(link.far)
        return len(links)

    @contextlib.contextmanager
    def latency(self, seconds: float) -> Iterator[None]:
        """Hold each chunk back for a while, both ways."""
        self._delays.append(seconds)
        try:
            yield
        finally:
            self._delays.remove(seconds)

    @contextlib.contextmanager
    def stop(self) -> Iterator[None]:
        """Let nothing pass; connections stay open, new ones are accepted."""
        self._stops += 1
        self._flowing.clear()
        try:
            yield
        finally:
            self._stops -= 1
            if not self._stops:
                self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        first = b""
        try:
            if not self._flowing.is_set():
                first = await reader.read(_CHUNK)
                self.held += len(first)
                await self._flowing.wait()
            back, far = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _abort(near)
            return
        finally:
            self._tasks.discard(task)
        self._tasks.add(task)
        far.write(first)
        self.passed += len(first)
        link = Link(near, far)
        self._links.add(link)
        pumps = [
            asyncio.create_task(self._pump(reader, far)),
            asyncio.create_task(self._pump(back, near)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._tasks.discard(task)
            self._links.discard(link)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            near.close()
            far.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(_CHUNK):
                if self._delays:
                    self.delayed += len(chunk)
                    await asyncio.sleep(max(self._delays))
                if not self._flowing.is_set():
                    self.held += len(chunk)
                    await self._flowing.wait()
                sink.write(chunk)
                self.passed += len(chunk)
                await sink.drain()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close at once, with an RST."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
