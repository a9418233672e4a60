"""Whether a broker accepts us, and why not."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any, Final

from aiokafka.client import collect_hosts
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from streams.transport.client.connection import connection
from streams.transport.failure import WorkerFailedError, passing

if TYPE_CHECKING:
    from streams.settings import Kafka

CONNECT_SECONDS = 10.0
"""Seconds to wait for a connection, and for an answer on it."""
CLOSE_SECONDS = 1.0
"""Seconds to wait for a connection to end."""


class HangsUpError(KafkaConnectionError):  # type: ignore[misc] # aiokafka is untyped
    """Somebody accepts the connection and ends it: going down, or of another security protocol."""


async def probe(kafka: Kafka) -> None:
    """Ask something of the first broker that accepts us; aiokafka itself hides why it cannot.

    Raises:
        WorkerFailedError: none accepts us, and one answered and refuses us: the login, the
            certificate or the security protocol is wrong.
        HangsUpError: none accepts us, and one ended the connection; the message says so of each.
        KafkaConnectionError: none answers; the message says of each address why.
    """
    try:
        arguments = connection(kafka)
    except OSError as error:
        raise WorkerFailedError(f"what kafka.ssl_* names cannot be read: {error}") from error
    problems: dict[str, Exception] = {}
    for host, port, _ in sorted(collect_hosts(arguments.pop("bootstrap_servers"))):
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await _ask(host, port, arguments)
        except (OSError, KafkaError, UnicodeError) as error:
            problems[f"{host}:{port}"] = error
        else:
            return
    answers = "; ".join(f"{address}: {words(error)}" for address, error in problems.items())
    if refusals := [error for error in problems.values() if _refusal(error)]:
        hints = dict.fromkeys(_hint(kafka, error) for error in refusals)
        raise WorkerFailedError(f"the broker refuses us: {answers}; see {', and '.join(hints)}")
    if any(map(_hangs_up, problems.values())):
        protocol = kafka.security_protocol
        raise HangsUpError(f"{answers}; kafka.security_protocol is {protocol}: is it that port's?")
    raise KafkaConnectionError(answers)


async def _ask(host: str, port: int, arguments: dict[str, Any]) -> None:
    link: Any = AIOKafkaConnection(host, port, **arguments)
    try:
        await link.connect()
        # Who wants a login answers before it which versions he speaks, and nothing else.
        answer = await link.send(MetadataRequest([]))
        if not answer.brokers:
            raise NodeNotReadyError
    finally:
        closed = link.close()
        if link._protocol is not None:  # noqa: SLF001 (else there was no connection to close)
            await asyncio.wait({closed}, timeout=CLOSE_SECONDS)


def _refusal(error: Exception) -> bool:
    if isinstance(error, ssl.SSLError):
        return not _hangs_up(error)
    return isinstance(error, KafkaError) and not passing(error)


def _hangs_up(error: Exception) -> bool:
    # A broker that is going down ends a handshake in the middle.
    ended = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionResetError, BrokenPipeError)
    return isinstance(error, (*ended, KafkaConnectionError))


def _hint(kafka: Kafka, error: Exception) -> str:
    """Name the settings that a refusal is about."""
    if isinstance(error, SaslAuthenticationFailed):
        return "kafka.sasl_username and kafka.sasl_password"
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"kafka.sasl_mechanism, which is {kafka.sasl_mechanism}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "kafka.ssl_cafile, and whether kafka.brokers has the names in the certificates"
    what = f"kafka.security_protocol, which is {kafka.security_protocol}"
    return what if isinstance(error, IllegalSaslStateError) else f"{what}, and kafka.ssl_*"


_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (NodeNotReadyError, "it has just started, and names no broker yet, not even itself"),
    (UnsupportedSaslMechanismError, "it does not know this way to log in"),
    (IllegalSaslStateError, "it knows no login there"),
    (ConnectionResetError, "it ended the connection"),
)


def words(error: Exception) -> str:
    """Return what went wrong, with the kind of error where that is not in the text."""
    for kind, text in _WORDS:
        if isinstance(error, kind):
            return text
    if isinstance(error, KafkaConnectionError):
        return str(error).removeprefix(f"{type(error).__name__}: ")
    if isinstance(error, TimeoutError) and not str(error):
        return f"no answer within {CONNECT_SECONDS:.0f} s"
    if isinstance(error, SaslAuthenticationFailed):
        return str(error).partition("SaslAuthenticationFailed: ")[2] or str(error)
    return f"{type(error).__name__}: {error}"
