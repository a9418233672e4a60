"""Whether the settings of the connection fit each other, and whether their files are there."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from streams.settings.failure import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from streams.settings.model import Kafka

_ENCRYPTED = "the key is encrypted"


def check(kafka: Kafka) -> None:
    """Look at the settings of the connection together.

    Raises:
        SettingsError: one of them is missing, is of no use beside the others, or names a file that
            cannot be used.
    """
    _login(kafka)
    _files(kafka)


def _login(kafka: Kafka) -> None:
    protocol = kafka.security_protocol
    password = kafka.sasl_password
    given = {
        "kafka.sasl_mechanism": kafka.sasl_mechanism is not None,
        "kafka.sasl_username": bool(kafka.sasl_username),
        "kafka.sasl_password": password is not None and bool(password.get_secret_value()),
    }
    there = [name for name, is_there in given.items() if is_there]
    missing = [name for name, is_there in given.items() if not is_there]
    if protocol.startswith("SASL") and missing:
        hint = ""
        if "kafka.sasl_mechanism" in missing:
            hint = " (the mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512)"
        raise SettingsError(
            f"kafka.security_protocol is {protocol}, and {_and(missing)} not set{hint}"
        )
    if not protocol.startswith("SASL") and there:
        meant = "SASL_SSL" if protocol == "SSL" else "SASL_SSL or SASL_PLAINTEXT"
        also = f"; {_and(missing)} not set either" if missing else ""
        raise SettingsError(
            f"{_and(there)} set, but kafka.security_protocol is {protocol}, which knows no login:"
            f" set it to {meant}{also}"
        )


def _and(names: list[str]) -> str:
    """Name some, with the verb."""
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]} are"


def _files(kafka: Kafka) -> None:
    files = {
        "kafka.ssl_cafile": kafka.ssl_cafile,
        "kafka.ssl_certfile": kafka.ssl_certfile,
        "kafka.ssl_keyfile": kafka.ssl_keyfile,
    }
    named = [name for name, file in files.items() if file is not None]
    if named and not kafka.security_protocol.endswith("SSL"):
        meant = "SASL_SSL" if kafka.security_protocol.startswith("SASL") else "SSL"
        raise SettingsError(
            f"{_and(named)} set, but kafka.security_protocol is {kafka.security_protocol}, which"
            f" knows no certificates: set it to {meant}"
        )
    for name, file in files.items():
        if file is not None:
            _readable(name, file)
    if kafka.ssl_keyfile is not None and kafka.ssl_certfile is None:
        raise SettingsError("kafka.ssl_keyfile is set, and kafka.ssl_certfile is not")
    _certificates(kafka)


def _readable(name: str, file: Path) -> None:
    try:
        with file.open("rb"):
            pass
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"{name}: {file} cannot be read: {why}") from None


def _certificates(kafka: Kafka) -> None:
    if kafka.ssl_cafile is not None:
        try:
            ssl.create_default_context(cafile=kafka.ssl_cafile)
        except (OSError, ValueError):
            raise SettingsError(
                f"kafka.ssl_cafile: {kafka.ssl_cafile} has no certificate in PEM"
            ) from None
    if kafka.ssl_certfile is not None:
        where = f"kafka.ssl_certfile: {kafka.ssl_certfile}"
        if kafka.ssl_keyfile is not None:
            where += f" and kafka.ssl_keyfile: {kafka.ssl_keyfile}"
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile, _no_password)
        except SettingsError:
            raise SettingsError(f"{where}: {_ENCRYPTED}; use one that is not") from None
        except (OSError, ValueError):
            raise SettingsError(
                f"{where}: no certificate and key in PEM that belong together"
            ) from None


def _no_password() -> str:
    # Left to itself, OpenSSL would ask at the terminal, and wait.
    raise SettingsError(_ENCRYPTED)
