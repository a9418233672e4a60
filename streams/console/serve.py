"""The console as a process: the index kept up to date on a thread, pages served on another."""

from __future__ import annotations

import asyncio
import getpass
import ipaddress
import logging
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from streams.console.app import create
from streams.console.index.changes import Changes
from streams.console.index.follow import Follow
from streams.console.index.reader import Index
from streams.console.parts import Parts, Standing
from streams.console.pseudonyms import Pseudonyms
from streams.console.rendering import Pages
from streams.console.sessions import Sessions, new_token, secret_in
from streams.load.model import Event
from streams.settings.model import Token
from streams.transport.client.event_producer import EventProducer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streams.settings import Kafka, Settings

log = logging.getLogger(__name__)

GRACE_S: Final = 3
MOST_CONNECTIONS: Final = 2_000
KEEP_ALIVE_S: Final = 20
SWITCH_S: Final = 0.0005
"""A page lets the interpreter go at each row that it reads, and the thread that writes the index
keeps it for so long; at the 5 ms that are usual, a page waits for it a hundred times over."""


class ConsoleError(Exception):
    """The console cannot begin; the message says why."""


def folder_of(settings: Settings) -> Path:
    """Return the folder of the index: of each cluster and application another one."""
    if settings.console.data is not None:
        return settings.console.data
    return Path.home() / ".cache" / "groundswell" / f"console-{settings.worker.app_id}"


def is_local(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def admitted(settings: Settings) -> tuple[tuple[Token, ...], str | None]:
    """Return the tokens that may come in, and one that was made now as there was none.

    Without tokens everybody may do everything, which only those of this machine can be let; so
    where others can reach us and none is set, one is made, for as long as this process lives.
    """
    own = settings.console
    if own.tokens or is_local(own.host):
        return own.tokens, None
    token, digest = new_token()
    return (Token(name="admin", role="admin", sha256=digest),), token


def user() -> str:
    """Return the name of whoever runs the console."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def sender(kafka: Kafka) -> Callable[[str, bytes, bytes], Awaitable[None]]:
    """Return what sends a message to a topic, and waits until Kafka has it."""

    async def send(topic: str, key: bytes, value: bytes) -> None:
        async with EventProducer(kafka, topic) as producer:
            await producer.send([Event(0, key, value)])
            await producer.flush()

    return send


def serve(settings: Settings, began: Callable[[str, str | None], None]) -> None:
    """Serve until stopped; `began` is told the address, and a token that was made.

    Raises:
        ConsoleError: the address or the folder of the index cannot be used.
    """
    own = settings.console
    folder = folder_of(settings)
    try:
        secret = secret_in(folder)
        listening = _listen(own.host, own.port)
    except OSError as error:
        raise ConsoleError(f"{error.filename or own.host}: {error.strerror or error}") from error
    changes = Changes()
    file = folder / "index.sqlite"
    follow = Follow(settings, file, changes)
    tokens, made = admitted(settings)
    parts = Parts(
        settings=settings,
        index=Index(file),
        changes=changes,
        sessions=Sessions(secret, tokens, user(), own.session),
        pseudonyms=Pseudonyms(secret),
        pages=Pages(),
        send=sender(settings.kafka),
        standing=lambda: Standing(follow.behind, follow.failure),
    )
    config = uvicorn.Config(
        create(parts),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=32 * 1024,
        proxy_headers=False,
    )
    server = _Server(config, changes)
    sys.setswitchinterval(SWITCH_S)
    follow.start()
    port = listening.getsockname()[1]
    began(own.public_url or f"http://{_shown(own.host)}:{port}/", made)
    try:
        asyncio.run(server.serve(sockets=[listening]))
    finally:
        follow.close()


class _Server(uvicorn.Server):
    """Lets those go who follow the event stream, as they would otherwise be waited for."""

    def __init__(self, config: uvicorn.Config, changes: Changes) -> None:
        super().__init__(config)
        self._changes = changes

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what goes on."""
        self._changes.end()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # uvicorn would raise them again, and we would end by them


def _listen(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
