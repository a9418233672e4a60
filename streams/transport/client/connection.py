"""Connection arguments of aiokafka clients, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.helpers import create_ssl_context

if TYPE_CHECKING:
    from streams.settings import Kafka

BATCH_BYTES = 512 * 1024
"""A record batch we write, before compression: well under a broker's usual 1 MB limit."""

REQUEST_TIMEOUT_MS = 40_000
"""Milliseconds after which a request that is not answered has failed."""


def connection(kafka: Kafka) -> dict[str, Any]:
    """Return the keyword arguments that every aiokafka client shares.

    Raises:
        OSError: a certificate or key file cannot be read.
    """
    arguments: dict[str, Any] = {
        "bootstrap_servers": [part.strip() for part in kafka.brokers.split(",")],
        "security_protocol": kafka.security_protocol,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
    }
    if kafka.security_protocol.endswith("SSL"):
        arguments["ssl_context"] = create_ssl_context(
            cafile=kafka.ssl_cafile and str(kafka.ssl_cafile),
            certfile=kafka.ssl_certfile and str(kafka.ssl_certfile),
            keyfile=kafka.ssl_keyfile and str(kafka.ssl_keyfile),
        )
    if kafka.security_protocol.startswith("SASL"):
        password = kafka.sasl_password
        arguments["sasl_mechanism"] = kafka.sasl_mechanism or "PLAIN"
        arguments["sasl_plain_username"] = kafka.sasl_username
        arguments["sasl_plain_password"] = password.get_secret_value() if password else None
    return arguments
