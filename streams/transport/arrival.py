"""A worker's first contact with its brokers: it waits for one that is away, never for a refusal."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from typing import TYPE_CHECKING, Any

from aiokafka.client import collect_hosts
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams.transport import topics
from streams.transport.connect import connection
from streams.transport.failure import WorkerFailedError
from streams.transport.writer import passing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.settings import Kafka, Settings
    from streams.transport.spec import Pipeline, StageSpec

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
TELL_SECONDS = 5.0
CONNECT_SECONDS = 10.0


async def topics_when_there(
    settings: Settings, pipeline: Pipeline, waiting: Callable[[str], None]
) -> tuple[Sequence[StageSpec], dict[str, int]]:
    """Do `topics.ensure` once a broker answers; `waiting` is told what keeps us.

    Raises:
        WorkerFailedError: a broker answers and refuses us.
        streams.transport.topics.TopicsError: the topics are not as they must be.
    """
    brokers = settings.kafka.brokers
    waiting(f"waiting for the broker at {brokers}")
    told, at = "", 0.0
    while True:
        try:
            await knock(settings.kafka)
            return await topics.ensure(settings, pipeline)
        except (KafkaError, TimeoutError) as error:
            if not (passing(error) or isinstance(error, TimeoutError)):
                raise WorkerFailedError(f"{brokers}: {_words(error)}") from error
            why = f"waiting for the broker at {brokers}: {_words(error)}"
        waiting(why)
        now = time.monotonic()
        if why != told or now - at >= TELL_SECONDS:
            log.warning("%s", why)
            told, at = why, now
        await asyncio.sleep(RETRY_SECONDS)


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
    told = "; ".join(f"{address}: {_words(error)}" for address, error in problems.items())
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


def _words(error: Exception) -> str:
    if isinstance(error, KafkaConnectionError):
        return str(error).removeprefix("KafkaConnectionError: ")
    if isinstance(error, TimeoutError) and not str(error):
        return f"no answer within {CONNECT_SECONDS:.0f} s"
    return f"{type(error).__name__}: {error}"
