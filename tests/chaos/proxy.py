"""A TCP proxy that stands between the workers and the broker, and does what networks do.

With a gate it knows Kafka's requests, and asks the gate about each.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from frames import Frames, correlation, parse
from late import Pass

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from frames import Request
    from late import Gate

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

    def __init__(self, target: int, port: int = 0, gate: Gate | None = None) -> None:
        self.port = port
        self.passed = 0
        self.delayed = 0
        self.held = 0
        self._target = target
        self._gate = gate
        self._links: set[Link] = set()
        self._delays: list[float] = []
        self._quarantine = 0
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
        self._quarantine += 1
        self._flowing.clear()
        try:
            yield
        finally:
            self._quarantine -= 1
            if not self._quarantine:
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
        link = Link(near, far)
        self._links.add(link)
        asked: dict[int, Request] = {}
        pumps = [
            asyncio.create_task(self._there(first, reader, link, asked)),
            asyncio.create_task(self._back(back, near, asked)),
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

    async def _there(
        self, first: bytes, reader: asyncio.StreamReader, link: Link, asked: dict[int, Request]
    ) -> None:
        """Pass on what a client sends; `asked` gets what the gate is to hear the answer of."""
        frames = Frames()
        with contextlib.suppress(OSError):
            async for chunk in self._chunks(first, reader):
                if self._gate is None:
                    await self._send(chunk, link.far)
                    continue
                for request in map(parse, frames.feed(chunk)):
                    passes = await self._gate.passes(request, self._target)
                    if passes is Pass.LOST:
                        _abort(link.near)
                        return
                    if passes is Pass.ON:
                        if request.transactional_id is not None:
                            asked[request.correlation] = request
                        await self._send(request.frame, link.far)

    async def _back(
        self,
        reader: asyncio.StreamReader,
        near: asyncio.StreamWriter,
        asked: dict[int, Request],
    ) -> None:
        """Pass on what the broker answers."""
        frames = Frames()
        with contextlib.suppress(OSError):
            async for chunk in self._chunks(b"", reader):
                if self._gate is not None:
                    for answer in frames.feed(chunk):
                        if request := asked.pop(correlation(answer), None):
                            await self._gate.answered(request, answer)
                await self._send(chunk, near)

    async def _chunks(self, first: bytes, source: asyncio.StreamReader) -> AsyncIterator[bytes]:
        """Give what comes, as late as it is to be."""
        if first:
            yield first
        while chunk := await source.read(_CHUNK):
            if self._delays:
                self.delayed += len(chunk)
                await asyncio.sleep(max(self._delays))
            if not self._flowing.is_set():
                self.held += len(chunk)
                await self._flowing.wait()
            yield chunk

    async def _send(self, chunk: bytes, sink: asyncio.StreamWriter) -> None:
        sink.write(chunk)
        self.passed += len(chunk)
        await sink.drain()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close at once, with an RST."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
