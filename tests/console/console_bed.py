"""A console over recorded rows: what it sends is kept, and comes back as a worker would have it."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
import uvicorn

from schemas.topics import ACTIONS, REVIEWS
from streams.console.app import create
from streams.console.index.changes import Changes
from streams.console.index.reader import Index
from streams.console.index.writer import Writer
from streams.console.parts import Parts, Standing
from streams.console.pseudonyms import Pseudonyms
from streams.console.rendering import Pages
from streams.console.sessions import Sessions
from streams.core.event_time.zone import UTC_ZONE
from streams.readmodel.positions import Piece, Position, digest
from streams.settings import Settings
from streams.settings.model import Token

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = Path(__file__).parent / "rows.jsonl.gz"
SECRET = b"0" * 32
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nobody here speaks TLS; by default each client reads all certificates that there are."""
ROLES = ("viewer", "frontline", "responder", "leader", "admin")


def token_of(role: str) -> str:
    return f"token-of-a-{role}"


def tokens() -> tuple[Token, ...]:
    return tuple(
        Token.model_validate(
            {
                "name": f"A {role}",
                "role": role,
                "sha256": sha256(token_of(role).encode()).hexdigest(),
            }
        )
        for role in ROLES
    )


@cache
def recorded() -> dict[str, list[tuple[bytes, bytes]]]:
    """Give the rows by topic."""
    found: dict[str, list[tuple[bytes, bytes]]] = {}
    with gzip.open(ROWS, "rt") as lines:
        for line in lines:
            topic, key, value = json.loads(line)
            found.setdefault(topic, []).append((key.encode(), value.encode()))
    return found


def piece(topic: str, rows: list[tuple[bytes, bytes]], start: int = 0) -> Piece:
    """Give rows as if they had been read from partition 0, from an offset on."""
    return Piece(topic, 0, rows, Position(start + len(rows) - 1, digest(*rows[-1])))


@cache
def built(*, empty: bool = False) -> bytes:
    """Build an index of the rows, or of none, once."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "index.sqlite"
        writer = Writer(file, time.time(), UTC_ZONE)
        if not empty:
            writer.write(piece(topic, rows) for topic, rows in recorded().items())
        writer.close()
        return file.read_bytes()


class Bed:
    """A console that is served, its index, and what it has sent."""

    def __init__(self, folder: Path, given: tuple[Token, ...], *, empty: bool = False) -> None:
        self.file = folder / "index.sqlite"
        self.file.write_bytes(built(empty=empty))
        self.writer = Writer(self.file, time.time(), UTC_ZONE)
        self.changes = Changes()
        self.sent: list[tuple[str, bytes, bytes]] = []
        self.standing = Standing()
        self.lock = threading.Lock()
        self.parts = Parts(
            settings=Settings(),
            index=Index(self.file),
            changes=self.changes,
            sessions=Sessions(SECRET, given, "somebody", 3600),
            pseudonyms=Pseudonyms(SECRET),
            pages=Pages(),
            send=self._send,
            standing=lambda: self.standing,
        )
        self.url = ""

    async def _send(self, topic: str, key: bytes, value: bytes) -> None:
        self.sent.append((topic, key, value))
        if topic in {ACTIONS, REVIEWS}:
            self.put(topic, [(key, value)])

    def put(self, topic: str, rows: list[tuple[bytes, bytes]]) -> None:
        """Write rows to the index, as they come from a topic."""
        with self.lock:
            self.changes.announce(self.writer.write([piece(topic, rows)]))

    def client(self, role: str | None = None) -> httpx.Client:
        """Give a client, with the token of a role in its header."""
        headers = {} if role is None else {"authorization": f"Bearer {token_of(role)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, verify=UNUSED)


@contextmanager
def served(
    folder: Path, given: tuple[Token, ...], port: int = 0, *, empty: bool = False
) -> Iterator[Bed]:
    """Serve a console on a port of this machine, by default a free one."""
    bed = Bed(folder, given, empty=empty)
    listening = socket.create_server(("127.0.0.1", port))
    bed.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        create(bed.parts),
        log_level="warning",
        timeout_graceful_shutdown=2,
        timeout_keep_alive=300,  # a test may be held between two requests of one connection
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield bed
    finally:
        bed.changes.closing = True
        bed.changes.announce(())
        server.should_exit = True
        thread.join(20)
        bed.writer.close()
