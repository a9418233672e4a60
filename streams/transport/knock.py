"""Whether a broker takes us, and why not."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

from aiokafka.client import collect_hosts
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams.transport.connect import connection
from streams.transport.failure import WorkerFailedError
from streams.transport.writer import passing

if TYPE_CHECKING:
    from streams.settings import Kafka

CONNECT_SECONDS = 10.0


async def knock(kafka: Kafka) -> None:
    """Connect to the first broker that takes us, and log in; aiokafka itself hides why it cannot.

    Raises:
        WorkerFailedError: none takes us, and one answered and refuses us: the login or the
            certificate is wrong.
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
                connected: Any = await create_conn(host, port, **arguments)
        except (OSError, KafkaError) as error:
            problems[f"{host}:{port}"] = error
        else:
            connected.close()
            return
    told = "; ".join(f"{address}: {words(error)}" for address, error in problems.items())
    if any(_refusal(error) for error in problems.values()):
        raise WorkerFailedError(
            f"the broker refuses us: {told}; see kafka.security_protocol, kafka.sasl_* and "
            "kafka.ssl_* in docs/settings.md"
        )
    raise KafkaConnectionError(told)


def _refusal(error: Exception) -> bool:
    if isinstance(error, ssl.SSLError):
        # A broker that is going down ends a handshake in the middle.
        return not isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError))
    return isinstance(error, KafkaError) and not passing(error)


def words(error: Exception) -> str:
    """Say what went wrong, with the kind of error where that is not in the text."""
    if isinstance(error, KafkaConnectionError):
        return str(error).removeprefix("KafkaConnectionError: ")
    if isinstance(error, TimeoutError) and not str(error):
        return f"no answer within {CONNECT_SECONDS:.0f} s"
    return f"{type(error).__name__}: {error}"
